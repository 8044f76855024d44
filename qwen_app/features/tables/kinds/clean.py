"""Texts made plain before they are read as values: widths, dashes, footnotes, missing marks."""

import re
import unicodedata

_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_MARK = r"(?:\d{1,3}|[a-zA-Z]|(?:note|nb|注释?) ?\d*|citation needed|来源请求)"
_NOTE = re.compile(
    rf"\[{_MARK}\]|［{_MARK}］|【注释?\d*】|[*†‡§¶※^]|(?<!10)(?<=[\d%])[{_RAISED}]{{1,3}}", re.I
)
_NOTE_ENDS = frozenset("]］】*†‡§¶※^" + _RAISED)
_MOST_NOTES = 8
_LONGEST = 200  # characters of a text that may be more than text
_SIMPLE = re.compile(r"[\w.,:/$%+-]++(?: [\w.,:/$%+-]++)*+", re.ASCII)
_PARENTHESES = re.compile(r" ?\([^()\d]*\)$")
_DASHES = str.maketrans("−–—‒―﹣", "------")

MISSING = frozenset(
    {"", "-", "--", "---", "...", "..", "n/a", "n.a.", "n.a", "#n/a", "nan", "null", "none", "nil"}
)
"""Said of any kind, text included ("none" is left to text by ``is_missing``)."""

_MISSING_NUMBER = frozenset(
    {"?", "??", "*", "/", "\\", "x", "tbd", "tba", "tbc", "unknown", "na", "nr", "n/r", "no data"}
    | {
        "无",
        "暂无",
        "没有",
        "不详",
        "未知",
        "缺",
        "缺失",
        "空",
        "待定",
        "未公布",
        "无数据",
        "不适用",
        "面议",
        "缺考",
        "缺席",
        "请假",
        "未参加",
        "未提供",
        "保密",
        "dnf",
        "dns",
        "absent",
        "withheld",
    }
)


def visible(text: str) -> str:
    """A text without characters that show nothing (joiners, direction marks, controls)."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", text)


def without_notes(text: str) -> str:
    """The text without footnote marks at its end, unless it consists of them."""
    text = bare = text.strip()
    for _ in range(_MOST_NOTES):
        if bare[-1:] not in _NOTE_ENDS:
            break
        end = len(bare)
        start = next((n for n in range(end - 1, max(end - 24, -1), -1) if _is_note(bare, n)), None)
        if start is None:
            break
        bare = bare[:start].rstrip()
    return bare or text


def _is_note(text: str, start: int) -> bool:
    return _NOTE.fullmatch(text, start) is not None


def plain(text: str) -> str:
    """The text that values are read from.

    Full-width becomes half-width, every dash a hyphen, white space one space; footnote marks at the
    end go ("45[2]", "1,234*"), and so does a remark in parentheses without digits.
    """
    if len(text) > _LONGEST or _SIMPLE.fullmatch(text):
        return text
    text = without_notes(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace("⁻", "^-")).translate(_DASHES)
    text = " ".join(text.split())
    if text.endswith(")") and text[:1] != "(":
        text = _PARENTHESES.sub("", text)
    return text


def is_missing(text: str, *, number: bool) -> bool:
    """Whether a plain text says that there is no value.

    Args:
        text: as ``plain`` gives it.
        number: in a column of numbers, dates and the like, where a word is no value.
    """
    folded = text.casefold()
    if number:
        return folded in MISSING or folded in _MISSING_NUMBER
    return folded in MISSING and folded not in ("none", "nil")
