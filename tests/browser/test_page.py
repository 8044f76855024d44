"""The page around the chat: storage, several tabs, hostile text, layout, languages, colours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Page, expect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qwen_app.ui.page import PageSettings, mount
from tests.browser.conftest import Stage, Visit, Visitor, serving
from tests.browser.test_chat import asked, finished, send, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


# --- conversations are never lost ------------------------------------------------------------


async def test_a_reload_finds_the_conversation_and_the_unsent_text(page: Page) -> None:
    await send(page, "**remember** me")
    await finished(page)
    await page.fill("#message", "half a thought")
    await page.reload()
    await expect(page.locator(".answer strong")).to_have_text("remember")
    await finished(page)
    await expect(page.locator("#message")).to_have_value("half a thought")
    await expect(page).to_have_title("**remember** me – Qwen App")


async def test_a_reload_finds_the_text_of_a_conversation_that_has_not_begun(page: Page) -> None:
    await page.fill("#message", "half a thought")
    await page.reload()
    await expect(page.locator("#message")).to_have_value("half a thought")


@pytest.mark.parametrize("written", ["", "abc"])
async def test_leaving_in_the_middle_ends_the_request_and_keeps_what_was_written(
    stage: Stage, visit: Visit, written: str
) -> None:
    visitor = await visit()
    # Gradio's, for the connection that the reload cuts.
    visitor.expected = ("AbortError", "Connection errored out")
    page = await visitor.open()
    stage.hold(len(written))
    await send(page, "abcdef")
    await expect(page.locator(".answer .markdown")).to_have_text(written)
    await until(lambda: len(stage.requests) == 1)
    await page.reload()
    await expect(page.locator(".bubble")).to_have_text("abcdef")
    await expect(page.locator(".answer .markdown")).to_have_text(written)
    await expect(page.locator("#tab-chat .note")).to_contain_text("Interrupted")
    await until(lambda: len(stage.cancelled) == 1)


async def test_closing_the_tab_ends_the_request_even_before_its_first_word(
    page: Page, stage: Stage
) -> None:
    stage.hold()
    await send(page, "abcdef")
    await until(lambda: len(stage.requests) == 1)
    await page.close()
    await until(lambda: len(stage.cancelled) == 1)


async def test_two_tabs_are_answered_side_by_side(stage: Stage, visit: Visit) -> None:
    visitor = await visit()
    one, two = await visitor.open(), await visitor.open()
    gate = stage.hold(6)
    await send(one, "first tab")
    await expect(one.locator(".answer .markdown")).to_have_text("first")
    await send(two, "second tab")
    await until(lambda: len(stage.requests) == 2)
    gate.release(100)
    await finished(one)
    await finished(two)
    await expect(one.locator(".answer .markdown")).to_have_text("first tab")
    await expect(two.locator(".answer .markdown")).to_have_text("second tab")
    for tab in (one, two):
        await expect(tab.locator("#tab-chat .sidebar .title")).to_have_count(2)


async def test_a_conversation_changed_in_two_tabs_is_kept_twice(stage: Stage, visit: Visit) -> None:
    visitor = await visit()
    one = await visitor.open()
    await send(one, "shared")
    await finished(one)
    two = await visitor.open()
    await two.locator("#tab-chat .sidebar .title").click()
    await finished(two)
    gate = stage.hold(3)
    await send(one, "from one")
    await expect(one.locator(".answer .markdown").last).to_have_text("fro")
    # The other tab shows what this one does, and goes on by itself all the same.
    await expect(two.locator(".bubble")).to_have_text(["shared", "from one"])
    await send(two, "from two")
    await until(lambda: len(stage.requests) == 3)
    gate.release(100)
    await finished(one, 2)
    await finished(two, 2)
    stored = await one.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('qwen-app:conversation:'))"
        ".map(k => JSON.parse(localStorage[k]).messages.map(m => m.text ?? m.versions[0].text))"
    )
    assert sorted(texts[-2:] for texts in stored) == [["from one"] * 2, ["from two"] * 2]


async def test_conversations_can_be_renamed_deleted_and_restored(page: Page) -> None:
    await send(page, "a name of its own")
    await finished(page)
    title = page.locator("#tab-chat .sidebar .title")

    async def choose(action: str) -> None:
        await page.locator("#tab-chat .sidebar .more").click()
        await page.get_by_role("menuitem", name=action).click()

    await choose("Rename")
    await page.get_by_label("Name of the conversation").fill("renamed")
    await page.keyboard.press("Enter")
    await expect(title).to_have_text("renamed")
    await choose("Delete")
    await expect(title).to_have_count(0)
    await expect(page.locator("#tab-chat .examples")).to_be_visible()
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(title).to_have_text("renamed")
    await finished(page)
    await page.reload()
    await expect(title).to_have_text("renamed")


async def test_an_export_brings_everything_back(page: Page, visit: Visit, tmp_path: Path) -> None:
    await send(page, "keep this")
    await finished(page)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export all").click()
    file = tmp_path / "export.json"
    await (await download.value).save_as(file)
    other = await (await visit(locale="en-US")).open()
    await other.set_input_files("#tab-chat input[type=file]", file)
    await other.locator("#tab-chat .sidebar .title").click()
    await finished(other)
    await expect(other.locator(".bubble")).to_have_text("keep this")
    # Once more: nothing is overwritten.
    await other.set_input_files("#tab-chat input[type=file]", file)
    await expect(other.locator("#tab-chat .sidebar .title")).to_have_count(2)


async def test_a_file_that_is_no_export_changes_nothing(page: Page, tmp_path: Path) -> None:
    for count, content in enumerate(["no JSON", "[]", '{"format": "other"}'], start=1):
        file = tmp_path / f"{count}.json"
        file.write_text(content)
        await page.set_input_files("#tab-chat input[type=file]", file)
        await expect(page.locator(".toast")).to_contain_text(["Nothing was changed"] * count)
    await expect(page.locator("#tab-chat .sidebar .title")).to_have_count(0)


async def test_damaged_storage_is_set_aside_and_the_rest_still_works(
    page: Page, visit: Visit
) -> None:
    del visit
    await send(page, "sound")
    await finished(page)
    await page.evaluate(
        "localStorage['qwen-app:conversation:' + 'f'.repeat(32)] = '{damaged';"
        "localStorage['qwen-app:conversation:' + 'e'.repeat(32)] = '{\"id\": 1}';"
        "localStorage['qwen-app:preferences'] = '[';"
    )
    await page.reload()
    await expect(page.locator(".toast")).to_contain_text("2 stored conversations")
    await expect(page.locator("#tab-chat .sidebar .title")).to_have_text("sound")
    aside = await page.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('qwen-app:damaged:'))"
        ".map(k => localStorage[k]).sort()"
    )
    assert aside == ["{damaged", '{"id": 1}'] or aside == ['{"id": 1}', "{damaged"]


async def test_full_storage_is_told_and_the_answer_still_comes(page: Page, tmp_path: Path) -> None:
    await page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('', 'Quota'); }; }"
    )
    await send(page, "no room")
    await finished(page)
    await expect(page.locator(".toast")).to_contain_text("storage is full")
    await expect(page.locator(".answer .markdown")).to_have_text("no room")
    async with page.expect_download() as download:
        await page.locator(".toast").get_by_role("button", name="Export").click()
    file = tmp_path / "export.json"
    await (await download.value).save_as(file)
    exported = json.loads(file.read_text())
    assert exported["conversations"][0]["messages"][1]["versions"][0]["text"] == "no room"


# --- untrusted text --------------------------------------------------------------------------

HOSTILE = """<script>window.hacked = 1</script> <img src=x onerror="window.hacked = 1">
![x](https://evil.example/x.png) <iframe src="https://evil.example"></iframe>
[click](javascript:window.hacked=1) <style>body { display: none }</style>
${window.hacked = 1} {{constructor.constructor("window.hacked = 1")()}}
$\\href{javascript:window.hacked=1}{x}$ $\\includegraphics{https://evil.example/y.png}$
$\\htmlData{x=1}{y}$

```html
<script>window.hacked = 1</script>
```
"""


async def test_hostile_text_does_nothing(page: Page) -> None:
    """In a question, an answer while it streams and when it is done, a title, and from storage.
    That no request left for another host is checked at the end of every test."""
    await send(page, HOSTILE)
    await finished(page)
    await expect(page.locator(".answer .katex").first).to_be_attached()
    for _ in range(2):
        inert = "#island-chat :is(script, img, iframe, style, [onerror], a[href^=javascript])"
        await expect(page.locator(inert)).to_have_count(0)
        assert await page.evaluate("window.hacked") is None
        await expect(page.locator(".bubble")).to_contain_text("<script>window.hacked = 1</script>")
        await page.reload()
        await finished(page)
        await expect(page.locator(".answer .code")).to_be_visible()


async def test_the_browser_itself_refuses_other_hosts(stage: Stage, visit: Visit) -> None:
    """Should the sanitising ever fail."""
    del stage
    visitor = await visit()
    visitor.expected = ("Content Security Policy", "https://evil.example", "Failed to load")
    page = await visitor.open()
    refused = await page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (e) => resolve(e.blockedURI));
          document.body.append(Object.assign(new Image(), {src: "https://evil.example/x.png"}));
        })"""
    )
    assert refused == "https://evil.example/x.png"


# --- layout, languages, colours --------------------------------------------------------------

# Text with too little contrast against what is behind it: WCAG's formula, 4.5, or 3 if large.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) =>
    [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const bad = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("script, style, :disabled, .offscreen, .katex-mathml")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    seen++;
    const style = getComputedStyle(element);
    const back = behind(element);
    const [a, b] = [luminance(over(rgba(style.color), back)), luminance(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push(`${ratio.toFixed(2)} ${walker.currentNode.textContent.trim()}`);
  }
  return { bad, seen };
}"""  # noqa: E501

RICH = "## Title\n\n`code` and [link](https://a.b)\n\n> quote\n\n```python\ndef f(x):\n    return 'a' + 1  # c\n```\n\n|a|\n|-|\n|$x$|\n"  # noqa: E501
CONTROLS = {"button", "textbox", "link", "slider", "spinbutton", "combobox", "checkbox", "menuitem"}


async def assert_accessible(page: Page) -> None:
    found = await page.evaluate(CONTRAST)
    assert found["bad"] == []
    assert found["seen"] > 10
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    controls = [
        node
        for node in tree["nodes"]
        if not node.get("ignored") and node.get("role", {}).get("value") in CONTROLS
    ]
    assert len(controls) > 5
    assert [n for n in controls if not n.get("name", {}).get("value", "").strip()] == []


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark", "locale": "zh-CN", **PHONE}],
    ids=["light", "dark-phone"],
)
async def test_everything_can_be_read_and_has_a_name(
    stage: Stage, visit: Visit, options: dict[str, Any]
) -> None:
    del stage
    page = await (await visit(**options)).open()
    await expect(page.locator(".notice")).to_be_visible()
    await assert_accessible(page)
    await page.fill("#message", RICH)
    await page.press("#message", "Enter")
    await expect(page.locator(".receipt")).to_be_visible()
    await page.locator(".receipt summary").click()
    await page.locator("[aria-controls=settings]").click()
    await expect(page.locator(".answer .katex")).to_be_visible()
    await assert_accessible(page)


@pytest.mark.parametrize(
    ("locale", "language", "other"), [("zh-CN", "zh", "en"), ("en-GB", "en", "zh")]
)
async def test_the_page_speaks_the_browser_s_language_and_can_be_switched(
    stage: Stage, visit: Visit, locale: str, language: str, other: str
) -> None:
    del stage
    words = {"en": "What would you like to ask?", "zh": "想问点什么？"}
    page = await (await visit(locale=locale)).open()
    heading = page.locator("#tab-chat .empty h2")
    await expect(heading).to_have_text(words[language])
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await page.locator(".language").click()
    await expect(heading).to_have_text(words[other])
    await page.reload()
    await expect(heading).to_have_text(words[other])
    await expect(page.locator("html")).to_have_attribute("lang", other)


async def test_colours_follow_the_system_until_the_reader_chooses(
    stage: Stage, visit: Visit
) -> None:
    del stage
    page = await (await visit(color_scheme="dark")).open()

    async def is_dark() -> bool:
        color = "getComputedStyle(document.body).getPropertyValue('--page').trim()"
        return bool(await page.evaluate(color) == "#171816")

    assert await is_dark()
    await page.get_by_role("button", name="Light colours").click()
    assert not await is_dark()
    await page.reload()
    await page.locator("#message").wait_for()
    assert not await is_dark()


async def test_a_phone_shows_everything_without_scrolling_sideways(
    stage: Stage, visit: Visit
) -> None:
    del stage
    page = await (await visit(**PHONE)).open()
    wide = "word " * 40 + "x" * 300 + "\n\n```\n" + "y" * 300 + "\n```\n\n|" + "a|" * 30
    wide += "\n|" + "-|" * 30 + "\n\n$$" + "x+" * 100 + "x$$"
    await send(page, wide)
    await finished(page)
    await page.locator("[aria-controls=settings]").click()
    sizes = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert await page.evaluate(sizes) == [390, 844]
    side = page.locator("#tab-chat .sidebar")
    await expect(side).not_to_be_visible()
    await page.get_by_role("button", name="Conversations").click()
    await expect(side).to_be_visible()
    await page.get_by_role("button", name="New conversation").click()
    await expect(side).not_to_be_visible()
    await expect(page.locator("#tab-chat .examples")).to_be_visible()


async def test_a_conversation_can_be_left_while_its_answer_is_written(
    page: Page, stage: Stage
) -> None:
    gate = stage.hold(2)
    await send(page, "slow one")
    await expect(page.locator(".answer .markdown")).to_have_text("sl")
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.locator("#tab-chat .examples")).to_be_visible()
    await expect(page.locator("#tab-chat .context")).to_contain_text("slow one")
    gate.release(100)
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    await page.locator("#tab-chat .sidebar .title").click()
    await finished(page)
    await expect(page.locator(".answer .markdown")).to_have_text("slow one")


async def test_a_server_that_is_gone_is_told(stage: Stage, visit: Visit) -> None:
    del stage
    visitor = await visit()
    visitor.expected = ("Failed to load resource", "Failed to fetch", "network error")
    page = await visitor.open()
    await page.route("**/component_server/**", lambda route: route.abort())
    await expect(page.locator(".state")).to_contain_text("No connection")
    await send(page, "kept")
    await expect(page.locator(".toast")).to_contain_text("Your text stays")
    await expect(page.locator("#message")).to_have_value("kept")
    await page.unroute_all()
    await expect(page.locator(".state")).to_contain_text("Ready")


class UnderPath:
    """What a proxy does that serves the app under a path, and nothing elsewhere."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self._path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if not scope["path"].startswith(f"{self._path}/"):
                await PlainTextResponse("", 404)(scope, receive, send)
                return
            path = scope["path"].removeprefix(self._path)
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


@pytest.fixture
def address_under_a_path(stage: Stage) -> Iterator[str]:
    app = FastAPI()
    mount(app, stage, PageSettings(root_path="/some/where"))
    with serving(UnderPath(app, "/some/where")) as url:
        yield url


async def test_the_page_works_under_a_path(
    stage: Stage, address_under_a_path: str, visit: Visit
) -> None:
    # In this order, the browser has left when the server ends.
    visitor: Visitor = await visit(locale="en-US")
    visitor.address = address_under_a_path
    visitor.expected = ("404",)  # /favicon.ico, which browsers ask for at the root of a host.
    page = await visitor.open("/some/where/")
    await send(page, "hi $x$")
    await finished(page)
    await expect(page.locator(".katex")).to_be_visible()
    assert asked(stage) == [("user", "hi $x$")]
