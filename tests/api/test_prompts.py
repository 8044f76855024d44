"""`prompt_template` in chat completions, and the list of the library."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.features.prompts.library import load_library
from qwen_app.features.prompts.rates import Rate, Rates
from qwen_app.messages import Message, Request
from tests.api.support import CHAT, Json, events

LIBRARY = load_library(Path(__file__).parents[2] / "prompts")
RATES = Rates({"scripted": {("length", "characters", "zh"): Rate(18, 20)}})


def client(engine: ScriptedEngine) -> httpx.AsyncClient:
    api = build_api(engine, ApiSettings(), library=LIBRARY, rates=RATES)
    return httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://test")


def asking(template: Json, text: str = "介绍一下长城。", **more: Any) -> Json:
    messages = [{"role": "user", "content": text}]
    return {"messages": messages, "prompt_template": template, **more}


async def post(engine: ScriptedEngine, body: Json) -> httpx.Response:
    async with client(engine) as http:
        return await http.post(CHAT, json=body)


def only(engine: ScriptedEngine) -> Request:
    (request,) = engine.requests
    return request


async def test_templates_become_a_system_message_and_a_constraint() -> None:
    engine = ScriptedEngine(lambda _: "长城是中国的古代工程。")
    body = asking(
        {"role": "editor", "length": "characters", "variables": {"limit": 50}}, temperature=0
    )
    response = await post(engine, body)
    assert response.status_code == 200, response.text
    request = only(engine)
    assert isinstance(request.prompt, tuple)
    system, user = request.prompt
    assert isinstance(system, Message)
    assert isinstance(user, Message)
    assert system.role == "system"
    assert "编辑" in system.content
    assert system.content.endswith("回答不超过 50 字。")
    assert user.content == "介绍一下长城。"
    assert request.constraint == LengthGuard("characters", 50, 0, "zh")
    verdict = response.json()["choices"][0]["verdict"]
    assert verdict["status"] == "right"
    assert verdict["checks"] == [
        {"ok": True, "en": "11 characters (at most 50)", "zh": "11 字（最多 50 字）"}
    ]


async def test_the_clients_own_system_message_comes_first() -> None:
    engine = ScriptedEngine()
    body = asking({"role": "editor"}, "Mend this: He go.")
    body["messages"].insert(0, {"role": "system", "content": "Be kind."})
    response = await post(engine, body)
    assert "verdict" not in response.json()["choices"][0]  # nothing that could be checked
    request = only(engine)
    assert isinstance(request.prompt, tuple)
    assert isinstance(request.prompt[0], Message)
    assert request.prompt[0].content.startswith("Be kind.\n\nYou are a careful editor.")
    assert request.constraint is None


async def test_a_stream_has_the_verdict_with_its_finish_reason() -> None:
    engine = ScriptedEngine(lambda _: "One. Two. Three. Four.")
    template = {"length": "sentences", "variables": {"sentence_limit": 3}, "language": "en"}
    response = await post(engine, asking(template, stream=True, n=2))
    chunks = [each for each in events(response.text) if each != "[DONE]"]
    last = [c["choices"][0] for c in chunks if c["choices"][0]["finish_reason"]]
    assert len(last) == 2
    for choice in last:
        assert choice["verdict"]["status"] == "wrong"
        assert choice["verdict"]["en"].startswith("Not as asked: 4 sentences (at most 3)")
    assert all("verdict" not in c["choices"][0] for c in chunks if c["choices"][0] not in last)


async def test_a_schema_may_be_sent_as_an_object() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    engine = ScriptedEngine(lambda _: '{"a": 1}')
    template = {"format": "json-schema", "variables": {"schema": schema}}
    response = await post(engine, asking(template))
    constraint = only(engine).constraint
    assert isinstance(constraint, JsonSchema)
    assert response.json()["choices"][0]["verdict"]["status"] == "right"


async def test_a_list_and_a_limit_together() -> None:
    engine = ScriptedEngine(lambda _: "1. 早睡\n2. 少看手机")
    template = {
        "format": "numbered-list",
        "length": "characters",
        "variables": {"count": 2, "limit": 40},
    }
    response = await post(engine, asking(template))
    assert isinstance(only(engine).constraint, Together)
    assert response.json()["choices"][0]["verdict"]["status"] == "right"


@pytest.mark.parametrize(
    ("template", "more", "param", "said"),
    [
        ({}, {}, "prompt_template", "names no template"),
        ({"role": "wizard"}, {}, "prompt_template.role", "no role called `wizard`"),
        ({"rolle": "x"}, {}, "prompt_template.rolle", ""),
        (
            {"length": "characters", "variables": {"limit": 0}},
            {},
            "prompt_template.variables.limit",
            "whole number from 10 to 10000",
        ),
        (
            {"format": "choice"},
            {},
            "prompt_template.variables.options",
            "`options` is missing",
        ),
        (
            {"format": "choice", "variables": {"optoins": ["a", "b"]}},
            {},
            "prompt_template.variables.optoins",
            "there is no variable `optoins`; there are options; `options` is missing",
        ),
        (
            {"format": "json", "length": "characters"},
            {},
            "prompt_template.length",
            "cannot be cut",
        ),
        (
            {"format": "code-only", "thinking": "step-by-step"},
            {},
            "prompt_template.thinking",
            "exclude each other",
        ),
        (
            {"length": "characters"},
            {"guided_regex": "a"},
            "guided_regex",
            "exclude each other",
        ),
        ({"format": "json"}, {"stop": ["x"]}, "stop", "could end"),
    ],
)
async def test_what_is_wrong_is_named(template: Json, more: Json, param: str, said: str) -> None:
    engine = ScriptedEngine()
    response = await post(engine, asking(template, "Hello there", **more))
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["param"] == param
    assert said in error["message"]
    assert not engine.requests


async def test_the_library_is_listed_with_the_rates_of_the_loaded_model() -> None:
    async with client(ScriptedEngine()) as http:
        response = await http.get("/v1/prompts")
    body = response.json()
    assert body["object"] == "list"
    assert len(body["data"]) == len(LIBRARY.templates)
    by_name = {(each["kind"], each["name"]): each for each in body["data"]}
    limit = by_name["length", "characters"]
    assert limit["variables"][0] == {
        "name": "limit",
        "type": "integer",
        "title": {"zh": "字数上限", "en": "Most characters"},
        "required": False,
        "default": {"zh": 200, "en": 200},
        "options": None,
        "min": 10,
        "max": 10000,
    }
    assert limit["checks"] == [{"type": "length", "unit": "characters", "most": "{{limit}}"}]
    assert limit["pass_rates"] == [{"language": "zh", "passed": 18, "runs": 20}]
    assert len(by_name["role", "translator"]["variables"][0]["options"]) == 29
    assert by_name["format", "choice"]["variables"][0]["required"] is True
