"""Systems of two linear equations."""

import random

from qwen_app.features.tutor.practice.problem import (
    Kinds,
    Level,
    Problem,
    Slip,
    Step,
    Words,
    same,
    so,
    step,
)
from qwen_app.features.tutor.practice.writing import factor, signed, signed_term, term


def sum_difference(rng: random.Random) -> Problem:
    """x + y = s, x - y = d: added up, y is gone."""
    x = rng.randint(1, 20)
    y = rng.choice([n for n in range(1, 21) if n != x])
    s, d = x + y, x - y
    return _problem(
        "system_sum_difference",
        1,
        (f"x + y = {s}", f"x - y = {d}"),
        (x, y),
        (
            step(
                "两式相加",
                "Add both equations",
                f"2x = {s} {signed(d)} = {s + d}",
                "y 与 -y 抵消",
                "y and -y cancel",
                Slip("sign", same(f"2x = {s} {signed(-d)} = {s - d}")),
            ),
            step(
                "两边同时除以 2",
                "Divide both sides by 2",
                f"x = {s + d} ÷ 2 = {x}",
                "求 x",
                "x is wanted",
            ),
            step(
                "代入 x + y",
                "Put it into x + y",
                f"y = {s} - {x} = {y}",
                f"x + y = {s}",
                f"x + y = {s}",
                Slip("sign", same(f"y = {s} + {x} = {s + x}")),
            ),
        ),
        (f"{x} + {y} = {s}", f"{x} - {y} = {d}"),
    )


def substitution(rng: random.Random) -> Problem:
    """y = ax + b, cx + dy = e with y given by x."""
    a, b = rng.randint(2, 5), rng.choice((-1, 1)) * rng.randint(1, 9)
    c, x = rng.randint(1, 6), rng.randint(1, 9)
    y = a * x + b
    e = c * x + y
    total = c + a
    return _problem(
        "system_substitution",
        2,
        (f"y = {a}x {signed(b)}", f"{term(c, 'x')} + y = {e}"),
        (x, y),
        (
            step(
                "把 y 代入第二式",
                "Put y into the second equation",
                f"{term(c, 'x')} + {a}x {signed(b)} = {e}",
                f"y 就是 {a}x {signed(b)}",
                f"y is {a}x {signed(b)}",
            ),
            step(
                "合并同类项",
                "Combine like terms",
                so(f"{c} + {a} = {total}", f"{total}x {signed(b)} = {e}"),
                "只剩一个未知数",
                "one unknown is left",
            ),
            step(
                f"两边同时{'减去' if b > 0 else '加上'} {abs(b)}",
                f"{'Subtract' if b > 0 else 'Add'} {abs(b)} {'from' if b > 0 else 'to'} both sides",
                f"{total}x = {e} {signed(-b)} = {e - b}",
                "只留下含 x 的项",
                "only the terms with x stay",
                Slip("sign", same(f"{total}x = {e} {signed(b)} = {e + b}")),
            ),
            step(
                f"两边同时除以 {total}",
                f"Divide both sides by {total}",
                f"x = {e - b} ÷ {total} = {x}",
                "求 x",
                "x is wanted",
            ),
            step(
                "求 y",
                "Find y",
                f"y = {a} × {x} {signed(b)} = {y}",
                "代入第一式",
                "put x into the first equation",
            ),
        ),
        (f"{a} × {x} {signed(b)} = {y}", f"{c} × {x} {signed(y)} = {e}"),
    )


def elimination(rng: random.Random) -> Problem:
    """ax + by = c, dx + ey = f: y eliminated by multiplying crosswise."""
    while True:
        a, b, d, e = (rng.randint(2, 7) for _ in range(4))
        b, e = rng.choice((-1, 1)) * b, rng.choice((-1, 1)) * e
        x, y = rng.randint(-4, 9), rng.randint(1, 9)
        det = a * e - d * b
        if abs(det) > 1 and x != 0:
            break
    c, f = a * x + b * y, d * x + e * y
    right = c * e - f * b
    rest = c - a * x
    return _problem(
        "system_elimination",
        3,
        (f"{a}x {signed_term(b, 'y')} = {c}", f"{d}x {signed_term(e, 'y')} = {f}"),
        (x, y),
        (
            step(
                f"第一式乘 {e}，第二式乘 {b}，相减后 x 的系数",
                f"First times {e} less second times {b}, coefficient of x then",
                f"{a} × {factor(e)} - {d} × {factor(b)} = {det}",
                "这样 y 的系数相同，相减就消去 y",
                "y has the same coefficient then and cancels",
            ),
            step(
                "相减后的右边",
                "The right side",
                f"{c} × {factor(e)} - {factor(f)} × {factor(b)} = {right}",
                "右边也做同样的运算",
                "the same is done on the right",
            ),
            step(
                "得到只含 x 的方程",
                "An equation with x alone",
                f"{term(det, 'x')} = {right}",
                "系数和右边都已求出",
                "the coefficient and the right side are known",
                Slip("sign", same(f"{term(-det, 'x')} = {right}")),
            ),
            step(
                f"两边同时除以 {det}",
                f"Divide both sides by {det}",
                f"x = {right} ÷ {factor(det)} = {x}",
                "求 x",
                "x is wanted",
                Slip("sign", same(f"x = {right} ÷ {factor(-det)} = {-x}")),
            ),
            step(
                "代入第一式",
                "Put x into the first equation",
                f"{term(b, 'y')} = {c} - {a} × {factor(x)} = {rest}",
                "x 已知",
                "x is known",
            ),
            step(
                f"两边同时除以 {b}",
                f"Divide both sides by {b}",
                f"y = {rest} ÷ {factor(b)} = {y}",
                "求 y",
                "y is wanted",
            ),
        ),
        (
            f"{a} × {factor(x)} {signed(b)} × {factor(y)} = {c}",
            f"{d} × {factor(x)} {signed(e)} × {factor(y)} = {f}",
        ),
    )


def _problem(
    kind: str,
    level: Level,
    equations: tuple[str, str],
    solution: tuple[int, int],
    steps: tuple[Step, ...],
    check: tuple[str, str],
) -> Problem:
    one, other = equations
    x, y = solution
    return Problem(
        topic="systems",
        kind=kind,
        level=level,
        text=Words(f"解方程组：{one}，{other}", f"Solve the system: {one}, {other}"),
        answer=same(f"x = {x}, y = {y}"),
        steps=steps,
        check=Words(f"{check[0]}，{check[1]}", f"{check[0]}, {check[1]}"),
        opening=Words(f"解方程组 {one}，{other}：", f"Solve the system {one}, {other}:"),
        slots={"one": one, "two": other},
    )


KINDS: Kinds = {1: (sum_difference,), 2: (substitution,), 3: (elimination,)}
