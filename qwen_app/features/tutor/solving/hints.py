"""Hints one at a time, made of a solution whose lines were judged: first how to begin, then a step
after the other with its result left out, and only the last one says the answer.

They are the solution's own lines, so what is checked of them holds for the hints as well; no model
is asked for a hint, since one that knows the answer seldom keeps it to itself.
"""

import re
from typing import Final

from qwen_app.errors import Language
from qwen_app.features.tutor.events import Hint, Line, Solution
from qwen_app.features.tutor.reading.problem import read_problem
from qwen_app.features.tutor.reading.tree import Chain, System
from qwen_app.features.tutor.solving.guard import SIGN, computed

_NUMBER: Final = re.compile(r"(?<![\w.])-?\d[\d,]*(?:[./]\d+)*(?![\d/]|\.\d)")
_VALUE: Final = re.compile(r"[ \t]*(?:\*\*|\$)?(-?\d[\d,]*(?:[./]\d+)*%?)(?![\d./(]|\s*[-+*/×÷^·])")
_BLANK: Final[dict[Language, str]] = {"zh": "？", "en": "?"}

_BEGIN: Final[dict[str, dict[Language, str]]] = {
    "system": {
        "zh": "这里有几个条件要同时成立。想一想：怎样由其中一个式子得到只含一个未知数的方程？",
        "en": "Several conditions hold at once. How can you get an equation with one unknown only?",
    },
    "inequality": {
        "zh": "像解方程一样，把未知数留在一边。注意：两边乘以或除以负数时，不等号要改变方向。",
        "en": "Isolate the unknown as in an equation. Mind that multiplying or dividing both sides"
        " by a negative number turns the sign around.",
    },
    "equation": {
        "zh": "目标是让未知数单独在一边。想一想：先去掉哪个数，两边要同时做什么运算？",
        "en": "The unknown is to stand alone on one side. Which number do you remove first, and"
        " what must you do to both sides?",
    },
    "calculation": {
        "zh": "先看运算顺序：哪一部分要先算？",
        "en": "Look at the order of operations first: which part comes first?",
    },
    "words": {
        "zh": "先找出题目给了哪些量、要求什么量，再想它们之间有什么关系；可以画图或列表。",
        "en": "Find out which quantities are given and which one is asked for, and how they belong"
        " together; a sketch or a table may help.",
    },
}


def hints(solution: Solution) -> tuple[Hint, ...]:
    """The hints to a problem that was solved. Without an answer there are those to its steps
    alone, and none of them ``gives_answer``."""
    language = solution.language
    known = _numbers(solution.problem)
    secret = _numbers(solution.answer or "")
    found = [_BEGIN[_kind(solution.problem)][language]]
    waiting: list[str] = []
    for line in solution.lines:
        if line.role != "step":
            continue
        text = _masked(line, known, secret, _BLANK[language])
        waiting.append(text)
        if line.verdict.is_mathematics:
            found.append("\n".join(waiting))
            waiting = []
    given = [Hint(text) for text in dict.fromkeys(found)]
    if solution.answer is None:
        return tuple(given)
    return (*given, Hint(_answer(solution), gives_answer=True))


def _answer(solution: Solution) -> str:
    said = [line.text for line in solution.lines if line.role == "answer"]
    if said:
        return said[-1]
    label = "答案：" if solution.language == "zh" else "Answer: "
    return f"{label}**{solution.answer}**"


def _masked(line: Line, known: frozenset[str], secret: frozenset[str], blank: str) -> str:
    """The line without its results, and without the answer wherever it stands."""
    text = line.text
    places = set(computed(text))
    for sign in SIGN.finditer(text):
        value = _VALUE.match(text, sign.end())
        if value is not None and (value[1] not in known or value[1] in secret):
            places.add(value.span(1))
    places |= {
        number.span()
        for number in _NUMBER.finditer(text)
        if number[0].lstrip("-") in secret - known and not _is_marker(text, number.start())
    }
    for start, end in sorted(places, reverse=True):
        if "？" not in text[start:end] and "?" not in text[start:end]:
            text = text[:start] + blank + text[end:]
    return text


def _is_marker(text: str, place: int) -> bool:
    """Whether a number stands at the beginning, as that of a step."""
    return not text[:place].strip(" \t#*>(（第")


def _numbers(text: str) -> frozenset[str]:
    return frozenset(found[0].lstrip("-") for found in _NUMBER.finditer(text))


def _kind(text: str) -> str:
    problem = read_problem(text)
    kinds = [
        "system"
        if isinstance(statement, System) and statement.joined == "and"
        else "inequality"
        if isinstance(statement, Chain) and set(statement.operators) & set("<>≤≥")
        else "equation"
        for statement in problem.statements
        if not isinstance(statement, Chain) or statement.operators
    ]
    asked = {asked.kind for asked in problem.asked}
    if "solve" in asked and kinds:
        return "system" if len(kinds) > 1 else kinds[0]
    if asked & {"evaluate", "simplify"} and not kinds:
        return "calculation"
    if "find" in asked and len(kinds) == 1:
        return kinds[0]
    return "words"
