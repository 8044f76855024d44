"""What checking an answer showed; the same value and the same words in every tab."""

from dataclasses import dataclass
from typing import Literal

VerdictStatus = Literal["right", "wrong", "unchecked"]
Claim = Literal["right", "valid", "computed", "kept"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of checking one answer, and how it was checked, for the reader."""

    status: VerdictStatus
    en: str
    zh: str
    is_shown: bool = False
    """The page shows the sentence itself; else it is found in the receipt."""
    claim: Claim = "right"
    """What the check was for, if the status is ``right``: that the answer is right, or only that
    a document is valid under its schema, that figures were computed from the table, or that the
    limits and forms that a prompt asked for were kept."""
