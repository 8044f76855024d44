"""The vocabulary of the whole app: what is asked of the model, and what comes back.

Frozen values only; nothing here knows torch, HTTP or the page. A task or a route builds a
`Request`, the engine answers with `Delta`s, and the last delta of each choice carries a
`Receipt` that says how the answer came about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]

FinishReason = Literal["stop", "length"]
"""``stop``: the model ended its turn, a stop string or stop token came, or the constraint was
complete. ``length``: max_tokens or the context was used up, so the text is truncated."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the assistant asked to be called."""

    name: str
    arguments: str
    """A JSON object, as text."""
    id: str = ""
    """By it a response names its call; templates that go by order do without."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    """Only of an assistant; its content, which may be empty, stands before them."""
    tool_call_id: str | None = None
    """Only of a tool: the call that this is the response to."""


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How tokens are chosen. The neutral value of every field switches it off.

    A model's own defaults are a `SamplingParams` too (`ModelInfo.defaults`); callers apply
    what the user set with ``dataclasses.replace``. `qwen_app.decoding.sampler` says in which
    order the fields act.
    """

    temperature: float = 1.0
    """0 is greedy (seed and the truncations below are then without effect); up to 2."""
    top_p: float = 1.0
    """Nucleus: the smallest set of tokens whose probability reaches this; in (0, 1]."""
    top_k: int = 0
    """Only the k likeliest tokens; 0 is off."""
    min_p: float = 0.0
    """Drop tokens less likely than this share of the likeliest one; in [0, 1]."""
    repetition_penalty: float = 1.0
    """Divides positive and multiplies negative logits of tokens in prompt or answer; (0, 2]."""
    presence_penalty: float = 0.0
    """Subtracted once from the logits of tokens already in the answer; [-2, 2]."""
    frequency_penalty: float = 0.0
    """Subtracted for each occurrence in the answer; [-2, 2]."""
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    """Token id to a bias in [-100, 100] that is added to its logit."""
    seed: int | None = None
    """Same seed, same model, same request: same text. None draws one; the receipt names it."""
    stop: tuple[str, ...] = ()
    """The answer ends before the first of these strings."""
    stop_token_ids: tuple[int, ...] = ()
    """The answer ends at the first of these ids, besides the model's own end tokens."""
    max_tokens: int | None = None
    """At most so many generated tokens; None is as many as the context has room for."""
    top_logprobs: int | None = None
    """None: no log-probabilities; 0: of the chosen token; n: of the n likeliest as well (<= 20)."""
    ignore_eos: bool = False
    """Go on past the model's end tokens (for benchmarks)."""


class ConstraintSpec:
    """Base of frozen descriptions of what may be generated.

    A description is a plain value that can be compared, kept in a receipt and sent elsewhere;
    `qwen_app.decoding.constraint.start` makes the live constraint from it for one answer.
    """

    __slots__ = ()


Prompt = tuple[Message, ...] | str | tuple[int, ...]
"""A conversation (rendered with the model's chat template), raw text, or token ids."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the generator."""

    prompt: Prompt
    sampling: SamplingParams = field(default_factory=SamplingParams)
    constraint: ConstraintSpec | None = None
    n: int = 1
    """How many answers; choice i uses seed + i."""
    deadline_s: float | None = None
    """Seconds from submission after which the request ends with DeadlineExceeded."""
    tools: str | None = None
    """The functions that the chat template tells the model of: a JSON array as text, each
    entry ``{"type": "function", "function": {"name", "description", "parameters"}}``."""
    continue_final: bool = False
    """The answer goes on from the last message, which is the assistant's, in the middle of its
    text, instead of being a message of its own."""


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A generated token, its natural-log probability under the raw logits, and rivals."""

    token_id: int
    text: str
    """The token alone; replacement characters where it is part of a character."""
    raw: bytes
    """The token's exact bytes."""
    logprob: float
    top: tuple["TokenLogprob", ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an answer came about; enough to replay it."""

    model: str
    quantization: str
    device: str
    sampling: SamplingParams
    """As used: defaults applied, and `seed` is the one that was drawn."""
    prompt_tokens: int
    cached_tokens: int
    """Of the prompt tokens, how many came from the prefix cache."""
    completion_tokens: int
    forced_tokens: int
    """Of the completion tokens, how many a constraint forced without asking the model."""
    queue_s: float
    """Seconds from submission to the first time on the model."""
    time_to_first_token_s: float
    """Seconds from submission to the first generated token."""
    tokens_per_second: float
    """Generated tokens after the first, over the time that they took; 0 for a single one."""
    context_length: int
    """Tokens that the context holds; prompt + completion of it are used."""
    finish_reason: FinishReason
    rewinds: int = 0
    """How often a constraint took tokens back because a check of the finished part failed."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of one choice. Joined texts of a choice are its whole answer."""

    index: int
    text: str
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    receipt: Receipt | None = None
    """Only on the last delta of the choice."""

    @property
    def finish_reason(self) -> FinishReason | None:
        return self.receipt.finish_reason if self.receipt else None
