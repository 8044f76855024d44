"""Linear equations in one unknown, solved line by line.

Every sum is written out with its operands next to its result, so that a reader can check each
line and the model never has to carry a number over a distance. Solutions come from exact
rational arithmetic; `checking` re-checks finished answers without trusting how they were made.
"""

import random
import re
from dataclasses import dataclass
from fractions import Fraction

from qwen_app.train.data.example import Exchange, Language, Split, is_held_out, pick
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.texts import questions, read

LETTERS = ("x",) * 16 + ("y", "y", "t", "n", "a", "m", "z", "k")

QUESTIONS = questions("equations")


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation and its solution; ``steps`` are (zh, en) lines."""

    text: str
    letter: str
    root: Fraction
    steps: tuple[tuple[str, str], ...]
    check: str


def linear_equation(rng: random.Random, language: Language, split: Split) -> Exchange:
    equation = draw(rng, split)
    text = restyle(equation.text, rng)
    question = pick(QUESTIONS[language], rng, split, eq=text, v=equation.letter)
    return Exchange(
        "equations",
        question,
        solution(equation, language),
        language,
        facts=((f"**{equation.letter} = {show(equation.root)}**",),),
        follow_ups=_follow_ups(equation, rng, language) if rng.random() < 0.08 else (),
    )


def solution(equation: Equation, language: Language) -> str:
    """The worked answer in Markdown, its last line in bold."""
    zh = language == "zh"
    lines = [f"{number}. {step[0 if zh else 1]}" for number, step in enumerate(equation.steps, 1)]
    opening = f"解方程 {equation.text}：" if zh else f"Solve {equation.text}:"
    verified = f"检验：{equation.check} ✓" if zh else f"Check: {equation.check} ✓"
    answer = f"{equation.letter} = {show(equation.root)}"
    closing = f"答案：**{answer}**" if zh else f"Answer: **{answer}**"
    return "\n\n".join((opening, "\n".join(lines), verified, closing))


SHOWN = ((2, 5, 17), (3, -7, 11), (4, 3, 27), (3, 4, 19), (5, -8, 22), (6, 7, 43))
"""(a, b, c) of the equations ax + b = c that the page and the documents show as examples; they
are trained on more often than chance would have it, and never held out."""

SHOWN_SHARE = 0.08

_SHOWN_TEXTS = frozenset(
    f"{a}x {'+' if b > 0 else '-'} {abs(b)} = {right}" for a, b, right in SHOWN
)


def draw(rng: random.Random, split: Split) -> Equation:
    """An equation of the split: the numbers of a tenth of them are never trained on."""
    while True:
        if split == "train" and rng.random() < SHOWN_SHARE:
            return _solve_axb(*rng.choice(SHOWN), "x")
        form = rng.choices(tuple(_FORMS), weights=tuple(_WEIGHTS))[0]
        letter = rng.choice(LETTERS)
        built = _FORMS[form](rng, letter)
        numbers = re.sub(r"[a-z]", "x", built.text)
        if numbers not in _SHOWN_TEXTS and is_held_out(numbers) == (split == "held_out"):
            return built


def show(value: Fraction) -> str:
    return str(value)


def restyle(text: str, rng: random.Random) -> str:
    """The equation as people type it: spaces or none, signs in full width, explicit product."""
    style = rng.random()
    if style < 0.45:
        return text
    if style < 0.8:
        return text.replace(" ", "")
    if style < 0.87:
        return text.replace(" = ", "=")
    if style < 0.91:
        return text.replace(" ", "").replace("+", "＋").replace("=", "＝")
    if style < 0.95:
        return text.replace("-", "−")
    if style < 0.98:
        return re.sub(r"(\d)([a-z])", rng.choice((r"\1*\2", r"\1 × \2", r"\1·\2")), text)
    return text.upper()


def _root(rng: random.Random, high: int = 12) -> int:
    kind = rng.random()
    if kind < 0.8:
        return rng.randint(1, high)
    if kind < 0.93:
        return -rng.randint(1, 10)
    return rng.choice((0, rng.randint(high, 2 * high)))


def _signed(value: int) -> str:
    return f"+ {value}" if value >= 0 else f"- {-value}"


def _factor(value: int | Fraction) -> str:
    return f"({value})" if value < 0 else str(value)


def _divide_step(a: int, product: int, v: str) -> tuple[tuple[str, str], Fraction]:
    """a·v = product, solved for v."""
    root = Fraction(product, a)
    tail = f"{v} = {product} ÷ {_factor(a)} = {show(root)}"
    return (f"两边同时除以 {a}：{tail}", f"Divide both sides by {a}: {tail}"), root


def _move_step(left: str, right: int, b: int, rest: str) -> tuple[tuple[str, str], int]:
    """left = right, where left is ``rest + b``: take b away from both sides."""
    result = right - b
    undo = f"- {b}" if b >= 0 else f"+ {-b}"
    line = f"{left} {undo} = {right} {undo}"
    if b >= 0:
        zh, en = f"两边同时减去 {b}", f"Subtract {b} from both sides"
    else:
        zh, en = f"两边同时加上 {-b}", f"Add {-b} to both sides"
    return (f"{zh}：{line}，得 {rest} = {result}", f"{en}: {line}, so {rest} = {result}"), result


def _coefficient(a: int, v: str) -> str:
    return {1: v, -1: f"-{v}"}.get(a, f"{a}{v}")


def _product_check(a: int, root: Fraction, b: int, right: int) -> str:
    product = Fraction(a) * root
    return f"{a} × {_factor(root)} {_signed(b)} = {product} {_signed(b)} = {right}"


def _axb(rng: random.Random, v: str) -> Equation:
    """ax + b = c and ax - b = c, b first sometimes; the root a fraction now and then."""
    a = rng.randint(2, 12)
    b = rng.randint(1, 20) if rng.random() < 0.9 else rng.randint(21, 40)
    if rng.random() < 0.4:
        b = -b
    if rng.random() < 0.06:
        a, right = rng.randint(2, 9), b + rng.randint(1, 30)
    else:
        right = a * _root(rng) + b
    swapped = b > 0 and rng.random() < 0.12
    mirrored = rng.random() < 0.04
    return _solve_axb(a, b, right, v, swapped=swapped, mirrored=mirrored)


def _solve_axb(
    a: int, b: int, right: int, v: str, *, swapped: bool = False, mirrored: bool = False
) -> Equation:
    left = f"{b} + {a}{v}" if swapped else f"{a}{v} {_signed(b)}"
    text = f"{right} = {left}" if mirrored else f"{left} = {right}"
    moved, product = _move_step(left, right, b, f"{a}{v}")
    divided, root = _divide_step(a, product, v)
    return Equation(text, v, root, (moved, divided), _product_check(a, root, b, right))


def _negative(rng: random.Random, v: str) -> Equation:
    """b - ax = c and -ax + b = c."""
    a = rng.randint(2, 12)
    b = rng.randint(1, 40)
    right = b - a * _root(rng, 8)
    left = f"{b} - {a}{v}" if rng.random() < 0.7 else f"-{a}{v} + {b}"
    moved, product = _move_step(left, right, b, f"-{a}{v}")
    divided, root = _divide_step(-a, product, v)
    taken = a * root
    shown = f"- {taken}" if taken >= 0 else f"+ {-taken}"
    check = f"{b} - {a} × {_factor(root)} = {b} {shown} = {right}"
    return Equation(f"{left} = {right}", v, root, (moved, divided), check)


def _ax(rng: random.Random, v: str) -> Equation:
    a = rng.randint(2, 15) * (-1 if rng.random() < 0.1 else 1)
    right = a * _root(rng) if rng.random() < 0.9 else rng.randint(1, 30)
    divided, root = _divide_step(a, right, v)
    check = f"{a} × {_factor(root)} = {right}"
    return Equation(f"{a}{v} = {right}", v, root, (divided,), check)


def _xb(rng: random.Random, v: str) -> Equation:
    b = rng.randint(1, 60) * rng.choice((1, 1, -1))
    root = _root(rng, 30)
    right = root + b
    left = f"{b} + {v}" if b > 0 and rng.random() < 0.15 else f"{v} {_signed(b)}"
    moved, result = _move_step(left, right, b, v)
    check = f"{root} {_signed(b)} = {right}"
    return Equation(f"{left} = {right}", v, Fraction(result), (moved,), check)


def _quotient(rng: random.Random, v: str) -> Equation:
    """x/a + b = c."""
    a = rng.randint(2, 9)
    b = rng.randint(1, 20) * rng.choice((1, -1))
    quotient = rng.randint(1, 12)
    right = quotient + b
    left = f"{v}/{a} {_signed(b)}"
    moved, result = _move_step(left, right, b, f"{v}/{a}")
    root = result * a
    tail = f"{v} = {result} × {a} = {root}"
    times = (f"两边同时乘以 {a}：{tail}", f"Multiply both sides by {a}: {tail}")
    check = f"{root} ÷ {a} {_signed(b)} = {result} {_signed(b)} = {right}"
    return Equation(f"{left} = {right}", v, Fraction(root), (moved, times), check)


def _bracket(rng: random.Random, v: str) -> Equation:
    """a(x + b) = c."""
    a = rng.randint(2, 9)
    b = rng.randint(1, 12) * rng.choice((1, -1))
    root = _root(rng, 10)
    inner = root + b
    right = a * inner
    left = f"{a}({v} {_signed(b)})"
    tail = f"{v} {_signed(b)} = {right} ÷ {a} = {inner}"
    divided = (f"两边同时除以 {a}：{tail}", f"Divide both sides by {a}: {tail}")
    moved, result = _move_step(f"{v} {_signed(b)}", inner, b, v)
    check = f"{a} × ({root} {_signed(b)}) = {a} × {_factor(inner)} = {right}"
    return Equation(f"{left} = {right}", v, Fraction(result), (divided, moved), check)


def _both_sides(rng: random.Random, v: str) -> Equation:
    """ax + b = dx + e with a > d."""
    d = rng.randint(1, 8)
    a = d + rng.randint(1, 8)
    root = rng.randint(-5, 10)
    b = rng.choice((rng.randint(1, 20), -rng.randint(1, 20)))
    e = (a - d) * root + b
    other = f"{_coefficient(d, v)} {_signed(e)}" if e else _coefficient(d, v)
    left = f"{a}{v} {_signed(b)}"
    rest = _coefficient(a - d, v)
    line = f"{a}{v} - {_coefficient(d, v)} {_signed(b)} = {e}，得 {rest} {_signed(b)} = {e}"
    gathered = (
        f"两边同时减去 {_coefficient(d, v)}：{line}",
        f"Subtract {_coefficient(d, v)} from both sides: {line.replace('，得', ', so')}",
    )
    moved, product = _move_step(f"{rest} {_signed(b)}", e, b, rest)
    steps = [gathered, moved]
    if a - d > 1:
        steps.append(_divide_step(a - d, product, v)[0])
    one = f"{a} × {_factor(root)} {_signed(b)} = {a * root + b}"
    two = (
        f"{d} × {_factor(root)} {_signed(e)} = {d * root + e}"
        if e
        else f"{d} × {_factor(root)} = {d * root}"
    )
    return Equation(f"{left} = {other}", v, Fraction(root), tuple(steps), f"{one}, {two}")


_FORMS = {
    "axb": _axb,
    "negative": _negative,
    "ax": _ax,
    "xb": _xb,
    "quotient": _quotient,
    "bracket": _bracket,
    "both_sides": _both_sides,
}
_WEIGHTS = (68, 4, 8, 10, 2, 4, 4)


def _follow_ups(equation: Equation, rng: random.Random, language: Language) -> tuple[Exchange, ...]:
    root = f"{equation.letter} = {show(equation.root)}"
    if rng.random() < 0.5:
        question = compose(rng.choice(read("follow_ups")["why"][language]), rng)
        answer = (
            "等式两边同时做同样的运算，等式仍然成立。"
            f"所以我们一步步消去多余的数，直到只剩下 {equation.letter}，得到 **{root}**。"
            if language == "zh"
            else "An equation stays true when we do the same thing to both sides. "
            f"So we remove the other numbers one by one until only {equation.letter} is left: "
            f"**{root}**."
        )
    else:
        question = compose(rng.choice(read("follow_ups")["sure"][language]), rng)
        answer = (
            f"把 {root} 代回 {equation.text} 检验：{equation.check} ✓ 所以 **{root}** 是对的。"
            if language == "zh"
            else f"Put {root} back into {equation.text}: {equation.check} ✓ So **{root}** is right."
        )
    return (Exchange("equations", question, answer, language, facts=((root,),)),)
