"""Tables as a person uses them: paste, ask, see the cells, change the query, download, reload."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from qwen_app.features.tables.opened import Opened
from qwen_app.messages import Message, Request
from qwen_app.ui.table_store import TableStore
from tests.browser.conftest import Stage, Visit
from tests.browser.test_chat import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PEOPLE = (
    "<table><tr><th>Name</th><th>Age</th><th>City</th></tr><tr><td>Ann</td><td>28</td>"
    "<td>Rome</td></tr><tr><td>Bob</td><td>32</td><td>Paris</td></tr><tr><td>Cleo</td>"
    "<td>25</td><td>Oslo</td></tr></table>"
)
YOUNGEST = 'SELECT "Name", "Age" FROM t ORDER BY "Age" LIMIT 1'
SLOW_MS = 120_000
"""For what takes seconds of processor time, on a machine that has little of it."""
OLDEST = 'SELECT "Name", "Age" FROM t ORDER BY "Age" DESC LIMIT 1'


async def tables(visit: Visit, **options: object) -> Page:
    return await (await visit(**options)).open("/#tables", seen="#table-source")


async def paste(page: Page, into: str = "#table-source", **types: str) -> None:
    """What pasting does; ``html`` and ``plain`` are what the clipboard holds."""
    await page.locator(into).evaluate(
        """(element, types) => {
          const data = new DataTransfer();
          for (const [type, text] of Object.entries(types)) data.setData(`text/${type}`, text);
          element.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        types,
    )
    await page.locator(".grid tbody td").first.wait_for()


async def ask(page: Page, question: str, answers: int = 1) -> None:
    await page.fill("#table-question", question)
    await page.press("#table-question", "Enter")
    await expect(page.locator(".turn .receipt")).to_have_count(answers)


def marked(page: Page) -> Locator:
    return page.locator(".grid td.marked")


async def shown(cells: Locator) -> list[str]:
    """Texts of marked cells without the word that is there for those who do not see the mark."""
    return [text.removeprefix("Source: ") for text in await cells.all_text_contents()]


async def download(page: Page, button: Locator) -> Path:
    async with page.expect_download() as started:
        await button.click()
    return Path(await (await started.value).path())


def turns_of(request: Request) -> list[str]:
    return [m.content for m in request.prompt if isinstance(m, Message) and m.role != "system"]


async def test_a_pasted_table_is_asked_and_the_cells_of_the_answer_are_marked(
    visit: Visit, stage: Stage
) -> None:
    stage.script = lambda _: YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE, plain="what\tis\nnot\tused")
    await expect(page.locator(".panel .head")).to_contain_text("3 rows, 3 columns")
    kinds = page.locator(".grid thead select")
    assert [await kinds.nth(i).input_value() for i in range(3)] == ["text", "integer", "text"]
    await ask(page, "Who is the youngest?")
    await expect(page.locator(".sentence")).to_contain_text("Cleo")
    await expect(page.locator(".sentence")).to_contain_text("25")
    await expect(marked(page)).to_have_count(2)
    assert await shown(marked(page)) == ["Cleo", "25"]
    await expect(page.locator(".sql")).to_have_value(YOUNGEST)
    await expect(page.locator(".figures")).to_contain_text("Checked: computed from the table")
    await expect(page.locator(".figures")).to_contain_text("7 of 7 samples agree")
    await page.get_by_text("Receipt", exact=True).click()
    await page.get_by_role("button", name="Copy receipt").click()
    receipt = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert receipt["query"] == YOUNGEST
    assert [sample["temperature"] for sample in receipt["samples"]] == [0.7] * 6


