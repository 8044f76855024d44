"""Everything around generation: keys, health, metrics, languages, other paths, other origins."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from qwen_app.api.app import build_api
from qwen_app.api.completions import TextOffsets
from qwen_app.api.errors import preferred_language
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.base import EngineState, EngineStats
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy, GenerationFailed, ModelFailed, ModelLoading
from tests.api.support import CHAT, COMPLETIONS, HELLO, browserless

KEYS = ApiSettings(api_keys=("alpha", "beta"))


# --- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, False),
        ({"authorization": "Bearer alpha"}, True),
        ({"authorization": "bearer  beta "}, True),
        ({"x-api-key": "beta"}, True),
        ({"authorization": "Bearer platform-token", "x-api-key": "alpha"}, True),
        ({"authorization": "Bearer alpha", "x-api-key": "wrong"}, True),
        ({"authorization": "Bearer wrong", "x-api-key": "wrong"}, False),
        ({"authorization": "alpha"}, False),
        ({"authorization": "Basic alpha"}, False),
        ({"authorization": "Bearer "}, False),
        ({"authorization": "Bearer alph"}, False),
        ({"authorization": "Bearer alphabeta"}, False),
        ({"x-api-key": ""}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, "/v1/models", "/v1/none", "/metrics"])
async def test_who_may_pass(headers: dict[str, str], passes: bool, path: str) -> None:
    body = {"prompt": "x"} if path == COMPLETIONS else HELLO
    async with browserless(ScriptedEngine(), KEYS, **headers) as client:
        if path in (CHAT, COMPLETIONS):
            response = await client.post(path, json=body)
        else:
            response = await client.get(path)
    if passes:
        assert response.status_code == (404 if path == "/v1/none" else 200)
    else:
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
async def test_what_needs_no_key(path: str) -> None:
    async with browserless(ScriptedEngine(), KEYS) as client:
        assert (await client.get(path)).status_code == 200


async def test_a_body_is_not_read_without_a_key() -> None:
    async with browserless(ScriptedEngine(), KEYS) as client:
        response = await client.post(CHAT, content=b"{", headers={"content-type": "text/plain"})
    assert response.status_code == 401


# --- states of the engine ---------------------------------------------------------------------


async def test_health_of_a_server_that_is_ready() -> None:
    async with browserless(ScriptedEngine()) as client:
        response = await client.get("/health")
        head = await client.head("/health")
    assert (response.status_code, head.status_code) == (200, 200)
    assert response.json()["status"] == "ready"
    assert response.json()["model"] == "scripted"


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (
            EngineState("loading", 0.4, "reading weights", "读取权重"),
            ModelLoading("loading", "加载中"),
        ),
        (EngineState("failed", 0.0, "no file", "缺少文件"), ModelFailed("failed", "失败")),
    ],
)
async def test_without_a_model(state: EngineState, error: Exception) -> None:
    engine = ScriptedEngine(state=state)
    engine.refusal = error
    async with browserless(engine) as client:
        health = await client.get("/health", headers={"accept-language": "zh-CN"})
        others = [
            await client.get("/v1/models"),
            await client.get("/v1/models/default"),
            await client.post(CHAT, json=HELLO),
            await client.post(COMPLETIONS, json={"prompt": "x"}),
        ]
        metrics = await client.get("/metrics")
    assert health.status_code == 503
    body = health.json()
    assert (body["status"], body["progress"]) == (state.phase, state.progress)
    assert body["detail"] == state.detail_zh
    assert body["model"] is None
    for response in others:
        assert response.status_code == 503
        assert response.json()["error"]["type"] == "server_error"
    for response in (health, *others):
        assert int(response.headers["retry-after"]) > 0
    assert "qwen_engine_ready 0.0" in metrics.text


# --- metrics ----------------------------------------------------------------------------------


def sample(text: str, name: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(name + " ")]
    return float(line.rpartition(" ")[2])


async def test_metrics_count_what_happened() -> None:
    class Counting(ScriptedEngine):
        @property
        def stats(self) -> EngineStats:
            return EngineStats(
                running=3,
                waiting=2,
                kv_blocks_total=10,
                kv_blocks_used=4,
                prompt_tokens=100,
                cached_tokens=60,
                generated_tokens=50,
            )

    engine = Counting(
        lambda request: (
            GenerationFailed("no", "不") if request.sampling.seed == 1 else "some answer"
        )
    )
    async with browserless(engine) as client:
        await client.post(CHAT, json={**HELLO, "n": 2})
        await client.post(CHAT, json={**HELLO, "stream": True, "max_tokens": 2})
        await client.post(CHAT, json={**HELLO, "n": 3, "seed": 1})
        await client.post(CHAT, json={**HELLO, "seed": 1, "stream": True})
        await client.post(CHAT, json={})
        await client.get("/v1/secret-path")
        text = (await client.get("/metrics")).text
    assert sample(text, 'qwen_choices_total{finish_reason="stop"}') == 2
    assert sample(text, 'qwen_choices_total{finish_reason="length"}') == 1
    assert sample(text, 'qwen_choices_total{finish_reason="error"}') == 4
    assert sample(text, f'qwen_http_requests_total{{route="{CHAT}",status="200"}}') == 2
    assert sample(text, f'qwen_http_requests_total{{route="{CHAT}",status="500"}}') == 2
    assert sample(text, f'qwen_http_requests_total{{route="{CHAT}",status="400"}}') == 1
    assert sample(text, "qwen_time_to_first_token_seconds_count") == 3
    assert sample(text, "qwen_time_per_output_token_seconds_count") == 3
    assert sample(text, "qwen_request_duration_seconds_count") == 2
    assert "secret-path" not in text
    for name, value in {
        "running": 3, "waiting": 2, "kv_blocks_total": 10, "kv_blocks_used": 4,
        "prompt_tokens_total": 100, "cached_tokens_total": 60, "generated_tokens_total": 50,
    }.items():  # fmt: skip
        assert sample(text, f"qwen_engine_{name}") == value


async def test_two_apps_count_for_themselves() -> None:
    async with browserless(ScriptedEngine()) as one, browserless(ScriptedEngine()) as other:
        await one.post(CHAT, json=HELLO)
        assert "qwen_choices_total{" in (await one.get("/metrics")).text
        assert "qwen_choices_total{" not in (await other.get("/metrics")).text


# --- paths and methods ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", CHAT, 405, "POST"),
        ("DELETE", COMPLETIONS, 405, "POST"),
        ("POST", "/v1/models", 405, "GET"),
        ("DELETE", "/v1/models/a/b", 405, "GET"),
        ("OPTIONS", CHAT, 405, "POST"),
        ("GET", "/v1", 404, None),
        ("GET", "/v1/", 404, None),
        ("POST", "/v1/embeddings", 404, None),
        ("POST", "/v1/chat/completions/", 404, None),
    ],
)
async def test_what_is_not_there(method: str, path: str, status: int, allow: str | None) -> None:
    async with browserless(ScriptedEngine()) as client:
        response = await client.request(method, path)
    assert response.status_code == status
    assert response.headers.get("allow") == allow
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_a_malformed_host_is_no_fault_of_ours() -> None:
    async with browserless(ScriptedEngine()) as client:
        response = await client.get("/v1/none", headers={"host": "["})
    assert response.status_code == 404


@pytest.mark.parametrize("root_path", ["", "/qwen"])
async def test_a_page_beside_the_api_is_left_alone(root_path: str) -> None:
    page = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @page.get("/{path:path}")
    def everything(path: str) -> PlainTextResponse:
        if path == "broken":
            raise ValueError(path)
        return PlainTextResponse(f"page {path}")

    api = build_api(ScriptedEngine(), ApiSettings(api_keys=("k",), cors_origins=("http://friend",)))
    api.mount("/", page)
    transport = httpx.ASGITransport(api, root_path=root_path, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get(f"{root_path}/")).text == "page "
        assert (await client.get(f"{root_path}/v1x/chat")).text == "page v1x/chat"
        assert (await client.get(f"{root_path}/docs")).text == "page docs"
        from_friend = await client.get(f"{root_path}/x", headers={"origin": "http://friend"})
        assert "access-control-allow-origin" not in from_friend.headers
        assert (await client.get(f"{root_path}/broken")).text == "Internal Server Error"
        assert (await client.get(f"{root_path}/v1/models")).status_code == 401
        assert (await client.get(f"{root_path}/health")).status_code == 200


async def test_origins_that_may_call() -> None:
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-api-key",
    }
    settings = ApiSettings(api_keys=("k",), cors_origins=("http://friend",))
    async with browserless(ScriptedEngine(), settings) as client:
        friend = await client.options(CHAT, headers={"origin": "http://friend", **preflight})
        foe = await client.options(CHAT, headers={"origin": "http://foe", **preflight})
        call = await client.post(
            CHAT, json=HELLO, headers={"origin": "http://friend", "x-api-key": "k"}
        )
    assert friend.status_code == 200
    assert friend.headers["access-control-allow-origin"] == "http://friend"
    assert "access-control-allow-origin" not in foe.headers
    assert call.status_code == 200
    assert call.headers["access-control-allow-origin"] == "http://friend"


async def test_the_description_is_complete() -> None:
    async with browserless(ScriptedEngine()) as client:
        schema = (await client.get("/openapi.json")).json()
    assert {
        CHAT,
        COMPLETIONS,
        "/v1/json/preflight",
        "/v1/math/check",
        "/v1/math/solve",
        "/v1/models",
        "/v1/models/{model}",
        "/v1/prompts",
        "/v1/tables/ask",
        "/health",
        "/metrics",
    } == set(schema["paths"])
    for reference in references(schema):
        assert reference.removeprefix("#/components/schemas/") in schema["components"]["schemas"]
    chat = schema["components"]["schemas"]["ChatCompletionRequest"]
    assert chat["additionalProperties"] is False
    assert {"messages", "temperature", "guided_choice"} <= set(chat["properties"])


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in references(value)]
    return []


# --- languages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("en;q=0.5, zh-TW;q=0.7", "zh"),
        ("fr, zh;q=0.3", "zh"),
        ("fr, de", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("zh;q=abc, en;q=0.1", "en"),
        ("ZH-hans", "zh"),
        (";;,,q=", "en"),
    ],
)
def test_the_readers_language(header: str, language: str) -> None:
    assert preferred_language(header) == language


async def test_errors_speak_the_readers_language() -> None:
    engine = ScriptedEngine()
    async with browserless(engine) as client:
        english = await client.post(CHAT, json={**HELLO, "temperature": 3})
        chinese = await client.post(
            CHAT, json={**HELLO, "temperature": 3}, headers={"accept-language": "zh-CN"}
        )
        engine.refusal = EngineBusy("busy", "忙")
        busy = await client.post(CHAT, json=HELLO, headers={"accept-language": "zh-CN"})
    assert english.json()["error"]["message"].isascii()
    assert "不大于" in chinese.json()["error"]["message"]
    assert busy.json()["error"]["message"] == "忙"
    assert busy.headers["retry-after"] == "1"


# --- small parts ------------------------------------------------------------------------------


def test_offsets_count_characters_though_tokens_are_bytes() -> None:
    offsets = TextOffsets()
    tokens = [b"a", b"\xe4", b"\xbd\xa0", b"\xf0\x9f", b"\x91\x8d!", b"z"]
    assert [offsets.of(raw) for raw in tokens] == [0, 1, 1, 2, 2, 4]


async def test_every_answer_has_an_id_of_its_own() -> None:
    async with browserless(ScriptedEngine()) as client:
        responses = [await client.post(CHAT, json=HELLO) for _ in range(2)]
    ids = {json.loads(response.text)["id"] for response in responses}
    assert len(ids) == 2
    assert len({response.headers["x-request-id"] for response in responses}) == 2
