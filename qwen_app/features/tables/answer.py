"""The answer as a sentence, in the language of the question.

Its figures and names are those of the result, put into a pattern that the query decides: the
model writes no word of it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from qwen_app.errors import Language
from qwen_app.features.tables.figures import (
    asked_digits,
    measure,
    natural_digits,
    rounded,
    show_figure,
)
from qwen_app.features.tables.kinds.infer import ZH
from qwen_app.features.tables.numerals import write_cell
from qwen_app.features.tables.query.exact import LARGEST_EXACT
from qwen_app.features.tables.query.execute import Place, Result
from qwen_app.features.tables.query.tree import (
    Aggregate,
    Call,
    Column,
    Compute,
    Expression,
    Number,
    Scalar,
    is_aggregating,
    walk,
)
from qwen_app.features.tables.table import Column as TableColumn
from qwen_app.features.tables.table import Table

_MOST_LISTED: Final = 12
"""Rows of a result that a sentence lists; the table below it has them all."""
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_NAMES: Final = {
    "SUM": ("total", "总和"),
    "AVG": ("average", "平均值"),
    "MIN": ("lowest", "最小值"),
    "MAX": ("highest", "最大值"),
    "MEDIAN": ("median", "中位数"),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """The answer in words, and the cells that it names beyond those of the result."""

    text: str
    language: Language
    cells: tuple[Place, ...]
    """All cells to highlight, in the order of the table."""


def language_of(question: str) -> Language:
    """Chinese if it has Chinese characters outside quotes, else English."""
    bare = re.sub(r"['\"‘“「].*?['\"’”」]", "", question)
    return "zh" if _HAN.search(bare) else "en"


def say(question: str, table: Table, result: Result) -> Sentence:
    """The sentence for a result."""
    language = language_of(question)
    speaker = _Speaker(question, table, result, language)
    text, extra = speaker.sentence()
    places = dict.fromkeys((*result.cells, *extra))
    at = {name: index for index, name in enumerate(table.names)}
    cells = tuple(sorted(places, key=lambda place: (place[0], at[place[1]])))
    return Sentence(text, language, cells)


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as a table for the reader: what its columns are called, and its figures as the
    sentence has them."""

    labels: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]


def show_result(question: str, table: Table, result: Result) -> Shown:
    """The result in the language of the question."""
    speaker = _Speaker(question, table, result, language_of(question))
    return Shown(speaker.labels(), speaker.texts())


