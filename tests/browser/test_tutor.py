"""The tutor as a person uses it: solve, take hints, have steps checked, practise, keep it all."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Download, Locator, Page, expect

from qwen_app.features.tutor.practice.problem import solution
from qwen_app.features.tutor.practice.topics import make
from qwen_app.messages import Message, Request
from tests.browser.conftest import Stage, Visit
from tests.browser.test_chat import until
from tests.browser.test_page import HOSTILE, PHONE, assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SOLVED = """Solve 2x + 5 = 17:

1. Subtract 5 from both sides: 2x + 5 - 5 = 17 - 5, so 2x = 12
2. Divide both sides by 2: x = 12 ÷ 2 = 6

Check: 2 × 6 + 5 = 12 + 5 = 17 ✓

Answer: **x = 6**"""
EQUATION = "Solve the equation 2x + 5 = 17"
WORDS = "Tom has 3 boxes with 4 pens each. How many pens has he?"


def last(request: Request) -> str:
    message = request.prompt[-1]
    assert isinstance(message, Message)
    return message.content


async def tutor(visit: Visit, **options: object) -> Page:
    return await (await visit(**options)).open("/#tutor", seen="#tutor-problem")


async def choose(page: Page, mode: str) -> None:
    await page.get_by_role("radio", name=mode).click()


async def solve(page: Page, problem: str = EQUATION) -> None:
    await page.fill("#tutor-problem", problem)
    await page.press("#tutor-problem", "Enter")
    await expect(page.locator(".tutor-solution .receipt")).to_be_visible()


async def saved(download: Download) -> str:
    path = await download.path()
    return await asyncio.to_thread(Path(path).read_text, encoding="utf-8")


def marks(page: Page) -> Locator:
    return page.locator(".tutor-solution .step > .step-row .mark")


@pytest.fixture
def solving(stage: Stage) -> Stage:
    stage.script = lambda _: SOLVED
    return stage


# --- a full solution -------------------------------------------------------------------------


async def test_every_line_is_marked_and_a_reload_finds_it(visit: Visit, solving: Stage) -> None:
    page = await tutor(visit)
    await solve(page)
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    await expect(page.locator(".answer-text .katex-mathml")).to_contain_text("x=6")
    lines = page.locator(".tutor-solution .step")
    await expect(lines).to_have_count(5)
    await expect(lines.nth(1).locator(".katex").first).to_be_visible()
    texts = await marks(page).all_inner_texts()
    assert [text.split(" ", 1)[0] for text in texts[1:]] == ["✓"] * 4
    await expect(page.locator(".figures")).to_contain_text("Checked: right")
    await lines.nth(2).locator(".mark").click()
    await expect(lines.nth(2).locator(".finding").first).to_be_visible()
    await page.reload()
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    await expect(page.locator("#tutor-history .title")).to_have_text(EQUATION)
    await expect(page.locator(".answer-text .katex-mathml")).to_contain_text("x=6")
    await page.get_by_text("Receipt", exact=True).click()
    await page.get_by_role("button", name="Copy receipt").click()
    receipt = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert receipt["model"] == "scripted"
    assert receipt["verdict"]["status"] == "right"
    assert len(solving.requests) == 1


async def test_a_line_that_fails_is_written_anew_and_what_it_was_can_be_seen(
    visit: Visit, stage: Stage
) -> None:
    right = "2. Divide both sides by 2: x = 12 ÷ 2 = 6"
    stage.script = lambda request: (
        SOLVED[SOLVED.index("2. Divide") :]
        if request.continue_final
        else SOLVED.replace(right, right.replace("= 6", "= 7"))
    )
    page = await tutor(visit)
    await solve(page)
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    gone = page.locator(".withdrawn")
    await expect(gone).to_have_count(1)
    await expect(gone.locator("s")).not_to_be_visible()
    await gone.locator("summary").click()
    await expect(gone.locator("s .katex-mathml")).to_contain_text("7")
    await expect(gone).to_contain_text("Does not hold")
    await expect(gone.locator(".finding")).to_contain_text("6")
    await expect(page.locator(".figures")).to_contain_text("lines rewritten: 1")


async def test_lines_appear_as_they_are_written_and_escape_stops(
    visit: Visit, solving: Stage
) -> None:
    solving.hold(SOLVED.index("2. Divide") + 10)
    page = await tutor(visit)
    await page.fill("#tutor-problem", EQUATION)
    await page.press("#tutor-problem", "Enter")
    await expect(page.locator(".step.writing .step-text")).to_contain_text("2. Divide")
    await expect(page.locator(".step.writing")).to_contain_text("Checking")
    await expect(page.locator(".step.holds")).not_to_have_count(0)
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".figures")).to_contain_text("Stopped")
    await until(lambda: len(solving.cancelled) == 1)
    await expect(page.locator(".step").last).to_contain_text("2. Divide")
    solving.let_go()
    await page.get_by_role("button", name="Regenerate").click()
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")


async def test_a_wrong_answer_is_said_to_be_wrong(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: "1. So x = 5\n\nAnswer: **x = 5**"
    page = await tutor(visit)
    await solve(page)
    answer = page.locator(".tutor-answer")
    await expect(answer.locator(".state-badge")).to_have_text(re.compile("Wrong|Not verified"))
    await expect(answer.locator(".reference")).to_contain_text("Solved by the program itself")
    await expect(answer.locator(".reference .katex-mathml")).to_contain_text("x=6")


async def test_solutions_of_a_word_problem_agree_or_do_not(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: "1. Pens: 3 × 4 = 12\n\nAnswer: **12 pens**"
    page = await tutor(visit)
    await solve(page, WORDS)
    answer = page.locator(".tutor-answer")
    await expect(answer).to_contain_text("Partly verified")
    await expect(answer).to_contain_text("5 of 5 solutions agree")
    assert sum(request.n for request in stage.requests) == 5


async def test_settings_reach_the_request(visit: Visit, solving: Stage) -> None:
    page = await tutor(visit)
    await page.locator(".tutor-options > summary").click()
    guard = page.get_by_label("Calculator fills in results")
    await expect(guard).to_be_checked()
    await solve(page)
    assert solving.requests[0].constraint is not None
    assert solving.requests[0].sampling.temperature == 0
    await guard.uncheck()
    await page.get_by_text("Sampling", exact=True).locator("visible=true").click()
    await page.locator("#tutor-sampling-temperature").fill("0.5")
    await page.locator("#tutor-sampling-seed").fill("11")
    await page.get_by_role("button", name="Regenerate").click()
    await until(lambda: len(solving.requests) == 2)
    assert solving.requests[1].constraint is None
    assert solving.requests[1].sampling.temperature == 0.5
    assert solving.requests[1].sampling.seed == 11
    await page.reload()
    await page.locator(".tutor-options > summary").click()
    await expect(guard).not_to_be_checked()


async def test_enter_while_composing_does_not_send(visit: Visit, solving: Stage) -> None:
    page = await tutor(visit)
    await page.fill("#tutor-problem", "解方程")
    await page.locator("#tutor-problem").evaluate(
        """(field) => {
          const event = { key: "Enter", bubbles: true, cancelable: true };
          field.dispatchEvent(new KeyboardEvent("keydown", { ...event, isComposing: true }));
          field.dispatchEvent(new KeyboardEvent("keydown", { ...event, keyCode: 229 }));
        }"""
    )
    await page.press("#tutor-problem", "Shift+Enter")
    await page.keyboard.type("2x + 5 = 17")
    await expect(page.locator("#tutor-problem")).to_have_value("解方程\n2x + 5 = 17")
    assert solving.requests == []


# --- hints -----------------------------------------------------------------------------------


async def test_hints_come_one_at_a_time_and_the_solution_last(visit: Visit, solving: Stage) -> None:
    page = await tutor(visit)
    await choose(page, "Hints")
    await page.fill("#tutor-problem", EQUATION)
    await page.press("#tutor-problem", "Enter")
    cards = page.locator(".hint-card")
    await expect(cards).to_have_count(1)
    await expect(page.locator(".tutor-hints")).not_to_contain_text("x=6")
    await expect(page.locator(".tutor-solution")).to_have_count(0)
    await page.get_by_role("button", name="Next hint").click()
    await expect(cards).to_have_count(2)
    await page.reload()
    await expect(cards).to_have_count(2)
    more = page.locator(".next-hint")
    while await more.count():
        await more.click()
    await expect(cards.last.locator(".katex-mathml").last).to_contain_text("6")
    await page.get_by_role("button", name="Show the whole solution").click()
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    assert len(solving.requests) == 1


async def test_a_problem_that_is_solved_has_its_hints_at_once(visit: Visit, solving: Stage) -> None:
    page = await tutor(visit)
    await solve(page)
    await choose(page, "Hints")
    await page.press("#tutor-problem", "Enter")
    await expect(page.locator(".hint-card")).to_have_count(1)
    assert len(solving.requests) == 1


# --- check my work ---------------------------------------------------------------------------

STEPS = "3x - 2 = 12\n3x = 14\nx = 14/3"


async def test_the_first_wrong_step_is_found_without_a_model(visit: Visit, stage: Stage) -> None:
    stage.become("loading", progress=0.3)
    page = await tutor(visit)
    await choose(page, "Check my work")
    await page.fill("#tutor-problem", "Solve 3(x - 2) = 12")
    await page.press("#tutor-problem", "Enter")
    await expect(page.locator("#tutor-steps")).to_be_focused()
    await page.keyboard.type(STEPS)
    await page.press("#tutor-steps", "Control+Enter")
    first = page.locator(".step.first")
    await expect(first).to_contain_text("First wrong line")
    await expect(first).to_contain_text("Does not hold")
    await expect(first.locator(".finding").first).to_be_visible()
    await expect(page.locator(".tutor-solution .step").first).to_have_class(re.compile("first"))
    await expect(page.locator(".tutor-answer")).to_be_visible()
    assert stage.requests == []
    await page.fill("#tutor-steps", "x - 2 = 4\nx = 6")
    await page.get_by_role("button", name="Check", exact=True).click()
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    await expect(first).to_have_count(0)
    await page.reload()
    await expect(page.locator("#tutor-steps")).to_have_value("x - 2 = 4\nx = 6")
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")


async def test_the_model_may_comment_on_the_wrong_step(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: "Multiply out: 3 times 2 is 6, not 2."
    page = await tutor(visit)
    await choose(page, "Check my work")
    await page.locator(".tutor-options > summary").click()
    await page.get_by_label("The model explains the first wrong line").check()
    await page.fill("#tutor-problem", "Solve 3(x - 2) = 12")
    await page.fill("#tutor-steps", STEPS)
    await page.press("#tutor-steps", "Control+Enter")
    comment = page.locator(".comment")
    await expect(comment).to_contain_text("3 times 2 is 6, not 2.")
    await expect(comment).to_contain_text("not checked")
    assert "3x - 2 = 12" in last(stage.requests[0])


# --- practice --------------------------------------------------------------------------------


async def exercise(page: Page) -> tuple[str, str, str]:
    """Text, right answer and solution of the exercise that is shown."""
    state = json.loads(await page.evaluate("sessionStorage['qwen-app:tutor-practice']"))
    told = state["exercise"]
    problem = make(told["topic"], told["level"], told["seed"])
    language = told["language"]
    return (
        problem.text.of(language),
        problem.answer.of(language),
        solution(problem, language),
    )


async def test_exercises_are_marked_counted_and_worked_out(visit: Visit, stage: Stage) -> None:
    page = await tutor(visit)
    await choose(page, "Practice")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator(".exercise-text .step-text")).to_be_visible()
    _, answer, _ = await exercise(page)
    await page.fill("#tutor-answer", "x = 123456")
    await page.press("#tutor-answer", "Enter")
    await expect(page.locator(".feedback.wrong")).to_contain_text("Not yet")
    cells = page.locator(".tutor-progress tbody td")
    await expect(cells).to_have_text(["1", "0 (0 %)", "0", "0"])
    await page.fill("#tutor-answer", answer)
    await page.press("#tutor-answer", "Enter")
    await expect(page.locator(".feedback.right")).to_contain_text("Right")
    await expect(cells).to_have_text(["1", "0 (0 %)", "0", "0"])
    await page.press("#tutor-answer", "Enter")  # On to the next problem.
    await expect(page.locator("#tutor-answer")).to_have_value("")
    _, answer, worked = await exercise(page)
    await page.fill("#tutor-answer", answer)
    await page.get_by_role("button", name="Check the answer").click()
    await expect(page.locator(".feedback.right")).to_be_visible()
    await expect(cells).to_have_text(["2", "1 (50 %)", "1", "1"])
    await page.get_by_role("button", name="Show the solution").click()
    lines = [line for line in worked.splitlines() if line.strip()]
    await expect(page.locator(".tutor-worked .step")).to_have_count(len(lines))
    await expect(page.locator(".tutor-worked .step.fails")).to_have_count(0)
    await page.reload()
    await expect(page.locator(".tutor-worked .step")).to_have_count(len(lines))
    await expect(page.locator(".tutor-worked .katex").first).to_be_visible()
    assert stage.requests == []


async def test_a_solution_that_was_shown_does_not_count(visit: Visit, stage: Stage) -> None:
    del stage
    page = await tutor(visit, locale="zh-CN")
    await choose(page, "练习")
    await page.get_by_label("难度").select_option("2")
    await page.get_by_role("button", name="开始").click()
    await page.get_by_role("button", name="显示解答").click()
    await expect(page.locator(".tutor-worked")).to_contain_text("不再计分")
    _, answer, _ = await exercise(page)
    await page.fill("#tutor-answer", answer)
    await page.press("#tutor-answer", "Enter")
    await expect(page.locator(".feedback.right")).to_contain_text("答对了")
    await expect(page.locator(".tutor-progress tbody")).to_have_count(0)


async def test_progress_is_exported_imported_and_cleared(
    visit: Visit, stage: Stage, tmp_path: Path
) -> None:
    del stage
    page = await tutor(visit)
    await choose(page, "Practice")
    progress = {"equations": {"asked": 4, "right": 3, "streak": 2, "best": 3}}
    file = tmp_path / "progress.json"
    file.write_text(json.dumps({"format": "qwen-app-tutor-progress", "progress": progress}))
    field = page.locator(".tutor-progress input[type=file]")
    await field.set_input_files(file)
    cells = page.locator(".tutor-progress tbody td")
    await expect(cells).to_have_text(["4", "3 (75 %)", "2", "3"])
    async with page.expect_download() as started:
        await page.locator(".tutor-progress").get_by_role("button", name="Export").click()
    exported = json.loads(await saved(await started.value))
    assert exported["progress"] == progress
    file.write_text('{"format": "other", "progress": {"equations": {"asked": 1}}}')
    await field.set_input_files(file)
    await expect(page.locator(".toast").last).to_contain_text("Nothing was changed")
    await page.locator(".tutor-progress").get_by_role("button", name="Clear").click()
    await expect(cells).to_have_count(0)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(cells).to_have_text(["4", "3 (75 %)", "2", "3"])


# --- pictures, files, history ----------------------------------------------------------------


async def test_an_inequality_is_drawn_and_described(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: "1. 3x > 5 + 7 = 12\n2. x > 12 ÷ 3 = 4\n\nAnswer: **x > 4**"
    page = await tutor(visit)
    await solve(page, "Solve the inequality 3x - 7 > 5")
    picture = page.locator(".tutor-graph svg")
    await expect(picture).to_have_attribute("aria-label", re.compile("x > 4"))
    await expect(picture.locator("circle.hole")).to_have_count(1)
    await page.reload()
    await expect(picture).to_be_visible()


async def test_a_function_is_drawn(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: "1. (x - 2)(x - 3) = 0\n\nAnswer: **x = 2 or x = 3**"
    page = await tutor(visit)
    await solve(page, "Solve x² - 5x + 6 = 0")
    picture = page.locator(".tutor-graph svg")
    await expect(picture).to_have_attribute("aria-label", re.compile(r"\(2, 0\), \(3, 0\)"))
    await expect(picture.locator("polyline")).not_to_have_count(0)


async def test_a_session_becomes_markdown(visit: Visit, solving: Stage) -> None:
    del solving
    page = await tutor(visit)
    await solve(page)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export as Markdown").click()
    download = await started.value
    assert download.suggested_filename.endswith(".md")
    text = await saved(download)
    assert EQUATION in text
    assert "Divide both sides by 2: x = 12 ÷ 2 = 6  (✓ Holds)" in text
    assert "**Answer: x = 6** (Verified)" in text


async def test_problems_are_deleted_and_brought_back(visit: Visit, solving: Stage) -> None:
    page = await tutor(visit)
    await solve(page)
    await page.get_by_role("button", name="New problem").click()
    await expect(page.locator(".tutor .examples button")).to_have_count(3)
    await solve(page, "Solve 2x + 5 = 17")
    entries = page.locator("#tutor-history .title")
    await expect(entries).to_have_text(["Solve 2x + 5 = 17", EQUATION])
    await entries.last.click()
    await expect(page.locator("#tutor-problem")).to_have_value(EQUATION)
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    await page.locator("#tutor-history li").last.hover()
    await page.get_by_role("button", name=f"Delete “{EQUATION}”").click()
    await expect(entries).to_have_count(1)
    await expect(page.locator("#tutor-problem")).to_have_value("")
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(entries).to_have_count(2)
    assert len(solving.requests) == 2


async def test_hostile_text_does_nothing(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: f"1. x = 1 {HOSTILE}\n\nAnswer: **<img src=x onerror=alert(1)>**"
    page = await tutor(visit)
    await solve(page, "2x = 2 <script>window.hacked = 1</script>")
    inert = "#island-tutor :is(script, img, iframe, style, [onerror], a[href^=javascript])"
    for _ in range(2):
        await expect(page.locator(".tutor-solution .step").first).to_be_visible()
        await expect(page.locator(inert)).to_have_count(0)
        assert await page.evaluate("window.hacked") is None
        await page.reload()


# --- how it looks ----------------------------------------------------------------------------


async def test_examples_in_the_reader_s_language(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: (
        "1. 两边同时减去 5：2x = 17 - 5 = 12\n2. x = 12 ÷ 2 = 6\n\n答案：**x = 6**"
    )
    page = await tutor(visit, locale="zh-CN")
    await page.locator(".tutor .examples button").first.click()
    await expect(page.locator(".tutor-answer")).to_contain_text("已验证")
    await expect(marks(page).last).to_contain_text("成立")
    await page.locator(".language").click()
    await expect(page.locator(".tutor-answer")).to_contain_text("Verified")
    await expect(marks(page).last).to_contain_text("Holds")


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark", **PHONE}],
    ids=["light", "dark-phone"],
)
async def test_everything_can_be_read_and_fits(
    visit: Visit, stage: Stage, options: dict[str, object]
) -> None:
    wrong = SOLVED.replace("= 12 ÷ 2 = 6", "= 12 ÷ 2 = 7")
    stage.script = lambda request: SOLVED if request.continue_final else wrong
    page = await tutor(visit, locale="en-US", **options)
    width = "document.documentElement.scrollWidth <= innerWidth"
    await assert_accessible(page)
    await solve(page, "Solve x² - 5x + 6 = 0, that is 2x + 5 = 17")
    await page.locator(".tutor-options > summary").click()
    await assert_accessible(page)
    assert await page.evaluate(width)
    await choose(page, "Check my work")
    await page.fill("#tutor-steps", STEPS + "\n1/2 + 1/3 = 2/5")
    await page.get_by_role("button", name="Check", exact=True).click()
    await expect(page.locator(".step.first")).to_be_visible()
    await assert_accessible(page)
    assert await page.evaluate(width)
    await choose(page, "Practice")
    await page.get_by_role("button", name="Start").click()
    await page.fill("#tutor-answer", "7777")
    await page.press("#tutor-answer", "Enter")
    await expect(page.locator(".feedback")).to_be_visible()
    await assert_accessible(page)
    assert await page.evaluate(width)
