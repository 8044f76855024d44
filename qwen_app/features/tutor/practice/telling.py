"""What word problems have in common."""

from qwen_app.features.tutor.practice.people import Thing
from qwen_app.features.tutor.practice.problem import NOTHING, Level, Problem, Step, Words


def story(
    kind: str,
    level: Level,
    text: Words,
    steps: tuple[Step, ...],
    answer: Words,
    slots: dict[str, str | Words],
    *,
    check: Words = NOTHING,
) -> Problem:
    return Problem("stories", kind, level, text, answer, steps, check, slots=slots)


def count(number: int, counted: Words) -> Words:
    return Words(f"{number} {counted.zh}", f"{number} {counted.en}")


def money(amount: int) -> Words:
    return Words(f"{amount} 元", f"${amount}")


def thing_slots(what: Thing, suffix: str = "") -> dict[str, str | Words]:
    return {f"c{suffix}": what.measure, f"t{suffix}": Words(what.zh, what.en)}
