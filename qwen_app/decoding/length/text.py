"""The text of an answer as its tokens come, and which place of it stands in which token."""

import codecs
from bisect import bisect_right
from collections.abc import Sequence


class TokenText:
    """Bytes of tokens in, whole characters out.

    Law: `text` is what the bytes of all tokens decode to, without the bytes at the end that begin
    a character only; bytes that are no UTF-8 are U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = _decoder()
        self._characters: list[str] = []
        self._ends: list[int] = []
        """Of each character the number of bytes up to its end."""
        self._tokens: list[bytes] = []
        self._sizes: list[int] = []
        """Of each token the number of bytes up to its end."""
        self._text = ""

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def text(self) -> str:
        return self._text

    def append(self, data: bytes) -> None:
        position = self._sizes[-1] if self._sizes else 0
        new = []
        for byte in data:
            position += 1
            found = self._decoder.decode(bytes((byte,)))
            waiting = len(self._decoder.getstate()[0])
            for place, character in enumerate(found, 1):
                # Of several, those before the last were ended by what this byte began.
                before = waiting or (1 if place < len(found) else 0)
                new.append(character)
                self._ends.append(position - before)
        self._characters += new
        self._text += "".join(new)
        self._tokens.append(data)
        self._sizes.append(position)

    def tokens_within(self, place: int) -> int:
        """How many tokens from the beginning lie wholly within the first ``place`` characters and
        end where a character ends."""
        limit = self._ends[place - 1] if place else 0
        count = bisect_right(self._sizes, limit)
        ends = {0, *self._ends[max(0, place - 64) : place]}
        while count and self._sizes[count - 1] not in ends:
            count -= 1
        return count

    def between(self, tokens: int, place: int) -> str:
        """The characters after so many tokens, which end with a character, up to ``place``;
        without those that are none."""
        limit = self._sizes[tokens - 1] if tokens else 0
        begin = bisect_right(self._ends, limit)
        return "".join(self._characters[begin:place]).replace("\ufffd", "")

    def cut(self, tokens: int) -> None:
        """Keep so many tokens only."""
        kept: Sequence[bytes] = self._tokens[:tokens]
        self._decoder = _decoder()
        self._characters, self._ends, self._tokens, self._sizes = [], [], [], []
        self._text = ""
        for data in kept:
            self.append(data)


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")
