"""The curves of a run as a picture: an SVG of a few lines, which any browser shows.

Left axis: loss in nats a token, logarithmic, since most of a run happens near its end.
"""

import csv
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from qwen_app.errors import InvalidInput

_WIDTH, _HEIGHT = 900, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 30, 50
_COLOURS = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"),
    *("#bcbd22", "#17becf"),
)
_DASHES = ("", "6 3", "2 3")
"""Beside its colour, a line is told from others by its dashes."""

Points = list[tuple[float, float]]
"""(million tokens, loss)"""


def draw_curves(run: Path) -> Path:
    """Write curves.svg in the run's folder, from curve.csv and, where it is, held_out.csv.

    Raises:
        InvalidInput: there is nothing to draw yet.
    """
    curves = {"training": _training(run / "curve.csv"), **_held_out(run / "held_out.csv")}
    curves = {name: points for name, points in curves.items() if len(points) > 1}
    if not curves:
        raise InvalidInput(
            f"{run} has no curves yet: they begin after some steps of training.",
            f"{run} 中还没有曲线：训练若干步之后才会有。",
            param="run",
        )
    path = run / "curves.svg"
    path.write_text(_picture(curves), encoding="utf-8")
    return path


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _training(path: Path) -> Points:
    return [(int(row["tokens"]) / 1e6, float(row["loss"])) for row in _rows(path)]


def _held_out(path: Path) -> dict[str, Points]:
    curves: dict[str, Points] = {}
    for row in _rows(path):
        name = f"held out: {row['skill']}"
        curves.setdefault(name, []).append((int(row["tokens"]) / 1e6, float(row["loss"])))
    return curves


def _picture(curves: dict[str, Points]) -> str:
    losses = [max(loss, 1e-4) for points in curves.values() for _, loss in points]
    most_tokens = max(tokens for points in curves.values() for tokens, _ in points) or 1e-6
    low, high = math.log10(min(losses)), math.log10(max(losses))
    span = max(high - low, 0.1)

    def place(tokens: float, loss: float) -> tuple[float, float]:
        x = _LEFT + tokens / most_tokens * (_WIDTH - _LEFT - _RIGHT)
        share = (math.log10(max(loss, 1e-4)) - low) / span
        return round(x, 1), round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    for loss in _marks(low, high):
        x, y = place(0, loss)
        parts.append(f'<path d="M{x} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 8}" y="{y + 4}" text-anchor="end">{loss:g}</text>')
    for part in range(6):
        tokens = most_tokens * part / 5
        x, _ = place(tokens, 1)
        y = _HEIGHT - _BOTTOM
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{tokens:.3g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">million tokens</text>'
        f'<text x="{_LEFT}" y="{_TOP - 12}">loss, nats a token</text>'
    )
    for index, (name, points) in enumerate(curves.items()):
        parts.append(_line(index, name, [place(*point) for point in points]))
    return "\n".join([*parts, "</svg>", ""])


def _line(index: int, name: str, places: Sequence[tuple[float, float]]) -> str:
    colour = _COLOURS[index % len(_COLOURS)]
    dashes = _DASHES[index // len(_COLOURS) % len(_DASHES)]
    style = f'fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dashes}"'
    path = " ".join(f"{x},{y}" for x, y in places)
    left, top = _WIDTH - _RIGHT + 15, _TOP + 18 * index
    return (
        f'<polyline points="{path}" {style}/>'
        f'<path d="M{left} {top - 4}h24" {style}/>'
        f'<text x="{left + 30}" y="{top}">{escape(name)}</text>'
    )


def _marks(low: float, high: float) -> list[float]:
    """Round losses between two powers of ten."""
    found = [
        digit * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for digit in (1, 2, 5)
    ]
    return [loss for loss in found if low <= math.log10(loss) <= high]
