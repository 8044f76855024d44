"""An engine without a model, for tests of everything that stands on one.

It answers each request with what a script says, token by token (a token is a character here),
obeys max_tokens and stop strings, gives log-probabilities if asked (-0.5 for what it says, -1.5
and less for characters that it does not), and records the requests it saw.
"""

import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace

from qwen_app.engine.base import EngineState, EngineStats, ModelInfo
from qwen_app.engine.stream import Stream
from qwen_app.errors import ModelFailed, ModelLoading
from qwen_app.messages import (
    Delta,
    FinishReason,
    Message,
    Prompt,
    Receipt,
    Request,
    SamplingParams,
    TokenLogprob,
)

Script = Callable[[Request], str | Exception | tuple[str, Exception] | list[str]]
"""What to answer; an exception is raised in the stream, after the text if there is one. A list has
a text for each of the choices."""


class ScriptedEngine:
    """Implements `qwen_app.engine.base.Engine`.

    Args:
        script: the answer to each request; the default repeats the last message.
        gate: if given, each token waits for one `release`, so that a test decides the pace.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        gate: threading.Semaphore | None = None,
        info: ModelInfo | None = None,
        state: EngineState | None = None,
    ) -> None:
        self.script = script or (lambda request: _last_text(request.prompt))
        self.gate = gate
        self.requests: list[Request] = []
        self.cancelled: list[Request] = []
        self.refusal: Exception | None = None
        """If set, `stream` raises it: a busy, loading or failed engine. `info` raises it too if
        it says that there is no model."""
        self._info = info or ModelInfo(
            id="scripted",
            is_demo=True,
            parameters=0,
            quantization="fp32",
            dtype="float32",
            device="cpu",
            context_length=8192,
            defaults=SamplingParams(),
        )
        self._state = state or EngineState(phase="ready", progress=1.0)
        self._threads: list[threading.Thread] = []

    @property
    def info(self) -> ModelInfo:
        if isinstance(self.refusal, ModelLoading | ModelFailed):
            raise self.refusal
        return self._info

    @property
    def state(self) -> EngineState:
        return self._state

    @property
    def stats(self) -> EngineStats:
        return EngineStats(requests=len(self.requests), cancelled=len(self.cancelled))

    def count_tokens(self, prompt: Prompt) -> int:
        if isinstance(prompt, tuple):
            return sum(len(m.content) if isinstance(m, Message) else 1 for m in prompt)
        return len(prompt)

    def stream(self, request: Request) -> Stream:
        if self.refusal is not None:
            raise self.refusal
        self.requests.append(request)
        stopped = threading.Event()

        def on_close() -> None:
            stopped.set()
            self.cancelled.append(request)
            if self.gate is not None:
                self.gate.release()

        stream = Stream(on_close)
        thread = threading.Thread(
            target=self._answer, args=(request, _Writer(stream), stopped), daemon=True
        )
        self._threads.append(thread)
        thread.start()
        return stream

    def close(self) -> None:
        for thread in self._threads:
            thread.join(timeout=10)

    def _answer(self, request: Request, writer: "_Writer", stopped: threading.Event) -> None:
        answer = self.script(request)
        if isinstance(answer, Exception):
            writer.finish(answer)
            return
        answer, error = answer if isinstance(answer, tuple) else (answer, None)
        texts = answer if isinstance(answer, list) else [answer] * request.n
        for index in range(request.n):
            text, reason = _cut(texts[index], request.sampling)
            for character in text:
                if self.gate is not None:
                    self.gate.acquire()
                if stopped.is_set():
                    return
                logprobs = _logprobs(character, request.sampling.top_logprobs)
                writer.put(Delta(index, character, (ord(character),), logprobs))
            if error is not None:
                writer.finish(error)
                return
            writer.put(Delta(index, "", receipt=self._receipt(request, index, len(text), reason)))
        writer.finish(None)

    def _receipt(self, request: Request, index: int, tokens: int, reason: FinishReason) -> Receipt:
        seed = (request.sampling.seed or 0) + index
        return Receipt(
            model=self._info.id,
            quantization=self._info.quantization,
            device=self._info.device,
            sampling=replace(request.sampling, seed=seed),
            prompt_tokens=self.count_tokens(request.prompt),
            cached_tokens=0,
            completion_tokens=tokens,
            forced_tokens=0,
            queue_s=0.0,
            time_to_first_token_s=0.01,
            tokens_per_second=100.0,
            context_length=self._info.context_length,
            finish_reason=reason,
        )


class _Writer:
    """Keeps the thread from holding the stream itself, so that a forgotten one can be closed."""

    def __init__(self, stream: Stream) -> None:
        self._stream = weakref.ref(stream)

    def put(self, delta: Delta) -> None:
        if (stream := self._stream()) is not None:
            stream.put(delta)

    def finish(self, error: Exception | None) -> None:
        if (stream := self._stream()) is not None:
            stream.finish(error)


def _last_text(prompt: Prompt) -> str:
    if isinstance(prompt, str):
        return prompt
    last: Sequence[Message | int] = prompt[-1:]
    return last[0].content if last and isinstance(last[0], Message) else ""


def _logprobs(character: str, top: int | None) -> tuple[TokenLogprob, ...]:
    if top is None:
        return ()
    said = _token(character, -0.5)
    rivals = (_token(chr(0x4E00 + rank), -0.5 - rank) for rank in range(1, top))
    return (replace(said, top=(said, *rivals)[:top]),)


def _token(character: str, logprob: float) -> TokenLogprob:
    return TokenLogprob(ord(character), character, character.encode(), logprob)


def _cut(text: str, sampling: SamplingParams) -> tuple[str, FinishReason]:
    ends = [at for stop in sampling.stop if (at := text.find(stop)) >= 0]
    if ends:
        text = text[: min(ends)]
    if sampling.max_tokens is not None and len(text) > sampling.max_tokens:
        return text[: sampling.max_tokens], "length"
    return text, "stop"
