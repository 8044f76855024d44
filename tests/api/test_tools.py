"""Answers that call tools, whole and streamed, over an engine that says what a test wants."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import NoValidDocument
from qwen_app.messages import Request
from tests.api.support import CHAT, HELLO, Json, browserless, events
from tests.api.test_tool_text import call

TOOLS: Json = {
    "tools": [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        for name in ("f", "g")
    ]
}
ONE = call("f", '{"city":"北京","quote":"\\"}</tool_call>"}')
TWO = ONE + "\n" + call("g", "{}")

# script, content, [(name, arguments)], finish_reason
ANSWERS: dict[str, tuple[str, str | None, list[tuple[str, str]], str]] = {
    "text": ("x < y 👍🏽\n", "x < y 👍🏽\n", [], "stop"),
    "nothing": ("", "", [], "stop"),
    "call": (ONE, None, [("f", '{"city":"北京","quote":"\\"}</tool_call>"}')], "tool_calls"),
    "text and calls": (
        "好的 \n" + TWO,
        "好的",
        [("f", '{"city":"北京","quote":"\\"}</tool_call>"}'), ("g", "{}")],
        "tool_calls",
    ),
    "cut in a marker": ("ok <tool_", "ok <tool_", [], "stop"),
}


async def ask(script: str, **more: object) -> httpx.Response:
    engine = ScriptedEngine(lambda _: script)
    async with browserless(engine) as client:
        return await client.post(CHAT, json={**HELLO, **TOOLS, **more})


def assembled(response: httpx.Response, n: int = 1) -> list[Json]:
    """The choices of a stream, put together as OpenAI's clients do; their shape is checked."""
    choices: list[Json] = [{"content": None, "calls": [], "finish": None} for _ in range(n)]
    *chunks, done = events(response.text)
    assert done == "[DONE]"
    for chunk in chunks:
        for piece in chunk["choices"]:
            choice, delta = choices[piece["index"]], piece["delta"]
            assert choice["finish"] is None, "nothing comes after the finish"
            assert ("role" in delta) == (choice.get("role") is None)
            choice.setdefault("role", delta.get("role"))
            if delta.get("content") is not None:
                choice["content"] = (choice["content"] or "") + delta["content"]
            for entry in delta.get("tool_calls", ()):
                if entry["index"] == len(choice["calls"]):
                    assert entry["type"] == "function"
                    assert entry["function"]["arguments"] == ""
                    choice["calls"].append({"id": entry["id"], **entry["function"]})
                else:
                    assert entry["index"] == len(choice["calls"]) - 1
                    assert set(entry) == {"index", "function"}
                    assert set(entry["function"]) == {"arguments"}
                    choice["calls"][-1]["arguments"] += entry["function"]["arguments"]
            choice["finish"] = piece["finish_reason"]
    return choices


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_whole_answer(name: str) -> None:
    script, content, calls, finish = ANSWERS[name]
    response = await ask(script)
    assert response.status_code == 200
    (choice,) = response.json()["choices"]
    message = choice["message"]
    assert message["content"] == content
    assert message["refusal"] is None
    assert choice["finish_reason"] == finish
    assert ("tool_calls" in message) == bool(calls)
    got = message.get("tool_calls", [])
    assert [(c["function"]["name"], c["function"]["arguments"]) for c in got] == calls
    assert all(c["type"] == "function" and re.fullmatch(r"call_\w{24}", c["id"]) for c in got)
    assert len({c["id"] for c in got}) == len(got)
    assert response.json()["usage"]["completion_tokens"] == len(script)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("name", ANSWERS)
async def test_a_streamed_answer_is_the_whole_one(name: str, n: int) -> None:
    script, content, calls, finish = ANSWERS[name]
    response = await ask(script, stream=True, n=n)
    for choice in assembled(response, n):
        assert choice["content"] == content
        assert [(c["name"], c["arguments"]) for c in choice["calls"]] == calls
        assert choice["finish"] == finish


