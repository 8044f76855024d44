"""A limit of length that holds while decoding, whatever the model writes.

Far from the limit the guard only counts. Near it, what is shown waits until a sentence has ended,
because the text will end there if the next sentence does not fit: then its tokens are taken back.
Where no sentence ends in what is held back, the text ends with a clause or a word and a full stop.
What is open in Markdown is closed. A budget of tokens is a limit of the same kind.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from qwen_app.decoding.constraint import Bitmask, start
from qwen_app.decoding.length.ends import End, ends, entry_begun, sentence_cuts, word_begun
from qwen_app.decoding.length.markup import closers, missing_cells, open_spans
from qwen_app.decoding.length.text import TokenText
from qwen_app.errors import GenerationFailed, InvalidConstraint, Language
from qwen_app.messages import ConstraintSpec
from qwen_app.text.counting import Unit, count, sentences
from qwen_app.text.tokenizer import Tokenizer

LEAST_TOKENS: Final = 12
"""Without which no end could be written in any vocabulary."""
_HELD: Final[dict[Unit, tuple[int, int]]] = {
    "characters": (20, 80),
    "words": (12, 50),
}
"""Near the limit so much is held back: two fifths of it, but not less nor more than this."""
_ENGLISH_CHARACTERS: Final = (60, 320)
_HELD_TOKENS: Final = (24, 96)
_CLOSING: Final = 60
"""What closes a text hardly ever takes more of any unit: further from the limit it is no matter."""
_HARDLY: Final = 0.6
"""A sentence is not begun where less room is left than this share of the usual one."""


@dataclass(frozen=True, slots=True)
class LengthGuard(ConstraintSpec):
    """The answer has at most ``most`` and at least ``least`` of a unit, and ends with a sentence.

    `qwen_app.text.counting` says what is counted how. The least is held as far as the model goes
    on: it may not end before, but where ``max_tokens`` is used up the answer ends all the same.
    """

    unit: Unit
    most: int | None = None
    least: int = 0
    language: Language = "zh"
    """Of the rule for characters, and of the full stop where the text does not say it."""


class LengthConstraint:
    """Implements `qwen_app.decoding.constraint.Supervisor`."""

    def __init__(self, spec: LengthGuard, tokenizer: Tokenizer) -> None:
        self._spec = spec
        self._tokenizer = tokenizer
        self._ends = frozenset(tokenizer.eos_ids)
        self._text = TokenText()
        self._most = math.inf if spec.most is None else spec.most
        self._budget = math.inf
        self._safe = 0
        """Characters that will stay."""
        self._seen = 0
        """Characters that were looked at."""
        self._certain = 0
        """Tokens within them."""
        self._queue: list[int] = []
        self.is_ending = False
        """How the text ends has been decided: only `forced` may follow, or nothing."""
        self._ended = False
        self._withdrawn = 0
        self._rewinds = 0

    # --- the protocol ---------------------------------------------------------------------------

    def limit(self, tokens: int) -> None:
        if tokens < LEAST_TOKENS:
            raise InvalidConstraint(
                f"There is room for {tokens} tokens; a text that ends with a sentence under a limit"
                f" of length needs at least {LEAST_TOKENS}. Raise max_tokens, or shorten the"
                " prompt.",
                f"可用长度为 {tokens} 个 token；有长度限制且以完整句子结尾的文本至少需要"
                f" {LEAST_TOKENS} 个。请调大 max_tokens，或缩短提示词。",
                param="max_tokens",
            )
        self._budget = tokens

    def forced(self) -> Sequence[int]:
        return tuple(self._queue)

    def fill_mask(self, mask: Bitmask) -> bool:
        least = self._spec.least
        if self.is_ending or not least or self._counted(self._text.text) >= least:
            return False
        mask[:] = 0xFFFFFFFF
        for id_ in self._ends:
            mask[id_ // 32] &= np.uint32(~(1 << (id_ % 32)) & 0xFFFFFFFF)
        return True

    def turns_down(self, token_id: int) -> bool:
        if self.is_ending:
            return True
        if token_id not in self._ends:
            return False
        return self._close_what_is_open()

    def accept(self, token_id: int) -> None:
        if self._ended:
            raise GenerationFailed(
                f"The text has ended, and token {token_id} would go on.",
                f"文本已经结束，不能再接词元 {token_id}。",
            )
        if token_id in self._ends:
            self._ended = True
            self._text.append(b"")
            self._certain = len(self._text)
            return
        self._text.append(self._tokenizer.token_bytes(token_id))
        if self.is_ending:
            if not self._queue or self._queue.pop(0) != token_id:
                raise GenerationFailed(
                    f"The end of the text was decided, and token {token_id} is not part of it.",
                    f"文本的结尾已经确定，词元 {token_id} 不属于它。",
                )
            self._ended = not self._queue
            self._certain = len(self._text) if self._ended else self._certain
            return
        self._look()

    def take_back(self) -> int:
        withdrawn, self._withdrawn = self._withdrawn, 0
        return withdrawn

    @property
    def certain(self) -> int:
        return self._certain

    @property
    def rewinds(self) -> int:
        return self._rewinds

    @property
    def done(self) -> bool:
        return self._ended

    # --- where it may end -----------------------------------------------------------------------

    def _look(self) -> None:
        """A token joined the text: it must end, or go on, and how much of it is certain."""
        text = self._text.text
        used = len(self._text)
        if len(text) == self._seen and used < self._budget - 1:
            return  # a part of a character only
        self._seen = len(text)
        counted = self._counted(text)
        if counted > self._most - 2 * self._held() - _CLOSING:
            counted = self._counted(text + _closing(text))
        if counted > self._most or used >= self._budget - 1:
            self._end()
            return
        near_tokens = used > self._budget - self._held_tokens()
        if not near_tokens and counted <= self._most - self._held():
            far = counted <= self._most - 2 * self._held()
            self._settle(len(text) if far else word_begun(text))
            return
        cuts = sentence_cuts(text, self._safe)
        if not near_tokens and self._spec.unit not in _HELD:
            # The last of the units goes on to its end; what may begin another one waits.
            self._settle(entry_begun(text))
            return
        if not cuts:
            return
        cut = cuts[-1]
        if self._goes_on(text, cut) and self._hardly_fits(text, cut):
            self._end(cut)
        elif self._fits(_closed_at(text, cut)):
            self._settle(cut)

    def _settle(self, place: int) -> None:
        if place > self._safe:
            self._safe = place
            self._certain = max(self._certain, self._text.tokens_within(place))

    def _goes_on(self, text: str, cut: int) -> bool:
        """Something was begun after a sentence."""
        rest = text[cut:].strip()
        return any(map(str.isalnum, rest)) or len(rest) > 3

    def _hardly_fits(self, text: str, cut: int) -> bool:
        """The rest has little room, and what is there is long enough."""
        counted = self._counted(text[:cut])
        if counted < self._spec.least or self._spec.unit not in _HELD:
            return counted >= self._spec.least and self._few_tokens(cut)
        number = max(1, len(sentences(text[:cut])))
        usual = counted / number
        return self._most - counted < _HARDLY * usual or self._few_tokens(cut)

    def _few_tokens(self, cut: int) -> bool:
        used = self._text.tokens_within(cut)
        return self._budget - used < self._held_tokens() / 3

    def _end(self, cut: int | None = None) -> None:
        """The text ends, at ``cut`` or wherever is best."""
        text = self._text.text
        if cut is not None and self._finish(_closed_at(text, cut)):
            return
        found: End | None = None
        for end in ends(text, self._safe, self._spec.language):
            if not self._fits(end):
                continue
            if self._counted(text[: end.cut]) >= self._spec.least and self._finish(end):
                return
            found = found or end
        if found is None or not self._finish(found):
            self._finish(End(self._safe, "", 3))

    def _fits(self, end: End) -> bool:
        text = self._text.text[: end.cut] + end.suffix
        return self._counted(text) <= self._most

    def _finish(self, end: End) -> bool:
        """Take back what goes beyond the end and force what is missing; False if there are not
        enough tokens left for it."""
        kept = max(self._certain, self._text.tokens_within(end.cut))
        rest = self._text.between(kept, end.cut)
        whole = rest.rstrip() + end.suffix if end.suffix else rest.rstrip()
        tokens = self._tokenizer.encode_exactly(whole) if whole else []
        if kept + len(tokens) > self._budget:
            return False
        self._withdrawn = len(self._text) - kept
        self._rewinds += self._withdrawn > 0
        self._text.cut(kept)
        self._certain = kept
        self.is_ending = True
        self._queue = tokens
        self._ended = not tokens
        return True

    def _close_what_is_open(self) -> bool:
        """The model ends the text: whether something is to be closed before."""
        text = self._text.text
        suffix = _closing(text)
        if not suffix or self._counted(text + suffix) > self._most:
            return False
        kept = len(self._text)
        tokens = self._tokenizer.encode_exactly(suffix)
        if kept + len(tokens) > self._budget:
            return False
        self.is_ending, self._queue = True, tokens
        return True

    # --- measure --------------------------------------------------------------------------------

    def _counted(self, text: str) -> int:
        return count(text, self._spec.unit, self._spec.language)

    def _held(self) -> float:
        unit = self._spec.unit
        if unit not in _HELD:
            return 1
        english = unit == "characters" and self._spec.language == "en"
        low, high = _ENGLISH_CHARACTERS if english else _HELD[unit]
        return min(self._most, max(low, min(high, 0.4 * self._most)))

    def _held_tokens(self) -> float:
        low, high = _HELD_TOKENS
        return max(low, min(high, 0.4 * self._budget))


def _closing(text: str) -> str:
    """What closes all that is open at the end of the text."""
    return closers(text, open_spans(text)) + missing_cells(text)


def _closed_at(text: str, cut: int) -> End:
    return End(cut, _closing(text[:cut]), 0)


@start.register
def _start_guard(spec: LengthGuard, tokenizer: Tokenizer) -> LengthConstraint:
    if spec.most is not None and spec.most < max(1, spec.least):
        raise InvalidConstraint(
            f"At most {spec.most} and at least {spec.least}: no text is so long.",
            f"最多 {spec.most}、至少 {spec.least}：没有这样长度的文本。",
            param="constraint",
        )
    return LengthConstraint(spec, tokenizer)
