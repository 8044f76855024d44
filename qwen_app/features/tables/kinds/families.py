"""Kinds that share their shapes: each family reads a whole column and says how well it fits."""

import datetime
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from qwen_app.features.tables.kinds import amounts, dates, spans
from qwen_app.features.tables.table import Kind, Note, Value

Counts = Mapping[str, int]
"""Of each distinct plain text of a column that is not missing, how often it stands there."""

_YEAR_HEADER = re.compile(
    r"\b(?:years?|season|founded|established|since)\b|年份|年度|年代|届别|^年$", re.I
)
_DATE_HEADER = re.compile(r"\bdate\b|\bdob\b|日期|时间|生日", re.I)
_LENGTH_HEADER = re.compile(
    r"\b(?:duration|length|runtime|running time|lap|finish|elapsed|best)\b"
    r"|时长|用时|片长|成绩|耗时",
    re.I,
)
_SCORE_HEADER = re.compile(
    r"\b(?:score|result|record|agg(?:regate)?|w-l|ft|ht)\b|比分|赛果|战绩", re.I
)
_CODE_HEADER = re.compile(
    r"\b(?:phone|telephone|tel|mobile|zip|postcode|postal code|isbn|issn|ssn)\b"
    r"|电话|手机|邮编|邮政编码|身份证|学号|工号|卡号|账号",
    re.I,
)
_HEADER_UNIT = re.compile(r"[(（]\s*([^()（）\d]{1,8})\s*[)）]\s*$")
_OPPOSITES: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"是"}), frozenset({"否", "不是"})),
    (frozenset({"yes"}), frozenset({"no"})),
    (frozenset({"true"}), frozenset({"false"})),
    (frozenset("✓✔√☑✅"), frozenset({*"✗✘×☒❌", "x"})),
    (frozenset({"真"}), frozenset({"假"})),
    (frozenset({"有"}), frozenset({"无", "没有"})),
    (frozenset({"对"}), frozenset({"错"})),
    (frozenset({"on"}), frozenset({"off"})),
    (frozenset({"y"}), frozenset({"n"})),
    (frozenset({"1"}), frozenset({"0"})),
)
_ENOUGH_ALONE = 4  # of those above the first that are believed without their opposite
_ONLY_ASKED = 1  # the last that are numbers unless a person says otherwise


@dataclass(frozen=True, slots=True)
class Fit:
    """How a family reads a column: the value of each distinct text that fits."""

    kind: Kind
    values: Mapping[str, Value]
    unit: str = ""
    notes: tuple[Note, ...] = field(default=())


Family = Callable[[Counts, str, Kind | None], Fit | None]
"""Texts, header, and the kind that a person asked for, if one did: then doubts are put aside."""


def booleans(counts: Counts, header: str, asked: Kind | None) -> Fit | None:
    """Words of one pair of opposites; of all pairs when a person says so."""
    del header
    folded = {text: text.casefold() for text in counts}
    if asked:
        yes = frozenset[str]().union(*(pair[0] for pair in _OPPOSITES))
        no = frozenset[str]().union(*(pair[1] for pair in _OPPOSITES))
        words: dict[str, Value] = {t: w in yes for t, w in folded.items() if w in yes | no}
        return Fit("boolean", words)
    best: dict[str, Value] = {}
    for place, (yes, no) in enumerate(_OPPOSITES[:-_ONLY_ASKED]):
        values: dict[str, Value] = {t: w in yes for t, w in folded.items() if w in yes or w in no}
        both = len(set(values.values())) == 2
        if (both or (place < _ENOUGH_ALONE and True in values.values())) and len(values) > len(
            best
        ):
            best = values
    return Fit("boolean", best) if best else None


def ranks(counts: Counts, header: str, asked: Kind | None) -> Fit | None:
    del header
    marked = 0
    values: dict[str, Value] = {}
    for text, count in counts.items():
        place = spans.rank_of(text)
        if place is not None:
            marked += count
        elif text.isdecimal():
            place = int(text)
        if place is not None:
            values[text] = place
    if not asked and 2 * marked < sum(counts[text] for text in values):
        return None
    return Fit("rank", values) if values else None


def quantities(counts: Counts, header: str, asked: Kind | None) -> Fit | None:
    """Integers, decimals, money, percentages and years, of one unit."""
    if not asked and _CODE_HEADER.search(header):
        return None
    found: dict[str, amounts.Numeric] = {}
    units: Counter[str] = Counter()
    commas = [0, 0]  # how many say that the point is decimal, that the comma is
    for text, count in counts.items():
        if not asked and amounts.is_code(text):
            return None
        number = amounts.split_number(text, codes=asked is not None)
        if number is None:
            continue
        found[text] = number
        units[number.unit] += count
        if not number.digits.isdecimal() and (said := amounts.says_comma(number.digits)):
            commas[said > 0] += count
    if not found:
        return None
    unit = _common_unit(units)
    if unit and not asked and not _is_believed(unit, found):
        return None
    values: dict[str, Value] = {}
    for text, number in found.items():
        if number.unit in (unit, ""):
            value = amounts.value_of(number, comma=commas[1] > commas[0])
            if value is not None:
                values[text] = value
    header_unit = _header_unit(header)
    kind: Kind
    if asked in ("integer", "decimal", "percent", "currency", "year"):
        kind = asked
    elif unit == "%" or (not unit and header_unit == "%"):
        kind = "percent"
    elif unit in amounts.CURRENCIES:
        kind = "currency"
    elif all(isinstance(value, int) for value in values.values()):
        kind = "year" if _are_years(counts, values, unit, header) else "integer"
    else:
        kind = "decimal"
    notes: tuple[Note, ...] = ()
    if commas[1] > commas[0]:
        notes = (Note("the comma is read as the decimal mark", "逗号按小数点读取"),)
    if kind in ("integer", "year"):
        values = {text: value for text, value in values.items() if isinstance(value, int)}
    else:
        values = {text: Decimal(value) for text, value in values.items()}  # type: ignore[arg-type]
    shown = "" if kind in ("percent", "year") else unit or header_unit
    return Fit(kind, values, shown, notes)


