"""One text, one schema, one document: what is asked and what is said about the answer."""

import json
from typing import Any

import pytest

from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.errors import ContextTooLong, InvalidConstraint, InvalidInput
from qwen_app.features.json_mode.prompt import build_messages
from qwen_app.features.json_mode.task import DOCUMENT_TOKENS, JsonTask
from qwen_app.features.task import Prepared
from qwen_app.messages import Message, Prompt, SamplingParams

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        },
        "required": ["name"],
    }
)
QWEN = SamplingParams(temperature=0.7, top_p=0.8, top_k=20, repetition_penalty=1.1)


def count_characters(prompt: Prompt) -> int:
    return sum(len(m.content) for m in prompt if isinstance(m, Message))


def prepare(task: JsonTask, context_length: int = 8192) -> Prepared:
    return task.prepare(defaults=QWEN, context_length=context_length, count_tokens=count_characters)


def test_a_grounded_document_is_held_to_the_text() -> None:
    task = JsonTask("Li, 30", SCHEMA, grounded=True)
    assert prepare(task).request.constraint == JsonSchema(SCHEMA, "pretty", "Li, 30")


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        ('{"name": "Li", "age": 30}', []),
        ('{"name": "Lee", "age": 30}', ["Lee"]),
        ('{"name": "li", "age": 31}', ["31"]),
    ],
)
def test_the_verdict_names_what_the_text_does_not_hold(document: str, missing: list[str]) -> None:
    verdict = JsonTask("Li, 30", SCHEMA).verify(document)
    assert verdict.status == "right"
    assert verdict.claim == "valid"
    for text in (verdict.en, verdict.zh):
        assert all(value in text for value in missing)
        assert missing or "2" in text


def test_the_request_has_prompt_and_constraint() -> None:
    request = prepare(JsonTask("Li, 30", SCHEMA, "Briefly.", layout="compact")).request
    assert request.prompt == build_messages("Li, 30", SCHEMA, "Briefly.")
    assert request.constraint == JsonSchema(SCHEMA, "compact")


def test_the_likeliest_token_is_taken_and_repetition_not_punished_unless_the_reader_says_so() -> (
    None
):
    sampling = prepare(JsonTask("Li", SCHEMA)).request.sampling
    assert (sampling.temperature, sampling.repetition_penalty) == (0, 1)
    assert sampling.max_tokens == DOCUMENT_TOKENS
    overrides = {"temperature": 0.5, "max_tokens": 99}
    sampling = prepare(JsonTask("Li", SCHEMA, overrides=overrides)).request.sampling
    assert (sampling.temperature, sampling.max_tokens) == (0.5, 99)


def test_the_document_gets_the_room_that_the_prompt_leaves() -> None:
    task = JsonTask("x" * 400, SCHEMA)
    used = count_characters(build_messages(task.text, SCHEMA))
    assert prepare(task, used + 50).request.sampling.max_tokens == 50
    with pytest.raises(ContextTooLong):
        prepare(task, used + 5)


@pytest.mark.parametrize(
    ("task", "error"),
    [
        (JsonTask(" \n", SCHEMA), InvalidInput),
        (JsonTask("Li", "{"), InvalidConstraint),
        (JsonTask("Li", '{"type": "strin"}'), InvalidConstraint),
        (JsonTask("Li", SCHEMA, overrides={"temperature": 9}), InvalidInput),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_model_is_asked(
    task: JsonTask, error: type[InvalidInput]
) -> None:
    with pytest.raises(error) as caught:
        prepare(task)
    assert caught.value.zh != caught.value.en


@pytest.mark.parametrize(
    ("document", "status", "says"),
    [
        ({"name": "Li", "tags": ["a"]}, "right", "uniqueItems"),
        ({"name": "Li", "tags": ["a", "a"]}, "wrong", "/tags"),
        ({"name": 3}, "wrong", "/name"),
        ({}, "wrong", "name"),
    ],
)
def test_a_document_is_checked(document: Any, status: str, says: str) -> None:
    verdict = JsonTask("Li", SCHEMA).verify(json.dumps(document))
    assert verdict.status == status
    assert says in verdict.en
    assert says in verdict.zh


@pytest.mark.parametrize("text", ["", '{"name": "L', "Sure! {}", "[" * 100_000])
def test_what_is_no_document_is_wrong(text: str) -> None:
    verdict = JsonTask("Li", SCHEMA).verify(text)
    assert verdict.status == "wrong"
    assert "not one complete JSON document" in verdict.en


def test_that_the_contents_are_true_is_never_claimed() -> None:
    verdict = JsonTask("Li", "true").verify("1")
    assert verdict.status == "right"
    assert "is not checked" in verdict.en
    assert "未核对" in verdict.zh
