"""A solution as lines: where they end as it is written, and what each of them is."""

import re
from dataclasses import dataclass
from typing import Final

from qwen_app.features.tutor.checking.verdict import LineVerdict
from qwen_app.features.tutor.events import LineRole

_MOST_IN_BLOCK: Final = 40
"""Lines of a displayed formula that are one line of the solution."""

_ANSWER: Final = re.compile(
    r"^[\s#>*_\-•]*(?:所以|因此|故|综上|So|Therefore|Thus|Hence)?[\s，,：:]*"
    r"(?:最终|最后|the\s+|final\s+)*(?:答案|答|answer)(?:[\s*_]*(?:[：:是为]|is\b)|[\s*_]*$)",
    re.IGNORECASE,
)
_CHECK: Final = re.compile(
    r"^[\s#>*_\-•]*(?:\d+[.、)]\s*)?[*_]*(?:检验|验算|验证|代入|check|verify|verification)",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"^[\s#>*_]*(?:\d+[.、)）]|[-*•]\s|第\s*\S+\s*步|step\s*\d)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Written:
    """A line that is complete: its text, and where it stands in the whole.

    ``start`` and ``end`` are characters of the whole text; the line break is after ``end``.
    """

    text: str
    start: int
    end: int


class LineSplitter:
    """Cuts a text that grows into its lines; empty ones are none.

    A displayed formula of several lines (``\\[`` ... ``\\]``) is one line, joined by spaces.
    """

    def __init__(self, written: str = "") -> None:
        self.text = written
        """All that was written."""
        self._begin = len(written)
        self._scanned = len(written)

    def feed(self, piece: str) -> list[Written]:
        """The lines that the piece completes."""
        self.text += piece
        found: list[Written] = []
        while (end := self.text.find("\n", self._scanned)) >= 0:
            self._scanned = end + 1
            raw = self.text[self._begin : end]
            if _is_open(raw):
                continue
            if raw.strip():
                found.append(Written(_one_line(raw), self._begin, end))
            self._begin = end + 1
        return found

    def finish(self) -> Written | None:
        """The last line, which no line break ends."""
        raw = self.text[self._begin :]
        start, self._begin = self._begin, len(self.text)
        return Written(_one_line(raw), start, len(self.text)) if raw.strip() else None

    @property
    def writing(self) -> str:
        """The line under way."""
        return _one_line(self.text[self._begin :])

    def go_back(self, start: int) -> None:
        """Forget everything from this place on, which is where a line began."""
        self.text = self.text[:start]
        self._begin = self._scanned = start


def split(text: str) -> list[Written]:
    """The lines of a whole text."""
    splitter = LineSplitter()
    lines = splitter.feed(text)
    last = splitter.finish()
    return [*lines, last] if last is not None else lines


def role_of(text: str, verdict: LineVerdict, *, is_first: bool) -> LineRole:
    """What a line is.

    Args:
        is_first: no step stands before it.
    """
    if _ANSWER.search(text):
        return "answer"
    if _CHECK.search(text):
        return "check"
    ends_in_colon = text.rstrip(" *").endswith(("：", ":"))
    if is_first and not _NUMBERED.search(text) and (ends_in_colon or not verdict.is_mathematics):
        return "opening"
    return "step"


def _is_open(raw: str) -> bool:
    """Whether a displayed formula goes on after these lines."""
    if raw.count("\n") >= _MOST_IN_BLOCK:
        return False
    return (
        raw.count("\\[") > raw.count("\\]")
        or raw.count("$$") % 2 == 1
        or raw.count("\\begin{") > raw.count("\\end{")
    )


def _one_line(raw: str) -> str:
    return " ".join(
        part.strip() if at else part.rstrip() for at, part in enumerate(raw.split("\n"))
    )
