"""Linear equations in one unknown, solved by doing the same to both sides."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from qwen_app.features.tutor.practice.problem import (
    Level,
    Problem,
    Slip,
    Step,
    Words,
    same,
    so,
)
from qwen_app.features.tutor.practice.writing import factor, show, signed, term

LETTERS = ("x",) * 16 + ("y", "y", "t", "n", "a", "m", "z", "k")


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation, its solution and the way to it."""

    text: str
    letter: str
    root: Fraction
    steps: tuple[Step, ...]
    check: Words


def as_problem(equation: Equation, level: Level) -> Problem:
    return Problem(
        topic="equations",
        kind="linear",
        level=level,
        text=Words(f"解方程：{equation.text}", f"Solve {equation.text}"),
        opening=Words(f"解方程 {equation.text}：", f"Solve {equation.text}:"),
        steps=equation.steps,
        check=equation.check,
        answer=same(f"{equation.letter} = {show(equation.root)}"),
        slots={"eq": equation.text, "v": equation.letter},
    )


def linear(rng: random.Random, letter: str, weights: tuple[int, ...] | None = None) -> Equation:
    """An equation of a random form; ``weights`` in the order of `FORMS`."""
    form = rng.choices(tuple(FORMS), weights=weights)[0]
    return FORMS[form](rng, letter)


def move(right: int, b: int, rest: str) -> tuple[Step, int]:
    """``rest + b = right``: take b away from both sides."""
    result = right - b
    sign, other = ("-", "+") if b >= 0 else ("+", "-")
    wrong = right + b
    step = Step(
        Words(f"两边同时减去 {b}", f"Subtract {b} from both sides")
        if b >= 0
        else Words(f"两边同时加上 {-b}", f"Add {-b} to both sides"),
        same(f"{rest} = {right} {sign} {abs(b)} = {result}"),
        Words(
            f"等式两边{'减去' if b >= 0 else '加上'}同一个数，等式仍成立",
            f"{'taking away' if b >= 0 else 'adding'} the same number keeps both sides equal",
        ),
        (Slip("sign", same(f"{rest} = {right} {other} {abs(b)} = {wrong}")),),
    )
    return step, result


def divide(a: int, product: int, rest: str) -> tuple[Step, Fraction]:
    """``a · rest = product``: divide both sides by a."""
    root = Fraction(product, a)
    step = Step(
        Words(f"两边同时除以 {a}", f"Divide both sides by {a}"),
        same(f"{rest} = {product} ÷ {factor(a)} = {show(root)}"),
        Words(
            "等式两边除以同一个不为 0 的数，等式仍成立",
            "dividing by the same number keeps both sides equal",
        ),
    )
    return step, root


def times(a: int, quotient: int, rest: str) -> tuple[Step, int]:
    """``rest / a = quotient``: multiply both sides by a."""
    step = Step(
        Words(f"两边同时乘以 {a}", f"Multiply both sides by {a}"),
        same(f"{rest} = {quotient} × {factor(a)} = {quotient * a}"),
        Words(
            "等式两边乘以同一个数，等式仍成立",
            "multiplying by the same number keeps both sides equal",
        ),
    )
    return step, quotient * a


def solve_axb(
    a: int, b: int, right: int, v: str, *, swapped: bool = False, mirrored: bool = False
) -> Equation:
    """ax + b = right; written b + ax if ``swapped``, right = ax + b if ``mirrored``."""
    left = f"{b} + {term(a, v)}" if swapped else f"{term(a, v)} {signed(b)}"
    text = f"{right} = {left}" if mirrored else f"{left} = {right}"
    moved, product = move(right, b, f"{a}{v}")
    divided, root = divide(a, product, v)
    check = f"{a} × {factor(root)} {signed(b)} = {right}"
    return Equation(text, v, root, (moved, divided), same(check))


def _root(rng: random.Random, high: int = 12) -> int:
    kind = rng.random()
    if kind < 0.8:
        return rng.randint(1, high)
    if kind < 0.93:
        return -rng.randint(1, 10)
    return rng.choice((0, rng.randint(high, 2 * high)))


def _axb(rng: random.Random, v: str) -> Equation:
    """ax + b = c and ax - b = c, b first sometimes; the root a fraction now and then."""
    a = rng.randint(2, 12)
    b = rng.randint(1, 20) if rng.random() < 0.85 else rng.randint(21, 99)
    if rng.random() < 0.4:
        b = -b
    if rng.random() < 0.06:
        a, right = rng.randint(2, 9), b + rng.randint(1, 30)
    else:
        right = a * _root(rng) + b
    swapped = b > 0 and rng.random() < 0.12
    mirrored = rng.random() < 0.04
    return solve_axb(a, b, right, v, swapped=swapped, mirrored=mirrored)


