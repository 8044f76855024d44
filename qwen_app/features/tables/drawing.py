"""Queries on their way from the engine, for readers in an event loop: `ask.draw` without a thread
that waits."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from qwen_app.engine.stream import Stream
from qwen_app.messages import Receipt, Request


class _Engine(Protocol):
    def stream(self, request: Request) -> Stream: ...


class Drawing:
    """The answers to some requests, which run side by side.

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
        try:
            # The engine reads and tokenizes the prompts, which takes its time.
            await asyncio.to_thread(self._submit, engine)
            if not self._closed:
                await asyncio.gather(*map(self._read, range(len(self._streams))))
            return not self._closed
        finally:
            self.close()

    def close(self) -> None:
        self._closed = True
        for stream in self._streams:
            stream.close()

    def _submit(self, engine: _Engine) -> None:
        for request in self._requests:
            if self._closed:
                return
            self._streams.append(engine.stream(request))
        if self._closed:  # in the meantime, from the event loop
            self.close()

    async def _read(self, at: int) -> None:
        pieces = self._pieces[at]
        async for delta in self._streams[at]:
            pieces[delta.index] += delta.text
            if at == 0 and delta.index == 0:
                self.tokens += len(delta.token_ids)
            if delta.receipt is not None:
                self._receipts[at].append(delta.receipt)
                if delta.finish_reason == "length":
                    pieces[delta.index] = ""
