"""Curves in one letter over a window that shows what is worth seeing of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Final

from qwen_app.features.tutor.graph import exact
from qwen_app.features.tutor.graph.labels import about, exactly, point, simple
from qwen_app.features.tutor.graph.numeric import PERIODIC, Definitions, compiled
from qwen_app.features.tutor.graph.shapes import Curve, Mark, MarkKind, Plot, Point
from qwen_app.features.tutor.graph.zeros import Curve as Values
from qwen_app.features.tutor.graph.zeros import edges, grid, jump, turning, wide_grid, zeros
from qwen_app.features.tutor.reading.tree import Binary, Call, Expression, Number, Symbol, walk

_STEPS: Final = 480
_FAR: Final = 1000.0
_MOST_MARKS: Final = 8
_KINDS_EN: Final = {
    "root": "crosses or touches the horizontal axis at",
    "intercept": "crosses the vertical axis at",
    "vertex": "turns at",
    "intersection": "the curves meet at",
    "hole": "has a hole at",
}
_KINDS_ZH: Final = {
    "root": "与横轴交于",
    "intercept": "与纵轴交于",
    "vertex": "的顶点或极值点为",
    "intersection": "两曲线交于",
    "hole": "的空心点为",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve to be drawn: vertical height ``tree`` over ``variable``."""

    label: str
    tree: Expression
    is_level: bool = False
    """It is there to be met, and has nothing of its own worth a mark: y = 9."""


@dataclass(frozen=True, slots=True)
class _Curve:
    drawn: Drawn
    f: Values
    poles: tuple[float, ...]
    holes: tuple[Point, ...]


def plot(
    curves: Sequence[Drawn], variable: Symbol, vertical: str, definitions: Definitions
) -> Plot | None:
    """None where a curve has no values to draw."""
    prepared = []
    for drawn in curves:
        function = compiled(drawn.tree, (variable,), definitions)
        if function is None:
            return None
        f: Values = lambda x, function=function: function((x,))  # type: ignore[misc]  # noqa: E731
        prepared.append(_Curve(drawn, f, *_breaks(drawn.tree, f, variable, definitions)))
    found = _features(prepared)
    window = _window(prepared, [x for x, *_ in found])
    if window is None:
        return None
    marks = _marks(prepared, found, window, variable)
    height = _height(prepared, marks, window)
    if height is None:
        return None
    made = tuple(Curve(curve.drawn.label, _segments(curve, window, height)) for curve in prepared)
    if not any(curve.segments for curve in made):
        return None
    inside = tuple(m for m in marks if height[0] <= m.y <= height[1])
    poles = sorted({x for c in prepared for x in c.poles if window[0] < x < window[1]})
    en, zh = _described(made, inside, poles, variable)
    return Plot(window, height, (variable.name, vertical), made, inside, tuple(poles[:12]), en, zh)


def _breaks(
    tree: Expression, f: Values, variable: Symbol, definitions: Definitions
) -> tuple[tuple[float, ...], tuple[Point, ...]]:
    """Poles and holes: where a denominator is zero."""
    poles, holes = [], []
    for node in walk(tree):
        if not isinstance(node, Binary) or node.operator != "/" or isinstance(node.right, Number):
            continue
        below = compiled(node.right, (variable,), definitions)
        if below is None:
            continue
        for x in zeros(lambda x, below=below: below((x,)), wide_grid(_FAR)):  # type: ignore[misc]
            x = _tidy(x)
            step = 1e-4 * max(1.0, abs(x))
            left, right = f(x - step), f(x + step)
            nearer = f(x + step / 100)
            if math.isnan(left) or math.isnan(right) or math.isnan(nearer):
                continue
            if abs(left - right) <= 1e-2 * max(1.0, abs(left)) and abs(
                nearer - right
            ) <= 1e-2 * max(1.0, abs(right)):
                holes.append((x, _tidy((left + right) / 2, 1e-3)))
            else:
                poles.append(x)
    return tuple(poles), tuple(holes)


def _tidy(x: float, near: float = 1e-7) -> float:
    rounded = float(Fraction(x).limit_denominator(100))
    return rounded if abs(rounded - x) <= near * max(1.0, abs(x)) else x


Feature = tuple[float, MarkKind, int, int]
"""x, what it is, of which curve, and for a meeting with which other."""


