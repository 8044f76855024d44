"""The prompt library as a person uses it: compose, look, try, make a template, use it elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.messages import Message, Request
from tests.browser.conftest import Stage, Visit
from tests.browser.test_page import HOSTILE, PHONE, assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

IMPORTED = """
- kind: role
  name: gardener
  title: {zh: 园丁, en: Gardener}
  text: You are a gardener who knows {{plant}}.
  variables:
    - {name: plant, type: text, title: Plant}
"""


async def open_prompts(visit: Visit, **options: Any) -> Page:
    visitor = await visit(**options)
    page = await visitor.open("/#prompts", seen="#prompt-role")
    await expect(page.locator("#tab-prompts")).to_be_visible()
    return page


def messages_of(request: Request) -> list[Message]:
    assert isinstance(request.prompt, tuple)
    return [message for message in request.prompt if isinstance(message, Message)]


async def compose_words(page: Page, limit: int) -> None:
    await page.select_option("#prompt-role", "editor")
    await page.select_option("#prompt-length", "words")
    await page.fill("#prompt-length-word_limit", str(limit))
    await page.fill("#prompt-task", "Say hello.")


async def test_a_composition_is_previewed_tried_and_judged(stage: Stage, visit: Visit) -> None:
    stage.script = lambda _: "Hello there."
    page = await open_prompts(visit)
    await compose_words(page, 12)
    final = page.locator(".prompt-final")
    await expect(final).to_contain_text("at most 12 words")
    await expect(final).to_contain_text("held while writing")
    await expect(final).to_contain_text("Say hello.")
    await page.get_by_role("button", name="Try it").click()
    answer = page.locator(".prompt-answer")
    await expect(answer).to_contain_text("Hello there.")
    await expect(answer).to_contain_text("2 words (at most 12)")
    request = stage.requests[-1]
    told, task = messages_of(request)
    assert "at most 12 words" in told.content
    assert task == Message("user", "Say hello.")
    assert isinstance(request.constraint, LengthGuard)
    assert request.constraint.most == 12
    tokens = stage.count_tokens((told, task))
    await expect(final).to_contain_text(f"{tokens} tokens")
    await page.reload()
    await expect(answer).to_contain_text("Hello there.")
    await expect(page.locator("#prompt-length-word_limit")).to_have_value("12")


async def test_an_answer_that_breaks_its_format_is_called_wrong(stage: Stage, visit: Visit) -> None:
    stage.script = lambda _: "no bold here"
    page = await open_prompts(visit)
    await page.select_option("#prompt-format", "bold-answer")
    await page.fill("#prompt-task", "What is 1 + 1?")
    await page.press("#prompt-task", "Control+Enter")
    await expect(page.locator(".prompt-answer .verdict")).to_have_text("Checked: wrong")


async def test_what_is_wrong_with_a_variable_is_said_before_anything_is_sent(
    stage: Stage, visit: Visit
) -> None:
    page = await open_prompts(visit)
    await compose_words(page, 12)
    await page.fill("#prompt-length-word_limit", "0")
    await expect(page.locator(".prompt-final [role=alert]")).to_contain_text("whole number from")
    await page.get_by_role("button", name="Try it").click()
    await expect(page.locator(".prompt-answer [role=alert]")).to_contain_text("whole number from")
    assert not stage.requests


async def test_a_template_of_ones_own_is_kept_changed_and_removed(
    stage: Stage, visit: Visit
) -> None:
    page = await open_prompts(visit)
    hostile = HOSTILE.replace("{{", "").replace("}}", "")  # signs of a variable
    await page.get_by_role("button", name="New template").click()
    await page.select_option("#prompt-kind", "length")
    await page.fill("#prompt-title", "Very short")
    await page.fill("#prompt-text", f"Be brief about {{{{topic}}}}. {hostile}")
    await page.fill("#prompt-most", "7")
    await page.select_option("#prompt-unit", "words")
    await page.get_by_role("button", name="Save").click()
    await page.fill("#prompt-length-topic", "cats")
    final = page.locator(".prompt-final")
    await expect(final).to_contain_text("Be brief about cats.")
    await page.reload()
    await expect(final).to_contain_text("Be brief about cats.")
    await page.get_by_role("button", name="Edit Very short").click()
    await page.get_by_role("radio", name="Text").click()
    source = page.locator("#prompt-source")
    await source.fill((await source.input_value()).replace('"most": 7', '"most": "x"'))
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".prompt-problems li")).to_contain_text("Line")
    await source.fill((await source.input_value()).replace('"most": "x"', '"most": 9'))
    await page.get_by_role("button", name="Save").click()
    await page.fill("#prompt-task", "Go.")
    await page.get_by_role("button", name="Try it").click()
    await expect(page.locator(".prompt-answer .line .receipt")).to_be_attached()
    guard = stage.requests[-1].constraint
    assert isinstance(guard, LengthGuard)
    assert (guard.most, guard.unit) == (9, "words")
    await page.get_by_role("button", name="Edit Very short").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("button", name="Edit Very short")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Edit Very short")).to_have_count(1)


@pytest.mark.usefixtures("stage")
async def test_templates_are_imported_and_exported(visit: Visit, tmp_path: Path) -> None:
    page = await open_prompts(visit)
    good, bad = tmp_path / "mine.yaml", tmp_path / "bad.yaml"
    good.write_text(IMPORTED, encoding="utf-8")
    bad.write_text(IMPORTED.replace("title:", "titel:", 1), encoding="utf-8")
    chooser = page.locator("#prompts-history input[type=file]")
    await chooser.set_input_files(bad)
    await expect(page.locator(".toast").first).to_contain_text("titel")
    await chooser.set_input_files(good)
    await (
        page.locator(".prompt-list")
        .get_by_role("button", name="Gardener", exact=False)
        .first.click()
    )
    await page.fill("#prompt-role-plant", "roses")
    await expect(page.locator(".prompt-final")).to_contain_text("a gardener who knows roses")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export mine").click()
    exported = json.loads((await (await download.value).path()).read_text(encoding="utf-8"))
    assert [(each["kind"], each["name"]) for each in exported] == [("role", "gardener")]


async def test_a_composition_goes_over_to_the_chat_and_holds_there(
    stage: Stage, visit: Visit
) -> None:
    stage.script = lambda _: "Hello there."
    page = await open_prompts(visit)
    await compose_words(page, 5)
    await page.locator(".prompt-uses").get_by_role("button", name="Chat").click()
    await expect(page.locator("#message")).to_have_value("Say hello.")
    await page.press("#message", "Enter")
    await expect(page.locator(".thread .verdict")).to_have_text("Checked: as asked")
    request = stage.requests[-1]
    assert "at most 5 words" in messages_of(request)[0].content
    assert isinstance(request.constraint, LengthGuard)
    await page.reload()
    await page.locator("#tab-chat").get_by_role("button", name="Prompts").click()
    await expect(page.locator("#chat-prompt-length-word_limit")).to_have_value("5")


async def test_the_json_tab_reads_under_a_role(stage: Stage, visit: Visit) -> None:
    stage.script = lambda _: '{"a": 1}'
    page = await open_prompts(visit)
    await compose_words(page, 5)
    await page.locator(".prompt-uses").get_by_role("button", name="JSON").click()
    await expect(page.locator(".toast")).to_contain_text("no use for")
    await page.fill("#json-schema", '{"type": "object"}')
    await page.press("#json-text", "Control+Enter")
    await expect(page.locator(".json-document .receipt")).to_be_attached()
    told = messages_of(stage.requests[-1])[0].content
    assert "editor" in told
    assert "at most" not in told


@pytest.mark.usefixtures("stage")
async def test_measured_rates_stand_beside_the_templates(visit: Visit) -> None:
    page = await open_prompts(visit)
    await expect(page.locator(".prompt-list .rate")).to_have_text("90 %")


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
async def test_the_page_is_accessible(visit: Visit, language: str) -> None:
    page = await open_prompts(visit, locale=language)
    await page.select_option("#prompt-role", "translator")
    await page.select_option("#prompt-format", "table")
    await assert_accessible(page)
    await page.locator("#prompts-history .new").click()
    await assert_accessible(page)


@pytest.mark.usefixtures("stage")
async def test_on_a_phone_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    page = await open_prompts(visit, **PHONE)
    await page.select_option("#prompt-format", "headings")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= await page.evaluate("innerWidth")
