"""What JSON mode's scripts may call, at the border."""

import base64
import json
from typing import Any

import pytest
from fastapi import HTTPException

from qwen_app.errors import InvalidInput
from qwen_app.features.prompts.library import Library
from qwen_app.ui.json_tab import check_schema, from_example, from_fields, read_table
from qwen_app.ui.json_wire import ROWS_AT_ONCE, AskJson, AskRows
from qwen_app.ui.wire import parse

ID = "a" * 32
NONSENSE: list[Any] = [None, [], "x", {}, {"text": 1}, {"text": "{}", "more": 1}]


async def test_a_schema_is_reported_on() -> None:
    good = await check_schema({"text": '{"type": "object"}'})
    assert good["ok"]
    bad = await check_schema({"text": '{"type": "strin"}'})
    assert not bad["ok"]
    assert bad["problems"][0]["en"] != bad["problems"][0]["zh"]
    json.dumps([good, bad])


async def test_schemas_are_made_or_the_error_says_why() -> None:
    made = await from_fields({"text": "姓名: 文本"})
    assert "姓名" in made["schema"]
    assert (await from_fields({"text": "a"}))["error"]["param"] == "line 1"
    assert json.loads((await from_example({"text": "[1]"}))["schema"])["type"] == "array"
    assert (await from_example({"text": "["}))["error"]["code"] == "invalid_value"


async def test_a_table_is_read_or_the_error_says_why() -> None:
    data = base64.b64encode("文本\n你好".encode("gb18030")).decode()
    sheet = (await read_table({"name": "a.csv", "data": data}))["sheet"]
    assert sheet["rows"] == [{"row": 1, "values": ["你好"], "problem": None}]
    assert "error" in await read_table({"name": "a.csv", "data": ""})
    assert "error" in await read_table({"name": "a.csv", "data": "no base64!"})


@pytest.mark.parametrize("call", NONSENSE)
async def test_nonsense_is_refused(call: Any) -> None:
    with pytest.raises(HTTPException):
        await check_schema(call)
    for function in (from_fields, from_example, read_table):
        assert "error" in await function(call)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"layout": "wide"},
        {"overrides": {"temperature": "hot"}},
        {"text": None},
        {"more": 1},
    ],
)
def test_an_order_is_strict(change: dict[str, Any]) -> None:
    order = {"id": ID, "schema_text": "true", "text": "x"}
    assert parse(AskJson, order).task(Library(())).layout == "pretty"
    with pytest.raises(InvalidInput):
        parse(AskJson, order | change)


def test_rows_become_tasks_on_one_line_each() -> None:
    row = {"row": 3, "text": "x"}
    tasks = parse(AskRows, {"id": ID, "schema_text": "true", "rows": [row]}).tasks(Library(()))
    assert list(tasks) == [3]
    assert tasks[3].layout == "compact"
    for rows in ([], [row] * (ROWS_AT_ONCE + 1)):
        with pytest.raises(InvalidInput):
            parse(AskRows, {"id": ID, "schema_text": "true", "rows": rows})
