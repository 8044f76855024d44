"""Documents and tool calls with the real `openai` client, a real socket and the embedded model.

The model is drawn from at temperature 1.5 and so talks nonsense: that its documents validate is
the constraint's doing, not the model's.
"""

import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel, Field

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from tests.api.support import serving

FOLDER = Path(__file__).parents[2] / "assets" / "embedded"
ASKED: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "张三，30 岁，住在北京，会 Python 和 SQL。"}
]


class Level(Enum):
    LOW = "低"
    HIGH = "高"


class Skill(BaseModel):
    name: str
    level: Level


class Person(BaseModel):
    """Nested, optional, enum, literal, list."""

    name: str
    age: int | None
    kind: Literal["student", "teacher"]
    skills: list[Skill]


class Circle(BaseModel):
    shape: Literal["circle"]
    radius: float


class Square(BaseModel):
    shape: Literal["square"]
    side: float


class Drawing(BaseModel):
    """A union, and a model that contains itself."""

    figure: Circle | Square
    inside: list["Drawing"]


class Order(BaseModel):
    """Limits that the client passes on."""

    code: str = Field(pattern=r"^[A-Z]{2}-\d{4}$")
    count: int = Field(ge=1, le=99)
    tags: set[str] = Field(max_length=3)
    date: str = Field(json_schema_extra={"format": "date"})


class GetWeather(BaseModel):
    """Looks the weather up. 查询天气。"""

    city: str
    days: Literal[1, 3, 7]


class Remember(BaseModel):
    person: Person
    because: str | None


MODELS: list[type[BaseModel]] = [Person, Drawing, Order]
TOOLS = [openai.pydantic_function_tool(GetWeather), openai.pydantic_function_tool(Remember)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    settings = EngineSettings(devices=("cpu",), threads=1)
    engine = create_engine("embedded", FOLDER, settings, is_demo=True)
    with serving(build_api(engine, ApiSettings())) as url:
        yield url
    engine.close()


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


def fields(seed: int, max_tokens: int = 100) -> dict[str, Any]:
    return {
        "model": "default",
        "messages": ASKED,
        "seed": seed,
        "temperature": 1.5,
        "max_tokens": max_tokens,
    }


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_parse(client: openai.OpenAI, model: type[BaseModel], seed: int) -> None:
    completion = client.chat.completions.parse(**fields(seed), response_format=model, n=2)
    texts = []
    for choice in completion.choices:
        assert isinstance(choice.message.parsed, model)
        assert choice.message.refusal is None
        assert choice.finish_reason == "stop"
        texts.append(choice.message.content)
    assert len(texts) == 2
    assert completion.usage is not None
    assert completion.usage.completion_tokens <= 200


def test_parse_under_its_old_name(client: openai.OpenAI) -> None:
    completion = client.beta.chat.completions.parse(**fields(2), response_format=Person)
    assert isinstance(completion.choices[0].message.parsed, Person)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_parsed_stream_is_the_whole_answer(client: openai.OpenAI, model: type[BaseModel]) -> None:
    whole = client.chat.completions.parse(**fields(7), response_format=model)
    with client.chat.completions.stream(**fields(7), response_format=model) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == whole.choices[0].message.parsed
    assert final.choices[0].finish_reason == "stop"
    assert len(pieces) > 3 or model is Order  # what may yet be taken back is not sent
    assert "".join(pieces) == whole.choices[0].message.content


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "Remember"}}], ids=str
)
def test_calls_that_must_be_made(client: openai.OpenAI, choice: Any, seed: int) -> None:
    asked = {**fields(seed, 200), "tools": TOOLS, "tool_choice": choice}
    completion = client.chat.completions.parse(**asked)
    (answer,) = completion.choices
    assert answer.finish_reason == "tool_calls"
    assert answer.message.content is None
    calls = answer.message.tool_calls
    assert calls
    for call in calls:
        expected = {"GetWeather": GetWeather, "Remember": Remember}[call.function.name]
        assert isinstance(call.function.parsed_arguments, expected)
        assert choice == "required" or call.function.name == "Remember"
    with client.chat.completions.stream(**asked) as stream:
        final = stream.get_final_completion().choices[0]
    assert final.finish_reason == "tool_calls"
    assert [c.function for c in final.message.tool_calls or ()] == [c.function for c in calls]


def test_one_call_at_a_time(client: openai.OpenAI) -> None:
    for seed in range(2):
        completion = client.chat.completions.create(
            **fields(seed, 200), tools=TOOLS, tool_choice="required", parallel_tool_calls=False
        )
        assert len(completion.choices[0].message.tool_calls or ()) == 1


