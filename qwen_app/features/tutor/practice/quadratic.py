"""Equations with a square: two solutions, and the ways to lose one."""

import random

from qwen_app.features.tutor.practice.problem import Problem, Slip, Step, Words, same, step
from qwen_app.features.tutor.practice.writing import factor, signed, signed_term


def pure_square(rng: random.Random) -> Problem:
    """x² = n and ax² = n."""
    root = rng.randint(2, 15)
    a = 1 if rng.random() < 0.5 else rng.randint(2, 6)
    value = a * root * root
    steps: list[Step] = []
    if a > 1:
        steps.append(
            step(
                f"两边同时除以 {a}",
                f"Divide both sides by {a}",
                f"x² = {value} ÷ {a} = {root * root}",
                "只留下 x²",
                "x² stands alone then",
            )
        )
    steps.append(
        step(
            "两边开平方",
            "Take the square root",
            Words(f"x = {root} 或 x = {-root}", f"x = {root} or x = {-root}"),
            "正数有两个平方根",
            "a positive number has two square roots",
            Slip("lost", same(f"x = {root}")),
        )
    )
    left = "x²" if a == 1 else f"{a}x²"
    product = "" if a == 1 else f"{a} × "
    return _problem(
        "pure_square",
        f"{left} = {value}",
        (root, -root),
        tuple(steps),
        f"{product}{root}² = {value}",
        f"{product}({-root})² = {value}",
    )


def shifted_square(rng: random.Random) -> Problem:
    """(x + a)² = n."""
    root, a = rng.randint(1, 12), rng.choice((-1, 1)) * rng.randint(1, 9)
    one, other = root - a, -root - a
    sign, size = ("-", a) if a > 0 else ("+", -a)
    return _problem(
        "shifted_square",
        f"(x {signed(a)})² = {root * root}",
        (one, other),
        (
            step(
                "两边开平方",
                "Take the square root",
                Words(
                    f"x {signed(a)} = {root} 或 x {signed(a)} = {-root}",
                    f"x {signed(a)} = {root} or x {signed(a)} = {-root}",
                ),
                "正数有两个平方根",
                "a positive number has two square roots",
                Slip("lost", same(f"x {signed(a)} = {root}")),
            ),
            step(
                "解两个一次方程",
                "Solve both linear equations",
                Words(
                    f"x = {root} {sign} {size} = {one} 或 x = {-root} {sign} {size} = {other}",
                    f"x = {root} {sign} {size} = {one} or x = {-root} {sign} {size} = {other}",
                ),
                "两边做同样的运算",
                "the same is done to both sides",
                Slip("lost", same(f"x = {root} {sign} {size} = {one}")),
            ),
        ),
        f"({one} {signed(a)})² = {root * root}",
        f"({other} {signed(a)})² = {root * root}",
    )


def by_formula(rng: random.Random) -> Problem:
    """x² + bx + c = 0 by the discriminant."""
    one = rng.randint(-6, 9)
    other = one
    while other in (one, -one) or 0 in (one, other):
        one, other = rng.randint(-6, 9), rng.randint(-6, 9)
    one, other = max(one, other), min(one, other)
    b, c = -(one + other), one * other
    root = one - other
    square = root * root
    return _problem(
        "by_formula",
        f"x² {signed_term(b, 'x')} {signed(c)} = 0",
        (one, other),
        (
            step(
                "判别式",
                "The discriminant",
                f"{factor(b)}² - 4 × 1 × {factor(c)} = {square}",
                "Δ = b² - 4ac",
                "Δ = b² - 4ac",
            ),
            step(
                "开平方",
                "Its square root",
                f"√{square} = {root}",
                "求根公式里要用",
                "the formula needs it",
            ),
            step(
                "求根公式",
                "The quadratic formula",
                Words(
                    f"x = ({-b} + {root}) ÷ 2 = {one} 或 x = ({-b} - {root}) ÷ 2 = {other}",
                    f"x = ({-b} + {root}) ÷ 2 = {one} or x = ({-b} - {root}) ÷ 2 = {other}",
                ),
                "x = (-b ± √Δ) ÷ 2a",
                "x = (-b ± √Δ) ÷ 2a",
                Slip("lost", same(f"x = ({-b} + {root}) ÷ 2 = {one}")),
            ),
        ),
        _value(one, b, c),
        _value(other, b, c),
    )


def factored(rng: random.Random) -> Problem:
    """(x - a)(x - b) = 0 and ax² + bx = 0."""
    one, other = rng.randint(1, 12), -rng.randint(1, 12)
    if rng.random() < 0.6:
        text = f"(x {signed(-one)})(x {signed(-other)}) = 0"
        split = Words(
            f"x {signed(-one)} = 0 或 x {signed(-other)} = 0",
            f"x {signed(-one)} = 0 or x {signed(-other)} = 0",
        )
        lost = same(f"x {signed(-one)} = 0")
        check = (
            f"({one} {signed(-one)}) × ({one} {signed(-other)}) = 0",
            f"({other} {signed(-one)}) × ({other} {signed(-other)}) = 0",
        )
        expand: tuple[Step, ...] = ()
    else:
        one = 0
        text = f"x² {signed_term(-other, 'x')} = 0"
        expand = (
            step(
                "提取公因式",
                "Factor out x",
                f"x(x {signed(-other)}) = 0",
                "两项都有 x",
                "both terms have an x",
            ),
        )
        split = Words(f"x = 0 或 x {signed(-other)} = 0", f"x = 0 or x {signed(-other)} = 0")
        lost = same(f"x {signed(-other)} = 0")
        check = (
            f"0² {signed(-other)} × 0 = 0",
            f"({other})² {signed(-other)} × ({other}) = 0",
        )
    return _problem(
        "factored",
        text,
        (one, other),
        (
            *expand,
            step(
                "积为 0，则有一个因式为 0",
                "A product is 0 when a factor is 0",
                split,
                "零因子性质",
                "the zero product property",
                Slip("lost", lost),
            ),
            step(
                "解两个一次方程",
                "Solve both linear equations",
                Words(f"x = {one} 或 x = {other}", f"x = {one} or x = {other}"),
                "两边做同样的运算",
                "the same is done to both sides",
                Slip("lost", same(f"x = {other}")),
            ),
        ),
        *check,
    )


def _value(root: int, b: int, c: int) -> str:
    middle = f"{'+' if b > 0 else '-'} {abs(b)} × {factor(root)}"
    return f"{factor(root)}² {middle} {signed(c)} = 0"


def _problem(
    kind: str,
    text: str,
    roots: tuple[int, int],
    steps: tuple[Step, ...],
    one: str,
    other: str,
) -> Problem:
    first, second = roots
    return Problem(
        topic="equations",
        kind=kind,
        level=3,
        text=Words(f"解方程：{text}", f"Solve {text}"),
        answer=Words(f"x = {first} 或 x = {second}", f"x = {first} or x = {second}"),
        steps=steps,
        check=Words(f"{one}，{other}", f"{one}, {other}"),
        opening=Words(f"解方程 {text}：", f"Solve {text}:"),
        slots={"eq": text, "v": "x"},
    )
