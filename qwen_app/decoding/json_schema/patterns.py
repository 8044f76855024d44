"""Regular expressions of JSON Schema (ECMA-262), for two engines and without surprises.

One reading of a pattern gives two spellings: one for the grammar, in the syntax of Rust's regex
crate, where it can say the same, and one for `regex`, which checks finished documents under a
time limit. ``\\d`` and ``\\w`` are ASCII in both, as ECMA-262 has them; ``^`` and ``$`` are the
ends of the whole string.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MOST_CHARACTERS = 20_000
"""Longer patterns are refused: a compiled one takes some hundred times its length in memory."""
MOST_REPEATED = 100_000
"""Characters after groups such as ``(ab){1000}`` are written out, as `regex` does: some 40 MB."""
SECONDS = 0.25
"""For one search. Patterns that blow up on their subject end here instead of hanging."""

_DIGIT = "0-9"
_WORD = "0-9A-Z_a-z"
_SPACE = r"\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SETS = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROL = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11}
_EDGE = (
    f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
)


class PatternTimeout(Exception):
    """A search took longer than `SECONDS`."""


class BadPattern(ValueError):
    """No engine can read the pattern."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in both spellings."""

    rust: str | None
    """For the grammar; None where Rust's syntax has no equal (look-around, back-references)."""
    search: Callable[[str], bool]
    """Whether the pattern is found in a text. Raises `PatternTimeout`."""
    loose: bool = False
    """The grammar allows more than the pattern: llguidance 1.9 takes an escaped quote or
    backslash for a member of a class that has control characters, whether it is one or not."""


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> Pattern:
    """Read an ECMA-262 pattern.

    Raises:
        BadPattern: it is malformed, or longer than `MOST_CHARACTERS`.
    """
    import regex

    if len(text) > MOST_CHARACTERS:
        raise BadPattern(f"{len(text)} characters; at most {MOST_CHARACTERS} are allowed")
    reader = _Reader(text)
    try:
        reader.read()
        compiled = regex.compile("".join(reader.python), regex.VERSION1)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise BadPattern(str(error) or type(error).__name__) from None

    def search(subject: str) -> bool:
        try:
            return compiled.search(subject, timeout=SECONDS) is not None
        except TimeoutError:
            raise PatternTimeout(text[:100]) from None

    rust = "".join(reader.rust) if reader.regular else None
    return Pattern(rust, search, any(map(_loose, reader.classes)))


@lru_cache(maxsize=1024)
def _loose(characters: str) -> bool:
    import regex

    has = regex.compile(characters, regex.VERSION1).fullmatch
    return bool(has("\x1b")) and not (has('"') and has("\\"))


def literal(text: str) -> str:
    """A pattern, in both engines' syntax, for exactly these characters."""
    return "".join(map(_character, map(ord, text)))


def anything_but(texts: Any) -> str:
    """A pattern of Rust's syntax for every string that is none of ``texts``."""
    tree: dict[str, Any] = {}
    for text in texts:
        node = tree
        for character in text:
            node = node.setdefault(character, {})
        node[""] = {}
    return f"^(?:{_complement(tree)})$"


def _complement(tree: dict[str, Any]) -> str:
    """Strings that leave the tree of characters somewhere, or end where no text ends."""
    children = {character: node for character, node in tree.items() if character}
    if not children:
        return r"[\s\S]+" if "" in tree else r"[\s\S]*"
    first = "".join(map(literal, children))
    options = [rf"[^{first}][\s\S]*"]
    options += [f"{literal(c)}(?:{_complement(node)})" for c, node in children.items()]
    body = "|".join(options)
    return body if "" in tree else f"(?:{body})?"


def _character(code: int) -> str:
    if code < 128 and chr(code).isalnum():
        return chr(code)
    return f"\\u{code:04x}" if code < 0x10000 else chr(code)


