"""JSON through the whole engine: complete in time, taken back without a trace, cached rightly."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from qwen_app.decoding.constraint import start
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.engine.local import LocalEngine
from qwen_app.errors import InvalidConstraint, InvalidInput, NoValidDocument
from qwen_app.messages import ConstraintSpec, Delta, Receipt, Request, SamplingParams
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.json_schema.hand import Hand, loads, program
from tests.engine.test_engine import settled
from tests.engine.tiny import join, tiny_engine, tiny_model, tiny_tokenizer, uncached_greedy

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "age", "tags"],
    "additionalProperties": False,
}
UNIQUE = {"type": "array", "items": {"enum": list(range(10))}, "minItems": 3, "maxItems": 6}


@dataclass(frozen=True)
class Made(ConstraintSpec):
    """A schema in normal form, by its name in `_MADE`."""

    name: str


_MADE: dict[str, tuple[Any, Any, tuple[str, ...], bool]] = {
    "person": (PERSON, None, (), False),
    "pretty": (PERSON, None, (), True),
    "unique": (UNIQUE, {"uniqueItems": True}, ("uniqueItems",), False),
    "impossible": ({"type": "boolean"}, {"type": "string"}, ("type",), False),
    "codes": (
        {"type": "array", "items": {"type": "string", "maxLength": 4}, "maxItems": 3},
        {"items": {"pattern": "[a-zA-Z0-9 ]$"}},
        ("pattern",),
        False,
    ),
}


@start.register
def _start_made(spec: Made, tokenizer: Tokenizer) -> JsonConstraint:
    schema, rules, checked, pretty = _MADE[spec.name]
    return JsonConstraint(program(tokenizer, schema, rules=rules, checked=checked, pretty=pretty))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    return tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer) -> Iterator[LocalEngine]:
    engine = tiny_engine(tokenizer)
    yield engine
    engine.close()


def ask(
    engine: LocalEngine, name: str, *, prompt: str = "Name?", **sampling: Any
) -> tuple[str, list[int], Receipt]:
    request = Request(prompt, SamplingParams(**sampling), constraint=Made(name))
    return join(list(engine.stream(request)))


def is_valid(name: str, text: str) -> bool:
    schema, rules, checked, _ = _MADE[name]
    return not Hand(schema).validate(loads(text)) and not Hand(schema, rules, checked).validate(
        loads(text)
    )


@pytest.mark.parametrize("name", ["person", "pretty", "unique", "codes"])
@pytest.mark.parametrize("budget", [60, 90, None])
def test_every_document_is_valid_and_ends_by_itself(
    engine: LocalEngine, tokenizer: Tokenizer, name: str, budget: int | None
) -> None:
    for seed in range(8):
        text, ids, receipt = ask(engine, name, seed=seed, max_tokens=budget, temperature=1.5)
        assert is_valid(name, text), text
        assert receipt.finish_reason == "stop"
        assert receipt.completion_tokens == len(ids) <= (budget or 256)
        assert tokenizer.decode(ids) == text
    settled(engine)


def test_the_same_seed_gives_the_same_document_also_after_taking_back(engine: LocalEngine) -> None:
    jobs = [(name, seed) for name in ("unique", "codes", "person") for seed in range(12)]

    def run(job: tuple[str, int]) -> tuple[str, int]:
        text, _, receipt = ask(engine, job[0], seed=job[1], max_tokens=90)
        return text, receipt.rewinds

    alone = [run(job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(run, jobs))
    assert together == alone
    assert sum(rewinds for _, rewinds in alone) > 0
    settled(engine)


def test_preemption_and_taking_back_change_no_text(tokenizer: Tokenizer) -> None:
    roomy, tight = tiny_engine(tokenizer), tiny_engine(tokenizer, blocks=16)
    jobs = [(name, seed) for name in ("unique", "codes", "person") for seed in range(6)]

    def run(engine: LocalEngine, job: tuple[str, int]) -> str:
        return ask(engine, job[0], prompt="tell me " * 8, seed=job[1], max_tokens=90)[0]

    try:
        expected = [run(roomy, job) for job in jobs]
        with ThreadPoolExecutor(len(jobs)) as pool:
            assert list(pool.map(lambda job: run(tight, job), jobs)) == expected
        settled(tight)
    finally:
        roomy.close()
        tight.close()


def test_the_cache_is_right_after_taking_back(tokenizer: Tokenizer) -> None:
    """What a withdrawn answer left in its blocks is either what it says or forgotten: answers
    to prompts that go on from it are those of a model without a cache."""
    model = tiny_model(tokenizer.vocabulary_size)
    engine = tiny_engine(tokenizer, model=model)
    try:
        for seed in range(12):
            rng = random.Random(seed)
            prompt = tokenizer.encode("Three different digits, please: " * rng.randint(1, 3))
            request = Request(
                tuple(prompt), SamplingParams(seed=seed, max_tokens=90), constraint=Made("unique")
            )
            _, ids, receipt = join(list(engine.stream(request)))
            longer = prompt + ids + tokenizer.encode(" and then")
            expected = uncached_greedy(model, longer, 6, tokenizer.vocabulary_size)
            again = Request(tuple(longer), SamplingParams(temperature=0, max_tokens=6))
            _, found, cached = join(list(engine.stream(again)))
            assert found == expected
            if len(prompt) + len(ids) > 32:
                assert cached.cached_tokens >= 16
            assert receipt.finish_reason == "stop"
        settled(engine)
    finally:
        engine.close()


def test_penalties_count_only_what_stayed(engine: LocalEngine) -> None:
    for seed in range(6):
        text, _, _ = ask(
            engine,
            "unique",
            seed=seed,
            max_tokens=80,
            repetition_penalty=1.3,
            presence_penalty=0.5,
            frequency_penalty=0.4,
            logit_bias={5: 3.0, 40: -50.0},
        )
        assert is_valid("unique", text)


def test_choices_replay_as_single_requests(engine: LocalEngine) -> None:
    request = Request(
        "Name?", SamplingParams(seed=7, max_tokens=80), constraint=Made("unique"), n=4
    )
    deltas = list(engine.stream(request))
    for index in range(4):
        assert join(deltas, index)[:2] == ask(engine, "unique", seed=7 + index, max_tokens=80)[:2]


def test_logprobs_name_tokens_that_stayed(engine: LocalEngine) -> None:
    for name in ("person", "pretty", "unique"):
        request = Request(
            "Name?", SamplingParams(seed=3, max_tokens=90, top_logprobs=2), constraint=Made(name)
        )
        deltas = list(engine.stream(request))
        _, ids, receipt = join(deltas)
        named = [entry.token_id for delta in deltas for entry in delta.logprobs]
        rest = iter(ids)
        assert all(token in rest for token in named), "in order, each a token of the answer"
        assert len(named) <= len(ids) - receipt.forced_tokens


def test_nothing_uncertain_is_shown(engine: LocalEngine) -> None:
    """With rules for the whole document it comes at once; with rules for single strings or none
    it comes as it is written."""

    def pieces(name: str) -> list[Delta]:
        request = Request("Name?", SamplingParams(seed=5, max_tokens=90), constraint=Made(name))
        return [delta for delta in engine.stream(request) if delta.text]

    assert len(pieces("unique")) == 1
    assert len(pieces("person")) > 2
    assert len(pieces("codes")) > 1


def test_a_rule_that_nothing_meets_ends_in_an_error_that_names_it(engine: LocalEngine) -> None:
    with pytest.raises(NoValidDocument) as caught:
        ask(engine, "impossible", seed=1, max_tokens=50)
    assert caught.value.param == "type"
    assert "type" in caught.value.en
    assert "type" in caught.value.zh
    settled(engine)


@pytest.mark.parametrize(
    ("sampling", "param"),
    [({"stop": ("}",)}, "stop"), ({"stop_token_ids": (5,)}, "stop_token_ids")],
)
def test_what_could_cut_a_document_is_refused(
    engine: LocalEngine, sampling: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(engine, "person", **sampling)
    assert caught.value.param == param


def test_a_budget_that_is_too_small_is_refused_before_the_first_token(engine: LocalEngine) -> None:
    before = engine.stats.requests
    with pytest.raises(InvalidConstraint) as caught:
        ask(engine, "person", max_tokens=5)
    assert caught.value.param == "max_tokens"
    assert engine.stats.requests == before


def test_ignore_eos_changes_nothing(engine: LocalEngine) -> None:
    assert (
        ask(engine, "person", seed=2, max_tokens=80, ignore_eos=True)[:2]
        == (ask(engine, "person", seed=2, max_tokens=80)[:2])
    )
