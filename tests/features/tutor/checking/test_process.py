"""The process that holds SymPy: limits, recovery, several callers, a clean end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from qwen_app.features.tutor.checking.knowledge import Item, Knowledge, single
from qwen_app.features.tutor.checking.process import Pool, Worker
from qwen_app.features.tutor.checking.questions import LineQuestion
from qwen_app.features.tutor.checking.readings import Judged
from qwen_app.features.tutor.checking.wire import Status
from qwen_app.features.tutor.checking.worker import PATIENCE
from qwen_app.features.tutor.reading.tree import Binary, Expression, Number, Symbol

LIMIT_S = 0.5
X = Symbol("x")


def num(value: int) -> Number:
    return Number(Fraction(value), 0, str(value))


def ask_whether(left: Expression, right: Expression) -> LineQuestion:
    known = Knowledge(stated=(single(Binary("^", X, num(2)), "=", num(4)),))
    return LineQuestion((((Item(single(left, "=", right)),),),), known)


EASY = ask_whether(X, num(2))
FIVE: Expression = X
for name in "abcd":
    FIVE = Binary("+", FIVE, Symbol(name))
ENDLESS = ask_whether(Binary("^", FIVE, num(60)), Binary("^", X, num(60)))
"""Half a million terms when it is expanded."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(LIMIT_S)
    yield worker
    worker.close()


def test_answers(worker: Worker) -> None:
    answer = worker.ask(EASY)
    assert answer.status is Status.DONE
    assert isinstance(answer.content, tuple)
    judged = answer.content[0]
    assert isinstance(judged, Judged)
    assert judged.rulings[0].reason == "lost"


def test_a_question_that_takes_too_long_is_ended_and_the_next_is_answered(worker: Worker) -> None:
    worker.start()
    process = worker.pid
    start = time.monotonic()
    assert worker.ask(ENDLESS).status is Status.TIME
    assert LIMIT_S <= time.monotonic() - start < PATIENCE * LIMIT_S + 3
    assert worker.ask(EASY).status is Status.DONE
    assert worker.pid == process, "only the child was ended, so that SymPy need not be imported"


def test_what_raises_is_an_answer_too(worker: Worker) -> None:
    assert worker.ask("no question").status is Status.FAILED
    assert worker.ask(EASY).status is Status.DONE


def test_an_end_from_outside_costs_one_start(worker: Worker) -> None:
    worker.start()
    first = worker.pid
    assert first is not None
    os.killpg(first, signal.SIGKILL)
    assert worker.ask(EASY).status is Status.DONE
    assert worker.pid != first


def test_close_leaves_no_process() -> None:
    worker = Worker(LIMIT_S)
    assert worker.ask(EASY).status is Status.DONE
    process = worker.pid
    assert process is not None
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(process, 0)
    assert worker.ask(EASY).status is Status.DONE, "a later question starts it again"
    worker.close()


def test_a_caller_does_not_wait_for_another_ones_hard_question() -> None:
    pool = Pool(120.0)
    assert pool.ask(EASY).status is Status.DONE
    answers: list[Status] = []
    hard = threading.Thread(target=lambda: answers.append(pool.ask(ENDLESS).status))
    hard.start()
    assert all(pool.ask(EASY).status is Status.DONE for _ in range(5))
    assert hard.is_alive(), "a second process was started meanwhile"
    pool.close()
    hard.join()
    assert answers == [Status.FAILED], "the end of the pool does not wait for it"


def test_many_callers() -> None:
    pool = Pool(LIMIT_S)
    results: list[Status] = []

    def ask() -> None:
        results.extend(pool.ask(EASY).status for _ in range(5))

    callers = [threading.Thread(target=ask) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    pool.close()
    assert results == [Status.DONE] * 40


def test_warm_starts_it_once_in_the_background() -> None:
    pool = Pool(LIMIT_S)
    pool.warm()
    pool.warm()
    assert pool.ask(EASY).status is Status.DONE
    assert len(pool.pids()) == 1
    pool.close()


def test_it_ends_with_the_program() -> None:
    """Also if the program never closes it, and without a word on its error output."""
    program = """
import sys
from qwen_app.features.tutor.checking.process import Pool
pool = Pool(0.5)
pool.ask(None)
print(pool.pids()[0])
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(int(done.stdout), 0)
