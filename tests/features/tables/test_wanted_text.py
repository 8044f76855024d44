"""Wanted fields as a person writes them."""

import pytest

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.wanted_text import read_wanted, wanted_entries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", {"name": "What is the name?"}),
        ("name, age", {"name": "What is the name?", "age": "What is the age?"}),
        (
            "姓名、年龄；城市",
            {"姓名": "姓名是什么？", "年龄": "年龄是什么？", "城市": "城市是什么？"},
        ),
        ("oldest: Who is the oldest: by age?", {"oldest": "Who is the oldest: by age?"}),
        ("最大： 谁最大？\n\n count", {"最大": "谁最大？", "count": "What is the count?"}),
        ("a.b: X?\na.c: Y?", {"a.b": "X?", "a.c": "Y?"}),
        (
            '{"type": "object", "properties": {"n": {"description": "How many?"}}}',
            {"n": "How many?"},
        ),
    ],
)
def test_names_and_questions(text: str, expected: dict[str, str]) -> None:
    wanted = read_wanted(text)
    assert {field.name: field.question for field in wanted.fields} == expected


@pytest.mark.parametrize(
    "text", ["", " \n ", ",", "a, a.b", "a..b", '{"type": "object"', "{}", '{"properties": 1}']
)
def test_what_is_no_list_of_fields_is_told(text: str) -> None:
    with pytest.raises(InvalidInput) as told:
        read_wanted(text)
    assert told.value.zh


def test_entries_are_one_field_each() -> None:
    wanted = wanted_entries(["last, first", "n: How many, all in all?"])
    assert [field.name for field in wanted.fields] == ["last, first", "n"]
    assert wanted.fields[1].question == "How many, all in all?"
