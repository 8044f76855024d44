"""Numbers with what stands around them: signs, separators, 万 and million, money, units."""

import re
from dataclasses import dataclass
from decimal import Decimal

_BEFORE = {
    "¥": "¥", "$": "$", "€": "€", "£": "£", "₹": "₹", "₩": "₩", "₽": "₽", "฿": "฿", "₫": "₫",
    "us$": "US$", "a$": "A$", "au$": "A$", "c$": "C$", "ca$": "C$", "hk$": "HK$", "nt$": "NT$",
    "s$": "S$", "nz$": "NZ$", "r$": "R$", "cn¥": "¥", "jp¥": "JP¥", "人民币": "¥", "rmb": "¥",
    "cny": "¥", "usd": "$", "eur": "€", "gbp": "£", "jpy": "JP¥", "hkd": "HK$", "krw": "₩",
    "inr": "₹", "rs": "₹", "rs.": "₹",
}  # fmt: skip
_AFTER = {
    "元": "¥", "人民币": "¥", "元人民币": "¥", "块": "¥", "块钱": "¥", "圆": "¥", "yuan": "¥",
    "美元": "$", "美金": "$", "dollar": "$", "dollars": "$", "欧元": "€", "euro": "€",
    "euros": "€", "英镑": "£", "pounds sterling": "£", "日元": "JP¥", "円": "JP¥", "yen": "JP¥",
    "港元": "HK$", "港币": "HK$", "韩元": "₩", "新台币": "NT$", "卢布": "₽", "卢比": "₹",
    "澳元": "A$", "加元": "C$",
    **{sign: unit for sign, unit in _BEFORE.items() if len(sign) == 1 or sign.isascii()},
}  # fmt: skip
CURRENCIES = frozenset(_BEFORE.values())

_SCALES = {
    "百": 100, "千": 1000, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12, "萬": 10**4, "億": 10**8,
    "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "mn": 10**6,
    "bn": 10**9, "k": 1000,
}  # fmt: skip
_MONEY_SCALES = {"m": 10**6, "b": 10**9, "K": 1000, "M": 10**6, "B": 10**9, "T": 10**12}

