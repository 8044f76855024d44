"""Strings and numbers that a text holds: what a grounded document may say.

A small model reads a field well and then miscopies it: a rare character, a digit, a name spelled
as a commoner one. Where a document only repeats what a text says, copying need not be left to it:
of each string the model chooses where in the text it begins and ends, of each number which of the
text's numbers it is.
"""

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.json_schema.addresses import addresses_in
from qwen_app.decoding.json_schema.asked import DATE, Asked, Bounds
from qwen_app.decoding.json_schema.stated import dates_in, numbers_in
from qwen_app.decoding.json_schema.vocabulary import Vocabulary, packed
from qwen_app.text.tokenizer import Tokenizer

_MOST_POSITIONS = 20_000
"""Places in the text that are looked at for one token; of a longer text the first ones."""


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

    A string that is written is always the beginning of one that the text holds and that meets
    what is asked of it, so that no place is reached from which the text could not be followed.

    Args:
        text: what the document is about.
        tokenizer: of the model.
    """

    def __init__(self, text: str, tokenizer: Tokenizer) -> None:
        self._text = text
        self._lookup = tokenizer.derive(Lookup)
        inside = _inside_words(text)
        pieces: list[bytes] = []
        begins, ends = [], []
        self._offsets = [0]
        """The first byte of each character, and the end."""
        for i, c in enumerate(text):
            if not inside[i] and c not in _NO_BEGIN and not c.isspace():
                begins.append(self._offsets[-1])
            pieces.append(_escaped(c))
            self._offsets.append(self._offsets[-1] + len(pieces[-1]))
            if not inside[i + 1] and c not in _NO_END and not c.isspace():
                ends.append(self._offsets[-1])
        self._bytes = b"".join(pieces)
        # Where the text ends a string may end, whatever stands there: it could not go on.
        self._ends = sorted({*ends, len(self._bytes)})
        self._may_end = frozenset(self._ends)
        self._ahead: dict[bytes, list[int]] = {b"": begins[:_MOST_POSITIONS]}
        """Where the text goes on after what is written; `_after` adds to it."""
        self._numbers = sorted(numbers_in(text))
        self._listed = lru_cache(maxsize=64)(self._list)
        self._has = lru_cache(maxsize=64)(self._find)
        self._stated = lru_cache(maxsize=64)(self._state)
        self._string_mask = lru_cache(maxsize=256)(self._make_string_mask)
        self._number_mask = lru_cache(maxsize=256)(self._make_number_mask)

    def holds(self, written: bytes, asked: frozenset[Asked]) -> bool:
        """Whether a string that begins so, its opening quote left out, may be one of those asked
        for. True also where the text has none of them at all."""
        forms = [form for form in asked if self._has(form)]
        return not (written and forms) or any(self._goes_on(written, form) for form in forms)

    def string_mask(self, written: bytes, asked: frozenset[Asked]) -> Bitmask | None:
        """Tokens that go on in the text after ``written``, or end the string where a word ends,
        towards one of those asked for. None: the text has none of them."""
        return self._string_mask(written, asked)

    def number_mask(self, written: bytes, asked: frozenset[Bounds]) -> Bitmask | None:
        """Tokens that spell one of the text's numbers that begins with ``written``, or end it.
        Empty: also tokens that begin no number. None: the text has none of those asked for."""
        return self._number_mask(written, asked) if self._stated(asked) else None

    # --- strings --------------------------------------------------------------------------------

    def _find(self, asked: Asked) -> bool:
        """Whether the text has such a string; any string may be empty, if it may be that short."""
        if asked.format:
            return bool(self._listed(asked))
        return not asked.least or any(self._reach(at, asked) for at in self._ahead[b""])

    def _list(self, asked: Asked) -> tuple[bytes, ...]:
        """The strings of a format, as JSON spells them."""
        name = asked.format
        found = dates_in(self._text) if name == DATE else addresses_in(self._text, name)
        return tuple(sorted(_escaped(one) for one in found if asked.allows(one)))

    def _goes_on(self, written: bytes, asked: Asked) -> bool:
        if asked.format:
            return any(text.startswith(written) for text in self._listed(asked))
        return any(self._reach(at - len(written), asked) >= at for at in self._after(written))

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

    def _least(self, begin: int, asked: Asked) -> int:
        """Where a string from ``begin`` is as long as asked; beyond the text: it cannot be."""
        if not asked.least:
            return begin
        at = bisect_left(self._offsets, begin) + asked.least
        return self._offsets[at] if at < len(self._offsets) else self._offsets[-1] + 1

    def _reach(self, begin: int, asked: Asked) -> int:
        """The last place where a string from ``begin`` may end, no longer than asked and no
        shorter; 0: there is none."""
        most = self._offsets[-1]
        if asked.most is not None:
            at = bisect_left(self._offsets, begin) + asked.most
            most = self._offsets[min(at, len(self._offsets) - 1)]
        end = self._ends[max(0, bisect_right(self._ends, most) - 1)]
        return end if end <= most and end >= max(begin + 1, self._least(begin, asked)) else 0

    def _make_string_mask(self, written: bytes, asked: frozenset[Asked]) -> Bitmask | None:
        forms = [form for form in asked if self._has(form)]
        if not forms:
            return None
        chosen = np.zeros(self._lookup.size, dtype=bool)
        for form in forms:
            if form.format:
                self._add_listed(chosen, written, form)
            else:
                self._add_spans(chosen, written, form)
        return packed(chosen)

    def _add_listed(self, chosen: NDArray[np.bool_], written: bytes, asked: Asked) -> None:
        lookup = self._lookup
        for text in self._listed(asked):
            if text.startswith(written):
                rest = text[len(written) :]
                for length in range(1, len(rest) + 1):
                    chosen[lookup.whole.get(rest[:length], [])] = True
                chosen[lookup.ending.get(rest, [])] = True

    def _add_spans(self, chosen: NDArray[np.bool_], written: bytes, asked: Asked) -> None:
        lookup, source = self._lookup, self._bytes
        if not written:
            chosen[lookup.ending.get(b"", [])] = True  # the text does not say
        seen: set[bytes] = set()
        for at in self._after(written):
            begin = at - len(written)
            reach = self._reach(begin, asked)
            ahead = source[at : min(at + lookup.longest, reach)]
            if ahead not in seen:
                seen.add(ahead)
                for length in range(1, len(ahead) + 1):
                    if tokens := lookup.whole.get(ahead[:length]):
                        chosen[tokens] = True
            least = max(self._least(begin, asked), begin + 1)
            for end in range(max(at, least), min(at + lookup.longest_ending, reach) + 1):
                if end in self._may_end and (tokens := lookup.ending.get(source[at:end])):
                    chosen[tokens] = True

    # --- numbers --------------------------------------------------------------------------------

    def _state(self, asked: frozenset[Bounds]) -> list[bytes]:
        """The text's numbers of those asked for, as JSON spells them."""
        return [
            _spelled(number)
            for number in self._numbers
            if any(bounds.allow(number) for bounds in asked)
        ]

    def _make_number_mask(self, written: bytes, asked: frozenset[Bounds]) -> Bitmask:
        lookup = self._lookup
        going_on = [n for n in self._stated(asked) if n.startswith(written)]
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


def _escaped(text: str) -> bytes:
    """As JSON spells it within quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


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
