"""One choice of one request: tokens in, deltas out."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qwen_app.decoding.constraint import Bitmask, Constraint
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


class Answer:
    """Turns chosen tokens into text, stops where it must, keeps the account.

    Law: the texts of all deltas, joined, are the decoded tokens up to the end token or to the
    first stop string; the last delta, and only it, has a receipt.

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
        deltas = self._accept(sampled.token_id, self._logprob(sampled))
        if not self.finished:
            deltas += self._force()
        return deltas

    # --- inside -------------------------------------------------------------------------------

    def _force(self) -> list[Delta]:
        if self.constraint is None:
            return []
        deltas: list[Delta] = []
        while not self.finished and (tokens := list(self.constraint.forced())):
            for token in tokens:
                self.forced_tokens += 1
                deltas += self._accept(token, None)
                if self.finished:
                    break
        return deltas

    def _accept(self, token: int, logprob: TokenLogprob | None) -> list[Delta]:
        self._last = time.perf_counter()
        if self._first is None:
            self._first = self._last
        if self.constraint is not None:
            self.constraint.accept(token)
        self.sequence.tokens.append(token)
        self.state.append(token)
        self.completion_tokens += 1
        self._held_ids.append(token)
        if token in self._limits.end_ids:
            return self._finish("stop", "")
        text = self._stops.append(self._detokenizer.append(token))
        if logprob is not None:
            self._held_logprobs.append(logprob)
        if self._stops.stopped or (self.constraint is not None and self.constraint.done):
            return self._finish("stop", text)
        if self.completion_tokens >= self._limits.max_tokens:
            return self._finish("length", text)
        return [self._release(text)] if text or self._held_logprobs else []

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