def _negative(rng: random.Random, v: str) -> Equation:
    """b - ax = c and -ax + b = c."""
    a = rng.randint(2, 12)
    b = rng.randint(1, 40)
    right = b - a * _root(rng, 8)
    left = f"{b} - {a}{v}" if rng.random() < 0.7 else f"-{a}{v} + {b}"
    moved, product = move(right, b, f"-{a}{v}")
    divided, root = divide(-a, product, v)
    check = same(f"{b} - {a} × {factor(root)} = {right}")
    return Equation(f"{left} = {right}", v, root, (moved, divided), check)


def _ax(rng: random.Random, v: str) -> Equation:
    a = rng.randint(2, 15) * (-1 if rng.random() < 0.1 else 1)
    right = a * _root(rng) if rng.random() < 0.9 else rng.randint(1, 30)
    divided, root = divide(a, right, v)
    return Equation(
        f"{a}{v} = {right}", v, root, (divided,), same(f"{a} × {factor(root)} = {right}")
    )


def _xb(rng: random.Random, v: str) -> Equation:
    b = rng.randint(1, 99) * rng.choice((1, 1, -1))
    root = _root(rng, 30)
    right = root + b
    left = f"{b} + {v}" if b > 0 and rng.random() < 0.15 else f"{v} {signed(b)}"
    moved, result = move(right, b, v)
    check = same(f"{root} {signed(b)} = {right}")
    return Equation(f"{left} = {right}", v, Fraction(result), (moved,), check)


def _quotient(rng: random.Random, v: str) -> Equation:
    """x/a + b = c."""
    a = rng.randint(2, 9)
    b = rng.randint(1, 20) * rng.choice((1, -1))
    quotient = rng.randint(1, 12)
    right = quotient + b
    moved, result = move(right, b, f"{v}/{a}")
    multiplied, root = times(a, result, v)
    check = same(f"{root} ÷ {a} {signed(b)} = {right}")
    text = f"{v}/{a} {signed(b)} = {right}"
    return Equation(text, v, Fraction(root), (moved, multiplied), check)


def _bracket(rng: random.Random, v: str) -> Equation:
    """a(x + b) = c."""
    a = rng.randint(2, 9)
    b = rng.randint(1, 12) * rng.choice((1, -1))
    root = _root(rng, 10)
    inner = root + b
    right = a * inner
    divided, _ = divide(a, right, f"{v} {signed(b)}")
    moved, result = move(inner, b, v)
    check = same(f"{a} × ({root} {signed(b)}) = {right}")
    text = f"{a}({v} {signed(b)}) = {right}"
    return Equation(text, v, Fraction(result), (divided, moved), check)


def _both_sides(rng: random.Random, v: str) -> Equation:
    """ax + b = dx + e with a > d."""
    d = rng.randint(1, 8)
    a = d + rng.randint(1, 8)
    root = rng.randint(-5, 10)
    b = rng.choice((rng.randint(1, 20), -rng.randint(1, 20)))
    e = (a - d) * root + b
    other = f"{term(d, v)} {signed(e)}" if e else term(d, v)
    rest = term(a - d, v)
    gathered = Step(
        Words(f"两边同时减去 {term(d, v)}", f"Subtract {term(d, v)} from both sides"),
        so(f"{a} - {d} = {a - d}", f"{rest} {signed(b)} = {e}"),
        Words("把含未知数的项放到同一边", "all terms with the unknown stand on one side then"),
    )
    moved, product = move(e, b, rest)
    steps = [gathered, moved]
    if a - d > 1:
        steps.append(divide(a - d, product, v)[0])
    one = f"{a} × {factor(root)} {signed(b)} = {a * root + b}"
    two = f"{d} × {factor(root)}{f' {signed(e)}' if e else ''} = {d * root + e}"
    check = Words(f"{one}，{two}", f"{one}, {two}")
    return Equation(f"{a}{v} {signed(b)} = {other}", v, Fraction(root), tuple(steps), check)


FORMS: dict[str, Callable[[random.Random, str], Equation]] = {
    "axb": _axb,
    "negative": _negative,
    "ax": _ax,
    "xb": _xb,
    "quotient": _quotient,
    "bracket": _bracket,
    "both_sides": _both_sides,
}
