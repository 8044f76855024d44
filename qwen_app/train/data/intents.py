"""What people say to the app in passing, and what the embedded model answers.

The texts are in ``texts/intents/``, a file a theme. An intent has the contents that frames are put
around (`frames.framed`), whole phrasings of its own, answers, and the facts of a right answer.
"""

from dataclasses import dataclass
from typing import Any

from qwen_app.train.data.example import Families, Language
from qwen_app.train.data.frames import PARTS, framed, joined
from qwen_app.train.data.texts import families, read

_THEMES = (
    "talk",
    "daily",
    "model",
    "app",
    "features",
    "qwen",
    "study",
    "life",
    "using",
    "computing",
    "honest",
)


@dataclass(frozen=True, slots=True)
class Intent:
    """Phrasings and answers by language; ``facts`` hold in both, one string a group suffices."""

    name: str
    framed: dict[Language, Families]
    """Its contents in every frame; empty for what no frame fits, such as a greeting."""
    phrasings: dict[Language, Families]
    """Whole phrasings of its own."""
    answers: dict[Language, tuple[str, ...]]
    facts: tuple[tuple[str, ...], ...]


def _intent(raw: dict[str, Any]) -> Intent:
    return Intent(
        raw["name"],
        {language: _framed(raw[language], language) for language in ("zh", "en")},
        families(raw),
        {"zh": tuple(raw["zh"]["answers"]), "en": tuple(raw["en"]["answers"])},
        tuple(tuple(group) for group in raw["facts"]),
    )


def _framed(raw: dict[str, Any], language: Language) -> Families:
    return joined(*(framed(part, raw[part], language) for part in PARTS if part in raw))


INTENTS: tuple[Intent, ...] = tuple(
    _intent(raw) for theme in _THEMES for raw in read(f"intents/{theme}")
)
