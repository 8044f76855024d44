"""The Tables tab without a browser: what the page's script is told."""

import asyncio
import base64
import threading
from dataclasses import replace
from typing import Any

import pytest

from qwen_app.engine.base import EngineState
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy, InvalidInput
from qwen_app.features.prompts.library import Library
from qwen_app.features.tables.opened import Opened, read_source
from qwen_app.features.tables.query.execute import MOST_CELLS
from qwen_app.messages import Message
from qwen_app.ui.answer import Pace
from qwen_app.ui.table_answer import TableAnswering, TableSnapshot
from qwen_app.ui.table_store import TableGone, TableStore
from qwen_app.ui.table_tab import MOST_BYTES, _Tables, _told
from qwen_app.ui.table_texts import TABLE_EXAMPLES, TABLE_TEXTS
from qwen_app.ui.table_wire import AskTable
from qwen_app.ui.wire import parse
from tests.waiting import until

CSV = "name,age,city\nAnn,28,Rome\nBob,32,Paris\nCleo,25,Oslo\n"
YOUNGEST = 'SELECT "name" FROM t ORDER BY "age" LIMIT 1'
OLDEST = 'SELECT "name" FROM t ORDER BY "age" DESC LIMIT 1'
ID = "0123456789abcdef"


def source(text: str = CSV, **more: Any) -> dict[str, Any]:
    return {"kind": "text", "data": text, "name": None, "format": None} | more


@pytest.fixture
def tables() -> _Tables:
    return _Tables(TableStore(), Library(()))


def opened(tables: _Tables, text: str = CSV) -> Any:
    return tables.open({"source": source(text)})


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# --- the store ----------------------------------------------------------------------------------


def of(rows: int) -> Opened:
    return read_source("\n".join(["a,b", *(f"{i},x" for i in range(rows))]))


def test_a_table_expires_after_its_last_use() -> None:
    clock = Clock()
    store = TableStore(life_s=10, now=clock)
    used, left = store.put(of(2)), store.put(of(3))
    clock.now = 8
    assert store.get(used).table.rows == 2
    clock.now = 12
    assert store.get(used).table.rows == 2
    with pytest.raises(TableGone):
        store.get(left)


def test_the_longest_unused_makes_room_and_a_single_one_may_be_too_large() -> None:
    store = TableStore(most_cells=20)
    first, second = store.put(of(4)), store.put(of(4))
    store.get(first)
    third = store.put(of(4))
    assert [store.get(handle).cells for handle in (first, third)] == [8, 8]
    with pytest.raises(TableGone):
        store.get(second)
    large = store.put(of(50))
    assert store.get(large).cells == 100
    with pytest.raises(TableGone):
        store.get(third)


def test_corrections_of_one_source_share_its_room() -> None:
    store = TableStore(most_cells=20)
    table = of(8)
    handles = [store.put(Opened(table.found, 0, table.table)) for _ in range(5)]
    assert len(set(handles)) == 5
    assert all(store.get(handle).cells == 16 for handle in handles)


# --- opening ------------------------------------------------------------------------------------


def test_an_open_table_says_what_the_page_shows(tables: _Tables) -> None:
    shown = opened(tables)
    assert shown["found"] == [{"title": "", "rows": 3, "columns": 3}]
    table = shown["table"]
    assert [(c["name"], c["kind"], c["numeric"]) for c in table["columns"]] == [
        ("name", "text", False),
        ("age", "integer", True),
        ("city", "text", False),
    ]
    assert table["first"][2] == ["Cleo", "25", "Oslo"]


def test_a_file_comes_as_base64(tables: _Tables) -> None:
    data = base64.b64encode(CSV.encode("utf-16")).decode()
    shown = tables.open({"source": source(data, kind="file", name="people.csv")})
    assert shown["table"]["rows"] == 3
    with pytest.raises(InvalidInput, match="damaged"):
        tables.open({"source": source("no base64!", kind="file")})


def test_more_than_the_page_may_send_is_refused(tables: _Tables) -> None:
    with pytest.raises(InvalidInput, match="too large"):
        opened(tables, "x" * (MOST_BYTES + 1))


