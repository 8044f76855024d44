"""One job of the tutor on its way to the page, as a series of snapshots (`qwen_app.ui.answer`).

A job is an iterator of events (`qwen_app.features.tutor.events`) that waits for the model and for
the checker, so it runs in a thread of its own.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from qwen_app.engine.base import Engine
from qwen_app.errors import AppError
from qwen_app.features.tutor.events import Event, Sheet
from qwen_app.features.tutor.solving.running import Endable, EndedError
from qwen_app.ui.answer import Pace
from qwen_app.ui.tutor_view import SheetView

log = logging.getLogger(__name__)

Phase = Literal["loading", "waiting", "writing", "done", "stopped", "failed"]


class Job(Protocol):
    """What the page may want of the tutor."""

    @property
    def needs_model(self) -> bool:
        """It waits until the model is loaded; else it does without one that is not there."""

    def events(self, engine: Endable) -> Iterator[Event]:
        """Raises an AppError where it cannot be done as it is."""


@dataclass(frozen=True, slots=True)
class TutorSnapshot:
    """Everything that the page shows of a job at one moment; ``sheet`` is as in `SheetView`."""

    id: str
    beat: int
    phase: Phase
    sheet: dict[str, Any]
    progress: float = 0.0
    """Of loading the model, 0 to 1."""
    error: dict[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "beat": self.beat,
            "phase": self.phase,
            "progress": self.progress,
            "error": self.error,
            **self.sheet,
        }


class TutorAnswering:
    """Runs one job; implements `qwen_app.ui.answer.Running`."""

    def __init__(self, id: str, job: Job, engine: Engine, pace: Pace) -> None:
        self.id = id
        self._job, self._pace = job, pace
        self._engine = engine
        self._requests = Endable(engine)
        self._stopped = asyncio.Event()
        self._news = asyncio.Event()
        self._view = SheetView()
        self._sheet = Sheet()
        self._beat = 0

    def stop(self) -> None:
        """End it at once; the lines that are written stay."""
        self._stopped.set()
        self._requests.end()

    async def snapshots(self) -> AsyncGenerator[TutorSnapshot, None]:
        """The last one has the phase done, stopped or failed. Closing the generator ends the
        requests."""
        self._pace.active += 1
        working: asyncio.Future[None] | None = None
        try:
            while self._waits() and not self._stopped.is_set():
                yield self._snapshot("loading", progress=self._engine.state.progress)
                await self._pause(self._stopped, self._pace.heartbeat_s)
            loop = asyncio.get_running_loop()
            working = loop.create_future()
            threading.Thread(target=self._work, args=(loop, working), daemon=True).start()
            while not working.done():
                self._news.clear()
                sheet = self._sheet
                # Rendering and reading formulas takes milliseconds that others wait for.
                yield await asyncio.to_thread(self._snapshot, _phase(sheet), sheet)
                # Cut short when all is done: the last lines need not wait.
                await asyncio.wait({working}, timeout=self._pace.interval_s)
                await self._pause(self._news, self._pace.heartbeat_s)
            working.result()
        except AppError as error:
            yield self._failed({"code": error.code, "en": error.en, "zh": error.zh})
        except EndedError:
            yield self._snapshot("stopped")
        except Exception:
            log.exception("the tutor failed")
            yield self._failed(FAULT)
        else:
            ended: Phase = "stopped" if self._stopped.is_set() else "done"
            yield await asyncio.to_thread(self._snapshot, ended)
        finally:
            self._pace.active -= 1
            self.stop()
            if working is not None and not working.cancel() and not working.cancelled():
                working.exception()  # seen, though nobody is left to be told

    def _waits(self) -> bool:
        return self._job.needs_model and self._engine.state.phase == "loading"

    async def _pause(self, until: asyncio.Event, most_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), most_s)

    def _work(self, loop: asyncio.AbstractEventLoop, working: "asyncio.Future[None]") -> None:
        """In a thread of its own: a solution takes its time, and the loop's threads are few."""
        failure: Exception | None = None
        try:
            events = self._job.events(self._requests)
            try:
                for event in events:
                    if self._stopped.is_set():
                        break
                    self._sheet = self._sheet.after(event)
                    with suppress(RuntimeError):  # the server has ended in the meantime
                        loop.call_soon_threadsafe(self._news.set)
            finally:
                if isinstance(events, Generator):
                    events.close()
        except Exception as error:  # told to whoever waits for the future
            failure = None if self._stopped.is_set() else error

        def tell() -> None:
            self._news.set()
            if working.done():
                return
            if failure is None:
                working.set_result(None)
            else:
                working.set_exception(failure)

        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell)

    def _snapshot(self, phase: Phase, sheet: Sheet | None = None, **more: Any) -> TutorSnapshot:
        self._beat += 1
        shown = self._view.of(sheet or self._sheet)
        return TutorSnapshot(self.id, self._beat, phase, shown, **more)

    def _failed(self, error: dict[str, str]) -> TutorSnapshot:
        return self._snapshot("failed", error=error)


FAULT = {
    "code": AppError.code,
    "en": "This failed because of a fault in this program. Try again; the server's log has the"
    " details.",
    "zh": "由于程序内部故障，操作失败。请重试；详细信息见服务器日志。",
}


def _phase(sheet: Sheet) -> Phase:
    return "writing" if sheet.lines or sheet.writing or sheet.withdrawn else "waiting"
