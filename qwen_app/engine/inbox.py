"""Requests in flight, and the bounded queue in front of the workers."""

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable

from qwen_app.engine.answer import Answer
from qwen_app.engine.stream import Stream
from qwen_app.errors import EngineBusy, EngineClosed
from qwen_app.messages import Request


class Ticket:
    """A request on its way: its answers, its reader, and whether it still matters.

    The stream is held weakly, so that one which its reader forgot ends the request.
    """

    def __init__(self, request: Request, answers: list[Answer], wake: Callable[[], None]) -> None:
        self.answers = answers
        self.cancelled = False
        self.preferred: int | None = None
        """The worker that has most of the prompt in its prefix cache."""
        self.deadline = (
            None if request.deadline_s is None else time.perf_counter() + request.deadline_s
        )
        self._wake = wake
        self._stream: weakref.ref[Stream] | None = None

    def open(self) -> Stream:
        """The reader's end; called once."""
        stream = Stream(self._cancel)
        self._stream = weakref.ref(stream)
        return stream

    def _cancel(self) -> None:
        # May run inside a garbage collection, in any thread: a flag and a nudge, no more.
        self.cancelled = True
        self._wake()

    @property
    def stream(self) -> Stream | None:
        return self._stream() if self._stream is not None else None

    @property
    def finished(self) -> bool:
        return all(answer.finished for answer in self.answers)

    @property
    def overdue(self) -> bool:
        return self.deadline is not None and time.perf_counter() > self.deadline


class Inbox:
    """First come, first served, for one or more workers.

    Args:
        limit: how many requests may wait.
        workers: how many workers will take from it.
    """

    def __init__(self, limit: int, workers: int = 1) -> None:
        self.limit = limit
        self.changed = threading.Condition()
        self.closed = False
        self._queue: deque[Ticket] = deque()
        self._room = [0] * workers

    def __len__(self) -> int:
        return sum(len(t.answers) for t in list(self._queue) if not t.cancelled)

    def put(self, ticket: Ticket) -> None:
        """Raises EngineBusy if the queue is full, EngineClosed if the engine is."""
        with self.changed:
            if self.closed:
                raise closed()
            waiting = sum(not t.cancelled for t in self._queue)
            if waiting - sum(max(0, room) for room in self._room) >= self.limit:
                raise EngineBusy(
                    f"The server is busy: {waiting} requests are waiting already. "
                    "Try again in a few seconds.",
                    f"服务器正忙：已有 {waiting} 个请求在排队。请过几秒再试。",
                )
            self._queue.append(ticket)
            self.changed.notify_all()

    def take(self, worker: int, room: int) -> list[Ticket]:
        """Up to ``room`` answers' worth of tickets for this worker, at least one if it has any
        room; also drops cancelled ones. Never waits."""
        with self.changed:
            taken: list[Ticket] = []
            kept: deque[Ticket] = deque()
            for ticket in self._queue:
                if ticket.cancelled:
                    continue
                if room > 0 and self._is_for(worker, ticket):
                    taken.append(ticket)
                    room -= len(ticket.answers)
                else:
                    kept.append(ticket)
            self._queue = kept
            self._room[worker] = room
            return taken

    def overdue(self) -> list[Ticket]:
        """Remove and return those whose deadline has passed."""
        with self.changed:
            late = [t for t in self._queue if t.overdue]
            if late:
                self._queue = deque(t for t in self._queue if t not in late)
            return late

    def wait(self, worker: int) -> None:
        """Sleep until there is something to do for a worker without work."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.closed or any(self._is_for(worker, t) for t in self._queue)
            )

    def _is_for(self, worker: int, ticket: Ticket) -> bool:
        """A ticket goes to the worker that knows its prompt, or to any if that one is full."""
        return ticket.preferred in (None, worker) or self._room[ticket.preferred] < 1

    def wake(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def close(self) -> list[Ticket]:
        """No more work; returns what nobody took."""
        with self.changed:
            self.closed = True
            left, self._queue = list(self._queue), deque()
            self.changed.notify_all()
            return left


def closed() -> EngineClosed:
    return EngineClosed("The server is shutting down.", "服务器正在关闭。")
