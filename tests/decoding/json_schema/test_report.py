"""The pre-flight report, and what a validator says of a document."""

import json
import re
from datetime import date
from typing import Any

import pytest

from qwen_app.decoding.json_schema.compile import compile_schema
from qwen_app.decoding.json_schema.report import Entry, Report, preflight
from tests.decoding.json_schema.grammars import Grammar


def report(schema: Any) -> Report:
    return preflight(json.dumps(schema))


def places(entries: tuple[Entry, ...]) -> set[str]:
    return {entry.path for entry in entries}


def test_every_keyword_is_either_enforced_or_checked() -> None:
    found = report(
        {
            "type": "object",
            "properties": {
                "a/b": {"type": "string", "pattern": "^(?!x)", "maxLength": 9},
                "tags": {"type": "array", "items": {"enum": ["x", "y"]}, "uniqueItems": True},
            },
            "required": ["a/b"],
            "additionalProperties": False,
        }
    )
    assert found.ok
    assert found.dialect == "2020-12"
    assert places(found.checked) == {
        "/properties/a~1b/pattern",
        "/properties/tags/uniqueItems",
    }
    assert places(found.enforced) == {
        "/type",
        "/properties",
        "/required",
        "/additionalProperties",
        "/properties/a~1b/type",
        "/properties/a~1b/maxLength",
        "/properties/tags/type",
        "/properties/tags/items",
        "/properties/tags/items/enum",
    }
    assert not places(found.enforced) & places(found.checked)
    assert found.problems == ()


def test_every_text_is_in_both_languages() -> None:
    found = report(
        {
            "type": "object",
            "nullable": True,
            "properties": {
                "a": {"type": "string", "format": "nonsense"},
                "b": {"type": "array", "maxItms": 3, "contains": {}},
                "c": {"allOf": [{"minimum": 3}, {"maximum": 2}], "type": "integer"},
                "d": {"$ref": "#"},
            },
        }
    )
    entries = [*found.enforced, *found.checked, *found.warnings]
    assert len(entries) > 12
    for entry in entries:
        assert entry.en
        assert any("\u4e00" <= character <= "\u9fff" for character in entry.zh)
    assert json.loads(json.dumps(found.to_json()))["warnings"]


WARNINGS = [
    ({"type": "string"}, "type", "", "without maxLength"),
    ({"type": "array", "items": {"type": "null"}}, "type", "", "without maxItems"),
    ({"type": "object"}, "additionalProperties", "", "other keys"),
    (
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False},
        "$ref",
        "",
        "Recursive",
    ),
    ({"properties": {"a": {"maxLenght": 3}}}, "maxLenght", "/properties/a/maxLenght", "maxLength?"),
    ({"type": "null", "nullable": True}, "nullable", "/nullable", "OpenAPI"),
    ({"dependencies": {"a": ["b"]}}, "dependencies", "/dependencies", "draft-07"),
    ({"type": "string", "format": "text"}, "format", "/format", "only a remark"),
    (
        {"type": "object", "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 2}}},
        "minimum",
        "/properties/a/minimum",
        "never be met",
    ),
    (
        {"type": "object", "properties": {"a": {"enum": ["x"], "pattern": "^y"}}},
        "enum",
        "/properties/a/enum",
        "never be met",
    ),
    ({"items": [{"type": "null"}]}, "$schema", "", "Read as 2019-09"),
    ({"$schema": "http://example.com/mine", "type": "null"}, "$schema", "/$schema", "not known"),
    (
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$ref": "#/definitions/x",
            "minimum": 1,
            "definitions": {"x": {}},
        },
        "minimum",
        "/minimum",
        "ignores what stands beside $ref",
    ),
]


@pytest.mark.parametrize(("schema", "keyword", "path", "says"), WARNINGS)
def test_what_a_reader_should_know(schema: Any, keyword: str, path: str, says: str) -> None:
    found = report(schema)
    assert found.ok
    assert any(
        entry.keyword == keyword and entry.path == path and says in entry.en
        for entry in found.warnings
    ), found.warnings


def test_a_misspelled_type_is_told_which_types_there_are() -> None:
    (problem,) = report({"properties": {"a": {"type": "strng"}}}).problems
    assert (problem.keyword, problem.path) == ("type", "/properties/a/type")
    assert "integer, number, string" in problem.en
    assert "integer, number, string" in problem.zh


PROBLEMS = [
    ({"type": "integer", "minimum": 5, "maximum": 3}, "minimum", "/minimum"),
    ({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 4}, None, None),
    ({"allOf": [{"enum": [1, 2]}, {"enum": [3]}]}, "enum", "/allOf/1/enum"),
    ({"type": "string", "minLength": 3, "maxLength": 2}, None, None),
    ({"type": "string", "pattern": "^a{5}$", "maxLength": 3}, "pattern", "/pattern"),
    ({"type": "object", "properties": {"a": False}, "required": ["a"]}, "required", ""),
    ({"type": "array", "minItems": 3, "maxItems": 2}, None, None),
    ({"type": "array", "prefixItems": [True], "items": False, "minItems": 2}, None, None),
    ({"allOf": [{"type": "string"}, {"type": "null"}]}, "type", "/allOf/1/type"),
    ({"type": "object", "minProperties": 2, "maxProperties": 1}, "maxProperties", "/maxProperties"),
    (
        {"type": "object", "required": ["a"], "properties": {"a": {"const": 1, "enum": [2]}}},
        None,
        None,
    ),
    (False, None, None),
]


@pytest.mark.parametrize(("schema", "keyword", "path"), PROBLEMS)
def test_what_no_document_can_satisfy_is_a_problem(
    schema: Any, keyword: str | None, path: str | None
) -> None:
    found = report(schema)
    assert not found.ok
    (problem,) = found.problems
    assert "no document is valid" in problem.en
    assert keyword is None or problem.keyword == keyword
    assert path is None or problem.path == path


