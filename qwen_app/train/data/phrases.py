"""Everyday words between Chinese and English."""

import random

from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.frames import phrased
from qwen_app.train.data.texts import questions, read

PAIRS: tuple[tuple[str, str], ...] = tuple(read("words").items())
"""Chinese and English of each word."""

TO_ENGLISH = questions("to_english")
TO_CHINESE = questions("to_chinese")


def phrase(rng: random.Random, language: Language, split: Split) -> Exchange:
    chinese, english = rng.choice(PAIRS)
    if rng.random() < 0.55:
        question = phrased(TO_ENGLISH[language], rng, language, split, w=chinese)
        fact = english
        answer = (
            f"“{chinese}”的英文是 **{english}**。"
            if language == "zh"
            else f"“{chinese}” means **{english}** in English."
        )
    else:
        question = phrased(TO_CHINESE[language], rng, language, split, w=english)
        fact = chinese
        answer = (
            f"“{english}”的中文是 **{chinese}**。"
            if language == "zh"
            else f"“{english}” is **{chinese}** in Chinese."
        )
    return Exchange("phrases", question, answer, language, facts=((f"**{fact}**",),))
