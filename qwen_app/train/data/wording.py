"""A request as people type it: with openers and thanks, without punctuation, with slips.

The families of `texts` vary what is said; this varies how. Some openers and closers belong to the
held-out split alone.
"""

import random
import re

from qwen_app.train.data.example import Language, Split

_OPENERS: dict[Language, tuple[str, ...]] = {
    "zh": (
        "老师，", "老师好，", "请问，", "你好，", "您好！", "你好！", "问一下，", "数学题：",
        "题目：", "题目：\n", "问题：", "嗨，", "在吗？", "麻烦看一下：", "小助手，", "作业题：",
        "又来了，", "还有一题：", "好的，", "请看题：", "谢谢！下一题：", "帮个忙，", "AI 老师，",
        "急！",
    ),
    "en": (
        "Hi, ", "Hello, ", "Hello! ", "Hey, ", "Please: ", "Question: ", "Question:\n", "Math: ",
        "Teacher, ", "Dear tutor, ", "Hi there! ", "One more: ", "Homework: ", "Thanks! Next: ",
        "Excuse me, ", "Quick question: ", "OK, ", "Problem:\n", "Good morning. ", "Um, ",
    ),
}  # fmt: skip
_HELD_OUT_OPENERS: dict[Language, tuple[str, ...]] = {
    "zh": ("打扰一下，", "想请教您：", "晚上好，", "这是今天的题：\n"),
    "en": ("Good evening, ", "Sorry to bother you: ", "Here is my task:\n", "So, "),
}
_CLOSERS: dict[Language, tuple[str, ...]] = {
    "zh": (
        "谢谢！", "谢谢", "，谢谢老师", "。谢谢！", " 要过程", "，写出步骤", "，请详细一点", "！",
        "\n请一步一步来。", "。先说理由再计算。", "，每一步都要说明", "？？",
        "\n", "，最后检验一下",
    ),
    "en": (
        " Thanks!", " Thank you.", " please", " Show every step.", " Thanks", " Explain each step.",
        "\nStep by step, please.", " Check the result.", "!", " Please be detailed.", "??", "\n",
    ),
}  # fmt: skip
_HELD_OUT_CLOSERS: dict[Language, tuple[str, ...]] = {
    "zh": ("，多谢啦", "，辛苦了", "\n要写清楚每一步哦"),
    "en": (" Cheers!", " Much appreciated.", "\nDon't skip steps."),
}

_SLIPS_ZH = (
    ("方程", "方成"), ("求解", "球解"), ("等于", "等与"), ("多少", "多小"), ("一共", "一供"),
    ("怎么", "咋"), ("怎么", "怎莫"), ("请", "清"), ("周长", "周常"),
    ("面积", "面及"), ("的", "得"),
    ("已知", "己知"), ("帮我", "帮偶"), ("解", "姐"), ("步骤", "步聚"), ("还剩", "还生"),
    ("平均", "平军"), ("长方形", "常方形"), ("打折", "打拆"), ("倍", "陪"), ("是多少", "是多少少"),
)  # fmt: skip
_SLIP_WORDS_EN = re.compile(
    r"\b(solve|equation|please|value|solution|explain|perimeter|rectangle|length|width|"
    r"times|area|total|many|find|what|length|triangle|circle|answer|calculate|change|average|"
    r"percent|fraction|system|original|price)\b",
    re.IGNORECASE,
)
_TO_HALF = str.maketrans("，。？！：；（）", ",.?!:;()")
_TO_FULL = str.maketrans("0123456789+=-,.?!:()", "０１２３４５６７８９＋＝－，．？！：（）")


def dress(question: str, rng: random.Random, language: Language, split: Split) -> str:
    """The question with a random opener, closer, slip or width; half the time as it is."""
    if rng.random() < 0.45:
        return question
    held_out = split == "held_out"
    if rng.random() < 0.3:
        openers = _OPENERS[language] + (_HELD_OUT_OPENERS[language] * 4 if held_out else ())
        question = rng.choice(openers) + question
    if rng.random() < 0.2:
        closers = _CLOSERS[language] + (_HELD_OUT_CLOSERS[language] * 4 if held_out else ())
        question = question.rstrip("。.！!") + rng.choice(closers)
    question = _typed_zh(question, rng) if language == "zh" else _typed_en(question, rng)
    return question.strip()


def _typed_zh(question: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        question = question.translate(_TO_HALF)
    if rng.random() < 0.12:
        question = question.rstrip("。？！?!.")
    if rng.random() < 0.05:
        question = re.sub(r" ?([0-9]+) ?", r"\1", question)
    if rng.random() < 0.02:
        question = question.translate(_TO_FULL)
    if rng.random() < 0.05:
        found = [slip for slip in _SLIPS_ZH if slip[0] in question]
        if found:
            right, wrong = rng.choice(found)
            question = question.replace(right, wrong, 1)
    return question


def _typed_en(question: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        question = question.lower()
    elif rng.random() < 0.03:
        question = question.upper()
    if rng.random() < 0.12:
        question = question.rstrip(".?!")
    if rng.random() < 0.06:
        found = list(_SLIP_WORDS_EN.finditer(question))
        if found:
            word = rng.choice(found)
            question = question[: word.start()] + _slip(word[0], rng) + question[word.end() :]
    return question


def _slip(word: str, rng: random.Random) -> str:
    """Two letters swapped, one doubled or one left out."""
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 :],
        )
    )
