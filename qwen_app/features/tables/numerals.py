"""A figure written as its column writes its own: with 万 or million, unit, sign and separators."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from qwen_app.errors import Language
from qwen_app.features.tables.kinds.amounts import says_comma
from qwen_app.features.tables.table import Column

_LOOKED_AT: Final = 50
"""Cells by which a column's way of writing is told."""
_SIGNS: Final = "¥￥$€£₩₹฿₽"
_KNOWN_UNITS: Final = {"年龄": "岁"}
"""Of columns whose header says what the cells leave out."""
_SCALES: Final[tuple[tuple[tuple[str, int], ...], ...]] = (
    (("万亿", 10**12), ("亿", 10**8), ("万", 10**4)),
    ((" trillion", 10**12), (" billion", 10**9), (" million", 10**6), (" thousand", 1000)),
)
"""Families of words for large numbers, each the largest first."""
_MOST_SCALED: Final = 4
"""Decimal places before such a word."""
_DIGITS: Final = re.compile(r"\d[\d.,]*(?<=\d)")
_BARE: Final = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?", re.ASCII)


def half_up(number: Decimal, places: int) -> Decimal:
    """Half away from zero, as people round."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def write_number(value: int | Decimal, column: Column | None, places: int | None) -> str:
    """A number as its column writes numbers.

    Args:
        column: which may be none.
        places: decimal places to keep even where they are zeros; None: as many as it has.
    """
    number = Decimal(value)
    texts = [text for text in column.texts[:_LOOKED_AT] if text] if column else []
    scale, word = _scale(number, texts)
    if scale > 1:
        number /= scale
        number = half_up(number, _MOST_SCALED if places is None else places)
    text = _digits(number, texts, places) + word
    if column is not None and column.kind == "percent":
        return f"{text}%"
    return with_unit(text, column)


def write_cell(text: str, column: Column) -> str:
    """A cell's own text; where it is a bare number, with the unit that its column has."""
    if column.kind not in ("integer", "decimal", "percent", "currency"):
        return text
    if not _BARE.fullmatch(text):
        return text
    return f"{text}%" if column.kind == "percent" else with_unit(text, column)


def with_unit(text: str, column: Column | None) -> str:
    unit = "" if column is None or column.kind == "year" else column.unit
    unit = unit or (_KNOWN_UNITS.get(column.name, "") if column is not None else "")
    if not unit:
        return text
    if unit[-1] in _SIGNS:
        return f"-{unit}{text[1:]}" if text.startswith("-") else unit + text
    return f"{text} {unit}"


def _digits(number: Decimal, texts: Sequence[str], places: int | None) -> str:
    grouped = ","
    comma = sum(says_comma(found[0]) for text in texts if (found := _DIGITS.search(text))) > 0
    if not any(("." if comma else ",") in text for text in texts):
        grouped = ""
    text = f"{number:{grouped}{'' if places is None else f'.{places}'}f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate({ord(","): ".", ord("."): ","}) if comma else text


def _scale(number: Decimal, texts: Sequence[str]) -> tuple[int, str]:
    """(what to divide by, the word for it) where all of the column's cells have such words."""
    for family in _SCALES:
        used = [pair for pair in family if any(re.search(_word(pair[0]), text) for text in texts)]
        words = "|".join(_word(word) for word, _ in used)
        if used and all(re.search(words, text) for text in texts):
            return next(
                ((scale, word) for word, scale in used if abs(number) >= scale),
                (used[-1][1], used[-1][0]),
            )
    return 1, ""


def _word(word: str) -> str:
    """Directly after a number, and not the beginning of a longer word."""
    return rf"(?<=\d)\s*{word.strip()}(?!亿)\b" if word.isascii() else rf"(?<=\d)\s*{word}(?!亿)"


# --- times ----------------------------------------------------------------------------------


def write_clock(seconds: int | Decimal) -> str:
    """A time of day, from its seconds: 14:05, with seconds only where there are any."""
    total = int(half_up(Decimal(seconds), 0))
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}" + (f":{left:02d}" if left else "")


def write_span(seconds: int | Decimal, column: Column | None, language: Language) -> str:
    """A length of time, from its seconds, with colons where the column has them: 1:02:33, 3:45.2,
    else 1小时46分40秒 or 1 h 46 min 40 s."""
    total = abs(Decimal(seconds))
    sign = "-" if seconds < 0 else ""
    hours, minutes = int(total // 3600), int(total % 3600 // 60)
    left = f"{total % 60:f}"
    if "." in left:
        left = left.rstrip("0").rstrip(".")
    clocks = column is not None and column.kind == "duration"
    if column is not None and clocks and any(":" in t for t in column.texts[:_LOOKED_AT]):
        whole, point, part = left.partition(".")
        left = whole.zfill(2) + point + part
        return sign + (f"{hours}:{minutes:02d}:{left}" if hours else f"{minutes}:{left}")
    words = ("小时", "分", "秒") if language == "zh" else (" h", " min", " s")
    parts = [
        f"{figure}{word}"
        for figure, word in zip((str(hours), str(minutes), left), words, strict=True)
        if figure != "0"
    ]
    return sign + (("" if language == "zh" else " ").join(parts) or f"0{words[2]}")
