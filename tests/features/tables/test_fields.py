"""JSON over a table: typed, rounded, checked."""

from typing import Any

import pytest

from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import AppError
from qwen_app.features.tables.fields import FieldsAnswer, FieldsTask, fill
from qwen_app.features.tables.wanted import Field, wanted_fields
from qwen_app.messages import Message, Request, SamplingParams
from tests.features.tables.making import PEOPLE

ARTICLE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "oldest_person": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "city": {"type": "string"}},
            "required": ["name", "city"],
            "additionalProperties": False,
        },
        "average_age": {"type": "number"},
    },
    "required": ["oldest_person", "average_age"],
    "additionalProperties": False,
}
QUERIES = {
    "name": 'SELECT "姓名" FROM t ORDER BY "年龄" DESC LIMIT 1',
    "city": 'SELECT "城市" FROM t ORDER BY "年龄" DESC LIMIT 1',
    "average": 'SELECT AVG("年龄") FROM t',
    "count": "SELECT COUNT(*) FROM t",
    "all": 'SELECT "姓名" FROM t',
    "any over": 'SELECT EXISTS (SELECT * FROM t WHERE "年龄" > 30)',
    "nobody": 'SELECT "姓名" FROM t WHERE "年龄" > 99',
    "rows": 'SELECT "姓名", "年龄" FROM t ORDER BY "年龄" LIMIT 1',
}


def script(request: Request) -> str:
    last = request.prompt[-1]
    assert isinstance(last, Message)
    return next(query for word, query in QUERIES.items() if word in last.content)


def filled(wanted: Any, instruction: str = "") -> FieldsAnswer:
    engine = ScriptedEngine(script)
    answer = fill(
        engine,
        FieldsTask(PEOPLE, wanted_fields(wanted), instruction),
        defaults=SamplingParams(),
        context_length=4096,
        count_tokens=engine.count_tokens,
    )
    engine.close()
    return answer


def one(schema: dict[str, Any], instruction: str = "") -> FieldsAnswer:
    """Of a schema with the one property ``x``."""
    return filled({"type": "object", "properties": {"x": schema}, "required": ["x"]}, instruction)


def test_the_article() -> None:
    answer = filled(ARTICLE)
    assert answer.document == {
        "oldest_person": {"name": "李四", "city": "北京"},
        "average_age": 28.3,
    }
    assert answer.is_valid
    assert [each.answer.status for each in answer.fields] == ["agreed"] * 3


def test_names_instead_of_a_schema() -> None:
    answer = filled(["oldest_person.name", "average_age", "count", "all"])
    assert answer.document == {
        "oldest_person": {"name": "李四"},
        "average_age": 28.3,
        "count": 3,
        "all": ["张三", "李四", "王五"],
    }


@pytest.mark.parametrize(
    ("schema", "instruction", "value"),
    [
        ({"type": "number", "description": "average, 2 decimals"}, "", 28.33),
        ({"type": "number", "description": "average"}, "保留两位小数", 28.33),
        ({"type": "number", "description": "average", "multipleOf": 0.01}, "", 28.33),
        ({"type": "integer", "description": "average to the nearest whole number"}, "", 28),
        ({"type": "integer", "description": "count"}, "", 3),
        ({"type": "string", "description": "count"}, "", "3"),
        ({"type": "boolean", "description": "any over"}, "", True),
        ({"type": "array", "items": {"type": "string"}, "description": "all"}, "",
         ["张三", "李四", "王五"]),
        ({"type": ["string", "null"], "description": "nobody"}, "", None),
        ({"type": "number", "description": "rows"}, "", 25),
        ({"type": "string", "description": "rows"}, "", "王五"),
    ],
)  # fmt: skip
def test_values_are_typed_and_rounded(schema: dict[str, Any], instruction: str, value: Any) -> None:
    answer = one(schema, instruction)
    assert answer.document == {"x": value}
    assert type(answer.document["x"]) is type(value)
    assert answer.is_valid


@pytest.mark.parametrize(
    ("schema", "hint"),
    [
        ({"type": "integer", "description": "average"}, "no whole number"),
        ({"type": "number", "description": "name"}, "no number"),
        ({"type": "boolean", "description": "name"}, "neither true nor false"),
        ({"type": "string", "description": "all"}, "3 values"),
        ({"type": "string", "description": "nobody"}, "no query found it"),
        ({"type": "number", "description": "average", "maximum": 20}, "x"),
    ],
)
def test_what_does_not_fit_is_said_and_not_bent(schema: dict[str, Any], hint: str) -> None:
    answer = one(schema)
    assert not answer.is_valid
    assert hint in answer.problems[0].en
    assert any("\u4e00" <= c <= "\u9fff" for c in answer.problems[0].zh)


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [""],
        ["a."],
        ["a", "a.b"],
        [f"f{i}" for i in range(21)],
        {"type": "object"},
        {"type": "array"},
        {"type": "object", "properties": {"a": {"type": ["string", "number"]}}},
        {"type": "object", "properties": {"a": {"type": "unheard of"}}},
    ],
)
def test_wishes_that_cannot_be_met(wanted: Any) -> None:
    with pytest.raises(AppError):
        wanted_fields(wanted)


@pytest.mark.parametrize(
    ("field", "question"),
    [
        (Field(("average_age",)), "What is the average age?"),
        (Field(("oldest_person", "name")), "What is the name of the oldest person?"),
        (Field(("最年长的人", "姓名")), "最年长的人的姓名是什么？"),
        (Field(("x",), description="谁最大？"), "谁最大？"),
    ],
)
def test_the_question_of_a_field(field: Field, question: str) -> None:
    assert field.question == question
