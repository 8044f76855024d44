"""The chat as a person uses it: type, stream, stop, regenerate, edit, undo, copy."""

import asyncio
import json
from collections.abc import Callable

import pytest
from playwright.async_api import CDPSession, Page, expect

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy, GenerationFailed
from qwen_app.messages import Message
from tests.browser.conftest import Stage, Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def send(page: Page, text: str) -> None:
    await page.fill("#message", text)
    await page.press("#message", "Enter")


async def finished(page: Page, answers: int = 1) -> None:
    """So many answers are complete, and nothing is being written."""
    await expect(page.locator(".answer .receipt")).to_have_count(answers)
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


async def until(condition: Callable[[], bool]) -> None:
    """For what happens in another thread, on the server's side."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the scripted engine has no event to wait for
            await asyncio.sleep(0.01)


def asked(engine: ScriptedEngine, index: int = -1) -> list[tuple[str, str]]:
    """Role and text of the messages of a request."""
    prompt = engine.requests[index].prompt
    return [(m.role, m.content) for m in prompt if isinstance(m, Message)]


async def test_an_answer_streams_and_ends_with_its_figures(page: Page, stage: Stage) -> None:
    gate = stage.hold(5)
    await send(page, "hello there")
    prose = page.locator(".answer .markdown")
    await expect(prose).to_have_text("hello")
    await expect(page.locator(".answer")).to_have_attribute("aria-busy", "true")
    await expect(page.locator("#message")).to_have_value("")
    gate.release(100)
    await finished(page)
    await expect(prose).to_have_text("hello there")
    figures = page.locator(".figures")
    await expect(figures).to_contain_text("Not checked")
    await expect(figures).to_contain_text("11 tokens")
    await expect(figures).to_contain_text("100 tokens/s")
    await expect(page.locator("#tab-chat .context")).to_contain_text("22 of 8,192")
    await expect(page.locator("#tab-chat .sidebar li")).to_have_text("hello there")


async def test_the_receipt_unfolds_and_can_be_copied(page: Page) -> None:
    await send(page, "hi")
    await finished(page)
    await page.get_by_text("Receipt", exact=True).click()
    await expect(page.locator(".receipt dd").first).to_have_text("scripted")
    await page.get_by_role("button", name="Copy receipt").click()
    copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert copied["model"] == "scripted"
    assert copied["sampling"]["seed"] == 0
    assert copied["verdict"]["status"] == "unchecked"


@pytest.mark.parametrize("way", ["button", "escape"])
async def test_stopping_frees_the_engine_and_keeps_the_text(
    page: Page, stage: Stage, way: str
) -> None:
    stage.hold(3)
    await send(page, "abcdef")
    await expect(page.locator(".answer .markdown")).to_have_text("abc")
    if way == "button":
        await page.get_by_role("button", name="Stop").click()
    else:
        await page.keyboard.press("Escape")
    await expect(page.locator(".figures")).to_contain_text("Stopped")
    await expect(page.locator(".answer .markdown")).to_have_text("abc")
    assert len(stage.cancelled) == 1
    stage.let_go()
    await send(page, "next")
    await finished(page)


async def test_enter_sends_and_shift_enter_breaks_the_line(page: Page, stage: Stage) -> None:
    await page.locator("#message").press_sequentially("one")
    await page.press("#message", "Shift+Enter")
    await page.locator("#message").press_sequentially("two")
    assert stage.requests == []
    await page.press("#message", "Enter")
    await finished(page)
    assert asked(stage) == [("user", "one\ntwo")]


async def test_enter_that_accepts_an_input_method_s_proposal_does_not_send(
    page: Page, stage: Stage
) -> None:
    field = page.locator("#message")
    await field.focus()
    keyboard: CDPSession = await page.context.new_cdp_session(page)
    await keyboard.send(
        "Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5}
    )
    enter = {"key": "Enter", "code": "Enter"}
    # While an input method composes, browsers report the key code 229 whatever the key is.
    await keyboard.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, **enter}
    )
    await keyboard.send("Input.insertText", {"text": "你好"})
    await expect(field).to_have_value("你好")
    await expect(page.locator(".question")).to_have_count(0)
    await field.press("Enter")
    await finished(page)
    assert asked(stage) == [("user", "你好")]


async def test_an_example_can_be_clicked(page: Page, stage: Stage) -> None:
    examples = page.locator("#tab-chat .examples button")
    await expect(examples).to_have_count(3)
    text = await examples.nth(1).inner_text()
    await examples.nth(1).click()
    await finished(page)
    assert asked(stage) == [("user", text)]


async def test_the_next_turn_brings_the_conversation(page: Page, stage: Stage) -> None:
    stage.script = lambda request: f"answer {len(request.prompt)}"
    await send(page, "first")
    await finished(page)
    await send(page, "second")
    await finished(page, 2)
    assert asked(stage) == [("user", "first"), ("assistant", "answer 1"), ("user", "second")]


async def test_regenerating_keeps_the_earlier_version(page: Page, stage: Stage) -> None:
    stage.script = lambda _: f"take {len(stage.requests)}"
    await send(page, "go")
    await finished(page)
    await page.get_by_role("button", name="Regenerate").click()
    prose = page.locator(".answer .markdown")
    await expect(prose).to_have_text("take 2")
    await finished(page)
    assert asked(stage) == [("user", "go")]
    await page.get_by_role("button", name="Earlier version").click()
    await expect(prose).to_have_text("take 1")
    await expect(page.get_by_role("button", name="Earlier version")).to_be_disabled()


async def test_editing_a_message_asks_again_and_can_be_undone(page: Page, stage: Stage) -> None:
    await send(page, "first")
    await finished(page)
    await send(page, "second")
    await finished(page, 2)
    await page.locator(".question").first.hover()
    await page.locator(".question").first.get_by_role("button", name="Edit").click()
    await page.get_by_label("Edit the message").fill("changed")
    await page.get_by_label("Edit the message").press("Enter")
    await finished(page, 1)
    assert asked(stage) == [("user", "changed")]
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(page.locator(".bubble")).to_have_text(["first", "second"])


async def test_escape_leaves_an_edit_without_changing_anything(page: Page, stage: Stage) -> None:
    await send(page, "first")
    await finished(page)
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Edit the message").fill("changed")
    await page.keyboard.press("Escape")
    await expect(page.locator(".bubble")).to_have_text("first")
    assert len(stage.requests) == 1


async def test_taking_back_the_last_turn_returns_its_text(page: Page) -> None:
    await send(page, "oops")
    await finished(page)
    await page.get_by_role("button", name="Take back").click()
    await expect(page.locator("#message")).to_have_value("oops")
    await expect(page.locator(".message")).to_have_count(0)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(page.locator(".message")).to_have_count(2)


async def test_an_answer_is_copied_as_it_was_written(page: Page) -> None:
    await send(page, "**bold** $x$")
    await finished(page)
    await page.locator(".answer .tools").get_by_role("button", name="Copy").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "**bold** $x$"


async def test_mathematics_and_code_are_typeset(page: Page) -> None:
    formulas = "a $x$ b \\(y\\) c\n\n$$z$$\n\n\\[\\frac{1}{2}\\]\n\n"
    await send(page, formulas + "```python\nx = 1  # one\n```\n\n$5, $6")
    await finished(page)
    await expect(page.locator(".answer .katex")).to_have_count(4)
    await expect(page.locator(".answer .katex-display")).to_have_count(2)
    await expect(page.locator("#tab-chat .code .c1")).to_have_text("# one")
    await expect(page.locator(".answer .markdown p").last).to_have_text("$5, $6")
    await page.get_by_role("button", name="Copy code").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "x = 1  # one\n"


async def test_a_busy_engine_is_told_and_can_be_tried_again(page: Page, stage: Stage) -> None:
    stage.refusal = EngineBusy("The queue is full.", "队列已满。")
    await send(page, "hello")
    await expect(page.get_by_role("alert")).to_have_text("The queue is full.")
    await expect(page.locator(".bubble")).to_have_text("hello")
    stage.refusal = None
    await page.get_by_role("button", name="Try again").click()
    await finished(page)
    await expect(page.locator(".answer .markdown")).to_have_text("hello")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_failure_is_told_and_a_fault_shows_no_stack_trace(page: Page, stage: Stage) -> None:
    error = GenerationFailed("A step failed.", "一个步骤失败了。")
    stage.script = lambda _: ("half an answer", error)
    await send(page, "one")
    await expect(page.get_by_role("alert")).to_have_text("A step failed.")
    await expect(page.locator(".answer .markdown")).to_have_text("half an answer")
    stage.script = lambda _: ValueError("secret")
    await send(page, "two")
    await expect(page.get_by_role("alert")).to_have_count(2)
    assert "secret" not in await page.inner_text("body")


async def test_a_message_sent_while_the_model_loads_is_answered_later(
    stage: Stage, visit: Visit
) -> None:
    stage.become("loading", progress=0.4, detail_en="reading weights", detail_zh="读取权重")
    page = await (await visit()).open()
    await expect(page.locator(".state")).to_contain_text("40 %: reading weights")
    await send(page, "hi")
    await expect(page.locator(".answer .line")).to_contain_text("still loading (40 %)")
    stage.become("ready")
    await finished(page)
    await expect(page.locator(".state")).to_contain_text("Ready")
    await expect(page.locator(".model")).to_contain_text("scripted")


async def test_a_model_that_cannot_be_loaded_says_why(stage: Stage, visit: Visit) -> None:
    stage.become("failed", detail_en="a file is missing", detail_zh="缺少文件")
    page = await (await visit()).open()
    await expect(page.locator(".state")).to_contain_text("a file is missing")


async def test_settings_reach_the_request_and_survive_a_reload(page: Page, stage: Stage) -> None:
    await page.get_by_role("button", name="Settings").click()
    await page.get_by_label("System prompt").fill("Be brief.")
    await page.locator("#sampling-temperature").fill("0.3")
    await page.locator("#sampling-seed").fill("7")
    await page.locator("#sampling-top_p").fill("9")  # Out of range: said so, and not used.
    await expect(page.locator("#sampling-top_p")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#tab-chat .tag")).to_have_text("3 changed")
    await send(page, "hi")
    await finished(page)
    sampling = stage.requests[-1].sampling
    assert (sampling.temperature, sampling.seed, sampling.top_p) == (0.3, 7, 1.0)
    assert asked(stage)[0] == ("system", "Be brief.")
    await page.reload()
    await expect(page.locator("#tab-chat .tag")).to_have_text("3 changed")
    await page.get_by_role("button", name="Settings").click()
    await page.get_by_role("button", name="Reset").click()
    await expect(page.locator("#tab-chat .tag")).to_have_text("1 changed")
    await send(page, "again")
    await finished(page, 2)
    assert stage.requests[-1].sampling.temperature == 1.0


async def test_a_cut_answer_says_so(page: Page) -> None:
    await page.get_by_role("button", name="Settings").click()
    await page.locator("#sampling-max_tokens").fill("3")
    await send(page, "abcdef")
    await finished(page)
    await expect(page.locator("#tab-chat .note")).to_contain_text("limit of 3 tokens")


async def test_a_conversation_that_outgrew_the_context_says_so(page: Page, stage: Stage) -> None:
    stage.shrink_context(200)
    stage.script = lambda _: "x" * 90
    for turn in range(2):
        await send(page, f"turn {turn}")
        await finished(page, turn + 1)
    await expect(page.locator(".answer").last.locator(".note")).to_contain_text(
        "2 oldest messages were not sent"
    )


async def test_silence_is_taken_for_a_lost_connection(stage: Stage, visit: Visit) -> None:
    visitor = await visit(locale="en-US")  # The clock is the whole profile's.
    visitor.expected = ("Failed to load resource", "Failed to fetch", "network error")
    page = await visitor.open()
    await page.clock.install()
    stage.hold(2)
    await send(page, "abcd")
    await expect(page.locator(".answer .markdown")).to_have_text("ab")
    # Nothing comes through any more, and no error tells so.
    await page.route("**/*", lambda route: route.abort())
    await page.clock.fast_forward(60_000)
    await expect(page.get_by_role("alert")).to_contain_text("connection")
    await expect(page.locator(".answer .markdown")).to_have_text("ab")
