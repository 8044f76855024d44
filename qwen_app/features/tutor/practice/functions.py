"""Functions: values, lines, and derivatives of polynomials."""

import random

from qwen_app.features.tutor.practice.powers import raised
from qwen_app.features.tutor.practice.problem import (
    NOTHING,
    Kinds,
    Level,
    Problem,
    Slip,
    Step,
    Words,
    same,
    step,
)
from qwen_app.features.tutor.practice.writing import factor, signed, signed_term, term


def value(rng: random.Random) -> Problem:
    """f(n) of a linear function."""
    a, b, n = rng.randint(2, 9), _nonzero(rng, 15), rng.randint(-5, 12)
    result = a * n + b
    rule = f"f(x) = {a}x {signed(b)}"
    return _problem(
        "function_value",
        1,
        Words(f"已知 {rule}，求 f({n})。", f"Given {rule}, find f({n})."),
        (
            step(
                f"把 x = {n} 代入",
                f"Put in x = {n}",
                f"f({n}) = {a} × {factor(n)} {signed(b)} = {result}",
                "求函数值就是代入",
                "a value is found by putting x in",
            ),
        ),
        same(str(result)),
        {"f": rule, "n": str(n)},
    )


def zero(rng: random.Random) -> Problem:
    """Where a line meets the x axis."""
    a, x = rng.randint(2, 9), _nonzero(rng, 10)
    b = -a * x
    rule = f"y = {a}x {signed(b)}"
    return _problem(
        "function_zero",
        2,
        Words(
            f"一次函数 {rule} 的图象与 x 轴交点的横坐标是多少？",
            f"At which x does the line {rule} meet the x axis?",
        ),
        (
            step("令 y = 0", "Set y = 0", f"{a}x {signed(b)} = 0", "x 轴上 y 为 0", "y is 0 there"),
            step(
                f"两边同时{'减去' if b > 0 else '加上'} {abs(b)}",
                f"{'Subtract' if b > 0 else 'Add'} {abs(b)} {'from' if b > 0 else 'to'} both sides",
                f"{a}x = 0 {signed(-b)} = {-b}",
                "只留下含 x 的项",
                "only the term with x stays",
                Slip("sign", same(f"{a}x = 0 {signed(b)} = {b}")),
            ),
            step(
                f"两边同时除以 {a}",
                f"Divide both sides by {a}",
                f"x = {-b} ÷ {a} = {x}",
                "求 x",
                "x is wanted",
            ),
        ),
        same(f"x = {x}"),
        {"f": rule},
        check=same(f"{a} × {factor(x)} {signed(b)} = 0"),
    )


def line(rng: random.Random) -> Problem:
    """The line through two points."""
    k, b = _nonzero(rng, 6), _nonzero(rng, 9)
    x, d = rng.randint(-4, 5), rng.randint(1, 5)
    z = x + d
    y, w = k * x + b, k * z + b
    return _problem(
        "line_through",
        2,
        Words(
            f"求经过点 ({x}, {y}) 和 ({z}, {w}) 的直线的斜率。",
            f"Find the slope of the line through ({x}, {y}) and ({z}, {w}).",
        ),
        (
            step(
                "纵坐标的差",
                "Difference of the y coordinates",
                f"{w} - {factor(y)} = {w - y}",
                "终点减起点",
                "the second less the first",
            ),
            step(
                "横坐标的差",
                "Difference of the x coordinates",
                f"{z} - {factor(x)} = {d}",
                "终点减起点",
                "the second less the first",
            ),
            step(
                "斜率",
                "The slope",
                f"{w - y} ÷ {d} = {k}",
                "斜率 = 纵坐标的差 ÷ 横坐标的差",
                "slope = rise ÷ run",
                Slip("sign", same(f"{w - y} ÷ {d} = {-k}")),
            ),
        ),
        same(str(k)),
        {"p": f"({x}, {y})", "q": f"({z}, {w})"},
    )


def derivative(rng: random.Random) -> Problem:
    """The derivative of a polynomial of degree 2 or 3."""
    n = rng.choice((2, 2, 3, 3, 4))
    a, b, c = rng.randint(2, 9), _nonzero(rng, 9), _nonzero(rng, 12)
    rule = f"f(x) = {a}x{raised(n)} {signed_term(b, 'x')} {signed(c)}"
    lower = "x" if n == 2 else f"x{raised(n - 1)}"
    result = f"{n * a}{lower} {signed(b)}"
    return _problem(
        "derivative",
        3,
        Words(f"求导：{rule}", f"Differentiate {rule}"),
        (
            step(
                "第一项的系数乘指数，指数减 1",
                "First term, coefficient times exponent and exponent less 1",
                f"{a} × {n} = {a * n}",
                "幂函数求导法则",
                "the power rule",
            ),
            step(
                "合起来",
                "Put together",
                f"f'(x) = {result}",
                "x 的导数是 1，常数的导数是 0",
                "x gives 1, a constant gives 0",
                Slip("sign", same(f"f'(x) = {n * a}{lower} {signed(-b)}")),
            ),
        ),
        same(result),
        {"f": rule},
    )


def tangent(rng: random.Random) -> Problem:
    """The slope of a parabola at a point."""
    a, b, n = rng.randint(1, 6), _nonzero(rng, 9), rng.randint(-4, 6)
    rule = f"f(x) = {term(a, 'x²')} {signed_term(b, 'x')}"
    slope = 2 * a * n + b
    return _problem(
        "tangent_slope",
        3,
        Words(
            f"已知 {rule}，求曲线在 x = {n} 处切线的斜率。",
            f"Given {rule}, find the slope of the tangent at x = {n}.",
        ),
        (
            step(
                "求导数",
                "The derivative",
                f"f'(x) = {2 * a}x {signed(b)}",
                "切线的斜率是导数的值",
                "the slope is a value of the derivative",
                Slip("sign", same(f"f'(x) = {2 * a}x {signed(-b)}")),
            ),
            step(
                f"代入 x = {n}",
                f"Put in x = {n}",
                f"f'({n}) = {2 * a} × {factor(n)} {signed(b)} = {slope}",
                "求这一点的值",
                "its value there",
            ),
        ),
        same(str(slope)),
        {"f": rule, "n": str(n)},
    )


def _nonzero(rng: random.Random, high: int) -> int:
    return rng.choice((-1, 1)) * rng.randint(1, high)


def _problem(
    kind: str,
    level: Level,
    text: Words,
    steps: tuple[Step, ...],
    answer: Words,
    slots: dict[str, str | Words],
    *,
    check: Words = NOTHING,
) -> Problem:
    return Problem("functions", kind, level, text, answer, steps, check, slots=slots)


KINDS: Kinds = {1: (value,), 2: (zero, line), 3: (derivative, tangent)}
