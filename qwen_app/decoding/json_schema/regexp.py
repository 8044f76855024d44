"""Shortest strings of a regular expression, also of what is left after a beginning of one.

A constraint on its way through a string asks: what is the least to write so that the string may
end? Expressions are kept as trees, and the rest after a character is again a tree (Brzozowski's
derivative), so the answer is read off the tree: of an alternative the shorter, of a sequence the
parts one after another. The grammar engine judges every answer, so this side may be incomplete:
it never loops. `regexp_syntax` makes the trees.
"""

from dataclasses import dataclass
from functools import lru_cache

Ranges = tuple[tuple[int, int], ...]
"""Code points, inclusive, ascending."""

LAST = 0x10FFFF
_NICE = "a0A1- ._/:@e"
"""Preferred where a class leaves the choice."""
MOST_NODES = 4_000
_MOST_LENGTH = 4_000

ANY: Ranges = ((0, LAST),)


@dataclass(frozen=True)
class Node:
    """A regular expression; equal ones are equal, so what is derived of them is remembered."""

    def __hash__(self) -> int:
        # Once for each tree: of a deep one it takes long, and every memory asks for it.
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            parts = tuple(v for k, v in self.__dict__.items() if k != "_hash")
            known = hash((type(self).__name__, parts))
            self.__dict__["_hash"] = known
        return known


@dataclass(frozen=True)
class Chars(Node):
    __hash__ = Node.__hash__
    ranges: Ranges


@dataclass(frozen=True)
class Sequence(Node):
    __hash__ = Node.__hash__
    first: Node
    rest: Node


@dataclass(frozen=True)
class Either(Node):
    __hash__ = Node.__hash__
    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat(Node):
    __hash__ = Node.__hash__
    node: Node
    least: int
    most: int | None


@dataclass(frozen=True)
class Empty(Node):
    __hash__ = Node.__hash__
    """Matches the empty string."""


EMPTY = Empty()
NOTHING = Either(())
ANYTHING = Repeat(Chars(ANY), 0, None)


def sequence(first: Node, rest: Node) -> Node:
    if NOTHING in (first, rest):
        return NOTHING
    if first == EMPTY:
        return rest
    return first if rest == EMPTY else Sequence(first, rest)


def either(*options: Node) -> Node:
    flat: dict[Node, None] = {}
    for option in options:
        flat.update(dict.fromkeys(option.options if isinstance(option, Either) else (option,)))
    return next(iter(flat)) if len(flat) == 1 else Either(tuple(flat))


def repeat(node: Node, least: int, most: int | None) -> Node:
    if most == 0 or node == EMPTY:
        return EMPTY
    if (least, most) == (1, 1):
        return node
    if node == NOTHING:
        return NOTHING if least else EMPTY
    return Repeat(node, least, most)


# --- what is left after a character ---------------------------------------------------------


@lru_cache(maxsize=20_000)
def nullable(node: Node) -> bool:
    match node:
        case Sequence(first, rest):
            return nullable(first) and nullable(rest)
        case Either(options):
            return any(map(nullable, options))
        case Repeat(inner, least, _):
            return least == 0 or nullable(inner)
        case _:
            return node == EMPTY


@lru_cache(maxsize=50_000)
def after(node: Node, character: str) -> Node:
    """What may follow ``character``; `NOTHING` if it may not stand here."""
    match node:
        case Chars(ranges):
            point = ord(character)
            return EMPTY if any(low <= point <= high for low, high in ranges) else NOTHING
        case Sequence(first, rest):
            stepped = sequence(after(first, character), rest)
            return either(stepped, after(rest, character)) if nullable(first) else stepped
        case Either(options):
            return either(*(after(option, character) for option in options))
        case Repeat(inner, least, most):
            fewer = repeat(inner, max(least - 1, 0), None if most is None else most - 1)
            return sequence(after(inner, character), fewer)
        case _:
            return NOTHING


def after_text(node: Node, text: str) -> Node:
    for begin in range(0, len(text), _CHUNK):
        node = _after_chunk(node, text[begin : begin + _CHUNK])
    return node


@lru_cache(maxsize=10_000)
def _after_chunk(node: Node, text: str) -> Node:
    """A long string that grows is not read from its beginning each time."""
    for character in text:
        node = after(node, character)
        if node == NOTHING or size(node) > MOST_NODES:
            break
    return node


_CHUNK = 32


@lru_cache(maxsize=20_000)
def size(node: Node) -> int:
    match node:
        case Sequence(first, rest):
            return size(first) + size(rest)
        case Either(options):
            return sum(map(size, options), 1)
        case Repeat(inner, _, _):
            return size(inner) + 1
        case _:
            return 1


# --- the shortest string --------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def shortest(node: Node, least: int = 0) -> str | None:
    """A short string that matches, of at least ``least`` characters; None if none was found."""
    match node:
        case Chars(ranges):
            return _nice(ranges) if least <= 1 and ranges else None
        case Sequence(first, rest):
            return _shortest_pair(first, rest, least)
        case Either(options):
            found = [text for o in options if (text := shortest(o, least)) is not None]
            return min(found, key=len, default=None)
        case Repeat(inner, low, high):
            return _shortest_repeat(inner, low, high, least)
        case _:
            return "" if least <= 0 else None


def _shortest_pair(first: Node, rest: Node, least: int) -> str | None:
    a, b = shortest(first), shortest(rest)
    if a is None or b is None:
        return None
    if len(a) + len(b) >= least:
        return a + b
    found = []
    if (longer := shortest(rest, least - len(a))) is not None:
        found.append(a + longer)
    if (longer := shortest(first, least - len(b))) is not None:
        found.append(longer + b)
    if not found and (bound := _longest(first)) is not None:
        longer, others = shortest(first, bound), shortest(rest, least - bound)
        if longer is not None and others is not None:
            found.append(longer + others)
    return min(found, key=len, default=None)


def _shortest_repeat(inner: Node, low: int, high: int | None, least: int) -> str | None:
    if low == 0 and least <= 0:
        return ""
    one = shortest(inner, 1 if least > 0 else 0)
    if one is None:
        return None
    count = max(low, -(-least // len(one)) if least > 0 else low)
    if high is not None and count > high:
        count = high
        one = shortest(inner, -(-least // high))
        if one is None:
            return None
    if count * max(len(one), 1) > _MOST_LENGTH:
        return None
    if least <= 0:
        return one * count
    plain = shortest(inner) or ""
    # Copies beyond the length that is asked for are as short as can be.
    used = min(count, -(-least // len(one)))
    return one * used + plain * (count - used)


@lru_cache(maxsize=20_000)
def _longest(node: Node) -> int | None:
    """Characters of the longest match; None is no bound."""
    parts: list[int | None]
    match node:
        case Chars():
            return 1
        case Sequence(first, rest):
            parts = [_longest(first), _longest(rest)]
            return None if None in parts else sum(p for p in parts if p is not None)
        case Either(options):
            parts = [_longest(option) for option in options]
            return None if None in parts else max((p for p in parts if p is not None), default=0)
        case Repeat(inner, _, high):
            one = _longest(inner)
            return None if one is None or high is None else one * high
        case _:
            return 0


def _nice(ranges: Ranges) -> str:
    for character in _NICE:
        if any(low <= ord(character) <= high for low, high in ranges):
            return character
    for low, high in ranges:
        for point in range(max(low, 33), min(high, low + 200) + 1):
            if chr(point) not in '"\\' and point != 0x7F and not 0xD800 <= point <= 0xDFFF:
                return chr(point)
    return chr(ranges[0][0])
