"""Words and letters that are signs of mathematics, made into such tokens: ``4 x 2``, 3加4等于7,
``20 percent``, 百分之20, 50的20%."""

import re
from dataclasses import replace

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.characters import is_han
from qwen_app.features.tutor.reading.tokens import Kind, Token, parse_number
from qwen_app.features.tutor.reading.words import (
    ABOUT,
    HAN_CONNECTIVE,
    HAN_OPERATORS,
    HAN_RELATIONS,
    HAN_RESULTS,
    OPERATORS,
)

_OPERANDS: tuple[Kind, ...] = ("number", "currency", "open", "root", "command", "blank")
_ENDINGS: tuple[Kind, ...] = ("number", "close", "percent", "degree", "blank")
_BY_LENGTH = {
    **dict.fromkeys(HAN_OPERATORS, "op"),
    **dict.fromkeys(HAN_RELATIONS, "rel"),
}
_HAN_SIGN = re.compile("(" + "|".join(sorted(_BY_LENGTH, key=len, reverse=True)) + ")(大约|约)?$")
_DIFFERENTIALS = re.compile(r"([a-z]{0,2})(d[a-z])")


def prepare(found: list[Token]) -> list[Token]:
    """The tokens with such words replaced. Linear."""
    has_integral = any(token.kind == "command" and token.text == "int" for token in found)
    result: list[Token] = []
    index = 0
    while index < len(found):
        token = found[index]
        after = found[index + 1] if index + 1 < len(found) else token
        before = result[-1] if result else None
        used = 1
        if token.kind in ("word", "command") and token.text == "lim":
            used = _limit(found, index, result)
        elif token.kind == "word" and before is not None:
            used = _word(found, index, before, result, has_integral)
        elif token.kind == "han" and after is not token:
            used = _han(found, index, before, result)
        else:
            result.append(token)
        index += used
    return result


def _word(
    found: list[Token], index: int, before: Token, result: list[Token], has_integral: bool
) -> int:
    """Appends what the word means; how many tokens were used."""
    token, after = found[index], found[index + 1]
    lower = token.text.lower()
    operand = after.kind in _OPERANDS or after.is_op("-", "√")
    if lower == "x" and not token.math and _is_times(found, index, before):
        result.append(replace(token, kind="op", text="*"))
        return 1
    if lower in ("percent", "percents") and before.kind == "number":
        result.append(replace(token, kind="percent", text="%"))
        return 1
    if lower == "percent" or (lower == "per" and after.text == "cent" and before.kind == "number"):
        result.append(replace(token, kind="percent", text="%"))
        return 2 if lower == "per" else 1
    if lower in OPERATORS and before.kind in (*_ENDINGS, "word", "han"):
        used = 1
        if lower in ("multiplied", "divided"):
            if after.text.lower() != "by":
                result.append(token)
                return 1
            used, after = 2, found[min(index + 2, len(found) - 1)]
            operand = after.kind in _OPERANDS
        is_letter = after.kind == "word" and len(after.text) == 1 and after.text not in "aAI"
        if (operand or is_letter) and (lower != "times" or before.kind in _ENDINGS):
            result.append(replace(token, kind="op", text=OPERATORS[lower]))
            return used
    if _is_after_formula(result) and (used := _relation(found, index)):
        is_exact = found[index + used - 1].text.lower() not in ABOUT
        relation = "=" if is_exact else "≈"
        result.append(replace(token, kind="rel", text=relation, note="worded"))
        return used
    if lower in ("r", "remainder") and before.kind == after.kind == "number" and token.spaced:
        result.append(replace(token, kind="dots"))
        return 1
    if has_integral and (match := _DIFFERENTIALS.fullmatch(token.text)) and match.group(1):
        middle = token.start + len(match.group(1))
        result.append(replace(token, text=match.group(1), end=middle))
        result.append(replace(token, text=match.group(2), start=middle, spaced=True))
        return 1
    if has_integral and token.text == "d" and after.kind == "word" and len(after.text) == 1:
        result.append(replace(token, text="d" + after.text, end=after.end))
        return 2
    result.append(token)
    return 1


def _limit(found: list[Token], index: int, result: list[Token]) -> int:
    """``lim(x→0)`` and ``lim_{x→0}`` as LaTeX has it: the arrow is no new step there."""
    token = found[index]
    result.append(replace(token, kind="command"))
    at = index + 1
    if found[min(at, len(found) - 1)].kind == "sub":
        result.append(found[at])
        at += 1
    else:
        result.append(replace(token, kind="sub", text="", start=token.end))
    for ahead in range(at, min(at + 4, len(found))):
        each = found[ahead]
        if each.kind == "break" and each.text in ("→", "->", "⟶"):
            result += [*found[at:ahead], replace(each, kind="command", text="to")]
            return ahead + 1 - index
    return at - index


def _is_times(found: list[Token], index: int, before: Token) -> bool:
    token, after = found[index], found[index + 1]
    if after.kind not in ("number", "currency", "open"):
        return False
    if after.is_open() and (after.text != "(" or not (token.spaced and after.spaced)):
        return False
    if after.kind == "number" and after.start == token.end and before.kind not in _ENDINGS:
        return False
    if before.kind in _ENDINGS or before.kind == "currency":
        return True
    if before.kind in ("word", "han", "text") and token.spaced and after.spaced:
        return any(each.kind == "number" for each in found[max(0, index - 6) : index])
    return False


