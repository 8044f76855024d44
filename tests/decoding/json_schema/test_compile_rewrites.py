"""Keywords that a grammar can hold after all: what each is rewritten to, and what it allows."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from qwen_app.decoding.json_schema.compile import compile_schema
from tests.decoding.json_schema.grammars import Grammar

AB = {"a": {"type": "integer"}, "b": {"type": "integer"}}
CLOSED = {"type": "object", "properties": AB, "additionalProperties": False}
SHAPES = {
    "oneOf": [
        {
            "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}},
            "required": ["kind"],
        },
        {
            "properties": {"kind": {"const": "square"}, "w": {"type": "number"}},
            "required": ["kind"],
        },
    ],
    "type": "object",
}
D4 = "http://json-schema.org/draft-04/schema#"
D6 = "http://json-schema.org/draft-06/schema#"
D7 = "http://json-schema.org/draft-07/schema#"
D19 = "https://json-schema.org/draft/2019-09/schema"


@dataclass(frozen=True)
class Rewrite:
    name: str
    schema: Any
    allowed: list[Any]
    refused: list[Any]


REWRITES = [
    Rewrite("oneOf of types", {"oneOf": [{"type": "string"}, {"type": "null"}]}, ["x", None], [1]),
    Rewrite(
        "oneOf told apart by a constant",
        SHAPES,
        [{"kind": "circle", "r": 1}, {"kind": "square", "w": 2}],
        [{"kind": "oval"}, {"kind": "circle", "r": "1"}, {}],
    ),
    Rewrite(
        "oneOf told apart by required keys",
        {**CLOSED, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        [{"a": 1}, {"b": 1}],
        [{}, {"a": 1, "b": 1}],
    ),
    Rewrite(
        "oneOf of numbers",
        {"oneOf": [{"type": "integer", "maximum": 3}, {"type": "integer", "minimum": 3}]},
        [2, 4],
        [3],
    ),
    Rewrite(
        "oneOf with patterns that exclude each other",
        {
            "oneOf": [
                {"type": "string", "pattern": "^a[0-9]+$"},
                {"type": "string", "pattern": "^b[0-9]+$"},
            ]
        },
        ["a1", "b22"],
        ["c1", "a"],
    ),
    Rewrite("not of a type", {"not": {"type": ["string", "object"]}}, [1, None, []], ["", {}]),
    Rewrite("not of a constant", {"type": "string", "not": {"const": "ab"}}, ["a", "abc"], ["ab"]),
    Rewrite(
        "not within an enumeration",
        {"enum": ["a", "b", 3], "not": {"enum": ["b", 3]}},
        ["a"],
        ["b", 3],
    ),
    Rewrite(
        "not both keys",
        {**CLOSED, "not": {"required": ["a", "b"]}},
        [{}, {"a": 1}],
        [{"a": 1, "b": 2}],
    ),
    Rewrite(
        "not of a key's value",
        {**CLOSED, "not": {"properties": {"a": {"minimum": 5}}, "required": ["a"]}},
        [{"a": 4}, {"b": 9}],
        [{"a": 5}],
    ),
    Rewrite("not not", {"not": {"not": {"type": "null"}}}, [None], [0]),
    Rewrite(
        "not of anyOf", {"not": {"anyOf": [{"type": "null"}, {"minimum": 3}]}}, [2], [3, None, "x"]
    ),
    Rewrite(
        "if with else",
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}, "x": {"type": "null"}},
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["x"]},
            "else": {"properties": {"x": False}},
        },
        [{"kind": "a", "x": None}, {"kind": "b"}],
        [{"kind": "a"}, {"kind": "b", "x": None}],
    ),
    Rewrite(
        "dependencies of draft-07",
        {"$schema": D7, **CLOSED, "dependencies": {"a": ["b"]}},
        [{}, {"b": 1}, {"a": 1, "b": 2}],
        [{"a": 1}],
    ),
    Rewrite(
        "dependentSchemas",
        {**CLOSED, "dependentSchemas": {"a": {"properties": {"b": {"minimum": 5}}}}},
        [{"a": 1, "b": 5}, {"b": 1}],
        [{"a": 1, "b": 4}],
    ),
    Rewrite("minProperties 1", {**CLOSED, "minProperties": 1}, [{"a": 1}, {"b": 1}], [{}]),
    Rewrite(
        "minProperties of an open object",
        {"type": "object", "properties": AB, "minProperties": 1},
        [{"a": 1}, {"b": 1}, {"c": None}],
        [{}],
    ),
    Rewrite(
        "maxProperties of a closed object",
        {**CLOSED, "required": ["a"], "maxProperties": 1},
        [{"a": 1}],
        [{"a": 1, "b": 1}, {"b": 1}],
    ),
    Rewrite("maxProperties 0", {"type": "object", "maxProperties": 0}, [{}], [{"a": 1}]),
    Rewrite(
        "propertyNames with a pattern",
        {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
        [{}, {"ab": 1}],
        [{"A": 1}],
    ),
    Rewrite(
        "propertyNames with an enumeration",
        {"type": "object", "propertyNames": {"enum": ["x", "y"]}},
        [{"x": 1}],
        [{"z": 1}],
    ),
    Rewrite(
        "uniqueItems of one", {"type": "array", "uniqueItems": True, "maxItems": 1}, [[1]], [[1, 1]]
    ),
    Rewrite("an unknown format", {"type": "string", "format": "semver"}, ["x"], [1]),
    Rewrite(
        "ipv6", {"type": "string", "format": "ipv6"}, ["::1", "::ffff:1.2.3.4"], ["1::2::3", "x"]
    ),
    Rewrite(
        "draft-04's exclusiveMinimum",
        {"$schema": D4, "type": "integer", "minimum": 3, "exclusiveMinimum": True},
        [4],
        [3],
    ),
    Rewrite(
        "draft-04 ignores const",
        {"$schema": D4, "type": "string", "const": "a"},
        ["a", "b"],
        [1],
    ),
    Rewrite(
        "items and additionalItems",
        {"$schema": D7, "type": "array", "items": [{"type": "null"}], "additionalItems": False},
        [[], [None]],
        [[1], [None, None]],
    ),
    Rewrite(
        "prefixItems",
        {
            "type": "array",
            "prefixItems": [{"type": "null"}],
            "items": {"type": "integer"},
            "minItems": 2,
        },
        [[None, 1], [None, 1, 2]],
        [[None], [1, 1]],
    ),
    Rewrite(
        "keywords beside $ref, ignored up to draft-07",
        {
            "$schema": D7,
            "$ref": "#/definitions/x",
            "maximum": 3,
            "definitions": {"x": {"type": "integer"}},
        },
        [5],
        ["x"],
    ),
    Rewrite(
        "keywords beside $ref, since 2019-09",
        {"$schema": D19, "$ref": "#/$defs/x", "maximum": 3, "$defs": {"x": {"type": "integer"}}},
        [3],
        [5],
    ),
    Rewrite(
        "references by $id and $anchor",
        {
            "$id": "https://example.com/root",
            "properties": {"a": {"$ref": "item"}, "b": {"$ref": "#here"}},
            "type": "object",
            "$defs": {
                "x": {"$id": "item", "type": "null"},
                "y": {"$anchor": "here", "type": "boolean"},
            },
        },
        [{"a": None, "b": True}],
        [{"a": 1}, {"b": 1}],
    ),
    Rewrite(
        "draft-04 id",
        {
            "$schema": D4,
            "id": "http://example.com/root.json",
            "$ref": "#/definitions/x",
            "definitions": {"x": {"type": "null"}},
        },
        [None],
        [1],
    ),
    Rewrite(
        "$recursiveRef",
        {
            "$schema": D19,
            "type": "object",
            "properties": {"child": {"$recursiveRef": "#"}},
            "additionalProperties": False,
        },
        [{"child": {"child": {}}}],
        [{"child": 1}],
    ),
    Rewrite(
        "allOf merges properties",
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"minimum": 1}}, "required": ["a"]},
                {"properties": {"a": {"type": "integer", "maximum": 3}}},
            ]
        },
        [{"a": 2}],
        [{"a": 0}, {"a": 4}, {"a": "x"}, {}],
    ),
    Rewrite(
        "recursion met by allOf",
        {
            "$ref": "#/$defs/tree",
            "$defs": {
                "tree": {
                    "allOf": [
                        {"type": "object", "properties": {"v": {"type": "integer"}}},
                        {"properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}},
                    ]
                }
            },
        },
        [{"v": 1, "c": [{"v": 2, "c": []}]}],
        [{"c": [{"v": "x"}]}],
    ),
    Rewrite(
        "constants with objects",
        {"enum": [{"a": 1, "b": [True, None]}, 1.0]},
        [{"a": 1, "b": [True, None]}, 1],
        [{"a": 1}, 2],
    ),
    Rewrite(
        "a key that must not appear",
        {"properties": {"a": False}, "type": "object"},
        [{}],
        [{"a": 1}],
    ),
    Rewrite(
        "patterns of keys",
        {
            "type": "object",
            "properties": {"xa": {"minimum": 2}},
            "patternProperties": {"^x": {"type": "integer"}},
            "additionalProperties": False,
        },
        [{"xa": 2, "xb": 1}],
        [{"xa": 1}, {"xa": "s"}, {"y": 1}, {"xb": "s"}],
    ),
    Rewrite(
        "unevaluatedProperties",
        {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "allOf": [{"$ref": "#/$defs/x"}],
            "unevaluatedProperties": False,
            "$defs": {"x": {"patternProperties": {"^x": {"type": "null"}}}},
        },
        [{"a": 1, "x1": None}, {}],
        [{"b": 1}, {"x1": 1}],
    ),
    Rewrite("halves", {"type": "number", "multipleOf": 0.5}, [1.5, 2], [0.25]),
    Rewrite("multiples", {"type": "integer", "multipleOf": 3, "minimum": 1}, [3, 9], [4, 0]),
]


@pytest.mark.parametrize("case", REWRITES, ids=lambda case: case.name)
def test_all_of_it_is_enforced(case: Rewrite) -> None:
    ready = compile_schema(json.dumps(case.schema))
    grammar = Grammar(ready.grammar_schema)
    assert ready.exact, ready.report.checked
    for document in case.allowed:
        assert grammar.allows(document), document
        assert ready.validate(document) == []
    for document in case.refused:
        assert not grammar.allows(document), document
        assert ready.validate(document)


CHECKED = [
    ({"type": "array", "uniqueItems": True}, [1], [1, 1], "uniqueItems"),
    ({"type": "array", "contains": {"const": 1}}, [2, 1], [2], "contains"),
    ({"type": "string", "pattern": "^(?!x)[a-z]+$"}, "ab", "xa", "pattern"),
    ({"type": "string", "pattern": r"^(a|b)\1$"}, "aa", "ab", "pattern"),
    ({"type": "string", "format": "date", "pattern": "9$"}, "2024-02-29", "2023-02-29", "format"),
    ({"type": "string", "format": "iri"}, "http://例子.中国/", "例子", "format"),
    ({"type": "string", "format": "regex"}, "a+", "(", "format"),
    ({"type": "number", "multipleOf": 0.01}, 0.25, 0.255, "multipleOf"),
    ({"type": "integer", "maximum": 2**70}, 1, 2**71, "maximum"),
    ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, 1.5, 1, "type"),
    ({"not": {"type": "integer"}}, 1.5, 1, "type"),
    ({"not": {"uniqueItems": True}}, [1, 1], [1], "not"),
    (
        {"type": "object", "maxProperties": 1, "properties": AB},
        {"a": 1},
        {"a": 1, "b": 2},
        "maxProperties",
    ),
    (
        {
            "type": "object",
            "properties": AB,
            "anyOf": [{"properties": {"c": {"type": "null"}}, "required": ["c"]}, True],
            "unevaluatedProperties": False,
        },
        {"a": 1, "c": None},
        {"c": 1},
        "unevaluatedProperties",
    ),
    (
        {"type": "object", "patternProperties": {"a": {"minimum": 1}, "b": {"maximum": 3}}},
        {"ab": 2},
        {"ab": 0},
        "patternProperties",
    ),
    (
        {"if": {"type": "string", "pattern": "^x"}, "then": {"maxLength": 2}},
        "xa",
        "xab",
        "if",
    ),
]


@pytest.mark.parametrize(("schema", "valid", "invalid", "keyword"), CHECKED)
def test_what_a_grammar_cannot_hold_is_checked(
    schema: Any, valid: Any, invalid: Any, keyword: str
) -> None:
    ready = compile_schema(json.dumps(schema))
    assert not ready.exact
    assert keyword in {entry.keyword for entry in ready.report.checked}
    assert Grammar(ready.grammar_schema).allows(valid)
    assert ready.validate(valid) == []
    assert ready.validate(invalid)


def test_keys_come_in_the_order_of_the_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"b": {"type": "integer"}},
        "allOf": [{"properties": {"z": True, "a": {"properties": {"y": True, "x": True}}}}],
        "required": ["c", "a"],
    }
    ready = compile_schema(json.dumps(schema))
    document = {"more": 1, "c": 1, "a": {"w": 0, "x": 1, "y": 2}, "z": 1, "b": 1}
    assert json.dumps(ready.in_order(document)) == json.dumps(
        {"b": 1, "z": 1, "a": {"y": 2, "x": 1, "w": 0}, "c": 1, "more": 1}
    )


def test_a_choice_that_holds_for_any_value_allows_any() -> None:
    schema = {
        "else": {"else": False, "if": {}},
        "if": {"exclusiveMinimum": -1, "$ref": "#/$defs/x", "then": {}},
        "$defs": {"x": {"const": None}},
    }
    grammar = Grammar(compile_schema(json.dumps(schema)).grammar_schema)
    values: tuple[Any, ...] = (None, 1, "x", [], {"a": 1})
    assert all(map(grammar.allows, values))


def test_a_case_split_over_many_constants_stays_small() -> None:
    kinds = [str(i) for i in range(30)]
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": kinds}},
        "required": ["kind"],
        "allOf": [
            {"if": {"properties": {"kind": {"const": k}}}, "then": {"required": [f"r{k}"]}}
            for k in kinds
        ],
    }
    ready = compile_schema(json.dumps(schema))
    assert ready.exact
    assert isinstance(ready.grammar_schema, dict)
    assert len(ready.grammar_schema["anyOf"]) == 30
    assert Grammar(ready.grammar_schema).allows({"kind": "7", "r7": None})
    assert not Grammar(ready.grammar_schema).allows({"kind": "7", "r8": None})


def test_a_language_of_many_cases_is_left_to_the_check() -> None:
    schema = {
        "type": "object",
        "allOf": [{"anyOf": [{"required": [f"a{i}"]}, {"required": [f"b{i}"]}]} for i in range(20)],
    }
    ready = compile_schema(json.dumps(schema))
    assert not ready.exact
    valid = {f"a{i}": 1 for i in range(20)}
    assert Grammar(ready.grammar_schema).allows(ready.in_order(valid))
    assert ready.validate(valid) == []
    assert ready.validate({"a0": 1})
