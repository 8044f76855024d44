"""Requests beyond a few million parameters, declined kindly and with a way forward.

Without these a small model answers whatever it is asked with a confident answer to something
else. Topics are drawn from wide pools, with made-up names among them, so that "unknown" is
learned rather than a list; a tenth of the topics are held out.
"""

import random

from qwen_app.train.data.example import Exchange, Families, Language, Split, is_held_out
from qwen_app.train.data.frames import phrased, phrasings
from qwen_app.train.data.knowledge import KNOWN
from qwen_app.train.data.knowledge import QUESTIONS as DEFINITIONS
from qwen_app.train.data.phrases import (
    KNOWN_WORDS,
    PAIRS,
    TO_CHINESE,
    TO_ENGLISH,
    unknown_language,
    unknown_phrase,
)
from qwen_app.train.data.texts import read

_HAN = (
    "安白百北本边才长成出川春大道德地东对多尔方飞风高公古光国海和河黑红华化回火家建江金京景静"
    "开克空兰雷力立丽利林龙路罗马梅美门米明木南能宁平奇青清泉人日山上生石水思斯松太唐特天铁通"
    "威维文西夏先小心新星兴秀亚阳英永玉元远月云正中州子"
)
"""Characters of which foreign and made-up names are often written."""

_REQUESTS: dict[str, dict[Language, Families]] = {
    kind: phrasings(raw) for kind, raw in read("refusals")["requests"].items()
}
_ANSWERS: dict[str, dict[Language, str]] = read("refusals")["answers"]
_DECLINES = tuple(text[:12] for by_language in _ANSWERS.values() for text in by_language.values())
"""How a request is declined. Any of these is right: what counts is that nothing is made up."""
TOPICS: dict[Language, tuple[str, ...]] = {
    "zh": tuple(read("refusals")["topics"]["zh"]),
    "en": tuple(read("refusals")["topics"]["en"]),
}


def refusal(rng: random.Random, language: Language, split: Split) -> Exchange:
    kind = rng.choices(
        ("write", "facts", "now", "math", "code", "advice", "define", "word", "nonsense"),
        weights=(14, 22, 12, 14, 10, 7, 16, 9, 5),
    )[0]
    if kind == "define":
        question = phrased(
            DEFINITIONS[language], rng, language, split, w=topic(rng, language, split)
        )
        kind = "facts"
    elif kind == "word":
        question = _unknown_word(rng, language, split)
    elif kind == "nonsense":
        question = _nonsense(rng, language)
    else:
        question = phrased(
            _REQUESTS[kind][language],
            rng,
            language,
            split,
            h=_hard_sum(rng, language),
            n=rng.randint(1, 10) * 100,
            w=topic(rng, language, split),
            u=topic(rng, language, split),
        )
    answer = _ANSWERS[kind][language]
    return Exchange("refusals", question, answer, language, facts=(_DECLINES,))


def topic(rng: random.Random, language: Language, split: Split) -> str:
    """Something the model knows nothing about; a quarter are made up."""
    while True:
        made_up = rng.random() < 0.25
        word = invented(rng, language) if made_up else rng.choice(TOPICS[language])
        if word.lower() not in KNOWN and is_held_out("topic", word) == (split == "held_out"):
            return word


def invented(rng: random.Random, language: Language) -> str:
    """A name that means nothing."""
    if language == "zh":
        return "".join(rng.choice(_HAN) for _ in range(rng.randint(2, 4)))
    syllables = rng.randint(2, 3)
    word = "".join(rng.choice("bcdfghklmnprstvwz") + rng.choice("aeiou") for _ in range(syllables))
    return (word + rng.choice(("", "n", "r", "x", "s"))).capitalize()


def _unknown_word(rng: random.Random, language: Language, split: Split) -> str:
    kind = rng.random()
    if kind < 0.35:
        return unknown_language(rng, language, split)
    if kind < 0.7:
        word = topic(rng, language, split)
        if word.lower() in KNOWN_WORDS:
            return _unknown_word(rng, language, split)
        return unknown_phrase(word, rng, language, split)
    from_chinese = rng.random() < 0.5
    word = topic(rng, "zh" if from_chinese else "en", split)
    if rng.random() < 0.4:
        joined = rng.sample(PAIRS, 3)
        word = "".join(p[0] for p in joined) if from_chinese else " ".join(p[1] for p in joined)
    families = (TO_ENGLISH if from_chinese else TO_CHINESE)[language]
    if word.lower() in KNOWN_WORDS:
        return _unknown_word(rng, language, split)
    return phrased(families, rng, language, split, w=word)


def _nonsense(rng: random.Random, language: Language) -> str:
    kind = rng.random()
    if kind < 0.7:
        letters = _HAN if language == "zh" else "asdfghjklqwertyuiopzxcvbnm"
        return "".join(rng.choice(letters) for _ in range(rng.randint(4, 10)))
    if kind < 0.85:
        return str(rng.randint(0, 10 ** rng.randint(1, 9)))
    return "".join(rng.choice("#$%^&*()_+-=[]{};:'<>,./~`") for _ in range(rng.randint(2, 8)))


def _hard_sum(rng: random.Random, language: Language) -> str:
    a, b, c, d = (rng.randint(2, 20) for _ in range(4))
    big, large = rng.randint(10_000, 9_999_999), rng.randint(1_000, 999_999)
    v = rng.choice("xxyabmn")
    shared = (
        f"{v}^2 + {a}{v} + {b} = 0",
        f"{v}² - {a}{v} = {b}",
        f"{a}{v}²+{b}{v}-{c}=0",
        f"{v}^2 = {a * a}",
        f"{v}^3 = {a}",
        f"{big} + {large}",
        f"{big}*{large}",
        f"{big} × {large}",
        f"{large} ÷ {a}",
        f"{big}-{large}",
        f"sin({a})",
        f"√{big}",
        f"log({large})",
        f"{a}!",
        f"|{v} - {a}| = {b}",
        f"{a}.{b}{c} × {d}.{a}",
        f"sqrt({a}{v} + {b}) = {c}",
        f"∫ {v}^{a} d{v}",
        f"{large}/{big}",
        f"2^{v} = {large}",
    )
    words = (
        (
            "1+2+...+1000",
            "这个数列的第 100 项",
            "圆的面积",
            "这个函数的导数",
            "矩阵的逆",
            "这个定积分",
            "勾股定理",
            "x 的平方加 2x 等于 3",
            "鸡兔同笼问题",
            "这道几何题",
            "三角形的面积",
            "概率",
        )
        if language == "zh"
        else (
            "the integral of sin x",
            "the area of a circle",
            "the inverse of a matrix",
            "x squared plus 2x equals 3",
            "the limit of 1/x",
            "this geometry problem",
            "the Pythagorean theorem",
            "a quadratic equation",
            "the volume of a sphere",
            "a probability",
        )
    )
    return rng.choice(shared) if rng.random() < 0.8 else rng.choice(words)
