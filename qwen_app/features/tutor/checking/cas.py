"""The process that holds SymPy answers here."""

from fractions import Fraction

from qwen_app.features.tutor.checking.judge import judge
from qwen_app.features.tutor.checking.knowledge import Item, Knowledge, single
from qwen_app.features.tutor.checking.questions import LineQuestion, SolveQuestion
from qwen_app.features.tutor.checking.readings import judge_parts
from qwen_app.features.tutor.checking.solving import solve
from qwen_app.features.tutor.reading.tree import Binary, Expression, Number, Symbol


def answer(question: object) -> object:
    match question:
        case LineQuestion(parts, knowledge):
            return judge_parts(parts, knowledge, judge)
        case SolveQuestion():
            return solve(question)
        case _:
            raise TypeError(question)


def warm_up() -> None:
    """Do once what is slow the first time."""
    x: Expression = Symbol("x")
    y: Expression = Symbol("y")
    two, five = Number(Fraction(2), 0), Number(Fraction(5), 0)
    equation = single(Binary("+", Binary("*", two, x), five), "=", five)
    system = single(Binary("+", x, y), "=", two)
    square = single(Binary("^", x, two), "=", five)
    less = single(Binary("*", two, x), "<", five)
    known = Knowledge(stated=(equation, system))
    items = tuple(Item(condition) for condition in (equation, square, less, single(x, "=", two)))
    for item in items:
        judge(item, known)
    judge(Item(single(x, "=", five)), Knowledge(stated=(square,)))
