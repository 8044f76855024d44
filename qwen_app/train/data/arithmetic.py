"""Sums with small numbers, carried digit by digit; units.

The range is what a few million parameters can learn: sums and differences below 1,000, products
of a number below 100 and one digit (or two numbers up to 20), exact quotients of those. Larger
numbers are declined in `refusals`.
"""

import random

from qwen_app.train.data.example import Exchange, Language, Split, is_held_out, pick
from qwen_app.train.data.texts import questions

QUESTIONS = questions("arithmetic")
UNIT_QUESTIONS = questions("units")

_WORDS = {
    ("zh", "+"): ("{a}加{b}", "{a} 加 {b}", "{a}加上{b}"),
    ("zh", "-"): ("{a}减{b}", "{a} 减 {b}", "{a}减去{b}"),
    ("zh", "×"): ("{a}乘{b}", "{a}乘以{b}", "{a} 乘 {b}"),
    ("zh", "÷"): ("{a}除以{b}", "{a} 除以 {b}"),
    ("en", "+"): ("{a} plus {b}",),
    ("en", "-"): ("{a} minus {b}",),
    ("en", "×"): ("{a} times {b}", "{a} multiplied by {b}"),
    ("en", "÷"): ("{a} divided by {b}",),
}
_SIGNS = {"+": ("+", "+", "＋"), "-": ("-", "-", "−"), "×": ("×", "*", "x"), "÷": ("÷", "/")}


def arithmetic(rng: random.Random, language: Language, split: Split) -> Exchange:
    sign, a, b = _numbers(rng, split)
    question = pick(QUESTIONS[language], rng, split, sum=_typed(rng, language, sign, a, b))
    steps, result = WORKINGS[sign](a, b)
    work = steps[0 if language == "zh" else 1]
    closing = f"{a} {sign} {b} = **{result}**"
    return Exchange(
        "arithmetic",
        question,
        f"{work}\n\n{closing}" if work else closing,
        language,
        facts=((f"**{result}**",),),
    )


def drill(rng: random.Random, language: Language, split: Split) -> Exchange:
    """The bare facts on which equations stand: signed sums, products and exact quotients."""
    kind = rng.random()
    if kind < 0.65:
        a, b = rng.randint(-60, 160), rng.randint(1, 50)
        sign = rng.choice("+-")
        result = a + b if sign == "+" else a - b
        shown = f"{a} {sign} {b}"
    elif kind < 0.82:
        a, b = rng.randint(2, 12), rng.choice((-1, 1, 1)) * rng.randint(1, 20)
        result, shown = a * b, f"{a} × {b if b > 0 else f'({b})'}"
    else:
        b, result = rng.randint(2, 12), rng.choice((-1, 1, 1)) * rng.randint(1, 20)
        shown = f"{b * result} ÷ {b}"
    if is_held_out(shown) != (split == "held_out"):
        return drill(rng, language, split)
    question = rng.choice(
        (f"{shown} =", f"{shown}=?", shown, f"{shown} = ?", shown.replace(" ", ""))
    )
    return Exchange(
        "arithmetic", question, f"{shown} = **{result}**", language, ((f"**{result}**",),)
    )


def _numbers(rng: random.Random, split: Split) -> tuple[str, int, int]:
    while True:
        sign = rng.choices("+-×÷", weights=(35, 30, 20, 15))[0]
        if sign in "+-":
            high = rng.choice((20, 100, 100, 1000))
            a, b = rng.randint(1, high - 1), rng.randint(1, high - 1)
            if sign == "-" and b > a:
                a, b = b, a
        elif sign == "×":
            a, b = rng.choice(((100, 9), (20, 20), (12, 12)))
            a, b = rng.randint(2, a - 1), rng.randint(2, b)
        else:
            b = rng.randint(2, 12)
            a = b * rng.randint(1, 20)
        if a != 0 and is_held_out(sign, a, b) == (split == "held_out"):
            return sign, a, b


def _typed(rng: random.Random, language: Language, sign: str, a: int, b: int) -> str:
    style = rng.random()
    if style < 0.35:
        words = rng.choice(_WORDS[language, sign])
        return words.replace("{a}", str(a)).replace("{b}", str(b))
    shown = rng.choice(_SIGNS[sign])
    return f"{a}{shown}{b}" if rng.random() < 0.5 else f"{a} {shown} {b}"


_PLACES = (("个位", "ones"), ("十位", "tens"), ("百位", "hundreds"))


