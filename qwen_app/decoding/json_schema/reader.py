"""Where in a JSON document its text has come to, and which parts of the schema are alive there.

The text comes in bytes, as tokens spell them: a token may end within a string, an escape or a
character. A place is a value that is never changed, so that a token can be tried, and a decision
taken back, by keeping the place before it.

Several alternatives of an ``anyOf`` may be alive at once. They are kept side by side and dropped
where a key or a finished value rules them out; the grammar engine has already refused the text if
none is left.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from qwen_app.decoding.json_schema.option import Option
from qwen_app.decoding.json_schema.shape import Shape

Key = str | int


class Now(Enum):
    """What comes next."""

    VALUE = "a value"
    STRING = "more of a string, or its end"
    KEY = "more of a key, or its end"
    NUMBER = "more of a number, or what follows it"
    WORD = "more of true, false or null"
    COLON = "the colon after a key"
    OPENED = "the first member, or the end, of an array or object"
    MEMBER = "a member after a comma"
    AFTER = "a comma, or the end of the array or object"
    END = "nothing"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An open array or object."""

    parent: "Frame | None"
    is_object: bool
    options: tuple[Option, ...]
    written: frozenset[str] = frozenset()
    """Keys of finished members."""
    count: int = 0
    """Finished members or items."""
    key: str = ""
    """Of the member at hand."""

    def child(self, shape: "Shape", option: Option) -> Any:
        """The schema of the member or item at hand."""
        if self.is_object:
            return shape.property(option, self.key)
        return shape.item(option, self.count)

    @property
    def at(self) -> Key:
        """Key or index of the member or item at hand."""
        return self.key if self.is_object else self.count


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A point in a document."""

    now: Now
    frame: Frame | None = None
    options: tuple[Option, ...] = ()
    """Of the value at hand, where `now` is VALUE, STRING, NUMBER or WORD."""
    text: bytes = b""
    """What is written of the string, key, number or word at hand, opening quote included."""
    escape: int = 0
    """Bytes of the escape at the end of ``text``, 0 outside one."""
    space: bytes = b""
    """Whitespace since the last part of the document."""
    tokens: int = 0
    """Tokens that the string at hand has had so far; kept by the constraint."""

    @property
    def path(self) -> tuple[Key, ...]:
        """Of the value at hand, or of the one that would come next."""
        keys: list[Key] = []
        frame = self.frame
        while frame is not None:
            keys.append(frame.at)
            frame = frame.parent
        return tuple(reversed(keys))

    @property
    def in_text(self) -> bool:
        """Within a string or key."""
        return self.now is Now.STRING or self.now is Now.KEY

    @property
    def whole(self) -> bool:
        """Not within an escape nor within a character."""
        return not self.escape and not unfinished(self.text)


_SPECIAL = re.compile(rb'["\\]')
_WHITESPACE = b" \t\r\n"
_NUMBER_BYTES = frozenset(b"0123456789+-.eE")
_KINDS = {ord("{"): "object", ord("["): "array", ord('"'): "string"}
_KINDS |= dict.fromkeys(b"-0123456789", "number")
_KINDS |= {ord("t"): "boolean", ord("f"): "boolean", ord("n"): "null"}


class Unexpected(ValueError):
    """Not JSON, which the grammar engine lets through nowhere; or a key for the second time, which
    it does."""


def unfinished(text: bytes) -> int:
    """Bytes of a UTF-8 character at the end that are still to come."""
    for back in range(1, min(3, len(text)) + 1):
        byte = text[-back]
        if byte >= 0xC0:
            return max(0, (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) - back)
        if byte < 0x80:
            return 0
    return 0


class Reader:
    """Moves places forward under one schema.

    Args:
        paths: report where values are finished; without it `read` says nothing of them.
    """

    def __init__(self, shape: Shape, *, paths: bool = False) -> None:
        self.shape = shape
        self.start = Place(Now.VALUE, options=shape.root)
        self._paths = paths
        self.finished: list[tuple[Key, ...]] = []
        """Paths of the values that ended in the last `read`."""
        self.begun: list[tuple[Key, ...]] = []
        """Paths of the values that began in the last `read`."""

    def read(self, place: Place, data: bytes) -> Place:
        """The place after these bytes.

        Raises:
            Unexpected: they cannot stand here.
        """
        if self._paths:
            self.finished.clear()
            self.begun.clear()
        at = 0
        while at < len(data):
            place, at = self.step(place, data, at)
        if place.now is Now.STRING and len(place.options) > 1 and place.whole:
            return _narrowed(place)
        return place

    def step(self, place: Place, data: bytes, at: int) -> tuple[Place, int]:
        """Read one part of ``data`` from ``at`` on, at most to the end of a string; the place
        and the index after it. A number ends without a byte of its own.

        Raises:
            Unexpected: as `read`.
        """
        now = place.now
        if now is Now.STRING or now is Now.KEY:
            return self._string(place, data, at)
        byte = data[at]
        if now is Now.NUMBER:
            if byte in _NUMBER_BYTES:
                return replace(place, text=place.text + data[at : at + 1]), at + 1
            return self._end_value(place), at
        if now is Now.WORD:
            text = place.text + data[at : at + 1]
            changed = replace(place, text=text)
            if text in (b"true", b"false", b"null"):
                return self._end_value(changed), at + 1
            return changed, at + 1
        if byte in _WHITESPACE:
            return replace(place, space=place.space + data[at : at + 1]), at + 1
        return self._structure(place, byte), at + 1

    def _string(self, place: Place, data: bytes, at: int) -> tuple[Place, int]:
        if place.escape:
            text = place.text + data[at : at + 1]
            long = data[at] == ord("u") if place.escape == 1 else place.escape < 5
            return replace(place, text=text, escape=place.escape + 1 if long else 0), at + 1
        found = _SPECIAL.search(data, at)
        end = found.start() if found else len(data)
        if end > at:
            place = replace(place, text=place.text + data[at:end])
        if found is None:
            return place, end
        if data[end] == ord("\\"):
            return replace(place, text=place.text + b"\\", escape=1), end + 1
        place = replace(place, text=place.text + b'"')
        if place.now is Now.STRING:
            return self._end_value(place), end + 1
        return self._end_key(place), end + 1

    def _structure(self, place: Place, byte: int) -> Place:
        now, frame = place.now, place.frame
        if frame is not None:
            closing = byte == (ord("}") if frame.is_object else ord("]"))
            if closing and now in (Now.OPENED, Now.AFTER):
                return self._finish(frame.parent, frame.options)
            if now is Now.AFTER and byte == ord(","):
                return Place(Now.MEMBER, frame)
            if now is Now.COLON and byte == ord(":"):
                return self._value(frame)
            if now in (Now.OPENED, Now.MEMBER):
                if frame.is_object and byte == ord('"'):
                    return Place(Now.KEY, frame, text=b'"')
                if not frame.is_object:
                    place = self._value(frame)
                    now = place.now
        if now is Now.VALUE and byte in _KINDS:
            return self._begin_value(place, byte)
        raise Unexpected(f"{chr(byte)!r} where {now.value} should be")

    def _value(self, frame: Frame) -> Place:
        return Place(Now.VALUE, frame, self.shape.at_hand(frame))

    def _begin_value(self, place: Place, byte: int) -> Place:
        if self._paths:
            self.begun.append(place.path)
        kind = _KINDS[byte]
        options = self.shape.of_kind(place.options, kind)
        if kind in ("object", "array"):
            return Place(Now.OPENED, Frame(place.frame, kind == "object", options))
        now = {"string": Now.STRING, "number": Now.NUMBER}.get(kind, Now.WORD)
        return Place(now, place.frame, options, bytes([byte]))

    def _end_key(self, place: Place) -> Place:
        frame = place.frame
        assert frame is not None
        key = json.loads(place.text, strict=False)
        if key in frame.written:
            raise Unexpected(f"the key {key!r} for the second time")
        options = tuple(o for o in frame.options if self.shape.property(o, key) is not False)
        return Place(Now.COLON, replace(frame, key=key, options=options or frame.options))

    def _end_value(self, place: Place) -> Place:
        """A scalar is complete."""
        alive = place.options
        if place.frame is not None and len(place.frame.options) > 1:
            alive = tuple(o for o in alive if _may_be(o, place.text))
        return self._finish(place.frame, alive)

    def _finish(self, frame: Frame | None, alive: tuple[Option, ...]) -> Place:
        """A value within ``frame`` is complete, and ``alive`` are the options that it met."""
        if self._paths:
            self.finished.append(Place(Now.AFTER, frame).path)
        if frame is None:
            return Place(Now.END)
        options = frame.options
        if len(options) > 1 and alive:
            met = set(alive)
            options = tuple(o for o in options if not met.isdisjoint(self._child_options(frame, o)))
        written = frame.written | {frame.key} if frame.is_object else frame.written
        return Place(
            Now.AFTER,
            replace(
                frame,
                options=options or frame.options,
                written=written,
                count=frame.count + 1,
            ),
        )

    def _child_options(self, frame: Frame, option: Option) -> tuple[Option, ...]:
        return self.shape.options(frame.child(self.shape, option))


def _narrowed(place: Place) -> Place:
    """Without the literals that do not begin as the string does."""
    text = place.text.decode()
    options = tuple(o for o in place.options if o.type != "literal" or o.literal.startswith(text))
    same = len(options) == len(place.options)
    return place if same else replace(place, options=options)


def _may_be(option: Option, text: bytes) -> bool:
    """Whether a finished scalar may have met an option; only literals are told apart."""
    if option.type != "literal":
        return True
    return option.literal.encode() == text or _value_of(option.literal) == _value_of(text)


def _value_of(text: str | bytes) -> Any:
    return json.loads(text, strict=False)


def frames(place: Place) -> Iterator[Frame]:
    """The open arrays and objects, innermost first."""
    frame = place.frame
    while frame is not None:
        yield frame
        frame = frame.parent
