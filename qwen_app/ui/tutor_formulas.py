r"""Mathematics in plain text, such as ``x² = 12/2``, marked as formulas that the page typesets.

Only what the checker's reader has understood is touched, and it is rewritten sign by sign, so that
the formula says what is written, right or wrong, and nothing else. What has a sign that is not
known here stays as it is.
"""

import re
from collections.abc import Iterator
from typing import Final

from qwen_app.features.tutor.reading.read import read_line
from qwen_app.features.tutor.reading.tree import Chain, System, symbols

_DELIMITED: Final = re.compile(
    r"\\\(.+?\\\)|\\\[.+?\\\]|\$\$.+?\$\$|\$[^$\n]+\$|`[^`\n]*`|<<.*?>>", re.DOTALL
)
_WORTH_IT: Final = re.compile(r"[=≈≠<>≤≥＝＜＞^²³⁴√½⅓⅔¼¾/]")
_MARKS: Final = " \t*_，。；：:;、,."


def with_formulas(text: str) -> str:
    r"""``text`` as Markdown with what was read as mathematics in ``\( \)``.

    What stands in delimiters already stays as it is, and so does all that was not read.
    """
    kept = [match.span() for match in _DELIMITED.finditer(text)]
    pieces = []
    done = 0
    for chain in _chains(text):
        start, end = _trimmed(text, chain)
        worth_it = _WORTH_IT.search(text, start, end)
        if not worth_it or start < done or any(a < end and start < b for a, b in kept):
            continue
        names = (symbol.name for side in chain.sides for symbol in symbols(side))
        formula = latex(text[start:end], frozenset(names))
        if formula is not None:
            pieces += [text[done:start], rf"\({formula}\)"]
            done = end
    return "".join([*pieces, text[done:]])


def _chains(text: str) -> Iterator[Chain]:
    for statement in read_line(text):
        yield from statement.chains if isinstance(statement, System) else (statement,)


def _trimmed(text: str, chain: Chain) -> tuple[int, int]:
    start, end = chain.start, chain.end
    while start < end and text[start] in _MARKS:
        start += 1
    while start < end and text[end - 1] in _MARKS:
        end -= 1
    return start, end


_SIGNS: Final = {
    **{sign: sign for sign in "+-=()[]|!'"},
    **dict(zip("０１２３４５６７８９", "0123456789", strict=True)),
    "−": "-",
    "–": "-",
    "＋": "+",
    "－": "-",
    "＝": "=",
    "（": "(",
    "）": ")",
    "×": r"\times ",
    "✕": r"\times ",
    "*": r"\times ",
    "÷": r"\div ",
    "·": r"\cdot ",
    "⋅": r"\cdot ",
    "±": r"\pm ",
    "<": r"\lt ",
    ">": r"\gt ",
    "＜": r"\lt ",
    "＞": r"\gt ",
    "≤": r"\le ",
    "≥": r"\ge ",
    "≠": r"\ne ",
    "≈": r"\approx ",
    "∞": r"\infty ",
    "°": r"^\circ ",
    "∠": r"\angle ",
    "△": r"\triangle ",
    "%": r"\%",
    "％": r"\%",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "/": "/",
    "∕": "/",
    "⁄": "/",
    ":": ":",
    "：": ":",
    "∶": ":",
    ",": ",",
    "，": r"\text{，}",
    "½": r"\frac{1}{2}",
    "⅓": r"\frac{1}{3}",
    "⅔": r"\frac{2}{3}",
    "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}",
    "…": r"\ldots ",
    "?": r"\,?",
    "？": r"\text{？}",
    "□": r"\square ",
}
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_FUNCTIONS: Final = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "ln", "lg", "log", "max"})
_UNITS: Final = frozenset("mgLlhs")
"""Letters that are units where they are no symbols."""
_MOST_NESTED: Final = 20

