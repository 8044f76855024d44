"""Which of a table's values, and which numbers and dates, a question speaks of.

The program does this, not the model: a small model chooses well among what is offered, and
copies badly what is not.
"""

import re
from dataclasses import dataclass

from qwen_app.features.tables.query.fold import fold, one_line
from qwen_app.features.tables.query.sorts import sort_of
from qwen_app.features.tables.table import NUMBERS, Table

MOST_CELLS = 400_000
"""How many cells are looked through; of a longer table, its first rows."""
LONGEST_VALUE = 60
"""Characters of a text that a query may quote."""
_MOST_LINKS = 12
_MOST_SEARCHED = 40_000
"""Cells in which pieces of the question are looked for."""
_LONGEST_SEARCHED = 200
_MOST_PIECES = 150
_LONGEST_QUESTION = 1000
"""Characters of a question that are looked at."""

_DIGITS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SCALES = {"万": 10_000, "亿": 100_000_000, "千": 1000, "百": 100, "k": 1000,
           "thousand": 1000, "million": 10**6, "billion": 10**9}  # fmt: skip
_SCALE = re.compile(r"\s*(万|亿|千|百|k\b|thousand|million|billion)", re.IGNORECASE)
_DECADE = re.compile(r"(?<!\d)(\d{3}0)\s*(?:'?s\b|年代)|(?<!\d)([1-9]0)\s*年代")
_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
          "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30,
          "forty": 40, "fifty": 50, "hundred": 100, "once": 1, "twice": 2, "decade": 10,
          "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "half": 2,
          "dozen": 12, "century": 100}  # fmt: skip
_HAN = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
        "九": 9}  # fmt: skip
_HAN_NUMBER = re.compile(r"[一二两三四五六七八九]?十[一二三四五六七八九]?|[零一二两三四五六七八九]")
_NAMED = r"(?P<n>[a-z]{3,9})\.?"
_DAY_FIRST = r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th)?(?: of)?\s+"
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.年]\s*(?P<m>\d{1,2})[-/.月]\s*(?P<d>\d{1,2})(?!\d)"),
    re.compile(_NAMED + r"\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})", re.I),
    re.compile(_DAY_FIRST + _NAMED + r",?\s+(?P<y>\d{4})", re.I),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Link:
    """A value of a column that the question mentions."""

    column: str
    text: str
    """As the table shows it, on one line."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a question speaks of."""

    links: tuple[Link, ...]
    """Values that stand in the question, the longest first."""
    parts: tuple[Link, ...]
    """Pieces of the question that are part of longer values of a column; `text` is the piece."""
    numbers: tuple[int | float, ...]
    """In the order of the question, also those in words, and a decade's first and last year."""
    dates: tuple[str, ...]
    """As YYYY-MM-DD."""


def mentions(table: Table, question: str) -> Mentions:
    question = question[:_LONGEST_QUESTION]
    links = _links(table, question)
    return Mentions(links, _parts(table, question, links), numbers(question), dates(question))


def numbers(question: str) -> tuple[int | float, ...]:
    """The numbers that a question states."""
    text = question.lower()
    found: list[tuple[int, int | float]] = []
    for match in _DIGITS.finditer(text):
        digits = match.group().replace(",", "")
        if len(digits) > 15:
            continue
        value = float(digits) if "." in digits else int(digits)
        if scale := _SCALE.match(text, match.end()):
            scaled = value * _SCALES[scale[1].lower()]
            found.append((match.start(), int(scaled) if scaled == int(scaled) else scaled))
        found.append((match.start(), value))
    for match in _DECADE.finditer(text):
        start = int(match[1]) if match[1] else 1900 + int(match[2])
        found += [(match.start(), start), (match.start(), start + 9)]
    for match in re.finditer(r"[a-z]+", text):
        if match.group() in _WORDS:
            found.append((match.start(), _WORDS[match.group()]))
    for match in _HAN_NUMBER.finditer(text):
        found.append((match.start(), _han(match.group())))
    found.sort(key=lambda pair: pair[0])
    return tuple(dict.fromkeys(value for _, value in found))


def dates(question: str) -> tuple[str, ...]:
    """The days that a question states, as YYYY-MM-DD."""
    found = []
    for pattern in _DATES:
        for match in pattern.finditer(question):
            parts = match.groupdict()
            month = int(parts["m"]) if "m" in parts else _month(parts["n"])
            day = int(parts["d"])
            if 1 <= month <= 12 and 1 <= day <= 31:
                found.append(f"{int(parts['y']):04d}-{month:02d}-{day:02d}")
    return tuple(dict.fromkeys(found))


def _month(name: str) -> int:
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _han(text: str) -> int:
    tens, ten, units = text.partition("十")
    if not ten:
        return _HAN[text]
    return 10 * _HAN.get(tens, 1) + _HAN.get(units, 0)


