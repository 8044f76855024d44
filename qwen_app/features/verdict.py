"""What checking an answer showed; the same value and the same words in every tab."""

from dataclasses import dataclass
from typing import Literal

VerdictStatus = Literal["right", "wrong", "unchecked"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of checking one answer, and how it was checked, for the reader."""

    status: VerdictStatus
    en: str
    zh: str
    is_shown: bool = False
    """The page shows the sentence itself; else it is found in the receipt."""
