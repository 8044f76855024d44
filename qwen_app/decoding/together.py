"""Several constraints on one answer.

Their masks are intersected, and what one of them forces must be allowed by all others. One may be
a length guard: its ending comes before everything else, so once it has decided how the text ends,
the others have nothing to say any more. What a format then lacks is for its check to tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from qwen_app.decoding.constraint import Bitmask, Constraint, Supervisor, start
from qwen_app.decoding.length_guard import LengthConstraint
from qwen_app.errors import InvalidConstraint
from qwen_app.messages import ConstraintSpec
from qwen_app.text.tokenizer import Tokenizer

_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Together(ConstraintSpec):
    """The answer obeys all of these, and is complete when one of them is.

    At most one of them is a `LengthGuard`; others that may take tokens back (JSON documents, tool
    calls) are refused, because each of them decides alone when the answer is complete.
    """

    specs: tuple[ConstraintSpec, ...]

    @classmethod
    def of(cls, specs: Sequence[ConstraintSpec]) -> ConstraintSpec | None:
        """Of any number: none is no constraint, and one needs no company."""
        if len(specs) < 2:
            return specs[0] if specs else None
        return cls(tuple(specs))


class TogetherConstraint:
    """Implements `qwen_app.decoding.constraint.Supervisor`.

    Args:
        guard: the one that may take tokens back, or None.
        others: the rest, the first of which forces first.
        words: of a mask.
    """

    def __init__(
        self, guard: LengthConstraint | None, others: Sequence[Constraint], words: int
    ) -> None:
        self._guard = guard
        self._others = list(others)
        self._used = 0
        self._buffer: Bitmask = np.zeros(words, dtype=np.uint32)

    # --- the protocol ---------------------------------------------------------------------------

    def limit(self, tokens: int) -> None:
        if self._guard is not None:
            self._guard.limit(tokens)

    def forced(self) -> Sequence[int]:
        if self._guard is not None and self._guard.is_ending:
            return self._guard.forced()
        for constraint in self._others:
            if tokens := constraint.forced():
                # Only what is next: after it, another one may have something to force.
                return tokens[:1] if self._allow(tokens[0], constraint) else ()
        return ()

    def fill_mask(self, mask: Bitmask) -> bool:
        if self._guard is not None and self._guard.is_ending:
            return False
        narrowed = False
        for constraint in self._all():
            if not narrowed:
                narrowed = constraint.fill_mask(mask)
            elif constraint.fill_mask(self._buffer):
                np.bitwise_and(mask, self._buffer, out=mask)
        return narrowed

    def turns_down(self, token_id: int) -> bool:
        return self._guard is not None and self._guard.turns_down(token_id)

    def accept(self, token_id: int) -> None:
        was_ending = self._guard is not None and self._guard.is_ending
        if self._guard is not None:
            self._guard.accept(token_id)
        if not was_ending:
            for constraint in self._others:
                constraint.accept(token_id)
        self._used += 1

    def take_back(self) -> int:
        count = self._guard.take_back() if self._guard is not None else 0
        self._used -= count
        return count

    @property
    def certain(self) -> int:
        if self._guard is None or self.done:
            return self._used
        return self._guard.certain

    @property
    def rewinds(self) -> int:
        return self._guard.rewinds if self._guard is not None else 0

    @property
    def done(self) -> bool:
        if self._guard is not None and self._guard.is_ending:
            return self._guard.done
        return any(constraint.done for constraint in self._others) or (
            self._guard is not None and self._guard.done
        )

    # --- agreement ------------------------------------------------------------------------------

    def _all(self) -> list[Constraint]:
        return self._others if self._guard is None else [self._guard, *self._others]

    def _allow(self, token_id: int, forcing: Constraint) -> bool:
        """Whether all others allow a token that one of them forces. If not, the mask is empty, and
        the answer fails with an error that says so."""
        word, bit = token_id // 32, np.uint32(1 << token_id % 32)
        return all(
            not each.fill_mask(self._buffer) or bool(self._buffer[word] & bit)
            for each in self._all()
            if each is not forcing
        )


@start.register
def _start_together(spec: Together, tokenizer: Tokenizer) -> TogetherConstraint:
    if not 0 < len(spec.specs) <= _MOST:
        raise InvalidConstraint(
            f"There are {len(spec.specs)} constraints; give 1 to {_MOST}.",
            f"共有 {len(spec.specs)} 个约束，须为 1 到 {_MOST} 个。",
            param="constraint",
        )
    started = [start(each, tokenizer) for each in spec.specs]
    guards = [each for each in started if isinstance(each, LengthConstraint)]
    others = [each for each in started if not isinstance(each, LengthConstraint)]
    if len(guards) > 1:
        raise InvalidConstraint(
            "Two limits of length on one answer exclude each other; give one.",
            "一个回答只能有一个长度限制，请只保留一个。",
            param="constraint",
        )
    for each in others:
        if isinstance(each, Supervisor):
            raise InvalidConstraint(
                "A JSON document or a tool call decides alone when it is complete, so no other"
                " constraint can be combined with it.",
                "JSON 文档或工具调用自行决定何时完成，不能与其他约束同时使用。",
                param="constraint",
            )
    words = -(-tokenizer.vocabulary_size // 32)
    return TogetherConstraint(guards[0] if guards else None, others, words)