class _Speaker:
    def __init__(self, question: str, table: Table, result: Result, language: Language) -> None:
        self._table = table
        self._result = result
        self._zh = language == "zh"
        self._language: Language = language
        self._digits = asked_digits(question)
        query = result.query
        self._nodes: tuple[Expression, ...] = query.outputs or tuple(map(Column, table.names))

    def sentence(self) -> tuple[str, tuple[Place, ...]]:
        """(text, cells that it names beyond the result's)"""
        result = self._result
        extra: tuple[Place, ...] = ()
        if result.is_empty and result.rows:
            return self._either("There is no value there.", "该处没有值。"), ()
        if result.is_empty:
            return self._either("The table has nothing that fits.", "表中没有符合条件的内容。"), ()
        if len(result.rows) > 1:
            text = self._rows()
        elif len(self._nodes) == 1:
            text, extra = self._single()
        else:
            text = self._one_row()
        return text + self._remarks(), extra

    def labels(self) -> tuple[str, ...]:
        outputs = zip(self._nodes, self._result.outputs, strict=True)
        return tuple(self._name(node) or output.label for node, output in outputs)

    def texts(self) -> tuple[tuple[str, ...], ...]:
        columns = range(len(self._nodes))
        return tuple(
            tuple(self._figure(row, at) for at in columns) for row in range(len(self._result.rows))
        )

    # --- shapes ---------------------------------------------------------------------------

    def _single(self) -> tuple[str, tuple[Place, ...]]:
        """One value."""
        node, figure = self._nodes[0], self._figure(0, 0)
        value = self._result.rows[0][0]
        if isinstance(value, bool):
            return self._either("Yes." if value else "No.", "是。" if value else "否。"), ()
        if isinstance(node, Column):
            shown, extra = self._ranked_by()
            return self._end(figure + shown), extra
        inner = _inside(node)
        if isinstance(inner, Aggregate):
            return self._aggregate(inner, figure), ()
        if isinstance(value, str):
            return self._end(figure), ()
        en, zh = _computed(inner)
        if _is_share(inner):
            figure += "%"
        if isinstance(inner, Compute) and inner.operator == "-":
            # Of two shares of a hundred the difference is no share.
            figure = figure.replace("%", self._either(" percentage points", " 个百分点"))
        return self._either(f"The {en} is {figure}.", f"{zh} {figure}。"), ()

    def _aggregate(self, node: Aggregate, figure: str) -> str:
        if node.name == "COUNT":
            of = self._name(node.argument) if node.distinct else ""
            if of:
                return self._either(
                    f"There are {figure} different values of {of}.", f"共有 {figure} 种不同的{of}。"
                )
            return self._either(f"The number is {figure}.", f"共有 {figure} 个。")
        name = self._name(node.argument)
        if self._result.outputs[0].sort == "date":
            en, zh = ("earliest", "最早") if node.name == "MIN" else ("latest", "最晚")
            return self._either(f"The {en} {name} is {figure}.", f"{zh}的{name}是 {figure}。")
        en, zh = _NAMES[node.name]
        if not name:
            return self._either(f"The {en} is {figure}.", f"{zh}是 {figure}。")
        return self._either(f"The {en} of {name} is {figure}.", f"{name}的{zh}是 {figure}。")

    def _one_row(self) -> str:
        """One row of several values: the first stands for itself, the others with their names."""
        first, *others = range(len(self._nodes))
        parts = [self._figure(0, first)]
        parts += [self._named(self._nodes[at], self._figure(0, at)) for at in others]
        return self._end(self._either(", ", "，").join(parts))

    def _rows(self) -> str:
        result = self._result
        shown = range(min(len(result.rows), _MOST_LISTED))
        if len(self._nodes) == 1:
            text = self._either(", ", "、").join(self._figure(row, 0) for row in shown)
        else:
            text = self._either("; ", "；").join(
                self._figure(row, 0)
                + self._either(": ", "：")
                + self._either(", ", "，").join(
                    self._figure(row, at) for at in range(1, len(self._nodes))
                )
                for row in shown
            )
        if len(result.rows) > _MOST_LISTED:
            total = len(result.rows)
            more = "+" if result.truncated else ""
            return text + self._either(
                f" … ({total}{more} in all).", f"……（共 {total}{more} 项）。"
            )
        return self._end(text)

    def _ranked_by(self) -> tuple[str, tuple[Place, ...]]:
        """For the first of a ranking: what it was ranked by, from the same row of the table."""
        query, places = self._result.query, self._result.row_cells[0]
        if query.source != "t" or is_aggregating(query) or query.limit is None or not places:
            return "", ()
        row = places[0][0]
        keys = [order.by for order in query.order if isinstance(order.by, Column)]
        named = [key for key in keys if key not in self._nodes]
        text = "".join(
            self._either(", ", "，") + self._named(key, self._cell(row, key.name)) for key in named
        )
        return text, tuple((row, key.name) for key in named)

    def _remarks(self) -> str:
        remarks = "".join(map(self._left_out, self._averaged()))
        if self._result.tied:
            remarks += self._either(
                " Others are equal to the last one.", "（另有与最后一名并列的。）"
            )
        if self._is_beyond_exact():
            remarks += self._either(
                " Its digits after the fifteenth are not exact.", "（第 15 位之后的数字不精确。）"
            )
        return remarks

    def _is_beyond_exact(self) -> bool:
        return any(
            isinstance(value, int | Decimal) and not -LARGEST_EXACT < value < LARGEST_EXACT
            for row in self._result.rows
            for value, output in zip(row, self._result.outputs, strict=True)
            if not output.is_column
        )

    def _averaged(self) -> tuple[TableColumn, ...]:
        """The columns that are added up or compared, in the order of the outputs."""
        inside = (part for node in self._nodes for part in walk(_inside(node)))
        names = [
            part.argument.name
            for part in inside
            if isinstance(part, Aggregate)
            and part.name != "COUNT"
            and isinstance(part.argument, Column)
        ]
        return tuple(map(self._table.column, dict.fromkeys(names)))

    def _left_out(self, column: TableColumn) -> str:
        """What the column holds besides its kind: it was not computed with."""
        count = len(set(column.exceptions) - set(self._table.totals))
        if not count:
            return ""
        cells = "cell" if count == 1 else "cells"
        return self._either(
            f" Left out: {count} {cells} of {column.name} not of its kind.",
            f"（“{column.name}”列有 {count} 个单元格不是{ZH[column.kind]}，未计入。）",
        )

    # --- values ---------------------------------------------------------------------------

    def _figure(self, row: int, at: int) -> str:
        """A value of the result: a cell as the table shows it, anything else rounded."""
        output, value = self._result.outputs[at], self._result.rows[row][at]
        if value is None:
            return self._result.texts[row][at] or "—"
        like = self._table.column(output.like) if output.like is not None else None
        text = self._result.texts[row][at]
        if output.is_column and like is not None:
            return write_cell(text, like)
        digits = self._digits if self._digits is not None else self._natural(at)
        if isinstance(value, str):
            return text
        value = rounded(value, digits)
        counts = measure(self._nodes[at], self._table)
        return show_figure(value, like, self._language, self._digits, counts)

    def _cell(self, row: int, name: str) -> str:
        column = self._table.column(name)
        return write_cell(column.texts[row], column)

    def _natural(self, at: int) -> int | None:
        return natural_digits(self._nodes[at], self._table)

    def _named(self, node: Expression, figure: str) -> str:
        name = self._name(node)
        if isinstance(node, Aggregate) and node.name == "COUNT":
            return figure
        return f"{name} {figure}" if name else figure

    def _name(self, node: Expression | None) -> str:
        """What a value is called: its column, or the column that was computed from."""
        if isinstance(node, Column):
            return node.name
        if isinstance(node, Aggregate):
            of = self._name(node.argument)
            en, zh = _NAMES.get(node.name, ("count", "数量"))
            return self._either(f"{en} {of}".rstrip(), f"{of}{zh}")
        if isinstance(node, Call):
            return self._name(node.arguments[0])
        return ""

    def _end(self, text: str) -> str:
        if text.endswith((".", "。", "!", "?", "！", "？")):
            return text
        return text + self._either(".", "。")

    def _either(self, en: str, zh: str) -> str:
        return zh if self._zh else en


def _is_share(node: Expression) -> bool:
    """A ratio times 100."""
    match node:
        case Compute("*", Compute("/"), Number(100)):
            return True
        case _:
            return False


def _computed(node: Expression) -> tuple[str, str]:
    """What a computation gives is called."""
    if _is_share(node):
        return "share", "占比是"
    match node:
        case Compute("-"):
            return "difference", "相差"
        case Compute("+"):
            return "sum", "合计"
        case Compute("/"):
            return "ratio", "比值是"
        case _:
            return "result", "结果是"


def _inside(node: Expression) -> Expression:
    """What is computed, without rounding and the query around it."""
    while True:
        match node:
            case Call("ROUND", arguments):
                node = arguments[0]
            case Scalar(query) if len(query.outputs) == 1:
                node = query.outputs[0]
            case _:
                return node
