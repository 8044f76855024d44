"""Phrasings composed from alternatives.

A handful of templates per intent is memorised rather than understood, so a phrasing is written
as a small grammar that stands for dozens: ``"[请|麻烦你|][解|求解]方程{eq}[。|]"``. Square
brackets hold alternatives, which may be empty and may nest; ``{name}`` is filled in afterwards,
so that a value can contain any character.
"""

import random
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[tuple["str | _Choice", ...], ...]


Sequence = tuple[str | _Choice, ...]


def compose(template: str, rng: random.Random, **slots: object) -> str:
    """One phrasing of the template, its slots filled.

    Raises:
        ValueError: unbalanced brackets.
    """
    text = _sample(parse(template), rng)
    for name, value in slots.items():
        text = text.replace("{" + name + "}", str(value))
    return text


@cache
def parse(template: str) -> Sequence:
    """The template as literal strings and choices.

    Raises:
        ValueError: unbalanced brackets.
    """
    parsed, end = _parse_sequence(template, 0, nested=False)
    if end != len(template):
        raise ValueError(f"unbalanced ] at {end} in {template!r}")
    return parsed


def count(template: str) -> int:
    """How many derivations the template has (slots not counted)."""
    return _count(parse(template))


def _parse_sequence(text: str, start: int, *, nested: bool) -> tuple[Sequence, int]:
    parts: list[str | _Choice] = []
    literal = start
    position = start
    while position < len(text):
        char = text[position]
        if char == "[":
            parts.append(text[literal:position])
            choice, position = _parse_choice(text, position + 1)
            parts.append(choice)
            literal = position
        elif char == "]" or (char == "|" and nested):
            break
        else:
            position += 1
    parts.append(text[literal:position])
    return tuple(part for part in parts if part != ""), position


def _parse_choice(text: str, start: int) -> tuple[_Choice, int]:
    options: list[Sequence] = []
    position = start
    while True:
        option, position = _parse_sequence(text, position, nested=True)
        options.append(option)
        if position >= len(text):
            raise ValueError(f"[ without ] in {text!r}")
        if text[position] == "]":
            return _Choice(tuple(options)), position + 1
        position += 1


def _sample(sequence: Sequence, rng: random.Random) -> str:
    return "".join(
        part if isinstance(part, str) else _sample(rng.choice(part.options), rng)
        for part in sequence
    )


def _count(sequence: Sequence) -> int:
    total = 1
    for part in sequence:
        if isinstance(part, _Choice):
            total *= sum(_count(option) for option in part.options)
    return total
