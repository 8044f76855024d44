"""POST /v1/tables/ask: a table and what is wanted of it, in any of their forms."""

import asyncio
import base64
import io
import json
import subprocess
import threading
from typing import Any

import openpyxl
import pytest

from qwen_app.api.settings import ApiSettings
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy, ModelLoading
from qwen_app.messages import Message, Request
from tests.api.conftest import Serve
from tests.api.support import Json, browserless, eventually

ASK = "/v1/tables/ask"
ARTICLE = (
    "<table><tr><th>姓名</th><th>年龄</th><th>城市</th></tr><tr><td>张三</td><td>28</td>"
    "<td>杭州</td></tr><tr><td>李四</td><td>32</td><td>北京</td></tr><tr><td>王五</td>"
    "<td>25</td><td>深圳</td></tr></table>"
)
CSV = "name,age\nAnn,28\nBob,32\nCleo,25\n"
YOUNGEST = 'SELECT "姓名", "年龄" FROM t ORDER BY "年龄" LIMIT 1'


def last(request: Request) -> str:
    message = request.prompt[-1]
    assert isinstance(message, Message)
    return message.content


async def post(engine: ScriptedEngine, body: Json) -> tuple[int, Json]:
    async with browserless(engine) as client:
        response = await client.post(ASK, json=body)
        return response.status_code, response.json()


async def answered(engine: ScriptedEngine, body: Json) -> Json:
    status, answer = await post(engine, body)
    assert status == 200, answer
    return answer


