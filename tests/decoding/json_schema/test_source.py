"""Grounded documents: strings and numbers of a text, and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qwen_app.decoding.constraint import start
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.json_schema.stated import dates_in, numbers_in
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.json_schema.hand import chooser, run, text_of

TEXT = (
    '张三今年28岁，住在杭州市"西湖"区；月薪1.2万元，占 35%。\n'
    "Alice Smith (alice@li.example) bought 1,234 tonnes of café noir 🍵 for -3.5 points."
)
NUMBERS = {"3", "28", "1.2", "12000", "35", "0.35", "1234", "3.5", "-3.5"}
ANYTHING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "who": {"type": "string"},
        "what": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 4},
        "how many": {"type": "number"},
        "mail": {"type": "string", "format": "email"},
    },
    "required": ["who", "what", "how many"],
    "additionalProperties": False,
}


def drawn(tokenizer: Tokenizer, schema: Any, source: str, seed: int, budget: int = 120) -> Any:
    spec = replace(JsonSchema.of(schema), source=source)
    constraint = start(spec, tokenizer)
    assert isinstance(constraint, JsonConstraint)
    constraint.limit(budget)
    tokens = run(constraint, tokenizer, budget, chooser(tokenizer, seed))
    return json.loads(text_of(tokenizer, tokens), strict=False)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6))
def test_every_string_stands_in_the_text_and_every_number_is_stated_by_it(
    tokenizer: Tokenizer, seed: int
) -> None:
    document = drawn(tokenizer, ANYTHING, TEXT, seed)
    for value in leaves({key: v for key, v in document.items() if key != "mail"}):
        if isinstance(value, str):
            assert value in TEXT
        else:
            assert Decimal(str(value)) in numbers_in(TEXT)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text(st.sampled_from('a é中日🍵"\\\n,1'), min_size=1, max_size=60),
    seed=st.integers(0, 10**6),
)
def test_signs_that_json_escapes_are_copied_too(tokenizer: Tokenizer, text: str, seed: int) -> None:
    value = drawn(tokenizer, {"type": "string"}, text, seed, budget=300)
    assert value in text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6))
def test_no_word_is_cut(tokenizer: Tokenizer, seed: int) -> None:
    words = "one twofold 3.75 four-leaf O'Neill a@b.com 14:30"
    value = drawn(tokenizer, {"type": "string"}, words, seed, budget=300)
    assert all(word in words.split() for word in value.split())


def test_a_range_is_two(tokenizer: Tokenizer) -> None:
    found = {drawn(tokenizer, {"type": "string"}, "2020-2024", seed) for seed in range(30)}
    assert {"2020", "2024"} <= found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6))
def test_a_date_is_one_of_the_text(tokenizer: Tokenizer, seed: int) -> None:
    text = "于2024年5月3日开始，至 2025/1/12；May 7, 2023 or 9th Dec 2021, not 2024-13-45."
    value = drawn(tokenizer, {"type": "string", "format": "date"}, text, seed)
    assert value in {"2024-05-03", "2025-01-12", "2023-05-07", "2021-12-09"} == dates_in(text)


def test_what_the_schema_settles_is_left_to_the_schema(tokenizer: Tokenizer) -> None:
    schema = {
        "type": "object",
        "properties": {
            "mood": {"enum": ["calm", "angry"]},
            "day": {"type": "string", "format": "time"},
            "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "level": {"enum": [7, 8]},
        },
        "required": ["mood", "day", "code", "level"],
        "additionalProperties": False,
    }
    for seed in range(10):
        document = drawn(tokenizer, schema, "于1月2日", seed)
        assert document["mood"] in ("calm", "angry")
        assert document["level"] in (7, 8)
        assert len(document["code"]) == 3


def test_a_number_that_the_schema_wants_otherwise_is_still_valid(tokenizer: Tokenizer) -> None:
    for seed in range(10):
        value = drawn(tokenizer, {"type": "integer", "minimum": 500}, "three of 28", seed)
        assert value >= 500


def test_a_text_without_numbers_leaves_numbers_open(tokenizer: Tokenizer) -> None:
    found = {drawn(tokenizer, {"type": "integer"}, "no figures here", seed) for seed in range(12)}
    assert len(found) > 1


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (TEXT, NUMBERS),
        ("三百二十人，两个，二〇二四年，一万五千", {"320", "2", "2024", "15000"}),
        ("twenty-five people, seven teams", {"25", "7"}),
        ("5k and 2 million", {"5", "5000", "2", "2000000"}),
        ("2024-05-03", {"2024", "5", "3"}),
        ("no V2, no x1", set()),
        ("零下3度 −4", {"3", "4", "-4", "0"}),
        ("万一", set()),
        ("", set()),
    ],
)
def test_numbers_in(text: str, numbers: set[str]) -> None:
    assert numbers_in(text) == {Decimal(number) for number in numbers}
