"""Percentages: shares, discounts, growth, and what was there before."""

import random
from fractions import Fraction

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
from qwen_app.features.tutor.practice.writing import decimal

_RATES = (5, 10, 12, 15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 80)


def share_of(rng: random.Random) -> Problem:
    """p % of n."""
    n = rng.choice((rng.randint(1, 40) * 10, rng.randint(2, 30) * 20, rng.randint(1, 20) * 100))
    p = rng.choice((rng.choice(_RATES), rng.randint(1, 99)))
    value = decimal(Fraction(n * p, 100))
    rate = decimal(Fraction(p, 100))
    return _problem(
        "percent_of",
        1,
        Words(f"{n} 的 {p}% 是多少？", f"What is {p}% of {n}?"),
        (
            step(
                "把百分数化成小数",
                "Write the percentage as a decimal",
                f"{p} ÷ 100 = {rate}",
                "百分之几就是除以 100",
                "percent means by the hundred",
                Slip("number", same(f"{p} ÷ 100 = {decimal(Fraction(p, 10))}")),
            ),
            step(
                "相乘",
                "Multiply",
                f"{n} × {rate} = {value}",
                "求一个数的几分之几用乘法",
                "of means times",
            ),
        ),
        same(value),
        {"n": str(n), "p": str(p)},
    )


def rate(rng: random.Random) -> Problem:
    """a is what percent of b."""
    p = rng.choice(_RATES)
    b = rng.randint(1, 20) * 20
    while b * p % 100:
        b = rng.randint(1, 20) * 20
    a = b * p // 100
    quotient = decimal(Fraction(a, b))
    return _problem(
        "percent_rate",
        1,
        Words(f"{a} 是 {b} 的百分之几？", f"What percent of {b} is {a}?"),
        (
            step(
                "相除",
                "Divide",
                f"{a} ÷ {b} = {quotient}",
                "求占几分之几用除法",
                "a share is a quotient",
            ),
            step(
                "化成百分数",
                "Write it as a percentage",
                f"{quotient} × 100 = {p}",
                "乘以 100 就是百分之几",
                "times 100 gives percent",
            ),
        ),
        same(f"{p}%"),
        {"a": str(a), "b": str(b)},
    )


def discount(rng: random.Random) -> Problem:
    """A price less p %."""
    p = rng.choice((10, 15, 20, 25, 30, 40, 50))
    price = rng.randint(2, 50) * 20
    off = Fraction(price * p, 100)
    now = price - off
    return _problem(
        "percent_discount",
        2,
        Words(
            f"一件商品原价 {price} 元，降价 {p}%，现价是多少元？",
            f"An article costs ${price}. The price is reduced by {p}%. What does it cost now?",
        ),
        (
            step(
                "降了多少",
                "The reduction",
                f"{price} × {p} ÷ 100 = {decimal(off)}",
                "降价是原价的百分之几",
                "it is a share of the old price",
            ),
            step(
                "现价",
                "The price now",
                f"{price} - {decimal(off)} = {decimal(now)}",
                "降价要减去",
                "a reduction is taken away",
                Slip("number", same(f"{price} - {decimal(off)} = {decimal(now + 10)}")),
            ),
        ),
        _money(now),
        {"n": str(price), "p": str(p)},
    )


def growth(rng: random.Random) -> Problem:
    """A number more by p %."""
    p = rng.choice((5, 10, 15, 20, 25, 30, 40, 50))
    n = rng.randint(2, 60) * 20
    more = Fraction(n * p, 100)
    return _problem(
        "percent_growth",
        2,
        Words(
            f"某校去年有 {n} 名学生，今年增加了 {p}%，今年有多少名学生？",
            f"A school had {n} students last year. This year there are {p}% more. "
            "How many students are there now?",
        ),
        (
            step(
                "增加了多少",
                "The increase",
                f"{n} × {p} ÷ 100 = {decimal(more)}",
                "增加的是去年的百分之几",
                "it is a share of last year's number",
            ),
            step(
                "今年",
                "This year",
                f"{n} + {decimal(more)} = {decimal(n + more)}",
                "增加要加上",
                "an increase is added",
            ),
        ),
        Words(f"{decimal(n + more)} 名", f"{decimal(n + more)} students"),
        {"n": str(n), "p": str(p)},
    )


