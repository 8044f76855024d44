"""Patterns and formats, as grammars have them, read as the trees of `regexp`.

What is not read is refused with `Unreadable`; the grammar engine is then asked instead.
"""

from collections.abc import Iterator
from functools import lru_cache

from qwen_app.decoding.json_schema.regexp import (
    ANYTHING,
    EMPTY,
    LAST,
    MOST_NODES,
    Chars,
    Node,
    Ranges,
    either,
    repeat,
    sequence,
    size,
)

DIGITS: Ranges = ((48, 57),)
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Ranges = ((9, 13), (32, 32), (0x85, 0x85), (0xA0, 0xA0), (0x2028, 0x2029), (0x3000, 0x3000))
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
    if size(tree) > MOST_NODES:
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
    if begin <= LAST:
        yield begin, LAST


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