async def refused(body: Json, engine: ScriptedEngine | None = None) -> tuple[int, str, str | None]:
    status, answer = await post(engine or ScriptedEngine(), body)
    error = answer["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return status, error["code"], error["param"]


async def test_the_article_s_question() -> None:
    engine = ScriptedEngine(lambda _: YOUNGEST)
    answer = await answered(engine, {"table": {"html": ARTICLE}, "question": "谁是最年轻的人？"})
    assert "王五" in answer["answer"]
    assert "25" in answer["answer"]
    assert (answer["language"], answer["status"], answer["confidence"]) == ("zh", "agreed", 1.0)
    assert answer["query"] == YOUNGEST
    assert answer["result"]["rows"] == [["王五", 25]]
    assert [column["kind"] for column in answer["result"]["columns"]] == ["text", "integer"]
    assert answer["cells"] == [
        {"row": 2, "column": "姓名", "text": "王五"},
        {"row": 2, "column": "年龄", "text": "25"},
    ]
    assert answer["verdict"]["status"] == "right"
    assert answer["receipt"]["model"] == answer["model"] == "scripted"
    assert answer["table"]["rows"] == 3
    assert [request.n for request in engine.requests] == [1, 6]
    assert engine.requests[0].deadline_s == 600


async def test_the_article_s_document() -> None:
    def script(request: Request) -> str:
        question = last(request)
        if "平均" in question:
            return 'SELECT AVG("年龄") FROM t'
        column = "城市" if "城市" in question else "姓名"
        return f'SELECT "{column}" FROM t ORDER BY "年龄" DESC LIMIT 1'

    wanted = {"oldest_person": {"name": "李四", "city": "北京"}, "average_age": 28.3}
    fields = [
        "oldest_person.name: 谁年龄最大？",
        "oldest_person.city: 年龄最大的人在哪个城市？",
        "average_age: 平均年龄是多少？",
    ]
    by_list = await answered(ScriptedEngine(script), {"table": {"html": ARTICLE}, "fields": fields})
    assert by_list["document"] == wanted
    assert [field["name"] for field in by_list["fields"]] == [
        "oldest_person.name",
        "oldest_person.city",
        "average_age",
    ]
    assert by_list["verdict"]["status"] == "right"
    person = {
        "name": {"type": "string", "description": "谁年龄最大？"},
        "city": {"type": "string", "description": "年龄最大的人在哪个城市？"},
    }
    schema = {
        "type": "object",
        "properties": {
            "oldest_person": {"type": "object", "properties": person},
            "average_age": {"type": "number", "description": "平均年龄是多少？"},
        },
    }
    by_schema = await answered(
        ScriptedEngine(script), {"table": {"html": ARTICLE}, "schema": schema}
    )
    assert by_schema["document"] == wanted


@pytest.mark.parametrize(
    "table",
    [
        {"csv": CSV},
        {"csv": CSV.replace(",", "\t")},
        {"text": CSV},
        {"markdown": "| name | age |\n| --- | --- |\n| Ann | 28 |\n| Bob | 32 |\n| Cleo | 25 |"},
        {
            "records": [
                {"name": "Ann", "age": 28},
                {"name": "Bob", "age": 32},
                {"age": 25, "name": "Cleo"},
            ]
        },
    ],
)
async def test_a_table_comes_in_any_form_and_a_query_needs_no_model(table: Json) -> None:
    engine = ScriptedEngine()
    engine.refusal = ModelLoading("Still loading.", "仍在加载。")
    body = {"table": table, "query": 'SELECT AVG("age") FROM t', "question": "平均多大？"}
    answer = await answered(engine, body)
    assert answer["result"]["rows"][0][0] == pytest.approx(28.3333, abs=1e-3)
    assert (answer["status"], answer["language"], answer["model"]) == ("by_hand", "zh", None)
    assert answer["receipt"] is None
    assert len(answer["cells"]) == 3


async def test_a_workbook_comes_as_base64() -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("People", 0)
    for row in (("name", "age"), ("Ann", 28), ("Bob", 32)):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    table = {"xlsx": base64.b64encode(data.getvalue()).decode()}
    answer = await answered(ScriptedEngine(), {"table": table, "query": 'SELECT SUM("age") FROM t'})
    assert answer["result"]["rows"] == [[60]]
    assert (await refused({"table": {"xlsx": "%"}} | QUERY))[2] == "table.xlsx"


async def test_values_are_typed() -> None:
    csv = "day,price,share,when,score\n2024-05-01,$3.50,12.5%,10:30,3-1\n2024-05-02,$4,7%,,0-0\n"
    body = {"table": {"csv": csv}, "query": "SELECT * FROM t"}
    first, second = (await answered(ScriptedEngine(), body))["result"]["rows"]
    assert first[:3] == ["2024-05-01", 3.5, 12.5]
    assert second[1] == 4
    assert second[3] is None


async def test_queries_that_differ_are_alternatives() -> None:
    engine = ScriptedEngine(
        lambda request: 'SELECT MIN("age") FROM t' if request.n == 1 else 'SELECT MAX("age") FROM t'
    )
    body = {"table": {"csv": CSV}, "question": "How old?", "n": 3}
    answer = await answered(engine, body)
    assert answer["confidence"] == pytest.approx(2 / 3)
    assert answer["result"]["rows"] == [[32]]
    (other,) = answer["alternatives"]
    assert (other["query"], other["votes"]) == ('SELECT MIN("age") FROM t', 1)


async def test_one_query_is_the_likeliest_and_settings_reach_the_engine() -> None:
    engine = ScriptedEngine(lambda _: "SELECT COUNT(*) FROM t")
    body: Json = {"table": {"csv": CSV}, "question": "How many?"}
    await answered(engine, body | {"n": 1})
    (only,) = engine.requests
    assert (only.n, only.sampling.temperature) == (1, 0)
    await answered(engine, body | {"n": 4, "temperature": 1.5, "seed": 7})
    samples = engine.requests[-1]
    assert (samples.n, samples.sampling.temperature, samples.sampling.seed) == (3, 1.5, 7)


async def test_a_follow_up_brings_the_earlier_turns() -> None:
    engine = ScriptedEngine(lambda _: "SELECT COUNT(*) FROM t")
    turns = [{"question": "Who is it?", "query": 'SELECT "name" FROM t'}]
    await answered(engine, {"table": {"csv": CSV}, "question": "How many?", "turns": turns})
    contents = [m.content for m in engine.requests[0].prompt if isinstance(m, Message)]
    assert contents[1:3] == ["Who is it?", 'SELECT "name" FROM t']


async def test_no_query_that_runs_is_a_failed_answer_not_an_error() -> None:
    answer = await answered(
        ScriptedEngine(lambda _: "nonsense"), {"table": {"csv": CSV}, "question": "Who?"}
    )
    assert (answer["status"], answer["answer"], answer["result"]) == ("failed", "", None)
    assert answer["verdict"]["status"] == "unchecked"


async def test_the_model_s_own_words_are_marked() -> None:
    engine = ScriptedEngine(lambda _: "Three people.")
    for mode, question in (("text", "Who?"), ("auto", "Summarise the table")):
        body = {"table": {"csv": CSV}, "question": question, "mode": mode}
        answer = await answered(engine, body)
        assert (answer["answer"], answer["status"]) == ("Three people.", "text")
        assert answer["verdict"]["status"] == "unchecked"


async def test_a_kind_and_a_table_of_several_are_chosen() -> None:
    html = ARTICLE + "<table><tr><th>k</th></tr><tr><td>007</td></tr></table>"
    body: Json = {
        "table": {"html": html, "index": 1, "kinds": {"k": "text"}},
        "query": 'SELECT "k" FROM t',
    }
    answer = await answered(ScriptedEngine(), body)
    assert answer["result"]["rows"] == [["007"]]
    assert answer["table"]["found"] == 2


QUERY: Json = {"query": "SELECT COUNT(*) FROM t"}
TABLE: Json = {"table": {"csv": CSV}}


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "invalid_value", "table"),
        (TABLE, "invalid_value", "question"),
        (TABLE | QUERY | {"fields": ["a"]}, "invalid_value", "question"),
        (TABLE | {"question": "Who?", "fields": ["a"]}, "invalid_value", "question"),
        (TABLE | {"question": " "}, "invalid_value", "question"),
        (TABLE | {"question": "x" * 2000}, "invalid_value", "question"),
        (TABLE | QUERY | {"stream": True}, "unsupported_field", "stream"),
        (TABLE | QUERY | {"mode": "text"}, "invalid_value", "mode"),
        (TABLE | QUERY | {"turns": [{"question": "a", "query": "b"}]}, "invalid_value", "turns"),
        (TABLE | {"question": "Who?", "n": 99}, "invalid_value", "n"),
        (TABLE | {"question": "Who?", "n": 0}, "invalid_value", "n"),
        (TABLE | {"question": "Who?", "temperature": 3}, "invalid_value", "temperature"),
        (TABLE | {"question": "Who?", "model": "gpt-4"}, "model_not_found", "model"),
        (TABLE | {"query": "DROP TABLE t"}, "invalid_query", "query"),
        (TABLE | {"query": 'SELECT "nope" FROM t'}, "invalid_query", "query"),
        (TABLE | {"query": "SELECT * FROM read_csv('/etc/passwd')"}, "invalid_query", "query"),
        (TABLE | {"schema": True}, "invalid_value", "schema"),
        (TABLE | {"schema": {"type": "array"}}, "invalid_value", "schema"),
        (TABLE | {"fields": []}, "invalid_value", "fields"),
        (TABLE | {"fields": [f"f{i}" for i in range(21)]}, "invalid_value", "fields"),
        ({"table": {}} | QUERY, "invalid_value", "table"),
        ({"table": {"csv": CSV, "html": ARTICLE}} | QUERY, "invalid_value", "table"),
        ({"table": {"csv": CSV, "url": "http://x"}} | QUERY, "unsupported_field", "table.url"),
        ({"table": {"text": "hello"}} | QUERY, "invalid_value", "table"),
        ({"table": {"csv": CSV, "index": 4}} | QUERY, "invalid_value", "index"),
        ({"table": {"csv": CSV, "kinds": {"name": "integer"}}} | QUERY, "invalid_value", "kind"),
        ({"table": {"csv": CSV, "kinds": {"nope": "text"}}} | QUERY, "invalid_value", "column"),
        ({"table": {"records": []}} | QUERY, "invalid_value", "table.records"),
        ({"table": {"records": [{}]}} | QUERY, "invalid_value", "table"),
        ({"table": {"records": [{"a": 1}], "index": 1}} | QUERY, "invalid_value", "table.index"),
    ],
)
async def test_what_cannot_be_done_is_told(body: Json, code: str, param: str) -> None:
    status, got_code, got_param = await refused(body)
    assert status in (400, 404)
    assert (got_code, got_param) == (code, param)