def original(rng: random.Random) -> Problem:
    """What a price was before a reduction of p %."""
    p = rng.choice((10, 20, 25, 30, 40, 50))
    old = rng.randint(2, 50) * 20
    now = Fraction(old * (100 - p), 100)
    left = 100 - p
    return _problem(
        "percent_original",
        3,
        Words(
            f"一件商品降价 {p}% 后卖 {decimal(now)} 元，原价是多少元？",
            f"After a reduction by {p}% an article costs ${decimal(now)}. What did it cost before?",
        ),
        (
            step(
                "现价占原价的百分之几",
                "What percent of the old price is left",
                f"100 - {p} = {left}",
                "原价是 100%",
                "the old price is 100%",
            ),
            step(
                "原价",
                "The old price",
                f"{decimal(now)} × 100 ÷ {left} = {old}",
                f"原价的 {left}% 是 {decimal(now)}",
                f"{left}% of it is {decimal(now)}",
            ),
        ),
        _money(Fraction(old)),
        {"n": decimal(now), "p": str(p)},
        check=same(f"{old} × {left} ÷ 100 = {decimal(now)}"),
    )


def change_rate(rng: random.Random) -> Problem:
    """By what percent something has changed, rounded to one place."""
    while True:
        old, more = rng.randint(12, 90), rng.randint(2, 30)
        exact = Fraction(more * 100, old)
        tenths = exact * 10
        if tenths.denominator != 1 and abs(tenths - int(tenths) - Fraction(1, 2)) > Fraction(1, 20):
            break
    rounded = round(float(exact), 1)
    return _problem(
        "percent_change",
        3,
        Words(
            f"一种商品的价格从 {old} 元涨到 {old + more} 元，涨了百分之几？"
            "（百分号前保留一位小数）",
            f"A price rises from ${old} to ${old + more}. By what percent does it rise, "
            "to 1 decimal place?",
        ),
        (
            step(
                "涨了多少",
                "The rise",
                f"{old + more} - {old} = {more}",
                "新价减去原价",
                "the new price less the old one",
            ),
            step(
                "占原价的百分之几",
                "As a percentage of the old price",
                f"{more} ÷ {old} × 100 ≈ {rounded}",
                "与原价比较",
                "it is compared with the old price",
                Slip("rounding", same(f"{more} ÷ {old} × 100 ≈ {rounded + 0.1:.1f}")),
            ),
        ),
        same(f"{rounded}%"),
        {"a": str(old), "b": str(old + more)},
    )


def interest(rng: random.Random) -> Problem:
    """Simple interest."""
    n, p, years = rng.randint(1, 40) * 500, rng.choice((2, 3, 4, 5)), rng.randint(2, 5)
    yearly = n * p // 100
    return _problem(
        "percent_interest",
        3,
        Words(
            f"存入银行 {n} 元，年利率 {p}%，按单利计算，{years} 年后本息一共多少元？",
            f"${n} earn {p}% simple interest a year. How much is there after {years} years?",
        ),
        (
            step(
                "一年的利息",
                "Interest of a year",
                f"{n} × {p} ÷ 100 = {yearly}",
                "利息 = 本金 × 利率",
                "interest = amount × rate",
            ),
            step(
                f"{years} 年的利息",
                f"Interest of {years} years",
                f"{yearly} × {years} = {yearly * years}",
                "单利每年一样多",
                "simple interest is the same every year",
            ),
            step(
                "本息和",
                "Together",
                f"{n} + {yearly * years} = {n + yearly * years}",
                "本金加利息",
                "the amount and its interest",
            ),
        ),
        _money(Fraction(n + yearly * years)),
        {"n": str(n), "p": str(p), "y": str(years)},
    )


def _money(amount: Fraction) -> Words:
    return Words(f"{decimal(amount)} 元", f"${decimal(amount)}")


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
    return Problem("percentages", kind, level, text, answer, steps, check, slots=slots)


KINDS: Kinds = {
    1: (share_of, rate),
    2: (discount, growth),
    3: (original, change_rate, interest),
}
