"""What people say to the app in passing, and what the embedded model answers."""

from dataclasses import dataclass

from qwen_app.train.data.example import Families, Language
from qwen_app.train.data.texts import families, read


@dataclass(frozen=True, slots=True)
class Intent:
    """Phrasings and answers by language; ``facts`` hold in both, one string a group suffices."""

    name: str
    phrasings: dict[Language, Families]
    answers: dict[Language, tuple[str, ...]]
    facts: tuple[tuple[str, ...], ...]


INTENTS: tuple[Intent, ...] = tuple(
    Intent(
        raw["name"],
        families(raw),
        {"zh": tuple(raw["zh"]["answers"]), "en": tuple(raw["en"]["answers"])},
        tuple(tuple(group) for group in raw["facts"]),
    )
    for raw in read("intents")
)
