"""Shortest strings of a regular expression, also of what is left after a beginning of one.

A constraint on its way through a string asks: what is the least to write so that the string may
end? Expressions are kept as trees, and the rest after a character is again a tree (Brzozowski's
derivative), so the answer is read off the tree: of an alternative the shorter, of a sequence the
parts one after another. The grammar engine judges every answer, so this side may be incomplete:
what it cannot read it says so, and it never loops.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

Ranges = tuple[tuple[int, int], ...]
"""Code points, inclusive, ascending."""

_LAST = 0x10FFFF
_NICE = "a0A1- ._/:@e"
"""Preferred where a class leaves the choice."""
_MOST_NODES = 4_000
_MOST_LENGTH = 4_000

DIGITS: Ranges = ((48, 57),)
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Ranges = ((9, 13), (32, 32), (0x85, 0x85), (0xA0, 0xA0), (0x2028, 0x2029), (0x3000, 0x3000))
ANY: Ranges = ((0, _LAST),)
_ESCAPES = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "a": 7, "0": 0}
_PROPERTIES: dict[str, Ranges] = {
    "L": ((65, 90), (97, 122), (0xC0, 0xD6), (0xD8, 0xF6), (0x4E00, 0x9FFF)),
    "Letter": ((65, 90), (97, 122), (0xC0, 0xD6), (0xD8, 0xF6), (0x4E00, 0x9FFF)),
    "Lu": ((65, 90),),
    "Ll": ((97, 122),),
    "N": DIGITS,
    "Nd": DIGITS,
    "Han": ((0x4E00, 0x9FFF),),
    "P": ((33, 35), (37, 42), (44, 47), (58, 59), (63, 64), (91, 93), (95, 95)),
}
"""Parts of Unicode's classes: enough to write a member of each."""


class Unreadable(ValueError):
    """The pattern has something that this module does not know."""


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
        if node == NOTHING or size(node) > _MOST_NODES:
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


# --- reading a pattern ----------------------------------------------------------------------


