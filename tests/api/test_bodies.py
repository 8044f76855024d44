"""What a body may be: a table of those that are refused, one of those that are not, and fuzz."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from qwen_app.api.settings import ApiSettings
from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.engine.base import ModelInfo
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.messages import Message, Request, SamplingParams
from tests.api.support import CHAT, COMPLETIONS, HELLO, Json, browserless

JSON_TYPE = {"content-type": "application/json"}

IMAGE = {"type": "image_url", "image_url": {"url": "x"}}


def said(content: object, role: str = "user", **more: object) -> Json:
    return {"messages": [{"role": role, "content": content, **more}]}


def called(change: Json, answered: Sequence[str] = ()) -> Json:
    """A conversation with one tool call, of the id 1, and responses to the ids ``answered``."""
    call = {"role": "assistant", "tool_calls": [{**CALL, **change}]}
    responses = [{"role": "tool", "tool_call_id": id_, "content": "x"} for id_ in answered]
    return {"messages": [*HELLO["messages"], call, *responses]}


def document(change: Json) -> Json:
    described = {"name": "a", "schema": {"type": "object"}, **change}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def tool(name: str, **more: object) -> Json:
    return {"type": "function", "function": {"name": name, **more}}


def named(name: str) -> Json:
    return {"type": "function", "function": {"name": name}}


CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOLS = {"tools": [tool("f")]}
UNSUPPORTED = "unsupported_field"
INVALID = "invalid_value"

BAD_CHATS: list[tuple[Json, str, str]] = [
    # body (merged into a valid one), param, code
    ({"messages": []}, "messages", INVALID),
    ({"messages": None}, "messages", INVALID),
    ({"messages": "hello"}, "messages", INVALID),
    ({"messages": {"role": "user"}}, "messages", INVALID),
    ({"messages": ["hello"]}, "messages[0]", INVALID),
    ({"messages": [{"role": "user"}]}, "messages[0].content", INVALID),
    ({"messages": [{"content": "x"}]}, "messages[0].role", INVALID),
    (said(None), "messages[0].content", INVALID),
    (said(5), "messages[0].content", INVALID),
    (said([]), "messages[0].content", INVALID),
    (said({"type": "text", "text": "x"}), "messages[0].content", INVALID),
    (said([IMAGE]), "messages[0].content[0].type", UNSUPPORTED),
    (said([{"type": "text", "text": 5}]), "messages[0].content[0].text", INVALID),
    (said([{"type": "text"}]), "messages[0].content[0].text", INVALID),
    (said([{"type": "text", "text": "x", "a": 1}]), "messages[0].content[0].a", UNSUPPORTED),
    (said("x", role="tool"), "messages[0].tool_call_id", INVALID),
    (said("x", role="tool", tool_call_id="1"), "messages[0].role", INVALID),
    (said("x", role="wizard"), "messages[0].role", UNSUPPORTED),
    (said("x", name="Ann"), "messages[0].name", UNSUPPORTED),
    (said("x", role="assistant", tool_calls=[]), "messages[0].tool_calls", INVALID),
    (said("x", tool_calls=[CALL]), "messages[0].tool_calls", INVALID),
    (said("x", tool_call_id="1"), "messages[0].tool_call_id", INVALID),
    (said(None, role="assistant"), "messages[0].content", INVALID),
    (called({"id": ""}), "messages[1].tool_calls[0].id", INVALID),
    (called({"type": "custom"}), "messages[1].tool_calls[0].type", UNSUPPORTED),
    (called({"function": {"name": "f"}}), "messages[1].tool_calls[0].function.arguments", INVALID),
    (
        called({"function": {"name": 'a"', "arguments": "{}"}}),
        "messages[1].tool_calls[0].function.name",
        INVALID,
    ),
    (called({}), "messages[1].tool_calls", INVALID),
    (called({}, ["2"]), "messages[2].tool_call_id", INVALID),
    (called({}, ["1", "1"]), "messages[3].tool_call_id", INVALID),
    ({"temperature": -0.1}, "temperature", INVALID),
    ({"temperature": 2.1}, "temperature", INVALID),
    ({"temperature": "0.3"}, "temperature", INVALID),
    ({"temperature": True}, "temperature", INVALID),
    ({"temperature": [1]}, "temperature", INVALID),
    ({"temperature": 10**400}, "temperature", INVALID),
    ({"top_p": 0}, "top_p", INVALID),
    ({"top_p": 1.01}, "top_p", INVALID),
    ({"top_k": -2}, "top_k", INVALID),
    ({"top_k": 1.5}, "top_k", INVALID),
    ({"top_k": 2**31}, "top_k", INVALID),
    ({"min_p": 1.5}, "min_p", INVALID),
    ({"repetition_penalty": 0}, "repetition_penalty", INVALID),
    ({"repetition_penalty": 2.5}, "repetition_penalty", INVALID),
    ({"presence_penalty": -3}, "presence_penalty", INVALID),
    ({"frequency_penalty": 2.5}, "frequency_penalty", INVALID),
    ({"logit_bias": {"x": 1}}, "logit_bias", INVALID),
    ({"logit_bias": {"-1": 1}}, "logit_bias", INVALID),
    ({"logit_bias": {"٣": 1}}, "logit_bias", INVALID),
    ({"logit_bias": {"9" * 400: 1}}, "logit_bias", INVALID),
    ({"logit_bias": {"1": 101}}, "logit_bias.1", INVALID),
    ({"logit_bias": [1]}, "logit_bias", INVALID),
    ({"seed": 1.5}, "seed", INVALID),
    ({"seed": "1"}, "seed", INVALID),
    ({"seed": 2**63}, "seed", INVALID),
    ({"stop": ""}, "stop[0]", INVALID),
    ({"stop": 5}, "stop", INVALID),
    ({"stop": ["a", 5]}, "stop[1]", INVALID),
    ({"stop": ["a"] * 17}, "stop", INVALID),
    ({"stop_token_ids": [-1]}, "stop_token_ids[0]", INVALID),
    ({"stop_token_ids": 5}, "stop_token_ids", INVALID),
    ({"max_tokens": 0}, "max_tokens", INVALID),
    ({"max_tokens": -1}, "max_tokens", INVALID),
    ({"max_tokens": 1.0}, "max_tokens", INVALID),
    ({"max_tokens": 10**30}, "max_tokens", INVALID),
    ({"max_tokens": 1, "max_completion_tokens": 2}, "max_completion_tokens", INVALID),
    ({"n": 0}, "n", INVALID),
    ({"n": 17}, "n", INVALID),
    ({"n": True}, "n", INVALID),
    ({"stream": "yes"}, "stream", INVALID),
    ({"stream": 1}, "stream", INVALID),
    ({"stream_options": {"include_usage": True}}, "stream_options", INVALID),
    ({"stream": True, "stream_options": []}, "stream_options", INVALID),
    ({"stream": True, "stream_options": {"chunk": 1}}, "stream_options.chunk", UNSUPPORTED),
    ({"logprobs": 3}, "logprobs", INVALID),
    ({"top_logprobs": 3}, "top_logprobs", INVALID),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", INVALID),
    ({"model": 5}, "model", INVALID),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", INVALID),
    ({"response_format": {"type": "grammar"}}, "response_format.type", UNSUPPORTED),
    (
        {"response_format": {"type": "json_object", "json_schema": {"name": "a", "schema": {}}}},
        "response_format.json_schema",
        INVALID,
    ),
    (document({"name": "a b"}), "response_format.json_schema.name", INVALID),
    (document({"name": ""}), "response_format.json_schema.name", INVALID),
    (document({"name": None}), "response_format.json_schema.name", INVALID),
    (document({"schema": None}), "response_format.json_schema.schema", INVALID),
    (document({"schema": []}), "response_format.json_schema.schema", INVALID),
    (document({"schema": "{}"}), "response_format.json_schema.schema", INVALID),
    (document({"strict": "yes"}), "response_format.json_schema.strict", INVALID),
    (document({"other": 1}), "response_format.json_schema.other", UNSUPPORTED),
    ({**document({}), "stop": "}"}, "stop", INVALID),
    ({**document({}), "stop_token_ids": [5]}, "stop_token_ids", INVALID),
    ({**document({}), "guided_regex": "a"}, "response_format", INVALID),
    ({**document({}), "guided_json": {}}, "response_format", INVALID),
    ({**document({}), "json_layout": "wide"}, "json_layout", UNSUPPORTED),
    ({**document({}), **TOOLS, "tool_choice": "required"}, "response_format", INVALID),
    ({"json_layout": "pretty"}, "json_layout", INVALID),
    ({"json_source": "Li, 30"}, "json_source", INVALID),
    ({**document({}), "json_source": ""}, "json_source", INVALID),
    ({**document({}), "json_source": 5}, "json_source", INVALID),
    ({"json_layout": "pretty", "guided_regex": "a"}, "json_layout", INVALID),
    ({"response_format": {"type": "text"}, "json_layout": "pretty"}, "json_layout", INVALID),
    ({"guided_json": 5}, "guided_json", INVALID),
    ({"guided_json": {}, "guided_regex": "a"}, "guided_json", INVALID),
    ({"guided_json": {}, "stop": "x"}, "stop", INVALID),
    ({"tools": []}, "tools", INVALID),
    ({"tools": {}}, "tools", INVALID),
    ({"tools": [tool("f")] * 129}, "tools", INVALID),
    ({"tools": [tool("f"), tool("f")]}, "tools[1].function.name", INVALID),
    ({"tools": [tool("f g")]}, "tools[0].function.name", INVALID),
    ({"tools": [tool("f" * 65)]}, "tools[0].function.name", INVALID),
    ({"tools": [{"type": "custom"}]}, "tools[0].type", UNSUPPORTED),
    ({"tools": [{"type": "function"}]}, "tools[0].function", INVALID),
    ({"tools": [tool("f", description=5)]}, "tools[0].function.description", INVALID),
    ({"tools": [tool("f", parameters=[])]}, "tools[0].function.parameters", INVALID),
    (
        {"tools": [tool("f"), tool("g", parameters={"type": "string"})]},
        "tools[1].function.parameters",
        INVALID,
    ),
    ({"tool_choice": "none"}, "tool_choice", INVALID),
    ({"parallel_tool_calls": True}, "parallel_tool_calls", INVALID),
    ({**TOOLS, "tool_choice": "maybe"}, "tool_choice", UNSUPPORTED),
    ({**TOOLS, "tool_choice": 5}, "tool_choice", UNSUPPORTED),
    ({**TOOLS, "tool_choice": {"type": "auto"}}, "tool_choice.type", UNSUPPORTED),
    ({**TOOLS, "tool_choice": {"type": "function"}}, "tool_choice.function", INVALID),
    ({**TOOLS, "tool_choice": named("g")}, "tool_choice.function.name", INVALID),
    ({**TOOLS, "tool_choice": named("g g")}, "tool_choice.function.name", INVALID),
    ({**TOOLS, "parallel_tool_calls": 1}, "parallel_tool_calls", INVALID),
    ({**TOOLS, "stop": "x"}, "stop", INVALID),
    ({**TOOLS, "guided_json": {}}, "guided_json", INVALID),
    ({**TOOLS, "guided_choice": ["a"]}, "guided_choice", INVALID),
    ({"response_format": "text"}, "response_format", INVALID),
    ({"guided_regex": "a", "guided_choice": ["a"]}, "guided_choice", INVALID),
    ({"guided_choice": []}, "guided_choice", INVALID),
    ({"guided_regex": 5}, "guided_regex", INVALID),
    ({"store": True}, "store", UNSUPPORTED),
    ({"service_tier": "flex"}, "service_tier", UNSUPPORTED),
    ({"modalities": ["text", "audio"]}, "modalities[1]", UNSUPPORTED),
    ({"add_generation_prompt": False}, "add_generation_prompt", INVALID),
    (
        {"add_generation_prompt": True, "continue_final_message": True},
        "add_generation_prompt",
        INVALID,
    ),
    (
        {"continue_final_message": True, "response_format": {"type": "json_object"}},
        "continue_final_message",
        INVALID,
    ),
    ({"metadata": {"a": 1}}, "metadata.a", INVALID),
    ({"user": 5}, "user", INVALID),
    *[
        ({field: value}, field, UNSUPPORTED)
        for field, value in {
            "functions": [],
            "function_call": "none",
            "reasoning_effort": "low",
            "verbosity": "low",
            "prediction": {},
            "audio": {},
            "web_search_options": {},
            "min_tokens": 3,
            "use_beam_search": False,
            "best_of": 1,
            "echo": False,
            "prompt": "x",
        }.items()
    ],
]

BAD_COMPLETIONS: list[tuple[Json, str, str]] = [
    ({"prompt": None}, "prompt", INVALID),
    ({"prompt": ""}, "prompt", INVALID),
    ({"prompt": []}, "prompt", INVALID),
    ({"prompt": [[]]}, "prompt[0]", INVALID),
    ({"prompt": ["a", ""]}, "prompt[1]", INVALID),
    ({"prompt": ["a", 1]}, "prompt[1]", INVALID),
    ({"prompt": [1, "a"]}, "prompt[0]", INVALID),
    ({"prompt": [1, -1]}, "prompt[0]", INVALID),
    ({"prompt": [[1, True]]}, "prompt[0]", INVALID),
    ({"prompt": [2**31]}, "prompt[0]", INVALID),
    ({"prompt": 5}, "prompt", INVALID),
    ({"prompt": {}}, "prompt", INVALID),
    ({"prompt": ["a"] * 65}, "prompt", INVALID),
    ({"logprobs": True}, "logprobs", INVALID),
    ({"logprobs": 21}, "logprobs", INVALID),
    ({"best_of": 2}, "best_of", UNSUPPORTED),
    ({"echo": True}, "echo", UNSUPPORTED),
    ({"suffix": "end"}, "suffix", UNSUPPORTED),
    ({"messages": []}, "messages", UNSUPPORTED),
    ({"max_completion_tokens": 3}, "max_completion_tokens", UNSUPPORTED),
]

CASES = [
    *((CHAT, {**HELLO, **body}, param, code) for body, param, code in BAD_CHATS),
    *((COMPLETIONS, {"prompt": "x", **b}, param, code) for b, param, code in BAD_COMPLETIONS),
]


@pytest.mark.parametrize("path, body, param, code", CASES, ids=lambda v: str(v)[:60])  # noqa: PT006
async def test_a_bad_field_is_a_400_that_names_it(
    path: str, body: Json, param: str, code: str
) -> None:
    engine = ScriptedEngine()
    async with browserless(engine) as client:
        response = await client.post(path, content=json.dumps(body), headers=JSON_TYPE)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], error["code"]) == (param, code)
    assert error["type"] == "invalid_request_error"
    assert len(error["message"]) < 500
    assert not engine.requests


@pytest.mark.parametrize("field", ["", "x" * 5000, "汉字", "a.b[0]"])
async def test_whatever_an_unknown_field_is_called(field: str) -> None:
    async with browserless(ScriptedEngine()) as client:
        response = await client.post(CHAT, json={**HELLO, field: 1})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == UNSUPPORTED
    assert len(response.text) < 1000


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", JSON_TYPE, 400),
        (b"{", JSON_TYPE, 400),
        (b"null", JSON_TYPE, 400),
        (b"[]", JSON_TYPE, 400),
        (b'"text"', JSON_TYPE, 400),
        (b"\xff\xfe{}", JSON_TYPE, 400),
        (b'{"messages": [{"role": "user", "content": "\xed\xa0\x80"}]}', JSON_TYPE, 400),
        (rb'{"messages": [{"role": "user", "content": "\ud800"}]}', JSON_TYPE, 400),
        (rb'{"messages": [{"role": "user", "content": "\udc00\ud800"}]}', JSON_TYPE, 400),
        (b'{"temperature": NaN}', JSON_TYPE, 400),
        (b'{"temperature": Infinity}', JSON_TYPE, 400),
        (b'{"seed": 1' + b"0" * 6000 + b"}", JSON_TYPE, 400),
        (b"[" * 200_000, JSON_TYPE, 400),
        (b'{"a":' * 50_000, JSON_TYPE, 400),
        (json.dumps(HELLO).encode(), {}, 415),
        (json.dumps(HELLO).encode(), {"content-type": "text/plain"}, 415),
        (b"prompt=x", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"x", {**JSON_TYPE, "content-encoding": "gzip"}, 415),
        (b" " * 2001, JSON_TYPE, 413),
        (b" " * 2000, JSON_TYPE, 400),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_what_is_no_json_object(content: bytes, headers: dict[str, str], status: int) -> None:
    limited = ApiSettings(max_body_bytes=max(len(content), 2000) if status != 413 else 2000)
    for path in (CHAT, COMPLETIONS):
        async with browserless(ScriptedEngine(), limited) as client:
            response = await client.post(path, content=content, headers=headers)
        assert response.status_code == status
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}


async def accepted(path: str, body: Json, defaults: SamplingParams | None = None) -> Request:
    """The one request that the engine gets of this body."""
    engine = ScriptedEngine(lambda _: "ok", info=info_with(defaults or SamplingParams()))
    async with browserless(engine) as client:
        response = await client.post(path, json=body)
    assert response.status_code == 200, response.text
    (request,) = engine.requests
    return request


def info_with(defaults: SamplingParams) -> ModelInfo:
    return ModelInfo("lab/Tiny", True, 1, "int8", "float32", "cpu", 512, defaults)


async def test_every_sampling_field_reaches_the_engine() -> None:
    request = await accepted(
        CHAT,
        {
            **HELLO,
            "temperature": 0,
            "top_p": 0.5,
            "top_k": 7,
            "min_p": 0.1,
            "repetition_penalty": 1.2,
            "presence_penalty": -1,
            "frequency_penalty": 0.5,
            "logit_bias": {"12": -100, "7": 1.5},
            "seed": -3,
            "stop": "END",
            "stop_token_ids": [4, 5],
            "max_completion_tokens": 9,
            "logprobs": True,
            "ignore_eos": True,
            "n": 2,
        },
    )
    assert request.sampling == SamplingParams(
        temperature=0,
        top_p=0.5,
        top_k=7,
        min_p=0.1,
        repetition_penalty=1.2,
        presence_penalty=-1,
        frequency_penalty=0.5,
        logit_bias={12: -100, 7: 1.5},
        seed=-3,
        stop=("END",),
        stop_token_ids=(4, 5),
        max_tokens=9,
        top_logprobs=0,
        ignore_eos=True,
    )
    assert request.n == 2


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({}, {}),
        ({"temperature": None, "stop": None, "tools": None, "anything": None}, {}),
        ({"temperature": 1}, {"temperature": 1}),
        ({"top_k": -1}, {"top_k": 0}),
        ({"max_tokens": 4, "max_completion_tokens": 4}, {"max_tokens": 4}),
        ({"stop": ["a", "b", "c", "d", "e"]}, {"stop": ("a", "b", "c", "d", "e")}),
        ({"logprobs": True, "top_logprobs": 5}, {"top_logprobs": 5}),
        ({"logprobs": False}, {}),
        ({"response_format": {"type": "text"}, "store": False, "service_tier": "auto"}, {}),
        ({"user": "u", "metadata": {"a": "b"}, "safety_identifier": "s"}, {}),
        ({"prompt_cache_key": "k", "modalities": ["text"]}, {}),
    ],
    ids=str,
)
async def test_absent_fields_are_the_models_own(extra: Json, expected: Json) -> None:
    own = SamplingParams(temperature=0.7, top_p=0.8, top_k=20, repetition_penalty=1.1)
    request = await accepted(CHAT, {**HELLO, **extra}, own)
    assert request.sampling == replace(own, **expected)


async def test_an_answer_can_go_on_from_the_last_message() -> None:
    messages = [*HELLO["messages"], {"role": "assistant", "content": "Once"}]
    for more in ({}, {"add_generation_prompt": False}):
        body = {"messages": messages, "continue_final_message": True, **more}
        request = await accepted(CHAT, body)
        assert request.continue_final
        assert request.prompt[-1] == Message("assistant", "Once")
    assert not (await accepted(CHAT, {**HELLO, "add_generation_prompt": True})).continue_final


async def test_roles_and_parts_become_messages() -> None:
    request = await accepted(
        CHAT,
        {
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": [{"type": "text", "text": t} for t in ("一", "👍🏽")]},
                {"role": "assistant", "content": "ok", "refusal": None, "tool_calls": None},
                {"role": "user", "content": ""},
            ]
        },
    )
    assert request.prompt == (
        Message("system", "be brief"),
        Message("user", "一\n👍🏽"),
        Message("assistant", "ok"),
        Message("user", ""),
    )


async def test_our_own_message_can_be_sent_back() -> None:
    async with browserless(ScriptedEngine()) as client:
        message = (await client.post(CHAT, json=HELLO)).json()["choices"][0]["message"]
        response = await client.post(CHAT, json={"messages": [*HELLO["messages"], message]})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("你好", ["你好"]),
        (["a", "b"], ["a", "b"]),
        ([1, 2], [(1, 2)]),
        ([[1], [2, 3]], [(1,), (2, 3)]),
        (["a", [5]], ["a", (5,)]),
    ],
)
async def test_prompts_of_completions(prompt: object, expected: list[object]) -> None:
    engine = ScriptedEngine(lambda _: "ok")
    async with browserless(engine) as client:
        response = await client.post(
            COMPLETIONS,
            json={"prompt": prompt, "best_of": 1, "echo": False, "suffix": "", "max_tokens": None},
        )
    assert response.status_code == 200
    assert [request.prompt for request in engine.requests] == expected
    assert {request.sampling.max_tokens for request in engine.requests} == {16}


async def test_guides_become_constraints() -> None:
    regex = await accepted(CHAT, {**HELLO, "guided_regex": r"\d+"})
    choice = await accepted(COMPLETIONS, {"prompt": "x", "guided_choice": ["是", "否"]})
    assert regex.constraint == Regex(r"\d+")
    assert choice.constraint == Choice(("是", "否"))


@pytest.mark.parametrize(
    "name", ["lab/Tiny", "tiny", "LAB/TINY", "qwen2.5-0.5b-instruct", "Qwen2.5-0.5B-Instruct",
             "default", None]
)  # fmt: skip
async def test_names_under_which_the_model_answers(name: str | None) -> None:
    assert await accepted(CHAT, {**HELLO, "model": name})


@pytest.mark.parametrize("name", ["gpt-4o", "", "tiny ", "other/tiny", "x" * 5000])
async def test_other_names_are_not_found(name: str) -> None:
    engine = ScriptedEngine(info=info_with(SamplingParams()))
    async with browserless(engine) as client:
        response = await client.post(CHAT, json={**HELLO, "model": name})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"
    assert "lab/Tiny" in response.json()["error"]["message"]


async def test_the_deadline_is_the_operators() -> None:
    engine = ScriptedEngine()
    async with browserless(engine, ApiSettings(request_timeout_s=3.5)) as client:
        await client.post(CHAT, json=HELLO)
    assert engine.requests[0].deadline_s == 3.5


# --- fuzz -------------------------------------------------------------------------------------

FIELDS = [
    "messages", "prompt", "model", "stream", "stream_options", "n", "temperature", "top_p",
    "top_k", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty",
    "logit_bias", "seed", "stop", "stop_token_ids", "max_tokens", "max_completion_tokens",
    "logprobs", "top_logprobs", "response_format", "guided_regex", "guided_choice", "user",
    "metadata", "store", "best_of", "echo", "suffix", "ignore_eos", "tools",
    "tool_choice", "parallel_tool_calls", "guided_json", "json_layout",
    "json_source",
]  # fmt: skip

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 2, -1, 2**31, 2**63, 10**40])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["user", "system", "text", "default", "END", "\\", "["])
)
keys = st.text(max_size=3) | st.sampled_from(["role", "content", "type", "text", "include_usage"])
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
FUZZED = browserless(ScriptedEngine(lambda _: "ok"))
valid = st.sampled_from([HELLO, {"prompt": "x"}, {"prompt": [1, 2]}, {}])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from([CHAT, COMPLETIONS]),
    base=valid,
    extra=st.dictionaries(st.sampled_from(FIELDS) | keys, values, max_size=4),
)
async def test_no_body_is_a_500(path: str, base: Json, extra: Json) -> None:
    response = await FUZZED.post(path, content=json.dumps({**base, **extra}), headers=JSON_TYPE)
    assert response.status_code in (200, 400, 404)
    if response.status_code != 200:
        error = response.json()["error"]
        assert error["message"]
        assert error["code"]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
async def test_no_bytes_are_a_500(content: bytes) -> None:
    response = await FUZZED.post(CHAT, content=content, headers=JSON_TYPE)
    assert response.status_code == 400
