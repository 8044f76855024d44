"""What goes between the caller and the process that holds SymPy."""

import enum
from dataclasses import dataclass

READY = b"ready"
"""The first message of the process."""


class Status(enum.Enum):
    DONE = "done"
    TIME = "time"
    """It took longer than the limit."""
    MEMORY = "memory"
    """It needed more than there is."""
    FAILED = "failed"
    """SymPy cannot do it."""


@dataclass(frozen=True, slots=True)
class Question:
    """``number`` is at least 1 and comes back with the answer."""

    number: int
    content: object


@dataclass(frozen=True, slots=True)
class Answer:
    number: int
    status: Status
    content: object = None
