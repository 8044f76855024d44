"""Whole answers under a constraint, by the loop that the engine uses, without a model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qwen_app.decoding.constraint import Bitmask, Supervisor, start
from qwen_app.decoding.sampler import Sampled
from qwen_app.engine.answer import Answer, AnswerLimits
from qwen_app.engine.base import ModelInfo
from qwen_app.engine.sequence import Sequence
from qwen_app.messages import ConstraintSpec, Receipt, SamplingParams
from qwen_app.text.tokenizer import Tokenizer

Chooser = Callable[[Bitmask | None], int]

_INFO = ModelInfo(
    id="none",
    is_demo=True,
    parameters=0,
    quantization="fp32",
    dtype="float32",
    device="cpu",
    context_length=8192,
    defaults=SamplingParams(),
)


@dataclass(frozen=True, slots=True)
class Driven:
    text: str
    receipt: Receipt
    pieces: tuple[str, ...]
    """As they were shown, one by one."""


def drive(
    spec: ConstraintSpec, tokenizer: Tokenizer, choose: Chooser, *, max_tokens: int = 1000
) -> Driven:
    """One answer; ``choose`` plays the model and sees the mask."""
    constraint = start(spec, tokenizer)
    if isinstance(constraint, Supervisor):
        constraint.limit(max_tokens)
    sequence = Sequence([0], 1)
    answer = Answer(
        0,
        sequence,
        sampling=SamplingParams(seed=1),
        limits=AnswerLimits(max_tokens, frozenset(tokenizer.eos_ids)),
        tokenizer=tokenizer,
        info=_INFO,
        constraint=constraint,
        submitted=0.0,
    )
    deltas = answer.begin()
    pieces: list[str] = []
    for _ in range(20 * max_tokens):
        for delta in deltas:
            pieces.append(delta.text)
            if delta.receipt is not None:
                assert len(sequence.tokens) - 1 == delta.receipt.completion_tokens
                return Driven("".join(pieces), delta.receipt, tuple(pieces))
        deltas = answer.take(Sampled(choose(answer.mask())))
        if withdrawn := answer.withdrawn():
            del sequence.tokens[len(sequence.tokens) - withdrawn :]
    raise AssertionError("the answer has no end")


def allowed(mask: Bitmask | None, tokenizer: Tokenizer) -> list[int]:
    if mask is None:
        return list(range(tokenizer.vocabulary_size))
    bits = np.unpackbits(mask.view(np.uint8), bitorder="little")[: tokenizer.vocabulary_size]
    return [int(id_) for id_ in np.flatnonzero(bits)]
