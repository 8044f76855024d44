"""The page as the server gives it out, without a browser."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from qwen_app.engine.base import EngineState
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import ModelLoading
from qwen_app.features.chat import ANSWER_TOKENS, SAMPLING_FIELDS
from qwen_app.messages import SamplingParams
from qwen_app.ui.chat_tab import ChatTab
from qwen_app.ui.header import describe
from qwen_app.ui.page import ASSETS, PageSettings, build_page, mount
from qwen_app.ui.tab import TabContext
from qwen_app.ui.texts import EXAMPLES, TEXTS

SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in ASSETS.glob("*.js")}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()

    @app.get("/v1/models")
    def models() -> str:
        return "the API's"

    return TestClient(mount(app, ScriptedEngine(), PageSettings(title="A title")))


def in_loop(engine: ScriptedEngine, tabs: Any = None) -> gr.Blocks:
    """Gradio leaves event loops open that it makes itself; see `mount`."""

    async def build() -> gr.Blocks:
        return build_page(engine, PageSettings(), *([tabs] if tabs else []))

    return asyncio.run(build())


def test_the_page_may_load_from_its_own_host_only(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert not re.search(r"https?:|(?<![\w-])\*", policy)
    assert "A title" in response.text
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', response.text)
    assert loaded
    assert [url for url in loaded if "//" in url] == []


def test_routes_of_the_api_come_first_and_keep_their_headers(client: TestClient) -> None:
    response = client.get("/v1/models")
    assert response.json() == "the API's"
    assert "Content-Security-Policy" not in response.headers


def test_every_script_is_served_under_an_address_that_changes_with_it(client: TestClient) -> None:
    addresses = set(re.findall(r"ui/[0-9a-f]{12}/\w+\.js", client.get("/config").text))
    scripts = {address.rsplit("/", 1)[1] for address in addresses}
    assert scripts == {
        f"{name}.js" for name in ("chat", "header", "json", "prompts", "table", "tutor")
    }
    folder = addresses.pop().rsplit("/", 1)[0]
    for name in [*SCRIPTS, "katex.js"]:
        response = client.get(f"/{folder}/{name}")
        assert response.status_code == 200
        assert "javascript" in response.headers["content-type"]


def test_formulas_are_typeset_by_a_library_that_is_there(client: TestClient) -> None:
    (address, *_) = re.findall(r"ui/[0-9a-f]{12}", client.get("/config").text)
    module = client.get(f"/{address}/katex.js").text
    for part in re.findall(r'"\./(katex/[^"]+)"', module):
        assert client.get(f"/{address}/{part}").status_code == 200


def test_no_event_waits_behind_another(client: TestClient) -> None:
    del client
    events = in_loop(ScriptedEngine()).fns.values()
    streaming = [fn for fn in events if fn.queue and fn.fn is not None]
    assert streaming
    assert all(fn.concurrency_limit is None for fn in streaming if fn.name != "leave")


def test_gradio_sums_up_its_events_as_seldom_as_it_is_told() -> None:
    queue = in_loop(ScriptedEngine())._queue
    queue.event_count_at_last_cache, queue.events_recorded = 0, 1_000_000
    summary = queue.compute_analytics_summary([{"function": "f"}])  # type: ignore[no-untyped-call]
    assert summary is queue.cached_event_analytics_summary
    assert summary == {"functions": {}}


def test_the_page_offers_no_api_of_its_own(client: TestClient) -> None:
    assert client.get("/gradio_api/info").json()["named_endpoints"] == {}


def test_every_text_is_there_in_both_languages_and_used() -> None:
    source = "\n".join(SCRIPTS.values())
    used = set(re.findall(r'["`]([a-z]+(?:\.[a-z_]+)*)["`]', source)) & set(TEXTS)
    prefixes = {"state.", "answer.", "verdict.", "sampling.", "receipt.finish."}
    prefixes |= {"json.mode.", "json.view.", "json.layout.", "json.fields", "json.example"}
    prefixes |= {"table.kind.", "table.question.", "table.fields.", "table.chart.", "table.export."}
    prefixes |= {"tutor.mode.", "tutor.run.", "tutor.empty.", "tutor.line.", "tutor.state."}
    prefixes |= {"tutor.practice.", "tutor.progress.", "tutor.guard", "tutor.comment"}
    prefixes |= {"prompts.kind.", "prompts.held.", "prompts.view.", "prompts.unit."}
    made = {key for key in TEXTS if any(key.startswith(prefix) for prefix in prefixes)}
    assert set(TEXTS) - used - made == set()
    for key in re.findall(r'\bt\("([^"]+)"', source):
        assert key in TEXTS
    for field in SAMPLING_FIELDS:
        assert f"sampling.{field.name}" in TEXTS
        assert f"sampling.{field.name}.hint" in TEXTS
    for key, (en, zh) in TEXTS.items():
        assert en, key
        assert zh, key
        assert sorted(re.findall(r"\{\w+\}", en)) == sorted(re.findall(r"\{\w+\}", zh)), key


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


def test_the_status_has_the_model_and_what_the_chat_will_use() -> None:
    status = describe(ScriptedEngine())
    assert status["phase"] == "ready"
    assert status["model"]["id"] == "scripted"
    assert status["model"]["defaults"]["max_tokens"] == ANSWER_TOKENS


def test_while_loading_the_status_has_no_model() -> None:
    loading = ScriptedEngine(state=EngineState("loading", 0.5, "reading", "读取"))
    loading.refusal = ModelLoading("Still loading.", "仍在加载。")
    status = describe(loading)
    assert (status["progress"], status["detail_zh"], status["model"]) == (0.5, "读取", None)


def test_every_sampling_field_is_one_of_the_vocabulary() -> None:
    names = {field.name for field in SAMPLING_FIELDS}
    assert names <= set(SamplingParams.__dataclass_fields__)


@dataclass
class Second:
    """A tab that is nothing but a text."""

    id: str = "second"
    label_en: str = "Second"
    label_zh: str = "第二"

    def build(self, context: TabContext) -> None:
        gr.HTML(f"over {context.engine.info.id}")


def test_a_second_tab_needs_only_its_name_in_the_list() -> None:
    page = in_loop(ScriptedEngine(), (ChatTab(), Second()))
    columns = {b.elem_id: b for b in page.blocks.values() if isinstance(b, gr.Column)}
    assert list(columns) == ["tab-chat", "tab-second"]
    (second,) = columns["tab-second"].children
    assert isinstance(second, gr.HTML)
    assert second.value == "over scripted"
    (header,) = [b for b in page.blocks.values() if b.elem_id == "island-header"]
    assert isinstance(header, gr.HTML)
    assert header.props["tabs"] == [
        {"id": "chat", "en": "Chat", "zh": "对话"},
        {"id": "second", "en": "Second", "zh": "第二"},
    ]
