"""The least text that completes a partial document.

The place in the document says what is open; each open array or object contributes what it still
needs, from the inside out. Where several alternatives are alive, combinations are tried from the
cheapest on. The grammar engine judges each: only a completion that it accepts to the end is
returned. If none of them is (an expression that this side cannot read, an intersection it does
not see), a search asks the engine itself, byte by byte.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Protocol

from qwen_app.decoding.json_schema.layout import lay_out
from qwen_app.decoding.json_schema.least_scalars import scalars
from qwen_app.decoding.json_schema.option import Option, dumps
from qwen_app.decoding.json_schema.reader import (
    Frame,
    Now,
    Place,
    Reader,
    Unexpected,
    unfinished,
)
from qwen_app.decoding.json_schema.shape import Shape

_MOST_TRIED = 48
"""Combinations of alternatives before the engine is asked byte by byte."""
_MOST_ASKED = 3_000
"""Questions to the engine in such a search."""
_MOST_ALIVE = 2_000
"""Of the alternatives of a scalar at hand, those that are looked at."""
_MOST_OPTIONS = 12
"""Of the alternatives of one value, those that are tried."""
_LONGEST_TOKEN = 16
"""Bytes that a token may have on average, in a text that is worth spelling."""
_MOST_TAILS = 4
"""Ways to end each open array or object that are tried."""


class Judge(Protocol):
    """What a completion is checked with: the engine at the place in question."""

    def accepts(self, tokens: Sequence[int]) -> bool:
        """These tokens are allowed from here and complete the document."""

    def prefix(self, tokens: Sequence[int]) -> int:
        """How many of these tokens are allowed from here."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Text that completes a document, as tokens that the engine accepts."""

    data: bytes
    tokens: tuple[int, ...]
    tail: bytes
    """The part of ``data`` after the end of the string, number or word at hand."""

    def after(self, data: bytes) -> "Completion":
        """What is left after its own first token, which is ``data``."""
        rest = self.data[len(data) :]
        return Completion(rest, self.tokens[1:], self.tail if len(self.tail) < len(rest) else rest)

    def __len__(self) -> int:
        return len(self.tokens)


