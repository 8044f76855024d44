"""Chat, definitions, phrases and Python: no held-out wording leaks, no question has two answers."""

import random
import re
import unicodedata
from collections import defaultdict

import pytest

from qwen_app.train.data.chat import ask
from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.frames import dressed, framed
from qwen_app.train.data.grammar import compose
from qwen_app.train.data.intents import INTENTS
from qwen_app.train.data.knowledge import definition
from qwen_app.train.data.mix import SKILLS
from qwen_app.train.data.phrases import (
    NAMES,
    PAIRS,
    SAYINGS,
    unknown_language,
    unknown_phrase,
)
from qwen_app.train.data.texts import read

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def bare(text: str) -> str:
    """The words of a question alone: no case, width, spaces or punctuation."""
    return "".join(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize("skill", ["chat", "definitions", "phrases", "python"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_held_out_question_was_trained_on(skill: str, language: Language) -> None:
    rng = random.Random(1)
    draw = SKILLS[skill][0]
    trained = {bare(draw(rng, language, "train").question) for _ in range(6000)}
    held_out = {bare(draw(rng, language, "held_out").question) for _ in range(600)}
    assert not trained & held_out


def test_a_question_of_one_intent_is_of_no_other() -> None:
    rng = random.Random(2)
    names = defaultdict(set)
    for language in LANGUAGES:
        for intent in INTENTS:
            for _ in range(200):
                question = ask(intent, rng, language, "train").question
                names[bare(question)].add(intent.name)
        for _ in range(2000):
            question = definition(rng, language, "train").question
            if not re.match("hello|hi|hey", question.lower()):  # "Hello, Qwen" is a greeting too.
                names[bare(question)].add("definition")
    assert not {q: found for q, found in names.items() if q and len(found) > 1}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("split", ["train", "held_out"])
def test_chat_asks_in_many_ways(language: Language, split: Split) -> None:
    rng = random.Random(3)
    asked = {bare(SKILLS["chat"][0](rng, language, split).question) for _ in range(2000)}
    assert len(asked) > 1000


def test_frames_hold_their_content() -> None:
    rng = random.Random(4)
    for template in (*(both := framed("do", ["a|b", "c"], "en")).train, *both.held_out):
        words = set(re.findall(r"\b[abc]\b", compose(template, rng)))
        assert words & {"a", "b", "c"}, template


def test_dressing_leaves_slots_and_words_alone() -> None:
    rng = random.Random(5)
    for language, text in (("zh", "请问{w}是什么？"), ("en", "What is the meaning of {w}?")):
        seen = {dressed(text, rng, "zh" if language == "zh" else "en") for _ in range(2000)}
        assert len(seen) > 100
        assert all(one.count("{w}") == 1 for one in seen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_openers_are_no_questions_of_their_own(language: Language) -> None:
    opened = read("frames")["openers"][language]
    assert len(set(opened)) == len(opened) > 25


def test_questions_repeat_by_seed() -> None:
    def drawn(seed: int) -> list[Exchange]:
        rng = random.Random(seed)
        return [SKILLS["chat"][0](rng, "en", "train") for _ in range(50)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_every_saying_is_written_in_every_language() -> None:
    scripts = {"zh": "CJK", "ja": "CJK|HIRAGANA|KATAKANA", "ko": "HANGUL", "ru": "CYRILLIC"}
    for saying in SAYINGS:
        assert set(saying.forms) == set(NAMES["zh"]) == set(NAMES["en"])
        for code, forms in saying.forms.items():
            for letter in (c for form in forms for c in form if c.isalpha()):
                assert re.match(scripts.get(code, "LATIN"), unicodedata.name(letter)), (code, forms)


def test_a_phrase_has_one_translation() -> None:
    words = dict(PAIRS)
    for saying in SAYINGS:
        for form in saying.forms["zh"]:
            assert words.get(form, saying.forms["en"][0]) == saying.forms["en"][0]
    for code in NAMES["en"]:
        if code in ("zh", "en"):
            forms = [form for saying in SAYINGS for form in saying.forms[code]]
            assert len(set(forms)) == len(forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_declined_has_no_translation(language: Language) -> None:
    rng = random.Random(6)
    names = {name for by_code in NAMES.values() for each in by_code.values() for name in each}
    assert names.isdisjoint(read("sayings")["unknown"][language])
    for _ in range(300):
        assert "Klingon" in unknown_phrase("Klingon", rng, language, "train")
        asked = unknown_language(rng, language, "train")
        assert any(name.lower() in asked.lower() for name in read("sayings")["unknown"][language])
