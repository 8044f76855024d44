"""One job about a table on its way to the page, as a series of snapshots (`qwen_app.ui.answer`)."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from qwen_app.engine.base import Engine
from qwen_app.errors import AppError
from qwen_app.features.tables.drawing import Drawing
from qwen_app.ui.answer import Pace
from qwen_app.ui.table_jobs import Finished, Job

log = logging.getLogger(__name__)

FAULT: Final = {
    "code": AppError.code,
    "en": "This failed because of a fault in this program. Try again; the server's log has the"
    " details.",
    "zh": "由于程序内部故障，操作失败。请重试；详细信息见服务器日志。",
}

Phase = Literal["loading", "waiting", "writing", "computing", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """Everything that the page shows of a question at one moment."""

    id: str
    beat: int
    phase: Phase
    query: str = ""
    """The first one drawn, as far as it is written; in the end the one that was chosen."""
    text: str = ""
    """An answer that is no query, as far as it is written."""
    tokens: int = 0
    tokens_per_second: float = 0.0
    progress: float = 0.0
    """Of loading the model, 0 to 1."""
    outcome: dict[str, Any] | None = None
    receipt: dict[str, Any] | None = None
    verdict: dict[str, Any] | None = None
    error: dict[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class TableAnswering:
    """Runs one job; implements `qwen_app.ui.answer.Running`.

    Args:
        places: bounds how many jobs compute at once; each holds a thread while it does.
    """

    def __init__(
        self, id: str, job: Job, engine: Engine, pace: Pace, places: asyncio.Semaphore
    ) -> None:
        self.id = id
        self._job, self._engine, self._pace, self._places = job, engine, pace, places
        self._stopped = asyncio.Event()
        self._drawing: Drawing | None = None
        self._phase: Phase = "waiting"
        self._beat = 0
        self._first_token_at = 0.0

    def stop(self) -> None:
        """End it at once."""
        self._stopped.set()
        if self._drawing is not None:
            self._drawing.close()

    async def snapshots(self) -> AsyncGenerator[TableSnapshot, None]:
        """The last one has the phase done, stopped or failed. Closing the generator ends the
        requests."""
        self._pace.active += 1
        work: asyncio.Task[Finished | None] | None = None
        try:
            while self._engine.state.phase == "loading" and not self._stopped.is_set():
                yield self._snapshot("loading", progress=self._engine.state.progress)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), self._pace.heartbeat_s)
            work = asyncio.create_task(self._work())
            while not work.done():
                yield self._snapshot(self._now())
                await asyncio.wait({work}, timeout=self._wait_s())
            finished = work.result()
        except AppError as error:
            described = {"code": error.code, "en": error.en, "zh": error.zh}
            yield self._snapshot("failed", error=described)
        except Exception:
            log.exception("a question about a table failed")
            yield self._snapshot("failed", error=FAULT)
        else:
            yield self._snapshot("stopped") if finished is None else self._ended(finished)
        finally:
            self._pace.active -= 1
            self.stop()
            if work is not None:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _work(self) -> Finished | None:
        """None if it was stopped."""
        if self._stopped.is_set():
            return None
        info, count_tokens = self._engine.info, self._engine.count_tokens
        async with self._places:
            requests = await asyncio.to_thread(self._job.requests, info, count_tokens)
        drawing = self._drawing = Drawing(requests)
        if self._stopped.is_set() or not await drawing.run(self._engine):
            return None
        self._phase = "computing"
        async with self._places:
            return await asyncio.to_thread(self._job.finish, drawing.texts, drawing.receipts)

    def _now(self) -> Phase:
        if self._phase == "waiting" and self._drawing is not None and self._drawing.tokens:
            self._phase = "writing"
            self._first_token_at = time.monotonic()
        return self._phase

    def _wait_s(self) -> float:
        return (
            self._pace.interval_s if self._phase == "writing" else max(0.2, self._pace.interval_s)
        )

    def _snapshot(self, phase: Phase, **more: Any) -> TableSnapshot:
        self._beat += 1
        drawing = self._drawing
        tokens = drawing.tokens if drawing is not None else 0
        passed = time.monotonic() - self._first_token_at
        written = drawing.first if drawing is not None else ""
        return TableSnapshot(
            id=self.id,
            beat=self._beat,
            phase=phase,
            query=written if self._job.is_query else "",
            text="" if self._job.is_query else written,
            tokens=tokens,
            tokens_per_second=(tokens - 1) / passed if tokens > 1 and passed else 0.0,
            **more,
        )

    def _ended(self, finished: Finished) -> TableSnapshot:
        self._beat += 1
        receipt = finished.receipt or {}
        return TableSnapshot(
            id=self.id,
            beat=self._beat,
            phase="done",
            query=finished.query,
            tokens=receipt.get("completion_tokens", 0),
            tokens_per_second=receipt.get("tokens_per_second", 0.0),
            outcome=finished.outcome,
            receipt=finished.receipt,
            verdict=asdict(finished.verdict),
        )