@lru_cache(maxsize=512)
def parse(pattern: str, *, anchored: bool = False) -> Node:
    """Args:
        pattern: Rust's syntax, as far as it is common.
        anchored: it must match the whole string; otherwise it is searched for.

    Raises:
        Unreadable: something else.
    """
    reader = _Reader(pattern)
    tree = reader.alternatives(anchored=anchored, top=True)
    if reader.at < len(pattern):
        raise Unreadable(pattern)
    if size(tree) > _MOST_NODES:
        raise Unreadable("too large")
    return tree


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise Unreadable(self.pattern)
        self.at += 1
        return self.pattern[self.at - 1]

    def _skip(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def alternatives(self, *, anchored: bool, top: bool = False) -> Node:
        self.depth += 1
        if self.depth > 60:
            raise Unreadable("too deep")
        options = [self._branch(anchored, top)]
        while self._skip("|"):
            options.append(self._branch(anchored, top))
        self.depth -= 1
        return either(*options)

    def _branch(self, anchored: bool, top: bool) -> Node:
        begins = ends = anchored or not top
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            if top and not parts and (self._skip("^") or self._skip(r"\A")):
                begins = True
            elif top and (self._skip("$") or self._skip(r"\z")):
                if self._peek() not in ("", "|"):
                    raise Unreadable(self.pattern)
                ends = True
            else:
                parts.append(self._repeated())
        # ^(...)$ around everything is common, and so are anchors inside it; the latter are not
        # read.
        tree: Node = EMPTY if ends else ANYTHING
        for part in reversed(parts):
            tree = sequence(part, tree)
        return tree if begins else sequence(ANYTHING, tree)

    def _repeated(self) -> Node:
        node = self._atom()
        while True:
            if self._skip("*"):
                node = repeat(node, 0, None)
            elif self._skip("+"):
                node = repeat(node, 1, None)
            elif self._skip("?"):
                node = repeat(node, 0, 1)
            elif self._peek() == "{":
                node = repeat(node, *self._counts())
            else:
                return node
            self._skip("?")

    def _counts(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at + 1 : end].partition(",")
        self.at = end + 1
        try:
            least = int(low or 0)
            return least, (int(high) if high else None) if comma else least
        except ValueError:
            raise Unreadable(self.pattern) from None

    def _atom(self) -> Node:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return Chars(self._klass())
        if character == ".":
            return Chars(_without(((10, 10),)))
        if character == "\\":
            ranges = self._escape()
            return Chars(ranges)
        if character in "^$*+?{":
            raise Unreadable(self.pattern)
        return Chars(((ord(character), ord(character)),))

    def _group(self) -> Node:
        if self._skip("?"):
            if self._skip("P<") or (self._peek() == "<" and self._skip("<")):
                if self._peek() in ("=", "!"):
                    raise Unreadable(self.pattern)
                self.at = self.pattern.find(">", self.at) + 1
            elif not (self._skip(":") or self._skip("s:")):
                raise Unreadable(self.pattern)
        inner = self.alternatives(anchored=True)
        if self._next() != ")":
            raise Unreadable(self.pattern)
        return inner

    def _escape(self) -> Ranges:
        c = self._next()
        if c in "dDwWsS":
            ranges = {"d": DIGITS, "w": WORD, "s": SPACE}[c.lower()]
            return ranges if c.islower() else _without(ranges)
        if c in "pP":
            name = self._next()
            if name == "{":
                end = self.pattern.find("}", self.at)
                name, self.at = self.pattern[self.at : end], end + 1
            name = name.rpartition("=")[2]
            if name not in _PROPERTIES:
                raise Unreadable(self.pattern)
            return _PROPERTIES[name] if c == "p" else _without(_PROPERTIES[name])
        if c in "xuU" and (point := self._hexadecimal({"x": 2, "u": 4, "U": 8}[c])) is not None:
            return ((point, point),)
        if c.isalnum() and c not in _ESCAPES:
            raise Unreadable(self.pattern)
        point = _ESCAPES.get(c, ord(c))
        return ((point, point),)

    def _hexadecimal(self, digits: int) -> int | None:
        if self._skip("{"):
            end = self.pattern.find("}", self.at)
            text, self.at = self.pattern[self.at : end], end + 1
        else:
            text = self.pattern[self.at : self.at + digits]
            self.at += digits
        try:
            return int(text, 16)
        except ValueError:
            raise Unreadable(self.pattern) from None

    def _klass(self) -> Ranges:
        negated = self._skip("^")
        parts: list[tuple[int, int]] = []
        first = True
        while first or self._peek() != "]":
            first = False
            if self._peek() == "[" or self.pattern.startswith(("&&", "--", "~~"), self.at):
                raise Unreadable(self.pattern)
            low = self._member()
            one = len(low) == 1 and low[0][0] == low[0][1]
            if one and self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                high = self._member()
                parts.append((low[0][0], high[-1][1]))
            else:
                parts += low
        self.at += 1
        ranges = _merged(parts)
        return _without(ranges) if negated else ranges

    def _member(self) -> Ranges:
        c = self._next()
        return self._escape() if c == "\\" else ((ord(c), ord(c)),)


def _merged(parts: list[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _without(ranges: Ranges) -> Ranges:
    return tuple(_gaps(_merged(list(ranges))))


def _gaps(ranges: Ranges) -> Iterator[tuple[int, int]]:
    begin = 0
    for low, high in ranges:
        if begin < low:
            yield begin, low - 1
        begin = high + 1
    if begin <= _LAST:
        yield begin, _LAST


FORMATS = {
    "date-time": "^DATE[tT]TIME$",
    "date": "^DATE$",
    "time": "^TIME$",
    "duration": r"^P([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D|[0-9]+W)"
    r"(T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S))?$"
    r"|^PT([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S)$",
    "email": r"^WORD(\.WORD)*@SUB(\.SUB)*$",
    "hostname": r"^HOST(\.HOST)*$",
    "ipv4": r"^(BYTE\.){3}BYTE$",
    "ipv6": r"^(HEX:){7}HEX$|^(HEX(:HEX){0,6})?::(HEX(:HEX){0,6})?$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": r"^[a-zA-Z][a-zA-Z0-9+\-.]*:([A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]|%[0-9a-fA-F]{2})*$",
}
"""What strings of these formats look like, close enough to end one; the grammar engine's own
expressions decide."""

_PIECES = {
    "DATE": r"((2[0-9]{3}|[0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]|29|30|31))",
    "TIME": r"(CLOCK:([0-5][0-9]|60)(\.[0-9]+)?([zZ]|[+\-]CLOCK))",
    "CLOCK": r"([01][0-9]|2[0-3]):[0-5][0-9]",
    "WORD": r"[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~]+",
    "SUB": r"[a-zA-Z0-9]([a-zA-Z0-9\-]*[a-zA-Z0-9])?",
    "HOST": r"[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?",
    "BYTE": r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])",
    "HEX": r"[0-9a-fA-F]{1,4}",
}


def format_expression(name: str) -> Node:
    """Raises:
    Unreadable: an unknown format.
    """
    pattern = FORMATS.get(name)
    if pattern is None:
        raise Unreadable(name)
    for piece, text in _PIECES.items():
        pattern = pattern.replace(piece, text)
    return parse(pattern)