LENGTHS = [
    ({"enum": ["a", "bcd"]}, 3, 5),
    ({"type": "boolean"}, 4, 5),
    ({"type": "string", "minLength": 2, "maxLength": 3}, 4, 2 + 6 * 3),
    ({"type": "array", "items": {"type": "null"}, "minItems": 2, "maxItems": 3}, 11, 17),
    (
        {
            "type": "object",
            "properties": {"名": {"type": "boolean"}, "b": {"type": "null"}},
            "required": ["名"],
            "additionalProperties": False,
        },
        12,
        22,
    ),
    ({"type": "integer", "minimum": 100, "maximum": 999}, 3, 4),
    (
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False},
        2,
        None,
    ),
    ({"type": "string"}, 2, None),
    ({}, 1, None),
]


@pytest.mark.parametrize(("schema", "least", "most"), LENGTHS)
def test_the_least_and_the_most_length(schema: Any, least: int, most: int | None) -> None:
    found = report(schema)
    assert found.least_tokens is not None
    assert least <= found.least_tokens <= least + 1
    assert (
        found.most_tokens is None if most is None else most <= (found.most_tokens or 0) <= most + 3
    )


VIOLATIONS = [
    (
        {"properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"type": "null"}}},
        {"a": 1},
        "/a",
        "type",
        "/$defs/x/type",
    ),
    (
        {"properties": {"a~/b": {"minimum": 3}}},
        {"a~/b": 1},
        "/a~0~1b",
        "minimum",
        "/properties/a~0~1b/minimum",
    ),
    ({"items": {"required": ["x"]}}, [{"x": 1}, {}], "/1", "required", "/items/required"),
    (
        {"additionalProperties": False},
        {"a": 1},
        "/a",
        "additionalProperties",
        "/additionalProperties",
    ),
    ({"properties": {"a": False}}, {"a": 1}, "/a", "false", "/properties/a"),
    ({"if": {"type": "string"}, "then": {"minLength": 3}}, "a", "", "minLength", "/then/minLength"),
    (
        {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"type": "null"}}}]},
        {"a": 3},
        "/a",
        "type",
        "/anyOf/1/properties/a/type",
    ),
    (
        {"patternProperties": {"^a": {"type": "null"}}},
        {"ab": 1},
        "/ab",
        "type",
        "/patternProperties/^a/type",
    ),
    ({"type": "string", "format": "date"}, "2023-02-29", "", "format", "/format"),
    ({"enum": ["a"]}, "b", "", "enum", "/enum"),
]


@pytest.mark.parametrize(("schema", "document", "path", "keyword", "place"), VIOLATIONS)
def test_a_violation_has_its_place_in_document_and_schema(
    schema: Any, document: Any, path: str, keyword: str, place: str
) -> None:
    found = compile_schema(json.dumps(schema)).validate(document)[0]
    assert (found.path, found.keyword, found.schema_path) == (path, keyword, place)
    assert found.en
    assert any("\u4e00" <= character <= "\u9fff" for character in found.zh)


FORMATS = [
    (
        "date-time",
        ["2024-02-29T12:00:00Z", "2024-01-01T00:00:00.5+08:00"],
        ["2023-02-29T12:00:00Z", "2024-01-01", "0000-01-01T00:00:00Z", "2024-01-01T23:59:60Z"],
    ),
    ("date", ["2024-02-29", "0001-01-01"], ["2024-2-9", "20240229", "0000-02-29", "1900-02-29"]),
    ("time", ["12:00:00Z", "00:00:00.123456789012-00:30"], ["25:00:00Z", "12:00", "23:59:60Z"]),
    ("duration", ["P1Y2M", "PT1H"], ["P", "1Y"]),
    ("email", ["a.b@example.com"], ["a", "a@b@c"]),
    ("hostname", ["example.com"], ["-a", "a_b"]),
    ("ipv4", ["192.0.2.1"], ["256.0.0.1", "1.2.3"]),
    ("ipv6", ["2001:db8::1", "::", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1"], ["1::2::3", ":::"]),
    ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"]),
    ("uri", ["https://example.com/a?b#c", "mailto:a@b"], ["a b", "/a"]),
    ("uri-reference", ["/a?b", "#x"], ["a b"]),
    ("json-pointer", ["", "/a~0b/c"], ["a", "/~2"]),
    ("regex", ["^a+$"], ["("]),
    ("iri", ["http://例子.中国/路"], ["路 径"]),
]


@pytest.mark.parametrize(("name", "valid", "invalid"), FORMATS)
def test_formats(name: str, valid: list[str], invalid: list[str]) -> None:
    ready = compile_schema(json.dumps({"type": "string", "format": name}))
    grammar = Grammar(ready.grammar_schema)
    for text in valid:
        assert ready.validate(text) == [], text
        assert grammar.allows(text), text
    for text in invalid:
        assert ready.validate(text), text
        assert not (ready.exact and grammar.allows(text)), text


def test_the_grammar_knows_the_calendar() -> None:
    """Every day of years of each kind, and the days that are none."""
    ready = compile_schema('{"type": "string", "format": "date"}')
    assert ready.exact
    assert isinstance(ready.grammar_schema, dict)
    pattern = re.compile(str(ready.grammar_schema["pattern"]))
    for year in (0, 1, 4, 99, 100, 400, 999, 1900, 1904, 2000, 2023, 2024, 2100, 9996, 9999):
        for month in range(14):
            for day in range(33):
                text = f"{year:04}-{month:02}-{day:02}"
                assert bool(pattern.search(text)) == _is_date(text), text


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
