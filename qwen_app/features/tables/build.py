"""From rows of text to a table: names, kinds, totals; and a person's corrections of them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.kinds.infer import ZH, infer, read_as
from qwen_app.features.tables.names import name_columns
from qwen_app.features.tables.table import KINDS, Column, Kind, Note, Table

_TOTAL = re.compile(
    r"(?:grand |career |overall |sub-?)?totals?(?: \w+)?:?|sum|averages?|mean"
    r"|(?:合计|总计|总和|总数|共计|小计|总共|汇总|平均|均值|平均值|平均数|人均)(?:\W.*|[（(].*)?",
    re.I,
)
_SUBTOTAL = re.compile(r"sub-?totals?|小计|本组合计|分计", re.I)
_REPEATED = re.compile(r"totals?|合计|总计|小计", re.I)


def build_table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str = "",
    notes: Sequence[Note] = (),
) -> Table:
    """A typed table of texts.

    Args:
        headers: of each column, as shown; may be empty or repeated.
        rows: each as wide as headers.
        caption: the table's title, if it has one.
        notes: what reading did so far.

    Raises:
        InvalidInput: no columns.
    """
    if not headers:
        raise InvalidInput("The table has no columns.", "表格没有任何列。", param="table")
    columns = [tuple(column) for column in zip(*rows, strict=True)] or [()] * len(headers)
    totals = find_totals(columns)
    said = list(notes)
    typed: list[Column] = []
    for name, header, texts in zip(name_columns(headers), headers, columns, strict=True):
        inferred = infer(name, header, texts, totals)
        typed.append(inferred.column)
        said.extend(inferred.notes)
    if totals:
        label = next(columns[c][totals[-1]] for c in range(len(columns)) if columns[c][totals[-1]])
        said.append(
            Note(
                f'{len(totals)} row(s) such as "{label[:30]}" sum up the others; '
                "computations leave them out.",
                f"有 {len(totals)} 行（如“{label[:30]}”）是合计，计算时不计入。",
            )
        )
    return Table(tuple(typed), caption, totals, tuple(said))


def find_totals(columns: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Rows that sum up others: the last ones that say so, and subtotals among the rows.

    A single "Total" in the middle may be a name, so it takes two to be subtotals.
    """
    count = len(columns[0]) if columns else 0
    if count < 3:
        return ()
    heads = columns[: min(2, len(columns))]

    def says(row: int, pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(column[row].strip()) for column in heads)

    last = count
    while last > 2 and _label(columns, last - 1) and says(last - 1, _TOTAL):
        last -= 1
    tail = tuple(range(last, count))
    middle = [row for row in range(last) if says(row, _REPEATED)]
    if len(middle) < 2:
        middle = [row for row in middle if says(row, _SUBTOTAL)]
    if len(middle) * 2 > count:
        middle = []
    return (*middle, *tail)


def _label(columns: Sequence[Sequence[str]], row: int) -> bool:
    """Whether a row holds more than its label."""
    return sum(1 for column in columns if column[row].strip()) > 1 or len(columns) == 1


def retype(table: Table, name: str, kind: Kind) -> Table:
    """The table with one column read as a person says.

    Raises:
        InvalidInput: no such column or kind, or cells that are not of the kind; it names them.
    """
    if kind not in KINDS:
        raise InvalidInput(
            f'There is no kind "{kind}". Kinds: {", ".join(KINDS)}.',
            f"没有“{kind}”这种类型。可选：{'、'.join(KINDS)}。",
            param="kind",
        )
    try:
        old = table.column(name)
    except KeyError:
        raise InvalidInput(
            f'There is no column "{name}". Columns: {", ".join(table.names)}.',
            f"没有“{name}”这一列。已有的列：{'、'.join(table.names)}。",
            param="column",
        ) from None
    new, misfits = read_as(old, kind)
    misfits = tuple(row for row in misfits if row not in set(table.totals))
    if misfits:
        shown = misfits[:5]
        en = ", ".join(f'row {row + 1} "{old.texts[row][:30]}"' for row in shown)
        zh = "、".join(f"第 {row + 1} 行“{old.texts[row][:30]}”" for row in shown)
        more = len(misfits) - len(shown)
        raise InvalidInput(
            f'Column "{name}" cannot be read as {kind}: {en}'
            + (f" and {more} more." if more else "."),
            f"列“{name}”不能按{ZH[kind]}读取：{zh}" + (f"，另有 {more} 处。" if more else "。"),
            param="kind",
        )
    columns = tuple(new if column.name == name else column for column in table.columns)
    return replace(table, columns=columns)