def _is_after_formula(result: list[Token]) -> bool:
    """Whether an operand of some operation stands before, with few words between: only then does
    "is" tell its value."""
    words = 0
    has_number = False
    for token in reversed(result[-12:]):
        if token.kind in ("number", "close", "percent"):
            has_number = True
        elif token.kind == "op" or (token.kind == "word" and token.text == "of"):
            if has_number:
                return True
        elif token.kind in ("word", "han", "text", "currency"):
            words += not has_number
            if words > 3:
                return False
        else:
            return False
    return False


def _relation(found: list[Token], index: int) -> int:
    """How many words say that what follows is equal; 0 where none do."""
    texts = [each.text.lower() for each in found[index : index + 4]]
    for words in (
        ("is", "equal", "to"),
        ("are", "equal", "to"),
        ("equal", "to"),
        ("equals",),
        ("equal",),
        ("is",),
        ("are",),
        ("makes",),
        ("gives",),
    ):
        if tuple(texts[: len(words)]) == words:
            used = len(words)
            while used < len(words) + 2 and found[index + used].text.lower() in ABOUT:
                used += 1
            return used if found[index + used].kind in ("number", "currency") else 0
    return 0


def _han(found: list[Token], index: int, before: Token | None, result: list[Token]) -> int:
    token, after = found[index], found[index + 1]
    text = token.text
    follows = before is not None and (
        before.kind in _ENDINGS or (before.kind == "word" and len(before.text) == 1)
    )
    if after.kind == "number" and text.endswith("百分之"):
        if len(text) > 3:
            split = _split(token, len(text) - 3)[0]
            found = [*found[: index + 1]]
            _han_inner(split, after, follows, result)
        result.append(replace(after, spaced=True))
        result.append(replace(after, kind="percent", text="%", start=after.end, spaced=False))
        return 2
    if follows and text in ("的平方", "的立方", "的平方等于", "的立方等于", "的平方是"):
        two = "2" if text[1] == "平" else "3"
        result.append(replace(token, kind="op", text="^", end=token.start + 3))
        number = parse_number(two)
        result.append(replace(token, kind="number", text=two, number=number, spaced=False))
        if len(text) > 3:
            result.append(
                replace(token, kind="rel", text="=", start=token.start + 3, note="worded")
            )
        return 1
    if follows and text == "余" and after.kind == "number":
        result.append(replace(token, kind="dots"))
        return 1
    if (follows and before is not None and after.kind in (*_OPERANDS, "word")) or after.is_op("-"):
        if follows and _sign(token, after, found[min(index + 2, len(found) - 1)], result):
            return 1
        if follows and _share(found, index, result):
            return 1
    result.append(token)
    return 1


def _han_inner(token: Token, after: Token, follows: bool, result: list[Token]) -> None:
    """What stands before 百分之: 50的百分之20 is a product."""
    if follows and token.text.endswith("的"):
        _product(token, 1, result)
    elif not (follows and _sign(token, after, after, result)):
        result.append(token)


def _split(token: Token, at: int) -> tuple[Token, Token]:
    middle = token.start + at
    return (
        replace(token, text=token.text[:at], end=middle),
        replace(token, text=token.text[at:], start=middle, spaced=False),
    )


def _sign(token: Token, after: Token, second: Token, result: list[Token]) -> bool:
    """An operator or relation in words at the end of the run, between operands."""
    if after.kind == "word" and (len(after.text) > 1 or second.kind == "word"):
        return False
    match = _HAN_SIGN.search(token.text)
    if match is None:
        return False
    word = match.group(1)
    prefix = token.text[: match.start()]
    if prefix and prefix not in HAN_RESULTS and not _is_count(prefix):
        return False
    kind = _BY_LENGTH[word]
    if prefix and prefix not in HAN_RESULTS:
        result.append(_split(token, len(prefix))[0])
    sign = _split(token, len(prefix))[1]
    if kind == "op":
        result.append(replace(sign, kind="op", text=HAN_OPERATORS[word]))
        return True
    relation = HAN_RELATIONS[word]
    if match.group(2):
        relation = "≈"
    note = "worded" if relation in ("=", "≈") else ""
    result.append(replace(sign, kind="rel", text=relation, note=note))
    return True


def _is_count(prefix: str) -> bool:
    """Whether it can be what a number counts: a unit or a short word."""
    found = units.leading(prefix)
    if found and found[1] == len(prefix):
        return True
    return len(prefix) <= 3 and HAN_CONNECTIVE.search(prefix) is None and is_han(prefix[0])


def _share(found: list[Token], index: int, result: list[Token]) -> bool:
    """50的20%, 36元的1/3, 5的3倍."""
    token, after = found[index], found[index + 1]
    if not token.text.endswith("的"):
        return False
    prefix = token.text[:-1]
    if prefix and not _is_count(prefix):
        return False
    second = found[min(index + 2, len(found) - 1)]
    is_share = after.kind == "command" and after.text == "frac"
    if after.kind == "number" and after.number is not None:
        is_share = (
            second.kind == "percent"
            or after.number.decimals is None
            or (second.is_op("/") and not second.spaced)
            or (second.kind == "han" and second.text.startswith(("倍", "分之")))
        )
    if not is_share:
        return False
    _product(token, len(token.text) - len(prefix), result)
    return True


def _product(token: Token, length: int, result: list[Token]) -> None:
    prefix, sign = _split(token, len(token.text) - length)
    if prefix.text:
        result.append(prefix)
    result.append(replace(sign, kind="op", text="*"))