def _common_unit(units: Counter[str]) -> str:
    """The commonest unit; numbers without one are taken to share it when they are fewer."""
    (first, count), *rest = units.most_common()
    if not first and rest and rest[0][1] >= count:
        return rest[0][0]
    return first


def _is_believed(unit: str, found: Mapping[str, amounts.Numeric]) -> bool:
    """A word after a number is its unit only when more than one number has it, or it is short."""
    if unit in ("%", "‰") or unit in amounts.CURRENCIES:
        return True
    same = sum(number.unit == unit for number in found.values())
    return same > 1 or (len(found) == 1 and (len(unit) <= 3 or not unit.isascii()))


def _header_unit(header: str) -> str:
    if header.strip() in ("%", "％"):
        return "%"
    match = _HEADER_UNIT.search(header)
    if match is None or not amounts.is_unit(match[1]):
        return "%" if header.rstrip().endswith(("%", "％")) else ""
    return match[1].replace("％", "%").strip()


def _are_years(counts: Counts, values: Mapping[str, Value], unit: str, header: str) -> bool:
    if unit not in ("", "年", "年度"):
        return False
    if not all(isinstance(value, int) and 1000 <= value <= 2200 for value in values.values()):
        return False
    if not all(len(text.rstrip("年度")) == 4 for text in values):
        return False
    if unit or _YEAR_HEADER.search(header):
        return True
    recent = all(isinstance(value, int) and 1900 <= value <= 2035 for value in values.values())
    return recent and len(counts) > 2 and sum(counts.values()) < 2 * len(counts)


def days(counts: Counts, header: str, asked: Kind | None) -> Fit | None:
    compact = asked is not None or _DATE_HEADER.search(header) is not None
    found = {
        text: day for text in counts if (day := dates.split_date(text, compact=compact)) is not None
    }
    if not found:
        return None
    votes = Counter(dates.says_order(day) for day in found.values())
    unclear = [text for text, day in found.items() if day.first]
    slashes = any(day.separator == "/" for day in found.values())
    order: dates.Order = "mdy" if slashes else "dmy"
    notes: list[Note] = []
    if votes["mdy"] or votes["dmy"]:
        order = "mdy" if votes["mdy"] > votes["dmy"] else "dmy"
    elif unclear:
        en, zh = ("month first", "月在前") if order == "mdy" else ("day first", "日在前")
        notes.append(
            Note(f"dates such as {unclear[0]} are read {en}", f"{unclear[0]} 这类日期按{zh}读取")
        )
    values: dict[str, Value] = {}
    moments = sum(day.clock is not None for day in found.values())
    kind: Kind = "datetime" if 2 * moments > len(found) else "date"
    if asked in ("date", "datetime"):
        kind = asked
    for text, day in found.items():
        value = dates.value_of(day, order)
        if value is not None and kind == "datetime" and not isinstance(value, datetime.datetime):
            value = datetime.datetime.combine(value, datetime.time())
        elif isinstance(value, datetime.datetime) and kind == "date":
            value = value.date() if asked else None
        if value is not None:
            values[text] = value
    months = all(not day.day and not day.first for day in found.values())
    return Fit(kind, values, "month" if months and kind == "date" else "", tuple(notes))


def clocks(counts: Counts, header: str, asked: Kind | None) -> Fit | None:
    """Times of day or durations."""
    sure = sum(count for text, count in counts.items() if spans.says_duration(text))
    hinted = _LENGTH_HEADER.search(header) is not None
    times = {text: time for text in counts if (time := spans.clock_of(text)) is not None}
    lengths = {text: span for text in counts if (span := spans.duration_of(text)) is not None}
    if asked == "time" or (asked is None and times and not hinted and not sure):
        return Fit("time", dict(times))
    colons = any(":" in text for text in lengths)
    if asked is None and not sure and not (hinted and colons):
        return None
    return Fit("duration", dict(lengths)) if lengths else None


def pairs(counts: Counts, header: str, asked: Kind | None) -> Fit | None:
    """Ranges (10-20) or scores (3-1)."""
    if not asked and _CODE_HEADER.search(header):
        return None
    scores = {text: score for text in counts if (score := spans.score_of(text)) is not None}
    ranges = {text: found for text in counts if (found := spans.range_of(text)) is not None}
    many = sum(counts[text] for text in ranges), sum(counts[text] for text in scores)
    hinted = _SCORE_HEADER.search(header) is not None
    if asked == "score" or (asked is None and (many[1] > many[0] or (hinted and scores))):
        return Fit("score", dict(scores))
    if not ranges:
        return None
    units = Counter(unit for _, unit in ranges.values())
    unit = _common_unit(units)
    values: dict[str, Value] = {
        text: bounds for text, (bounds, own) in ranges.items() if own in (unit, "")
    }
    return Fit("range", values, unit)


FAMILIES: tuple[Family, ...] = (booleans, ranks, days, quantities, clocks, pairs)
"""In the order that breaks a tie."""

FAMILY_OF: dict[Kind, Family] = {
    "boolean": booleans,
    "rank": ranks,
    **dict.fromkeys(("integer", "decimal", "percent", "currency", "year"), quantities),
    **dict.fromkeys(("date", "datetime"), days),
    **dict.fromkeys(("time", "duration"), clocks),
    **dict.fromkeys(("range", "score"), pairs),
}
