"""Strings and numbers that a text holds: what a grounded document may say.

A small model reads a field well and then miscopies it: a rare character, a digit, a name spelled
as a commoner one. Where a document only repeats what a text says, copying need not be left to it:
of each string the model chooses where in the text it begins and ends, of each number which of the
text's numbers it is.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

import numpy as np

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.json_schema.formats import WRITTEN_OUT
from qwen_app.decoding.json_schema.option import Option
from qwen_app.decoding.json_schema.stated import dates_in, numbers_in
from qwen_app.decoding.json_schema.vocabulary import Vocabulary, packed
from qwen_app.text.tokenizer import Tokenizer

COPIED_FORMATS = frozenset({"email", "idn-email", "uri", "iri", "hostname", "ipv4", "ipv6", "uuid"})
"""Formats that a text has as a document wants them; dates and times it has in many forms."""

_MOST_POSITIONS = 20_000
"""Places in the text that are looked at for one token; of a longer text the first ones."""


def is_copied(options: Iterable[Option]) -> bool:
    """Whether a string under these options is one that a text could hold as it is: no choice
    from a list, no pattern, no normalised format."""
    return all(
        option.type == "string"
        and "pattern" not in option.rules
        and ("format" not in option.rules or option.rules["format"] in COPIED_FORMATS)
        for option in options
    )


def is_date(options: Iterable[Option]) -> bool:
    """Whether a string under these options is a date as JSON Schema spells it."""
    return all(
        option.type == "string" and option.rules.get("pattern") == WRITTEN_OUT["date"]
        for option in options
    )


class Lookup:
    """Tokens by their bytes; get it by ``Tokenizer.derive``."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        bytes_of = tokenizer.derive(Vocabulary).bytes_of
        self.size = len(bytes_of)
        self.whole: dict[bytes, list[int]] = defaultdict(list)
        self.ending: dict[bytes, list[int]] = defaultdict(list)
        """What stands before the quote that ends a string, in tokens that have one."""
        number_bytes = frozenset(b"0123456789.eE+-")
        self.not_number = np.ones(self.size, dtype=bool)
        for token, data in enumerate(bytes_of):
            if not data:
                continue
            self.whole[data].append(token)
            if (at := data.find(b'"')) >= 0 and data[at - 1 : at] != b"\\":
                self.ending[data[:at]].append(token)
            stripped = data.lstrip(b" \n")
            if stripped and stripped[0] in number_bytes:
                self.not_number[token] = False
        self.longest = max(map(len, self.whole), default=0)
        self.longest_ending = max(map(len, self.ending), default=0)