def test_a_conversation_with_tools_goes_on(client: openai.OpenAI) -> None:
    asked = {**fields(3, 200), "tools": TOOLS}
    message = client.chat.completions.parse(**asked, tool_choice="required").choices[0].message
    calls = message.tool_calls
    assert calls
    answered = [{"role": "tool", "tool_call_id": c.id, "content": "晴，25 度"} for c in calls]
    asked["messages"] = [*ASKED, message, *answered]
    answer = client.chat.completions.create(**asked, tool_choice="none").choices[0]
    assert answer.finish_reason in ("stop", "length")
    assert answer.message.tool_calls is None
    assert answer.message.content


@pytest.mark.parametrize("seed", range(2))
def test_a_document_or_calls(client: openai.OpenAI, seed: int) -> None:
    completion = client.chat.completions.parse(
        **fields(seed, 200), tools=TOOLS, response_format=Person
    )
    message = completion.choices[0].message
    assert bool(message.parsed) != bool(message.tool_calls)


@pytest.mark.parametrize("layout", ["compact", "pretty"])
def test_json_objects_and_layout(client: openai.OpenAI, layout: str) -> None:
    completion = client.chat.completions.create(
        **fields(1, 120),
        response_format={"type": "json_object"},
        extra_body={"json_layout": layout},
    )
    text = completion.choices[0].message.content or ""
    assert completion.choices[0].finish_reason == "stop"
    value = json.loads(text)
    assert isinstance(value, dict)
    assert text.count("\n") == (
        json.dumps(value, indent=2).count("\n") if layout == "pretty" else 0
    )


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({"type": "nonsense"}, ["type", "nonsense"]),
        ({"properties": {"a": {"minimum": "x"}}}, ["minimum", "/properties/a"]),
        ({"type": "object", "properties": {"a": {"$ref": "http://x/y"}}}, ["$ref", "http://x/y"]),
        ({"type": "integer", "minimum": 5, "maximum": 4}, ["minimum"]),
        ({"$ref": "#/nowhere"}, ["$ref", "/nowhere"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_schema_that_cannot_be_honoured_is_refused(
    client: openai.OpenAI, url: str, schema: Any, names: list[str], stream: bool
) -> None:
    described: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**fields(1), response_format=described, stream=stream)
    assert caught.value.param == "response_format.json_schema.schema"
    assert caught.value.code == "invalid_constraint"
    assert all(name in caught.value.message for name in names)
    report = httpx.post(f"{url}/v1/json/preflight", json={"schema": schema}, timeout=30).json()
    assert not report["ok"]
    assert report["problems"]


def test_a_tools_schema_that_cannot_be_honoured_is_refused(client: openai.OpenAI) -> None:
    tools: Any = [
        {"type": "function", "function": {"name": name, "parameters": parameters}}
        for name, parameters in (("a", {}), ("b", {"required": 5}))
    ]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**fields(1), tools=tools)
    assert caught.value.param == "tools[1].function.parameters"
    assert "required" in caught.value.message


def test_a_document_for_which_there_is_no_room_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.parse(**fields(1, 5), response_format=Person)
    assert caught.value.param == "max_tokens"


def test_preflight(url: str) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"a": {"type": "array", "items": {}, "uniqueItems": True}},
        "required": ["a"],
    }
    report = httpx.post(f"{url}/v1/json/preflight", json={"schema": schema}, timeout=30).json()
    assert report["ok"]
    assert report["dialect"] == "draft-07"
    assert {"type", "required"} <= {entry["keyword"] for entry in report["enforced"]}
    assert all(entry["en"] and entry["zh"] for entry in report["enforced"])
    assert report["least_tokens"]


@pytest.mark.parametrize("schema", ["{", "[]", "5", ""])
def test_preflight_of_what_is_no_schema(url: str, schema: str) -> None:
    report = httpx.post(f"{url}/v1/json/preflight", json={"schema": schema}, timeout=30).json()
    assert not report["ok"]


@pytest.mark.parametrize("body", [{}, {"schema": 5}, {"schema": None}, {"schema": {}, "x": 1}])
def test_preflight_of_a_bad_body(url: str, body: Any) -> None:
    response = httpx.post(f"{url}/v1/json/preflight", json=body, timeout=30)
    assert response.status_code == 400
    assert response.json()["error"]["param"] in ("schema", "x")