_SHAPE = re.compile(
    r"(?:约|大约|~|≈|ca?\. ?|about |approx\. ?)?"
    r"(?P<open>\()?(?P<sign>[-+])? ?"
    r"(?P<before>[A-Za-z]{0,2}[$¥]|[€£₹₩₽฿₫]|[A-Z]{3}(?= ?[\d-])|Rs\.?|人民币)? ?(?P<sign2>-)?"
    r"(?P<digits>\d[\d,.' ]{0,60}(?<![ ,'])|\.\d{1,30})"
    r"(?P<power>[eE][-+]?\d{1,3}| ?[×x*] ?10\^?[-+]?\d{1,3})?"
    r"(?P<close>\))?"
    r" ?(?P<rest>[^\d\s,;:!?()<>=\"|][^\d,;:!?()<>=\"|]{0,23}\d?(?:/[^\d\s]{1,6}\d?)?)?"
)
_BARE = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", re.ASCII)  # most cells
_POINT = re.compile(r"\d+\.\d+", re.ASCII)
_ENGLISH = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[ ']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
)
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:[ ']\d{3})+(?:,\d+)?|\d+(?:,\d+)?")
_SURELY_ENGLISH = re.compile(r"[^.]*,\d{3}\.\d*|\d+\.(?:\d{1,2}|\d{4,})|0\.\d+|\d+(?:,\d{3}){2,}")
_SURELY_EUROPEAN = re.compile(r"[^,]*\.\d{3},\d*|\d+,(?:\d{1,2}|\d{4,})|0,\d+|\d+(?:\.\d{3}){2,}")
_LARGEST_POWER = 30
_MOST_DIGITS = 15  # a longer run without separators is a number of a card or an account


@dataclass(frozen=True, slots=True)
class Numeric:
    """A text taken apart. ``digits`` is not a number yet: the column says what its comma means."""

    negative: bool
    digits: str
    power: int
    scale: int
    unit: str  # "%" for per cent, a value of CURRENCIES for money


def split_number(text: str, *, codes: bool = False) -> Numeric | None:
    """Takes a plain text apart as a number with its unit; None when it is none.

    Args:
        text: as ``plain`` gives it.
        codes: also read what looks like a code: leading zeros, very long runs of digits.

    >>> split_number("-1,234.5万元").unit
    '¥'
    """
    if _BARE.fullmatch(text):
        return Numeric(text[0] == "-", text.removeprefix("-"), 0, 1, "")
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    digits = match["digits"]
    if is_code(digits) and not codes:
        return None
    if (match["open"] is None) != (match["close"] is None):
        return None
    signs = [sign for sign in (match["sign"], match["sign2"]) if sign]
    if len(signs) > 1 or (signs and match["open"]):
        return None
    unit = ""
    if before := match["before"]:
        known = _BEFORE.get(before.casefold())
        if known is None:
            return None
        unit = known
    scale, rest = _scale(match["rest"] or "", bool(unit))
    if rest:
        after = _AFTER.get(rest.casefold(), rest)
        if unit and after != unit:
            return None
        if after not in CURRENCIES and (len(after) > 12 or not is_unit(after)):
            return None
        unit = after
    power = int(re.sub(r"^[eE]|^ ?[×x*] ?10\^?", "", match["power"])) if match["power"] else 0
    if abs(power) > _LARGEST_POWER:
        return None
    return Numeric(bool(match["open"]) or "-" in signs, digits, power, scale, unit)


def is_code(text: str) -> bool:
    """Whether digits are a code and no quantity: 007, a number of a card."""
    return len(text) > 1 and text.isdecimal() and (text[0] == "0" or len(text) > _MOST_DIGITS)


def is_unit(text: str) -> bool:
    return text == "%" or text == "‰" or any(c.isalpha() or c in "°℃℉'\"" for c in text)


def _scale(rest: str, money: bool) -> tuple[int, str]:
    """What multiplies the number, and the unit after it."""
    rest = rest.strip()
    if not rest:
        return 1, ""
    for length in (2, 1):  # 万, 千万, followed by a unit or nothing
        if rest[:length] in _SCALES and not rest[:length].isascii():
            return _SCALES[rest[:length]], rest[length:].strip()
    word, _, unit = rest.partition(" ")
    if word in _SCALES or (len(word) > 1 and word.casefold() in _SCALES):
        return _SCALES[word if word in _SCALES else word.casefold()], unit.strip()
    if money and rest in _MONEY_SCALES:
        return _MONEY_SCALES[rest], ""
    return 1, rest


def says_comma(digits: str) -> int:
    """What one number tells of its column: 1 its comma is decimal, -1 its point is, 0 neither."""
    if _SURELY_EUROPEAN.fullmatch(digits):
        return 1
    return -1 if _SURELY_ENGLISH.fullmatch(digits) else 0


def value_of(number: Numeric, *, comma: bool) -> int | Decimal | None:
    """The value in a column whose decimal mark is a comma or a point; None if it does not fit."""
    digits = number.digits
    if digits.isdecimal():
        value: int | Decimal = int(digits)
    else:
        if not comma and _POINT.fullmatch(digits):
            value = Decimal(digits)
            if not number.power and number.scale == 1:
                return -value if number.negative else value
        shape = _EUROPEAN if comma else _ENGLISH
        if shape.fullmatch(digits) is None:
            return None
        bare = digits.replace(" ", "").replace("'", "")
        bare = bare.replace(".", "").replace(",", ".") if comma else bare.replace(",", "")
        value = Decimal(bare) if "." in bare else int(bare)
    if number.power:
        value = Decimal(value).scaleb(number.power)
        value = int(value) if number.power > 0 and value == value.to_integral_value() else value
    if number.scale != 1:
        value = value * number.scale
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
    if abs(value) >= 10**_LARGEST_POWER:
        return None
    return -value if number.negative else value
