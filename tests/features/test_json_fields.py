"""Schemas from a list of fields."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.features.json_mode.field_types import ALIASES, TYPES
from qwen_app.features.json_mode.fields import schema_of_fields


def of(text: str) -> dict[str, Any]:
    """The properties of the schema."""
    properties: dict[str, Any] = schema_of_fields(text)["properties"]
    return properties


@pytest.mark.parametrize(
    ("type_", "schema"),
    [
        ("str", {"type": "string"}),
        ("文本", {"type": "string"}),
        ("int >= 0", {"type": "integer", "minimum": 0}),
        ("整数 ≥ 0 ≤ 9", {"type": "integer", "minimum": 0, "maximum": 9}),
        ("float > 0.5", {"type": "number", "exclusiveMinimum": 0.5}),
        ("小数 < -1", {"type": "number", "exclusiveMaximum": -1}),
        ("int 1..5", {"type": "integer", "minimum": 1, "maximum": 5}),
        ("float 0.5..1.5", {"type": "number", "minimum": 0.5, "maximum": 1.5}),
        ("str <= 20", {"type": "string", "maxLength": 20}),
        ("str > 0", {"type": "string", "minLength": 1}),
        ("list[str] <= 5", {"type": "array", "items": {"type": "string"}, "maxItems": 5}),
        (
            "列表【整数 > 0】",
            {"type": "array", "items": {"type": "integer", "exclusiveMinimum": 0}},
        ),
        ("int[][]", {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
        ("list", {"type": "array"}),
        ("日期", {"type": "string", "format": "date"}),
        ("datetime", {"type": "string", "format": "date-time"}),
        ("是否", {"type": "boolean"}),
        ("any", {}),
        ('"low" | "high"', {"enum": ["low", "high"]}),
        ("“低”｜“高”", {"enum": ["低", "高"]}),
        ('"a" | 1 | true | null | "a"', {"enum": ["a", 1, True, None]}),
        ("1 | true", {"enum": [1, True]}),
        ("str | None", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ('"a#b: \\"c\\""', {"enum": ['a#b: "c"']}),
    ],
)
def test_a_type_is_read(type_: str, schema: dict[str, Any]) -> None:
    assert of(f"x: {type_}") == {"x": schema}
    assert of(f"  x：{type_}  # why") == {"x": schema | {"description": "why"}}


def test_fields_are_required_unless_marked_and_objects_closed() -> None:
    assert schema_of_fields('a: str\nb: str?\nc?: int > 0\n"d: e"?: 日期？\nf: int? > 0') == {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "b": {"type": "string"},
            "c": {"type": "integer", "exclusiveMinimum": 0},
            "d: e": {"type": "string", "format": "date"},
            "f": {"type": "integer", "exclusiveMinimum": 0},
        },
        "required": ["a"],
        "additionalProperties": False,
    }


def test_indentation_nests() -> None:
    schema = schema_of_fields(
        """
# A bill,
# as printed
buyer:   # who pays
    name: str
    address?:
        city: 文本
items: list 1..9
    price: float >= 0
    note: str?
total: float
"""
    )
    assert schema["description"] == "A bill, as printed"
    assert list(schema["properties"]) == ["buyer", "items", "total"]
    buyer = schema["properties"]["buyer"]
    assert buyer["description"] == "who pays"
    assert buyer["required"] == ["name"]
    assert list(buyer["properties"]["address"]["properties"]) == ["city"]
    items = schema["properties"]["items"]
    assert (items["minItems"], items["maxItems"]) == (1, 9)
    assert items["items"]["required"] == ["price"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "no field"),
        ("# only a comment", 1, "no field"),
        ("a: str\nb", 2, "`city: str`"),
        (": str", 1, "`city: str`"),
        ("a: strng", 1, "did you mean `string`"),
        ("a: 文夲", 1, "Types are"),
        ("a: int >=", 1, "`0` was expected"),
        ("a: int 3", 1, "at the end"),
        ("a: list[str", 1, "`]` was expected"),
        ("a: list[str?]", 1, "`]` was expected"),
        ("a: str = 3", 1, "`=` cannot stand here"),
        ('a: "x', 1, "cannot stand here"),
        ("a: bool > 1", 1, "numbers, texts and lists only"),
        ("a: date <= 3", 1, "numbers, texts and lists only"),
        ("a: str >= 1.5", 1, "whole number"),
        ("a: list[int] < -1", 1, "whole number"),
        ("a: int 5..1", 1, "at least 5 and at most 1"),
        ("a: str\n\na: int", 3, "twice"),
        ("a: str\n  b: int", 1, "must be `object` or `list`"),
        ("a: list[str]\n  b: int", 1, "must be `object` or `list`"),
        ("a:\n    b: int\n  c: int", 3, "indentation"),
        ("a:\n  b: int\n   c: int\nd: int", 2, "must be `object` or `list`"),
        ("  a: int\nb: int", 2, "indentation"),
        ("a: str\nb:\nc: str", 2, "neither a type"),
        ("\n".join(" " * i + "a:" for i in range(20)), 13, "deep"),
        ("\n".join(f"f{i}: str" for i in range(501)), 501, "more than 500"),
    ],
)
def test_an_error_names_the_line_and_what_to_write(text: str, line: int, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        schema_of_fields(text)
    assert caught.value.param == f"line {line}"
    assert caught.value.en.startswith(f"Line {line}: ")
    assert caught.value.zh.startswith(f"第 {line} 行：")
    assert says in caught.value.en


@given(st.text(alphabet='ab: \n#?"|[]<>=.0123int列表文本，。\\'))
def test_any_text_is_a_schema_or_an_error_with_its_line(text: str) -> None:
    try:
        schema = schema_of_fields(text)
    except InvalidInput as error:
        param = error.param or ""
    else:
        assert schema["properties"]
        return
    assert param.startswith("line ")


def test_every_alias_stands_for_a_type() -> None:
    assert set(ALIASES.values()) <= set(TYPES)
