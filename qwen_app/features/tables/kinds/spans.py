"""Times, durations, ranges, scores and ranks, which share their shapes: the column decides."""

import datetime
import re
from decimal import Decimal

_CLOCK = re.compile(
    r"(?:(?P<word>上午|下午|中午|晚上|早上|凌晨) ?)?(?P<h>\d{1,2})[:时点](?P<m>\d{2})分?"
    r"(?::(?P<s>\d{2}))?(?: ?(?P<half>[ap])\.?m\.?)?",
    re.I,
)
_HALF = re.compile(r"(?P<h>\d{1,2}) ?(?P<half>[ap])\.?m\.?", re.I)
_COLONS = re.compile(r"(?:(\d{1,4}):)?(\d{1,3}):(\d{2}(?:\.\d{1,6})?)")
_PARTS = re.compile(
    r"(?:(?P<d>\d+(?:\.\d+)?) ?(?:days?|d|天|日))?[ ,]*"
    r"(?:(?P<h>\d+(?:\.\d+)?) ?(?:hours?|hrs?|h|个?小时|时))?[ ,]*"
    r"(?:(?P<m>\d+(?:\.\d+)?) ?(?:minutes?|mins?|m|分钟?|′))?[ ,]*"
    r"(?:(?P<s>\d+(?:\.\d+)?) ?(?:seconds?|secs?|s|秒钟?|″))?",
    re.I,
)
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,30})(?:\.\d{1,30})?"
_RANGE = re.compile(
    rf"(?P<before>[$€£¥])?(?P<low>{_NUMBER})(?P<unit>[^\d\s-]{{0,4}})? ?(?:-|~|至|到| to | and )"
    rf" ?[$€£¥]?(?P<high>{_NUMBER}) ?(?P<after>[^\d\s-][^\d]{{0,8}})?"
)
_SCORE = re.compile(r"\d{1,3}(?: ?[-:] ?\d{1,3}){1,2}")
_SEASON = re.compile(r"([12]\d{3}) ?[-/] ?(\d{2})")
_RANK = re.compile(
    r"(?P<en>\d{1,6}) ?(?:st|nd|rd|th)|(?:no\.? ?|#|№ ?)(?P<no>\d{1,6})"
    r"|第 ?(?P<zh>\d{1,6}|[一二三四五六七八九十百]{1,5}) ?[名位届号次轮]?|(?P<dot>\d{1,6})\.",
    re.I,
)
_ZH = {c: n for n, c in enumerate("一二三四五六七八九", 1)}


def clock_of(text: str) -> datetime.time | None:
    """A time of day: 14:30, 2:30 pm, 下午2:30, 14时30分."""
    match = _CLOCK.fullmatch(text)
    half = match or _HALF.fullmatch(text)
    if half is None:
        return None
    parts = half.groupdict()
    hour = int(parts["h"] or 0)
    minute, second = int(parts.get("m") or 0), int(parts.get("s") or 0)
    late = (parts.get("half") or "").casefold()
    word = parts.get("word") or ""
    if late or word:
        if hour > 12:
            return None
        if late == "p" or word in ("下午", "晚上"):
            hour = hour % 12 + 12
        elif late == "a" or word in ("上午", "早上", "凌晨"):
            hour %= 12
    if hour > 23 or minute > 59 or second > 59:
        return None
    return datetime.time(hour, minute, second)


def duration_of(text: str) -> Decimal | None:
    """Seconds: 1:23.4, 1:02:33, 3h 20m, 2小时5分."""
    if match := _COLONS.fullmatch(text):
        hours, minutes, seconds = match[1], int(match[2]), Decimal(match[3])
        if seconds >= 60 or (hours is not None and minutes > 59):
            return None
        return Decimal(int(hours or 0) * 3600 + minutes * 60) + seconds
    match = _PARTS.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        return None
    sizes = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(
        (Decimal(match[part]) * size for part, size in sizes.items() if match[part]), Decimal(0)
    )


def says_duration(text: str) -> bool:
    """Whether a text is a duration and neither a time of day nor a number with a unit."""
    match = _PARTS.fullmatch(text)
    if match is not None:
        return sum(part is not None for part in match.groupdict().values()) > 1
    match = _COLONS.fullmatch(text)
    if match is None or duration_of(text) is None:
        return False
    return "." in match[3] or clock_of(text) is None


def range_of(text: str) -> tuple[tuple[int | Decimal, int | Decimal], str] | None:
    """Low, high and unit: 10-20, 10~20岁, 1983-84, $5 to $10."""
    if season := _SEASON.fullmatch(text):
        low = int(season[1])
        high = low - low % 100 + int(season[2])
        if high < low:
            high += 100
        return (low, high), ""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    unit = (match["after"] or "").strip()
    inner = match["unit"] or ""
    if inner and inner != unit:
        return None
    if len(match["high"]) > len(match["low"]) + 2:
        return None  # 555-1234 is no range
    bounds = (_number(match["low"]), _number(match["high"]))
    return (bounds, match["before"] or unit) if bounds[0] <= bounds[1] else None


def _number(text: str) -> int | Decimal:
    text = text.replace(",", "")
    return Decimal(text) if "." in text else int(text)


def score_of(text: str) -> tuple[int, ...] | None:
    """The two or three figures of a score or a record: 3-1, 2:0, 10-5-3."""
    if _SCORE.fullmatch(text) is None:
        return None
    return tuple(int(part) for part in re.findall(r"\d+", text))


def rank_of(text: str) -> int | None:
    """A place in an order: 1st, 第3名, 第三, No. 4, #4, 5."""
    match = _RANK.fullmatch(text)
    if match is None:
        return None
    digits = match["en"] or match["no"] or match["zh"] or match["dot"]
    return int(digits) if digits.isdecimal() else _chinese(digits)


def _chinese(text: str) -> int | None:
    """A small Chinese numeral: 三, 十二, 二十, 一百零五 without its 零."""
    total = digit = 0
    for char in text:
        if char in _ZH:
            digit = _ZH[char]
        else:
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
    return total + digit or None
