"""A job of the tutor on its way to the page: whole, ended at once, and never silent."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from qwen_app.engine.base import EngineState
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import InvalidInput
from qwen_app.features.tutor.checking.verdict import Finding, LineStatus, LineVerdict
from qwen_app.features.tutor.events import (
    Began,
    Event,
    Judged,
    Line,
    Solution,
    Solved,
    Withdrew,
    Wrote,
)
from qwen_app.features.tutor.solving.running import Endable, EndedError
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Message, Request
from qwen_app.ui.answer import Pace
from qwen_app.ui.tutor_answer import TutorAnswering, TutorSnapshot
from tests.waiting import until

FAST = Pace(each=1e6, together=1e6, heartbeat_s=0.01)
SLOW = Pace(each=2, together=2, heartbeat_s=0.01)


def line(number: int, text: str, *, fails: bool = False) -> Line:
    status: LineStatus = "fails" if fails else "holds"
    finding = Finding(status, "identity", "is", "是", "6" if fails else None)
    return Line(number, "step", text, LineVerdict(text, status, (finding,)))


SOLUTION = Solution(
    "2x = 12",
    "en",
    (line(0, "x = 12 ÷ 2 = 6"),),
    "x = 12 ÷ 2 = 6",
    "x = 6",
    "verified",
    Verdict("right", "All lines hold.", "每行都成立。"),
)


@dataclass
class Scripted:
    """Asks the engine, and tells a solution with a line that is taken back."""

    needs_model: bool = True
    ended: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def events(self, engine: Endable) -> Iterator[Event]:
        try:
            yield Began("2x = 12", "en")
            if self.error is not None:
                raise self.error
            text = ""
            for delta in engine.stream(Request((Message("user", "x = 7"),))):
                text += delta.text
                yield Wrote(0, text)
            wrong = line(0, text, fails=True)
            yield Judged(wrong)
            yield Withdrew(wrong)
            yield Judged(SOLUTION.lines[0])
            yield Solved(SOLUTION)
        finally:
            self.ended.set()


def running(engine: ScriptedEngine, job: Scripted, pace: Pace = FAST) -> TutorAnswering:
    return TutorAnswering("a" * 32, job, engine, pace)


async def collect(answering: TutorAnswering) -> list[TutorSnapshot]:
    return [snapshot async for snapshot in answering.snapshots()]


async def test_the_last_snapshot_has_the_whole_solution() -> None:
    seen = await collect(running(ScriptedEngine(), Scripted()))
    last = seen[-1].to_json()
    json.dumps(last, allow_nan=False)
    assert last["phase"] == "done"
    assert [each["text"] for each in last["lines"]] == ["x = 12 ÷ 2 = 6"]
    assert last["lines"][0]["html"] == '<span class="math">x=12\\div 2=6</span>'
    assert [each["text"] for each in last["withdrawn"]] == ["x = 7"]
    assert last["withdrawn"][0]["findings"][0]["expected"] == "6"
    assert last["solution"]["state"] == "verified"
    assert last["verdict"]["status"] == "right"
    assert len({snapshot.beat for snapshot in seen}) == len(seen)
    assert FAST.active == 0


async def test_a_line_is_seen_as_it_is_written() -> None:
    gate = threading.Semaphore(2)
    engine = ScriptedEngine(gate=gate)
    async with aclosing(running(engine, Scripted()).snapshots()) as snapshots:
        async for snapshot in snapshots:
            if snapshot.sheet["writing"] == "x ":
                assert snapshot.phase == "writing"
                gate.release(100)
    assert snapshot.phase == "done"


async def test_stopping_ends_the_requests_and_keeps_the_lines() -> None:
    engine = ScriptedEngine(gate=threading.Semaphore(2))
    job = Scripted()
    answering = running(engine, job)
    async with asyncio.timeout(10):
        async for snapshot in answering.snapshots():
            if snapshot.sheet["writing"] == "x ":
                answering.stop()
    assert snapshot.phase == "stopped"
    assert snapshot.sheet["writing"] == "x "
    assert len(engine.cancelled) == 1
    await until(job.ended.is_set)


async def test_a_reader_who_leaves_ends_the_requests() -> None:
    engine = ScriptedEngine(gate=threading.Semaphore(2))
    job = Scripted()
    async with aclosing(running(engine, job).snapshots()) as snapshots:
        async for snapshot in snapshots:
            if snapshot.sheet["writing"]:
                break
    await until(lambda: bool(engine.cancelled) and job.ended.is_set())


async def test_the_end_comes_at_once_at_a_slow_pace() -> None:
    async with asyncio.timeout(10):
        seen = await collect(running(ScriptedEngine(), Scripted(), SLOW))
    assert seen[-1].phase == "done"
    assert len(seen) < 20


async def test_errors_are_told_in_both_languages() -> None:
    error = InvalidInput("No problem.", "没有题目。")
    last = (await collect(running(ScriptedEngine(), Scripted(error=error))))[-1]
    assert last.phase == "failed"
    assert last.error == {"code": "invalid_value", "en": "No problem.", "zh": "没有题目。"}


async def test_a_fault_is_no_stack_trace(caplog: pytest.LogCaptureFixture) -> None:
    last = (await collect(running(ScriptedEngine(), Scripted(error=KeyError("secret")))))[-1]
    assert last.phase == "failed"
    assert last.error is not None
    assert "secret" not in json.dumps(last.to_json())
    assert "secret" in caplog.text


async def test_a_job_that_needs_the_model_waits_for_it_and_another_does_not() -> None:
    loading = EngineState(phase="loading", progress=0.5)
    engine = ScriptedEngine(state=loading)
    answering = running(engine, Scripted())
    async with aclosing(answering.snapshots()) as snapshots:
        first = await anext(snapshots)
        assert (first.phase, first.progress) == ("loading", 0.5)
        engine._state = EngineState(phase="ready", progress=1.0)
        *_, last = [snapshot async for snapshot in snapshots]
    assert last.phase == "done"
    engine = ScriptedEngine(state=loading)
    seen = await collect(running(engine, Scripted(needs_model=False)))
    assert "loading" not in {snapshot.phase for snapshot in seen}


def test_an_ended_engine_takes_no_more_requests() -> None:
    engine = ScriptedEngine()
    requests = Endable(engine)
    requests.end()
    with pytest.raises(EndedError):
        requests.stream(Request("x"))
    assert engine.requests == []
    assert requests.choices == 0