async def test_records_hold_values_of_one_level() -> None:
    status, _, param = await refused({"table": {"records": [{"a": {"b": 1}}]}} | QUERY)
    assert status == 400
    assert param is not None
    assert param.startswith("table.records")


async def test_errors_of_the_engine_have_their_status() -> None:
    engine = ScriptedEngine()
    engine.refusal = EngineBusy("The queue is full.", "队列已满。")
    assert await refused(TABLE | {"question": "Who?"}, engine) == (503, "engine_busy", None)
    engine.refusal = ModelLoading("Still loading.", "仍在加载。")
    assert (await refused(TABLE | {"question": "Who?"}, engine))[0] == 503


async def test_keys_languages_and_limits_are_those_of_the_other_routes() -> None:
    settings = ApiSettings(api_keys=("secret",), max_body_bytes=1000)
    async with browserless(ScriptedEngine(), settings) as client:
        assert (await client.post(ASK, json=TABLE | QUERY)).status_code == 401
        client.headers["authorization"] = "Bearer secret"
        assert (await client.post(ASK, json=TABLE | QUERY)).status_code == 200
        large = {"table": {"csv": CSV + "x,1\n" * 500}}
        assert (await client.post(ASK, json=large | QUERY)).status_code == 413
        wrong = await client.post(
            ASK, json=TABLE | {"query": "DROP"}, headers={"accept-language": "zh-CN"}
        )
        assert "SELECT" in wrong.json()["error"]["message"]
        assert "查询" in wrong.json()["error"]["message"]
        assert (await client.get(ASK)).status_code == 405