class _Reader:
    """One pass over a pattern. ``regular``: Rust's syntax can say it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.python: list[str] = []
        self.rust: list[str] = []
        self.classes: set[str] = set()
        self.regular = True
        self._sizes = [0]
        """Of each open group, its size with repetitions written out."""
        self._last = 0
        """The size of what a quantifier would apply to."""

    def read(self) -> None:
        while self.at < len(self.text):
            character = self._next()
            size = 1
            if character == "\\":
                self._escape()
            elif character == "[":
                self._class()
            elif character == "(":
                self._sizes.append(0)
                self._group()
                size = 0
            elif character == "{":
                size = self._braces()
            elif character == ".":
                self._both(r"[^\u000a\u000d\u2028\u2029]")
            elif character == "$":
                self.python.append(r"\Z")
                self.rust.append("$")
            elif character in "*+?|)^":
                self._both(character)
                size = 0
                if character in "*+?":
                    self._lazy()
                if character == ")" and len(self._sizes) > 1:
                    size = self._sizes.pop()
            else:
                self._both(_character(ord(character)))
            self._sizes[-1] += size
            self._last = size
            if self._sizes[-1] > MOST_REPEATED:
                raise BadPattern(f"its repetitions write out to over {MOST_REPEATED} characters")

    def _next(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def _peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def _both(self, piece: str) -> None:
        self.python.append(piece)
        self.rust.append(piece)

    def _irregular(self, piece: str) -> None:
        self.python.append(piece)
        self.regular = False

    def _lazy(self) -> None:
        """``?`` after a quantifier changes which match is found, not whether there is one."""
        if self._peek() == "?":
            self.python.append(self._next())
        elif self._peek() == "+":
            self._irregular(self._next())  # possessive: not ECMA, but what an author meant

    def _braces(self) -> int:
        """Returns by how much the repetition makes the pattern larger."""
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at : end].partition(",")
        numbers = (least or "0") + most
        if end < 0 or not (least or most) or not (numbers.isdigit() and numbers.isascii()):
            self._both(_character(ord("{")))
            return 1
        self.at = end + 1
        self._both(f"{{{int(least or 0)}{comma}{int(most) if most else ''}}}")
        self._lazy()
        return self._last * max(int(least or 0) - 1, 0)

    def _group(self) -> None:
        for opening in ("?=", "?!", "?<=", "?<!", "?>"):
            if self._peek(len(opening)) == opening:
                self.at += len(opening)
                self._irregular("(" + opening)
                return
        if self._peek() != "?":
            self._both("(")
            return
        if self._peek(3) == "?P=":  # Python's back-reference
            end = self._until(")")
            self._irregular("(" + self.text[self.at : end])
            self._sizes.pop()
            self.at = end
        elif self._peek(2) == "?#":
            self.at = self._until(")")
        elif self._peek(2) == "?<" or self._peek(3) == "?P<":
            start = self.at + self._peek(3).index("<") + 1
            self.at = self._until(">")
            self.python.append(f"(?P<{self.text[start : self.at - 1]}>")
            self.rust.append("(")
        elif self._peek(2) == "?:":
            self.at += 2
            self._both("(?:")
        else:
            end = self.at + 1
            while end < len(self.text) and self.text[end] in "ims-":
                end += 1
            if self.text[end : end + 1] not in {":", ")"}:
                raise BadPattern(f"unknown group at character {self.at}")
            self._both("(" + self.text[self.at : end + 1])
            self.at = end + 1

    def _until(self, sign: str) -> int:
        end = self.text.find(sign, self.at)
        if end < 0:
            raise BadPattern(f"'{sign}' is missing after character {self.at}")
        return end + 1

    def _escape(self) -> None:
        sign = self._peek()
        if sign.lower() in _SETS and sign:
            self.at += 1
            self._both(f"[{'^' if sign.isupper() else ''}{_SETS[sign.lower()]}]")
        elif sign in {"b", "B"}:
            self.at += 1
            self._irregular(_EDGE[sign == "B"])
        elif sign in {"A", "Z", "z"}:  # not ECMA, yet what authors who write it mean
            self.at += 1
            self.python.append(r"\A" if sign == "A" else r"\Z")
            self.rust.append("^" if sign == "A" else "$")
        elif sign in {"p", "P"} and self._peek(2)[1:] == "{":
            end = self._until("}")
            self._both("\\" + self.text[self.at : end])
            self.at = end
        elif sign == "k" and self._peek(2)[1:] == "<":
            end = self._until(">")
            self._irregular(f"(?P={self.text[self.at + 2 : end - 1]})")
            self.at = end
        elif sign and sign in "123456789":
            digits = ""
            while (digit := self._peek()) and digit in "0123456789":
                digits += self._next()
            self._irregular(f"(?:\\{digits})")
        else:
            self._both(_character(self._code()))

    def _code(self) -> int:
        """The character after a backslash, as its code point."""
        if self.at >= len(self.text):
            raise BadPattern("it ends in a lone backslash")
        sign = self._next()
        if sign in _CONTROL:
            return _CONTROL[sign]
        if sign == "0":
            return 0
        if sign == "c" and self._peek().isalpha() and self._peek().isascii():
            return ord(self._next()) % 32
        if sign == "x" and (code := self._hex(2)) is not None:
            return code
        if sign == "u" and self._peek() == "{":
            end = self.text.find("}", self.at)
            code = int(self.text[self.at + 1 : end] or "x", 16)
            self.at = end + 1
            return code
        if sign == "u" and (code := self._hex(4)) is not None:
            if 0xD800 <= code < 0xDC00 and self._peek(2) == "\\u":
                self.at += 2
                low = self._hex(4)
                if low is not None and 0xDC00 <= low < 0xE000:
                    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                raise BadPattern("half of a surrogate pair")
            return code
        return ord(sign)

    def _hex(self, length: int) -> int | None:
        digits = self._peek(length)
        if len(digits) < length or any(d not in "0123456789abcdefABCDEF" for d in digits):
            return None
        self.at += length
        return int(digits, 16)

    def _class(self) -> None:
        negated = self._peek() == "^"
        self.at += negated
        pieces: list[str] = []
        first = True
        while True:
            if self.at >= len(self.text):
                raise BadPattern("a character class is not closed")
            # A bracket that comes first stands for itself, as in most engines but ECMA's.
            if self._peek() == "]" and not first:
                self.at += 1
                break
            first = False
            low = self._member()
            if isinstance(low, str):
                pieces.append(low)
            elif self._peek() == "-" and self._peek(2)[1:] not in {"]", ""}:
                mark = self.at
                self.at += 1
                high = self._member()
                if isinstance(high, str):  # "a-\\d": the hyphen stands for itself
                    self.at = mark
                    pieces.append(_character(low))
                elif high < low:
                    raise BadPattern("a range in a character class is out of order")
                else:
                    pieces.append(f"{_character(low)}-{_character(high)}")
            else:
                pieces.append(_character(low))
        whole = f"[{'^' if negated else ''}{''.join(pieces)}]"
        self.classes.add(whole)
        self._both(whole)

    def _member(self) -> int | str:
        """A character's code point, or the text of a set inside a class."""
        character = self._next()
        if character != "\\":
            return ord(character)
        sign = self._peek()
        if sign and sign.lower() in _SETS:
            self.at += 1
            body = _SETS[sign.lower()]
            return f"[^{body}]" if sign.isupper() else body
        if sign in {"p", "P"} and self._peek(2)[1:] == "{":
            end = self._until("}")
            name = self.text[self.at : end]
            self.at = end
            return "\\" + name
        if sign == "b":
            self.at += 1
            return 8
        return self._code()
