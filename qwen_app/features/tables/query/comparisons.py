"""Which expressions may be compared, and how a date is compared with a day, month or year."""

from typing import Final

from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.literals import as_number
from qwen_app.features.tables.query.scope import Fields, Meaning, Piece
from qwen_app.features.tables.query.tree import Column, Expression, Operator, Text
from qwen_app.features.tables.query.write import write_expression

_WORDS: Final[dict[Meaning, tuple[str, str]]] = {
    "text": ("a text", "文本"),
    "number": ("a number", "数字"),
    "date": ("a date", "日期"),
    "truth": ("a condition", "条件"),
}


def need(sort: Meaning, piece: Piece, what: str, node: Expression) -> Piece:
    """The piece, if it is of the sort.

    Raises:
        InvalidQuery: it is not; the text says what would be, if anything is.
    """
    if piece.sort == sort:
        return piece
    text = write_expression(node)[:80]
    hint_en = hint_zh = ""
    if sort == "number" and piece.sort == "text" and isinstance(node, Column):
        hint_en = f" NUMBER({text}) is the first number in it."
        hint_zh = f"可用 NUMBER({text}) 取其中的第一个数字。"
    if sort == "number" and piece.sort == "date" and isinstance(node, Column):
        hint_en, hint_zh = f" YEAR({text}) is its year.", f"可用 YEAR({text}) 取年份。"
    raise invalid(
        f"{what} needs {_WORDS[sort][0]}, and {text} is {_WORDS[piece.sort][0]}.{hint_en}",
        f"{what} 需要{_WORDS[sort][1]}，而 {text} 是{_WORDS[piece.sort][1]}。{hint_zh}",
    )


def no_mix(left: Piece, right: Piece, left_node: Expression, right_node: Expression) -> None:
    """Raises:
    InvalidQuery: the two are of different sorts.
    """
    if left.sort == right.sort:
        return
    one, other = write_expression(left_node)[:80], write_expression(right_node)[:80]
    hint_en = hint_zh = ""
    for piece, node in ((left, left_node), (right, right_node)):
        if piece.sort == "text" and isinstance(node, Column):
            text = write_expression(node)[:80]
            hint_en = f" NUMBER({text}) is the first number in it."
            hint_zh = f"可用 NUMBER({text}) 取其中的第一个数字。"
    raise invalid(
        f"{one} is {_WORDS[left.sort][0]} and {other} is {_WORDS[right.sort][0]}: they cannot be"
        f" compared.{hint_en}",
        f"{one} 是{_WORDS[left.sort][1]}，{other} 是{_WORDS[right.sort][1]}，"
        f"两者无法比较。{hint_zh}",
    )


def no_number_in_text(left: Expression, right: Expression) -> None:
    """Raises:
    InvalidQuery: a text is asked to be more or less than a number in quotes: as texts 9 is more
        than 10.
    """
    if isinstance(right, Text) and as_number(right.value) is not None:
        text = write_expression(left)[:80]
        raise invalid(
            f"{text} is a text, so '{right.value[:80]}' is no measure of it. NUMBER({text}) is the"
            " first number in a column.",
            f"{text} 是文本，不能与 '{right.value[:80]}' 比较大小。可用 NUMBER({text}) 取一列中的"
            "第一个数字。",
        )


def compare_period(fields: Fields, date: str, operator: Operator, period: tuple[int, int]) -> str:
    """A date against the days from first to last: equal is within, less is before them all."""

    def bound(day: int) -> str:
        return f"{fields.bind(float(day))}::DOUBLE"

    first, after = period[0], period[1] + 1
    match operator:
        case "=":
            return f"({date} >= {bound(first)} AND {date} < {bound(after)})"
        case "!=":
            return f"(NOT ({date} >= {bound(first)} AND {date} < {bound(after)}))"
        case "<" | ">=":
            return f"({date} {operator} {bound(first)})"
        case ">":
            return f"({date} >= {bound(after)})"
        case "<=":
            return f"({date} < {bound(after)})"
