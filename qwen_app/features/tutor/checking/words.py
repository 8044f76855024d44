"""Rulings in words, for a student: what is right, or what it should be and why."""

import re

from qwen_app.features.tutor.checking.knowledge import Item
from qwen_app.features.tutor.checking.ruling import Claim, Ruling
from qwen_app.features.tutor.reading.display import to_text
from qwen_app.features.tutor.reading.tree import Expression

_POWER = re.compile(r"\^(\d)(?![\d.])")
_ROOT = re.compile(r"sqrt\((\w+)\)")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

LONGEST = 40
"""Characters of a side that is quoted."""

_HOLDS = {
    "identity": ("Both sides are equal.", "两边相等。"),
    "value": ("Right for the values found before.", "代入前面求得的值，等式成立。"),
    "rounded": ("Right after rounding.", "取近似值后正确。"),
    "follows": ("This follows from what came before.", "由前面的条件可以推出。"),
    "satisfies": ("Put in, it holds.", "代入后成立。"),
}

_UNCHECKED = {
    "given": (
        "Set up from the problem; whether it says what the problem says has not been checked.",
        "这是根据题意列出的，是否符合题意没有检查。",
    ),
    "definition": ("It gives a name or a rule: nothing to check.", "这是规定或公式，无需检查。"),
    "unknown": (
        "Nothing is known that this could be checked against.",
        "没有已知条件可以用来检查这一步。",
    ),
    "hard": ("This could not be checked.", "这一步无法检查。"),
    "evaluated": (
        "Numbers are put in for the letters; whether they are the right ones was not checked.",
        "把数代入了字母，代入的数是否正确没有检查。",
    ),
    "supposed": ("A supposition.", "这是假设。"),
    "chosen": ("A value that was chosen, not derived.", "这是取定的值，不是推出来的。"),
    "percent of what": (
        "It is not clear of what the percentage is taken; write × (1 - 20%), for example.",
        "百分数是谁的百分之几不清楚，可以写成 ×（1 - 20%）这样的形式。",
    ),
    "estimate": ("An estimate; it cannot be checked exactly.", "这是估算，无法精确检查。"),
    "one of many": (
        "One of the many values that fit; why this one is not checked.",
        "满足条件的值有很多，这只是其中一个；为什么取它没有检查。",
    ),
}

UNREAD = (
    "This part could not be read, so it was not checked.",
    "这一部分没有读懂，因此没有检查。",
)

_FAILS = {
    "division by zero": ("Nothing can be divided by zero.", "除数不能为 0。"),
    "ratio": ("The two ratios are not equal.", "这两个比不相等。"),
    "equal": ("The two sides are equal, so ≠ is wrong.", "两边是相等的，不能写 ≠。"),
    "does not satisfy": (
        "Put into the equation, it does not hold.",
        "代入原方程后，等式不成立。",
    ),
    "no solution": (
        "There is no real number that fits what came before.",
        "没有实数满足前面的条件。",
    ),
    "not implied": (
        "This does not follow from the equations before.",
        "由前面的方程推不出这一步。",
    ),
    "from wrong": (
        "This follows from a line before that is wrong.",
        "这一步是由前面错误的一行推出来的。",
    ),
}


def sentences(ruling: Ruling, item: Item) -> tuple[str, str]:
    """In English and Chinese."""
    if ruling.status == "holds":
        return _holds(ruling)
    if ruling.status == "unchecked":
        return _UNCHECKED.get(ruling.note) or _UNCHECKED[ruling.reason]
    return _fails(ruling, item)


def _holds(ruling: Ruling) -> tuple[str, str]:
    names = ruling.names[0] if ruling.names else None
    if ruling.reason == "lost":
        if names is None:
            return "Right, but not all solutions.", "没有错，但解不完整。"
        return (
            f"This is right, but {names} is left out, which fits as well.",
            f"这没有错，但漏掉了 {in_chinese(names)}，它也满足条件。",
        )
    if ruling.reason == "added":
        if names is None:
            return _HOLDS["follows"]
        return (
            f"This follows, but {names} fits it too, and does not fit what came before:"
            " the solutions have to be checked.",
            f"可以推出，但它多出了 {in_chinese(names)}，不满足前面的方程，最后要检验。",
        )
    if ruling.note == "constant":
        return (
            "Right, but + C is missing: an antiderivative is known up to a constant.",
            "正确，但漏写了常数 + C。",
        )
    return _HOLDS[ruling.reason]


def _fails(ruling: Ruling, item: Item) -> tuple[str, str]:
    if ruling.note in _FAILS:
        return _FAILS[ruling.note]
    expected = ruling.expected
    claim = item.claim
    left = None if claim is None else _short(claim.left)
    right = None if claim is None else _short(claim.right)
    if ruling.note == "sides":
        letter, value, a, b = ruling.names
        return (
            f"With {letter} = {value} the left side is {a} and the right side is {b}.",
            f"{letter} = {value} 时，左边是 {a}，右边是 {b}。",
        )
    if ruling.reason == "added":
        extra = ruling.names[0] if ruling.names else None
        en, zh = "There is a solution too many", "多出了不满足条件的解"
        if extra is not None:
            en, zh = f"{en}: {extra}", f"{zh}：{in_chinese(extra)}"
        return _with_expected(f"{en}.", f"{zh}。", expected)
    if ruling.note == "direction":
        return _with_expected(
            "The inequality sign has to be turned around.", "不等号的方向要改变。", expected
        )
    if ruling.note == "order" and expected is not None:
        return f"This is not so: {expected}.", f"不成立：{expected}。"
    if ruling.note == "value" and expected is not None and left is not None and right is not None:
        return f"{left} is {expected}, not {right}.", f"{left} 等于 {expected}，不是 {right}。"
    if ruling.note == "solutions" and ruling.names:
        return (
            f"This does not fit what came before, which gives {ruling.names[0]}.",
            f"与前面的条件不符，由前面得 {in_chinese(ruling.names[0])}。",
        )
    return _with_expected("This does not fit what came before.", "与前面的条件不符。", expected)


def _with_expected(en: str, zh: str, expected: str | None) -> tuple[str, str]:
    if expected is None:
        return en, zh
    return f"{en} It should be {expected}.", f"{zh}应为 {in_chinese(expected)}。"


def in_chinese(text: str) -> str:
    """Solutions as text, joined as in Chinese."""
    return text.replace(" or ", " 或 ")


def _short(side: Expression) -> str | None:
    shown = written(side)
    return shown if len(shown) <= LONGEST else None


def written(side: Expression) -> str:
    """As a student would write it: x², √16."""
    shown = _POWER.sub(lambda found: found[1].translate(_SUPERSCRIPTS), to_text(side))
    return _ROOT.sub(r"√\1", shown).replace("sqrt(", "√(")


def claim_text(claim: Claim) -> str:
    return f"{written(claim.left)} {claim.relation} {written(claim.right)}"
