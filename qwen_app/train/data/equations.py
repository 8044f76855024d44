"""Linear equations in one unknown, asked for in many ways and solved line by line.

The equations and their solutions are those of the practice generator; every sum stands with its
operands next to its result, so that a calculator can carry it.
"""

import random
import re

from qwen_app.features.tutor.practice.linear import (
    LETTERS,
    Equation,
    as_problem,
    linear,
    solve_axb,
)
from qwen_app.features.tutor.practice.problem import solution as worked
from qwen_app.features.tutor.practice.writing import show
from qwen_app.train.data.example import Exchange, Language, Split, is_held_out, pick
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.texts import families, read
from qwen_app.train.data.wording import dress

QUESTIONS = families(read("equations")["solve"])


def linear_equation(rng: random.Random, language: Language, split: Split) -> Exchange:
    equation = draw(rng, split)
    return Exchange(
        "equations",
        ask(equation, rng, language, split),
        solution(equation, language),
        language,
        facts=((f"**{equation.letter} = {show(equation.root)}**",),),
        follow_ups=_follow_ups(equation, rng, language) if rng.random() < 0.08 else (),
    )


def ask(equation: Equation, rng: random.Random, language: Language, split: Split) -> str:
    """One of the ways to ask for the solution."""
    text = restyle(equation.text, rng)
    question = pick(QUESTIONS[language], rng, split, eq=text, v=equation.letter)
    return dress(question, rng, language, split)


def solution(equation: Equation, language: Language) -> str:
    """The worked answer in Markdown, its last line in bold."""
    return worked(as_problem(equation, 1), language)


SHOWN = ((2, 5, 17), (2, 5, 17), (2, 5, 17), (3, -7, 11), (4, 3, 27), (3, 4, 19), (5, -8, 22),
         (6, 7, 43))  # fmt: skip
"""(a, b, c) of the equations ax + b = c that the page and the documents show as examples; they
are trained on more often than chance would have it, and never held out."""

SHOWN_SHARE = 0.08

_SHOWN_TEXTS = frozenset(
    f"{a}x {'+' if b > 0 else '-'} {abs(b)} = {right}" for a, b, right in SHOWN
)

_WEIGHTS = (60, 6, 8, 10, 4, 6, 8)


def draw(rng: random.Random, split: Split) -> Equation:
    """An equation of the split: the numbers of a tenth of them are never trained on."""
    while True:
        if split == "train" and rng.random() < SHOWN_SHARE:
            return solve_axb(*rng.choice(SHOWN), "x")
        built = linear(rng, rng.choice(LETTERS), _WEIGHTS)
        numbers = re.sub(r"[a-z]", "x", built.text)
        if numbers not in _SHOWN_TEXTS and is_held_out(numbers) == (split == "held_out"):
            return built


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
    if style < 0.945:
        return text.replace("-", "−")
    if style < 0.965:
        return f"${text}$" if rng.random() < 0.6 else f"\\({text}\\)"
    if style < 0.985:
        return re.sub(r"(\d)([a-z])", rng.choice((r"\1*\2", r"\1 × \2", r"\1·\2")), text)
    return text.upper()


def _follow_ups(equation: Equation, rng: random.Random, language: Language) -> tuple[Exchange, ...]:
    root = f"{equation.letter} = {show(equation.root)}"
    check = equation.check.of(language)
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
            f"把 {root} 代回 {equation.text} 检验：{check} ✓ 所以 **{root}** 是对的。"
            if language == "zh"
            else f"Put {root} back into {equation.text}: {check} ✓ So **{root}** is right."
        )
    return (Exchange("equations", question, answer, language, facts=((root,),)),)
