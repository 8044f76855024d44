"""Powers and roots."""

import random

from qwen_app.features.tutor.practice.problem import (
    Kinds,
    Level,
    Problem,
    Slip,
    Step,
    Words,
    same,
    step,
)

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(rng: random.Random) -> Problem:
    base, exponent = rng.choice(
        ((rng.randint(2, 20), 2), (rng.randint(2, 9), 3), (2, rng.randint(4, 9)), (3, 4))
    )
    value = base**exponent
    written = " × ".join([str(base)] * exponent)
    return _calculation(
        "power",
        1,
        f"{base}{raised(exponent)}",
        (
            step(
                "写成连乘",
                "Write it as a product",
                f"{written} = {value}",
                f"{exponent} 个 {base} 相乘",
                f"{base} taken {exponent} times",
            ),
        ),
        str(value),
    )


def root(rng: random.Random) -> Problem:
    n = rng.randint(2, 25)
    return _calculation(
        "root",
        1,
        f"√{n * n}",
        (
            step(
                "找平方等于它的数",
                "Find the number whose square it is",
                f"{n} × {n} = {n * n}",
                "平方根的定义",
                "the meaning of a root",
            ),
            step(
                "写出平方根",
                "Write the root",
                f"√{n * n} = {n}",
                "算术平方根不为负",
                "a root is not negative",
                Slip("number", same(f"√{n * n} = {n + 1}")),
            ),
        ),
        str(n),
    )


def sum_of_powers(rng: random.Random) -> Problem:
    a, b = rng.randint(2, 15), rng.randint(2, 9)
    sign = rng.choice("+-")
    one, other = a * a, b**3
    value = one + other if sign == "+" else one - other
    return _calculation(
        "sum_of_powers",
        2,
        f"{a}² {sign} {b}³",
        (
            step(
                "先算第一个幂",
                "First power",
                f"{a}² = {one}",
                "先乘方，后加减",
                "powers come first",
            ),
            step(
                "再算第二个幂",
                "Second power",
                f"{b}³ = {other}",
                "先乘方，后加减",
                "powers come first",
            ),
            step(
                "合起来",
                "Put together",
                f"{one} {sign} {other} = {value}",
                "最后加减",
                "sums come last",
            ),
        ),
        str(value),
    )


def same_base(rng: random.Random) -> Problem:
    """aᵐ × aⁿ and aᵐ ÷ aⁿ."""
    base = rng.choice((2, 2, 3, 5, 10))
    most = {2: 10, 3: 6, 5: 4, 10: 6}[base]
    total = rng.randint(2, most)
    if rng.random() < 0.5:
        m = rng.randint(1, total - 1)
        n, sign, combined = total - m, "×", f"{m} + {total - m} = {total}"
        why = ("同底数幂相乘，指数相加", "the exponents are added")
    else:
        n = rng.randint(1, 6)
        m, sign, combined = total + n, "÷", f"{total + n} - {n} = {total}"
        why = ("同底数幂相除，指数相减", "the exponents are subtracted")
    value = base**total
    return _calculation(
        "same_base",
        2,
        f"{base}{raised(m)} {sign} {base}{raised(n)}",
        (
            step("指数", "The exponent", combined, *why),
            step(
                "求幂", "The power", f"{base}{raised(total)} = {value}", "按指数计算", "worked out"
            ),
        ),
        str(value),
    )


def simplified_root(rng: random.Random) -> Problem:
    """√(a²b) = a√b."""
    a, b = rng.randint(2, 9), rng.choice((2, 3, 5, 6, 7, 10, 11, 13))
    n = a * a * b
    return _calculation(
        "simplified_root",
        3,
        f"√{n}",
        (
            step(
                "分出平方数",
                "Split off a square",
                f"{n} = {a * a} × {b}",
                f"{a * a} 是 {a} 的平方",
                f"{a * a} is the square of {a}",
            ),
            step(
                "开出平方数",
                "Take its root",
                f"√{n} = √{a * a} × √{b} = {a}√{b}",
                "积的算术平方根",
                "the root of a product",
                Slip("number", same(f"√{n} = {a + 1}√{b}")),
            ),
        ),
        f"{a}√{b}",
    )


def rounded_root(rng: random.Random) -> Problem:
    """A root that is no whole number, rounded."""
    n = rng.choice([each for each in range(2, 100) if int(each**0.5) ** 2 != each])
    value = n**0.5
    rounded = f"{value:.2f}"
    wrong = f"{value + 0.02:.2f}"
    return Problem(
        topic="powers",
        kind="rounded_root",
        level=3,
        text=Words(f"计算 √{n}，保留两位小数。", f"Calculate √{n} to 2 decimal places."),
        answer=same(rounded),
        steps=(
            step(
                "在两个整数之间",
                "Between two whole numbers",
                f"{int(value)}² = {int(value) ** 2}",
                f"{int(value)} 的平方比 {n} 小",
                f"its square is below {n}",
            ),
            step(
                "取两位小数",
                "To two places",
                f"√{n} ≈ {rounded}",
                "四舍五入",
                "rounded",
                Slip("rounding", same(f"√{n} ≈ {wrong}")),
            ),
        ),
        slots={"n": str(n)},
    )


def raised(exponent: int) -> str:
    """``²``."""
    return str(exponent).translate(_RAISED)


def _calculation(
    kind: str, level: Level, text: str, steps: tuple[Step, ...], value: str
) -> Problem:
    return Problem(
        topic="powers",
        kind=kind,
        level=level,
        text=Words(f"计算：{text}", f"Calculate {text}"),
        answer=same(value),
        steps=steps,
        opening=Words(f"计算 {text}：", f"Calculate {text}:"),
        slots={"sum": text},
    )


KINDS: Kinds = {
    1: (power, root),
    2: (sum_of_powers, same_base),
    3: (simplified_root, rounded_root),
}
