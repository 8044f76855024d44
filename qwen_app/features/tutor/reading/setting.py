"""What a line as a whole says about the letters and words in it."""

from dataclasses import dataclass

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.tokens import Token


@dataclass(frozen=True, slots=True)
class Setting:
    unit_letters: frozenset[str] = frozenset()
    """Letters that are units after a number: m in ``5 m``."""
    minute: str = "分"
    """What 分 is: min beside hours and seconds, 分钱 beside 元 and 角, else a word (points)."""
    hour: bool = False
    """Whether 时 means an hour."""
    natural: bool = False
    """Whether e is the base of natural logarithms."""
    integral: bool = False
    """Whether ``dx`` ends an integral."""


_CLEAR_UNITS = frozenset(
    ("cm", "mm", "km", "dm", "kg", "mg", "ml", "mL", "min", "ms", "kW", "cL", "dL")
)


def setting(found: list[Token]) -> Setting:
    letters: dict[str, set[bool]] = {}
    clear = False
    han = ""
    natural = False
    for index, token in enumerate(found):
        if token.kind == "han":
            han += token.text + " "
        if token.kind == "text" or (token.kind == "word" and token.text in _CLEAR_UNITS):
            clear = True
        if token.kind == "word" and token.text == "e" and found[index + 1].is_op("^"):
            natural = True
        if token.kind in ("word", "command") and token.text in ("ln", "exp"):
            natural = True
        if token.kind == "word" and token.text in units.AMBIGUOUS:
            letters.setdefault(token.text, set()).add(_is_unit(found, index))
    chosen = {letter for letter, seen in letters.items() if seen == {True}}
    if clear:
        # Beside cm and kg, a letter that only ever follows numbers is a unit.
        for index, token in enumerate(found):
            if token.text in letters and token.kind == "word":
                before = found[index - 1] if index else None
                if before is None or before.kind not in ("number", "op"):
                    break
        else:
            chosen |= set(letters)
    minute = "分"
    if any(word in han for word in ("小时", "分钟", "秒", "时 ", "时")):
        minute = "min"
    elif "元" in han or "角" in han:
        minute = "分钱"
    integral = any(token.kind == "command" and token.text == "int" for token in found)
    return Setting(frozenset(chosen), minute, minute == "min", natural, integral)


def _is_unit(found: list[Token], index: int) -> bool:
    """Whether the letter stands where only a unit can: after a number and a space, in ``m/s``, or
    after a unit."""
    token, after = found[index], found[index + 1]
    before = found[index - 1] if index else None
    if before is None or token.math:
        return False
    if before.is_op("/") and index > 1 and found[index - 2].kind in ("word", "currency", "han"):
        return True
    if before.is_op("/") and index > 2 and found[index - 3].kind == "currency":
        return True
    if index > 1 and found[index - 2].is_op("^"):
        return False
    if before.kind not in ("number", "percent"):
        return False
    follower = found[index + 2] if index + 2 < len(found) else after
    if after.is_op("/") and not after.spaced and follower.kind == "word" and not follower.spaced:
        return units.named(follower.text) is not None
    return token.spaced and not (after.is_op("^") and not token.spaced)
