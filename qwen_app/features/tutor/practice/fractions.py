"""Fractions: sums, products, quotients, and parts of a number."""

import random
from fractions import Fraction
from math import gcd

from qwen_app.features.tutor.practice.people import thing, two_names
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


def like(rng: random.Random) -> Problem:
    """The same denominator."""
    n = rng.randint(3, 12)
    a, b = rng.randint(1, n - 1), rng.randint(1, n - 1)
    plus = a <= b or rng.random() < 0.5
    sign, total = ("+", a + b) if plus else ("-", a - b)
    value = Fraction(total, n)
    return _calculation(
        "fraction_like",
        1,
        f"{a}/{n} {sign} {b}/{n}",
        (
            step(
                f"分母相同，分子{'相加' if plus else '相减'}",
                f"The denominators are equal: {'add' if plus else 'subtract'} the numerators",
                f"{a} {sign} {b} = {total}",
                "分母表示同样大小的份",
                "the parts have the same size",
            ),
            step(
                "写成分数并约分",
                "Write the fraction in lowest terms",
                f"{total} ÷ {n} = {value}" if total % n else f"{total} ÷ {n} = {total // n}",
                "分子除以分母",
                "numerator by denominator",
            ),
        ),
        value,
    )


def unlike(rng: random.Random) -> Problem:
    """Different denominators, brought to their product."""
    a, m = _reduced(rng)
    b, n = _reduced(rng)
    while m == n:
        b, n = _reduced(rng)
    plus = a * n <= b * m or rng.random() < 0.6
    sign = "+" if plus else "-"
    value = Fraction(a, m) + Fraction(b, n) if plus else Fraction(a, m) - Fraction(b, n)
    whole = m * n
    return _calculation(
        "fraction_unlike",
        2,
        f"{a}/{m} {sign} {b}/{n}",
        (
            step(
                "公分母", "A common denominator", f"{m} × {n} = {whole}", "通分", "both go into it"
            ),
            step(
                "第一个分数的分子",
                "Numerator of the first",
                f"{a} × {n} = {a * n}",
                f"分子分母同乘 {n}",
                f"both parts times {n}",
            ),
            step(
                "第二个分数的分子",
                "Numerator of the second",
                f"{b} × {m} = {b * m}",
                f"分子分母同乘 {m}",
                f"both parts times {m}",
            ),
            step(
                "相加并约分" if plus else "相减并约分",
                f"{'Add' if plus else 'Subtract'}, in lowest terms",
                f"{a * n}/{whole} {sign} {b * m}/{whole} = {value}",
                f"分母相同，分子{'相加' if plus else '相减'}",
                "the denominators are equal now",
            ),
        ),
        value,
    )


def product(rng: random.Random) -> Problem:
    """Times, or divided by: times the reciprocal."""
    a, m = _reduced(rng)
    b, n = _reduced(rng)
    if rng.random() < 0.5:
        value = Fraction(a * b, m * n)
        return _calculation(
            "fraction_product",
            2,
            f"{a}/{m} × {b}/{n}",
            (
                step(
                    "分子相乘",
                    "Multiply the numerators",
                    f"{a} × {b} = {a * b}",
                    "分数乘法的法则",
                    "the rule for products",
                ),
                step(
                    "分母相乘",
                    "Multiply the denominators",
                    f"{m} × {n} = {m * n}",
                    "分数乘法的法则",
                    "the rule for products",
                ),
                step(
                    "约分",
                    "In lowest terms",
                    f"{a * b} ÷ {m * n} = {value}",
                    "分子除以分母",
                    "numerator by denominator",
                ),
            ),
            value,
        )
    value = Fraction(a * n, m * b)
    return _calculation(
        "fraction_quotient",
        2,
        f"{a}/{m} ÷ {b}/{n}",
        (
            step(
                f"除以 {b}/{n} 等于乘以 {n}/{b}",
                f"Dividing by {b}/{n} is multiplying by {n}/{b}",
                f"{a}/{m} × {n}/{b} = {value}",
                "除以一个数等于乘它的倒数",
                "dividing is multiplying by the reciprocal",
            ),
        ),
        value,
    )


def part_of(rng: random.Random) -> Problem:
    """a/b of n things: how many are left?"""
    b = rng.randint(2, 9)
    a, each, what = rng.randint(1, b - 1), rng.randint(2, 15), thing(rng)
    n = b * each
    used = a * each
    who, _ = two_names(rng)
    return Problem(
        topic="fractions",
        kind="fraction_part",
        level=3,
        text=Words(
            f"{who.zh}有 {n} {what.measure}{what.zh}，用了其中的 {a}/{b}，还剩多少{what.measure}？",
            f"{who.en} has {n} {what.en} and uses {a}/{b} of them. How many {what.en} are left?",
        ),
        answer=what.counted.after(n - used),
        steps=(
            step(
                "用了多少",
                "How many are used",
                f"{n} × {a} ÷ {b} = {used}",
                "求一个数的几分之几用乘法",
                "of means times",
            ),
            step(
                "还剩",
                "How many are left",
                f"{n} - {used} = {n - used}",
                "从总数中减去",
                "they are taken away",
            ),
        ),
        check=same(f"{used} + {n - used} = {n}"),
        slots={
            "who": who,
            "n": str(n),
            "a": str(a),
            "b": str(b),
            "c": what.measure,
            "t": Words(what.zh, what.en),
        },
    )


def whole_from_part(rng: random.Random) -> Problem:
    """a/b of a number is n."""
    b = rng.randint(2, 9)
    a, each = rng.randint(1, b - 1), rng.randint(2, 20)
    n, whole = a * each, b * each
    return Problem(
        topic="fractions",
        kind="fraction_whole",
        level=3,
        text=Words(
            f"一个数的 {a}/{b} 是 {n}，这个数是多少？",
            f"{a}/{b} of a number is {n}. What is the number?",
        ),
        answer=same(str(whole)),
        steps=(
            step(
                "设这个数为 x，列方程",
                "Let the number be x and write the equation",
                f"{a}/{b} × x = {n}",
                "求一个数的几分之几用乘法",
                "of means times",
            ),
            step(
                f"两边同时除以 {a}/{b}",
                f"Divide both sides by {a}/{b}",
                f"x = {n} × {b} ÷ {a} = {whole}",
                "除以一个数等于乘它的倒数",
                "dividing is multiplying by the reciprocal",
                Slip("number", same(f"x = {n} × {b} ÷ {a} = {whole + a}")),
            ),
        ),
        check=same(f"{whole} × {a} ÷ {b} = {n}"),
        slots={"n": str(n), "a": str(a), "b": str(b)},
    )


def _reduced(rng: random.Random) -> tuple[int, int]:
    """A fraction between 0 and 1 in lowest terms."""
    below = rng.randint(2, 9)
    return rng.choice([above for above in range(1, below) if gcd(above, below) == 1]), below


def _calculation(
    kind: str, level: Level, text: str, steps: tuple[Step, ...], value: Fraction
) -> Problem:
    return Problem(
        topic="fractions",
        kind=kind,
        level=level,
        text=Words(f"计算：{text}", f"Calculate {text}"),
        answer=same(str(value)),
        steps=steps,
        check=NOTHING,
        opening=Words(f"计算 {text}：", f"Calculate {text}:"),
        slots={"sum": text},
    )


KINDS: Kinds = {1: (like,), 2: (unlike, product), 3: (part_of, whole_from_part)}