async def test_arguments_come_in_pieces_and_content_at_once() -> None:
    response = await ask("hello\n" + ONE, stream=True)
    deltas = [chunk["choices"][0]["delta"] for chunk in events(response.text)[:-1]]
    said = [delta["content"] for delta in deltas if delta.get("content")]
    assert said == list("hello")
    pieces = [d["tool_calls"][0]["function"]["arguments"] for d in deltas if "tool_calls" in d]
    assert len(pieces) > 10
    assert "</tool_call>\n" not in "".join(said)


async def test_usage_and_receipt_of_a_stream_of_calls() -> None:
    response = await ask(TWO, stream=True, stream_options={"include_usage": True})
    *chunks, last, _ = events(response.text)
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == len(TWO)
    assert chunks[-1]["choices"][0]["receipt"]["completion_tokens"] == len(TWO)


@pytest.mark.parametrize("cut", range(len("x<tool_call>\n"), len("x" + ONE)))
async def test_a_call_that_was_cut_off_is_not_handed_out(cut: int) -> None:
    script = "x" + ONE
    whole = (await ask(script, max_tokens=cut)).json()["choices"][0]
    assert whole["message"]["content"] == "x"
    assert "tool_calls" not in whole["message"]
    assert whole["finish_reason"] == "length"
    (streamed,) = assembled(await ask(script, max_tokens=cut, stream=True))
    assert streamed["finish"] == "length"


async def test_complete_calls_before_one_that_was_cut_off_are_kept() -> None:
    whole = (await ask(TWO, max_tokens=len(TWO) - 3)).json()["choices"][0]
    assert [c["function"]["name"] for c in whole["message"]["tool_calls"]] == ["f"]
    assert whole["finish_reason"] == "length"


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_no_call_is_an_error(stream: bool) -> None:
    response = await ask("well <tool_call>\nlet me see", stream=stream)
    if not stream:
        assert response.status_code == 500
        error = response.json()["error"]
    else:
        error = events(response.text)[-1]["error"]
    assert (error["code"], error["type"]) == ("generation_failed", "server_error")


Script = Callable[[Request], Any]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_document_that_could_not_be_made_valid_is_an_error(stream: bool) -> None:
    """Not prose, and not a document that is nearly right."""
    failure = NoValidDocument("uniqueItems at /tags", "uniqueItems 位于 /tags", param="uniqueItems")
    script: Script = lambda _: ('{"tags":[', failure)  # noqa: E731
    body = {**HELLO, "response_format": {"type": "json_object"}, "stream": stream}
    async with browserless(ScriptedEngine(script)) as client:
        response = await client.post(CHAT, json=body, headers={"accept-language": "zh"})
    error = (events(response.text)[-1] if stream else response.json())["error"]
    assert response.status_code == (200 if stream else 422)
    assert error["message"] == "uniqueItems 位于 /tags"
    assert error["code"] == "no_valid_document"
    assert error["param"] == "response_format.json_schema.schema"


async def test_log_probabilities_cover_every_token() -> None:
    whole = (await ask("ab" + ONE, logprobs=True)).json()["choices"][0]
    tokens = [entry["token"] for entry in whole["logprobs"]["content"]]
    assert "".join(tokens) == "ab" + ONE
    response = await ask("ab" + ONE, logprobs=True, stream=True)
    streamed = [
        entry["token"]
        for chunk in events(response.text)[:-1]
        if chunk["choices"][0]["logprobs"]
        for entry in chunk["choices"][0]["logprobs"]["content"]
    ]
    assert streamed == tokens


async def test_an_answer_that_is_a_document_may_speak_of_markers() -> None:
    script = '{"a":"<tool_call>"}'
    response = await ask(script, response_format={"type": "json_object"})
    assert response.json()["choices"][0]["message"]["content"] == script


async def test_our_own_calls_can_be_sent_back() -> None:
    message = (await ask(TWO)).json()["choices"][0]["message"]
    answers = [
        {"role": "tool", "tool_call_id": c["id"], "content": "1"} for c in message["tool_calls"]
    ]
    engine = ScriptedEngine(lambda _: "ok")
    async with browserless(engine) as client:
        body = {"messages": [*HELLO["messages"], message, *answers], **TOOLS}
        response = await client.post(CHAT, json=body)
    assert response.status_code == 200, response.text
