"""What everything above the engine knows of it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from qwen_app.engine.stream import Stream
from qwen_app.messages import Prompt, Request, SamplingParams


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answers, and how it runs."""

    id: str
    """Catalogue name, e.g. ``embedded`` or ``Qwen/Qwen2.5-0.5B-Instruct``, or a folder's name."""
    is_demo: bool
    """True for the embedded demonstration model: say plainly that this is not Qwen2.5-0.5B."""
    parameters: int
    quantization: str
    dtype: str
    device: str
    context_length: int
    """Most tokens of prompt and answer together."""
    defaults: SamplingParams
    """From the checkpoint's generation_config."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """Loading, ready, failed: for the page's header, /health and errors."""

    phase: Literal["loading", "ready", "failed"]
    progress: float = 0.0
    """0 to 1 while loading."""
    detail_en: str = ""
    """The step under way, or why it failed."""
    detail_zh: str = ""
    running: int = 0
    """Sequences on the model now."""
    waiting: int = 0
    """Sequences in the queue."""


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Counters since the start (monotonic) and gauges of now, for /metrics."""

    running: int = 0
    waiting: int = 0
    kv_blocks_total: int = 0
    kv_blocks_used: int = 0
    requests: int = 0
    failed: int = 0
    cancelled: int = 0
    preemptions: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    forced_tokens: int = 0


class Engine(Protocol):
    """A generator: thread-safe, many requests at once."""

    @property
    def info(self) -> ModelInfo:
        """Raises ModelLoading or ModelFailed while there is no model."""

    @property
    def state(self) -> EngineState: ...

    @property
    def stats(self) -> EngineStats: ...

    def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of the prompt as the model would read it, chat template included."""

    def stream(self, request: Request) -> Stream:
        """Submit; returns at once. The stream yields deltas and raises what went wrong;
        closing it (or ending its iteration) ends the request within one model step.

        Raises:
            InvalidInput: the request cannot be served as it is (too long, bad constraint...).
            EngineBusy: the waiting queue is full.
            ModelLoading, ModelFailed, EngineClosed: there is no model to serve it.
        """

    def close(self) -> None:
        """End all requests with EngineClosed and give the memory back."""