class Closer:
    """Finds completions under one schema; keeps nothing of the answers.

    Args:
        spell: bytes to tokens.
        pretty: completions have the whitespace of `layout`.
    """

    def __init__(
        self, shape: Shape, spell: Callable[[bytes], list[int]], *, pretty: bool = False
    ) -> None:
        self.shape = shape
        self._reader = Reader(shape)
        self._pretty = pretty
        self._spell = lru_cache(maxsize=2_048)(spell)

    def complete(self, place: Place, judge: Judge, most: float) -> Completion | None:
        """A completion of at most ``most`` tokens, about the least; None if none was found."""
        tried: set[bytes] = set()
        for begin, rest in islice(self._texts(place, most), _MOST_TRIED):
            if begin + rest in tried:
                continue
            tried.add(begin + rest)
            if (found := self._laid_out(place, begin, rest, judge, most)) is not None:
                return found
        return self.search(place, judge, most)

    def end_now(self, place: Place, tail: bytes, judge: Judge, most: float) -> Completion | None:
        """A completion that ends the string or number at hand here, if it may end, and goes on
        with ``tail``; much cheaper than `complete`."""
        if not place.whole:
            return None
        return self._judged(b'"' if place.in_text else b"", tail, judge, most)

    def _laid_out(
        self, place: Place, begin: bytes, rest: bytes, judge: Judge, most: float
    ) -> Completion | None:
        if self._pretty:
            begin, rest = lay_out(self._reader, place, (begin, rest))
        return self._judged(begin, rest, judge, most)

    def _judged(self, begin: bytes, rest: bytes, judge: Judge, most: float) -> Completion | None:
        tokens = self._spell(begin + rest)
        if len(tokens) <= most and judge.accepts(tokens):
            return Completion(begin + rest, tuple(tokens), rest)
        return None

    # --- from the schema ----------------------------------------------------------------------

    def _texts(self, place: Place, most: float) -> Iterator[tuple[bytes, bytes]]:
        """Completions in two parts, the end of what is at hand and the rest; the likely cheapest
        first."""
        for begin, frame in self._beginnings(place):
            for rest in self._tails(frame, most):
                yield begin, rest

    def _beginnings(self, place: Place) -> Iterator[tuple[bytes, Frame | None]]:
        """Ends of what is at hand, each with the frame as it is then."""
        now, frame = place.now, place.frame
        if now is Now.END:
            yield b"", None
        elif now is Now.VALUE:
            for option in self._ranked(place.options):
                yield self.shape.least(option).encode(), _counted(frame)
        elif now in (Now.STRING, Now.NUMBER, Now.WORD):
            for end in self._scalar_ends(place):
                yield end, _counted(frame)
        elif frame is None:
            return
        elif now is Now.COLON:
            for value in self._member_values(frame):
                yield f":{value}".encode(), _counted(frame)
        elif now is Now.KEY:
            for key_end, key in self._key_ends(place, frame):
                keyed = _keyed(frame, key)
                for value in self._member_values(keyed):
                    yield key_end + f":{value}".encode(), _counted(keyed)
        elif now is Now.MEMBER or (now is Now.OPENED and place.space):
            yield from self._members(frame)
        else:  # OPENED or AFTER: the tail says what is missing
            yield b"", frame

    def _ranked(self, options: tuple[Option, ...]) -> list[Option]:
        return self.shape.ranked(options)[:_MOST_OPTIONS]

    def _member_values(self, frame: Frame) -> Iterator[str]:
        for option in self._ranked(self.shape.at_hand(frame)):
            yield self.shape.least(option)

    def _scalar_ends(self, place: Place) -> Iterator[bytes]:
        text = place.text
        if place.now is Now.STRING and not place.whole:
            for end in _escape_ends(place):
                yield from (
                    end + more
                    for more in self._scalar_ends(
                        Place(Now.STRING, place.frame, place.options, text + end)
                    )
                )
            return
        try:
            written = text.decode()
        except UnicodeDecodeError:
            return
        if len(place.options) == 1:
            for whole in scalars(place.options[0], written):
                yield whole.encode()[len(text) :]
            return
        found: dict[bytes, None] = {}
        for option in place.options[:_MOST_ALIVE]:
            ends = islice(scalars(option, written), 4)
            found |= {end.encode()[len(text) :]: None for end in ends}
        yield from sorted(found, key=len)[:40]

    def _key_ends(self, place: Place, frame: Frame) -> Iterator[tuple[bytes, str]]:
        """Ends of a key, closing quote included, and the whole key."""
        text = place.text
        if not place.whole:
            for end in _escape_ends(place):
                longer = Place(Now.KEY, frame, text=text + end)
                yield from ((end + more, key) for more, key in self._key_ends(longer, frame))
            return
        try:
            written = text.decode()
        except UnicodeDecodeError:
            return
        found: dict[str, float] = {}
        for option in frame.options[:_MOST_OPTIONS]:
            for key, node in option.rules.get("properties", {}).items():
                if node is not False and key not in frame.written:
                    spelled = dumps(key)
                    if spelled.startswith(written):
                        found[key] = len(spelled) + self.shape.node_cost(node)
        required = {k for o in frame.options for k in o.rules.get("required", ())}
        order = sorted(found, key=lambda key: (key not in required, found[key]))
        yield from ((dumps(key).encode()[len(text) :], key) for key in order[:12])
        for more in ("", "_", "1", "2", "3", "x", "_1", "_2"):
            try:
                key = json.loads(written + more + '"', strict=False)
            except ValueError:
                return
            if key not in frame.written and key not in found:
                yield f'{more}"'.encode(), key

    def _members(self, frame: Frame) -> Iterator[tuple[bytes, Frame | None]]:
        """After a comma (or instead of an empty object): one more member or item."""
        if not frame.is_object:
            for text in self._member_values(frame):
                yield text.encode(), _counted(frame)
            return
        keys: dict[str, float] = {}
        for option in frame.options[:_MOST_OPTIONS]:
            needed = [key for key, _ in self.shape.needed(option, frame.written)]
            for key in needed[:1]:
                keys.setdefault(key, 0.0)
            for key, node in option.rules.get("properties", {}).items():
                if node is not False and key not in frame.written and key not in keys:
                    keys[key] = 1.0 + self.shape.node_cost(node)
            for key in self.shape.other_keys(option, frame.written, 1):
                keys.setdefault(key, 1e5)
        for key in sorted(keys, key=keys.__getitem__)[:24]:
            keyed = _keyed(frame, key)
            for text in islice(self._member_values(keyed), 3):
                yield f"{dumps(key)}:{text}".encode(), _counted(keyed)

    def _tails(self, frame: Frame | None, most: float) -> Iterator[bytes]:
        """What ends a frame that is between members, and all around it."""
        if frame is None:
            yield b""
            return
        outer = _counted(frame.parent)
        for end in islice(self._ends(frame, most), _MOST_TAILS):
            for rest in self._tails(outer, most):
                yield end + rest

    def _ends(self, frame: Frame, most: float) -> Iterator[bytes]:
        found: dict[str, float] = {}
        for option in frame.options[:_MOST_OPTIONS]:
            if frame.is_object:
                needed = self.shape.needed(option, frame.written)
                pairs = [(f"{dumps(key)}:", node) for key, node in needed]
            else:
                least = int(option.rules.get("minItems", 0))
                items = range(frame.count, min(least, frame.count + 100_000))
                pairs = [("", self.shape.item(option, index)) for index in items]
            if len(pairs) > most:
                continue
            cost = sum(self.shape.node_cost(node) for _, node in pairs)
            if cost > most * _LONGEST_TOKEN:
                continue
            members = [key + self._cheapest(node) for key, node in pairs]
            if frame.count and members:
                members.insert(0, "")
            text = ",".join(members) + ("}" if frame.is_object else "]")
            found.setdefault(text, cost)
        for text in sorted(found, key=found.__getitem__):
            yield text.encode()

    def _cheapest(self, node: object) -> str:
        return self.shape.least(self.shape.ranked(self.shape.options(node))[0])

    # --- from the engine ----------------------------------------------------------------------

    def search(self, place: Place, judge: Judge, most: float) -> Completion | None:
        """Depth first over single bytes that bring the end nearer, as far as can be told without
        understanding: ends and closing brackets first, then digits and letters."""
        if place.space and place.now is Now.OPENED:
            return None  # the layout has begun a line, which only a member may stand on
        asked = 0
        heads = _FIRST_IN_TEXT if place.in_text else _FIRST
        stack: list[tuple[bytes, int]] = [(b"", 0)]
        while stack and asked < _MOST_ASKED:
            done, depth = stack.pop()
            tokens = self._spell(done)
            asked += 1
            if not self._is_plausible(place, done):
                continue
            if judge.accepts(tokens):
                return self._laid_out(place, done, b"", judge, most)
            if depth >= 64 or len(tokens) >= most:
                continue
            fitting = []
            for head in heads:
                asked += 1
                longer = self._spell(done + head)
                if judge.prefix(longer) == len(longer):
                    fitting.append(done + head)
                    if len(fitting) == 2:
                        break
            stack += [(text, depth + 1) for text in reversed(fitting)]
        return None

    def _is_plausible(self, place: Place, data: bytes) -> bool:
        """Whether the text has no key twice, of which the engine keeps no account."""
        try:
            self._reader.read(place, data)
        except Unexpected:
            return False
        return True


