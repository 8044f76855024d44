"""Which strings and numbers of a document its text holds: what can be checked of its contents.

That a value stands in the text does not make it the right one for its key; that it does not stand
there is a reason to look. Choices from a list, patterns, times and truth values are no copies and
are left out; a date may be written in another way in the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from qwen_app.decoding.json_schema.asked import numbers_asked, strings_asked
from qwen_app.decoding.json_schema.compile import CompiledSchema
from qwen_app.decoding.json_schema.option import Option
from qwen_app.decoding.json_schema.shape import Shape
from qwen_app.decoding.json_schema.stated import dates_in, numbers_in


@dataclass(frozen=True, slots=True)
class Grounding:
    """How many strings and numbers were looked for in the text, and those that are not there."""

    looked_for: int
    missing: tuple[str, ...]


def grounding(document: Any, compiled: CompiledSchema, text: str) -> Grounding:
    """Look for every open string and number of ``document`` in ``text``; spaces and case apart."""
    shape = Shape(compiled.grammar_schema)
    flat = _flat(text)
    numbers, dates = numbers_in(text), dates_in(text)
    looked_for = 0
    missing: list[str] = []
    for value in _open_values(document, shape.root, shape):
        looked_for += 1
        if isinstance(value, str):
            found = _flat(value) in flat or value in dates
        else:
            found = Decimal(str(value)) in numbers
        if not found:
            missing.append(value if isinstance(value, str) else str(value))
    return Grounding(looked_for, tuple(missing))


def _open_values(
    value: Any, options: tuple[Option, ...], shape: Shape
) -> Iterator[str | int | float]:
    match value:
        case dict():
            own = shape.of_kind(options, "object")
            for key, part in value.items():
                yield from _open_values(part, _below(own, partial(_property, shape, key)), shape)
        case list():
            own = shape.of_kind(options, "array")
            for at, part in enumerate(value):
                yield from _open_values(part, _below(own, partial(_item, shape, at)), shape)
        case bool() | None:
            return
        case str():
            own = shape.of_kind(options, "string")
            if own and value and strings_asked(own) is not None:
                yield value
        case int() | float():
            own = shape.of_kind(options, "number")
            if own and numbers_asked(own) is not None:
                yield value


def _below(options: tuple[Option, ...], child: Any) -> tuple[Option, ...]:
    return tuple(inner for option in options for inner in child(option))


def _property(shape: Shape, key: str, option: Option) -> tuple[Option, ...]:
    return shape.options(shape.property(option, key))


def _item(shape: Shape, at: int, option: Option) -> tuple[Option, ...]:
    return shape.options(shape.item(option, at))


def _flat(text: str) -> str:
    return "".join(text.casefold().split())
