"""The caller's side of the process that holds SymPy; see `worker` for the other one."""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

from qwen_app.features.tutor.checking.wire import READY, Answer, Question, Status
from qwen_app.features.tutor.checking.worker import PATIENCE, read_message, write_message

START_S = 60.0
"""After this long without a sign of life the process counts as not started. It takes half a second
on a quiet machine."""
GRACE_S = 3.0
"""What a child may take beyond its limit, on a busy machine, before the whole process is ended."""
BUSY_S = 0.1
"""Who has waited this long for a process gets a second one started."""
MOST = 2
"""Processes: the second is for when the first is kept busy by something hard."""

_ROOT = Path(__file__).resolve().parents[4]
_COMMAND = """
import sys
sys.path.insert(0, sys.argv[1])
from qwen_app.features.tutor.checking.worker import main
main(float(sys.argv[2]))
"""
"""The package need not be installed, nor the working directory be its own."""


class Worker:
    """One process, of one caller at a time. It is started by the first question, and again by the
    next one if it was ended."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._number = 0
        self._is_over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes]], Worker] | None = None

    def ask(self, content: object) -> Answer:
        """Raises nothing: what goes wrong is in the answer's status."""
        self._number += 1
        # A process that has ended since the last question shows only when it is written to.
        for _ in range(2):
            process = None if self._is_over else self._running()
            if process is None:
                break
            answer = self._exchange(process, Question(self._number, content))
            if answer is not None:
                return answer
            self.close()
        return Answer(self._number, Status.FAILED)

    def start(self) -> None:
        """Start the process, if none runs, and wait until it is ready."""
        self._running()

    def close(self) -> None:
        """End the process, if one runs. A later question starts it again."""
        if self._end is not None:
            self._end()
        self._process = self._end = None

    def end(self) -> None:
        """End the process for good, from any thread; a question under way fails."""
        self._is_over = True
        if (end := self._end) is not None:
            end()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def _running(self) -> "subprocess.Popen[bytes] | None":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        process = _start(self._limit_s)
        self._process = process
        self._end = weakref.finalize(self, _stop, process)
        assert process.stdout is not None
        with _Watch(process, START_S):
            ready = read_message(process.stdout)
        if ready != READY:
            self.close()
            return None
        return process

    def _exchange(self, process: "subprocess.Popen[bytes]", question: Question) -> Answer | None:
        """None: the process is gone, and the question was not answered."""
        assert process.stdin is not None
        assert process.stdout is not None
        most = PATIENCE * self._limit_s + (GRACE_S if hasattr(os, "fork") else 0.0)
        with _Watch(process, most) as watch:
            try:
                write_message(process.stdin, pickle.dumps(question))
                while True:
                    message = read_message(process.stdout)
                    if message is None:
                        break
                    answer: Answer = pickle.loads(message)
                    if answer.number == question.number:
                        return answer
            except OSError:
                pass
        return Answer(question.number, Status.TIME) if watch.has_ended else None


class Pool:
    """The processes of a checker; `ask` may be called from any thread."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._idle: list[Worker] = []
        self._all: list[Worker] = []
        self._made = 0
        self._change = threading.Condition()
        self._starting = 0
        self._generation = 0

    def ask(self, content: object) -> Answer:
        worker, generation = self._take()
        try:
            return worker.ask(content)
        finally:
            self._give(worker, generation)

    def warm(self) -> None:
        """Start one process in the background, if there is none."""
        with self._change:
            if not self._made:
                self._start_another()

    def close(self) -> None:
        """End the processes; questions under way fail."""
        with self._change:
            self._generation += 1
            workers, self._all, self._idle, self._made = self._all, [], [], 0
            self._change.notify_all()
        for worker in workers:
            worker.end()

    def pids(self) -> tuple[int, ...]:
        """Of the processes that are idle."""
        with self._change:
            return tuple(worker.pid for worker in self._idle if worker.pid is not None)

    def _start_another(self) -> None:
        """In the background: whoever waits takes the first one that is idle. Under the lock."""
        self._made += 1
        self._starting += 1
        worker, generation = Worker(self._limit_s), self._generation
        self._all.append(worker)

        def start() -> None:
            try:
                worker.start()
            finally:
                with self._change:
                    self._starting -= 1
                self._give(worker, generation)

        threading.Thread(target=start, name="tutor-start", daemon=True).start()

    def _take(self) -> tuple[Worker, int]:
        with self._change:
            until = time.monotonic() + BUSY_S
            while not self._idle:
                left = until - time.monotonic()
                if self._made == 0 or (left <= 0 and self._made < MOST and not self._starting):
                    self._start_another()
                is_settled = self._made >= MOST or self._starting or left <= 0
                self._change.wait(None if is_settled else left)
            return self._idle.pop(), self._generation

    def _give(self, worker: Worker, generation: int) -> None:
        with self._change:
            if generation == self._generation:
                self._idle.append(worker)
                self._change.notify()
                return
        worker.end()  # the pool was closed meanwhile, perhaps before the process ran


class _Watch:
    """Ends the process after so many seconds, unless the block is left before."""

    def __init__(self, process: "subprocess.Popen[bytes]", seconds: float) -> None:
        self.has_ended = False
        self._process = process
        self._timer = threading.Timer(seconds, self._stop)
        self._timer.daemon = True

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _stop(self) -> None:
        self.has_ended = True
        _kill(self._process)


def _start(limit_s: float) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, str(_ROOT), str(limit_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # so that all of it can be ended at once
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the process and take its status, so that nothing of it stays."""
    process.terminate()  # it ends its child and takes its status, which nobody else would
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        with contextlib.suppress(OSError):  # it was being written to
            stream.close()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End it with its child, which is of the same session. Done with, it is left alone."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        import signal

        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
