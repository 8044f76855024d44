"""Streams on the wire: order, keep-alives, and what happens when the client goes away."""

import asyncio
import json
import socket
import threading

import httpx
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message as AsgiMessage

from qwen_app.api.connection import while_connected
from qwen_app.api.generation import Generation
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.engine.stream import Stream
from qwen_app.errors import EngineBusy, GenerationFailed
from qwen_app.messages import Delta, Receipt, Request, SamplingParams, TokenLogprob
from tests.api.conftest import Serve
from tests.api.support import CHAT, COMPLETIONS, HELLO, Json, browserless, events, eventually

STREAM = {**HELLO, "stream": True}


def receipt() -> Receipt:
    return Receipt(
        "m", "fp32", "cpu", SamplingParams(), 3, 1, 2, 0, 0.0, 0.1, 10.0, 100, "stop"
    )  # fmt: skip


class HandFed(ScriptedEngine):
    """Its streams say what the test puts into them."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: list[Stream] = []

    def stream(self, request: Request) -> Stream:
        self.requests.append(request)
        self.streams.append(Stream(lambda: self.cancelled.append(request)))
        return self.streams[-1]


async def started(engine: HandFed, count: int = 1) -> list[Stream]:
    await asyncio.to_thread(eventually, lambda: len(engine.streams) == count)
    return engine.streams


async def test_events_are_those_of_openai() -> None:
    async with browserless(ScriptedEngine()) as client:
        response = await client.post(
            CHAT, json={**STREAM, "stream_options": {"include_usage": True}}
        )
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    *chunks, usage, done = events(response.text)
    assert done == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] == 10
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert [choice["delta"] for choice in choices[1:-1]] == [{"content": c} for c in "hello"]
    assert choices[-1]["delta"] == {}
    assert [choice["finish_reason"] for choice in choices] == [None] * 6 + ["stop"]
    assert choices[-1]["receipt"]["completion_tokens"] == 5
    assert all(chunk["usage"] is None for chunk in chunks)
    assert len({(c["id"], c["created"], c["model"]) for c in (*chunks, usage)}) == 1


async def test_usage_comes_only_if_asked_for() -> None:
    async with browserless(ScriptedEngine()) as client:
        response = await client.post(CHAT, json=STREAM)
    *chunks, done = events(response.text)
    assert done == "[DONE]"
    assert not any("usage" in chunk for chunk in chunks)


async def test_choices_interleave_as_they_come() -> None:
    engine = HandFed()
    async with browserless(engine) as client:
        answer = asyncio.create_task(client.post(CHAT, json={**STREAM, "n": 2}))
        (stream,) = await started(engine)
        for index, text in [(1, "B"), (0, "A"), (1, "b"), (0, "a")]:
            stream.put(Delta(index, text, (1,)))
        stream.put(Delta(1, "", receipt=receipt()))
        stream.put(Delta(0, "!", receipt=receipt()))
        stream.finish()
        response = await answer
    choices = [chunk["choices"][0] for chunk in events(response.text)[:-1]]
    assert [(c["index"], c["delta"].get("content")) for c in choices] == [
        (1, ""), (1, "B"), (0, ""), (0, "A"), (1, "b"), (0, "a"),
        (1, None), (0, "!"), (0, None),
    ]  # fmt: skip
    assert [c["finish_reason"] for c in choices if c["index"] == 0] == [None] * 4 + ["stop"]


async def test_log_probabilities_come_with_their_text() -> None:
    async with browserless(ScriptedEngine()) as client:
        chat = await client.post(CHAT, json={**STREAM, "logprobs": True, "top_logprobs": 2})
        text = await client.post(
            COMPLETIONS, json={"prompt": "你好", "stream": True, "logprobs": 0}
        )
    chunks = [chunk["choices"][0] for chunk in events(chat.text)[:-1]]
    for chunk in chunks[1:-1]:
        (entry,) = chunk["logprobs"]["content"]
        assert entry["token"] == chunk["delta"]["content"]
        assert len(entry["top_logprobs"]) == 2
    offsets = [chunk["choices"][0]["logprobs"]["text_offset"] for chunk in events(text.text)[:-2]]
    assert offsets == [[0], [1]]


async def test_log_probabilities_of_held_back_text_are_not_lost() -> None:
    engine = HandFed()
    token = (await logprobs_of("ab"))[0]
    async with browserless(engine) as client:
        answer = asyncio.create_task(client.post(CHAT, json={**STREAM, "logprobs": True}))
        (stream,) = await started(engine)
        stream.put(Delta(0, "", (1,), (token,), receipt()))
        stream.finish()
        chunks = events((await answer).text)[:-1]
    assert [len((c["choices"][0]["logprobs"] or {}).get("content", [])) for c in chunks] == [
        0, 1, 0,
    ]  # fmt: skip


async def logprobs_of(text: str) -> tuple[TokenLogprob, ...]:
    engine = ScriptedEngine(lambda _: text)
    request = Request("x", SamplingParams(top_logprobs=0))
    return tuple([entry for delta in engine.stream(request) for entry in delta.logprobs])


async def test_no_client_splits_an_event_where_python_splits_lines() -> None:
    text = "a\u2028b\u2029c\u0085d\r\n\x1e\x0c😀e"
    async with browserless(ScriptedEngine(lambda _: text)) as client:
        response = await client.post(CHAT, json=STREAM)
    lines = [line for line in response.text.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    chunks = events(response.text)[:-1]
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == text


def test_a_waiting_stream_shows_that_it_lives(serve: Serve) -> None:
    gate = threading.Semaphore(0)
    url = serve(ScriptedEngine(gate=gate), ApiSettings(keep_alive_s=0.02))
    with httpx.stream("POST", f"{url}{CHAT}", json=STREAM, timeout=30) as response:
        pieces = response.iter_text()
        comment = next(pieces)
        gate.release(5)
        rest = "".join(pieces)
    assert comment.startswith(": ")
    assert comment.endswith("\n\n")
    assert not events(comment)
    assert events(rest)[-1] == "[DONE]"


async def test_an_error_after_the_headers_is_an_event() -> None:
    engine = HandFed()
    async with browserless(engine, ApiSettings(keep_alive_s=0.01)) as client:
        answer = asyncio.create_task(client.post(CHAT, json=STREAM))
        (stream,) = await started(engine)
        stream.put(Delta(0, "half"))
        stream.finish(GenerationFailed("broken", "坏了"))
        response = await answer
    assert response.status_code == 200
    last = events(response.text)[-1]
    assert last["error"]["code"] == "generation_failed"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_engine_that_ends_too_early_is_an_error(stream: bool) -> None:
    engine = HandFed()
    async with browserless(engine) as client:
        answer = asyncio.create_task(client.post(CHAT, json={**HELLO, "stream": stream}))
        (first,) = await started(engine)
        first.put(Delta(0, "half"))
        first.finish()
        response = await answer
    if stream:
        assert events(response.text)[-1]["error"]["code"] == "generation_failed"
    else:
        assert response.status_code == 500


@pytest.mark.parametrize("stream", [False, True])
async def test_one_failing_prompt_ends_the_others(stream: bool) -> None:
    engine = HandFed()
    async with browserless(engine) as client:
        answer = asyncio.create_task(
            client.post(COMPLETIONS, json={"prompt": ["a", "b"], "stream": stream})
        )
        _, second = await started(engine, 2)
        second.finish(GenerationFailed("broken", "坏了"))
        response = await answer
    assert response.status_code == 500
    assert [request.prompt for request in engine.cancelled] == ["a"]


async def test_a_refused_prompt_ends_those_before_it() -> None:
    class Full(HandFed):
        def stream(self, request: Request) -> Stream:
            if len(self.streams) == 2:
                raise EngineBusy("full", "满")
            return super().stream(request)

    engine = Full()
    async with browserless(engine) as client:
        response = await client.post(COMPLETIONS, json={"prompt": ["a", "b", "c"]})
    assert response.status_code == 503
    assert len(engine.cancelled) == 2


# --- the client goes away ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "deltas"), [(HELLO, 0), (STREAM, 0), (STREAM, 2)], ids=["whole", "waiting", "midway"]
)
def test_a_client_that_leaves_ends_its_request(serve: Serve, body: Json, deltas: int) -> None:
    gate = threading.Semaphore(deltas)
    engine = ScriptedEngine(gate=gate)
    url = serve(engine)
    leave_after(url, CHAT, body, engine, deltas=deltas)
    eventually(lambda: engine.cancelled == engine.requests)
    with httpx.Client(base_url=url, timeout=30) as other:
        counted = 'qwen_choices_total{finish_reason="cancelled"} 1.0'
        eventually(lambda: counted in other.get("/metrics").text)
        gate.release(100)
        assert other.post(CHAT, json=HELLO).json()["choices"][0]["message"]["content"] == "hello"


class Slow(ScriptedEngine):
    """Takes its time to take a request."""

    def __init__(self) -> None:
        super().__init__(gate=threading.Semaphore(0))
        self.ready = threading.Event()

    def stream(self, request: Request) -> Stream:
        stream = super().stream(request)
        assert self.ready.wait(20)
        return stream


@pytest.mark.parametrize("body", [HELLO, STREAM], ids=["whole", "stream"])
def test_a_client_that_leaves_while_its_request_is_submitted_counts(
    serve: Serve, body: Json
) -> None:
    engine = Slow()
    url = serve(engine)
    leave_after(url, CHAT, {**body, "n": 2}, engine)
    with httpx.Client(base_url=url, timeout=30) as other:
        counted = 'qwen_choices_total{finish_reason="cancelled"} 2.0'
        eventually(lambda: counted in other.get("/metrics").text)
    engine.ready.set()
    eventually(lambda: engine.cancelled == engine.requests)


def leave_after(
    url: str,
    path: str,
    body: Json,
    engine: ScriptedEngine,
    *,
    requests: int = 1,
    deltas: int = 0,
) -> None:
    """Ask, wait until the engine has the requests and so many deltas came back, and hang up."""
    host, port = url.removeprefix("http://").split(":")
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + data)
        eventually(lambda: len(engine.requests) == requests)
        received = b""
        while received.count(b"data: ") < deltas:
            received += connection.recv(4096)


def test_a_client_that_leaves_several_prompts_ends_them_all(serve: Serve) -> None:
    engine = ScriptedEngine(gate=threading.Semaphore(0))
    url = serve(engine)
    leave_after(url, COMPLETIONS, {"prompt": ["a", "b", "c"]}, engine, requests=3)
    eventually(lambda: len(engine.cancelled) == 3)


async def test_work_is_cancelled_when_the_client_is_gone() -> None:
    gone = asyncio.Event()
    ended = asyncio.Event()

    async def receive() -> AsgiMessage:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def work() -> None:
        try:
            gone.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(ClientDisconnect):
        await while_connected(receive, work())
    assert ended.is_set()


async def test_work_that_is_done_counts_even_if_the_client_is_gone() -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def work() -> int:
        return 5

    assert await while_connected(receive, work()) == 5


async def test_a_closed_generation_ends_its_streams() -> None:
    engine = HandFed()
    generation = await Generation.start(engine, [Request("a"), Request("b")], 1)
    engine.streams[0].put(Delta(0, "x"))
    assert await generation.wait()
    generation.close()
    assert len(engine.cancelled) == 2
