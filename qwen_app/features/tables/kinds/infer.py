"""What a column is, from its texts: one kind for all, with a share of exceptions that is noted."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from qwen_app.features.tables.kinds.clean import is_missing, plain, visible, without_notes
from qwen_app.features.tables.kinds.families import FAMILIES, FAMILY_OF, Fit
from qwen_app.features.tables.table import Column, Kind, Note, Value

TOLERANCE = 0.2
"""The share of a column's filled cells that may differ from its kind."""

_FEW = 5
"""Of so few filled cells, from three on, one word without a digit may differ."""

_SAMPLE = 400  # distinct texts by which kinds are ruled out before all are read
_LEAST_IN_SAMPLE = 0.6
_LONGEST = 64  # characters of a text that may be a value of another kind than text


@dataclass(frozen=True, slots=True)
class Inferred:
    """A column, and what there is to say about it."""

    column: Column
    notes: tuple[Note, ...]


def infer(name: str, header: str, texts: Sequence[str], totals: Collection[int] = ()) -> Inferred:
    """Gives a column its kind and values.

    Args:
        name: as the table calls it.
        header: as shown; it decides between kinds that look alike (a year, a length, a score).
        texts: the cells as shown.
        totals: rows that sum up others; they have no say.
    """
    plains = _plain(texts)
    counts = Counter(map(plains.__getitem__, texts))
    for row in totals:
        counts[plains[texts[row]]] -= 1
    filled = {
        text: count
        for text, count in counts.items()
        if count > 0 and not is_missing(text, number=True)
    }
    fit = _best(filled, header)
    if fit is None or fit.kind == "boolean":
        # 有 and 无: the word for "none" is a value where its opposite stands
        words = {
            text: count
            for text, count in counts.items()
            if count > 0 and not is_missing(text, number=False)
        }
        if len(words) > len(filled) and (both := _best(words, header)) and both.kind == "boolean":
            fit = both
    if fit is None:
        return Inferred(_text_column(name, header, texts), ())
    sums = {plains[texts[row]]: 1 for row in totals}
    more = FAMILY_OF[fit.kind](
        {text: 1 for text in sums if len(text) <= _LONGEST and not is_missing(text, number=True)},
        header,
        fit.kind,
    )
    if more is not None:
        fit = replace(fit, values={**more.values, **fit.values})
    column = _column(name, header, texts, plains, fit)
    notes = [Note(f'Column "{name}": {note.en}.', f"列“{name}”：{note.zh}。") for note in fit.notes]
    odd = [row for row in column.exceptions if row not in set(totals)]
    if odd:
        example = f"{texts[odd[0]][:30]}"
        notes.append(
            Note(
                f'Column "{name}": {len(odd)} of {len(texts)} cells are not of the kind '
                f'{column.kind} (row {odd[0] + 1}: "{example}") and are left out of computations.',
                f"列“{name}”：{len(texts)} 个单元格中有 {len(odd)} 个不是{ZH[column.kind]}"
                f"（第 {odd[0] + 1} 行：“{example}”），计算时不计入。",
            )
        )
    return Inferred(column, tuple(notes))


def read_as(column: Column, kind: Kind) -> tuple[Column, tuple[int, ...]]:
    """A column read as a kind that a person asks for, and the rows whose cells do not fit."""
    if kind == "text":
        return _text_column(column.name, column.header, column.texts), ()
    plains = _plain(column.texts)
    counts = Counter(map(plains.__getitem__, column.texts))
    filled = {
        text: count
        for text, count in counts.items()
        if len(text) <= _LONGEST and not is_missing(text, number=kind != "boolean")
    }
    fit = FAMILY_OF[kind](filled, column.header, kind) or Fit(kind, {})
    new = _column(column.name, column.header, column.texts, plains, fit)
    return new, new.exceptions


def _plain(texts: Sequence[str]) -> dict[str, str]:
    return {text: plain(visible(text)) for text in dict.fromkeys(texts)}


def _best(filled: dict[str, int], header: str) -> Fit | None:
    """The family that reads the most, if it reads enough."""
    total = sum(filled.values())
    if not total:
        return None
    filled = {text: count for text, count in filled.items() if len(text) <= _LONGEST}
    if sum(filled.values()) < (1 - TOLERANCE) * total:
        return None
    least = (1 - TOLERANCE) * total
    if 3 <= total < _FEW and sum(not any(map(str.isdigit, text)) for text in filled) == 1:
        least = total - 1
    sample = filled
    if len(filled) > _SAMPLE:
        step = len(filled) / _SAMPLE
        keys = list(filled)
        sample = {key: filled[key] for key in (keys[int(n * step)] for n in range(_SAMPLE))}
    ranked: list[tuple[float, int]] = []
    for place, family in enumerate(FAMILIES):
        fit = family(sample, header, None)
        if fit is not None:
            share = sum(sample[text] for text in fit.values) / sum(sample.values())
            if share >= _LEAST_IN_SAMPLE:
                ranked.append((-share, place))
    for _, place in sorted(ranked):
        fit = FAMILIES[place](filled, header, None)
        if fit is not None and sum(filled[t] for t in fit.values) >= least:
            return fit
    return None


def _column(
    name: str,
    header: str,
    texts: Sequence[str],
    plains: dict[str, str],
    fit: Fit,
) -> Column:
    of_text: dict[str, Value] = {text: fit.values.get(key) for text, key in plains.items()}
    values = tuple(map(of_text.__getitem__, texts))
    missing = {
        text
        for text, key in plains.items()
        if of_text[text] is None and is_missing(key, number=True)
    }
    exceptions = tuple(_exceptions(texts, values, missing))
    return Column(name, header, fit.kind, tuple(texts), values, fit.unit, exceptions)


def _exceptions(
    texts: Sequence[str], values: Sequence[Value], missing: Collection[str]
) -> Iterator[int]:
    for row, value in enumerate(values):
        if value is None and texts[row] not in missing:
            yield row


def _text_column(name: str, header: str, texts: Sequence[str]) -> Column:
    of_text: dict[str, Value] = {}
    for text in dict.fromkeys(texts):
        value = " ".join(without_notes(visible(text)).split())
        of_text[text] = None if is_missing(plain(value), number=False) else value
    return Column(name, header, "text", tuple(texts), tuple(map(of_text.__getitem__, texts)))


ZH: dict[Kind, str] = {
    "text": "文本",
    "integer": "整数",
    "decimal": "小数",
    "percent": "百分比",
    "currency": "金额",
    "rank": "名次",
    "year": "年份",
    "date": "日期",
    "datetime": "日期时间",
    "time": "时刻",
    "duration": "时长",
    "range": "区间",
    "score": "比分",
    "boolean": "是否",
}
"""What each kind is called in Chinese."""
