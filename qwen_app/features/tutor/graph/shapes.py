"""What the page draws: plots and number lines, as plain numbers, with a description in words."""

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]

MarkKind = Literal["root", "intercept", "vertex", "intersection", "hole"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point worth seeing. ``text`` is its coordinates, with ≈ where they are rounded."""

    kind: MarkKind
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """``segments`` are its unbroken pieces: a curve is not joined over a pole or a jump."""

    label: str
    segments: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over the window ``x`` by ``y``; segments may leave it by a height at most."""

    x: Point
    y: Point
    names: tuple[str, str]
    """What stands at the axes."""
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    asymptotes: tuple[float, ...]
    """Vertical ones."""
    en: str
    zh: str
    kind: Literal["plot"] = "plot"


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval, or a point where both ends are the same. None is an end that is not there."""

    low: float | None
    high: float | None
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """An end of an interval. ``text`` is its value, with ≈ where it is rounded."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class NumberLine:
    """The solutions of inequalities, on the part of the line from ``x[0]`` to ``x[1]``."""

    x: Point
    name: str
    pieces: tuple[Piece, ...]
    ticks: tuple[Tick, ...]
    en: str
    zh: str
    kind: Literal["line"] = "line"


Graph = Plot | NumberLine
