"""The live constraint: whatever the model chooses, the document is valid, complete and in time."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.json_schema.hand import (
    SHAPES,
    TREE,
    Hand,
    chooser,
    loads,
    program,
    run,
    schemas,
    text_of,
)


def check(tokenizer: Tokenizer, schema: Any, more: int, seed: int, *, pretty: bool = False) -> str:
    """One document under a budget of the least and some more."""
    ready = program(tokenizer, schema, pretty=pretty)
    constraint = JsonConstraint(ready)
    budget = max(1, len(ready.least)) + more
    constraint.limit(budget)
    tokens = run(constraint, tokenizer, budget, chooser(tokenizer, seed))
    text = text_of(tokenizer, tokens)
    document = loads(text)
    assert Hand(schema).validate(document) == [], text
    return text


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=schemas, more=st.integers(0, 60), seed=st.integers(0, 10**6))
def test_any_document_is_valid_and_complete_within_any_budget(
    tokenizer: Tokenizer, schema: Any, more: int, seed: int
) -> None:
    check(tokenizer, schema, more, seed)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=schemas, more=st.integers(0, 80), seed=st.integers(0, 10**6))
def test_a_pretty_document_is_laid_out_as_by_the_standard_library(
    tokenizer: Tokenizer, schema: Any, more: int, seed: int
) -> None:
    text = check(tokenizer, schema, more, seed, pretty=True)
    pairs = json.JSONDecoder(object_pairs_hook=_Pairs).decode(text)
    assert _bare(text) == _bare(json.dumps(_plain(pairs), indent=2, ensure_ascii=False))


class _Pairs(list[tuple[str, Any]]):
    """An object with repeated keys kept."""


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {f"{number}": _plain(child) for number, (_, child) in enumerate(value)}
    return [_plain(child) for child in value] if isinstance(value, list) else value


def _bare(text: str) -> str:
    """Layout alone: scalars and keys become x."""
    out, in_string, escaped = [], False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
            continue
        if character == '"':
            in_string = True
        if character in "{}[],: \n":
            out.append(character)
        elif out[-1:] != ["x"]:
            out.append("x")
    return "".join(out)


@pytest.mark.parametrize("schema", [TREE, SHAPES, True, {"type": "object"}], ids=str)
@pytest.mark.parametrize("pretty", [False, True])
def test_recursion_alternatives_and_freedom_end_in_time(
    tokenizer: Tokenizer, schema: Any, pretty: bool
) -> None:
    for seed in range(25):
        check(tokenizer, schema, (0, 1, 2, 5, 17, 80)[seed % 6], seed, pretty=pretty)


def test_a_budget_below_the_least_is_refused_and_the_least_itself_is_enough(
    tokenizer: Tokenizer,
) -> None:
    ready = program(tokenizer, SHAPES)
    with pytest.raises(InvalidConstraint) as caught:
        JsonConstraint(ready).limit(len(ready.least) - 1)
    assert str(len(ready.least)) in caught.value.en
    assert str(len(ready.least)) in caught.value.zh
    assert caught.value.param == "max_tokens"
    for seed in range(10):
        check(tokenizer, SHAPES, 0, seed)


def test_the_least_is_the_shortest_alternative(tokenizer: Tokenizer) -> None:
    assert program(tokenizer, SHAPES).least.data == b'{"kind":"circle","radius":1}'
    assert program(tokenizer, TREE).least.data == b'{"value":0,"kids":[]}'


def test_one_string_leaves_room_for_the_next(tokenizer: Tokenizer) -> None:
    """A model that never ends a string still gets words into each of them."""
    schema = {
        "type": "object",
        "properties": {key: {"type": "string"} for key in ("title", "summary", "reason")},
        "required": ["title", "summary", "reason"],
        "additionalProperties": False,
    }
    constraint = JsonConstraint(program(tokenizer, schema))
    constraint.limit(120)
    letters = {
        id_ for id_ in range(tokenizer.vocabulary_size) if tokenizer.token_bytes(id_).isalpha()
    }

    def choose(allowed: list[int]) -> int:
        return next((id_ for id_ in allowed if id_ in letters), allowed[0])

    document = loads(text_of(tokenizer, run(constraint, tokenizer, 120, choose)))
    assert all(len(text) >= 10 for text in document.values()), document


def test_numbers_stay_within_what_a_double_says(tokenizer: Tokenizer) -> None:
    def digits(allowed: list[int]) -> int:
        liked = [id_ for id_ in allowed if tokenizer.token_bytes(id_)[:1] in b"9876543210.eE"]
        return liked[-1] if liked else allowed[0]

    for schema in ({"type": "number"}, {"type": "integer"}, {"type": "array", "items": True}):
        for seed in range(20):
            constraint = JsonConstraint(program(tokenizer, schema))
            constraint.limit(2_000)
            pick = digits if seed == 0 else chooser(tokenizer, seed)
            loads(text_of(tokenizer, run(constraint, tokenizer, 2_000, pick)))


def test_a_token_that_is_not_allowed_fails(tokenizer: Tokenizer) -> None:
    constraint = JsonConstraint(program(tokenizer, {"type": "integer"}))
    constraint.limit(10)
    letter = tokenizer.encode("x")[0]
    with pytest.raises(GenerationFailed):
        constraint.turns_down(letter)
    other = JsonConstraint(program(tokenizer, {"type": "integer"}))
    other.limit(10)
    with pytest.raises(GenerationFailed):
        other.accept(letter)


# --- second tier ------------------------------------------------------------------------------

DATE = {"type": "string", "format": "date"}


@pytest.mark.parametrize(
    ("schema", "rules", "checked"),
    [
        (DATE, {"pattern": "[3-8]$"}, ("pattern",)),
        (
            {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 5}},
            {"uniqueItems": True, "maxItems": 6},
            ("uniqueItems",),
        ),
        (
            {"type": "array", "items": {"enum": ["a", "b", "c"]}, "maxItems": 8},
            {"contains": {"const": "b"}},
            ("contains",),
        ),
        (
            {
                "type": "object",
                "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
                "required": ["x"],
                "additionalProperties": False,
            },
            {"properties": {"x": {"not": {"const": 1}}}, "minProperties": 2},
            ("not", "minProperties"),
        ),
        (
            {"type": "array", "items": DATE, "maxItems": 4},
            {"items": {"pattern": "[3-8]$"}},
            ("pattern",),
        ),
    ],
)
def test_what_the_grammar_cannot_say_is_taken_back_until_it_holds(
    tokenizer: Tokenizer, schema: Any, rules: Any, checked: tuple[str, ...]
) -> None:
    taken_back = 0
    for seed in range(30):
        constraint = JsonConstraint(program(tokenizer, schema, rules=rules, checked=checked))
        constraint.limit(400)
        tokens = run(constraint, tokenizer, 400, chooser(tokenizer, seed))
        document = loads(text_of(tokenizer, tokens))
        assert Hand(schema, rules).validate(document) == []
        taken_back += constraint.rewinds
    assert taken_back


@pytest.mark.parametrize(
    ("schema", "rules", "checked"),
    [
        (
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": 7},
                "minItems": 7,
                "maxItems": 7,
            },
            {"uniqueItems": True},
            ("uniqueItems",),
        ),
        (
            {"type": "array", "items": {"enum": ["a", "ab", "b", "ba"]}, "minItems": 4},
            {"uniqueItems": True},
            ("uniqueItems",),
        ),
        (
            {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 9},
            {"uniqueItems": True},
            ("uniqueItems",),
        ),
        (
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 0, "maximum": 20},
                "minItems": 2,
                "maxItems": 5,
            },
            {"contains": {"const": 17}},
            ("contains",),
        ),
        (
            {"type": "integer", "minimum": 10, "maximum": 40},
            {"not": {"maximum": 30}},
            ("not",),
        ),
    ],
)
@pytest.mark.parametrize("likes", [min, max])
def test_few_values_are_gone_through_though_the_model_insists_on_one(
    tokenizer: Tokenizer,
    schema: Any,
    rules: Any,
    checked: tuple[str, ...],
    likes: Callable[[list[int]], int],
) -> None:
    constraint = JsonConstraint(program(tokenizer, schema, rules=rules, checked=checked))
    constraint.limit(100)
    document = loads(text_of(tokenizer, run(constraint, tokenizer, 100, likes)))
    assert Hand(schema, rules).validate(document) == []


@pytest.mark.parametrize("pretty", [False, True])
@pytest.mark.parametrize("likes", [min, max])
def test_no_key_stands_twice(
    tokenizer: Tokenizer, likes: Callable[[list[int]], int], pretty: bool
) -> None:
    """`loads` looks for it; of keys that the schema does not name the engine keeps no account."""
    schema = {
        "type": "object",
        "patternProperties": {"^[ab]{1,2}$": {"type": "integer", "maximum": 9}},
        "additionalProperties": False,
    }
    for budget in (8, 20, 60):
        constraint = JsonConstraint(program(tokenizer, schema, pretty=pretty))
        constraint.limit(budget)
        text = text_of(tokenizer, run(constraint, tokenizer, budget, likes))
        assert len(loads(text)) <= 6
