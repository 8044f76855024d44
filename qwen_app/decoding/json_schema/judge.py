"""The grammar engine at one place of one answer, asked whether a completion will do."""

from collections.abc import Sequence

from llguidance import LLMatcher


class Judge:
    """Implements `closing.Judge`. The matcher is asked, never moved."""

    def __init__(self, matcher: LLMatcher, eos: int) -> None:
        self._matcher = matcher
        self._eos = eos

    def accepts(self, tokens: Sequence[int]) -> bool:
        if self._matcher.is_stopped():
            return not tokens and not self._matcher.is_error()
        whole = [*tokens, self._eos]
        return self._matcher.validate_tokens(whole) >= len(whole)

    def prefix(self, tokens: Sequence[int]) -> int:
        if self._matcher.is_stopped():
            return 0
        return self._matcher.validate_tokens(list(tokens))
