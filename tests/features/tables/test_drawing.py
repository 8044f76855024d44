"""Queries drawn in an event loop: in order, bounded, ended when nobody wants them."""

import asyncio
import threading

import pytest

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import GenerationFailed
from qwen_app.features.tables.drawing import SIDE_BY_SIDE, Drawing
from qwen_app.messages import Request, SamplingParams
from tests.waiting import until


def requests(count: int, n: int = 1) -> list[Request]:
    return [Request(f"q{at}", n=n) for at in range(count)]


async def test_texts_are_in_the_order_of_the_requests() -> None:
    drawing = Drawing([*requests(2), *requests(1, n=3)])
    assert await drawing.run(ScriptedEngine())
    assert drawing.texts == ["q0", "q1", "q0", "q0", "q0"]
    assert drawing.tokens == 2
    assert len(drawing.receipts) == 5


async def test_half_an_answer_is_none() -> None:
    drawing = Drawing([Request("whole text", SamplingParams(max_tokens=3))])
    assert await drawing.run(ScriptedEngine())
    assert drawing.texts == [""]


async def test_an_error_ends_the_others() -> None:
    error = GenerationFailed("A step failed.", "一个步骤失败了。")
    gate = threading.Semaphore(4)
    engine = ScriptedEngine(lambda r: error if r.prompt == "q1" else "text" * 9, gate=gate)
    with pytest.raises(GenerationFailed):
        await Drawing(requests(3)).run(engine)
    await until(lambda: {request.prompt for request in engine.cancelled} == {"q0", "q2"})


async def test_closing_ends_the_run_and_asks_for_nothing_more() -> None:
    # Long, so that none is finished by what the others, ending, let through.
    engine = ScriptedEngine(lambda _: "text" * 99, gate=threading.Semaphore(0))
    drawing = Drawing(requests(2 * SIDE_BY_SIDE))
    run = asyncio.create_task(drawing.run(engine))
    async with asyncio.timeout(30):
        while len(engine.requests) < SIDE_BY_SIDE:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.001)
        drawing.close()
        assert await run is False
    # The last one may have been on its way to the engine.
    await until(lambda: len(engine.cancelled) == SIDE_BY_SIDE)
    assert len(engine.requests) == SIDE_BY_SIDE


async def test_a_cancelled_run_ends_its_requests() -> None:
    engine = ScriptedEngine(lambda _: "text", gate=threading.Semaphore(1))
    run = asyncio.create_task(Drawing(requests(1)).run(engine))
    async with asyncio.timeout(30):
        while not engine.requests:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.001)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        while not engine.cancelled:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.001)
