"""A stream read from a thread and from an event loop, to its end and given up."""

import asyncio
import gc
import threading

import pytest

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.engine.stream import Stream
from qwen_app.errors import GenerationFailed
from qwen_app.messages import Delta, Request


def test_a_reader_gets_every_delta_in_order_then_the_end() -> None:
    stream = Stream()
    for i in range(5):
        stream.put(Delta(0, str(i)))
    stream.finish()
    assert "".join(d.text for d in stream) == "01234"
    assert list(stream) == []


def test_an_error_comes_after_what_was_said_before_it_and_once() -> None:
    stream = Stream()
    stream.put(Delta(0, "a"))
    stream.finish(GenerationFailed("broken", "坏了"))
    assert next(stream).text == "a"
    with pytest.raises(GenerationFailed):
        next(stream)
    with pytest.raises(StopIteration):
        next(stream)


def test_leaving_early_ends_the_request_once() -> None:
    calls: list[int] = []
    stream = Stream(lambda: calls.append(1))
    with stream:
        stream.put(Delta(0, "a"))
        for _ in stream:
            break
    stream.close()
    assert calls == [1]
    assert list(stream) == []


def test_reading_to_the_end_is_no_cancellation() -> None:
    calls: list[int] = []
    stream = Stream(lambda: calls.append(1))
    stream.finish()
    assert list(stream) == []
    stream.close()
    assert calls == []


def test_a_forgotten_stream_ends_its_request() -> None:
    ended = threading.Event()
    stream = Stream(ended.set)
    stream.put(Delta(0, "a"))
    del stream
    gc.collect()
    assert ended.is_set()


def test_closing_wakes_a_reader_that_waits() -> None:
    stream = Stream()
    seen: list[list[Delta]] = []
    reader = threading.Thread(target=lambda: seen.append(list(stream)))
    reader.start()
    stream.close()
    reader.join(10)
    assert seen == [[]]


async def test_an_event_loop_reads_what_another_thread_writes() -> None:
    engine = ScriptedEngine(lambda _: "你好，世界")
    text = [d.text async for d in engine.stream(Request("hi"))]
    assert "".join(text) == "你好，世界"


async def test_an_error_is_raised_in_the_event_loop() -> None:
    engine = ScriptedEngine(lambda _: GenerationFailed("broken", "坏了"))
    with pytest.raises(GenerationFailed):
        async for _ in engine.stream(Request("hi")):
            pass


async def test_a_cancelled_task_ends_the_request() -> None:
    gate = threading.Semaphore(1)
    engine = ScriptedEngine(lambda _: "abc", gate=gate)
    first = asyncio.Event()

    async def read() -> None:
        async for _ in engine.stream(Request("hi")):
            first.set()

    task = asyncio.create_task(read())
    await asyncio.wait_for(first.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(engine.cancelled) == 1
