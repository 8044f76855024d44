"""Where functions are zero, turn, jump or end: by sampling and halving, a bounded number of times.

A function that does something between two samples and undoes it is not seen doing it. That is
good enough for a picture, which is all that comes of it.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

Curve = Callable[[float], float]
HALVINGS: Final = 60
_FLAT: Final = 1e-9


def grid(low: float, high: float, steps: int) -> list[float]:
    return [low + (high - low) * i / steps for i in range(steps + 1)]


def wide_grid(most: float = 1e4, steps: int = 1600) -> list[float]:
    """From -most to most, close together around 0 and a hundredth apart relatively further out."""
    top = math.asinh(most)
    return [math.sinh(top * (2 * i / steps - 1)) for i in range(steps + 1)]


def zeros(f: Curve, xs: Sequence[float], most: int = 60) -> list[float]:
    """Where f crosses or touches zero, in order; not where it is zero for a while."""
    values = [f(x) for x in xs]
    found: list[float] = []
    for i, ((a, fa), (b, fb)) in enumerate(pairwise(zip(xs, values, strict=True))):
        if fa == 0:
            if fb != 0 and (i == 0 or values[i - 1] != 0):
                found.append(a)
        elif fa * fb < 0:
            root, size = _crossing(f, a, b, fa)
            if size <= min(abs(fa), abs(fb)):  # else a pole changes the sign
                found.append(root)
    if values[-1] == 0 and values[-2] != 0:
        found.append(xs[-1])
    found += [
        x
        for x in turning(lambda x: abs(f(x)), xs, values=[abs(v) for v in values])
        if _is_zero(f, x)
    ]
    return _apart(sorted(found))[:most]


def _is_zero(f: Curve, x: float) -> bool:
    step = 1e-3 * max(1.0, abs(x))
    before, after = abs(f(x - step)), abs(f(x + step))
    return abs(f(x)) <= _FLAT * max(1.0, before, after) and min(before, after) > 0


def _crossing(f: Curve, a: float, b: float, fa: float) -> tuple[float, float]:
    """The place of the change of sign, and how large the function is there."""
    for _ in range(HALVINGS):
        middle = (a + b) / 2
        fm = f(middle)
        if fm == 0 or math.isnan(fm):
            return middle, 0.0 if fm == 0 else math.inf
        if fa * fm < 0:
            b = middle
        else:
            a, fa = middle, fm
    return (a + b) / 2, max(abs(f(a)), abs(f(b)))


def turning(
    f: Curve, xs: Sequence[float], *, values: Sequence[float] | None = None, most: int = 60
) -> list[float]:
    """Where f has a lowest value among its neighbours."""
    values = values if values is not None else [f(x) for x in xs]
    found = []
    for i in range(1, len(xs) - 1):
        before, here, after = values[i - 1 : i + 2]
        if here <= before and here <= after and (here < before or here < after):
            found.append(_lowest(f, xs[i - 1], xs[i + 1]))
    return _apart(found)[:most]


def _lowest(f: Curve, a: float, b: float) -> float:
    ratio = (math.sqrt(5) - 1) / 2
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    fc, fd = f(c), f(d)
    for _ in range(HALVINGS):
        if fc < fd:
            b, d, fd = d, c, fc
            c = b - ratio * (b - a)
            fc = f(c)
        else:
            a, c, fc = c, d, fd
            d = a + ratio * (b - a)
            fd = f(d)
    return (a + b) / 2


def edges(f: Curve, xs: Sequence[float], most: int = 20) -> list[float]:
    """Where f begins or ends to be defined."""
    found = []
    for a, b in pairwise(xs):
        defined = not math.isnan(f(a))
        if defined != (not math.isnan(f(b))):
            for _ in range(HALVINGS):
                middle = (a + b) / 2
                if (not math.isnan(f(middle))) == defined:
                    a = middle
                else:
                    b = middle
            found.append((a + b) / 2)
    return found[:most]


def jump(f: Curve, a: float, b: float, least: float) -> float | None:
    """Where between a and b the function jumps by at least so much, if it does."""
    fa, fb = f(a), f(b)
    for _ in range(40):
        middle = (a + b) / 2
        fm = f(middle)
        if math.isnan(fm):
            return middle
        if abs(fm - fa) > abs(fb - fm):
            b, fb = middle, fm
        else:
            a, fa = middle, fm
        if abs(fb - fa) < least:
            return None
    return (a + b) / 2


def _apart(xs: Sequence[float]) -> list[float]:
    """Without those that are the same but for rounding."""
    kept: list[float] = []
    for x in xs:
        if not kept or x - kept[-1] > 1e-6 * max(1.0, abs(x)):
            kept.append(x)
    return kept
