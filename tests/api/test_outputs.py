"""What a request wants its answer to be: the constraint and the prompt that the engine gets."""

import json
from typing import Any

import pytest

from qwen_app.decoding.grammar import Choice
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.tools import Function, ToolCalls
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import InvalidConstraint
from qwen_app.features.json_mode.prompt import build_messages
from qwen_app.messages import Message, Request, ToolCall
from tests.api.support import CHAT, COMPLETIONS, HELLO, Json, browserless

ODD = {
    "type": "object",
    "title": None,
    "properties": {
        "z": {"const": None},
        "a": {
            "enum": [None, {"b": None, "a": [None]}, 12345678901234567890123, 1e308, 1.0, "中🙂"]
        },
    },
    "required": ["z"],
    "default": {"z": None},
}
"""What a careless server loses: nulls, key order, large numbers, the difference of 1 and 1.0."""
NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}


def tool(name: str, **more: object) -> Json:
    return {"type": "function", "function": {"name": name, **more}}


async def accepted(path: str, body: Json) -> Request:
    engine = ScriptedEngine(lambda _: "ok")
    async with browserless(engine) as client:
        response = await client.post(path, content=json.dumps(body), headers=JSON_TYPE)
    assert response.status_code == 200, response.text
    (request,) = engine.requests
    return request


JSON_TYPE = {"content-type": "application/json"}


def json_schema(schema: object, **more: object) -> Json:
    described = {"name": "thing", "schema": schema, **more}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


@pytest.mark.parametrize("schema", [ODD, {}, True, False], ids=repr)
async def test_schemas_arrive_to_the_letter(schema: object) -> None:
    text = json.dumps(schema, ensure_ascii=False)
    chat = await accepted(CHAT, {**HELLO, **json_schema(schema)})
    guided = await accepted(CHAT, {**HELLO, "guided_json": schema})
    as_text = await accepted(COMPLETIONS, {"prompt": "x", "guided_json": text})
    assert chat.constraint == guided.constraint == as_text.constraint == JsonSchema(text)
    assert guided.prompt == (Message("user", "hello"),)
    if schema is ODD:
        called = await accepted(CHAT, {**HELLO, "tools": [tool("f", parameters=schema)]})
        assert called.constraint == ToolCalls((Function("f", JsonSchema(text)),))
        assert (
            called.tools
            == f'[{{"type": "function", "function": {{"name": "f", "parameters": {text}}}}}]'
        )


@pytest.mark.parametrize(
    ("extra", "constraint"),
    [
        ({"response_format": {"type": "text"}}, None),
        ({"response_format": {"type": "json_object"}}, JsonSchema.of({"type": "object"})),
        (
            {"response_format": {"type": "json_object"}, "json_layout": "pretty"},
            JsonSchema.of({"type": "object"}, "pretty"),
        ),
        (json_schema({"type": "null"}, strict=True), JsonSchema.of({"type": "null"})),
        (json_schema({"type": "null"}, strict=False), JsonSchema.of({"type": "null"})),
        (
            {**json_schema({"type": "null"}), "json_layout": "compact"},
            JsonSchema.of({"type": "null"}),
        ),
        ({"guided_json": "{", "json_layout": "pretty"}, JsonSchema("{", "pretty")),
        ({"guided_json": "{", "json_source": "Li"}, JsonSchema("{", source="Li")),
        (
            {**json_schema({"type": "null"}), "json_source": "Li"},
            JsonSchema('{"type": "null"}', source="Li"),
        ),
        (
            {"response_format": {"type": "json_object"}, "json_source": "Li"},
            JsonSchema('{"type": "object"}', source="Li"),
        ),
    ],
    ids=str,
)
async def test_formats_become_constraints(extra: Json, constraint: JsonSchema | None) -> None:
    assert (await accepted(CHAT, {**HELLO, **extra})).constraint == constraint


F, G = Function("f", JsonSchema.of(NOTHING)), Function("g", JsonSchema.of({"type": "object"}))
DOCUMENT = JsonSchema.of({"type": "null"})


@pytest.mark.parametrize(
    ("extra", "constraint"),
    [
        ({}, ToolCalls((F, G))),
        ({"tool_choice": "auto", "parallel_tool_calls": True}, ToolCalls((F, G))),
        ({"tool_choice": None, "parallel_tool_calls": None}, ToolCalls((F, G))),
        ({"parallel_tool_calls": False}, ToolCalls((F, G), parallel=False)),
        ({"tool_choice": "required"}, ToolCalls((F, G), required=True)),
        ({"tool_choice": tool("g")}, ToolCalls((G,), required=True)),
        (json_schema({"type": "null"}), ToolCalls((F, G), answer=DOCUMENT)),
    ],
    ids=str,
)
async def test_tools_become_constraints(extra: Json, constraint: ToolCalls) -> None:
    tools = [tool("f", description="说明"), tool("g", parameters={}, strict=True)]
    request = await accepted(CHAT, {**HELLO, "tools": tools, **extra})
    assert request.constraint == constraint
    assert json.loads(request.tools or "") == [
        tool("f", description="说明"),
        tool("g", parameters={}),
    ]


