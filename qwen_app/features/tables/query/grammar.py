"""Which queries the model may write about this table and this question.

Only this table's columns, functions that fit their kinds, and as literals the values of the
column at hand, pieces of the question, and its numbers and dates. Every list is bounded and
queries nest at most twice, so an answer always closes. What this grammar allows, `parse` and
`resolve` accept.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qwen_app.features.tables.query.fold import fold, one_line
from qwen_app.features.tables.query.link import LONGEST_VALUE, Mentions, mentions
from qwen_app.features.tables.query.rules import CELLS, DEEPEST, LEVEL, SHARED, START
from qwen_app.features.tables.query.sorts import sort_of
from qwen_app.features.tables.query.write import write_name, write_number, write_text
from qwen_app.features.tables.table import Column, Table

_MOST_VALUES = 40
"""Of one column; what the question mentions is there besides."""
_ALL_VALUES = 600
"""Of all columns together, which bounds the time to compile."""
_SCANNED = 2000
"""Rows in which values are looked for."""
_MOST_QUESTION = 400
"""Characters of the question that may be quoted."""

_PIECES = re.compile(r"[^\W\u2e80-\u9fff]+|\s+|.", re.DOTALL)
"""A question is quoted by whole words, and by single characters where words have no borders."""


@dataclass(frozen=True, slots=True)
class _Sorts:
    """The columns by what the language can do with them."""

    text: tuple[Column, ...]
    number: tuple[Column, ...]
    date: tuple[Column, ...]

    @property
    def all(self) -> tuple[Column, ...]:
        return self.text + self.number + self.date


def query_grammar(table: Table, question: str, *, found: Mentions | None = None) -> str:
    """The grammar of the answers to a question, for `qwen_app.decoding.grammar.Lark`.

    Args:
        found: `mentions(table, question)`, if the caller has them already.
    """
    found = mentions(table, question) if found is None else found
    sorts = _Sorts(*(
        tuple(column for column in table.columns if sort_of(column.kind) == sort)
        for sort in ("text", "number", "date")
    ))  # fmt: skip
    lines = [START, SHARED, CELLS]
    for depth in range(DEEPEST + 1):
        inner = f" | inner{depth}" if depth < DEEPEST else ""
        lines += [_at_depth(LEVEL, depth), f"cond{depth}: simple{inner}"]
    lines += _groups(sorts)
    lines += [*_columns(sorts), *_literals(sorts, question, found)]
    lines += _comparisons(table, sorts, found)
    return "\n".join(lines) + "\n"


def _at_depth(rules: str, depth: int) -> str:
    """The rules with the depth filled in; without those that go deeper than the deepest."""
    kept = [line for line in rules.splitlines() if depth < DEEPEST or "#" not in line]
    return "\n".join(kept).replace("@", str(depth)).replace("#", str(depth + 1))


def _groups(sorts: _Sorts) -> Iterator[str]:
    """A rule for each key, so that what is shown beside the counts is what they are of."""
    keys = [write_name(column.name) for column in sorts.all]
    keys += [f"YEAR({write_name(column.name)})" for column in sorts.date]
    for index, key in enumerate(keys):
        yield f"KEY_{index}: {_literal(key)}"
        yield (
            f'grouped0_{index}: KEY_{index} (", " aggout){{0,2}} FROM where0? " GROUP BY "'
            f' KEY_{index} having? (" ORDER BY " (aggs | KEY_{index}) DESC?)? limit?'
        )
    for depth in range(1, DEEPEST + 1):
        for index in range(len(keys)):
            yield (
                f'grouped{depth}_{index}: KEY_{index} FROM where{depth}? " GROUP BY "'
                f" KEY_{index} grouptail"
            )
    for depth in range(DEEPEST + 1):
        rules = (f"grouped{depth}_{index}" for index in range(len(keys)))
        yield f"grouped{depth}: {' | '.join(rules)}"


def _columns(sorts: _Sorts) -> Iterator[str]:
    """The names of columns, and the functions that fit them."""
    names = [write_name(column.name) for column in sorts.all]
    yield f"COLUMN: {_options(names)}"
    yield f"NAMETEXT: {_options(write_text(column.name) for column in sorts.all)}"
    texts = [write_name(column.name) for column in sorts.text]
    values = ["NUMCOLUMN", '"row"', '"RUN(" COLUMN ")"']
    outputs = ["COLUMN", "num"]
    extremes = ["num"]
    if texts:
        yield f"TEXTCOLUMN: {_options(texts)}"
        values += ['"NUMBER(" TEXTCOLUMN (", " PLACE)? ")"', '"YEAR(" TEXTCOLUMN ")"',
                   '"LENGTH(" TEXTCOLUMN ")"', '"PARTS(" TEXTCOLUMN ")"']  # fmt: skip
        yield 'partcall: "PART(" TEXTCOLUMN ", " PLACE ")"'
        outputs.append("partcall")
    if sorts.number:
        yield f"NUMCOLUMN: {_options(write_name(column.name) for column in sorts.number)}"
        values += ['"PREV(" NUMCOLUMN ")"', '"NEXT(" NUMCOLUMN ")"']
    else:
        values.remove("NUMCOLUMN")
    if sorts.date:
        yield f"DATECOLUMN: {_options(write_name(column.name) for column in sorts.date)}"
        values += ['DATEPART DATECOLUMN ")"']
        yield 'DATEPART: "YEAR(" | "MONTH(" | "DAY("'
        extremes.append("DATECOLUMN")
    yield f"numval: {' | '.join(values)}"
    yield f"extremal: {' | '.join(extremes)}"
    yield f'out: {" | ".join(outputs)} | "ROUND(" num ", " DIGIT ")"'
    yield f"distinct: {' | '.join(output for output in outputs if output != 'num')}"


def _literals(sorts: _Sorts, question: str, found: Mentions) -> Iterator[str]:
    numbers = dict.fromkeys((*map(write_number, found.numbers), "0", "1"))
    yield f"NUMBER: {_options(numbers)}"
    counts = [str(n) for n in found.numbers if isinstance(n, int) and 0 < n <= 1000]
    yield f"ROWS: {_options(dict.fromkeys((*counts, *map(str, range(1, 11)))))}"
    pieces = [piece.replace("'", "''") for piece in _PIECES.findall(question[:_MOST_QUESTION])]
    escaped = [piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
               for piece in pieces]  # fmt: skip
    yield f"PIECES: {_pieces(pieces)}"
    yield f"ESCAPED: {_pieces(escaped)}"
    yield 'ASKED: "\'" PIECES "\'"'
    yield 'PATTERN: "\'%" ESCAPED "%\'" | "\'" ESCAPED "%\'" | "\'%" ESCAPED "\'"'
    if sorts.date:
        days = dict.fromkeys(map(write_text, found.dates))
        yield f"DAY: {_options(days)} | ASKED" if days else "DAY: ASKED"


def _comparisons(table: Table, sorts: _Sorts, found: Mentions) -> Iterator[str]:
    """Each column compared with what may stand in it."""
    rules = ["numcond", "COLUMN NULL", "COLUMN LIKE PATTERN"]
    most = max(1, min(_MOST_VALUES, _ALL_VALUES // len(table.columns)))
    linked: dict[str, list[str]] = {}
    for link in found.links:
        linked.setdefault(link.column, []).append(link.text)
    for index, column in enumerate(table.columns):
        if column in sorts.number:
            continue
        values = _values(column, linked.get(column.name, []), most)
        name = _literal(write_name(column.name))
        if values:
            yield f"VALUE_{index}: {_options(map(write_text, values))} | ASKED"
        else:
            yield f"VALUE_{index}: ASKED"
        yield (
            f"equal_{index}: {name} (EQUAL VALUE_{index}"
            f' | IN VALUE_{index} (", " VALUE_{index}){{1,4}} ")")'
        )
        rules.append(f"equal_{index}")
    if sorts.date:
        rules += ["DATECOLUMN COMPARE DAY", 'DATECOLUMN BETWEEN DAY " AND " DAY',
                  "DATECOLUMN COMPARE DATECOLUMN"]  # fmt: skip
    if sorts.text:
        rules.append("TEXTCOLUMN EQUAL TEXTCOLUMN")
    yield f"simple: {' | '.join(rules)}"


def _values(column: Column, linked: list[str], most: int) -> list[str]:
    """Values that a query may quote: those of the question, then those of the first rows."""
    found = {fold(text): text for text in linked}
    for text in column.texts[:_SCANNED]:
        if len(found) >= most + len(linked):
            break
        if text and len(text) <= LONGEST_VALUE:
            found.setdefault(fold(text), one_line(text))
    return list(found.values())


def _options(texts: Iterable[str]) -> str:
    return " | ".join(map(_literal, texts))


def _literal(text: str) -> str:
    """A text as Lark's string; JSON's escapes are among those that it knows."""
    return json.dumps(text, ensure_ascii=True)


def _pieces(pieces: list[str]) -> str:
    return f'%regex {{"substring_chunks": {json.dumps(pieces or [" "], ensure_ascii=True)}}}'
