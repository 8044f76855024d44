"""School problems of the practice generator, told in many ways."""

import random
from functools import cache

from qwen_app.features.tutor.practice.problem import Problem, Words, solution
from qwen_app.features.tutor.practice.rectangles import rectangle_ratio, solve_rectangle_ratio
from qwen_app.features.tutor.practice.topics import TOPICS
from qwen_app.train.data.example import Exchange, Families, Language, Split, is_held_out, pick
from qwen_app.train.data.texts import families, read
from qwen_app.train.data.wording import dress

SHARES = {
    "geometry": 0.28,
    "stories": 0.28,
    "percentages": 0.12,
    "systems": 0.1,
    "fractions": 0.08,
    "inequalities": 0.04,
    "ratios": 0.04,
    "powers": 0.03,
    "functions": 0.03,
}
"""Of the topics among problems of any kind; equations in one unknown have a module of their own."""

UNTAUGHT = frozenset(
    {
        *("right_triangle", "diagonal", "root", "simplified_root", "rounded_root"),
        *("simplify_ratio", "rectangle_mixed_units"),
    }
)
"""Kinds whose solutions need a number that no calculator is asked for (a root, a common divisor),
or that a small model takes for others."""

SHOWN_RECTANGLES = ((3, 48, "cm"), (3, 48, "cm"), (3, 48, "cm"), (3, 32, "cm"), (2, 36, "m"))
"""Ratio, perimeter and unit of the rectangles that the page and the documents show as examples;
trained on more often than chance would have it, and never held out."""

_RECTANGLES = 0.4
"""Share of that rectangle and its relatives among problems of geometry."""
_SHOWN_SHARE = 0.25
_SHOWN_KEYS = frozenset(f"rectangle_ratio:{k},{p}" for k, p, _ in SHOWN_RECTANGLES)
_REASONS = 0.25


def geometry_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    return _exchange("geometry", rng, language, split)


def story_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    return _exchange("stories", rng, language, split)


def percentage_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    return _exchange("percentages", rng, language, split)


def system_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    return _exchange("systems", rng, language, split)


def fraction_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    return _exchange("fractions", rng, language, split)


def other_problem(rng: random.Random, language: Language, split: Split) -> Exchange:
    """Inequalities, ratios, powers, functions."""
    topic = rng.choice(("inequalities", "ratios", "powers", "functions"))
    return _exchange(topic, rng, language, split)


def any_problem(rng: random.Random, split: Split) -> Problem:
    """A problem of any topic, in the shares above."""
    (topic,) = rng.choices(tuple(SHARES), weights=tuple(SHARES.values()))
    return draw(topic, rng, split)


def draw(topic: str, rng: random.Random, split: Split) -> Problem:
    """A problem of the split: the numbers of a tenth of each kind are never trained on."""
    if topic == "geometry" and rng.random() < _RECTANGLES:
        return rectangle(rng, split)
    makers = [make for level in TOPICS[topic].values() for make in level]
    while True:
        problem = rng.choice(makers)(rng)
        if problem.kind not in UNTAUGHT and _fits(problem, split):
            return problem


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


def ask(problem: Problem, rng: random.Random, language: Language, split: Split) -> str:
    """The problem in one of the ways people tell it."""
    told = phrasings(problem.topic)[problem.kind]
    text = pick(told[language], rng, split, **problem.fill(language))
    return dress(text, rng, language, split)


@cache
def phrasings(topic: str) -> dict[str, dict[Language, Families]]:
    """How the problems of a topic are told, by kind."""
    return {
        kind: families(told)
        for kind, told in read(f"problems/{topic}").items()
        if not kind.startswith("_")
    }


def _exchange(topic: str, rng: random.Random, language: Language, split: Split) -> Exchange:
    problem = draw(topic, rng, split)
    return Exchange(
        topic,
        ask(problem, rng, language, split),
        solution(problem, language, reasons=rng.random() < _REASONS),
        language,
        facts=((f"**{problem.answer.of(language)}**",),),
    )


def _fits(problem: Problem, split: Split) -> bool:
    if problem.key in _SHOWN_KEYS:
        return split == "train"
    return is_held_out(problem.key) == (split == "held_out")
