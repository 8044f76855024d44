"""An answer on its way to the page: nothing lost, ended at once when nobody wants it."""

import asyncio
import threading
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise

import pytest

from qwen_app.engine.base import EngineState
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.engine.stream import Stream
from qwen_app.errors import EngineBusy, GenerationFailed, ModelFailed
from qwen_app.features.chat import ChatTask
from qwen_app.messages import Delta, Message
from qwen_app.ui.answer import Answer, Answers, Pace, Snapshot, paced
from qwen_app.ui.markdown import render
from tests.waiting import until

FAST = Pace(each=1e6, together=1e6, heartbeat_s=0.01)


def answer(engine: ScriptedEngine, text: str = "hello", pace: Pace = FAST) -> Answer:
    return Answer("a" * 32, ChatTask((Message("user", text),)), engine, pace)


async def collect(running: Answer) -> list[Snapshot]:
    return [snapshot async for snapshot in running.snapshots()]


async def test_the_last_snapshot_has_the_whole_answer_and_its_receipt() -> None:
    text = "# Title\n\nSome *words*, 你好 👋.\n\n- one\n- two"
    last = (await collect(answer(ScriptedEngine(), text)))[-1]
    assert (last.phase, last.text) == ("done", text)
    assert "".join(last.blocks) + last.tail == render(text)
    assert last.receipt is not None
    assert last.receipt.completion_tokens == last.tokens == len(text)
    assert last.verdict is not None
    assert last.verdict.status == "unchecked"


async def test_each_snapshot_continues_the_one_before() -> None:
    gate = threading.Semaphore(0)
    seen: list[Snapshot] = []
    async with aclosing(answer(ScriptedEngine(gate=gate), "ab\n\ncd").snapshots()) as snapshots:
        async for snapshot in snapshots:
            seen.append(snapshot)
            gate.release()
    assert all(b.text.startswith(a.text) for a, b in pairwise(seen))
    assert len({snapshot.beat for snapshot in seen}) == len(seen)
    assert {snapshot.phase for snapshot in seen} == {"waiting", "writing", "done"}


async def test_stopping_ends_the_request_and_keeps_what_was_written() -> None:
    gate = threading.Semaphore(3)
    engine = ScriptedEngine(gate=gate)
    running = answer(engine, "abcdefgh")
    seen: list[Snapshot] = []
    async with asyncio.timeout(10):
        async for snapshot in running.snapshots():
            seen.append(snapshot)
            if snapshot.text == "abc":
                running.stop()
    assert (seen[-1].phase, seen[-1].text, seen[-1].receipt) == ("stopped", "abc", None)
    await until(lambda: len(engine.cancelled) == 1)


async def test_a_reader_who_leaves_ends_the_request() -> None:
    engine = ScriptedEngine(gate=threading.Semaphore(0))
    pace = Pace(each=20, together=80, heartbeat_s=0.01)
    async with aclosing(answer(engine, pace=pace).snapshots()) as snapshots:
        async for _ in snapshots:
            assert pace.active == 1
            break
    await until(lambda: len(engine.cancelled) == 1)
    assert pace.active == 0


async def test_a_cancelled_task_ends_the_request() -> None:
    engine = ScriptedEngine(gate=threading.Semaphore(0))
    task = asyncio.create_task(collect(answer(engine)))
    await until(lambda: bool(engine.requests))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # The thread that submitted the request may still be on its way back with the stream.
    await until(lambda: len(engine.cancelled) == 1)


class Loading(ScriptedEngine):
    """Loads until it is told to be ready or failed."""

    def __init__(self) -> None:
        super().__init__(state=EngineState(phase="loading", progress=0.4))

    def become(self, state: EngineState) -> None:
        self._state = state


async def test_a_message_sent_while_the_model_loads_is_answered_when_it_is_ready() -> None:
    engine = Loading()
    seen: list[Snapshot] = []
    async for snapshot in answer(engine, "hi").snapshots():
        seen.append(snapshot)
        engine.become(EngineState(phase="ready"))
    assert (seen[0].phase, seen[0].progress) == ("loading", 0.4)
    assert (seen[-1].phase, seen[-1].text) == ("done", "hi")


