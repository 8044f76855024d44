"""An exchange under a composition of the prompt library, or with a wish in the question itself."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from qwen_app.features.prompts.compose import Composed, compose
from qwen_app.features.prompts.library import Library, load_library
from qwen_app.features.prompts.model import Composition
from qwen_app.features.prompts.verdict import judge
from qwen_app.messages import Message
from qwen_app.train.data.example import Exchange, Language
from qwen_app.train.data.grammar import compose as composed_text

_ROLE = 0.12
"""How often a role stands before a form."""


@dataclass(frozen=True, slots=True)
class Formed:
    """An exchange, and the composition of templates that it stands under."""

    exchange: Exchange
    composed: Composed | None
    """None: the form is asked for in the question."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation without its answer."""
        if self.composed is None:
            return (Message("user", self.exchange.question),)
        return self.composed.messages(self.exchange.question)

    def is_answered_by(self, text: str) -> bool:
        """Whether the text states the facts, in the form that the composition asks for."""
        return self.exchange.is_answered_by(text) and self.is_kept_by(text)

    def is_kept_by(self, text: str) -> bool:
        if self.composed is None:
            return True
        verdict = judge(self.composed, text).verdict
        return verdict is None or verdict.status == "right"


def library() -> Library:
    """The templates that the app comes with."""
    return _library()


@cache
def _library() -> Library:
    return load_library(Path(__file__).parents[3] / "prompts")


def composition(rng: random.Random, language: Language, **chosen: Any) -> Composed:
    """The chosen templates, now and then with a role before them."""
    role = any_role(rng) if rng.random() < _ROLE else None
    return compose(library(), Composition(role=role, language=language, **chosen))


def any_role(rng: random.Random) -> str:
    """A role that asks for no form of its own."""
    return rng.choice([role for role in library().of_kind("role") if not role.checks]).name


def wished(question: str, wishes: list[str], rng: random.Random) -> str:
    """The question with one of the wishes behind it, or before it."""
    wish = composed_text(rng.choice(wishes), rng)
    english = question.isascii()
    if rng.random() < 0.3:
        return f"{wish}{': ' if english else '：'}{question}"
    bare = question.rstrip("。.，,？?！! ") if rng.random() < 0.5 else question.rstrip("。.，, ")
    gap = rng.choice((". ", ", ", " - ", "\n")) if english else rng.choice("，。；\n")
    return bare + gap + wish
