"""Numbers as they are written beside a graph."""

from fractions import Fraction
from typing import Final

_MOST_BELOW: Final = 1000
_NEAR: Final = 1e-7


def simple(x: float) -> Fraction | None:
    """The fraction that a computed number most likely is; who uses it has to prove it."""
    candidate = Fraction(x).limit_denominator(_MOST_BELOW)
    return candidate if abs(float(candidate) - x) <= _NEAR * max(1.0, abs(x)) else None


def exactly(value: Fraction) -> str:
    """``-3``, ``0.25``, ``1/3``."""
    below = value.denominator
    if below in (1, 2, 4, 5, 10, 20, 25, 50, 100):
        return f"{float(value):.10g}".replace("-", "−")
    return str(value).replace("-", "−")


def about(x: float) -> str:
    """Four significant digits."""
    return f"{x:.4g}".replace("-", "−") if abs(x) > 1e-9 else "0"


def point(x: str, y: str, *, exact: bool) -> str:
    return f"({x}, {y})" if exact else f"≈ ({x}, {y})"
