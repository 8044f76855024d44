"""JSON mode as a person uses it: make a schema, read a text, keep the document, read a table."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.errors import EngineClosed, GenerationFailed
from qwen_app.features.json_mode.gallery import GALLERY
from qwen_app.features.json_mode.prompt import build_messages
from qwen_app.messages import Message, Request
from tests.browser.conftest import Stage, Visit
from tests.browser.test_chat import finished, send, until
from tests.browser.test_page import HOSTILE, PHONE, assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
        "required": ["name"],
        "additionalProperties": False,
    }
)
DOCUMENT = '{\n  "name": "Li Wei",\n  "n": 12345678901234567890\n}'


def text_of(request: Request) -> str:
    last = request.prompt[-1]
    assert isinstance(last, Message)
    return last.content


def reads(request: Request) -> str | Exception:
    """A document for each text, but for those that say otherwise."""
    text = text_of(request)
    if "fails" in text:
        return GenerationFailed("A step failed.", "一个步骤失败了。")
    if "invalid" in text:
        return '{"name": 3}'
    return f'{{"name":{json.dumps(text, ensure_ascii=False)}}}'


async def open_json(visit: Visit, **options: Any) -> Page:
    visitor = await visit(**options)
    page = await visitor.open("/#json", seen=".json-panels")
    await expect(page.locator("#tab-json")).to_be_visible()
    return page


@pytest.fixture
def documents(stage: Stage) -> Stage:
    stage.script = lambda _: DOCUMENT
    return stage


async def run(page: Page, text: str = "Li Wei writes.", schema: str = SCHEMA) -> None:
    await page.fill("#json-schema", schema)
    await page.fill("#json-text", text)
    await page.get_by_role("button", name="Run", exact=True).click()


def document(page: Page) -> Any:
    return page.locator(".json-document pre")


# --- one text --------------------------------------------------------------------------------


async def test_a_text_becomes_a_document_that_a_reload_finds(
    documents: Stage, visit: Visit
) -> None:
    page = await open_json(visit)
    await run(page)
    await expect(document(page)).to_have_text(DOCUMENT)
    line = page.locator(".json-document .line")
    await expect(line).to_contain_text("Checked: valid")
    await expect(line).to_contain_text("Enforced while it was written: type, properties")
    await expect(line).to_contain_text("the right one for its key is not checked")
    request = documents.requests[-1]
    assert request.prompt == build_messages("Li Wei writes.", SCHEMA)
    assert request.constraint == JsonSchema(SCHEMA, "pretty", source="Li Wei writes.")
    assert request.sampling.temperature == 0
    await page.get_by_role("button", name="Copy", exact=True).locator("visible=true").click()
    assert await page.evaluate("navigator.clipboard.readText()") == DOCUMENT
    await page.reload()
    await expect(document(page)).to_have_text(DOCUMENT)
    await expect(page.locator("#json-schema")).to_have_value(SCHEMA)
    await expect(page.locator("#json-text")).to_have_value("Li Wei writes.")
    await expect(page.locator(".json-document .receipt")).to_be_attached()
    assert len(documents.requests) == 1


async def test_the_history_restores_deletes_and_brings_back(documents: Stage, visit: Visit) -> None:
    page = await open_json(visit)
    await run(page, "first text")
    await expect(document(page)).to_have_text(DOCUMENT)
    entries = page.locator("#json-history .title")
    await page.get_by_role("button", name="New document").click()
    await expect(page.locator("#json-schema")).to_have_value("")
    documents.script = lambda _: '{"name": "two"}'
    await run(page, "second text", '{"type": "object"}')
    await expect(document(page)).to_have_text('{"name": "two"}')
    await expect(entries).to_have_text(["second text", "first text"])
    await entries.last.click()
    await expect(document(page)).to_have_text(DOCUMENT)
    await expect(page.locator("#json-schema")).to_have_value(SCHEMA)
    await expect(page.locator("#json-text")).to_have_value("first text")
    await page.locator("#json-history li").last.hover()
    await page.get_by_role("button", name="Delete “first text”").click()
    await expect(entries).to_have_text(["second text"])
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(entries).to_have_text(["second text", "first text"])
    await page.reload()
    await expect(entries).to_have_text(["second text", "first text"])
    await expect(document(page)).to_have_text(DOCUMENT)


async def test_a_document_can_be_downloaded_as_it_was_written(
    documents: Stage, visit: Visit, tmp_path: Path
) -> None:
    del documents
    page = await open_json(visit)
    await run(page, "My note, number 1")
    await expect(page.locator(".json-document .receipt")).to_be_attached()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").locator("visible=true").click()
    assert (await download.value).suggested_filename == "My-note-number-1.json"
    await (await download.value).save_as(tmp_path / "d.json")
    assert (tmp_path / "d.json").read_text() == DOCUMENT


@pytest.mark.parametrize("way", ["button", "escape"])
async def test_stopping_keeps_what_was_written(documents: Stage, visit: Visit, way: str) -> None:
    page = await open_json(visit)
    documents.hold(9)
    await run(page)
    await expect(document(page)).to_have_text(DOCUMENT[:9])
    if way == "button":
        await page.get_by_role("button", name="Stop").locator("visible=true").click()
    else:
        await page.keyboard.press("Escape")
    await expect(page.locator(".json-document .line")).to_contain_text("Stopped")
    await expect(document(page)).to_have_text(DOCUMENT[:9])
    assert len(documents.cancelled) == 1


async def test_an_example_can_be_clicked_and_ctrl_enter_runs(
    documents: Stage, visit: Visit
) -> None:
    page = await open_json(visit)
    examples = page.locator("#tab-json .examples button")
    await expect(examples).to_have_count(3)
    await examples.first.click()
    await expect(page.locator(".json-document .receipt")).to_be_attached()
    event = next(exhibit.en for exhibit in GALLERY if exhibit.id == "event")
    assert text_of(documents.requests[0]) == event.text
    assert documents.requests[0].constraint == JsonSchema(event.schema, "pretty", event.text)
    # What was scripted does not fit this schema: that is said.
    await expect(page.locator(".json-document .line")).to_contain_text("Checked: wrong")
    await page.press("#json-text", "Control+Enter")
    await until(lambda: len(documents.requests) == 2)


async def test_what_is_missing_or_fails_is_told(documents: Stage, visit: Visit) -> None:
    page = await open_json(visit)
    toast = page.locator(".toast").last
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(toast).to_contain_text("write a schema")
    await page.fill("#json-schema", SCHEMA)
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(toast).to_contain_text("no text to read")
    assert documents.requests == []
    await run(page, schema='{"type": "strin"}')
    await expect(page.locator(".json-document").get_by_role("alert")).to_contain_text("type")
    documents.script = lambda _: ("{", GenerationFailed("A step failed.", "一个步骤失败了。"))
    await run(page)
    await expect(page.locator(".json-document").get_by_role("alert")).to_have_text("A step failed.")
    await expect(document(page)).to_have_text("{")


async def test_options_reach_the_request(documents: Stage, visit: Visit) -> None:
    page = await open_json(visit)
    await page.get_by_text("Options", exact=True).click()
    await page.get_by_label("Instructions").fill("Be brief.")
    await page.get_by_label("Only what the text says").uncheck()
    await page.get_by_label("Layout").select_option("compact")
    await page.get_by_text("Sampling", exact=True).locator("visible=true").click()
    await page.locator("#json-sampling-max_tokens").fill("55")
    await run(page)
    await expect(document(page)).to_be_visible()
    request = documents.requests[-1]
    assert request.prompt == build_messages("Li Wei writes.", SCHEMA, "Be brief.")
    assert request.constraint == JsonSchema(SCHEMA, "compact")
    assert request.sampling.max_tokens == 55


# --- schemas ---------------------------------------------------------------------------------


async def test_a_schema_is_judged_as_it_is_written(stage: Stage, visit: Visit) -> None:
    page = await open_json(visit)
    report = page.locator(".json-report")
    bad = '{"type": "object",\n "properties": {"a": {"type": "strin"}}}'
    await page.fill("#json-schema", bad)
    await expect(report).to_contain_text("cannot be used")
    await report.get_by_role("button").first.click()
    selected = await page.evaluate(
        "[document.activeElement.id, getSelection().toString()"
        " || document.activeElement.value.slice(document.activeElement.selectionStart,"
        " document.activeElement.selectionEnd)]"
    )
    assert selected == ["json-schema", '"type"']
    await page.fill("#json-schema", '{"type": "object"')
    await expect(report).to_contain_text("cannot be used")
    await page.fill("#json-schema", SCHEMA)
    await expect(report).to_contain_text("can be used")
    await report.locator("summary").click()
    await expect(report.locator(".json-words").first).to_contain_text("additionalProperties")
    assert stage.requests == []


async def test_a_schema_is_made_of_fields_an_example_or_the_gallery(
    stage: Stage, visit: Visit
) -> None:
    del stage
    page = await open_json(visit)
    schema = page.locator("#json-schema")
    await page.get_by_role("radio", name="Fields").click()
    await page.fill("#json-fields", "name: str\nage: wholenumber")
    await page.get_by_role("button", name="Make the schema").click()
    await expect(page.locator(".schema").get_by_role("alert")).to_contain_text("Line 2")
    await page.fill("#json-fields", "name: str\nage: int >= 0")
    await page.get_by_role("button", name="Make the schema").click()
    await expect(page.locator(".json-report")).to_contain_text("can be used")
    made = json.loads(await schema.input_value())
    assert made["properties"]["age"] == {"type": "integer", "minimum": 0}

    await page.get_by_role("radio", name="Example").click()
    await page.fill("#json-example", '{"day": "2026-01-02", "tags": [1]')
    await page.get_by_role("button", name="Make the schema").click()
    await expect(page.locator(".schema").get_by_role("alert")).to_contain_text("not JSON")
    await page.fill("#json-example", '{"day": "2026-01-02", "tags": [1]}')
    await page.get_by_role("button", name="Make the schema").click()
    await expect(page.locator(".json-report")).to_contain_text("can be used")
    made = json.loads(await schema.input_value())
    assert made["properties"]["day"] == {"type": "string", "format": "date"}
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    assert "age" in await schema.input_value()

    await page.get_by_role("radio", name="Gallery").click()
    await page.locator(".json-gallery button").filter(has_text="Invoice").click()
    invoice = next(exhibit.en for exhibit in GALLERY if exhibit.id == "invoice")
    await expect(schema).to_have_value(invoice.schema)
    await expect(page.locator("#json-text")).to_have_value(invoice.text)


async def test_hostile_text_does_nothing_here_either(stage: Stage, visit: Visit) -> None:
    stage.script = lambda _: json.dumps({"name": HOSTILE})
    page = await open_json(visit)
    await run(page, HOSTILE, json.dumps({"description": HOSTILE, "title": HOSTILE}))
    await expect(page.locator(".json-document .receipt")).to_be_attached()
    await expect(page.locator(".json-report")).to_contain_text("used")
    inert = "#island-json :is(script, img, iframe, style, [onerror], a[href^=javascript])"
    for _ in range(2):
        await expect(page.locator(inert)).to_have_count(0)
        assert await page.evaluate("window.hacked") is None
        await page.reload()
        await expect(document(page)).to_contain_text("<script>")


# --- a table of texts ------------------------------------------------------------------------

ROWS = "id,text\n1,Anna\n2,this fails\n3,one, too many\n4,invalid\n5,Li Wei\n"


async def read_rows(page: Page, rows: str = ROWS, schema: str = SCHEMA) -> None:
    await page.fill("#json-schema", schema)
    await page.get_by_role("radio", name="A table of texts").click()
    await page.fill("#json-paste", rows)
    await page.get_by_role("button", name="Read rows").click()
    await expect(page.locator("#json-column")).to_be_visible()


async def downloaded(page: Page, tmp_path: Path) -> list[dict[str, Any]]:
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download JSONL").click()
    await (await download.value).save_as(tmp_path / "batch.jsonl")
    lines = (tmp_path / "batch.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


async def test_a_row_that_fails_costs_the_others_nothing(
    stage: Stage, visit: Visit, tmp_path: Path
) -> None:
    stage.script = reads
    page = await open_json(visit)
    await read_rows(page)
    await expect(page.locator(".json-batch")).to_contain_text("5 rows (UTF-8). 1 of them")
    await page.get_by_role("button", name="Start (5)").click()
    await expect(page.locator(".json-batch")).to_contain_text("5 of 5 rows, 3 failed")
    lines = await downloaded(page, tmp_path)
    assert [(line["row"], line["ok"]) for line in lines] == [
        *((1, True), (2, False), (3, False), (4, False), (5, True))
    ]
    assert lines[4]["document"] == {"name": "Li Wei"}
    assert lines[1]["error"] == "A step failed."
    assert "Line 4 has 3 fields" in lines[2]["error"]
    assert "not valid" in lines[3]["error"]
    stage.script = lambda _: '{"name": "now"}'
    await page.get_by_role("button", name="Failed rows again").click()
    await expect(page.locator(".json-batch")).to_contain_text("5 of 5 rows, 1 failed")
    assert (await downloaded(page, tmp_path))[3]["document"] == {"name": "now"}


async def test_a_batch_can_be_cancelled_and_goes_on_after_a_reload(
    stage: Stage, visit: Visit, tmp_path: Path
) -> None:
    stage.script = lambda _: '{"name":"x","n":12345678901234567890}'
    gate = stage.hold(37 * 30)
    page = await open_json(visit)
    await read_rows(page, "text\n" + "".join(f"text {i}\n" for i in range(1, 101)))
    await page.get_by_role("button", name="Start (100)").click()
    # Of the first 30 rows, eight at a time share the tokens; some are done.
    await until(lambda: len(stage.requests) > 20)
    await page.get_by_role("button", name="Cancel").click()
    go_on = page.get_by_role("button", name="Go on (")
    await expect(go_on).to_be_visible()
    before = len(await downloaded(page, tmp_path))
    assert 0 < before < 100
    assert len(stage.cancelled) > 0
    await page.reload()
    await expect(page.locator(".json-batch")).to_contain_text(f"{before} of 100 rows, 0 failed")
    asked = len(stage.requests)
    gate.release(1_000_000)
    await go_on.click()
    await expect(page.locator(".json-batch")).to_contain_text("100 of 100 rows, 0 failed")
    # Nothing that was done is done again.
    assert len(stage.requests) - asked == 100 - before
    lines = await downloaded(page, tmp_path)
    assert [line["row"] for line in lines] == list(range(1, 101))
    assert "12345678901234567890" in (tmp_path / "batch.jsonl").read_text()


async def test_a_server_without_a_model_ends_the_batch_and_not_its_rows(
    stage: Stage, visit: Visit
) -> None:
    stage.script = reads
    stage.refusal = EngineClosed("The server is shutting down.", "服务器正在关闭。")
    page = await open_json(visit)
    await read_rows(page, "text\nAnna\nLi\n")
    await page.get_by_role("button", name="Start (2)").click()
    await expect(page.locator(".json-batch").get_by_role("alert").last).to_contain_text(
        "shutting down"
    )
    stage.refusal = None
    await page.get_by_role("button", name="Start (2)").click()
    await expect(page.locator(".json-batch")).to_contain_text("2 of 2 rows, 0 failed")


async def test_files_are_read_in_either_encoding(
    stage: Stage, visit: Visit, tmp_path: Path
) -> None:
    stage.script = reads
    page = await open_json(visit)
    await page.fill("#json-schema", SCHEMA)
    await page.get_by_role("radio", name="A table of texts").click()
    file = tmp_path / "表.csv"
    file.write_bytes(b"PK\x03\x04")
    await page.set_input_files(".json-file", file)
    await expect(page.locator(".json-batch").get_by_role("alert")).to_contain_text("Excel")
    file.write_bytes("编号,正文\n1,你好，世界\n".encode("gb18030"))
    await page.set_input_files(".json-file", file)
    await expect(page.locator("#json-column option:checked")).to_have_text("正文")
    await page.get_by_role("button", name="Start (1)").click()
    await expect(page.locator(".json-rows code")).to_have_text('{"name":"你好，世界"}')


# --- the chat --------------------------------------------------------------------------------


async def test_a_demand_for_json_in_the_chat_is_held(page: Page, stage: Stage) -> None:
    stage.script = lambda _: '{"oldest": {"name": "李四"}, "average": 28.3}'
    await send(page, "张三 28，李四 32，王五 25。以 JSON 格式返回最年长者和平均年龄。")
    await finished(page)
    assert isinstance(stage.requests[-1].constraint, JsonSchema)
    await expect(page.locator(".answer .code")).to_contain_text('"average": 28.3')
    await expect(page.locator(".answer .line")).to_contain_text("a valid object was enforced")
    await page.reload()
    await expect(page.locator(".answer .code .mf")).to_have_text("28.3")
    await expect(page.locator(".answer .line")).to_contain_text("a valid object was enforced")
    stage.script = lambda _: "free"
    await send(page, "什么是 JSON？")
    await finished(page, 2)
    assert stage.requests[-1].constraint is None


# --- the tabs --------------------------------------------------------------------------------


async def test_tabs_have_an_address_and_speak_one_language(page: Page) -> None:
    tabs = page.get_by_role("tab")
    assert "JSON" in await tabs.all_inner_texts()
    await expect(page.locator("#tab-json")).not_to_be_visible()
    await page.get_by_role("tab", name="JSON").click()
    await expect(page.locator("#tab-json")).to_be_visible()
    await expect(page.locator("#tab-chat")).not_to_be_visible()
    assert page.url.endswith("#json")
    await page.reload()
    await expect(page.locator("#tab-json")).to_be_visible()
    await page.locator(".language").click()
    await expect(page.get_by_role("tab").first).to_have_text("对话")
    await page.get_by_role("tab").last.focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="对话")).to_be_focused()
    await expect(page.locator("#message")).to_be_visible()


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark", "locale": "zh-CN", **PHONE}],
    ids=["light", "dark-phone"],
)
async def test_everything_can_be_read_and_has_a_name(
    stage: Stage, visit: Visit, options: dict[str, Any]
) -> None:
    stage.script = lambda _: DOCUMENT
    page = await open_json(visit, **options)
    await expect(page.locator("#tab-json .examples")).to_be_visible()
    await assert_accessible(page)
    await page.locator("#tab-json .examples button").first.click()
    await expect(page.locator(".json-document .receipt")).to_be_attached()
    await page.locator(".json .json-options > summary").click()
    await page.locator(".json-report summary").click()
    await assert_accessible(page)
    views = page.locator(".schema .segments button")
    for i in range(1, await views.count()):
        await views.nth(i).click()
        await assert_accessible(page)
    await page.locator(".work .segments button").nth(1).click()
    await page.fill("#json-paste", ROWS)
    await page.locator(".json-batch .outlined").last.click()
    await expect(page.locator("#json-column")).to_be_visible()
    await page.locator(".json-batch .primary").click()
    await expect(page.locator(".json-rows li")).to_have_count(5)
    await assert_accessible(page)
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == (await page.evaluate("innerWidth"))
