"""Rows of a batch: side by side, one's failure is its own, ended at once when nobody wants them."""

import asyncio
import threading
from contextlib import aclosing

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy, GenerationFailed, ModelFailed
from qwen_app.features.json_mode.task import JsonTask
from qwen_app.messages import Message, Request
from qwen_app.ui.answer import Pace
from qwen_app.ui.json_batch import ROWS_SIDE_BY_SIDE, Rows, RowsSnapshot
from tests.waiting import until

FAST = Pace(each=1e6, together=1e6, heartbeat_s=0.01)


def rows(engine: ScriptedEngine, texts: list[str]) -> Rows:
    tasks = {i: JsonTask(text, "true") for i, text in enumerate(texts, start=1)}
    return Rows("a" * 32, tasks, engine, FAST)


def by_text(request: Request) -> str | Exception:
    last = request.prompt[-1]
    assert isinstance(last, Message)
    answers: dict[str, str | Exception] = {
        "error": GenerationFailed("A step failed.", "一个步骤失败了。"),
        "fault": ZeroDivisionError("secret"),
        "prose": "Sure!",
    }
    return answers.get(last.content, "1")


async def collect(running: Rows) -> list[RowsSnapshot]:
    async with asyncio.timeout(30):
        return [snapshot async for snapshot in running.snapshots()]


async def test_each_row_has_one_result_and_a_failure_is_its_own() -> None:
    texts = ["good", "error", "fault", "prose", " ", *["good"] * 20]
    last = (await collect(rows(ScriptedEngine(by_text), texts)))[-1]
    assert last.phase == "done"
    results = {result["row"]: result for result in last.results}
    assert len(last.results) == len(results) == len(texts)
    assert sorted(row for row, result in results.items() if not result["ok"]) == [2, 3, 4, 5]
    assert results[1] == {"row": 1, "ok": True, "text": "1"}
    assert results[2]["error"]["zh"] == "一个步骤失败了。"
    assert "secret" not in str(results[3])
    assert all(
        result["error"]["en"] != result["error"]["zh"]
        for result in results.values()
        if "error" in result
    )


async def test_rows_go_side_by_side_and_no_more_than_is_sane() -> None:
    # Long, so that none is finished by what the others, ending, let through.
    engine = ScriptedEngine(lambda _: "1" * 99, gate=threading.Semaphore(0))
    running = rows(engine, ["good"] * 20)
    async with aclosing(running.snapshots()) as snapshots:
        async for snapshot in snapshots:
            assert snapshot.results == ()
            if len(engine.requests) == ROWS_SIDE_BY_SIDE and snapshot.beat > 2:
                break
    # The last one may have been on its way to the engine.
    await until(lambda: len(engine.cancelled) == ROWS_SIDE_BY_SIDE)
    assert len(engine.requests) == ROWS_SIDE_BY_SIDE
    assert FAST.active == 0


async def test_stopping_keeps_what_is_done_and_invents_nothing() -> None:
    gate = threading.Semaphore(3)
    engine = ScriptedEngine(by_text, gate=gate)
    running = rows(engine, ["good"] * 20)
    last = None
    async with asyncio.timeout(30):
        async for last in running.snapshots():
            if len(last.results) == 3:
                running.stop()
    assert last is not None
    assert last.phase == "stopped"
    assert [result["ok"] for result in last.results] == [True] * 3


async def test_a_busy_engine_is_waited_for() -> None:
    engine = ScriptedEngine(by_text)
    engine.refusal = EngineBusy("The queue is full.", "队列已满。")
    running = rows(engine, ["good"] * 3)
    seen = []
    async with asyncio.timeout(30):
        async for snapshot in running.snapshots():
            seen.append(snapshot)
            engine.refusal = None
    assert [result["ok"] for result in seen[-1].results] == [True] * 3


async def test_without_a_model_the_rows_stay_to_be_read() -> None:
    engine = ScriptedEngine(by_text)
    engine.refusal = ModelFailed("No such model.", "没有这个模型。")
    last = (await collect(rows(engine, ["good"] * 3)))[-1]
    assert (last.phase, last.results) == ("failed", ())
    assert last.error is not None
    assert last.error["zh"] == "没有这个模型。"
