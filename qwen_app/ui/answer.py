"""One answer on its way from the engine to the page, as a series of snapshots.

A snapshot is everything that the page shows of the answer so far, so that one that is lost on
the way does no harm: the next one has it all.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, TypeVar

from qwen_app.engine.base import Engine
from qwen_app.engine.stream import Stream, open_in_thread
from qwen_app.errors import AppError
from qwen_app.features.task import Task
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Delta, Receipt
from qwen_app.ui.markdown import StreamingMarkdown

log = logging.getLogger(__name__)

Phase = Literal["loading", "waiting", "writing", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the page shows of an answer at one moment."""

    id: str
    beat: int
    """Counts up, so that no two snapshots are equal: the page takes silence for a lost
    connection."""
    phase: Phase
    text: str = ""
    blocks: tuple[str, ...] = ()
    """HTML that will not change any more, and ``tail`` that may (`StreamingMarkdown`)."""
    tail: str = ""
    tokens: int = 0
    tokens_per_second: float = 0.0
    progress: float = 0.0
    """Of loading the model, 0 to 1."""
    dropped: int = 0
    """Oldest messages that did not fit into the context and were not sent."""
    receipt: Receipt | None = None
    verdict: Verdict | None = None
    error: dict[str, str] | None = None
    """``code``, ``en`` and ``zh``."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"blocks": list(self.blocks)}


class Pace:
    """How often the page hears of its answers.

    Each update costs the server one or two milliseconds of the processor that the model needs
    (measured on two cores, Gradio's share included), so the more answers are under way, the
    fewer updates each of them gets.

    Args:
        each: most updates a second for one answer.
        together: most updates a second for all of them.
        heartbeat_s: a sign of life at least so often. Between two of them nobody can notice
            that the reader has left.
    """

    def __init__(self, each: float, together: float, heartbeat_s: float = 1.0) -> None:
        self._each, self._together, self.heartbeat_s = each, together, heartbeat_s
        self.active = 0

    @property
    def interval_s(self) -> float:
        return max(1 / self._each, self.active / self._together)


class Answer:
    """Runs one task. `stop` may be called at any time, from the same event loop.

    Args:
        is_markdown: the answer is rendered as it grows; else its snapshots have the text alone.
    """

    def __init__(
        self, id: str, task: Task, engine: Engine, pace: Pace, *, is_markdown: bool = True
    ) -> None:
        self.id = id
        self._task, self._engine, self._pace = task, engine, pace
        self._stopped = asyncio.Event()
        self._stream: Stream | None = None
        self._beat = 0
        self._dropped = 0
        self._text: list[str] = []
        self._markdown = StreamingMarkdown() if is_markdown else None
        self._tokens = 0
        self._first_token_at = 0.0
        self._receipt: Receipt | None = None

    def stop(self) -> None:
        """End the answer at once; what is written so far stays."""
        self._stopped.set()
        if self._stream is not None:
            self._stream.close()

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """The answer as it grows; the last snapshot has the phase done, stopped or failed.
        Closing the generator ends the request."""
        self._pace.active += 1
        try:
            while self._engine.state.phase == "loading" and not self._stopped.is_set():
                yield self._snapshot("loading", progress=self._engine.state.progress)
                await _wait(self._stopped, self._pace.heartbeat_s)
            if not self._stopped.is_set():
                async with aclosing(self._batches()) as batches:
                    async for batch in batches:
                        self._take(batch)
                        yield self._snapshot("writing" if self._tokens else "waiting")
        except AppError as error:
            yield self._failed(error)
        except Exception:
            log.exception("an answer for the page failed")
            yield self._failed(
                AppError(
                    "The answer failed because of a fault in this program. Try again; the"
                    " server's log has the details.",
                    "由于程序内部故障，回答失败。请重试；详细信息见服务器日志。",
                )
            )
        else:
            yield await self._ended()
        finally:
            self._pace.active -= 1

    async def _batches(self) -> AsyncGenerator[list[Delta], None]:
        # Both read and tokenize the whole prompt, which other readers must not wait for.
        info = self._engine.info
        prepared = await asyncio.to_thread(
            self._task.prepare,
            defaults=info.defaults,
            context_length=info.context_length,
            count_tokens=self._engine.count_tokens,
        )
        self._dropped = prepared.dropped
        stream = await open_in_thread(lambda: self._engine.stream(prepared.request))
        self._stream = stream
        if self._stopped.is_set():
            stream.close()
        async with aclosing(paced(stream, self._pace)) as batches:
            async for batch in batches:
                yield batch

    def _take(self, batch: list[Delta]) -> None:
        for delta in batch:
            if not self._tokens and delta.token_ids:
                self._first_token_at = time.monotonic()
            self._tokens += len(delta.token_ids)
            self._text.append(delta.text)
            self._receipt = delta.receipt or self._receipt
        piece = "".join(delta.text for delta in batch)
        if piece and self._markdown is not None:
            self._markdown.feed(piece)

    def _snapshot(self, phase: Phase, **more: Any) -> Snapshot:
        self._beat += 1
        passed = time.monotonic() - self._first_token_at
        return Snapshot(
            id=self.id,
            beat=self._beat,
            phase=phase,
            text="".join(self._text),
            blocks=tuple(self._markdown.blocks) if self._markdown is not None else (),
            tail=self._markdown.tail if self._markdown is not None else "",
            tokens=self._tokens,
            tokens_per_second=(self._tokens - 1) / passed if self._tokens > 1 and passed else 0.0,
            dropped=self._dropped,
            **more,
        )

    async def _ended(self) -> Snapshot:
        if self._receipt is None:
            return self._snapshot("stopped")
        verdict = await asyncio.to_thread(self._task.verify, "".join(self._text))
        return self._snapshot("done", receipt=self._receipt, verdict=verdict)

    def _failed(self, error: AppError) -> Snapshot:
        described = {"code": error.code, "en": error.en, "zh": error.zh}
        return self._snapshot("failed", error=described)


def refused(call: Any, error: AppError) -> dict[str, Any]:
    """The only snapshot of an answer that the server does not begin; ``call`` is what the page
    sent, whatever that is."""
    id = call.get("id") if isinstance(call, dict) else None
    described = {"code": error.code, "en": error.en, "zh": error.zh}
    return Snapshot(id=str(id), beat=1, phase="failed", error=described).to_json()


Shown = TypeVar("Shown")
_Shown = TypeVar("_Shown", covariant=True)


class Running(Protocol[_Shown]):
    """What is under way for a page, as `Answer` is."""

    id: str

    def stop(self) -> None: ...

    def snapshots(self) -> AsyncGenerator[_Shown, None]: ...


class Answers:
    """The answers under way on all pages, so that they can be ended from elsewhere."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[Running[Any], str | None]] = {}

    async def run(self, answer: Running[Shown], session: str | None) -> AsyncGenerator[Shown, None]:
        """The answer's snapshots, for the page whose Gradio session this is."""
        self._running[answer.id] = (answer, session)
        try:
            async with aclosing(answer.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot
        finally:
            self._running.pop(answer.id, None)

    def stop(self, id: str) -> bool:
        """End one answer; whether there was one."""
        if id not in self._running:
            return False
        self._running[id][0].stop()
        return True

    def leave(self, session: str | None) -> None:
        """The page was closed. Gradio closes the generators of pages that were reading them,
        but not of one that went before it had begun to."""
        for answer, of in list(self._running.values()):
            if of == session:
                answer.stop()


async def paced(stream: Stream, pace: Pace) -> AsyncGenerator[list[Delta], None]:
    """The stream's deltas in batches, at the given pace; an empty batch is a heartbeat.

    Law: the batches joined are the stream's deltas, in order; what the stream raises is raised
    after all deltas before it. Closing the generator closes the stream.
    """
    arrived: list[Delta] = []
    news = asyncio.Event()

    async def read() -> None:
        try:
            async for delta in stream:
                arrived.append(delta)
                news.set()
        finally:
            news.set()

    # A task of its own: a reader that is interrupted while it waits closes the stream.
    reader = asyncio.create_task(read())
    try:
        while True:
            await _wait(news, pace.heartbeat_s)
            finished = reader.done()
            batch, arrived[:] = arrived.copy(), []
            news.clear()
            if batch or not finished:
                yield batch
            if finished:
                reader.result()
                return
            if batch:
                # Cut short when the last words have come: they need not wait.
                await asyncio.wait({reader}, timeout=pace.interval_s)
    finally:
        if not reader.cancel() and not reader.cancelled():
            reader.exception()  # Seen, though nobody is left to be told.
        stream.close()


async def _wait(event: asyncio.Event, most_s: float) -> None:
    """Until the event, or so many seconds."""
    try:
        async with asyncio.timeout(most_s):
            await event.wait()
    except TimeoutError:
        return
