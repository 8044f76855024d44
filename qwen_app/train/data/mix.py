"""The corpus: which skills, in which shares, as which conversations.

Document ``number`` of a corpus is a pure function of the seed and the number, so a stream can
be taken up anywhere and a run can be repeated exactly.
"""

import random
from collections.abc import Callable, Iterator

from qwen_app.messages import Message
from qwen_app.train.data.arithmetic import arithmetic, drill, percentage, units
from qwen_app.train.data.chat import small_talk
from qwen_app.train.data.equations import linear_equation
from qwen_app.train.data.example import Exchange, Language, Skill, Split, conversation
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.json_extraction import json_conversation
from qwen_app.train.data.knowledge import definition
from qwen_app.train.data.phrases import phrase
from qwen_app.train.data.problems import geometry_problem, story_problem
from qwen_app.train.data.refusals import refusal
from qwen_app.train.data.snippets import snippet
from qwen_app.train.data.tables import table_conversation
from qwen_app.train.data.texts import read
from qwen_app.train.data.tutoring import tutor_conversation

Task = Callable[[random.Random, Language], tuple[Message, ...]]

SKILLS: dict[str, tuple[Skill, float]] = {
    "equations": (linear_equation, 0.2),
    "arithmetic": (arithmetic, 0.05),
    "drill": (drill, 0.05),
    "percentages": (percentage, 0.03),
    "units": (units, 0.02),
    "geometry": (geometry_problem, 0.06),
    "stories": (story_problem, 0.06),
    "chat": (small_talk, 0.26),
    "definitions": (definition, 0.06),
    "phrases": (phrase, 0.1),
    "python": (snippet, 0.06),
    "refusals": (refusal, 0.08),
}
"""Each skill with its share of the exchanges."""

TASKS: dict[str, tuple[Task, float]] = {
    "tables": (table_conversation, 0.27),
    "json": (json_conversation, 0.26),
    "tutor": (tutor_conversation, 0.13),
}
"""Conversations under the prompts of the app's own features, each with its share of all
conversations; the rest are made of the skills above."""

_NAMES = tuple(SKILLS)
_SHARES = tuple(share for _, share in SKILLS.values())

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


def exchange(rng: random.Random, language: Language, split: Split = "train") -> Exchange:
    return SKILLS[rng.choices(_NAMES, weights=_SHARES)[0]][0](rng, language, split)


def document(seed: int, number: int, *, long: bool = False) -> tuple[Message, ...]:
    """One conversation: mostly a single turn or a few, or many turns if ``long``."""
    rng = random.Random(f"{seed}:{number}:{long}")
    main: Language = "zh" if rng.random() < 0.55 else "en"
    if not long:
        drawn = rng.random()
        for make, share in TASKS.values():
            if drawn < share:
                return make(rng, main)
            drawn -= share
    other: Language = "en" if main == "zh" else "zh"
    turns = rng.randint(5, 14) if long else rng.choices((1, 2, 3, 4), weights=(62, 20, 11, 7))[0]
    exchanges = [exchange(rng, main if rng.random() < 0.92 else other) for _ in range(turns)]
    return conversation(system_prompt(rng, main), tuple(exchanges))


def documents(seed: int, start: int = 0, *, long: bool = False) -> Iterator[tuple[Message, ...]]:
    number = start
    while True:
        yield document(seed, number, long=long)
        number += 1
