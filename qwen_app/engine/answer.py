"""One choice of one request: tokens in, deltas out."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qwen_app.decoding.constraint import Bitmask, Constraint, Supervisor
from qwen_app.decoding.sampler import Sampled
from qwen_app.decoding.state import SamplingState
from qwen_app.engine.base import ModelInfo
from qwen_app.engine.sequence import Sequence
from qwen_app.messages import Delta, FinishReason, Receipt, SamplingParams, TokenLogprob
from qwen_app.text.detokenizer import Detokenizer
from qwen_app.text.stop import StopStrings
from qwen_app.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Where an answer ends, resolved against model and request."""

    max_tokens: int
    """Generated tokens; at least 1, and no more than the context has room for."""
    end_ids: frozenset[int]
    """Token ids that end the answer and are no part of its text."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A token that joined the answer and is not shown yet."""

    token: int
    logprob: TokenLogprob | None
    forced: bool


class Answer:
    """Turns chosen tokens into text, stops where it must, keeps the account.

    Law: the texts of all deltas, joined, are the decoded tokens up to the end token or to the
    first stop string; the last delta, and only it, has a receipt. What a constraint may yet take
    back is in no delta.

    Args:
        index: which choice of the request.
        sequence: its tokens; this class appends to them.
        sampling: as used, with the seed of this choice.
        constraint: a live one of its own, or None.
        submitted: `time.perf_counter` when the request came.
    """

    def __init__(
        self,
        index: int,
        sequence: Sequence,
        *,
        sampling: SamplingParams,
        limits: AnswerLimits,
        tokenizer: Tokenizer,
        info: ModelInfo,
        constraint: Constraint | None,
        submitted: float,
    ) -> None:
        self.index = index
        self.sequence = sequence
        self.sampling = sampling
        self.constraint = constraint
        self._supervisor = constraint if isinstance(constraint, Supervisor) else None
        self.finished = False
        self.completion_tokens = 0
        self.forced_tokens = 0
        self._limits = limits
        self._tokenizer = tokenizer
        self._info = info
        self._detokenizer = Detokenizer(tokenizer)
        self._stops = StopStrings(sampling.stop)
        assert sampling.seed is not None
        self.state = SamplingState(
            sampling, sampling.seed, sequence.tokens, tokenizer.vocabulary_size
        )
        self._mask = (
            np.zeros(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32) if constraint else None
        )
        self._taken: list[_Taken] = []
        self._withdrawn = 0
        self._held_ids: list[int] = []
        self._held_logprobs: list[TokenLogprob] = []
        self._submitted = submitted
        self._started: float | None = None
        self._first: float | None = None
        self._last = submitted

    def begin(self) -> list[Delta]:
        """Before the first step: tokens that the constraint forces from the start."""
        return self._force()

    def on_model(self) -> None:
        """The sequence is on the model for the first time now."""
        if self._started is None:
            self._started = time.perf_counter()

    def mask(self) -> Bitmask | None:
        """What may be chosen next; None is everything."""
        if self.constraint is None or self._mask is None:
            return None
        return self._mask if self.constraint.fill_mask(self._mask) else None

    def take(self, sampled: Sampled) -> list[Delta]:
        """The model's choice, and after it whatever the constraint forces.

        Raises:
            AppError: the constraint refused the token.
        """
        if self._supervisor is not None and self._supervisor.turns_down(sampled.token_id):
            return self._instead()
        deltas = self._accept(sampled.token_id, self._logprob(sampled))
        if not self.finished and not self._withdrawn:
            deltas += self._force()
        return deltas

    def withdrawn(self) -> int:
        """How many tokens at the end of the sequence the last `take` withdrew. They are no part
        of the answer any more; who keeps the sequence must remove them from it."""
        count, self._withdrawn = self._withdrawn, 0
        return count

    # --- inside -------------------------------------------------------------------------------

    def _instead(self) -> list[Delta]:
        """The constraint turned the model's choice down: what it wants, or the end."""
        assert self._supervisor is not None
        if count := self._supervisor.take_back():
            self._withdraw(count)
            return []
        if self._supervisor.done:
            return self._finish("stop", self._show())
        return self._force()

    def _force(self) -> list[Delta]:
        if self.constraint is None:
            return []
        deltas: list[Delta] = []
        while not self.finished and (tokens := list(self.constraint.forced())):
            for token in tokens:
                deltas += self._accept(token, None, forced=True)
                if self._withdrawn:
                    return deltas
                if self.finished:
                    break
        return deltas

    def _accept(
        self, token: int, logprob: TokenLogprob | None, *, forced: bool = False
    ) -> list[Delta]:
        self._last = time.perf_counter()
        if self._first is None:
            self._first = self._last
        if self.constraint is not None:
            self.constraint.accept(token)
        self.sequence.tokens.append(token)
        self.state.append(token)
        self.completion_tokens += 1
        self.forced_tokens += forced
        self._taken.append(_Taken(token, logprob, forced))
        if self._supervisor is not None and (count := self._supervisor.take_back()):
            self._withdraw(count)
            return []
        text = self._show()
        if token in self._limits.end_ids:
            return self._finish("stop", text)
        if self._stops.stopped or (self.constraint is not None and self.constraint.done):
            return self._finish("stop", text)
        if self.completion_tokens >= self._limits.max_tokens:
            return self._finish("length", text)
        return [self._release(text)] if text or self._held_logprobs else []

    def _show(self) -> str:
        """The text of what was taken and can no longer be withdrawn."""
        text = ""
        count = len(self._taken)
        if self._supervisor is not None:
            count -= self.completion_tokens - self._supervisor.certain
        for taken in self._taken[: max(0, count)]:
            self._held_ids.append(taken.token)
            if taken.token not in self._limits.end_ids:
                text += self._stops.append(self._detokenizer.append(taken.token))
                if taken.logprob is not None:
                    self._held_logprobs.append(taken.logprob)
        del self._taken[: max(0, count)]
        return text

    def _withdraw(self, count: int) -> None:
        dropped = self._taken[len(self._taken) - count :]
        del self._taken[len(self._taken) - count :]
        self.state.take_back([taken.token for taken in dropped])
        self.completion_tokens -= count
        self.forced_tokens -= sum(taken.forced for taken in dropped)
        self._withdrawn = count

    def _finish(self, reason: FinishReason, text: str) -> list[Delta]:
        self.finished = True
        if not self._stops.stopped:
            text += self._stops.append(self._detokenizer.flush()) + self._stops.flush()
        if self._stops.stopped:
            reason = "stop"
        return [self._release(text, self._receipt(reason))]

    def _release(self, text: str, receipt: Receipt | None = None) -> Delta:
        delta = Delta(self.index, text, tuple(self._held_ids), tuple(self._held_logprobs), receipt)
        self._held_ids.clear()
        self._held_logprobs.clear()
        return delta

    def _receipt(self, reason: FinishReason) -> Receipt:
        first = self._first if self._first is not None else self._last
        took = self._last - first
        return Receipt(
            model=self._info.id,
            quantization=self._info.quantization,
            device=self._info.device,
            sampling=self.sampling,
            prompt_tokens=self.sequence.prompt_length,
            cached_tokens=self.sequence.cached,
            completion_tokens=self.completion_tokens,
            forced_tokens=self.forced_tokens,
            queue_s=(self._started or self._submitted) - self._submitted,
            time_to_first_token_s=first - self._submitted,
            tokens_per_second=(self.completion_tokens - 1) / took if took > 0 else 0.0,
            context_length=self._info.context_length,
            finish_reason=reason,
            rewinds=self._supervisor.rewinds if self._supervisor is not None else 0,
        )

    def _logprob(self, sampled: Sampled) -> TokenLogprob | None:
        if sampled.logprob is None:
            return None
        return self._named(
            sampled.token_id,
            sampled.logprob,
            tuple(self._named(token, value) for token, value in sampled.top),
        )

    def _named(self, token: int, logprob: float, top: Iterable[TokenLogprob] = ()) -> TokenLogprob:
        raw = self._tokenizer.token_bytes(token)
        return TokenLogprob(token, raw.decode("utf-8", "replace"), raw, logprob, tuple(top))