def test_rows_come_in_pieces_and_long_cells_are_cut(tables: _Tables) -> None:
    text = "\n".join(["n,t", *(f"{i},{'y' * 900}" for i in range(500))])
    shown = opened(tables, text)
    assert len(shown["table"]["first"]) == 200
    assert len(shown["table"]["first"][0][1]) == 501
    last = tables.rows({"handle": shown["handle"], "start": 480, "count": 200})
    assert [row[0] for row in last["rows"]] == [str(i) for i in range(480, 500)]


def test_kinds_are_corrected_by_handle_and_wrong_ones_name_the_cells(tables: _Tables) -> None:
    handle = opened(tables)["handle"]
    kinds = [{"column": "age", "kind": "text"}]
    changed = tables.open({"handle": handle, "index": 0, "kinds": kinds})
    assert changed["handle"] != handle
    assert changed["table"]["columns"][1]["kind"] == "text"
    with pytest.raises(InvalidInput, match="Ann"):
        tables.open({"handle": handle, "kinds": [{"column": "name", "kind": "integer"}]})


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"source": {"kind": "text"}},
        {"source": source(), "extra": 1},
        {"source": source(), "index": -1},
        {"source": source(), "index": 5},
        {"handle": "x" * 32},
        {"handle": "0" * 32},
        None,
        "text",
    ],
)
def test_what_the_page_cannot_mean_is_an_error_not_a_fault(tables: _Tables, call: Any) -> None:
    answer = asyncio.run(_told(tables.open, call))
    assert set(answer) == {"error"}
    assert answer["error"]["code"] != "internal_error"
    assert answer["error"]["zh"]


def test_a_fault_of_ours_is_told_without_details(caplog: pytest.LogCaptureFixture) -> None:
    def work(call: dict[str, Any]) -> dict[str, Any]:
        raise ValueError(f"secret {call}")

    answer = asyncio.run(_told(work, {}))
    assert "secret" not in str(answer)
    assert "secret" in caplog.text


# --- queries by hand ----------------------------------------------------------------------------


def test_a_query_by_hand_brings_result_and_cells(tables: _Tables) -> None:
    handle = opened(tables)["handle"]
    answer = tables.run({"handle": handle, "question": "最小的是谁？", "query": YOUNGEST})
    assert answer["query"] == YOUNGEST
    assert "Cleo" in answer["outcome"]["answer"]
    assert [2, 0] in answer["outcome"]["cells"]
    assert answer["outcome"]["result"]["rows"] == [["Cleo"]]
    assert answer["verdict"]["status"] == "right"
    with pytest.raises(InvalidInput, match="SELECT"):
        tables.run({"handle": handle, "question": "", "query": "DROP TABLE t"})


def test_no_more_cells_are_named_than_the_page_can_mark(tables: _Tables) -> None:
    text = "\n".join(["a,b", *(f"{i},{i}" for i in range(2000))])
    answer = tables.run(
        {"handle": opened(tables, text)["handle"], "question": "", "query": 'SELECT "a" FROM t'}
    )
    assert len(answer["outcome"]["cells"]) <= MOST_CELLS
    assert answer["outcome"]["result"]["truncated"] is True


# --- answers of the model -----------------------------------------------------------------------


def call(handle: str, text: str, **more: Any) -> AskTable:
    return parse(AskTable, {"id": ID, "handle": handle, "type": "question", "text": text} | more)


def answering(tables: _Tables, sent: AskTable, engine: ScriptedEngine) -> TableAnswering:
    return TableAnswering(sent.id, tables.job(sent), engine, Pace(1000, 1000), asyncio.Semaphore(2))


async def last(running: TableAnswering) -> TableSnapshot:
    snapshots = [snapshot async for snapshot in running.snapshots()]
    beats = [snapshot.beat for snapshot in snapshots]
    assert beats == sorted(set(beats))
    return snapshots[-1]


async def test_a_question_ends_with_the_result_that_most_queries_share(tables: _Tables) -> None:
    engine = ScriptedEngine(lambda request: OLDEST if request.n == 1 else YOUNGEST)
    sent = call(opened(tables)["handle"], "Who is it?")
    end = await last(answering(tables, sent, engine))
    assert (end.phase, end.query) == ("done", YOUNGEST)
    assert end.outcome is not None
    assert end.outcome["agreement"] == {"votes": 6, "of": 7}
    assert [other["query"] for other in end.outcome["alternatives"]] == [OLDEST]
    assert end.receipt is not None
    assert len(end.receipt["samples"]) == 6
    assert engine.requests[0].constraint is not None


