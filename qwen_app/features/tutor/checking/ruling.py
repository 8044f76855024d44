"""What was decided about one claim, before it is put into words."""

from dataclasses import dataclass

from qwen_app.features.tutor.checking.verdict import LineStatus, Reason
from qwen_app.features.tutor.reading.tree import Expression, Relation


@dataclass(frozen=True, slots=True)
class Claim:
    """``left relation right``, a step of a chain.

    ``about``, ``rounding`` and ``given`` are in the context of its chain; only the last step of a
    chain has them.
    """

    left: Expression
    relation: Relation
    right: Expression


@dataclass(frozen=True, slots=True)
class Ruling:
    """``note`` says what exactly, where the reason leaves that open; see `words`.

    ``expected`` is what should stand instead, and ``names`` what the sentence names: solutions
    that are left out or do not fit, in the order of the note.
    """

    status: LineStatus
    reason: Reason
    note: str = ""
    expected: str | None = None
    names: tuple[str, ...] = ()


HARD = Ruling("unchecked", "hard")
