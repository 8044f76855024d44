"""The corpus: which skills, in which shares, as which conversations.

Document ``number`` of a corpus is a pure function of the seed and the number, so a stream can
be taken up anywhere and a run can be repeated exactly.
"""

import random
from collections.abc import Callable, Collection, Iterator

from qwen_app.messages import Message
from qwen_app.train.data.arithmetic import arithmetic, drill, units
from qwen_app.train.data.chat import small_talk
from qwen_app.train.data.equations import linear_equation
from qwen_app.train.data.example import Exchange, Language, Skill, Split, conversation
from qwen_app.train.data.forms import formed_conversation
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.json_extraction import json_conversation
from qwen_app.train.data.knowledge import definition
from qwen_app.train.data.phrases import phrase
from qwen_app.train.data.problems import (
    fraction_problem,
    geometry_problem,
    other_problem,
    percentage_problem,
    story_problem,
    system_problem,
)
from qwen_app.train.data.refusals import refusal
from qwen_app.train.data.snippets import snippet
from qwen_app.train.data.tables import table_conversation
from qwen_app.train.data.texts import read
from qwen_app.train.data.tutoring import tutor_conversation

Task = Callable[[random.Random, Language], tuple[Message, ...]]

SKILLS: dict[str, tuple[Skill, float]] = {
    "equations": (linear_equation, 0.08),
    "arithmetic": (arithmetic, 0.02),
    "drill": (drill, 0.02),
    "percentages": (percentage_problem, 0.03),
    "units": (units, 0.015),
    "geometry": (geometry_problem, 0.035),
    "stories": (story_problem, 0.045),
    "systems": (system_problem, 0.02),
    "fractions": (fraction_problem, 0.025),
    "school": (other_problem, 0.035),
    "chat": (small_talk, 0.44),
    "definitions": (definition, 0.07),
    "phrases": (phrase, 0.3),
    "python": (snippet, 0.09),
    "refusals": (refusal, 0.11),
}
"""Each skill with its share of the exchanges."""

TASKS: dict[str, tuple[Task, float]] = {
    "tables": (table_conversation, 0.25),
    "json": (json_conversation, 0.36),
    "tutor": (tutor_conversation, 0.09),
    "forms": (formed_conversation, 0.04),
}
"""Conversations under the prompts of the app's own features, each with its share of all
conversations; the rest are made of the skills above."""

Skills = Collection[str] | None
"""Names of skills and tasks; None: all."""

DEFAULT_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."


def system_prompt(rng: random.Random, language: Language) -> str | None:
    """None, a well-known default, or a role; the role mostly in the user's language."""
    kind = rng.random()
    if kind < 0.4:
        return None
    if kind < 0.6:
        return DEFAULT_SYSTEM
    if kind < 0.66:
        return "You are a helpful assistant."
    if rng.random() < 0.1:
        language = "en" if language == "zh" else "zh"
    return compose(rng.choice(read("systems")[language]), rng)


def exchange(
    rng: random.Random, language: Language, split: Split = "train", skills: Skills = None
) -> Exchange:
    shares = {n: share for n, (_, share) in SKILLS.items() if skills is None or n in skills}
    (name,) = rng.choices(tuple(shares), weights=tuple(shares.values()))
    return SKILLS[name][0](rng, language, split)


def document(
    seed: int, number: int, *, long: bool = False, skills: Skills = None
) -> tuple[Message, ...]:
    """One conversation: mostly a single turn or a few, or many turns if ``long``.

    Only of ``skills``, where they are given, in the shares that they have among each other; long
    ones of those skills that are not tasks, as far as there are any.
    """
    rng = random.Random(f"{seed}:{number}:{long}")
    main: Language = "zh" if rng.random() < 0.5 else "en"
    exchanged = _share_of_exchanges(skills)
    if not (long and exchanged):
        tasks = [task for name, task in TASKS.items() if skills is None or name in skills]
        drawn = rng.random() * (sum(share for _, share in tasks) + exchanged)
        for make, share in tasks:
            if drawn < share or (make is tasks[-1][0] and not exchanged):
                return make(rng, main)
            drawn -= share
    other: Language = "en" if main == "zh" else "zh"
    turns = rng.randint(5, 14) if long else rng.choices((1, 2, 3, 4), weights=(62, 20, 11, 7))[0]
    exchanges = [
        exchange(rng, main if rng.random() < 0.92 else other, skills=skills) for _ in range(turns)
    ]
    return conversation(system_prompt(rng, main), tuple(exchanges))


def share(skills: Skills) -> float:
    """Which share of all conversations ``skills`` make up, in [0, 1]."""
    tasks = (part for name, (_, part) in TASKS.items() if skills is None or name in skills)
    return sum(tasks) + _share_of_exchanges(skills)


def _share_of_exchanges(skills: Skills) -> float:
    rest = 1 - sum(share for _, share in TASKS.values())
    parts = [part for name, (_, part) in SKILLS.items() if skills is None or name in skills]
    return rest * sum(parts) / sum(part for _, part in SKILLS.values())


def documents(seed: int, start: int = 0, *, long: bool = False) -> Iterator[tuple[Message, ...]]:
    number = start
    while True:
        yield document(seed, number, long=long)
        number += 1
