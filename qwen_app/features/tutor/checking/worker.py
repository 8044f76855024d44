"""The process that holds SymPy.

It reads questions from its standard input and writes answers to its standard output, each a
length (4 bytes, big endian) and a pickle. First of all it writes that it is ready.

Where the system can fork, the process that imported SymPy never works itself: it forks a child
that does, and waits. The kernel ends a child that spends more processor time on a question than
the limit (`signal.setitimer`), whatever it is stuck in; its parent then answers in its place and
forks the next, which takes milliseconds and not the second that an import does. Elsewhere the
caller ends the process; see `process.Worker`.

The end of the input (the caller closed it, or is gone) ends them all.
"""

import contextlib
import mmap
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable
from typing import IO

from qwen_app.features.tutor.checking.wire import READY, Answer, Question, Status

MEMORY_BYTES = 1 << 30
"""Address space of a child; an ordinary one takes a tenth of it."""
PATIENCE = 2.5
"""How many times its limit of processor time a child may take by the clock: on a busy machine an
easy line must not become one that cannot be checked."""
QUESTIONS_A_CHILD = 5000
"""Then the next child takes over, so that SymPy's caches do not grow for ever."""

_END, _NEXT = 0, 3
"""Exit statuses of a child: there is no more input; or the parent shall fork the next one."""


def read_message(source: IO[bytes]) -> bytes | None:
    """One message; None at the end of the input."""
    head = _read(source, 4)
    if head is None:
        return None
    return _read(source, struct.unpack(">I", head)[0])


def write_message(target: IO[bytes], message: bytes) -> None:
    target.write(struct.pack(">I", len(message)) + message)
    target.flush()


def _read(source: IO[bytes], size: int) -> bytes | None:
    pieces = []
    while size:
        piece = source.read(size)
        if not piece:
            return None
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def main(limit_s: float) -> None:
    """Run until the input ends; a child gets ``limit_s`` seconds of processor time for a
    question."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to handle
    # No read-ahead: what one child had read would be lost to the next.
    source, target = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the messages
    from qwen_app.features.tutor.checking.cas import answer, warm_up

    warm_up()
    write_message(target, READY)
    if hasattr(os, "fork"):
        _supervise(source, target, answer, limit_s)
    else:
        _serve(source, target, answer, None, 0.0)


def _supervise(
    source: IO[bytes], target: IO[bytes], answer: Callable[[object], object], limit_s: float
) -> None:
    """Keep one child at work until there is no more input, or somebody ends this process."""
    current = mmap.mmap(-1, 8)  # shared with the child: the number of the question it is at
    child = 0

    def end(*_: object) -> None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os._exit(0)

    while True:
        # Blocked until it is known whom to end.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        child = os.fork()
        if child:
            signal.signal(signal.SIGTERM, end)
        else:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if child == 0:
            status = 1
            try:
                for late in (signal.SIGPROF, signal.SIGALRM):
                    signal.signal(late, signal.SIG_DFL)  # it may have been ignored
                _limit_memory()
                status = _serve(source, target, answer, current, limit_s)
            finally:
                os._exit(status)
        _, state = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(state)
        if code == _END:
            return
        number = int.from_bytes(current[:], "big")
        if code != _NEXT and number:  # it died at work
            is_late = -code in (signal.SIGPROF, signal.SIGALRM)
            status_ = Status.TIME if is_late else Status.MEMORY
            write_message(target, pickle.dumps(Answer(number, status_)))
            current[:] = bytes(8)


def _serve(
    source: IO[bytes],
    target: IO[bytes],
    answer: Callable[[object], object],
    current: mmap.mmap | None,
    limit_s: float,
) -> int:
    """Answer questions until the input ends; returns the exit status."""
    for _ in range(QUESTIONS_A_CHILD if current is not None else sys.maxsize):
        message = read_message(source)
        if message is None:
            return _END
        question: Question = pickle.loads(message)
        if current is not None:
            current[:] = question.number.to_bytes(8, "big")
            signal.setitimer(signal.ITIMER_PROF, limit_s)
            signal.setitimer(signal.ITIMER_REAL, PATIENCE * limit_s)
        reply, ends = _answer(question, answer)
        if current is not None:
            # From here on nothing may end this process: half a message would be read as a whole.
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            current[:] = bytes(8)
        write_message(target, reply)
        if ends and current is not None:
            return _NEXT
    return _NEXT


def _answer(question: Question, answer: Callable[[object], object]) -> tuple[bytes, bool]:
    """The message, and whether the process should not go on after it."""
    try:
        return pickle.dumps(Answer(question.number, Status.DONE, answer(question.content))), False
    except (MemoryError, OverflowError):
        return pickle.dumps(Answer(question.number, Status.MEMORY)), True
    except Exception:  # SymPy raises anything on what it cannot do; RecursionError among it
        return pickle.dumps(Answer(question.number, Status.FAILED)), False


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
