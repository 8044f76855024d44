"""What a skill yields: a question, its answer, and how to tell a right answer from a wrong one."""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from qwen_app.messages import Message
from qwen_app.train.data.grammar import compose

Language = Literal["en", "zh"]
Split = Literal["train", "held_out"]
"""``held_out``: numbers and phrasing families that never occur in ``train``."""

HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer, without a system prompt."""

    skill: str
    question: str
    answer: str
    language: Language
    facts: tuple[tuple[str, ...], ...]
    """What a right answer contains: of each group at least one of its strings."""
    follow_ups: tuple["Exchange", ...] = ()
    """Turns that make sense only after this one, in order."""
    cases: tuple[tuple[tuple[Any, ...], Any], ...] = ()
    """Of a function in Python, arguments and what it must return for them (see `running`)."""

    def is_answered_by(self, text: str) -> bool:
        """Whether the text states every fact. Case and spaces do not matter."""
        flat = _flat(text)
        return all(any(_flat(fact) in flat for fact in group) for group in self.facts)


Skill = Callable[[random.Random, Language, Split], Exchange]


def is_held_out(*key: object) -> bool:
    """Whether a combination of values belongs to the held-out split: a stable tenth does."""
    return zlib.crc32(repr(key).encode()) % 1000 < 1000 * HELD_OUT_SHARE


def pick(families: "Families", rng: random.Random, split: Split, **slots: object) -> str:
    """A phrasing from the families of the split."""
    template = rng.choice(families.held_out if split == "held_out" else families.train)
    return compose(template, rng, **slots)


@dataclass(frozen=True, slots=True)
class Families:
    """Templates of one request in one language; whole templates are held out."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


def conversation(system: str | None, exchanges: tuple[Exchange, ...]) -> tuple[Message, ...]:
    """The exchanges and their follow-ups as messages."""
    messages = [] if system is None else [Message("system", system)]
    for exchange in exchanges:
        for turn in (exchange, *exchange.follow_ups):
            messages.append(Message("user", turn.question))
            messages.append(Message("assistant", turn.answer))
    return tuple(messages)


def _flat(text: str) -> str:
    return "".join(text.lower().split())
