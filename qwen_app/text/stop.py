"""Stop strings in a stream of text."""

from collections.abc import Sequence

from qwen_app.errors import InvalidInput


class StopStrings:
    """Lets text pass up to the first stop string, and not a character of what may become one.

    Law: what `append` and the final `flush` return, joined, is the whole text up to where the
    first stop string in it begins (the whole text if there is none), however it was cut into
    pieces, and nothing returned is ever taken back. Of several stop strings the one that begins
    first counts; so a complete match waits as long as one that began before it may still
    complete. Constant time a character and stop string (Knuth, Morris and Pratt 1977).

    Raises:
        InvalidInput: a stop string is empty.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        if not all(stops):
            raise InvalidInput(
                "A stop string is empty; leave it out or write at least one character.",
                "停止字符串不能为空；请删去它，或至少写一个字符。",
                param="stop",
            )
        self._matchers = [_Matcher(stop) for stop in dict.fromkeys(stops)]
        self._held = ""
        self._match: int | None = None  # where in the held text the earliest match begins
        self.stopped = False
        """A stop string was found: the answer is over, later text is dropped."""

    def append(self, text: str) -> str:
        """The text that is now certain to stand before any stop string."""
        if self.stopped or not text:
            return ""
        if not self._matchers:
            return text
        scanned = len(self._held)
        self._held += text
        first_open = 0  # where the earliest start of a stop string begins that may still complete
        for end in range(scanned + 1, len(self._held) + 1):
            first_open = end
            for matcher in self._matchers:
                if matcher.advance(self._held[end - 1]):
                    begin = end - len(matcher.pattern)
                    self._match = begin if self._match is None else min(self._match, begin)
                else:
                    first_open = min(first_open, end - matcher.matched)
            if self._match is not None and self._match <= first_open:
                return self._stop()
        if self._match is not None:
            self._match -= first_open
        passed, self._held = self._held[:first_open], self._held[first_open:]
        return passed

    def flush(self) -> str:
        """The end of the text: what was held back, up to a complete stop string if one waits."""
        if self._match is not None:
            return self._stop()
        passed, self._held = self._held, ""
        return passed

    def _stop(self) -> str:
        passed, self._held, self._match = self._held[: self._match], "", None
        self.stopped = True
        return passed


class _Matcher:
    """How much of one pattern the end of the text matches so far."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.matched = 0
        # borders[n]: length of the longest proper prefix of the pattern that also ends its
        # first n characters; where a match of n goes on when the next character is another.
        self._borders = [0, 0]
        for character in pattern[1:]:
            self._borders.append(self._longer(self._borders[-1], character))

    def advance(self, character: str) -> bool:
        """Take one character; True if it completes the pattern (and the search starts anew)."""
        self.matched = self._longer(self.matched, character)
        if self.matched == len(self.pattern):
            self.matched = 0
            return True
        return False

    def _longer(self, matched: int, character: str) -> int:
        while matched and self.pattern[matched] != character:
            matched = self._borders[matched]
        return matched + (self.pattern[matched] == character)