def _links(table: Table, question: str) -> tuple[Link, ...]:
    """Values whose whole text stands in the question, at borders of words."""
    asked = fold(question)
    spans = _spans(asked)
    found: dict[tuple[str, str], Link] = {}
    rows = max(1, MOST_CELLS // len(table.columns))
    for column in table.columns:
        for text in dict.fromkeys(column.texts[:rows]):
            if len(text) > LONGEST_VALUE or not text:
                continue
            folded = fold(text)
            if folded in spans and not _is_trivial(folded, column.kind in NUMBERS):
                found.setdefault((column.name, folded), Link(column.name, one_line(text)))
    links = sorted(found.values(), key=lambda link: -len(link.text))
    # A value inside a longer one that is linked in the same column is most likely not meant.
    kept = [
        link
        for at, link in enumerate(links)
        if not any(
            link.column == other.column and fold(link.text) in fold(other.text)
            for other in links[:at]
        )
    ]
    return tuple(kept[:_MOST_LINKS])


def _parts(table: Table, question: str, links: tuple[Link, ...]) -> tuple[Link, ...]:
    """For each text column the longest piece of the question that some, but not most, of its
    values contain, if no piece of that was linked."""
    asked = fold(question)
    taken = [fold(link.text) for link in links] + [fold(column.name) for column in table.columns]
    pieces = sorted(
        (piece for piece in _spans(asked) if _tells(piece, taken)), key=lambda piece: -len(piece)
    )[:_MOST_PIECES]
    rows = max(1, _MOST_SEARCHED // len(table.columns))
    found: list[Link] = []
    for column in table.columns:
        if sort_of(column.kind) != "text":
            continue
        values = {fold(text) for text in column.texts[:rows] if len(text) < _LONGEST_SEARCHED}
        everything = "\n".join(values)
        for piece in pieces:
            if piece in everything and _is_rare(piece, values):
                found.append(Link(column.name, piece))
                break
    found.sort(key=lambda link: -len(link.text))
    return tuple(found)


def _tells(piece: str, taken: list[str]) -> bool:
    """Whether a piece of a question is worth looking for in the table."""
    if len(piece) < (4 if piece.isascii() else 2) or piece.replace(" ", "").isdigit():
        return False
    words = piece.split()
    if words[0] in _STOP or words[-1] in _STOP or not _is_word(piece):
        return False
    return not any(piece in other or other in piece for other in taken)


def _is_word(piece: str) -> bool:
    return piece[0].isalnum() and piece[-1].isalnum()


def _is_rare(piece: str, values: set[str]) -> bool:
    """Whether some values hold the piece at borders of words, but not nearly all of them."""
    edge = r"(?<!\w)" if _is_letter(piece[0]) else ""
    pattern = re.compile(edge + re.escape(piece) + (r"(?!\w)" if _is_letter(piece[-1]) else ""))
    hits = sum(1 for value in values if pattern.search(value))
    return 0 < hits <= max(1, len(values) // 2)


def _is_trivial(folded: str, is_number: bool) -> bool:
    return is_number or (len(folded) < 2 and folded.isascii()) or folded in _STOP


_STOP = frozenset(
    ("the", "of", "in", "is", "was", "a", "an", "no", "yes", "to", "and", "or", "at", "by", "as",
     "for", "it", "on", "how", "who", "what", "many", "which", "when", "where", "that", "were",
     "did", "does", "have", "has", "had", "been", "with", "from", "than", "more", "most", "less",
     "least", "only", "first", "last", "after", "before", "list", "name", "total", "number",
     "their", "there", "this", "these", "those", "all", "any", "each", "next", "same", "other",
     "are", "be", "do", "not", "but", "year", "years", "time", "times", "long", "much", "between",
     "多少", "什么", "哪个", "哪些", "是谁", "几个", "多少个", "的人", "一共", "总共", "平均",
     "最大", "最小", "最高", "最低", "超过", "不是", "所有")
)  # fmt: skip


def _spans(text: str) -> set[str]:
    """Every piece of the text that begins and ends at a border of a word, up to the longest that
    a query may quote. Between Chinese characters there is always a border."""
    borders = [
        at
        for at in range(len(text) + 1)
        if at in (0, len(text)) or not _joined(text[at - 1], text[at])
    ]
    return {
        text[start:end].strip()
        for i, start in enumerate(borders)
        for end in borders[i + 1 :]
        if end - start <= LONGEST_VALUE
    }


def _joined(before: str, after: str) -> bool:
    """Whether two characters belong to one word."""
    return _is_letter(before) and _is_letter(after)


def _is_letter(character: str) -> bool:
    return character.isalnum() and not "\u2e80" <= character <= "\u9fff"