@pytest.mark.parametrize(
    ("extra", "constraint"),
    [
        ({}, ToolCalls(())),
        ({"stop": "x"}, ToolCalls(())),
        ({"guided_choice": ["a"]}, Choice(("a",))),
        (json_schema({"type": "null"}), DOCUMENT),
    ],
    ids=str,
)
async def test_tools_that_may_not_be_called_are_not_told_of(extra: Json, constraint: Any) -> None:
    body = {**HELLO, "tools": [tool("f")], "tool_choice": "none", **extra}
    request = await accepted(CHAT, body)
    assert request.constraint == constraint
    assert request.tools is None


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        (None, NOTHING),
        (True, {"type": "object"}),
        (False, {"not": {}, "type": "object"}),
        ({"type": ["object", "null"], "required": ["a"]}, {"type": "object", "required": ["a"]}),
        ({"properties": {"a": {}}}, {"properties": {"a": {}}, "type": "object"}),
        (
            {"$ref": "#/$defs/A", "$defs": {"A": {}}},
            {"$defs": {"A": {}}, "allOf": [{"$ref": "#/$defs/A"}], "type": "object"},
        ),
    ],
    ids=repr,
)
async def test_arguments_are_an_object(parameters: object, arguments: Json) -> None:
    request = await accepted(CHAT, {**HELLO, "tools": [tool("f", parameters=parameters)]})
    assert request.constraint == ToolCalls((Function("f", JsonSchema.of(arguments)),))


@pytest.mark.parametrize(
    ("messages", "language"),
    [
        ([{"role": "user", "content": "我叫张三"}], "zh"),
        ([{"role": "user", "content": "I am Ann"}], "en"),
        (
            [{"role": "system", "content": "Be exact."}, {"role": "user", "content": "我叫张三"}],
            "zh",
        ),
        ([{"role": "system", "content": "只有系统消息"}], "en"),
    ],
)
async def test_the_model_is_told_of_the_schema(messages: list[Json], language: Any) -> None:
    """In the words of the JSON tab, at the end of the system message."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    body = {"messages": messages, **json_schema(schema, description="一个人")}
    request = await accepted(CHAT, body)
    told = build_messages("", schema, "一个人", language)[0].content
    assert "一个人" in told
    own = [m["content"] for m in messages if m["role"] == "system"]
    rest = [Message("user", m["content"]) for m in messages if m["role"] == "user"]
    assert request.prompt == (Message("system", "\n\n".join([*own, told])), *rest)


@pytest.mark.parametrize(("properties", "shown"), [(20, True), (300, False)])
async def test_a_schema_that_would_fill_the_context_is_not_shown(
    properties: int, shown: bool
) -> None:
    schema = {"properties": {f"number_{n}": {"type": "string"} for n in range(properties)}}
    body = {**HELLO, **json_schema(schema, description="as it is")}
    request = await accepted(CHAT, body)
    assert isinstance(request.prompt, tuple)
    system = request.prompt[0]
    assert isinstance(system, Message)
    assert ("number_1" in system.content) == shown
    assert "as it is" in system.content
    assert len(system.content) < 8192 / 4
    assert request.constraint == JsonSchema.of(schema)


def answer(id_: str, content: str) -> Json:
    return {"role": "tool", "tool_call_id": id_, "content": content}


async def test_calls_and_responses_become_messages_in_the_order_of_the_calls() -> None:
    calls = [
        {"id": id_, "type": "function", "function": {"name": "f", "arguments": arguments}}
        for id_, arguments in (("x", '{"b":null,"a":1}'), ("y", "{}"))
    ]
    body = {
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": None, "tool_calls": calls},
            answer("y", "second"),
            {**answer("x", ""), "content": [{"type": "text", "text": t} for t in ("1", "2")]},
            {"role": "assistant", "content": "so", "tool_calls": calls[:1]},
            answer("x", "again"),
        ]
    }
    request = await accepted(CHAT, body)
    x, y = ToolCall("f", '{"b":null,"a":1}', "x"), ToolCall("f", "{}", "y")
    assert request.prompt == (
        Message("user", "go"),
        Message("assistant", "", (x, y)),
        Message("tool", "1\n2", (), "x"),
        Message("tool", "second", (), "y"),
        Message("assistant", "so", (x,)),
        Message("tool", "again", (), "x"),
    )


@pytest.mark.parametrize(
    ("body", "raised", "param"),
    [
        (json_schema({}), "constraint", "response_format.json_schema.schema"),
        ({"guided_json": {}}, "constraint", "guided_json"),
        ({"tools": [tool("f"), tool("g")]}, "functions[1]", "tools[1].function.parameters"),
        (
            {"tools": [tool("f"), tool("g")], "tool_choice": tool("g")},
            "functions[0]",
            "tools[1].function.parameters",
        ),
        (
            {"tools": [tool("f")], **json_schema({})},
            "constraint",
            "response_format.json_schema.schema",
        ),
        ({**json_schema({}), "max_completion_tokens": 3}, "max_tokens", "max_completion_tokens"),
        ({**json_schema({}), "max_tokens": 3}, "max_tokens", "max_tokens"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_what_the_engine_refuses_is_named_as_the_client_knows_it(
    body: Json, raised: str, param: str, stream: bool
) -> None:
    engine = ScriptedEngine()
    engine.refusal = InvalidConstraint("no", "不", param=raised)
    async with browserless(engine) as client:
        response = await client.post(CHAT, json={**HELLO, **body, "stream": stream})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize("field", ["guided_json", "response_format", "tools"])
async def test_a_number_that_no_double_holds_is_refused(field: str) -> None:
    schema = '{"type":"object","maximum":1e999}'
    fields = {
        "guided_json": f'"guided_json":{schema}',
        "response_format": '"response_format":{"type":"json_schema","json_schema":'
        f'{{"name":"a","schema":{schema}}}}}',
        "tools": f'"tools":[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]',
    }
    body = f'{{"messages":[{{"role":"user","content":"x"}}],{fields[field]}}}'
    async with browserless(ScriptedEngine()) as client:
        response = await client.post(CHAT, content=body, headers=JSON_TYPE)
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith(field)
    assert "finite" in response.json()["error"]["message"]
