"""Schemas from an example document."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.features.json_mode.example import schema_of_example


@pytest.mark.parametrize(
    ("document", "schema"),
    [
        ("x", {"type": "string"}),
        (1, {"type": "integer"}),
        (1.5, {"type": "number"}),
        (True, {"type": "boolean"}),
        (None, {"type": "null"}),
        ({}, {"type": "object"}),
        ([], {"type": "array"}),
        (["2026-02-28"], {"type": "array", "items": {"type": "string", "format": "date"}}),
        (["2026-02-28", "2026-02-30"], {"type": "array", "items": {"type": "string"}}),
        ("2026-02-28T10:00:00Z", {"type": "string", "format": "date-time"}),
        ("2026-02-28T10:00:00", {"type": "string"}),
        ("li@example.org", {"type": "string", "format": "email"}),
        ("https://example.org/a?b", {"type": "string", "format": "uri"}),
        ([1, 2.5], {"type": "array", "items": {"type": "number"}}),
        ([1, None, 2.5], {"type": "array", "items": {"type": ["number", "null"]}}),
        ([1, True], {"type": "array", "items": {"type": ["integer", "boolean"]}}),
        (
            [{"a": 1}, "x"],
            {
                "type": "array",
                "items": {
                    "anyOf": [
                        {
                            "type": "object",
                            "properties": {"a": {"type": "integer"}},
                            "required": ["a"],
                            "additionalProperties": False,
                        },
                        {"type": "string"},
                    ]
                },
            },
        ),
        (
            [{"a": 1, "b": "x"}, {"c": None, "a": 2}],
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "a": {"type": "integer"},
                        "b": {"type": "string"},
                        "c": {"type": "null"},
                    },
                    "required": ["a"],
                    "additionalProperties": False,
                },
            },
        ),
    ],
)
def test_the_schema_has_what_the_document_has(document: Any, schema: dict[str, Any]) -> None:
    assert schema_of_example(json.dumps(document)) == schema


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["2026-01-01", "a@b.c", "https://a.b", "2026-01-01T00:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
)


@given(documents)
def test_a_document_is_valid_under_its_own_schema(document: Any) -> None:
    schema = schema_of_example(json.dumps(document))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" ", "no document"),
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ('{"a": NaN}', "NaN"),
        ("[" * 100_000, "nested too deep"),
        (f'"{"x" * 200_001}"', "at most"),
    ],
)
def test_what_is_no_document_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        schema_of_example(text)
    assert says in caught.value.en
    assert caught.value.zh != caught.value.en
