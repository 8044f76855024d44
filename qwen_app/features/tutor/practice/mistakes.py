"""Solutions as students get them wrong, each with the line of its first mistake."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from qwen_app.features.tutor.practice.problem import (
    Language,
    Problem,
    Slip,
    SlipKind,
    Step,
    Words,
    final_line,
    same,
    solution,
)

_VALUE = re.compile(r"^-?[0-9]+(?:\.[0-9]+)?$")
_LETTER = re.compile(r"[A-Za-z一-鿿]")


@dataclass(frozen=True, slots=True)
class WrongSolution:
    """A solution with one mistake.

    Attributes:
        text: the whole solution. Lines after the wrong one are as in the right solution.
        number: of the first wrong line among ``text``'s lines that are not empty, from 0.
        right: that line as it should be.
    """

    kind: SlipKind
    text: str
    number: int
    right: str

    @property
    def lines(self) -> list[str]:
        return lines(self.text)

    @property
    def wrong(self) -> str:
        return self.lines[self.number]


def lines(text: str) -> list[str]:
    """The lines of a solution that are not empty."""
    return [line for line in text.splitlines() if line.strip()]


def wrong_solutions(
    problem: Problem, language: Language, rng: random.Random
) -> tuple[WrongSolution, ...]:
    """One for each way that the problem knows of getting a step wrong, one with a wrong number in
    some step, and one with a wrong final answer."""
    right = solution(problem, language)
    found = [
        _with_step(problem, language, place, slip)
        for place, step in enumerate(problem.steps)
        for slip in step.slips
    ]
    numbers = list(_wrong_numbers(problem, rng))
    if numbers:
        place, slip = rng.choice(numbers)
        found.append(_with_step(problem, language, place, slip))
    answer = _wrong_answer(problem, rng)
    if answer is not None:
        wrong = solution(replace(problem, answer=answer), language)
        last = len(lines(right)) - 1
        found.append(
            WrongSolution("answer", wrong, last, final_line(problem.answer.of(language), language))
        )
    return tuple(found)


def _with_step(problem: Problem, language: Language, place: int, slip: Slip) -> WrongSolution:
    right = solution(problem, language)
    steps = list(problem.steps)
    steps[place] = replace(steps[place], work=slip.work)
    wrong = solution(replace(problem, steps=tuple(steps)), language)
    number = next(
        index
        for index, (one, other) in enumerate(zip(lines(right), lines(wrong), strict=True))
        if one != other
    )
    return WrongSolution(slip.kind, wrong, number, lines(right)[number])


def _wrong_numbers(problem: Problem, rng: random.Random) -> Iterator[tuple[int, Slip]]:
    """Steps that end in ``calculation = value``, with another value."""
    for place, step in enumerate(problem.steps):
        work = _with_other_value(step, rng)
        if work is not None:
            yield place, Slip("number", work)


def _with_other_value(step: Step, rng: random.Random) -> Words | None:
    """A false sum in place of a right one; None if the step has no sum of plain numbers at its
    end."""
    *before, value = step.work.zh.split(" = ")
    if not before or step.work.zh != step.work.en or not _VALUE.match(value):
        return None
    if _LETTER.search(before[-1]):
        return None
    return same(" = ".join([*before, altered(value, rng)]))


def _wrong_answer(problem: Problem, rng: random.Random) -> Words | None:
    """The answer with its first number altered; None if it has none."""
    found = re.search(r"(?<![0-9/.])[0-9]+(?:\.[0-9]+)?", problem.answer.zh)
    other = re.search(r"(?<![0-9/.])[0-9]+(?:\.[0-9]+)?", problem.answer.en)
    if found is None or other is None:
        return None
    number = altered(found[0], rng)
    zh, en = problem.answer
    return Words(
        zh[: found.start()] + number + zh[found.end() :],
        en[: other.start()] + number + en[other.end() :],
    )


def altered(number: str, rng: random.Random) -> str:
    """Another number of the same sign with as many decimal places."""
    minus, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    places = len(digits.partition(".")[2])
    whole = int(digits.replace(".", "", 1))
    change = rng.choice((1, 2, 3, 10))
    whole += change if whole <= change or rng.random() < 0.5 else -change
    text = f"{whole:0{places + 1}d}"
    return minus + (f"{text[:-places]}.{text[-places:]}" if places else text)