def _features(curves: Sequence[_Curve]) -> list[Feature]:
    xs = _search(curves)
    found: list[Feature] = []
    for i, curve in enumerate(curves):
        if curve.drawn.is_level:
            continue
        found += [(x, "root", i, i) for x in zeros(curve.f, xs)]
        found += [(x, "vertex", i, i) for x in turning(curve.f, xs) if _turns(curve.f, x)]
        found += [
            (x, "vertex", i, i)
            for x in turning(lambda x, f=curve.f: -f(x), xs)  # type: ignore[misc]
            if _turns(curve.f, x)
        ]
        found += [(x, "hole", i, i) for x, _ in curve.holes]
        if not math.isnan(curve.f(0.0)):
            found.append((0.0, "intercept", i, i))
    for (i, a), (j, b) in combinations(enumerate(curves), 2):
        meets = zeros(lambda x, a=a, b=b: a.f(x) - b.f(x), xs)  # type: ignore[misc]
        found += [(x, "intersection", i, j) for x in meets]
    return found


def _search(curves: Sequence[_Curve]) -> list[float]:
    """Periodic functions have no end of features: two periods are enough."""
    if any(_is_periodic(curve.drawn.tree) for curve in curves):
        return grid(-2 * math.pi - 0.01, 2 * math.pi + 0.013, 1200)
    return wide_grid(_FAR)


def _is_periodic(tree: Expression) -> bool:
    return any(isinstance(node, Call) and node.name in PERIODIC for node in walk(tree))


def _turns(f: Values, x: float) -> bool:
    """A turn that can be seen, and not a pole or the end of a domain."""
    step = 1e-2 * max(1.0, abs(x))
    left, here, right = f(x - step), f(x), f(x + step)
    if any(math.isnan(value) for value in (left, here, right)):
        return False
    same_side = (left - here) * (right - here) > 0
    return same_side and max(abs(left - here), abs(right - here)) < 0.5 * max(1.0, abs(here))


def _window(curves: Sequence[_Curve], xs: list[float]) -> Point | None:
    if any(_is_periodic(curve.drawn.tree) for curve in curves):
        return -2 * math.pi, 2 * math.pi
    known = [*xs, *(x for curve in curves for x in curve.poles)]
    for curve in curves:
        known += edges(curve.f, wide_grid(_FAR))
    near = [x for x in known if abs(x) <= 20] or known
    low, high = min(near, default=0.0), max(near, default=0.0)
    room = max(0.45 * (high - low), 2.0) if low or high else 6.0
    low, high = low - room, high + room
    defined = [x for x in grid(low, high, 200) if any(not math.isnan(c.f(x)) for c in curves)]
    if not defined:
        return None
    edge = 0.08 * (high - low)
    return max(low, defined[0] - edge), min(high, defined[-1] + edge)