_TOKEN: Final = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<fraction>(?<![\w.)²³/])\d+/\d+(?![\w.(/]))"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)|(?P<lowered>[₀₁₂₃₄₅₆₇₈₉]+)"
    r"|(?P<compare><=|>=|!=)"
    r"|(?P<root>(?:√|sqrt)\s*)"
    r"|(?P<power>\*\*|\^)"
    r"|(?P<index>_)"
    r"|(?P<letters>[A-Za-z]+)|(?P<greek>[α-ωΑ-Ω])"
    r"|(?P<words>[\u4e00-\u9fff\u3007￥¥€£“”]+)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_COMPARISONS: Final = {"<=": r"\le ", ">=": r"\ge ", "!=": r"\ne "}


def latex(text: str, names: frozenset[str] = frozenset()) -> str | None:
    """The formula that ``text`` shows; None where it has a sign that is not known.

    Args:
        names: of its symbols, so that ``ac`` is a product and ``cm`` is none.
    """
    if "\\" in text:  # LaTeX without delimiters
        return text if not re.search(r"[\u4e00-\u9fff]", text) else None
    try:
        return _Writing(text, names).written(0)
    except _UnknownError:
        return None


class _UnknownError(Exception):
    pass


class _Writing:
    def __init__(self, text: str, names: frozenset[str]) -> None:
        self._names = names
        self._tokens = [(m.lastgroup or "", m.group()) for m in _TOKEN.finditer(text)]
        self._at = 0

    def written(self, depth: int, *, until: str = "") -> str:
        """Up to the closing bracket ``until``, or all."""
        if depth > _MOST_NESTED:
            raise _UnknownError
        parts: list[str] = []
        while self._at < len(self._tokens):
            kind, token = self._tokens[self._at]
            self._at += 1
            if until and token in until:
                return "".join(parts)
            if kind == "sign" and token in "(（":
                parts.append(f"({self.written(depth + 1, until=')）')})")
            else:
                parts.append(self._one(kind, token, depth))
        if until:
            raise _UnknownError
        return "".join(parts)

    def _one(self, kind: str, token: str, depth: int) -> str:
        match kind:
            case "space":
                return self._space()
            case "number":
                return token.replace(",", "{,}")
            case "fraction":
                above, below = token.split("/")
                return rf"\frac{{{above}}}{{{below}}}"
            case "raised":
                return f"^{{{token.translate(_RAISED)}}}"
            case "lowered":
                return f"_{{{token.translate(_LOWERED)}}}"
            case "compare":
                return _COMPARISONS[token]
            case "root":
                return rf"\sqrt{{{self._operand(depth)}}}"
            case "power":
                return f"^{{{self._operand(depth, signed=True)}}}"
            case "index":
                return f"_{{{self._operand(depth)}}}"
            case "letters":
                return self._letters(token)
            case "greek":
                return token
            case "words":
                return rf"\text{{{token}}}"
            case _:
                if token not in _SIGNS:
                    raise _UnknownError
                return _SIGNS[token]

    def _space(self) -> str:
        """Between words and numbers a space is seen; between signs typesetting knows better."""
        before = self._tokens[self._at - 2] if self._at > 1 else ("", "")
        after = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if before[1] in _FUNCTIONS:
            return ""
        wordy = {"words", "letters", "number", "fraction"}
        return r"\ " if before[0] in wordy and after[0] in wordy else ""

    def _operand(self, depth: int, *, signed: bool = False) -> str:
        """What a root or a power extends over: a bracket, or one number or letter."""
        if self._at >= len(self._tokens):
            raise _UnknownError
        kind, token = self._tokens[self._at]
        self._at += 1
        if token in "(（":
            return self.written(depth + 1, until=")）")
        if token == "{":
            return self.written(depth + 1, until="}")
        if signed and token in "-−":
            return "-" + self._operand(depth)
        if kind in ("number", "greek") or (kind == "letters" and len(token) == 1):
            return token
        raise _UnknownError

    def _letters(self, token: str) -> str:
        if token in _FUNCTIONS:
            return rf"\{token} "
        if token == "pi":
            return r"\pi "
        if token in _UNITS and token not in self._names:
            return rf"\text{{{token}}}"
        is_product = token not in self._names and set(token) <= self._names
        return token if len(token) == 1 or is_product else rf"\text{{{token}}}"
