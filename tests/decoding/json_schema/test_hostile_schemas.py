"""Schemas made to hurt end soon, in an error that says why or in something usable."""

import json
import resource
import time
from typing import Any

import pytest

from qwen_app.decoding.json_schema.compile import compile_schema
from qwen_app.decoding.json_schema.report import preflight
from qwen_app.errors import InvalidConstraint

SECONDS = 4.0
"""Of processor time. One is the aim, on a machine that does nothing else besides."""
MEGABYTES = 200


def _chain(length: int) -> dict[str, Any]:
    links = {
        f"d{i}": {"type": "object", "properties": {"a": {"$ref": f"#/$defs/d{i + 1}"}}}
        for i in range(length)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**links, f"d{length}": True}}


def _tangle(size: int) -> dict[str, Any]:
    """Every definition combines others: the combinations are exponentially many."""

    def ref(i: int) -> dict[str, str]:
        return {"$ref": f"#/$defs/d{i % size}"}

    definitions = {
        f"d{i}": {
            "type": "object",
            "properties": {
                "l": ref(i * 7 + 1),
                "r": {"allOf": [ref(i * 3 + 2), ref(i * 5 + 3)]},
            },
        }
        for i in range(size)
    }
    return {"$ref": "#/$defs/d0", "$defs": definitions}


REFUSED: list[tuple[str, Any, str]] = [
    ("text too long", '{"title":"' + "x" * 10_000_000 + '"}', "characters"),
    ("nested without end", "[" * 100_000, "nested"),
    ("nested objects", '{"items":' * 1000 + "{}" + "}" * 1000, "nested"),
    ("a long chain", _chain(3000), "levels deep"),
    ("a tangle", _tangle(60), "simplify"),
    ("itself", {"$ref": "#"}, "refers to itself"),
    (
        "itself by detours",
        {"anyOf": [{"type": "null"}, {"allOf": [{"not": {"$ref": "#"}}]}]},
        "refers to itself",
    ),
    (
        "infinitely deep",
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        "without end",
    ),
    ("a huge enumeration", {"enum": [f"value {i}" for i in range(100_000)]}, "100000 values"),
    (
        "many properties",
        {"properties": {f"p{i}": {} for i in range(5000)}, "type": "object"},
        "5000",
    ),
    ("a pattern written out", {"pattern": "((a{1000}){1000}){1000}"}, "pattern"),
    ("a pattern that is none", {"pattern": "("}, "pattern"),
    ("a pattern nested deeply", {"pattern": "(" * 5000 + ")" * 5000}, "pattern"),
    ("another host", {"$ref": "http://example.com/schema.json"}, "nothing is fetched"),
    ("nowhere", {"properties": {"a": {"$ref": "#/$defs/no"}}}, "leads nowhere"),
    ("a file", {"$ref": "file:///etc/passwd"}, "nothing is fetched"),
    ("not a number", '{"minimum": NaN}', "NaN"),
    ("infinity", '{"minimum": 1e999}', "too large"),
    ("half a character", '{"const": "\\ud800"}', "surrogate"),
    ("half of JSON", '{"type": ', "line"),
    ("a list", "[]", "a schema is an object"),
    ("no such type", {"properties": {"a": {"type": "strnig"}}}, "/properties/a/type"),
    ("a number as a schema", {"properties": {"a": 3}}, "/properties/a"),
]


@pytest.mark.parametrize(
    ("schema", "says"), [pytest.param(*rest, id=name) for name, *rest in REFUSED]
)
def test_it_is_refused_at_once_and_says_why(schema: Any, says: str) -> None:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(InvalidConstraint) as caught:
        compile_schema(text)
    assert time.process_time() - start < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024
    assert says in caught.value.en
    assert caught.value.zh != caught.value.en
    assert caught.value.param == "constraint"
    report = preflight(text)
    assert not report.ok
    assert report.problems


USABLE: list[tuple[str, Any, Any]] = [
    (
        "exponential anyOf",
        {
            "$ref": "#/$defs/d0",
            "$defs": {
                **{
                    f"d{i}": {
                        "anyOf": [
                            {"$ref": f"#/$defs/d{i + 1}"},
                            {"$ref": f"#/$defs/d{i + 1}", "minimum": i},
                        ]
                    }
                    for i in range(30)
                },
                "d30": {"type": "integer"},
            },
        },
        5,
    ),
    (
        "exponential allOf",
        {
            "$ref": "#/$defs/d0",
            "$defs": {
                **{f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(12)},
                "d12": {"type": "null"},
            },
        },
        None,
    ),
    ("a wide oneOf", {"oneOf": [{"const": i} for i in range(1000)]}, 77),
    ("patterns that blow up", {"type": "string", "pattern": "^(a+)+$"}, "a" * 30),
    ("many patterns", {"properties": {f"p{i}": {"pattern": f"^x{i}"} for i in range(800)}}, {}),
    ("a huge length", {"type": "string", "maxLength": 10**12}, "x"),
    ("a huge number", {"type": "integer", "maximum": 10**300}, 1),
    ("a tiny step", {"type": "number", "multipleOf": 1e-300}, 0),
    ("nots", {"type": "array", "items": {"not": {"not": {"not": {"type": "null"}}}}}, [1]),
    (
        "the drafts' own schema",
        {"$ref": "http://json-schema.org/draft-07/schema#"},
        {"type": "null"},
    ),
]


@pytest.mark.parametrize(
    ("schema", "valid"), [pytest.param(*rest, id=name) for name, *rest in USABLE]
)
def test_it_can_be_used(schema: Any, valid: Any) -> None:
    start = time.process_time()
    ready = compile_schema(json.dumps(schema))
    assert ready.validate(valid) == []
    assert time.process_time() - start < SECONDS


def test_a_check_without_end_is_no_pass() -> None:
    links = {
        f"d{i}": {
            "anyOf": [{"$ref": f"#/$defs/d{i + 1}"}, {"$ref": f"#/$defs/d{i + 1}", "minimum": i}]
        }
        for i in range(30)
    }
    schema = {"$ref": "#/$defs/d0", "$defs": {**links, "d30": {"type": "integer"}}}
    ready = compile_schema(json.dumps(schema))
    start = time.process_time()
    (violation,) = ready.validate("x")
    assert time.process_time() - start < SECONDS
    assert "not checked to its end" in violation.en


def test_a_pattern_without_end_is_no_pass() -> None:
    ready = compile_schema(json.dumps({"type": "string", "pattern": "^(?!x)(([a-z])+.)+[A-Z]$"}))
    start = time.process_time()
    (violation,) = ready.validate("a" * 5000)
    assert time.process_time() - start < SECONDS
    assert "too long" in violation.en


def test_a_document_too_deep_to_check_is_no_pass() -> None:
    ready = compile_schema(json.dumps({"$defs": {}, "type": "array", "items": {"$ref": "#"}}))
    document: list[Any] = []
    for _ in range(500):
        document = [document]
    (violation,) = ready.validate(document)
    assert "not checked to its end" in violation.en
