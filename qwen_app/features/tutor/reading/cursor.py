"""A place in a line's tokens, from which expressions are read."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Literal

from qwen_app.features.tutor.reading.limits import MOST_DEPTH, MOST_NODES
from qwen_app.features.tutor.reading.setting import Setting
from qwen_app.features.tutor.reading.tokens import Kind, Token
from qwen_app.features.tutor.reading.tree import Expression

Choice = Literal["tight", "mixed", "bang", "percent"]
"""``tight``: an implicit product binds more than a division (1/2x is 1/(2x)); ``mixed``: 9(1/2) is
9½; ``bang``: an exclamation mark after a number at the end is a factorial; ``percent``: the sign
after ``× 100 =`` says nothing."""


class Doubt(Exception):
    """What stands here is no expression, or not surely one; that shows at the token ``at``."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Cursor(ABC):
    """Raises `Doubt` wherever what is read is not surely an expression, or too large."""

    def __init__(
        self, found: list[Token], at: int, setting: Setting, choices: Collection[Choice] = ()
    ) -> None:
        self.tokens = found
        """The last one is a break, which no expression goes past."""
        self.at = at
        self.setting = setting
        self.choices = frozenset(choices)
        self.met: set[Choice] = set()
        """Choices that came up: read with the other one, the text may mean something else."""
        self.wordy = False
        """Whether the operand read last was followed by words beyond a unit."""
        self._nodes = 0
        self._depth = 0

    @abstractmethod
    def expression(self, level: int = 0) -> Expression:
        """The expression that begins here, with operators that bind at least as ``level``."""

    @abstractmethod
    def exponent(self) -> Expression:
        """What stands above the line, its sign passed over."""

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, offset: int = 1) -> Token:
        at = self.at + offset
        if at < 0:
            return self.tokens[0]
        return self.tokens[at] if at < len(self.tokens) else self.tokens[-1]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if self.at + 1 < len(self.tokens):
            self.at += 1
        return token

    def is_kind(self, *kinds: Kind) -> bool:
        return self.token.kind in kinds

    def doubt(self) -> Doubt:
        return Doubt(self.at)

    def expect(self, kind: Kind, text: str | None = None) -> Token:
        if self.token.kind != kind or (text is not None and self.token.text != text):
            raise self.doubt()
        return self.take()

    def count(self) -> None:
        """One more node.

        Raises:
            Doubt: there are too many.
        """
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self.doubt()

    def enter(self) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise self.doubt()

    def leave(self) -> None:
        self._depth -= 1
