"""Numbers and dates that a text states, in Chinese and English."""

import re
from datetime import date
from decimal import Decimal

_NUMBER = re.compile(
    r"(?:(?<![A-Za-z0-9_.])(?P<sign>[-−负])\s?)?(?<![A-Za-z0-9_.])"
    r"(?P<digits>\d{1,3}(?:[,，]\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?"
    r"\s*(?P<scale>万亿|[万亿千百]|thousand\b|million\b|billion\b|trillion\b|[kKmM]\b|[%％‰])?",
)
_SCALES = {
    "百": 10**2,
    "千": 10**3,
    "thousand": 10**3,
    "k": 10**3,
    "万": 10**4,
    "million": 10**6,
    "m": 10**6,
    "亿": 10**8,
    "billion": 10**9,
    "万亿": 10**12,
    "trillion": 10**12,
}
_HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = re.compile(r"[零〇一二两俩三四五六七八九十百千万亿]+")
# fmt: off
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)
# fmt: on
_TENS = dict(
    zip(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
        range(20, 100, 10),
        strict=True,
    )
)
_ENGLISH_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<ones>{'|'.join(_SMALL[1:10])}))?"
    rf"|(?P<small>{'|'.join(_SMALL)}))\b",
    re.IGNORECASE,
)


def numbers_in(text: str) -> frozenset[Decimal]:
    """The numbers that a text states: in digits, with separators, signs, 万, million or %, in
    Chinese numerals up to 亿, in English words up to 99. A percentage counts as both 35 and 0.35,
    a scaled number both with its scale and without."""
    found: set[Decimal] = set()
    for match in _NUMBER.finditer(text):
        plain = re.sub(r"[,，]", "", match["digits"]) + (match["decimals"] or "")
        value = Decimal(plain)
        values = {value}
        scale = (match["scale"] or "").lower()
        if scale in ("%", "％"):
            values.add(value.scaleb(-2))
        elif scale == "‰":
            values.add(value.scaleb(-3))
        elif scale:
            values.add(value * _SCALES[scale])
        found |= {-v for v in values} | values if match["sign"] else values
    for match in _HAN_NUMBER.finditer(text):
        if (number := _han_value(match[0])) is not None:
            found.add(Decimal(number))
    for match in _ENGLISH_NUMBER.finditer(text):
        if match["small"]:
            found.add(Decimal(_SMALL.index(match["small"].lower())))
        else:
            ones = _SMALL.index(match["ones"].lower()) if match["ones"] else 0
            found.add(Decimal(_TENS[match["tens"].lower()] + ones))
    return frozenset(found)


def _han_value(text: str) -> int | None:
    """三百二十 is 320, 二〇二四 is 2024; None is no number."""
    if len(text) > 1 and all(c in _HAN_DIGITS for c in text):
        return int("".join(str(_HAN_DIGITS[c]) for c in text))
    total = section = 0
    digit: int | None = None
    for c in text:
        if c in _HAN_DIGITS:
            digit = _HAN_DIGITS[c]
        elif c in _HAN_UNITS:
            section += (1 if digit is None else digit) * _HAN_UNITS[c]
            digit = None
        else:
            section += digit or 0
            if not section and not total:
                return None  # 万 alone is no number
            total = (total + section) * 10_000 if c == "万" else (total + section) * 10**8
            section, digit = 0, None
    return total + section + (digit or 0)


_MONTHS = "january february march april may june july august september october november december"
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS.split())
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})(?!\d)"),
    re.compile(
        rf"\b(?P<m>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?!\d)", re.I
    ),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m>{_MONTH})\.?,?\s+(?P<y>\d{{4}})(?!\d)",
        re.I,
    ),
)


def dates_in(text: str) -> frozenset[str]:
    """The whole dates that a text states, as JSON Schema's ``date`` spells them: 2024-05-03,
    2024年5月3日, May 3, 2024 and 3 May 2024. Days before months (3/5/2024) are not guessed at."""
    found = set()
    months = [name[:3] for name in _MONTHS.split()]
    for pattern in _DATES:
        for match in pattern.finditer(text):
            named = match["m"].lower()[:3]
            month = int(named) if named.isdigit() else months.index(named) + 1
            try:
                found.add(date(int(match["y"]), month, int(match["d"])).isoformat())
            except ValueError:
                continue
    return frozenset(found)
