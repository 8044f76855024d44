"""The answer of one request on its way from the engine's thread to whoever reads it.

Read it with ``for`` from a thread or with ``async for`` from an event loop. Ending the reading
ends the request: `close`, leaving a ``with`` block, a cancelled task and a forgotten stream all
call ``on_close`` once, so that a stop button, a closed tab and a dropped connection are one path.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType

from qwen_app.messages import Delta


class Stream(Iterator[Delta], AsyncIterator[Delta]):
    """Deltas of one request, in order; raises the request's error where it happened.

    Args:
        on_close: called once when the reader leaves before the end; from any thread, so it
            may only set a flag or post to a queue.
    """

    def __init__(self, on_close: Callable[[], None] = lambda: None) -> None:
        self._on_close = on_close
        self._items: deque[Delta] = deque()
        self._ended = False
        self._error: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    # --- the engine's side -------------------------------------------------------------------

    def put(self, delta: Delta) -> None:
        with self._changed:
            if not self._closed:
                self._items.append(delta)
            self._wake()

    def finish(self, error: BaseException | None = None) -> None:
        """No more deltas will come. The first call counts."""
        with self._changed:
            if not self._ended:
                self._ended, self._error = True, error
            self._wake()

    def _wake(self) -> None:
        self._changed.notify_all()
        if self._waiter is not None:
            loop, future = self._waiter
            self._waiter = None
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, future)

    # --- the reader's side -------------------------------------------------------------------

    def _take(self) -> Delta | None:
        """The next delta, or None if one must be waited for. Called with the lock held.

        Raises:
            StopIteration: the end.
            BaseException: what the request failed with.
        """
        if self._items:
            return self._items.popleft()
        if self._closed or self._ended:
            error, self._error = self._error, None
            if error is not None and not self._closed:
                raise error
            raise StopIteration
        return None

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Delta:
        with self._changed:
            while (delta := self._take()) is None:
                self._changed.wait()
            return delta

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Delta:
        while True:
            with self._changed:
                try:
                    if (delta := self._take()) is not None:
                        return delta
                except StopIteration:
                    raise StopAsyncIteration from None
                loop = asyncio.get_running_loop()
                future = loop.create_future()
                self._waiter = (loop, future)
            try:
                await future
            except asyncio.CancelledError:
                self.close()
                raise

    def close(self) -> None:
        """End the request if it is still running; safe to call twice and from any thread."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._items.clear()
            still_running = not self._ended
            self._wake()
        if still_running:
            self._on_close()

    async def aclose(self) -> None:
        self.close()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A forgotten stream must not keep generating. __init__ may not have run to its end.
        if getattr(self, "_changed", None) is not None:
            self.close()


async def open_in_thread(start: Callable[[], Stream]) -> Stream:
    """``start()`` in a thread, since the engine reads the prompt there. A stream for which nobody
    waits any more is closed as soon as it is there: until something collects it, it would go on."""
    starting = asyncio.ensure_future(asyncio.to_thread(start))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        starting.add_done_callback(_close)
        raise


def _close(starting: "asyncio.Future[Stream]") -> None:
    if not starting.cancelled() and starting.exception() is None:
        starting.result().close()


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