class Source:
    """One text, as the constraint of one answer asks about it. Not for several threads.

    Args:
        text: what the document is about.
        tokenizer: of the model.
    """

    def __init__(self, text: str, tokenizer: Tokenizer) -> None:
        self._lookup = tokenizer.derive(Lookup)
        inside = _inside_words(text)
        pieces: list[bytes] = []
        begins, ends = [], []
        at = 0
        for i, c in enumerate(text):
            if not inside[i] and c not in _NO_BEGIN and not c.isspace():
                begins.append(at)
            piece = json.dumps(c, ensure_ascii=False)[1:-1].encode("utf-8", "replace")
            pieces.append(piece)
            at += len(piece)
            if not inside[i + 1] and c not in _NO_END and not c.isspace():
                ends.append(at)
        self._bytes = b"".join(pieces)
        # Where the text ends a string may end, whatever stands there: it could not go on.
        self._ends = frozenset((*ends, at))
        self._ahead: dict[bytes, list[int]] = {b"": begins[:_MOST_POSITIONS]}
        """Where the text goes on after what is written; `_after` adds to it."""
        # As JSON spells them; a grammar that wants another spelling has the last word.
        self._numbers = sorted(_spelled(number) for number in numbers_in(text))
        self._dates = sorted(day.encode() for day in dates_in(text))
        self._string_mask = lru_cache(maxsize=256)(self._make_string_mask)
        self._date_mask = lru_cache(maxsize=64)(self._make_date_mask)
        self._number_mask = lru_cache(maxsize=256)(self._make_number_mask)

    def holds(self, written: bytes) -> bool:
        """Whether a string that begins so, its opening quote left out, begins in the text."""
        return not written or bool(self._after(written))

    def string_mask(self, written: bytes) -> Bitmask:
        """Tokens that go on in the text after ``written``, or end the string where a word ends."""
        return self._string_mask(written)

    def date_mask(self, written: bytes) -> Bitmask | None:
        """Tokens that spell one of the text's dates that begins with ``written``. None: the text
        has none."""
        return self._date_mask(written) if self._dates else None

    def number_mask(self, written: bytes) -> Bitmask | None:
        """Tokens that spell one of the text's numbers that begins with ``written``, or end it.
        Empty: also tokens that begin no number. None: the text has no number."""
        return self._number_mask(written) if self._numbers else None

    def _after(self, written: bytes) -> list[int]:
        """Where the text goes on after ``written``."""
        known = len(written)
        while written[:known] not in self._ahead:
            known -= 1
        found = self._ahead[written[:known]]
        if known < len(written):
            rest, source = written[known:], self._bytes
            found = [at + len(rest) for at in found if source.startswith(rest, at)]
            self._ahead[written] = found
        return found

    def _make_string_mask(self, written: bytes) -> Bitmask:
        lookup, source = self._lookup, self._bytes
        chosen = np.zeros(lookup.size, dtype=bool)
        if not written:
            chosen[lookup.ending.get(b"", [])] = True  # the text does not say
        seen: set[bytes] = set()
        for at in self._after(written):
            ahead = source[at : at + lookup.longest]
            if ahead in seen:
                continue
            seen.add(ahead)
            for length in range(1, len(ahead) + 1):
                if tokens := lookup.whole.get(ahead[:length]):
                    chosen[tokens] = True
        for at in self._after(written):
            for length in range(lookup.longest_ending + 1):
                if at + length in self._ends and (written or length):
                    tokens = lookup.ending.get(source[at : at + length])
                    if tokens:
                        chosen[tokens] = True
        return packed(chosen)

    def _make_date_mask(self, written: bytes) -> Bitmask:
        lookup = self._lookup
        chosen = np.zeros(lookup.size, dtype=bool)
        for day in self._dates:
            if day.startswith(written):
                rest = day[len(written) :]
                for length in range(1, len(rest) + 1):
                    chosen[lookup.whole.get(rest[:length], [])] = True
                chosen[lookup.ending.get(rest, [])] = True
        return packed(chosen)

    def _make_number_mask(self, written: bytes) -> Bitmask:
        lookup = self._lookup
        going_on = [n for n in self._numbers if n.startswith(written)]
        chosen = np.zeros(lookup.size, dtype=bool)
        if not written or written in going_on:
            chosen |= lookup.not_number
        for number in going_on:
            rest = number[len(written) :]
            for length in range(1, len(rest) + 1):
                for lead in (b"", b" ") if not written else (b"",):
                    if tokens := lookup.whole.get(lead + rest[:length]):
                        chosen[tokens] = True
        return packed(chosen)


def _spelled(number: Decimal) -> bytes:
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).encode()


_NO_BEGIN = frozenset(",.;:!?，。、；：！？)]}）】》”’")
_NO_END = frozenset(",;:，、；：([{（【《“‘")


def _inside_words(text: str) -> list[bool]:
    """For each index of the text, its end included, whether a word or number goes on across it:
    O'Neill, a@b.com, 3.75 and 14:30 are one each, 2020-2024 is two."""
    found = [False]
    for i in range(1, len(text)):
        before, c = text[i - 1], text[i]
        joined = _in_word(before) and _in_word(c)
        if not joined and _in_word(before) and i + 1 < len(text):
            joined = _joins(before, c, text[i + 1])
        if not joined and _in_word(c) and i > 1:
            joined = _joins(text[i - 2], before, c)
        found.append(joined)
    return [*found, False] if text else found


def _joins(before: str, sign: str, after: str) -> bool:
    if not (_in_word(before) and _in_word(after)):
        return False
    if before.isdigit() and after.isdigit():
        return sign in ".,:"
    return sign in ".'’@-_"


def _in_word(c: str) -> bool:
    """Part of a word that spaces set off; Chinese, Japanese and Korean have none."""
    return c.isalnum() and not "⺀" <= c <= "힯" and c < "\U00020000"
