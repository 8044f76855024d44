"""A school problem in both languages, with its answer and its solution line by line.

A solution is written so that a calculator can stand beside its writer: every computation is one
``expression = value`` with the operands next to it, and everything else is copied from the lines
before. The tutor's guard then carries the sums, and the checker can judge each line.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Language = Literal["en", "zh"]
Level = Literal[1, 2, 3]


class Words(NamedTuple):
    """The same text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def after(self, number: object) -> "Words":
        """The number followed by this unit or word."""
        return Words(f"{number} {self.zh}", f"{number} {self.en}")


def same(text: str) -> Words:
    """Mathematics reads alike in both languages."""
    return Words(text, text)


NOTHING = same("")
SOLUTION = Words("解：", "Solution:")


SlipKind = Literal["number", "sign", "lost", "rounding", "unit", "answer"]


@dataclass(frozen=True, slots=True)
class Slip:
    """How students get a step wrong: ``work`` instead of the step's own."""

    kind: SlipKind
    work: Words


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered line: what is done, the mathematics of it, and why it may be done."""

    does: Words
    work: Words = NOTHING
    why: Words = NOTHING
    slips: tuple[Slip, ...] = ()
    """Besides a number that is wrong, which can happen to any step."""


def step(zh: str, en: str, work: str | Words, why_zh: str, why_en: str, *slips: Slip) -> Step:
    return Step(
        Words(zh, en),
        same(work) if isinstance(work, str) else work,
        Words(why_zh, why_en),
        slips,
    )


def so(first: str, then: str) -> Words:
    """A calculation and what it shows."""
    return Words(f"{first}，所以 {then}", f"{first}, so {then}")


@dataclass(frozen=True, slots=True)
class Problem:
    """``kind`` and ``slots`` say what ``text`` says, so that it can be asked in other words."""

    topic: str
    kind: str
    level: Level
    text: Words
    answer: Words
    """As the checker reads it: ``x = 6``, ``x = 2, y = 3``, ``108 cm²``, ``3/4``, ``25%``."""
    steps: tuple[Step, ...]
    check: Words = NOTHING
    opening: Words = SOLUTION
    slots: Mapping[str, str | Words] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What two problems with the same mathematics share: the kind and the numbers."""
        return f"{self.kind}:{','.join(re.findall(r'[0-9]+(?:[./][0-9]+)?', self.text.zh))}"

    def fill(self, language: Language) -> dict[str, str]:
        """The slots in one language."""
        return {
            name: value if isinstance(value, str) else value.of(language)
            for name, value in self.slots.items()
        }


Kinds = Mapping[Level, tuple[Callable[[random.Random], Problem], ...]]
"""What makes the problems of a topic, by level."""


def solution(
    problem: Problem,
    language: Language,
    *,
    reasons: bool = False,
    check: bool = True,
    opening: bool = True,
) -> str:
    """The worked answer in Markdown: numbered lines, a check, the answer in bold."""
    parts = []
    if opening:
        parts.append(problem.opening.of(language))
    parts.append(
        "\n".join(
            f"{number}. {line(step, language, reasons=reasons)}"
            for number, step in enumerate(problem.steps, 1)
        )
    )
    if check and problem.check.of(language):
        parts.append(Words("检验：", "Check: ").of(language) + problem.check.of(language) + " ✓")
    parts.append(final_line(problem.answer.of(language), language))
    return "\n\n".join(parts)


def line(step: Step, language: Language, *, reasons: bool = False) -> str:
    """A step without its number."""
    text = step.does.of(language)
    if work := step.work.of(language):
        text += Words("：", ": ").of(language) + work
    if reasons and (why := step.why.of(language)):
        text += Words(f"（理由：{why}）", f" (why: {why})").of(language)
    return text


def final_line(answer: str, language: Language) -> str:
    return Words("答案：", "Answer: ").of(language) + f"**{answer}**"
