"""Units of length, area and volume, and problems of a single formula."""

import random

from qwen_app.features.tutor.practice.problem import Level, Problem, Words, step

_ZH_NAMES = {"cm": "厘米", "m": "米", "dm": "分米", "mm": "毫米", "km": "千米"}
_DRAWN = ("cm", "cm", "cm", "m", "m", "dm", "mm", "km")
_ZH_SHARE = 0.3
"""How often a Chinese text writes 厘米 rather than cm."""


def length_unit(rng: random.Random) -> Words:
    en = rng.choice(_DRAWN)
    return Words(_ZH_NAMES[en] if rng.random() < _ZH_SHARE else en, en)


def square(unit: Words) -> Words:
    """The unit of an area."""
    zh = f"平方{unit.zh}" if unit.zh in _ZH_NAMES.values() else f"{unit.zh}²"
    return Words(zh, f"{unit.en}²")


def cube(unit: Words) -> Words:
    """The unit of a volume."""
    zh = f"立方{unit.zh}" if unit.zh in _ZH_NAMES.values() else f"{unit.zh}³"
    return Words(zh, f"{unit.en}³")


def formula(
    kind: str,
    level: Level,
    given: Words,
    asked: Words,
    rule: Words,
    work: str,
    answer: Words,
    slots: dict[str, str | Words],
) -> Problem:
    """A problem that one formula answers."""
    return Problem(
        topic="geometry",
        kind=kind,
        level=level,
        text=Words(f"{given.zh}，{asked.zh}", f"{given.en}. {asked.en}"),
        answer=answer,
        steps=(
            step("公式", "Formula", rule, "", ""),
            step(
                "代入数字",
                "Put the numbers in",
                work,
                "题目给出了这些数",
                "the problem gives these numbers",
            ),
        ),
        slots=slots,
    )