async def test_the_article_s_table_is_an_example(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: 'SELECT "姓名", "年龄" FROM t ORDER BY "年龄" LIMIT 1'
    page = await tables(visit, locale="zh-CN")
    examples = page.locator(".start .examples button")
    await expect(examples).to_have_count(3)
    await examples.first.click()
    await expect(page.locator(".bubble")).to_have_text("谁是最年轻的人？")
    await expect(page.locator(".sentence")).to_contain_text("王五")
    await expect(page.locator(".sentence")).to_contain_text("25")
    await expect(marked(page)).to_have_count(2)
    await expect(page.locator(".figures")).to_contain_text("已核对：由表格计算得出")


async def test_a_changed_query_runs_again_and_a_wrong_one_is_explained(
    visit: Visit, stage: Stage
) -> None:
    stage.script = lambda _: YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await ask(page, "Who is it?")
    query = page.get_by_label("Query", exact=True)
    await query.fill(OLDEST)
    await query.press("Enter")
    await expect(page.locator(".sentence")).to_contain_text("Bob")
    await expect(page.locator(".figures")).to_contain_text("Query by hand")
    assert await shown(marked(page)) == ["Bob", "32"]
    await query.fill("DELETE FROM t")
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("begins with SELECT")
    await expect(marked(page)).to_have_count(0)
    await query.fill('SELECT "Nmae" FROM t')
    await query.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Nmae")
    await query.fill("SELECT COUNT(*) FROM t")
    await query.press("Enter")
    await expect(page.locator(".sentence")).to_contain_text("3")
    assert len(stage.requests) == 2  # the question's; none for the queries by hand


async def test_the_result_is_downloaded_without_formulas(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: 'SELECT "a", "b" FROM t'
    page = await tables(visit)
    await paste(page, plain='a,b\n=1+1,-5\n"@SUM(1), ""x""",+3\nplain,-x')
    await ask(page, "All of it?")
    path = await download(page, page.get_by_role("button", name="Download the result"))
    text = path.read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b"],
        ["'=1+1", "-5"],
        ['\'@SUM(1), "x"', "+3"],
        ["plain", "'-x"],
    ]


async def test_the_session_is_saved_as_json_and_markdown(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE.replace("Cleo", "C|*leo"))
    await ask(page, "Who is the youngest?")
    exports = page.locator(".exports")
    path = await download(page, exports.get_by_role("button", name="JSON"))
    session = json.loads(path.read_text())
    assert [column["name"] for column in session["table"]["columns"]] == ["Name", "Age", "City"]
    (turn,) = session["turns"]
    assert (turn["question"], turn["query"]) == ("Who is the youngest?", YOUNGEST)
    assert turn["receipt"]["model"] == "scripted"
    path = await download(page, exports.get_by_role("button", name="Markdown"))
    text = path.read_text()
    assert "## Who is the youngest?" in text
    assert r"| C\|\*leo | 25 |" in text
    assert f"```sql\n{YOUNGEST}\n```" in text


async def test_a_reload_and_the_history_bring_back_tables_and_questions(
    visit: Visit, stage: Stage
) -> None:
    stage.script = lambda _: YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await ask(page, "Who is the youngest?")
    await page.reload()
    await expect(page.locator(".sentence")).to_contain_text("Cleo")
    await expect(marked(page)).to_have_count(2)
    await expect(page.locator(".turn .receipt")).to_have_count(1)
    await page.get_by_role("button", name="New table").click()
    await paste(page, plain="x\ty\n1\t2\n3\t4")
    entries = page.locator("#tables-history .title")
    await expect(entries).to_have_text(["x, y", "Name, Age, City"])
    await entries.nth(1).click()
    await expect(page.locator(".sentence")).to_contain_text("Cleo")
    await page.get_by_role("button", name="Clear questions").click()
    await expect(page.locator(".turn")).to_have_count(0)
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(page.locator(".turn")).to_have_count(1)
    await page.get_by_role("button", name="Clear history").click()
    await expect(entries).to_have_count(0)
    await page.reload()
    await expect(page.locator("#table-source")).to_be_visible()
    await expect(entries).to_have_count(0)


async def test_hostile_cells_are_shown_as_text(visit: Visit, stage: Stage) -> None:
    image = "<img src=x onerror=window.hacked=1>"
    stage.script = lambda _: 'SELECT "<script>window.hacked=1</script>" FROM t'
    page = await tables(visit)
    rows = [
        "<script>window.hacked=1</script>\tformula",
        f"{image}\t=HYPERLINK(1)",
        "{{7*7}}${1}\t[x](javascript:window.hacked=1)",
    ]
    # Not read as HTML: the page says that it is text between tabs.
    await page.fill("#table-source", "\n".join(rows))
    await page.get_by_role("button", name="Read the table").click()
    await expect(page.locator(".grid tbody td").first).to_have_text(image)
    await expect(page.locator(".grid tbody td").nth(1)).to_have_text("=HYPERLINK(1)")
    await ask(page, image)
    await expect(page.locator(".bubble")).to_have_text(image)
    await expect(page.locator(".result td").first).to_have_text(image)
    assert await page.evaluate("window.hacked") is None
    assert await page.locator(".tables img, .tables script").count() == 0


async def test_a_table_of_100_000_rows_is_a_window(
    visit: Visit, stage: Stage, tmp_path: Path
) -> None:
    lines = ["id,group,value", *(f"{i},g{i % 7},{i * 3}" for i in range(100_000))]
    path = tmp_path / "large.csv"
    path.write_text("\n".join(lines))
    stage.script = lambda _: 'SELECT "id", "value" FROM t ORDER BY "value" DESC LIMIT 1'
    page = await tables(visit)
    await page.locator("#tables-history + .shade + .main input[type=file]").set_input_files(path)
    await expect(page.locator(".panel .head")).to_contain_text("100,000 rows", timeout=SLOW_MS)
    await expect(page.locator(".grid tbody td").nth(2)).to_have_text("0")
    assert await page.locator(".grid tr").count() < 100
    await page.locator(".grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    await expect(page.locator(".grid tbody tr:not(.space) td").last).to_have_text("299997")
    await page.locator(".grid").evaluate("grid => { grid.scrollTop = 0; }")
    await ask(page, "Which id has the highest value?")
    await expect(page.locator(".sentence")).to_contain_text("99999")
    await expect(marked(page)).to_have_text(["Source: 99999", "Source: 299997"])
    await expect(marked(page).first).to_be_in_viewport()
    assert await page.locator(".grid tr").count() < 100


async def test_a_kind_is_corrected_and_a_wrong_correction_names_the_cells(
    visit: Visit, stage: Stage
) -> None:
    stage.script = lambda _: 'SELECT "Name" FROM t'
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    kind = page.get_by_label("Kind of “City”")
    await kind.select_option("date")
    await expect(page.locator(".toast")).to_contain_text("Rome")
    await expect(kind).to_have_value("text")
    age = page.get_by_label("Kind of “Age”")
    await age.select_option("text")
    await expect(page.locator(".grid tbody td").nth(1)).not_to_have_class("numeric")
    await ask(page, "Names?")
    assert '"Age" text' in stage.requests[0].prompt[0].content  # type: ignore[union-attr]
    await page.reload()
    await expect(age).to_have_value("text")


async def test_of_several_tables_one_is_chosen(visit: Visit, stage: Stage) -> None:
    del stage
    page = await tables(visit)
    other = "<table><caption>Second</caption><tr><th>k</th></tr><tr><td>v</td></tr></table>"
    await paste(page, html=PEOPLE + other)
    await expect(page.locator(".choose")).to_contain_text("2 tables found")
    await page.get_by_label("Which of the tables found").select_option(index=1)
    await expect(page.locator(".grid tbody td").first).to_have_text("v")
    await page.reload()
    await expect(page.locator(".grid tbody td").first).to_have_text("v")


async def test_cells_pasted_beside_the_fields_are_a_new_table(visit: Visit, stage: Stage) -> None:
    del stage
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await paste(page, ".grid", plain="x\ty\n1\t2")
    await expect(page.locator(".grid .name").first).to_have_text("x")
    await paste(page, "#table-question", plain="k\tv\n1\t2")
    await expect(page.locator("#tables-history .title")).to_have_text(["x, y", "Name, Age, City"])


async def test_a_follow_up_question_brings_the_earlier_ones(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await ask(page, "Who is the youngest?")
    await ask(page, "And where?", 2)
    first, second, _ = turns_of(stage.requests[-1])
    assert (first, second) == ("Who is the youngest?", YOUNGEST)


async def test_escape_stops_and_the_engine_is_free(visit: Visit, stage: Stage) -> None:
    stage.script = lambda _: YOUNGEST
    stage.hold(5)
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await page.fill("#table-question", "Who?")
    await page.press("#table-question", "Enter")
    await expect(page.locator(".figures .progress")).to_have_text(re.compile("Waiting|Writing"))
    await page.keyboard.press("Escape")
    await expect(page.locator(".figures")).to_contain_text("Stopped")
    await until(lambda: len(stage.cancelled) == 2)
    stage.let_go()
    await page.get_by_role("button", name="Regenerate").click()
    await expect(page.locator(".sentence")).to_contain_text("Cleo")


async def test_queries_that_do_not_agree_are_offered(visit: Visit, stage: Stage) -> None:
    stage.script = lambda request: OLDEST if request.n == 1 else YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await ask(page, "Who is it?")
    await expect(page.locator(".figures")).to_contain_text("6 of 7 samples agree")
    await page.locator(".alternatives button").click()
    await expect(page.locator(".sentence")).to_contain_text("Bob")
    await expect(page.locator(".sql")).to_have_value(OLDEST)


async def test_no_answer_offers_the_model_s_own_words(visit: Visit, stage: Stage) -> None:
    stage.script = lambda request: "nonsense" if request.constraint else "They are three people."
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await ask(page, "Who are they?")
    await expect(page.locator(".figures")).to_contain_text("Not checked")
    await page.get_by_role("button", name="own words").click()
    await expect(page.locator(".words")).to_have_text("They are three people.")
    await expect(page.locator(".turn .note")).to_contain_text("were not checked")


async def test_a_document_is_filled_by_queries(visit: Visit, stage: Stage) -> None:
    def script(request: Request) -> str:
        question = turns_of(request)[-1]
        return 'SELECT AVG("Age") FROM t' if "average" in question else OLDEST

    stage.script = script
    page = await tables(visit)
    await paste(page, html=PEOPLE)
    await page.get_by_role("button", name="JSON fields").click()
    await page.fill(
        "#table-question", "oldest.path: Who is the oldest?\naverage_age: What is the average age?"
    )
    await page.press("#table-question", "Enter")
    await expect(page.locator(".figures")).to_contain_text("Checked: computed from the table")
    text = await page.locator(".document").inner_text()
    assert json.loads(text) == {"oldest": {"path": "Bob"}, "average_age": 28.3}
    await expect(page.locator(".filled code")).to_have_text([OLDEST, 'SELECT AVG("Age") FROM t'])
    await expect(marked(page)).to_have_count(4)


async def test_a_table_that_the_server_forgot_is_sent_again(
    visit: Visit, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.script = lambda _: YOUNGEST
    page = await tables(visit)
    await paste(page, html=PEOPLE)

    def forget() -> None:
        get = TableStore.get

        def once(store: TableStore, handle: str) -> Opened:
            monkeypatch.setattr(TableStore, "get", get)
            store._entries.clear()
            return get(store, handle)

        monkeypatch.setattr(TableStore, "get", once)

    forget()
    await ask(page, "Who is the youngest?")
    await expect(page.locator(".sentence")).to_contain_text("Cleo")
    forget()
    await page.get_by_label("Query", exact=True).fill(OLDEST)
    await page.get_by_label("Query", exact=True).press("Enter")
    await expect(page.locator(".sentence")).to_contain_text("Bob")
    forget()
    await page.get_by_label("Kind of “Age”").select_option("text")
    await expect(page.get_by_label("Kind of “Age”")).to_have_value("text")
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_what_is_no_table_is_told(visit: Visit, stage: Stage, tmp_path: Path) -> None:
    del stage
    page = await tables(visit)
    await page.get_by_role("button", name="Read the table").click()
    await expect(page.locator("#table-source")).to_be_focused()
    await page.fill("#table-source", "hello")
    await page.get_by_role("button", name="Read the table").click()
    await expect(page.get_by_role("alert")).to_contain_text("No table was found")
    large = tmp_path / "large.csv"
    large.write_bytes(b"a,b\n" * (5 * 2**20))
    await page.locator("#tab-tables input[type=file]").set_input_files(large)
    await expect(page.get_by_role("alert")).to_contain_text("at most 16 MB")
    damaged = tmp_path / "damaged.xlsx"
    damaged.write_bytes(b"PK\x03\x04 nothing else")
    await page.locator("#tab-tables input[type=file]").set_input_files(damaged)
    await expect(page.get_by_role("alert")).not_to_contain_text("16 MB")
    await expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_is_wider_than_the_window(visit: Visit, stage: Stage, width: int) -> None:
    stage.script = lambda _: 'SELECT "City", SUM("Sales") FROM t GROUP BY "City"'
    page = await tables(visit, locale="en-US", viewport={"width": width, "height": 844})
    await page.locator(".start .examples button").nth(1).click()
    chart = page.locator(".chart svg")
    await expect(chart).to_be_attached()
    assert "most Leeds" in (await chart.get_attribute("aria-label") or "")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await expect(page.locator("#table-question")).to_be_in_viewport()
