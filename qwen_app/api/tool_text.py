"""From the text of an answer that may call tools to its content and its calls."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from qwen_app.decoding.tools import CLOSE, OPEN
from qwen_app.errors import GenerationFailed


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of what the assistant says."""

    text: str


@dataclass(frozen=True, slots=True)
class CallBegins:
    """Of the next function; pieces of its arguments follow."""

    name: str


@dataclass(frozen=True, slots=True)
class Arguments:
    """A piece of the arguments of the call that began last."""

    text: str


@dataclass(frozen=True, slots=True)
class CallEnds:
    """The call is complete: its pieces, joined, are a JSON object."""


Event = Content | CallBegins | Arguments | CallEnds

_HEAD = regex.compile(r'\s*+\{"name": "([a-zA-Z0-9_-]{1,64})", "arguments": (?=\{)')
_TAIL = regex.compile(rf"\s*+\}}\s*+{CLOSE}")
_OUTSIDE = re.compile(r'["{}\[\]]')
_INSIDE = re.compile(r'["\\]')


class ToolText:
    """Cuts an answer as it comes.

    Law: the events do not depend on how the text was cut into pieces, if neighbouring pieces of
    content or of arguments are joined; no content holds a part of a call's markup, and nothing
    is ever taken back. White space around calls belongs to the markup.

    Args:
        or_document: the answer is nothing but calls, or a document in which a marker is text.
    """

    def __init__(self, *, or_document: bool = False) -> None:
        self._or_document = or_document
        self._step = self._content
        self._text = ""  # came, and is not settled yet
        self._said = False
        self._called = False
        self._arguments = ""
        self._scanned = 0
        self._depth = 0
        self._in_string = False
        self.in_call = False
        """A call has begun and is not complete."""

    def append(self, text: str) -> Iterator[Event]:
        """
        Raises:
            GenerationFailed: a call is not what Qwen's markup or JSON demands.
        """
        self._text += text
        while True:
            before = self._step
            yield from self._step()
            if self._step == before:
                return

    def flush(self) -> Iterator[Event]:
        """The end of the answer; a call that is not complete stays so."""
        if not self.in_call:
            yield from self._say(self._text)

    # --- one step for each part of the markup; each takes what is certain ----------------------

    def _content(self) -> Iterator[Event]:
        if self._or_document and not self._called and not OPEN.startswith(self._text[: len(OPEN)]):
            self._step = self._document
            return
        at = self._text.find(OPEN)
        if at >= 0:
            yield from self._say(self._text[:at].rstrip())
            self._text = self._text[at + len(OPEN) :]
            self._step = self._head
            self.in_call = self._called = True
            return
        # What may be the beginning of a marker waits, with the white space before it.
        begun = next(n for n in range(len(OPEN) - 1, -1, -1) if self._text.endswith(OPEN[:n]))
        certain = self._text[: len(self._text) - begun].rstrip()
        self._text = self._text[len(certain) :]
        yield from self._say(certain)

    def _document(self) -> Iterator[Event]:
        yield from self._say(self._text)
        self._text = ""

    def _say(self, text: str) -> Iterator[Event]:
        if self._called and not self._said:
            text = text.lstrip()  # after a call: it was the markup's
        if text:
            self._said = True
            yield Content(text)

    def _head(self) -> Iterator[Event]:
        if (found := self._matched(_HEAD)) is None:
            return
        self._text = self._text[found.end() :]
        self._arguments, self._scanned, self._depth, self._in_string = "", 0, 0, False
        self._step = self._value
        yield CallBegins(found[1])

    def _value(self) -> Iterator[Event]:
        end = self._end_of_value()
        piece = self._text if end is None else self._text[:end]
        self._arguments += piece
        self._text = self._text[len(piece) :]
        self._scanned -= len(piece)
        if piece:
            yield Arguments(piece)
        if end is not None:
            try:
                json.loads(self._arguments)
            except (ValueError, RecursionError):
                raise _unparsable() from None
            self._step = self._tail

    def _tail(self) -> Iterator[Event]:
        if (found := self._matched(_TAIL)) is None:
            return
        self._text = self._text[found.end() :]
        self._step = self._content
        self.in_call = self._said = False
        yield CallEnds()

    def _matched(self, markup: regex.Pattern[str]) -> regex.Match[str] | None:
        """None if more text may still complete it."""
        found = markup.match(self._text, partial=True)
        if found is None:
            raise _unparsable()
        return None if found.partial else found

    def _end_of_value(self) -> int | None:
        """Where the object ends, looking at each character once."""
        while True:
            found = (_INSIDE if self._in_string else _OUTSIDE).search(self._text, self._scanned)
            if found is None:
                self._scanned = max(self._scanned, len(self._text))
                return None
            self._scanned = found.end()
            sign = found[0]
            if sign == "\\":
                self._scanned += 1  # whatever it escapes, perhaps in the next piece
            elif sign == '"':
                self._in_string = not self._in_string
            else:
                self._depth += 1 if sign in "{[" else -1
                if self._depth == 0:
                    return self._scanned


def _unparsable() -> GenerationFailed:
    return GenerationFailed(
        "The model wrote a tool call that cannot be read. Try again.",
        "模型写出的工具调用无法解析，请重试。",
    )
