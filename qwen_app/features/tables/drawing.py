"""Queries on their way from the engine, for readers in an event loop: `ask.draw` without a thread
that waits."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from qwen_app.engine.stream import Stream, open_in_thread
from qwen_app.messages import Receipt, Request

SIDE_BY_SIDE: Final = 8
"""Requests that are with the engine at once: a document of many fields must not fill its queue."""


class _Engine(Protocol):
    def stream(self, request: Request) -> Stream: ...


class Drawing:
    """The answers to some requests, several of which run side by side.

    `close` may be called at any time from the event loop; `run` then returns at once.
    """

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = tuple(requests)
        self._pieces = [[""] * request.n for request in self._requests]
        self._receipts: list[list[Receipt]] = [[] for _ in self._requests]
        self._streams: list[Stream] = []
        self._closed = False
        self.tokens = 0
        """Of the first answer, so far."""

    @property
    def first(self) -> str:
        """The first answer as far as it is written."""
        return self._pieces[0][0]

    @property
    def texts(self) -> list[str]:
        """All answers in order, once they are finished."""
        return [text for pieces in self._pieces for text in pieces]

    @property
    def receipts(self) -> list[Receipt]:
        return [receipt for receipts in self._receipts for receipt in receipts]

    async def run(self, engine: _Engine) -> bool:
        """Until all are finished. One that was cut off at max_tokens is an empty text.

        Returns:
            Whether they are: False after `close`.

        Raises:
            AppError: what the engine raises; the other requests are ended.
        """
        places = asyncio.Semaphore(SIDE_BY_SIDE)

        async def read(at: int) -> None:
            async with places:
                if not self._closed:
                    await self._read(at, engine)

        readers = [asyncio.create_task(read(at)) for at in range(len(self._requests))]
        try:
            await asyncio.wait(readers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            done = not self._closed
            self.close()  # ends those that are left, after an error
            results = await asyncio.gather(*readers, return_exceptions=True)
        for error in filter(None, results):
            raise error
        return done

    def close(self) -> None:
        self._closed = True
        for stream in self._streams:
            stream.close()

    async def _read(self, at: int, engine: _Engine) -> None:
        # The engine reads and tokenizes the prompt, which takes its time.
        stream = await open_in_thread(lambda: engine.stream(self._requests[at]))
        self._streams.append(stream)
        if self._closed:  # in the meantime
            stream.close()
        pieces = self._pieces[at]
        async for delta in stream:
            pieces[delta.index] += delta.text
            if at == 0 and delta.index == 0:
                self.tokens += len(delta.token_ids)
            if delta.receipt is not None:
                self._receipts[at].append(delta.receipt)
                if delta.finish_reason == "length":
                    pieces[delta.index] = ""
