"""What the model reads in JSON mode."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.features.json_mode.prompt import build_messages, language_of
from qwen_app.features.json_mode.shape import shape

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "full  name\n"},
        "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "level": {"enum": ["low", "high"]},
    },
    "required": ["name", "age", "level"],
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, "any"),
        ({}, "any"),
        (False, "never"),
        (
            PERSON,
            '{"name":string(full name),"age":integer>=0,"tags"?:[string]<=5,"level":"low"|"high"}',
        ),
        ({"type": ["string", "null"]}, "string|null"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "pattern": "^a+$", "maxLength": 3}, "string /^a+$/<=3"),
        ({"minimum": 1, "exclusiveMaximum": 2.5}, "number>=1<2.5"),
        ({"const": {"a": "中"}}, '{"a":"中"}'),
        ({"anyOf": [{"type": "string"}, {"type": "string"}, True]}, "string|any"),
        (
            {"allOf": [{"type": "object"}, {"enum": [1, 2]}], "type": ["object", "null"]},
            "object&(1|2)&(object|null)",
        ),
        ({"type": "array", "items": True, "minItems": 2, "maxItems": 2}, "[any]=2"),
        (
            {"prefixItems": [{"type": "string"}, True], "items": {"type": "null"}},
            "[string,any,...null]",
        ),
        ({"items": [{"type": "string"}], "additionalItems": True}, "[string]"),
        ({"type": "object", "required": ["a"]}, '{"a":any}'),
        (
            {"patternProperties": {"^x": {"type": "null"}}, "additionalProperties": {"const": 1}},
            "{/^x/:null,...:1}",
        ),
        ({"type": "integer", "not": {"const": 3}}, 'integer with {"not":{"const":3}}'),
        (
            {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "boolean"}}},
            "boolean",
        ),
        (
            {
                "$ref": "#/$defs/node",
                "$defs": {"node": {"items": {"$ref": "#/$defs/node"}}},
            },
            "node\nnode=[node]",
        ),
        ({"items": {"$ref": "#"}}, "whole=[whole]"),
        ({"$ref": "https://example.org/other.json"}, "any"),
        ({"type": "no such type"}, "any"),
    ],
)
def test_a_schema_is_written_as_the_shape_of_its_documents(schema: Any, expected: str) -> None:
    assert shape(schema) == expected


def test_a_hostile_schema_ends_soon() -> None:
    """Each definition names the one before twice: written out, it would have 2^60 parts."""
    defs: dict[str, Any] = {"d0": {"type": "string"}}
    for i in range(60):
        ref = {"$ref": f"#/$defs/d{i}"}
        defs[f"d{i + 1}"] = {"type": "object", "properties": {"a": ref, "b": ref}}
    assert len(shape({"$ref": "#/$defs/d60", "$defs": defs})) < 100_000
    deep: Any = {}
    for _ in range(5_000):
        deep = {"items": deep}
    assert len(shape(deep)) < 1_000


KEYWORDS = [
    *("type", "properties", "items", "enum", "anyOf", "allOf", "required", "$ref", "minItems"),
    *("prefixItems", "description", "format", "pattern", "minimum", "a", "b"),
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYWORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(anything)
def test_whatever_is_given_is_described(value: Any) -> None:
    assert shape(value)
    assert build_messages("text", json.dumps(value))[0].content


def test_schema_and_instructions_come_before_the_text() -> None:
    first, second = (
        build_messages(text, PERSON, " Names in capitals. \n") for text in ("One.", " Two. ")
    )
    assert first[0] == second[0]
    assert first[0].content == (
        f"Read the text and answer in JSON:\n{shape(PERSON)}\nNames in capitals."
    )
    assert [m.role for m in second] == ["system", "user"]
    assert second[1].content == "Two."


def test_a_schema_may_be_text_or_a_value() -> None:
    assert build_messages("x", json.dumps(PERSON)) == build_messages("x", PERSON)
    assert build_messages("x", "{broken") == build_messages("x", True)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The invoice of May", "en"),
        ("张三的发票", "zh"),
        ("请看 invoice No. 12，金额 300 元", "zh"),
        ("A long English sentence that names 北京 once.", "en"),
        ("", "en"),
        ("123", "en"),
    ],
)
def test_the_frame_speaks_the_language_of_the_text(text: str, language: str) -> None:
    assert language_of(text) == language
    assert build_messages(text, True, language="zh")[0].content.startswith("阅读")