def _height(curves: Sequence[_Curve], marks: Sequence[Mark], window: Point) -> Point | None:
    values = sorted(
        value
        for curve in curves
        for x in grid(*window, 240)
        if math.isfinite(value := curve.f(x)) and abs(value) < 1e12
    )
    if not values:
        return None
    # What shoots up beside a pole or at the ends must not press the rest flat.
    low, high = values[len(values) // 10], values[-1 - len(values) // 10]
    shown = [mark.y for mark in marks] + ([0.0] if abs(low) < 4 * (high - low + 1) else [])
    heights = [mark.y for mark in marks]
    if marked := max(heights, default=0.0) - min(heights, default=0.0):
        low, high = max(low, min(heights) - 1.5 * marked), min(high, max(heights) + 1.5 * marked)
    low, high = min([low, *shown]), max([high, *shown])
    room = max(0.12 * (high - low), 1e-3 * max(abs(low), abs(high)), 0.5 if high == low else 0.0)
    return low - room, high + room


def _segments(curve: _Curve, window: Point, height: Point) -> tuple[tuple[Point, ...], ...]:
    xs = sorted({*grid(*window, _STEPS), *_ends(curve, window)})
    tall = height[1] - height[0]
    low, high = height[0] - tall, height[1] + tall
    pieces: list[list[Point]] = [[]]
    before: float | None = None
    for x in xs:
        y = curve.f(x)
        if not math.isfinite(y) or x in curve.poles:
            pieces.append([])
            before = None
            continue
        if before is not None and _is_broken(curve, before, x, tall):
            pieces.append([])
        at = min(max(y, low), high)
        piece = pieces[-1]
        if at != y and len(piece) > 1 and piece[-1][1] == at:
            # Outside of the window the curve need not be followed.
            piece[-1] = (x, at)
        else:
            piece.append((x, at))
        before = x
    least = (window[1] - window[0]) * 1e-4
    return tuple(
        _thinned(piece, tall) for piece in pieces if piece and piece[-1][0] - piece[0][0] > least
    )


def _ends(curve: _Curve, window: Point) -> list[float]:
    """Where it begins or ends to be defined, so that it is drawn up to there; and beside poles."""
    found = [x for x in edges(curve.f, grid(*window, _STEPS)) if window[0] < x < window[1]]
    found = [x for x in found if all(abs(x - pole) > 1e-6 for pole in curve.poles)]
    step = 1e-9
    found = [each for x in found for each in (x - step, x, x + step)]
    wide = (window[1] - window[0]) / _STEPS / 50
    beside = [each for x in curve.poles for each in (x - wide, x, x + wide)]
    return found + [x for x in beside if window[0] <= x <= window[1]]


def _is_broken(curve: _Curve, a: float, b: float, tall: float) -> bool:
    if any(a < x < b for x in curve.poles):
        return True
    fa, fb = curve.f(a), curve.f(b)
    change = abs(fb - fa)
    return change > tall / 60 and jump(curve.f, a, b, change / 3) is not None


def _thinned(piece: Sequence[Point], tall: float) -> tuple[Point, ...]:
    """Without points that lie on the line between their neighbours; rounded."""
    kept = [piece[0]]
    for here, after in pairwise(piece[1:]):
        (x0, y0), (x1, y1), (x2, y2) = kept[-1], here, after
        straight = y0 + (y2 - y0) * (x1 - x0) / (x2 - x0) if x2 != x0 else y1
        if abs(straight - y1) > 4e-5 * tall:
            kept.append(here)
    kept.append(piece[-1])
    return tuple((round(x, 6), float(f"{y:.7g}")) for x, y in kept)


def _marks(
    curves: Sequence[_Curve], found: Sequence[Feature], window: Point, variable: Symbol
) -> list[Mark]:
    if any(kind == "intersection" for _, kind, *_ in found):
        # The curves were drawn to see where they meet.
        found = [each for each in found if each[1] in ("intersection", "hole")]
    marks: list[Mark] = []
    order = ("intersection", "root", "vertex", "hole", "intercept")
    inside = [each for each in found if window[0] <= each[0] <= window[1]]
    for x, kind, i, j in sorted(inside, key=lambda each: (order.index(each[1]), abs(each[0]))):
        mark = _mark(kind, x, curves[i], curves[j], variable)
        taken = any(abs(m.x - mark.x) + abs(m.y - mark.y) < 1e-6 for m in marks)
        if not taken and math.isfinite(mark.y) and sum(m.kind == kind for m in marks) < _MOST_MARKS:
            marks.append(mark)
    return sorted(marks, key=lambda mark: mark.x)


def _mark(kind: MarkKind, x: float, curve: _Curve, other: _Curve, variable: Symbol) -> Mark:
    if kind == "hole":
        y = next(y for at, y in curve.holes if at == x)
        return Mark(kind, x, y, point(about(x), about(y), exact=False))
    proven = _proven(kind, x, curve.drawn.tree, other.drawn.tree, variable)
    if proven is not None:
        px, py = proven
        return Mark(kind, float(px), float(py), point(exactly(px), exactly(py), exact=True))
    y = 0.0 if kind == "root" else curve.f(x)
    return Mark(kind, x, y, point(about(x), about(y), exact=False))


def _proven(
    kind: MarkKind, x: float, tree: Expression, other: Expression, variable: Symbol
) -> tuple[Fraction, Fraction] | None:
    candidate = simple(x)
    if candidate is None:
        return None
    dual = exact.at(tree, variable, candidate)
    if dual is None:
        return None
    value, slope = dual
    if kind == "intersection":
        met = exact.at(other, variable, candidate)
        is_so = met is not None and met[0] == value
    else:
        is_so = {"root": value == 0, "vertex": slope == 0}.get(kind, True)
    return (candidate, value) if is_so else None


def _described(
    curves: Sequence[Curve], marks: Sequence[Mark], poles: Sequence[float], variable: Symbol
) -> tuple[str, str]:
    names = [curve.label for curve in curves]
    en = [f"Graph of {' and '.join(names)}."]
    zh = [f"{'、'.join(names)} 的图像。"]
    for kind in _KINDS_EN:
        texts = [mark.text for mark in marks if mark.kind == kind]
        if texts:
            head = _KINDS_EN[kind]
            subject = "" if kind == "intersection" else "It " if len(curves) == 1 else "A curve "
            sentence = f"{subject}{head} {', '.join(texts)}."
            en.append(sentence[0].upper() + sentence[1:])
            zh.append(
                f"{'' if kind == 'intersection' else '曲线'}{_KINDS_ZH[kind]} {'、'.join(texts)}。"
            )
    if poles:
        texts = [about(x) for x in poles[:6]]
        en.append(f"Vertical asymptotes at {variable.name} = {', '.join(texts)}.")
        zh.append(f"竖直渐近线：{variable.name} = {'、'.join(texts)}。")
    return " ".join(en), "".join(zh)
