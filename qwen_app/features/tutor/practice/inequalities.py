"""Linear inequalities in one unknown."""

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
from qwen_app.features.tutor.practice.writing import factor, signed, term

_FLIPPED = {">": "<", "<": ">", "≥": "≤", "≤": "≥"}
_SIGNS = tuple(_FLIPPED)


def add(rng: random.Random) -> Problem:
    """x + b > c."""
    sign, b, bound = rng.choice(_SIGNS), _nonzero(rng, 20), rng.randint(-10, 20)
    right = bound + b
    return _problem(
        "inequality_add",
        1,
        f"x {signed(b)} {sign} {right}",
        (_move(f"x {sign}", right, b),),
        f"x {sign} {bound}",
    )


def two_steps(rng: random.Random) -> Problem:
    """ax + b > c with a > 0."""
    sign, a, b = rng.choice(_SIGNS), rng.randint(2, 9), _nonzero(rng, 20)
    bound = rng.randint(-8, 12)
    right = a * bound + b
    return _problem(
        "inequality_two_steps",
        2,
        f"{a}x {signed(b)} {sign} {right}",
        (
            _move(f"{a}x {sign}", right, b),
            _divide(a, right - b, sign),
        ),
        f"x {sign} {bound}",
    )


def flipped(rng: random.Random) -> Problem:
    """b - ax > c: dividing by a negative number turns the sign round."""
    sign, a, b = rng.choice(_SIGNS), rng.randint(2, 9), rng.randint(1, 20)
    bound = rng.randint(-8, 12)
    right = b - a * bound
    return _problem(
        "inequality_flipped",
        3,
        f"{b} - {a}x {sign} {right}",
        (
            _move(f"-{a}x {sign}", right, b),
            _divide(-a, right - b, sign),
        ),
        f"x {_FLIPPED[sign]} {bound}",
    )


def both_sides(rng: random.Random) -> Problem:
    """ax + b > dx + e."""
    sign, d = rng.choice(_SIGNS), rng.randint(2, 6)
    a = d + rng.choice((-1, 1)) * rng.randint(2, 6)
    if a in (0, 1, -1):
        a = d + 3
    k, b, bound = a - d, _nonzero(rng, 15), rng.randint(-6, 9)
    e = k * bound + b
    right = term(d, "x") + (f" {signed(e)}" if e else "")
    last = sign if k > 0 else _FLIPPED[sign]
    return _problem(
        "inequality_both_sides",
        3,
        f"{term(a, 'x')} {signed(b)} {sign} {right}",
        (
            step(
                f"两边同时减去 {d}x",
                f"Subtract {d}x from both sides",
                so(f"{a} - {d} = {k}", f"{term(k, 'x')} {signed(b)} {sign} {e}"),
                "把含 x 的项放到同一边",
                "all terms with x stand on one side then",
            ),
            _move(f"{term(k, 'x')} {sign}", e, b),
            _divide(k, e - b, sign),
        ),
        f"x {last} {bound}",
    )


def _move(left: str, right: int, b: int) -> Step:
    zh = f"两边同时{'减去' if b > 0 else '加上'} {abs(b)}"
    en = f"{'Subtract' if b > 0 else 'Add'} {abs(b)} {'from' if b > 0 else 'to'} both sides"
    return step(
        zh,
        en,
        f"{left} {right} {signed(-b)} = {right - b}",
        "两边加减同一个数，不等号方向不变",
        "adding or taking away the same number keeps the direction",
        Slip("sign", same(f"{left} {right} {signed(b)} = {right + b}")),
    )


def _divide(a: int, product: int, sign: str) -> Step:
    turned = a < 0
    after = _FLIPPED[sign] if turned else sign
    work = f"x {{}} {product} ÷ {factor(a)} = {product // a}"
    return step(
        f"两边同时除以 {a}{'，不等号变向' if turned else ''}",
        f"Divide both sides by {a}{' and turn the sign round' if turned else ''}",
        work.format(after),
        f"除以{'负' if turned else '正'}数，不等号方向{'改变' if turned else '不变'}",
        f"dividing by a {'negative' if turned else 'positive'} number "
        f"{'turns' if turned else 'keeps'} the direction",
        Slip("sign", same(work.format(_FLIPPED[after]))),
    )


def _nonzero(rng: random.Random, high: int) -> int:
    return rng.choice((-1, 1)) * rng.randint(1, high)


def _problem(kind: str, level: Level, text: str, steps: tuple[Step, ...], answer: str) -> Problem:
    return Problem(
        topic="inequalities",
        kind=kind,
        level=level,
        text=Words(f"解不等式：{text}", f"Solve the inequality {text}"),
        answer=same(answer),
        steps=steps,
        opening=Words(f"解不等式 {text}：", f"Solve {text}:"),
        slots={"eq": text},
    )


KINDS: Kinds = {1: (add,), 2: (two_steps,), 3: (flipped, both_sides)}
