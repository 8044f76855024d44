"""What chat and text completions have in common on their way out."""

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from pydantic import BaseModel

from qwen_app import __version__
from qwen_app.api.responses import PromptTokensDetails, ReceiptBody, SamplingUsed, Usage
from qwen_app.engine.base import ModelInfo
from qwen_app.messages import Delta, Receipt


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every body of one answer repeats."""

    id: str
    created: int
    model: str
    system_fingerprint: str

    @classmethod
    def new(cls, prefix: str, info: ModelInfo) -> "Envelope":
        return cls(
            id=f"{prefix}-{uuid.uuid4().hex}",
            created=int(time.time()),
            model=info.id,
            system_fingerprint=fingerprint(info),
        )


class Format(Protocol):
    """How a route writes deltas; one instance for each answer."""

    def chunks(self, choice: int, delta: Delta) -> Iterable[BaseModel]:
        """The chunks of a stream that say what the delta says."""

    def usage_chunk(self, usage: Usage) -> BaseModel:
        """The last chunk of a stream that was asked for its usage."""

    def whole(self, choices: Sequence[Sequence[Delta]], usage: Usage) -> BaseModel:
        """The body of an answer that is not streamed, from the deltas of each choice."""


def fingerprint(info: ModelInfo) -> str:
    """Changes when the same seed may give another text."""
    parts = (__version__, info.id, info.quantization, info.dtype, info.device)
    return f"fp_{sha256(':'.join(parts).encode()).hexdigest()[:10]}"


def usage(all_choices: Iterable[Receipt], one_per_prompt: Iterable[Receipt]) -> Usage:
    """A prompt counts once, however many answers it gets."""
    firsts = list(one_per_prompt)
    prompt_tokens = sum(receipt.prompt_tokens for receipt in firsts)
    completion_tokens = sum(receipt.completion_tokens for receipt in all_choices)
    return Usage(
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        total_tokens=prompt_tokens + completion_tokens,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=sum(receipt.cached_tokens for receipt in firsts)
        ),
    )


def receipt_body(receipt: Receipt) -> ReceiptBody:
    used = receipt.sampling
    return ReceiptBody(
        model=receipt.model,
        quantization=receipt.quantization,
        device=receipt.device,
        seed=used.seed,
        sampling=SamplingUsed(
            temperature=used.temperature,
            top_p=used.top_p,
            top_k=used.top_k,
            min_p=used.min_p,
            repetition_penalty=used.repetition_penalty,
            presence_penalty=used.presence_penalty,
            frequency_penalty=used.frequency_penalty,
            stop=list(used.stop),
            max_tokens=used.max_tokens,
        ),
        prompt_tokens=receipt.prompt_tokens,
        cached_tokens=receipt.cached_tokens,
        completion_tokens=receipt.completion_tokens,
        forced_tokens=receipt.forced_tokens,
        rewinds=receipt.rewinds,
        context_length=receipt.context_length,
        queue_s=receipt.queue_s,
        time_to_first_token_s=receipt.time_to_first_token_s,
        tokens_per_second=receipt.tokens_per_second,
    )


def finite(logprob: float) -> float:
    """JSON has no minus infinity; OpenAI writes -9999 for a token that cannot come."""
    return max(logprob, -9999.0)


def last_receipt(deltas: Sequence[Delta]) -> Receipt:
    receipt = deltas[-1].receipt
    assert receipt is not None  # a Generation ends with an error otherwise
    return receipt
