"""Some rows of a batch on their way through the engine, several at once."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from qwen_app.engine.base import Engine
from qwen_app.engine.stream import Stream, open_in_thread
from qwen_app.errors import AppError, EngineBusy, EngineClosed, ModelFailed, ModelLoading
from qwen_app.features.task import Task
from qwen_app.ui.answer import Pace

log = logging.getLogger(__name__)

ROWS_SIDE_BY_SIDE: Final = 8
"""Rows of one page that are on the model or in its queue at once: enough to fill a batch of the
engine, few enough to leave others their place."""
_BUSY_S: Final = 0.5
_OFTEN_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class RowsSnapshot:
    """How far the rows are. Like an answer's snapshot, it has everything so far."""

    id: str
    beat: int
    phase: Literal["writing", "done", "stopped", "failed"]
    results: tuple[dict[str, Any], ...] = ()
    """``row``, ``ok``, and ``text`` of the document or ``error`` with ``en`` and ``zh``."""
    error: dict[str, str] | None = None
    """Why no row can be read: there is no model. Rows without a result may be tried again."""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "beat": self.beat,
            "phase": self.phase,
            "results": list(self.results),
            "error": self.error,
        }


class Rows:
    """Runs a task for each row. `stop` may be called at any time, from the same event loop."""

    def __init__(self, id: str, tasks: Mapping[int, Task], engine: Engine, pace: Pace) -> None:
        self.id = id
        self._tasks, self._engine, self._pace = tasks, engine, pace
        self._stopped = asyncio.Event()
        self._results: list[dict[str, Any]] = []
        self._streams: set[Stream] = set()
        self._beat = 0

    def stop(self) -> None:
        """End the rows under way; those that are done keep their results."""
        self._stopped.set()
        for stream in list(self._streams):
            stream.close()

    async def snapshots(self) -> AsyncGenerator[RowsSnapshot, None]:
        """Ends with the phase done, stopped or failed. Closing the generator ends the rows."""
        self._pace.active += 1
        waiting = iter(self._tasks.items())
        # Workers take the next row from the one iterator, so none has two.
        workers = [
            asyncio.create_task(self._work(waiting))
            for _ in range(min(ROWS_SIDE_BY_SIDE, len(self._tasks)))
        ]
        try:
            pending = set(workers)
            while pending:
                interval = max(_OFTEN_S, self._pace.interval_s)
                finished, pending = await asyncio.wait(pending, timeout=interval)
                for worker in finished:
                    worker.result()
                yield self._snapshot("writing")
        except AppError as error:
            described = {"code": error.code, "en": error.en, "zh": error.zh}
            yield self._snapshot("failed", described)
        else:
            yield self._snapshot("stopped" if self._stopped.is_set() else "done")
        finally:
            self._pace.active -= 1
            self.stop()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, waiting: Any) -> None:
        for row, task in waiting:
            result = await self._result(task)
            if self._stopped.is_set():
                return
            self._results.append({"row": row, **result})

    async def _result(self, task: Task) -> dict[str, Any]:
        """Raises what concerns every row, not this one."""
        while not self._stopped.is_set():
            try:
                return await self._read(task)
            except (EngineBusy, ModelLoading):
                await asyncio.sleep(_BUSY_S)
            except (ModelFailed, EngineClosed):
                raise
            except AppError as error:
                return _failed(error.en, error.zh)
            except Exception:
                log.exception("a row of a batch failed")
                return _failed(
                    "This row failed because of a fault in this program; the server's log has"
                    " the details.",
                    "由于程序内部故障，此行失败；详细信息见服务器日志。",
                )
        return {}

    async def _read(self, task: Task) -> dict[str, Any]:
        info = self._engine.info
        prepared = await asyncio.to_thread(
            task.prepare,
            defaults=info.defaults,
            context_length=info.context_length,
            count_tokens=self._engine.count_tokens,
        )
        stream = await open_in_thread(lambda: self._engine.stream(prepared.request))
        self._streams.add(stream)
        try:
            if self._stopped.is_set():
                return {}
            text = "".join([delta.text async for delta in stream])
        finally:
            self._streams.discard(stream)
            stream.close()
        verdict = await asyncio.to_thread(task.verify, text)
        if verdict.status != "right":
            return _failed(verdict.en, verdict.zh)
        return {"ok": True, "text": text}

    def _snapshot(
        self, phase: Literal["writing", "done", "stopped", "failed"], error: Any = None
    ) -> RowsSnapshot:
        self._beat += 1
        return RowsSnapshot(self.id, self._beat, phase, tuple(self._results), error)


def _failed(en: str, zh: str) -> dict[str, Any]:
    return {"ok": False, "error": {"en": en, "zh": zh}}