_FIRST_IN_TEXT = [bytes([byte]) for byte in b'"}],:0aA1e-_./@ {[' if byte not in b"{["] + [
    bytes([byte]) for byte in b"23456789bcdfghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ"
]
_FIRST_IN_TEXT += [bytes([byte]) for byte in b"+#%&*=?!()<>;~^|$'`\\u"] + [
    b"\x80",
    b"\xa0",
    b"\x90",
]
_FIRST = [b"}", b"]", b'"', b":", b"0", b"1", b"null", b"true", b"false", b"[", b"{", b","]
_FIRST += _FIRST_IN_TEXT


def _keyed(frame: Frame, key: str) -> Frame:
    return Frame(frame.parent, True, frame.options, frame.written, frame.count, key)


def _counted(frame: Frame | None) -> Frame | None:
    """The frame once the member or item at hand is finished."""
    if frame is None:
        return None
    written = frame.written | {frame.key} if frame.is_object else frame.written
    return Frame(frame.parent, frame.is_object, frame.options, written, frame.count + 1, frame.key)


def _escape_ends(place: Place) -> list[bytes]:
    """Bytes that end the escape or the character at the end of the text."""
    if place.escape == 1:
        return [b"n", b"u0001", b'"']
    if place.escape:
        digits = 6 - place.escape
        return [b"0" * digits, b"0" * (digits - 1) + b"1", b"1" * digits, b"f" * digits]
    missing = unfinished(place.text)
    lead = place.text[-1]
    firsts = [b"\x80", b"\xa0", b"\x90", b"\xbf"]
    if lead in (0xE0, 0xF0):
        firsts = [b"\xbf", b"\xa0", b"\x90"]
    return [first + b"\x80" * (missing - 1) for first in firsts]