def add_steps(a: int, b: int) -> tuple[tuple[str, str], int]:
    """Column addition, from the ones up; no steps when both have one digit."""
    if a < 10 and b < 10:
        return ("", ""), a + b
    zh, en, carry = [], [], 0
    for place in range(max(len(str(a)), len(str(b)))):
        x, y = a // 10**place % 10, b // 10**place % 10
        total = x + y + carry
        terms = f"{x} + {y}" + (f" + {carry}" if carry else "")
        more = total > 9
        zh.append(f"{_PLACES[place][0]}：{terms} = {total}" + ("，进 1" if more else ""))
        en.append(f"{_PLACES[place][1]}: {terms} = {total}" + (", carry 1" if more else ""))
        carry = int(more)
    return _listed(zh, en), a + b


def subtract_steps(a: int, b: int) -> tuple[tuple[str, str], int]:
    """Column subtraction with borrowing, for a >= b."""
    if a < 20 and b < 10:
        return ("", ""), a - b
    zh, en, borrow = [], [], 0
    for place in range(len(str(a))):
        x, y = a // 10**place % 10, b // 10**place % 10
        taken = f" - {borrow}" if borrow else ""
        short = x - borrow < y
        top = x + 10 if short else x
        total = top - borrow - y
        zh.append(
            f"{_PLACES[place][0]}：" + ("借 1，" if short else "") + f"{top}{taken} - {y} = {total}"
        )
        en.append(
            f"{_PLACES[place][1]}: "
            + ("borrow 1, " if short else "")
            + f"{top}{taken} - {y} = {total}"
        )
        borrow = int(short)
    return _listed(zh, en), a - b


def multiply_steps(a: int, b: int) -> tuple[tuple[str, str], int]:
    """The larger number split into tens and ones."""
    high, low = max(a, b), min(a, b)
    tens, ones = high // 10 * 10, high % 10
    if high <= 12 or not ones:
        return ("", ""), a * b
    line = (
        f"{high} × {low} = {tens} × {low} + {ones} × {low} = {tens * low} + {ones * low} = {a * b}"
    )
    return (line, line), a * b


def divide_steps(a: int, b: int) -> tuple[tuple[str, str], int]:
    """An exact quotient, found from its product."""
    line = f"{b} × {a // b} = {a}"
    return (f"因为 {line}", f"Because {line}"), a // b


WORKINGS = {"+": add_steps, "-": subtract_steps, "×": multiply_steps, "÷": divide_steps}


def _listed(zh: list[str], en: list[str]) -> tuple[str, str]:
    return "\n".join(f"- {line}" for line in zh), "\n".join(f"- {line}" for line in en)


_UNITS = (
    (("千米", "公里"), ("米",), ("kilometers", "km"), ("meters", "m"), 1000),
    (("米",), ("厘米",), ("meters", "m"), ("centimeters", "cm"), 100),
    (("厘米",), ("毫米",), ("centimeters", "cm"), ("millimeters", "mm"), 10),
    (("千克", "公斤"), ("克",), ("kilograms", "kg"), ("grams", "g"), 1000),
    (("吨",), ("千克", "公斤"), ("tons",), ("kilograms", "kg"), 1000),
    (("小时",), ("分钟",), ("hours",), ("minutes",), 60),
    (("分钟",), ("秒",), ("minutes",), ("seconds",), 60),
    (("天",), ("小时",), ("days",), ("hours",), 24),
    (("周", "个星期"), ("天",), ("weeks",), ("days",), 7),
    (("年",), ("个月",), ("years",), ("months",), 12),
    (("元",), ("角",), ("dollars",), ("cents",), 0),
    (("升",), ("毫升",), ("liters",), ("milliliters", "ml"), 1000),
)


def units(rng: random.Random, language: Language, split: Split) -> Exchange:
    zh_big, zh_small, en_big, en_small, factor = rng.choice(_UNITS)
    big, small = (zh_big, zh_small) if language == "zh" else (en_big, en_small)
    large, little = rng.choice(big), rng.choice(small)
    times = factor or (10 if language == "zh" else 100)
    n = rng.randint(2, 12 if times in (24, 60, 7, 12) else 30)
    result = n * times
    if language == "zh":
        one, such = large.removeprefix("个"), little.removeprefix("个")
        answer = (
            f"1 {one} = {times} {such}，所以 {n} {large} = {n} × {times} = **{result}** {little}。"
        )
    else:
        answer = (
            f"1 {large.removesuffix('s')} = {times} {little}, "
            f"so {n} {large} = {n} × {times} = **{result}** {little}."
        )
    question = pick(UNIT_QUESTIONS[language], rng, split, n=n, big=large, small=little)
    return Exchange("units", question, answer, language, facts=((f"**{result}**",),))
