"""All that can be practised: topics, levels, and problems by seed."""

import random
from typing import Final

from qwen_app.errors import InvalidInput
from qwen_app.features.tutor.practice import (
    equations,
    fractions,
    functions,
    geometry,
    inequalities,
    percentages,
    powers,
    ratios,
    stories,
    systems,
)
from qwen_app.features.tutor.practice.problem import Kinds, Level, Problem, Words

TOPICS: Final[dict[str, Kinds]] = {
    "equations": equations.KINDS,
    "systems": systems.KINDS,
    "inequalities": inequalities.KINDS,
    "percentages": percentages.KINDS,
    "fractions": fractions.KINDS,
    "ratios": ratios.KINDS,
    "geometry": geometry.KINDS,
    "stories": stories.KINDS,
    "powers": powers.KINDS,
    "functions": functions.KINDS,
}

TITLES: Final[dict[str, Words]] = {
    "equations": Words("方程", "Equations"),
    "systems": Words("方程组", "Systems of equations"),
    "inequalities": Words("不等式", "Inequalities"),
    "percentages": Words("百分数", "Percentages"),
    "fractions": Words("分数", "Fractions"),
    "ratios": Words("比和比例", "Ratios"),
    "geometry": Words("几何", "Geometry"),
    "stories": Words("应用题", "Word problems"),
    "powers": Words("乘方与开方", "Powers and roots"),
    "functions": Words("函数与导数", "Functions and derivatives"),
}

LEVELS: Final[dict[Level, Words]] = {
    1: Words("基础", "Basic"),
    2: Words("进阶", "Intermediate"),
    3: Words("挑战", "Advanced"),
}


def make(topic: str, level: int, seed: int) -> Problem:
    """The problem of this seed: the same each time, on every machine.

    Raises:
        InvalidInput: there is no such topic or level (``param`` is ``topic`` or ``level``).
    """
    kinds = TOPICS.get(topic)
    if kinds is None:
        raise InvalidInput(
            f"There is no topic `{topic}`; there are: {', '.join(TOPICS)}.",
            f"没有主题 `{topic}`；可选：{'、'.join(TOPICS)}。",
            param="topic",
        )
    for known, makers in kinds.items():
        if known == level:
            rng = random.Random(f"{topic}:{level}:{seed}")
            return rng.choice(makers)(rng)
    raise InvalidInput(
        f"There is no level {level}; there are 1, 2 and 3.",
        f"没有难度 {level}；可选 1、2、3。",
        param="level",
    )
