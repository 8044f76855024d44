"""Grounded documents: strings and numbers of a text, and nothing else."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import tokenizers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qwen_app.decoding.constraint import start
from qwen_app.decoding.json_schema.addresses import addresses_in
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.decoding.json_schema.formats import conforms
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.json_schema.stated import dates_in, numbers_in
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.json_schema.hand import chooser, run, text_of
from tests.tokenizers_for_tests import tiny_tokenizer_folder

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
    constraint = begun(tokenizer, schema, source, budget)
    tokens = run(constraint, tokenizer, budget, chooser(tokenizer, seed))
    return json.loads(text_of(tokenizer, tokens), strict=False)


def begun(tokenizer: Tokenizer, schema: Any, source: str, budget: int = 120) -> JsonConstraint:
    constraint = start(replace(JsonSchema.of(schema), source=source), tokenizer)
    assert isinstance(constraint, JsonConstraint)
    constraint.limit(budget)
    return constraint


def can_be_written(tokenizer: Tokenizer, schema: Any, source: str, document: Any) -> bool:
    """Whether a model that wants to write this very document is let."""
    wanted = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    constraint, done = begun(tokenizer, schema, source, 400), b""
    mask = np.zeros(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32)
    while not constraint.done:
        if forced := constraint.forced():
            token = forced[0]
        else:
            assert constraint.fill_mask(mask)
            bits = np.unpackbits(mask.view(np.uint8), bitorder="little")
            allowed = [int(token) for token in np.flatnonzero(bits)]
            fitting = [t for t in allowed if wanted.startswith(done + tokenizer.token_bytes(t))]
            if not fitting:
                return False
            token = max(fitting, key=lambda t: len(tokenizer.token_bytes(t)))
            if constraint.turns_down(token):
                continue
        constraint.accept(token)
        done += tokenizer.token_bytes(token)
        if not wanted.startswith(done):
            return False
    return done == wanted


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
    assert document.get("mail", "alice@li.example") == "alice@li.example"
    for value in leaves(document):
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


ADDRESSED = (
    "请写信给a@b.cn谢谢，或 zoe.li+x@mail.example.org。主页https://b.cn/x?y=1，(http://b.cn)."
    " IP 10.0.0.1:80, IPv6 [fe80::1], 编号123e4567-e89b-12d3-a456-426614174000。"
)


@pytest.mark.parametrize("name", ["email", "uri", "hostname", "ipv4", "ipv6", "uuid"])
def test_an_address_is_one_of_the_text_whole(tokenizer: Tokenizer, name: str) -> None:
    stated = addresses_in(ADDRESSED, name)
    found = {
        drawn(tokenizer, {"type": "string", "format": name}, ADDRESSED, seed, budget=60)
        for seed in range(20)
    }
    assert found <= stated


@pytest.mark.parametrize("name", ["email", "uri", "ipv4", "ipv6", "uuid", "date"])
def test_a_text_without_addresses_leaves_them_open(tokenizer: Tokenizer, name: str) -> None:
    schema = {"type": "string", "format": name}
    found = [drawn(tokenizer, schema, "写信给我，第3号", seed, budget=60) for seed in range(6)]
    assert all(conforms(value, name) for value in found)


def test_an_address_that_is_too_long_is_not_begun(tokenizer: Tokenizer) -> None:
    schema = {"type": "string", "format": "email", "maxLength": 8}
    for seed in range(10):
        assert drawn(tokenizer, schema, ADDRESSED, seed) == "a@b.cn"


def test_different_formats_are_told_apart_where_either_may_stand(tokenizer: Tokenizer) -> None:
    schema = {"anyOf": [{"type": "string", "format": name} for name in ("email", "date", "ipv4")]}
    text = "2024年5月3日 10.0.0.1 a@b.cn"
    found = {drawn(tokenizer, schema, text, seed) for seed in range(40)}
    assert found == {"2024-05-03", "10.0.0.1", "a@b.cn"}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    words=st.lists(st.sampled_from(["a", "bcd", "efghij", "café", "x1", "🍵"]), min_size=1),
    least=st.integers(0, 12),
    more=st.one_of(st.none(), st.integers(0, 8)),
    seed=st.integers(0, 10**6),
)
def test_a_length_is_kept_by_whole_words(
    tokenizer: Tokenizer, words: list[str], least: int, more: int | None, seed: int
) -> None:
    most = 1_000 if more is None else least + more
    schema = {"type": "string", "minLength": least} | ({} if more is None else {"maxLength": most})
    value = drawn(tokenizer, schema, " ".join(words), seed, budget=300)
    assert least <= len(value) <= most
    spans = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i, len(words) + 1)}
    if fitting := {span for span in spans if least <= len(span) <= most}:
        assert value in fitting


def test_a_whole_number_is_one_of_the_whole_numbers(tokenizer: Tokenizer) -> None:
    for seed in range(20):
        assert drawn(tokenizer, {"type": "integer"}, "3.5 kg, 41.25 and 28", seed) == 28
        schema = {"type": "number", "exclusiveMinimum": 28, "maximum": 41.25}
        assert drawn(tokenizer, schema, "3.5 kg, 41.25 and 28", seed) == 41.25


def test_numbers_of_a_list_are_stated_as_well(tokenizer: Tokenizer) -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4}
    for seed in range(20):
        assert set(drawn(tokenizer, schema, "first 7, then 31", seed)) <= {7, 31}


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
    ("schema", "document"),
    [
        (
            ANYTHING,
            {"who": "Alice Smith", "what": ["café noir 🍵", "café noir 🍵"], "how many": 1234},
        ),
        (ANYTHING, {"who": "", "what": ['"西湖"区'], "how many": -3.5, "mail": "alice@li.example"}),
        ({"type": "array", "items": {"type": "number"}}, [28, 28, 0.35, 12000]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, "杭州市"),
        ({"type": "string", "maxLength": len(TEXT)}, TEXT.rstrip(".")),
        ({"type": "string", "format": "hostname"}, "li.example"),
        ({"type": "string", "format": "hostname"}, "Alice"),
    ],
)
def test_what_the_text_says_can_be_written(
    tokenizer: Tokenizer, schema: Any, document: Any
) -> None:
    assert can_be_written(tokenizer, schema, TEXT, document)


def test_what_the_text_does_not_say_cannot(tokenizer: Tokenizer) -> None:
    schema = {"type": "string", "format": "email"}
    assert not can_be_written(tokenizer, schema, TEXT, "bob@li.example")
    assert not can_be_written(tokenizer, {"type": "string"}, TEXT, "张四")


@pytest.fixture(scope="module")
def greedy_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """With tokens that have a quote and what follows it, as Qwen2's vocabulary has some."""
    folder = tiny_tokenizer_folder(tmp_path_factory.mktemp("tokenizer"))
    whole = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    whole.add_tokens(['"Alice', '"Zoe', '"-"', '"-', '"3', "[7"])
    whole.save(str(folder / "tokenizer.json"))
    return Tokenizer.from_folder(folder)


@pytest.mark.parametrize("seed", range(12))
def test_a_token_that_opens_a_string_says_nothing_of_its_own(
    greedy_tokenizer: Tokenizer, seed: int
) -> None:
    rng = random.Random(seed)
    opening = {t for t in range(greedy_tokenizer.vocabulary_size)
               if greedy_tokenizer.token_bytes(t)[:1] in (b'"', b"[")}  # fmt: skip

    def choose(allowed: list[int]) -> int:
        return rng.choice([t for t in allowed if t in opening] or allowed)

    schema = {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 2}
    constraint = begun(greedy_tokenizer, schema | {"minItems": 2}, "Alice: 3 - 4")
    tokens = run(constraint, greedy_tokenizer, 120, choose)
    for value in json.loads(text_of(greedy_tokenizer, tokens)):
        assert value in "Alice: 3 - 4"


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
