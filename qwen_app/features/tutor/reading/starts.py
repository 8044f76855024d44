"""Where a formula may begin in a line of prose."""

from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.words import HAN_DISTURBING, LABELLED, changes_value

_ALWAYS = frozenset(("number", "currency", "root", "word", "han", "text", "blank"))
_COMMANDS = frozenset(
    (
        "frac",
        "sqrt",
        "pi",
        "infty",
        "emptyset",
        "binom",
        "angle",
        "triangle",
        "overline",
        "int",
        "lim",
        "sum",
        "prod",
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "ln",
        "lg",
        "log",
        "exp",
        "gcd",
        "lcm",
        "max",
        "min",
    )
)


def matches(found: list[Token]) -> dict[int, int]:
    """For each bracket that opens a formula, the index of the one that closes it; brackets that
    hold a relation, or are never closed, are prose."""
    result: dict[int, int] = {}
    stack: list[tuple[int, bool]] = []
    for index, token in enumerate(found):
        if token.kind == "open":
            stack.append((index, False))
        elif token.kind == "rel" and stack:
            stack[-1] = (stack[-1][0], True)
        elif token.kind == "break" and not token.note:
            stack.clear()
        elif token.kind == "close" and stack:
            opening, has_relation = stack.pop()
            if not has_relation:
                result[opening] = index
            elif stack:
                stack[-1] = (stack[-1][0], True)
    return result


def is_start(found: list[Token], at: int, pairs: dict[int, int]) -> bool:
    """Whether an expression may begin at the token."""
    token = found[at]
    if token.kind in _ALWAYS:
        return not (token.kind == "number" and _is_heading(found, at))
    if token.kind == "open":
        return at in pairs
    if token.kind == "op":
        after = found[at + 1]
        if at and not token.spaced and found[at - 1].kind == "word":
            return False
        return token.text in ("-", "±", "+-") and not after.spaced
    if token.kind == "bar":
        ahead = found[at + 1 : at + 40]
        return any(each.kind == "bar" for each in ahead)
    if token.kind == "percent":
        return found[at + 1].kind == "number" and not found[at + 1].spaced
    return token.kind == "command" and token.text in _COMMANDS


def is_clean(found: list[Token], at: int) -> bool:
    """Whether nothing before the token changes what begins there: "half of 5 + 3", "- 5", "第3"."""
    if at == 0:
        return True
    token, before = found[at], found[at - 1]
    if before.kind == "word" and not token.spaced and token.kind != "currency":
        return False
    match before.kind:
        case "break" | "stop" | "comma" | "colon" | "open" | "text" | "bar" | "rel":
            return True
        case "word":
            return _is_after_word(found, at)
        case "han":
            return token.kind == "han" or not before.text.endswith(HAN_DISTURBING)
        case "op":
            return at == 1 or found[at - 2].kind == "break"
        case "close":
            return token.spaced or (_is_marker(found, at) and not token.is_open())
        case "dots" | "prime" | "other" | "bang":
            return token.spaced and before.text != "~"
        case _:
            return False


def _is_after_word(found: list[Token], at: int) -> bool:
    word = found[at - 1].text.lower()
    if changes_value(word) or word == "times":
        return False
    if word == "of":
        earlier = found[at - 2] if at > 1 else None
        if earlier is None:
            return True
        return earlier.kind not in ("number", "percent", "ordinal", "close") and not (
            earlier.kind == "word" and changes_value(earlier.text)
        )
    return True


def _is_marker(found: list[Token], at: int) -> bool:
    """Whether the bracket before the token closes the number of an item: ``(1)``, ``2)``."""
    start = at - 1
    while start > 0 and at - start <= 4 and found[start - 1].kind != "break":
        start -= 1
    return at - start <= 3


def _is_heading(found: list[Token], at: int) -> bool:
    """Whether the number counts steps or days: ``Step 1: ...``, ``Day 2 - ...``."""
    if at == 0:
        return False
    before, after = found[at - 1], found[at + 1]
    if before.kind != "word" or before.text.lower().rstrip("s") not in LABELLED:
        return False
    return after.kind in ("colon", "stop") or (after.is_op("-") and after.spaced)


def heading(found: list[Token], at: int) -> int:
    """How many tokens the number of a step takes with the dash behind it; 0 where none is."""
    if found[at].kind == "number" and _is_heading(found, at) and found[at + 1].is_op("-"):
        return 2
    return 0


def skipped(found: list[Token], at: int) -> int:
    """Past what numbers or marks an item at a line's beginning: ``1.``, ``(2)``, ``-``, ``*``."""
    for _ in range(3):
        token = found[at] if at < len(found) else None
        if token is None or token.kind == "break" or at + 2 >= len(found):
            return at
        first, second = found[at + 1], found[at + 2]
        if token.kind == "op" and token.text in ("-", "*", "+") and first.spaced:
            at += 1
        elif token.kind == "number" and token.text.isdigit() and len(token.text) <= 2:
            is_point = first.kind == "stop" and first.text == "." and not first.spaced
            is_comma = first.kind == "comma" and first.text == "、"
            is_bracket = first.kind == "close" and first.text == ")"
            if not (is_point or is_comma or is_bracket):
                return at
            at += 2
        elif token.is_open("(") and first.kind == "number" and second.kind == "close":
            following = found[min(at + 3, len(found) - 1)]
            if following.kind in ("op", "rel") or len(first.text) > 2:
                return at
            if following.is_open() and [each.kind for each in found[at + 4 : at + 6]] == [
                "number",
                "close",
            ]:
                return at  # (2)(3)
            at += 3
        else:
            return at
    return at
