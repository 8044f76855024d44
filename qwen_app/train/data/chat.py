"""Small talk and questions about the app, drawn from `intents`."""

import random

from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.frames import phrased
from qwen_app.train.data.intents import INTENTS, Intent

_FRAMED = 0.6
"""How often a frame is used where the intent has contents for one."""


def small_talk(rng: random.Random, language: Language, split: Split) -> Exchange:
    return ask(rng.choices(INTENTS, weights=_WEIGHTS)[0], rng, language, split)


def ask(intent: Intent, rng: random.Random, language: Language, split: Split) -> Exchange:
    """One phrasing of the intent and one of its answers."""
    own, frames = intent.phrasings[language], intent.framed[language]
    use_frame = bool(frames.train) and rng.random() < _FRAMED
    question = phrased(
        frames if use_frame else own, rng, language, split, opened=bool(frames.train)
    )
    answer = rng.choice(intent.answers[language])
    return Exchange("chat", question, answer, language, intent.facts)


_WEIGHTS = tuple(
    {
        "greeting": 5.0,
        "thanks": 1.5,
        "identity": 6.0,
        "is_real_qwen": 2.0,
        "abilities": 5.0,
        "use_api": 1.2,
    }.get(intent.name, 1.0)
    for intent in INTENTS
)
