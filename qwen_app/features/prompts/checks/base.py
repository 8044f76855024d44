"""One check, and what it finds."""

from dataclasses import dataclass
from typing import Protocol

from qwen_app.errors import Language
from qwen_app.messages import ConstraintSpec


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one answer; a sentence in each language, without its full stop."""

    ok: bool
    en: str
    zh: str


class Check(Protocol):
    """A frozen value."""

    @property
    def is_whole(self) -> bool:
        """Nothing but this may stand in the answer, so there is no room for reasoning."""

    def constraint(self, language: Language) -> ConstraintSpec | None:
        """What holds it while decoding; None if it can only be judged afterwards."""

    def judge(self, text: str, language: Language) -> Finding:
        """Never raises, whatever the text."""
