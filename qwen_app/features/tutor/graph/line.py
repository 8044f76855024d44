"""The solutions of inequalities in one letter, as pieces of the number line."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from qwen_app.features.tutor.graph import exact
from qwen_app.features.tutor.graph.labels import about, exactly, simple
from qwen_app.features.tutor.graph.numeric import Definitions, compiled
from qwen_app.features.tutor.graph.shapes import NumberLine, Piece, Tick
from qwen_app.features.tutor.graph.zeros import edges, wide_grid, zeros
from qwen_app.features.tutor.reading.tree import Binary, Chain, Expression, Symbol, System, walk

_RELATIONS: Final[dict[str, Callable[[float | Fraction, float | Fraction], bool]]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
    "≠": operator.ne,
    "=": operator.eq,
}
INEQUALITIES: Final = frozenset("<≤>≥≠")
_MOST_PIECES: Final = 8


@dataclass(frozen=True, slots=True)
class _Link:
    """One comparison of a chain."""

    left: Expression
    right: Expression
    relation: str
    difference: Callable[[float], float]

    def holds(self, x: float) -> bool:
        difference = self.difference(x)
        return not math.isnan(difference) and _RELATIONS[self.relation](difference, 0)

    def holds_at(self, x: "_Place", variable: Symbol) -> bool:
        """At the end of an interval, where rounding must not decide."""
        if x.exact is not None:
            left = exact.at(self.left, variable, x.exact)
            right = exact.at(self.right, variable, x.exact)
            if left is not None and right is not None:
                return _RELATIONS[self.relation](left[0], right[0])
        difference = self.difference(x.value)
        step = 1e-3 * max(1.0, abs(x.value))
        around = [self.difference(x.value + by) for by in (-step, step)]
        size = max((abs(each) for each in around if math.isfinite(each)), default=1.0)
        if math.isnan(difference) or abs(difference) > 1e-6 * max(size, 1e-9):
            return not math.isnan(difference) and _RELATIONS[self.relation](difference, 0)
        return _RELATIONS[self.relation](0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Place:
    value: float
    exact: Fraction | None


def number_line(
    statements: tuple[Chain | System, ...], variable: Symbol, definitions: Definitions
) -> NumberLine | None:
    """All the statements hold together. None where one of them cannot be drawn."""
    groups: list[tuple[list[list[_Link]], str]] = []
    for statement in statements:
        chains = statement.chains if isinstance(statement, System) else (statement,)
        joined = statement.joined if isinstance(statement, System) else "and"
        links = [_links(chain, variable, definitions) for chain in chains]
        if any(not each for each in links):
            return None
        groups.append((links, joined))

    def holds(test: Callable[[_Link], bool]) -> bool:
        return all(
            (any if joined == "or" else all)(all(test(link) for link in chain) for chain in links)
            for links, joined in groups
        )

    every = [link for links, _ in groups for chain in links for link in chain]
    places = _places(every, variable)
    if len(places) > 2 * _MOST_PIECES:
        return None
    pieces = _pieces(
        places,
        inside=lambda x: holds(lambda link: link.holds(x)),
        at=lambda place: holds(lambda link: link.holds_at(place, variable)),
    )
    return _drawn(pieces, places, variable)


def _links(chain: Chain, variable: Symbol, definitions: Definitions) -> list[_Link]:
    """Empty where one of them cannot be drawn."""
    found = []
    for (left, right), relation in zip(pairwise(chain.sides), chain.operators, strict=True):
        f = compiled(left, (variable,), definitions)
        g = compiled(right, (variable,), definitions)
        if f is None or g is None or relation not in _RELATIONS:
            return []
        found.append(
            _Link(left, right, relation, lambda x, f=f, g=g: f((x,)) - g((x,)))  # type: ignore[misc]
        )
    return found


def _places(links: list[_Link], variable: Symbol) -> list[_Place]:
    """Where the truth of a link may change, in order."""
    xs = wide_grid()
    found: list[float] = []
    for link in links:
        found += _crossings(link, variable) or zeros(link.difference, xs)
        found += edges(link.difference, xs)
        for side in (link.left, link.right):
            for node in walk(side):
                if isinstance(node, Binary) and node.operator == "/":
                    below = compiled(node.right, (variable,))
                    if below is not None:
                        found += zeros(lambda x, below=below: below((x,)), xs)  # type: ignore[misc]
    places: list[_Place] = []
    for x in sorted(found):
        if not places or x - places[-1].value > 1e-6 * max(1.0, abs(x)):
            candidate = simple(x)
            proven = candidate is not None and _is_change(links, variable, candidate)
            places.append(
                _Place(
                    float(candidate) if proven and candidate is not None else x,
                    candidate if proven else None,
                )
            )
    return places


def _crossings(link: _Link, variable: Symbol) -> list[float]:
    """The one crossing of a difference that is linear; none of others."""
    difference = Binary("-", link.left, link.right)
    duals = [exact.at(difference, variable, Fraction(n)) for n in (0, 1, -7, 23)]
    known = [dual for dual in duals if dual is not None]
    slopes = {slope for _, slope in known}
    slope = slopes.pop() if len(known) == len(duals) and len(slopes) == 1 else None
    return [float(-known[0][0] / slope)] if slope else []


def _is_change(links: list[_Link], variable: Symbol, x: Fraction) -> bool:
    """Whether, exactly there, the sides of a link are equal, or one is not defined."""
    for link in links:
        left, right = (exact.at(side, variable, x) for side in (link.left, link.right))
        if left is not None and right is not None:
            if left[0] == right[0]:
                return True
        elif math.isnan(link.difference(float(x))):
            return True
    return False


def _pieces(
    places: list[_Place], inside: Callable[[float], bool], at: Callable[[_Place], bool]
) -> list[Piece]:
    """Intervals and points where all holds, joined where they touch."""
    ends = [place.value for place in places]
    gaps = _gaps(ends)
    pieces: list[Piece] = []
    low: float | None = None
    open_from = inside(gaps[0])
    low_closed = False
    for i, place in enumerate(places):
        here, after = at(place), inside(gaps[i + 1])
        if open_from and not (here and after):
            pieces.append(Piece(low, place.value, low_closed, here))
        elif not open_from and here and not after:
            pieces.append(Piece(place.value, place.value, True, True))
        if after and not (open_from and here):
            low, low_closed = place.value, here and not open_from
        open_from = after
    if open_from:
        pieces.append(Piece(low, None, low_closed, False))
    return pieces


def _gaps(ends: list[float]) -> list[float]:
    """A number before the first end, between each two, and after the last."""
    if not ends:
        return [0.123]
    return [
        ends[0] - max(1.0, abs(ends[0])),
        *((a + b) / 2 for a, b in pairwise(ends)),
        ends[-1] + max(1.0, abs(ends[-1])),
    ]


def _drawn(pieces: list[Piece], places: list[_Place], variable: Symbol) -> NumberLine:
    shown = {end for piece in pieces for end in (piece.low, piece.high) if end is not None}
    texts = {
        place.value: exactly(place.exact) if place.exact is not None else f"≈ {about(place.value)}"
        for place in places
        if place.value in shown
    }
    low, high = min(shown, default=0.0), max(shown, default=0.0)
    room = max(2.0, 0.6 * (high - low), 0.0 if high - low else 0.25 * abs(high))
    name = variable.name
    en, zh = _described(pieces, texts, name)
    return NumberLine(
        x=(low - room, high + room),
        name=name,
        pieces=tuple(pieces),
        ticks=tuple(Tick(x, text) for x, text in sorted(texts.items())),
        en=f"Number line of the solutions: {en}.",
        zh=f"解集的数轴：{zh}。",
    )


def _described(pieces: list[Piece], texts: dict[float, str], name: str) -> tuple[str, str]:
    if not pieces:
        return "there are none", "无解"
    parts = [_piece_text(piece, texts, name) for piece in pieces]
    if parts == [""]:
        return "all real numbers", "全体实数"
    return " or ".join(parts), " 或 ".join(parts)


def _piece_text(piece: Piece, texts: dict[float, str], name: str) -> str:
    if piece.low is not None and piece.low == piece.high:
        text = texts[piece.low]
        return f"{name} {text}" if text.startswith("≈") else f"{name} = {text}"
    low = "" if piece.low is None else texts[piece.low]
    high = "" if piece.high is None else texts[piece.high]
    less, less_high = ("≤" if closed else "<" for closed in (piece.low_closed, piece.high_closed))
    if low and high:
        return f"{low} {less} {name} {less_high} {high}"
    if high:
        return f"{name} {less_high} {high}"
    return f"{name} {'≥' if piece.low_closed else '>'} {low}" if low else ""
