"""Equations in one unknown by level."""

import random

from qwen_app.features.tutor.practice.linear import FORMS, as_problem
from qwen_app.features.tutor.practice.problem import Kinds, Level, Problem
from qwen_app.features.tutor.practice.quadratic import (
    by_formula,
    factored,
    pure_square,
    shifted_square,
)


def _linear(rng: random.Random, forms: tuple[str, ...], level: Level) -> Problem:
    return as_problem(FORMS[rng.choice(forms)](rng, "x"), level)


def simple(rng: random.Random) -> Problem:
    return _linear(rng, ("axb", "axb", "ax", "xb"), 1)


def longer(rng: random.Random) -> Problem:
    return _linear(rng, ("negative", "quotient", "bracket", "both_sides"), 2)


KINDS: Kinds = {
    1: (simple,),
    2: (longer,),
    3: (pure_square, shifted_square, by_formula, factored),
}
