"""Small talk and questions about the app, drawn from `intents`."""

import random

from qwen_app.train.data.example import Exchange, Language, Split, pick
from qwen_app.train.data.intents import INTENTS, Intent

_OPENERS = {
    "zh": ("请问，", "你好，", "请问", "那个，", "嗨，", "我想问一下，", "问一下，"),
    "en": ("Hi, ", "Hello, ", "Please tell me: ", "Hey, ", "Um, ", "A question: ", "Excuse me, "),
}
_BARE = frozenset({"greeting", "thanks", "goodbye", "acknowledge", "criticism", "repeat"})
"""Intents that are not questions, before which an opener would be odd."""


def small_talk(rng: random.Random, language: Language, split: Split) -> Exchange:
    return ask(rng.choices(INTENTS, weights=_WEIGHTS)[0], rng, language, split)


def ask(intent: Intent, rng: random.Random, language: Language, split: Split) -> Exchange:
    """One phrasing of the intent and one of its answers."""
    question = pick(intent.phrasings[language], rng, split)
    if intent.name not in _BARE:
        question = with_opener(question, rng, language)
    answer = rng.choice(intent.answers[language])
    return Exchange("chat", question, answer, language, intent.facts)


def with_opener(question: str, rng: random.Random, language: Language) -> str:
    """The question, now and then with a polite opening or typed carelessly."""
    if rng.random() < 0.12:
        question = rng.choice(_OPENERS[language]) + question
    if language == "en" and rng.random() < 0.2:
        question = question.lower()
    if language == "zh" and rng.random() < 0.1:
        question = question.replace("？", "?").replace("，", ",")
    return question


_WEIGHTS = tuple(
    {
        "greeting": 3.0,
        "thanks": 1.5,
        "identity": 3.0,
        "is_real_qwen": 2.0,
        "abilities": 3.0,
        "use_api": 1.2,
    }.get(intent.name, 1.0)
    for intent in INTENTS
)