async def test_a_message_sent_while_the_model_loads_can_be_stopped() -> None:
    engine = Loading()
    running = answer(engine)
    phases = []
    async for snapshot in running.snapshots():
        phases.append(snapshot.phase)
        running.stop()
    assert phases == ["loading", "stopped"]
    assert engine.requests == []


@pytest.mark.parametrize(
    "error", [EngineBusy("Full.", "满了。"), ModelFailed("No file.", "没有文件。")]
)
async def test_a_refusal_is_told_in_both_languages(error: EngineBusy | ModelFailed) -> None:
    engine = ScriptedEngine()
    engine.refusal = error
    (only,) = await collect(answer(engine))
    assert only.phase == "failed"
    assert only.error == {"code": error.code, "en": error.en, "zh": error.zh}


async def test_an_answer_that_fails_in_the_middle_keeps_what_was_written() -> None:
    error = GenerationFailed("A step failed.", "一个步骤失败了。")
    last = (await collect(answer(ScriptedEngine(lambda _: ("abc", error)))))[-1]
    assert (last.phase, last.text) == ("failed", "abc")
    assert last.error is not None
    assert last.error["code"] == "generation_failed"


async def test_a_fault_of_the_program_is_no_stack_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    last = (await collect(answer(ScriptedEngine(lambda _: ValueError("secret path /x/y")))))[-1]
    assert last.error is not None
    assert "secret" not in str(last.to_json())
    assert "secret" in caplog.text


async def test_dropped_messages_are_told() -> None:
    info = replace(ScriptedEngine().info, context_length=100)
    messages = tuple(Message("user" if i % 2 == 0 else "assistant", "x" * 20) for i in range(9))
    running = Answer("a" * 32, ChatTask(messages), ScriptedEngine(info=info), FAST)
    assert (await collect(running))[-1].dropped > 0


async def test_an_answer_is_stopped_by_its_id_and_all_of_a_page_that_is_closed() -> None:
    engine = ScriptedEngine(gate=threading.Semaphore(0))
    answers = Answers()

    async def run(id: str, session: str) -> list[Snapshot]:
        running = Answer(id, ChatTask((Message("user", "hello"),)), engine, FAST)
        return [snapshot async for snapshot in answers.run(running, session)]

    tasks = [asyncio.create_task(run(id, session)) for id, session in ("ax", "bx", "cy")]
    await until(lambda: len(engine.requests) == 3)
    assert answers.stop("a")
    assert (await tasks[0])[-1].phase == "stopped"
    assert not answers.stop("a")
    answers.leave("x")
    assert (await tasks[1])[-1].phase == "stopped"
    assert not tasks[2].done()
    answers.leave("y")
    assert (await tasks[2])[-1].phase == "stopped"
    await until(lambda: len(engine.cancelled) == 3)


async def test_batches_joined_are_the_stream() -> None:
    stream = Stream()
    deltas = [Delta(0, str(i), (i,)) for i in range(500)]

    def write() -> None:
        for delta in deltas:
            stream.put(delta)
        stream.finish()

    thread = threading.Thread(target=write)
    thread.start()
    batches = [batch async for batch in paced(stream, Pace(each=1000, together=1000))]
    thread.join()
    assert [delta for batch in batches for delta in batch] == deltas
    assert len(batches) < len(deltas)


async def test_an_error_comes_after_all_that_was_before_it() -> None:
    stream = Stream()
    stream.put(Delta(0, "a", (1,)))
    stream.finish(GenerationFailed("x", "x"))
    batches = paced(stream, FAST)
    assert [delta.text for delta in await anext(batches)] == ["a"]
    with pytest.raises(GenerationFailed):
        await anext(batches)


@pytest.mark.parametrize(("active", "interval"), [(1, 0.05), (4, 0.05), (8, 0.1), (16, 0.2)])
def test_many_answers_share_the_updates(active: int, interval: float) -> None:
    pace = Pace(each=20, together=80)
    pace.active = active
    assert pace.interval_s == pytest.approx(interval)