async def test_the_route_is_described() -> None:
    async with browserless(ScriptedEngine()) as client:
        described: dict[str, Any] = (await client.get("/openapi.json")).json()
    route = described["paths"][ASK]["post"]
    body = route["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = described["components"]["schemas"][body.rpartition("/")[2]]
    assert {"table", "question", "query", "fields", "schema", "n"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert "TableSource" in described["components"]["schemas"]


async def test_answers_are_counted() -> None:
    engine = ScriptedEngine(lambda _: "SELECT COUNT(*) FROM t")
    async with browserless(engine) as client:
        await client.post(ASK, json=TABLE | {"question": "How many?"})
        metrics = (await client.get("/metrics")).text
    assert 'qwen_choices_total{finish_reason="stop"} 7.0' in metrics
    assert f'qwen_http_requests_total{{route="{ASK}",status="200"}} 1.0' in metrics


def test_it_works_with_curl_and_ends_when_the_client_leaves(serve: Serve) -> None:
    engine = ScriptedEngine(lambda _: YOUNGEST)
    url = serve(engine)
    body = json.dumps({"table": {"html": ARTICLE}, "question": "谁是最年轻的人？"})
    command = ["curl", "-s", f"{url}{ASK}", "-H", "Content-Type: application/json", "-d", body]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert "王五" in json.loads(done.stdout)["answer"]
    engine.gate = threading.Semaphore(2)
    left = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    eventually(lambda: len(engine.requests) == 4)
    left.kill()
    left.wait()
    eventually(lambda: len(engine.cancelled) == 2)
    engine.gate.release(10_000)


async def test_many_fields_do_not_fill_the_engine_s_queue() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def script(_: Request) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1
        return "SELECT COUNT(*) FROM t"

    fields = [f"f{i}: How many?" for i in range(20)]
    async with asyncio.timeout(60):
        answer = await answered(ScriptedEngine(script), TABLE | {"fields": fields, "n": 2})
    assert len(answer["document"]) == 20
    assert most <= 8
