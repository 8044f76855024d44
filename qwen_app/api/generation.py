"""The answers to one HTTP request as one sequence of deltas."""

import asyncio
from collections import deque
from collections.abc import Sequence

from qwen_app.engine.base import Engine
from qwen_app.engine.stream import Stream
from qwen_app.errors import GenerationFailed
from qwen_app.messages import Delta, Receipt, Request


class Generation:
    """Merges the streams of a request's prompts in the order in which their deltas come.

    Deltas are numbered through: answer i of prompt p is choice ``p * n + i``. `close` must be
    called in the end; it ends what is still running.
    """

    def __init__(self, streams: Sequence[Stream], n: int) -> None:
        self.choices = len(streams) * n
        self.receipts: dict[int, Receipt] = {}
        """Of the choices that are complete and were taken."""
        self.error: Exception | None = None
        """What it failed with, once that was raised."""
        self._n = n
        self._streams = streams
        self._running = len(streams)
        self._items: deque[tuple[int, Delta] | Exception] = deque()
        self._arrived = asyncio.Event()
        self._pumps = [
            asyncio.create_task(self._pump(place * n, stream))
            for place, stream in enumerate(streams)
        ]

    @classmethod
    async def start(cls, engine: Engine, requests: Sequence[Request], n: int) -> "Generation":
        """Submit, in a thread: a long prompt takes its time to be tokenized.

        Raises:
            AppError: the engine refused one of the requests; none of them is running then.
        """
        return cls(await asyncio.to_thread(_submit, engine, requests), n)

    async def _pump(self, offset: int, stream: Stream) -> None:
        try:
            async for delta in stream:
                self._items.append((offset + delta.index, delta))
                self._arrived.set()
        except Exception as error:
            self._items.append(error)
        finally:
            self._running -= 1
            self._arrived.set()

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Until there is something to take, or the end. False: the time is over."""
        while not self._items and self._running:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return False
        return True

    def raise_early_error(self) -> None:
        """Raise what the generation failed with, if that came before any delta."""
        if self._items and isinstance(self._items[0], Exception):
            raise self._fail(self._items[0])

    def take(self) -> list[tuple[int, Delta]]:
        """What has arrived, with the number of the choice. Empty after `wait`: the end.

        Raises:
            Exception: what the generation failed with, once all that came before was taken.
        """
        taken: list[tuple[int, Delta]] = []
        while self._items:
            head = self._items[0]
            if isinstance(head, Exception):
                if taken:
                    break
                raise self._fail(head)
            self._items.popleft()
            choice, delta = head
            if delta.receipt is not None:
                self.receipts[choice] = delta.receipt
            taken.append(head)
        if not taken and len(self.receipts) < self.choices:
            raise self._fail(
                GenerationFailed(
                    "The answer ended before it was complete. Try again.",
                    "回答在完成之前中断了，请重试。",
                )
            )
        return taken

    def _fail(self, error: Exception) -> Exception:
        self.error = error
        return error

    def prompt_receipts(self) -> list[Receipt]:
        """Of the first answer to each prompt."""
        return [self.receipts[choice] for choice in range(0, self.choices, self._n)]

    def close(self) -> None:
        for stream in self._streams:
            stream.close()


def _submit(engine: Engine, requests: Sequence[Request]) -> list[Stream]:
    streams: list[Stream] = []
    try:
        for request in requests:
            streams.append(engine.stream(request))  # noqa: PERF401 - kept for the clean-up
    except BaseException:
        for stream in streams:
            stream.close()
        raise
    return streams
