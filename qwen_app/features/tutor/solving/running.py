"""A job of the tutor in a thread of its own, for callers with an event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from qwen_app.engine.base import ModelInfo
from qwen_app.engine.stream import Stream
from qwen_app.features.tutor.events import Event
from qwen_app.features.tutor.solving.task import Engine
from qwen_app.messages import Prompt, Request

AT_ONCE: Final = 8
"""Jobs that run side by side for one caller; each holds a thread, and a batch of solutions."""


class EndedError(Exception):
    """A job asks the model for something although it was ended."""


class Endable:
    """An engine whose requests can be ended all at once, from another thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._streams: list[Stream] = []
        self._ended = False
        self.choices = 0
        """Answers that were asked for."""

    @property
    def info(self) -> ModelInfo:
        return self._engine.info

    def count_tokens(self, prompt: Prompt) -> int:
        return self._engine.count_tokens(prompt)

    def stream(self, request: Request) -> Stream:
        """
        Raises:
            EndedError: `end` was called.
        """
        if self._ended:
            raise EndedError
        stream = self._engine.stream(request)
        with self._lock:
            self.choices += request.n
            if not self._ended:
                self._streams.append(stream)
                return stream
        stream.close()
        raise EndedError

    def end(self) -> None:
        with self._lock:
            self._ended = True
            streams, self._streams = self._streams, []
        for stream in streams:
            stream.close()


async def last_event(engine: Endable, job: Callable[[Engine], Iterator[Event]]) -> Event:
    """Run the job to its end. If the caller is cancelled, all its requests are ended.

    Raises:
        AppError: what the job raises.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Event] = loop.create_future()

    def settle(event: Event | None, error: Exception | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        elif event is not None:
            result.set_result(event)

    def work() -> None:
        event: Event | None = None
        error: Exception | None = None
        try:
            for event in job(engine):  # noqa: B007 - the last one is wanted
                pass
        except Exception as failure:  # told to whoever waits
            error = failure
        with suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(settle, event, error)

    threading.Thread(target=work, name="tutor", daemon=True).start()
    try:
        return await result
    finally:
        engine.end()
