"""What a conjunction of subschemas comes to: shapes of values, one for each type."""

from dataclasses import dataclass, field

from qwen_app.decoding.json_schema.expand import Key, Place
from qwen_app.decoding.json_schema.graph import Node


@dataclass(frozen=True, slots=True)
class Simple:
    """``null``, ``boolean``, or an array or object about which nothing is said."""

    type: str


@dataclass(frozen=True, slots=True)
class Values:
    """One of these, each by its JSON text."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    integer: bool
    low: float | int | None = None
    above: bool = False
    """``low`` itself is excluded."""
    high: float | int | None = None
    below: bool = False
    multiple: float | int | None = None


@dataclass(frozen=True, slots=True)
class Strings:
    least: int = 0
    most: int | None = None
    pattern: str | None = None
    """Rust's syntax, searched."""
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Arrays:
    prefix: tuple[Key, ...] = ()
    rest: Key = ()
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Objects:
    named: tuple[tuple[str, Key], ...] = ()
    required: frozenset[str] = frozenset()
    patterns: tuple[tuple[str, Key], ...] = ()
    rest: Key = ()
    least: int = 0
    most: int | None = None


Shape = Simple | Values | Numbers | Strings | Arrays | Objects


@dataclass(slots=True)
class Form:
    """What a conjunction comes to: any of these options, a conjunction again or a shape."""

    path: str
    """Where in the schema it comes from."""
    anything: bool = False
    options: list[Shape | Key] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    """The subschemas that were met on the way."""
    dropped: dict[Place, str] = field(default_factory=dict)
    """Keywords that it does not fully enforce, and why."""
    contradictions: list[tuple[Place, str, str]] = field(default_factory=list)
    """(place, en, zh): why a type or an alternative has no value."""


def keys_of(shape: Shape | Key) -> list[Key]:
    """The conjunctions that a shape consists of."""
    if isinstance(shape, tuple):
        return [shape]
    if isinstance(shape, Arrays):
        return [*shape.prefix, shape.rest]
    if isinstance(shape, Objects):
        return [*(k for _, k in shape.named), *(k for _, k in shape.patterns), shape.rest]
    return []
