"""What a chat turn asks of the generator: settings, and what fits into the context."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import AppError, ContextTooLong, InvalidInput, UnsupportedField
from qwen_app.features.chat import (
    ANSWER_TOKENS,
    SAMPLING_FIELDS,
    ChatTask,
    SamplingField,
    apply_overrides,
    chat_defaults,
)
from qwen_app.features.json_mode.demand import Demand
from qwen_app.features.task import Prepared
from qwen_app.messages import Message, Prompt, SamplingParams


def count_characters(prompt: Prompt) -> int:
    """A token a character, and three for each message's frame."""
    assert isinstance(prompt, tuple)
    return sum(len(m.content) + 3 for m in prompt if isinstance(m, Message))


def conversation(lengths: list[int]) -> tuple[Message, ...]:
    """User and assistant in turn, ending with a user's message."""
    if len(lengths) % 2 == 0:
        lengths = lengths[1:]
    roles = ("user", "assistant")
    return tuple(
        Message("user" if roles[i % 2] == "user" else "assistant", f"{i}".ljust(length, "x"))
        for i, length in enumerate(lengths)
    )


def prepare(
    task: ChatTask, context_length: int = 8192, defaults: SamplingParams | None = None
) -> Prepared:
    return task.prepare(
        defaults=defaults or SamplingParams(),
        context_length=context_length,
        count_tokens=count_characters,
    )


def messages_of(prepared: Prepared) -> tuple[Message, ...]:
    prompt = prepared.request.prompt
    assert isinstance(prompt, tuple)
    return tuple(m for m in prompt if isinstance(m, Message))


def test_a_turn_that_fits_is_sent_whole() -> None:
    messages = conversation([5, 6, 7])
    prepared = prepare(ChatTask(messages, system="Be brief."))
    assert messages_of(prepared) == (Message("system", "Be brief."), *messages)
    assert prepared.dropped == 0


@pytest.mark.parametrize("system", ["", "  \n"])
def test_without_a_system_prompt_the_template_decides(system: str) -> None:
    assert [m.role for m in messages_of(prepare(ChatTask(conversation([1]), system)))] == ["user"]


@pytest.mark.parametrize("messages", [(), (Message("user", "a"), Message("assistant", "b"))])
def test_there_must_be_something_to_answer(messages: tuple[Message, ...]) -> None:
    with pytest.raises(InvalidInput):
        prepare(ChatTask(messages))


def test_the_reader_overrides_the_model_and_the_model_the_neutral_value() -> None:
    model = SamplingParams(temperature=0.7, top_p=0.8, top_k=20, repetition_penalty=1.1)
    task = ChatTask(conversation([1]), overrides={"temperature": 0, "seed": 7})
    sampling = prepare(task, defaults=model).request.sampling
    assert (sampling.temperature, sampling.seed) == (0.0, 7)
    assert (sampling.top_p, sampling.top_k, sampling.repetition_penalty) == (0.8, 20, 1.1)
    assert sampling.max_tokens == ANSWER_TOKENS


def test_a_model_with_a_limit_of_its_own_keeps_it() -> None:
    assert chat_defaults(SamplingParams(max_tokens=5)).max_tokens == 5


@pytest.mark.parametrize("field", SAMPLING_FIELDS, ids=lambda field: field.name)
def test_both_ends_of_a_range_are_accepted_and_what_lies_beyond_is_not(
    field: SamplingField,
) -> None:
    for end in (field.low, field.high):
        assert getattr(apply_overrides(SamplingParams(), {field.name: end}), field.name) == end
    bad: list[object] = [field.low - 1, field.high + 1, math.nan, math.inf, True, "1", None, [1]]
    if field.step == 1:
        bad.append(field.low + 0.5)
    for value in bad:
        with pytest.raises(InvalidInput) as caught:
            apply_overrides(SamplingParams(), {field.name: value})
        assert caught.value.param == field.name


@pytest.mark.parametrize("name", ["logit_bias", "ignore_eos", "stop", "nonsense"])
def test_a_setting_that_the_chat_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedField) as caught:
        apply_overrides(SamplingParams(), {name: 1})
    assert caught.value.param == name


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=60),
    st.integers(0, 100),
    st.integers(64, 2000),
    st.integers(1, 800),
)
def test_what_is_sent_fits_and_is_the_end_of_the_conversation(
    lengths: list[int], system: int, context_length: int, max_tokens: int
) -> None:
    messages = conversation(lengths)
    task = ChatTask(messages, "s" * system, {"max_tokens": max_tokens})
    budget = context_length - min(max_tokens, context_length // 2)
    try:
        prepared = prepare(task, context_length)
    except ContextTooLong:
        last = ChatTask(messages[-1:], task.system)
        assert count_characters(last._prompt(0)) > budget
        return
    sent = messages_of(prepared)
    kept = [m for m in sent if m.role != "system"]
    assert tuple(kept) == messages[prepared.dropped :]
    assert kept[0].role == "user"
    assert count_characters(sent) <= budget
    if count_characters(task._prompt(0)) <= budget:
        assert prepared.dropped == 0


def test_the_start_of_a_long_conversation_moves_seldom() -> None:
    """So that the next turn finds its prefix in the cache."""
    messages = conversation([40] * 199)
    starts = [
        prepare(ChatTask(messages[:n], overrides={"max_tokens": 100}), 1000).dropped
        for n in range(1, len(messages) + 1, 2)
    ]
    assert starts == sorted(starts)
    assert starts[-1] > 0
    moves = sum(a != b for a, b in pairwise(starts))
    assert moves < len(starts) / 2


def test_errors_speak_both_languages() -> None:
    with pytest.raises(AppError) as caught:
        prepare(ChatTask(conversation([5000])), 1000)
    assert caught.value.text("en") != caught.value.text("zh")


def test_free_text_is_never_called_checked() -> None:
    assert ChatTask(conversation([1])).verify("2 + 2 = 4").status == "unchecked"


def test_a_demand_for_json_is_enforced_and_said() -> None:
    task = ChatTask((Message("user", "Name Rome's country. Answer in JSON, field: country"),))
    request = prepare(task, defaults=SamplingParams(repetition_penalty=1.1)).request
    assert request.constraint == Demand(fields=("country",)).constraint()
    assert request.sampling.repetition_penalty == 1
    verdict = task.verify('{"country": "Italy"}')
    assert (verdict.status, verdict.is_shown) == ("unchecked", True)
    assert "valid object with the fields country" in verdict.en
    assert "未核对" in verdict.zh
    for wrong in ("Italy", '{"country": ', "{}", "[]"):
        assert task.verify(wrong).status == "wrong"


def test_a_system_prompt_may_demand_it_for_every_message() -> None:
    task = ChatTask(conversation([5, 6, 7]), system="请始终以 JSON 格式回答。")
    assert prepare(task).request.constraint == Demand().constraint()


def test_only_the_last_message_counts_and_other_answers_are_free() -> None:
    turns = (
        Message("user", "Answer in JSON: 1 + 1"),
        Message("assistant", "{}"),
        Message("user", "And in words?"),
    )
    assert prepare(ChatTask(turns)).request.constraint is None


def test_what_the_reader_set_stays_under_a_demand() -> None:
    messages = (Message("user", "Answer in JSON only."),)
    task = ChatTask(messages, overrides={"repetition_penalty": 1.2})
    assert prepare(task).request.sampling.repetition_penalty == 1.2
