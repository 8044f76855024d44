"""Values for generated tables and texts: names, places, things, codes, dates.

A tenth of all values never occur in training (`is_held_out`); what is composed of parts is held
out as a whole. Some names are made up of random characters or syllables, so that copying is
learned rather than a list.
"""

import datetime
import random
from collections.abc import Callable
from typing import Any

from qwen_app.train.data.example import Language, Split, is_held_out
from qwen_app.train.data.texts import read
from qwen_app.train.tokenizer import common_characters

_TRIES = 50

_CHARACTERS = common_characters()


def value(pool: str, rng: random.Random, language: Language, split: Split) -> str:
    """A value of the pool that the split may show."""
    words = read("pools")[language]
    if pool == "gender":  # two values only: neither can be held out
        return str(rng.choice(words["gender"]))
    text = ""
    for _ in range(_TRIES):
        text = (
            _COMPOSED[pool](rng, language, words) if pool in _COMPOSED else rng.choice(words[pool])
        )
        if is_held_out("value", text) == (split == "held_out"):
            break
    return text


def values(
    pool: str, count: int, rng: random.Random, language: Language, split: Split
) -> list[str]:
    """Distinct values, at most ``count``; fewer where a small pool has no more for the split."""
    found = dict.fromkeys(value(pool, rng, language, split) for _ in range(count * 4))
    own = [text for text in found if is_held_out("value", text) == (split == "held_out")]
    return (own if len(own) > 1 else list(found))[:count]


def person(rng: random.Random, language: Language, words: dict[str, Any]) -> str:
    if language == "zh":
        if rng.random() < 0.04:
            return str(rng.choice(("张三", "李四", "王五", "赵六", "小明", "小红", "小刚", "老王")))
        pool = words["given"] if rng.random() < 0.7 else _CHARACTERS
        return str(rng.choice(words["surnames"])) + "".join(
            rng.choice(pool) for _ in range(rng.choice((1, 2, 2)))
        )
    first = rng.choice(words["first"]) if rng.random() < 0.8 else made(rng, "en", words)
    if rng.random() < 0.45:
        return str(first)
    last = rng.choice(words["last"]) if rng.random() < 0.8 else made(rng, "en", words)
    return f"{first} {last}"


def made(rng: random.Random, language: Language, _: object = None) -> str:
    """A word that means nothing."""
    if language == "zh":
        return "".join(rng.choice(_CHARACTERS) for _ in range(rng.choice((2, 2, 3, 4))))
    word = "".join(
        rng.choice(("b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w",
                    "z", "br", "ch", "dr", "gr", "kl", "st", "th", "tr"))
        + rng.choice(("a", "e", "i", "o", "u", "ai", "ea", "io", "oo"))
        for _ in range(rng.choice((1, 2, 2, 3)))
    )  # fmt: skip
    return (word + rng.choice(("", "n", "r", "x", "s", "l", "nd"))).capitalize()


def code(rng: random.Random, _: Language = "en", __: object = None) -> str:
    letters = "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(rng.randint(1, 3)))
    return f"{letters}{rng.choice(('', '-'))}{rng.randint(10 ** rng.randint(0, 3), 99999)}"


def date(rng: random.Random, first: int = 1960, last: int = 2026) -> datetime.date:
    return datetime.date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))


def _joined(*parts: str) -> Callable[[random.Random, Language, dict[str, Any]], str]:
    def joined(rng: random.Random, language: Language, words: dict[str, Any]) -> str:
        found = [
            made(rng, language) if part == "made" else str(rng.choice(words[part]))
            for part in parts
        ]
        return ("" if language == "zh" else " ").join(found)

    return joined


def _any(
    *choices: Callable[[random.Random, Language, dict[str, Any]], str],
) -> Callable[[random.Random, Language, dict[str, Any]], str]:
    return lambda rng, language, words: rng.choice(choices)(rng, language, words)


def _model(rng: random.Random, language: Language, words: dict[str, Any]) -> str:
    brand = rng.choice(words["brand"]) if rng.random() < 0.7 else made(rng, language)
    return (
        f"{brand}{'' if language == 'zh' else ' '}{rng.choice('ABCDEGKMSTXZ')}{rng.randint(1, 99)}"
    )


_COMPOSED: dict[str, Callable[[random.Random, Language, dict[str, Any]], str]] = {
    "person": person,
    "made": _any(made, made, code),
    "code": code,
    "model": _model,
    "product": _any(
        _joined("adjectives", "things"), _joined("things"), _joined("made", "things"), _model
    ),
    "dish": _any(_joined("adjectives", "dish_things"), _joined("dish_things")),
    "title": _any(_joined("title_a", "title_b"), made),
    "company": _joined("made", "company_b"),
    "school": _any(_joined("city", "school_b"), _joined("made", "school_b")),
    "team": _any(_joined("city", "team_heads"), _joined("made", "team_heads")),
    "event": _joined("event_a", "event_b"),
    "place": _any(_joined("place_a", "place_b"), _joined("made", "place_b")),
    "course": _any(_joined("subject", "course_b"), _joined("subject")),
}  # fmt: skip