async def test_models_that_were_not_trained_on_the_language_are_shown_examples(
    tables: _Tables,
) -> None:
    sent = call(opened(tables)["handle"], "Who?")
    prompts = []
    for is_demo in (True, False):
        engine = ScriptedEngine(lambda _: YOUNGEST)
        engine._info = replace(engine.info, is_demo=is_demo)
        await last(answering(tables, sent, engine))
        first = engine.requests[0].prompt[0]
        assert isinstance(first, Message)
        prompts.append(first.content)
    assert len(prompts[1]) > len(prompts[0]) + 200


async def test_a_summary_is_the_model_s_words_and_not_checked(tables: _Tables) -> None:
    engine = ScriptedEngine(lambda _: "Three people.")
    sent = call(opened(tables)["handle"], "Please summarise this table")
    end = await last(answering(tables, sent, engine))
    assert end.outcome == {"status": "text", "answer": "Three people."}
    assert end.verdict is not None
    assert end.verdict["status"] == "unchecked"
    assert engine.requests[0].constraint is None


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    if isinstance(value, list | tuple):
        return set().union(*map(keys, value))
    return set()


async def test_names_that_a_reader_chooses_are_never_keys(tables: _Tables) -> None:
    """Gradio serves any file that a value with a key ``path`` names, as far as it may."""
    engine = ScriptedEngine(lambda _: YOUNGEST)
    sent = call(opened(tables)["handle"], "path: Who?\nmeta._type: Who?", type="fields")
    end = await last(answering(tables, sent, engine))
    assert end.outcome is not None
    assert '"path": "Cleo"' in end.outcome["document"]
    assert not keys(end.to_json()) & {"path", "meta", "_type"}


async def test_stopping_ends_all_requests(tables: _Tables) -> None:
    gate = threading.Semaphore(3)
    engine = ScriptedEngine(lambda _: YOUNGEST, gate=gate)
    running = answering(tables, call(opened(tables)["handle"], "Who?"), engine)
    phases = []
    async for snapshot in running.snapshots():
        phases.append(snapshot.phase)
        if len(engine.requests) == 2:
            running.stop()
    assert phases[-1] == "stopped"
    await until(lambda: len(engine.cancelled) == 2)


async def test_errors_of_the_engine_are_told(tables: _Tables) -> None:
    engine = ScriptedEngine()
    engine.refusal = EngineBusy("The queue is full.", "队列已满。")
    end = await last(answering(tables, call(opened(tables)["handle"], "Who?"), engine))
    assert end.phase == "failed"
    assert end.error == {"code": "engine_busy", "en": "The queue is full.", "zh": "队列已满。"}


async def test_a_question_waits_for_a_model_that_loads(tables: _Tables) -> None:
    engine = ScriptedEngine(lambda _: YOUNGEST, state=EngineState("loading", 0.5))
    running = answering(tables, call(opened(tables)["handle"], "Who?"), engine)
    phases = []
    async for snapshot in running.snapshots():
        phases.append(snapshot.phase)
        engine._state = EngineState("ready", 1.0)
    assert (phases[0], phases[-1]) == ("loading", "done")


def test_wanted_fields_that_cannot_be_read_are_told(tables: _Tables) -> None:
    handle = opened(tables)["handle"]
    for text in ("", "a, a.b", "{", '{"type": "array"}', ",".join(f"f{i}" for i in range(21))):
        with pytest.raises(InvalidInput):
            tables.job(call(handle, text, type="fields"))


# --- examples -----------------------------------------------------------------------------------


def test_the_examples_are_tables_and_the_article_s_is_the_first() -> None:
    assert len(TABLE_EXAMPLES) == 3
    for example in (one for both in TABLE_EXAMPLES for one in both):
        table = read_source(example.source).table
        assert table.rows >= 3, example.title
        assert any(column.kind != "text" for column in table.columns), example.title
    article = read_source(TABLE_EXAMPLES[0][1].source).table
    assert article.names == ("姓名", "年龄", "城市")
    assert list(article.texts()) == [
        ("张三", "28", "杭州"),
        ("李四", "32", "北京"),
        ("王五", "25", "深圳"),
    ]


def test_every_kind_has_a_name() -> None:
    from qwen_app.features.tables.table import KINDS

    assert {f"table.kind.{kind}" for kind in KINDS} <= set(TABLE_TEXTS)
