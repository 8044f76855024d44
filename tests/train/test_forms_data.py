"""Answers of a wanted form keep what the prompt library checks, in both splits."""

import random

import pytest

from qwen_app.train.data.example import Language, Split
from qwen_app.train.data.formed import Formed
from qwen_app.train.data.forms import formed, formed_conversation
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.texts import families, read

LANGUAGES: tuple[Language, ...] = ("zh", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", ["train", "held_out"])
def test_every_answer_has_its_form_and_facts(language: Language, split: Split) -> None:
    rng = random.Random(1)
    for _ in range(500):
        one = formed(rng, language, split)
        assert one.is_answered_by(one.exchange.answer), one
        assert not one.is_answered_by("")
        assert "{" not in one.exchange.question.replace("{n}", "{"), one.exchange.question


def drawn(kind: str, seed: int = 2) -> Formed:
    """The first exchange of the format under a composition."""
    rng = random.Random(seed)
    while True:
        one = formed(rng, "zh", "train")
        if one.composed and any(part.template.name == kind for part in one.composed.parts):
            return one


def test_a_list_of_another_length_is_not_right() -> None:
    one = drawn("numbered-list")
    answer = one.exchange.answer
    assert not one.is_answered_by(answer + "\n9. 别的")
    assert not one.is_answered_by(answer[: answer.rindex("\n")])
    assert not one.is_answered_by(f"好的：\n{answer}")


def test_a_choice_with_other_words_is_not_right() -> None:
    one = drawn("choice")
    assert not one.is_answered_by(f"我选{one.exchange.answer}")


def test_code_with_other_words_is_not_right() -> None:
    one = drawn("code-only")
    assert one.exchange.cases
    assert not one.is_answered_by(f"{one.exchange.answer}\n\n说明")


def test_conversations_repeat_by_seed_and_end_in_an_answer() -> None:
    for language in LANGUAGES:
        first, again = random.Random(3), random.Random(3)
        for _ in range(100):
            messages = formed_conversation(first, language)
            assert messages == formed_conversation(again, language)
            assert [m.role for m in messages][-2:] == ["user", "assistant"]
            assert all(m.content and m.content == m.content.strip() for m in messages)


@pytest.mark.parametrize("kind", ["list", "is_a", "kind_of", "review", "pairs"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_phrasings_do_not_leak(kind: str, language: Language) -> None:
    rng = random.Random(4)
    raw = read("format_questions")[kind]
    asked = families({each: raw[each] for each in LANGUAGES})[language]
    trained = {compose(template, rng) for template in asked.train for _ in range(300)}
    assert trained.isdisjoint(compose(t, rng) for t in asked.held_out for _ in range(100))


def test_things_belong_to_one_kind() -> None:
    for language in LANGUAGES:
        kinds = [kind[language] for kind in read("lists")]
        names = [kind["name"] for kind in kinds]
        assert len(set(names)) == len(names)
        for kind in kinds:
            assert len(set(kind["items"])) == 8
