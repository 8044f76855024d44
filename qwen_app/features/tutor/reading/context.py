"""What the prose around a statement says about it: its role, how it follows, how it is rounded."""

import re

from qwen_app.features.tutor.reading.tree import Context, Rounding

_DIGITS = {
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
}
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}

_PLACES_ZH = re.compile(
    r"(?:保留|精确到|取)(?:小数点?后?)?([一两二三四五六0-9])位(?:小数|有效)?|([一两二三四五六0-9])位小数"
)
_FIGURES_ZH = re.compile(r"([一两二三四五六0-9])[位个]有效数字")
_TO_ZH = {
    "个位": 0,
    "整数": 0,
    "十分位": 1,
    "百分位": 2,
    "千分位": 3,
    "十位": -1,
    "百位": -2,
    "千位": -3,
    "万位": -4,
    "角": 1,
    "分": 2,
}
_TO_ZH_PATTERN = re.compile(r"(?:精确到|保留到?|近似到|四舍五入到)(" + "|".join(_TO_ZH) + ")")
_TO_DECIMAL = re.compile(r"精确到\s*(0\.0*1)(?![0-9])|nearest\s+(0?\.0*1)(?![0-9])")
_PLACES_EN = re.compile(
    r"\b(one|two|three|four|five|[1-9])\s+(?:decimal(?:\s+place)?s?|d\.?p\.?\b|places)",
    re.IGNORECASE,
)
_FIGURES_EN = re.compile(
    r"\b(one|two|three|four|five|[1-9])\s+(?:significant\s+(?:figure|digit)s?|s\.?f\.?\b)",
    re.IGNORECASE,
)
_NEAREST_EN = {
    "whole number": 0,
    "whole": 0,
    "integer": 0,
    "unit": 0,
    "one": 0,
    "dollar": 0,
    "tenth": 1,
    "hundredth": 2,
    "cent": 2,
    "thousandth": 3,
    "ten thousand": -4,
    "thousand": -3,
    "hundred": -2,
    "ten": -1,
}
_NEAREST_EN_PATTERN = re.compile(
    r"nearest\s+(" + "|".join(sorted(_NEAREST_EN, key=len, reverse=True)) + r")\b", re.IGNORECASE
)
_UP = re.compile(r"进一法|向上取整|round(?:ed|ing)?\s+up", re.IGNORECASE)
_DOWN = re.compile(
    r"去尾法|向下取整|round(?:ed|ing)?\s+down|with\s+\S+\s+(?:remaining|left\s*over|left)|remainder",
    re.IGNORECASE,
)

_ABOUT = re.compile(
    r"大约|约|近似|≈|四舍五入|\babout\b|\bapproximately\b|\bapprox\b|\broughly\b|\bround(?:ed|ing)?\b"
    r"|\\approx|\bnearly\b|\balmost\b",
    re.IGNORECASE,
)
_CHECK = re.compile(
    r"检验|验算|代入|代回|带入|\bcheck(?:ing)?\b|\bverif(?:y|ication|ying)\b|\bsubstitut(?:e|ing)\b|\bplug",
    re.IGNORECASE,
)
_SUPPOSE = re.compile(
    r"设|令|已知|题意|题目|条件|\blet\b|\bsuppose\b|\bassume\b|\bgiven\b|\bwe know\b|\bdefine\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"答案|^\s*答|故答|####|\\boxed|\banswers?\b|\bsolutions?\s+(?:is|are)\b|解为|解是|的解|解集",
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"公式|定理|法则|\bformula\b|\btheorem\b|\brule\b|\bidentity\b", re.IGNORECASE
)
_OR = re.compile(
    r"(?:[，,、;\s]|\*|\$|\\\(|\\\)|\\text\{)*(?:或者|或|\bor\b|\\lor)(?:[\s，,\}]|\\text|\*|\$|\\\(|\\\))*$"
)
_SO = re.compile(
    r"所以|因此|得|则|于是|从而|那么|故|即|解得|推出|⇒|→|∴|=>|->|\bso\b|\bthus\b|\bhence\b|\btherefore\b|\bget\b"
    r"|\bgives?\b|\bthen\b|\bmeans\b|\\implies|\\Rightarrow|\\therefore",
    re.IGNORECASE,
)
_AND = re.compile(r"且|并且|和|与|又|\band\b|[,，、;；&]", re.IGNORECASE)
_BECAUSE = re.compile(r"因为|由于|∵|\bbecause\b|\bsince\b|\\because", re.IGNORECASE)
GIVEN = re.compile(
    r"(?:当|若|如果|令|取|将|把|\bwhen|\bif|\bfor|\bwhere|\bat|\blet)\s*[\$\\(\s]*$", re.IGNORECASE
)
GIVEN_END = re.compile(r"^[\s\$\\)]*(?:时|代入|带入|，|,|:|：|\bthen\b|\bwe\b|\bthe\b|$)")


def rounding(text: str) -> Rounding | None:
    """The rounding that the text asks for."""
    mode = "up" if _UP.search(text) else "down" if _DOWN.search(text) else "nearest"
    if match := _FIGURES_ZH.search(text) or _FIGURES_EN.search(text):
        return Rounding(figures=_count(match.group(1)))
    decimals = _decimals(text)
    if decimals is None and mode == "nearest":
        return None
    if mode == "up":
        return Rounding(decimals or 0, mode="up")
    if mode == "down":
        return Rounding(decimals or 0, mode="down")
    return Rounding(decimals)


def _decimals(text: str) -> int | None:
    if match := _PLACES_ZH.search(text):
        return _count(match.group(1) or match.group(2))
    if match := _TO_DECIMAL.search(text):
        written = match.group(1) or match.group(2)
        return len(written.partition(".")[2])
    if match := _TO_ZH_PATTERN.search(text):
        return _TO_ZH[match.group(1)]
    if match := _PLACES_EN.search(text):
        return _count(match.group(1))
    if match := _NEAREST_EN_PATTERN.search(text):
        return _NEAREST_EN[match.group(1).lower()]
    return None


def _count(written: str) -> int:
    lower = written.lower()
    if lower in _WORDS:
        return _WORDS[lower]
    return _DIGITS.get(lower) or int(lower)


def context(before: str, after: str, *, is_next: bool, last: str = "") -> Context:
    """What stands before a statement (since the one before it, or the line's beginning), after it
    (to the next, or the end) and between its last relation and the last side.

    ``is_next`` says that another statement of the line stands before it.
    """
    nearby = before[-60:]
    sentence = _SENTENCE.split(before)[-1]
    return Context(
        role=_role(sentence),
        link=_link(nearby, is_next=is_next),
        about=bool(_ABOUT.search(last) or _ABOUT.search(before[-24:]) or _ABOUT.search(after[:30])),
        rounding=rounding(before[-120:] + " " + after[:120]),
    )


_SENTENCE = re.compile(r"[。！？!?；;]|\.(?=\s)")
WHEN = re.compile(r"^[\s\$\\)]*时(?!间|候)")


def _role(before: str):  # type: ignore[no-untyped-def]
    for pattern, role in (
        (_ANSWER, "answer"),
        (_CHECK, "check"),
        (_SUPPOSE, "suppose"),
        (_FORMULA, "formula"),
    ):
        if pattern.search(before):
            return role
    return ""


def _link(before: str, *, is_next: bool):  # type: ignore[no-untyped-def]
    if _OR.search(before) and is_next:
        return "or"
    if _BECAUSE.search(before):
        return "because"
    if _SO.search(before):
        return "so"
    if is_next and _AND.search(before):
        return "and"
    return ""
