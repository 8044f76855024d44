"""What the arithmetic guard must know of a vocabulary: which tokens could slip past it."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

import numpy as np

from qwen_app.decoding.constraint import Bitmask
from qwen_app.text.tokenizer import Tokenizer

_SIGN: Final = r"(?:=|＝|≈|≒|≐|约?等于|\bequals\b|\\approx\b)"
_SLIPS: Final = re.compile(rf"^(.*?){_SIGN}(.*)$", re.DOTALL)
_ENDS_NUMBER: Final = re.compile(r"(?:^|[\d)）\]］}}%％²³⁰-⁹０-９&*])[ \t]*$")

_CLOSERS: Final = r"(?:[ \t]|\*\*|[$`)）\]］”’\"'}]|\\[)\]])*"
_EXTENDS: Final = re.compile(
    _CLOSERS
    + r"""(?:
      [0-9０-９] | [-+/×÷·∙⋅^²³⁰¹⁴-⁹(（\[［{√π%％‰!_−–＋－＊／½⅓¼¾⅔∗⁄∕…余又万亿]+
    | \*(?!\*) | \.\.
    | \\(?:times|div|cdot|[dt]?frac|sqrt|left|pi|%|pm|mp|over|bmod|mod|ast|\*)
    | [xXyzR](?![A-Za-z])
    | (?:percent|million|billion|thousand|hundred|dozen|times|plus|minus|divided|remainder|pi)\b
    | [加减乘除]
    )""",
    re.VERBOSE,
)
"""A number that these follow is another number, or the beginning of another calculation."""
_BRACKET: Final = re.compile(_CLOSERS + r"[(（]")
_OPERATES: Final = re.compile(_CLOSERS + r"(?:[-+*×÷·−–＋－＊](?!\*)|\\(?:times|div|cdot))")
_BOLD: Final = re.compile(r"[ \t]*\*\*")
_EQUALS: Final = re.compile(_CLOSERS + r"&?(?:=|＝|等于|equals\b)")
_ABOUT: Final = re.compile(_CLOSERS + r"&?(?:≈|≒|≐|约等于|\\approx)")
_DIGIT: Final = re.compile(r"[0-9０-９]")
_WORD: Final = re.compile(r"[ \t]*[A-Za-z㐀-䶿一-鿿]")

_LETTERS: Final = re.compile(r"[ \t]*[A-Za-z㐀-䶿一-鿿]+")
_MEANT: Final = re.compile(
    r"[ \t]*(?:[xXyzR]$|percent|million|billion|thousand|hundred|dozen|times|plus|minus|divided"
    r"|remainder|pi$|equals|[加减乘除余又万亿约等])"
)
"""Words of letters alone that one of the patterns above may match."""

_COMMANDS: Final = (
    "times",
    "div",
    "cdot",
    "frac",
    "dfrac",
    "tfrac",
    "sqrt",
    "left",
    "pi",
    "%",
    "pm",
    "mp",
    "over",
    "bmod",
    "ast",
)


class GuardVocabulary:
    """Tables over a vocabulary. Sets of tokens are bitmasks, as `Bitmask` has them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._words = -(-tokenizer.vocabulary_size // 32)
        ends = set(tokenizer.eos_ids)
        texts: list[tuple[bytes, int]] = []
        for id_ in range(tokenizer.vocabulary_size):
            raw = b"" if id_ in ends else tokenizer.token_bytes(id_)
            if raw:
                texts.append((raw, id_))
        self._sorted = sorted(texts)
        self._ids: dict[bytes, list[int]] = {}
        for raw, id_ in texts:
            self._ids.setdefault(raw, []).append(id_)
        # Of most tokens, letters alone, one look says all there is to know.
        decoded = [(id_, text) for raw, id_ in texts if (text := _decoded(raw))]
        letters = [(id_, text) for id_, text in decoded if _LETTERS.fullmatch(text)]
        rest = [(id_, text) for id_, text in decoded if not _LETTERS.fullmatch(text)]
        meant = [(id_, text) for id_, text in letters if _MEANT.match(text)]

        def of(pattern: re.Pattern[str]) -> Bitmask:
            return self.mask(id_ for id_, text in rest + meant if pattern.match(text))

        self.slips = self.mask(id_ for id_, text in rest + meant if _slips(text))
        """With a sign of equality that would follow a number, and more after it."""
        self.extends = of(_EXTENDS)
        """After a number they make it another one."""
        self.extends_before_words = self.extends & ~self.mask(
            id_ for id_, text in rest if _harmless_bracket(text)
        )
        """The same, but for a bracket that may have words in it."""
        self.operates = of(_OPERATES)
        self.bold = of(_BOLD)
        self.equals = of(_EQUALS)
        self.about = of(_ABOUT)
        self.digits = of(_DIGIT)
        begun = (id_ for raw, id_ in texts if _begins_chinese(raw))
        self.words = of(_WORD) | self.mask([*(id_ for id_, _ in letters), *begun])
        """May follow ``17 =`` where a number may not: letters, perhaps with space before them."""

    def mask(self, ids: Iterable[int]) -> Bitmask:
        """The set of these tokens."""
        made = np.zeros(self._words, dtype=np.uint32)
        for id_ in ids:
            made[id_ // 32] |= np.uint32(1 << (id_ % 32))
        return made

    def beginning(self, prefix: bytes) -> list[int]:
        """Tokens that begin with these bytes."""
        found = []
        for raw, id_ in self._sorted[bisect_left(self._sorted, (prefix, -1)) :]:
            if not raw.startswith(prefix):
                break
            found.append(id_)
        return found

    def along(self, text: bytes) -> list[int]:
        """Tokens that write the beginning of the text, or all of it."""
        return [id_ for end in range(1, len(text) + 1) for id_ in self._ids.get(text[:end], ())]

    def operator_commands(self, begun: str) -> list[int]:
        """Tokens by which a command of LaTeX that is begun becomes an operator; ``begun`` is
        without the backslash."""
        found: list[int] = []
        for command in _COMMANDS:
            if command.startswith(begun) and command != begun:
                rest = command[len(begun) :].encode()
                found += self.along(rest)
                found += self.beginning(rest)
        return found

    def completing_operator(self, pending: bytes) -> list[int]:
        """Tokens by which the beginning of a character becomes one that goes on with a number."""
        found: list[int] = []
        for character in "×÷·∙⋅²³⁰¹⁴⁵⁶⁷⁸⁹［√π％‰−–＋－＊／½⅓¼¾⅔∗⁄∕…余又万亿０１２３４５６７８９":
            raw = character.encode()
            if raw.startswith(pending) and raw != pending:
                found += self.beginning(raw[len(pending) :])
        return found


def _decoded(raw: bytes) -> str:
    """The token's text, if it is whole characters; else empty."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return ""


def _begins_chinese(raw: bytes) -> bool:
    """Whether it is the first part of a Chinese character."""
    return b"\xe4" <= raw.lstrip(b" ")[:1] <= b"\xe9" and not _decoded(raw)


def _slips(text: str) -> bool:
    found = _SLIPS.match(text)
    return bool(
        found is not None
        and found[2].strip(" ")
        and (not found[1].strip() or _ENDS_NUMBER.search(found[1]))
    )


def _harmless_bracket(text: str) -> bool:
    found = _BRACKET.match(text)
    return found is not None and _EXTENDS.match(text[found.end() :]) is None
