"""School problems of the practice generator, told in many ways."""

import random
from collections.abc import Callable
from functools import cache
from typing import Any

from qwen_app.features.tutor.practice import geometry, stories
from qwen_app.features.tutor.practice.problem import Kinds, Problem, Words, solution
from qwen_app.features.tutor.practice.rectangles import (
    rectangle_ratio,
    solve_rectangle_ratio,
)
from qwen_app.train.data.example import Exchange, Families, Language, Split, is_held_out, pick
from qwen_app.train.data.texts import families, read
from qwen_app.train.data.wording import dress

_TOPICS: tuple[Kinds, ...] = (geometry.KINDS, stories.KINDS)

SHOWN_RECTANGLES = ((3, 48, "cm"), (3, 48, "cm"), (3, 48, "cm"), (3, 32, "cm"), (2, 36, "m"))
"""Ratio, perimeter and unit of the rectangles that the page and the documents show as examples;
trained on more often than chance would have it, and never held out."""

_SHOWN_SHARE = 0.25
_SHOWN_KEYS = frozenset(f"rectangle_ratio:{k},{p}" for k, p, _ in SHOWN_RECTANGLES)


def geometry_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    if rng.random() < 0.4:
        return _exchange("geometry", rectangle(rng, split), rng, language, split)
    return _exchange("geometry", draw(geometry.KINDS, rng, split), rng, language, split)


def story_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    return _exchange("stories", draw(stories.KINDS, rng, split), rng, language, split)


def any_problem(rng: random.Random, split: Split) -> Problem:
    """A problem in words, of any topic."""
    if rng.random() < 0.35:
        return rectangle(rng, split)
    return draw(rng.choice(_TOPICS), rng, split)


def rectangle(rng: random.Random, split: Split) -> Problem:
    """The rectangle of the examples, and its relatives."""
    while True:
        if split == "train" and rng.random() < _SHOWN_SHARE:
            k, perimeter, unit = rng.choice(SHOWN_RECTANGLES)
            zh = {"cm": "厘米", "m": "米"}[unit] if rng.random() < 0.3 else unit
            return solve_rectangle_ratio(k, perimeter, Words(zh, unit))
        problem = rectangle_ratio(rng)
        if _fits(problem, split):
            return problem


def draw(kinds: Kinds, rng: random.Random, split: Split) -> Problem:
    """A problem of the split: the numbers of a tenth of each kind are never trained on."""
    makers = _all(tuple(kinds.values()))
    while True:
        problem = rng.choice(makers)(rng)
        if _fits(problem, split):
            return problem


def ask(problem: Problem, rng: random.Random, language: Language, split: Split) -> str:
    """The problem in one of the ways people tell it."""
    told = _phrasings(problem.topic).get(problem.kind)
    if told is None:
        return dress(problem.text.of(language), rng, language, split)
    text = pick(told[language], rng, split, **problem.fill(language))
    return dress(text, rng, language, split)


def _exchange(
    skill: str, problem: Problem, rng: random.Random, language: Language, split: Split
) -> Exchange:
    question = ask(problem, rng, language, split)
    answer = solution(problem, language, reasons=rng.random() < 0.25)
    fact = f"**{problem.answer.of(language)}**"
    return Exchange(skill, question, answer, language, facts=((fact,),))


def _fits(problem: Problem, split: Split) -> bool:
    if problem.key in _SHOWN_KEYS:
        return split == "train"
    return is_held_out(problem.key) == (split == "held_out")


@cache
def _all(
    levels: tuple[tuple[Callable[[random.Random], Problem], ...], ...],
) -> tuple[Callable[[random.Random], Problem], ...]:
    return tuple(make for level in levels for make in level)


@cache
def _phrasings(topic: str) -> dict[str, dict[Language, Families]]:
    raw: dict[str, Any] = read(topic)
    return {kind: families(told) for kind, told in raw.items()}
