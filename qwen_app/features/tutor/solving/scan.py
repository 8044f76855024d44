"""Where a text ends in plain arithmetic: its parts, from where it begins to its end.

What is doubtful is no arithmetic: letters that may be unknowns, words of which it may be a part,
numbers side by side. To leave a calculation to the model is a pity, to read one wrongly a lie.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from qwen_app.features.tutor.reading.units import Factors, named

Kind = Literal[
    "number", "operator", "open", "close", "frac", "power", "percent", "unit", "money", "other"
]

MOST_CHARACTERS: Final = 240
"""A calculation that begins before the last so many characters of its line is not read."""


@dataclass(frozen=True, slots=True)
class Part:
    """A number, a sign, a bracket ...; ``text`` as written, with the spaces on its two sides."""

    kind: Kind
    text: str
    before: str = ""
    after: str = ""

    @property
    def written(self) -> str:
        return self.before + self.text + self.after


_SAME: Final = str.maketrans(
    "０１２３４５６７８９＋－−–﹣＊∗／∕⁄（）［］％．＝∙⋅",
    "0123456789+----**///()[]%.=··",
)
"""One character for one, so that places stay."""

MONEY: Final = frozenset("$¥￥€£")

_COUNTERS: Final = frozenset(
    "个只本支枝张条棵辆人名台件箱盒袋瓶杯朵头页道次户组排行座套双枚颗粒盏匹桶包筐篮间层岁"
)
_COUNTED: Final = frozenset(("apples", "boxes", "books", "pens", "people", "students", "pages"))

_TOKEN: Final = re.compile(
    r"""
      (?P<space>(?:\s|\\[,;:!]|\\\ |~)+)
    | (?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d]|[.,]\d))
    | (?P<frac>\\[dt]?frac\b)
    | (?P<operator>\\times\b|\\cdot\b|\\div\b|\\\*|[-+*/×÷·])
    | (?P<power>\^\{?-?\d+\}?|[²³⁰¹⁴-⁹]+)
    | (?P<percent>\\?%)
    | (?P<open>\\left\s*[(\[]|[(\[{])
    | (?P<close>\\right\s*[)\]]|[)\]}])
    | (?P<money>[$¥￥€£](?=\s?\d))
    | (?P<text>\\(?:text|mathrm)\{\s*\w+\s*\})
    | (?P<latin>[A-Za-z]+)
    | (?P<han>[㐀-䶿一-鿿]+)
    | (?P<command>\\[A-Za-z]+)
    | (?P<other>.)
    """,
    re.VERBOSE,
)
_MARKER: Final = re.compile(
    r"\s*(?:>\s*)*(?:#+\s+)?(?:[-*+•]\s+|\(?\d{1,3}(?:\.(?!\d)|[)、：]|:(?=\s))\s*|[①-⑳]\s*)?"
)
"""What may begin a line: a quotation, a heading, the sign or number of a list's entry."""

_LIKELY: Final = re.compile(
    r"[-+*/×÷·^＋－−–＊／⁄∕⁰¹²³⁴-⁹xX的o\\(（].*[\d)）\]］}%％²³⁴-⁹０-９].{0,12}$"
)
_LIKELY_WITHIN: Final = 80
"""A first look, since this is asked at every token: a sign and a number near the end. A bracket is
a sign too (2(3)), and the x, 的 and of that stand for one."""
_POWER_BY_STARS: Final = re.compile(r"\d\*\*\d")

_POINTS: Final = frozenset("，。；：、！？,;:.!?“”\"'‘’《》【】「」→⇒∴∵>*_`&✓|—…")
"""What may stand before a calculation, besides words; with a space after it where it could be
part of a number."""
_RELATIONS: Final = frozenset("=≈<>≤≥≠≡≒")
_RELATION_COMMANDS: Final = frozenset(
    "\\" + name
    for name in (
        *("approx", "le", "leq", "ge", "geq", "ne", "neq", "lt", "gt", "Rightarrow", "implies"),
        *("therefore", "because", "to", "rightarrow", "quad", "qquad"),
    )
)
_BINDING_WORDS: Final = frozenset(
    (
        *(
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "log",
            "ln",
            "lg",
            "exp",
            "sqrt",
            "root",
            "max",
        ),
        *("min", "gcd", "lcm", "mod", "abs", "plus", "minus", "times", "over", "by", "of", "pi"),
        *("squared", "cubed", "half", "double", "twice", "thrice", "negative", "per", "divided"),
        *("multiplied", "added", "hundred", "thousand", "million", "billion", "dozen"),
    )
)
"""Words that have a share in the calculation after them."""
_BINDING_ENDS: Final = (
    *(
        "加",
        "加上",
        "减",
        "减去",
        "乘",
        "乘以",
        "乘上",
        "除",
        "除以",
        "负",
        "根号",
        "分之",
        "又",
        "点",
    ),
    *"零一二三四五六七八九十百千万亿两半",
)


def ending(text: str) -> tuple[Part, ...]:
    """The parts of the calculation in which the text ends; none if it ends in no such thing.

    Args:
        text: up to where a sign of equality stands or may come. Of several lines the last counts,
            or the one before where that has nothing but space.

    Returns:
        At least a number. Whether the parts make sense is for `calculation` to say.
    """
    line = text.rstrip(" \t&").rpartition("\n")[2]
    if not line.strip(" \t&"):
        line = text.rstrip(" \t\n&\\").rpartition("\n")[2]
    line = line.rstrip(" \t&")
    if not _LIKELY.search(line[-_LIKELY_WITHIN:]):
        return ()
    shortened = len(line) > MOST_CHARACTERS
    line = line[-MOST_CHARACTERS:]
    if _POWER_BY_STARS.search(line):
        return ()
    plain = line.translate(_SAME).replace("**", "  ")  # bold type
    marker = None if shortened else _MARKER.match(plain)
    tokens = _tokens(plain, line, marker.end() if marker else 0)
    start = _start(tokens)
    if start is None or (shortened and all(token.kind == "space" for token in tokens[:start])):
        return ()
    if (
        start == 0
        and tokens[0].kind == "operator"
        and marker
        and marker[0].rstrip().endswith(("-", "*", "+", ")"))
    ):
        return ()  # (12) - 3: perhaps no entry of a list
    return _joined(tokens[start:])


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(plain: str, line: str, begin: int) -> list[_Token]:
    tokens: list[_Token] = []
    at = begin
    while at < len(plain):
        found = _TOKEN.match(plain, at)
        if found is None:  # a number that runs into another
            tokens.append(_Token("other", plain[at], at, at + 1))
            at += 1
            continue
        kind = found.lastgroup or "other"
        if kind == "text" or (kind in ("han", "latin") and _last_solid(tokens) == "number"):
            # Only whole words are units: 3 个, but not 3 个苹果.
            kind = "unit" if unit_of(found[0]) is not None else kind
        tokens.append(_Token(kind, line[at : found.end()], at, found.end()))
        at = found.end()
    return _with_times(tokens)


def unit_of(text: str) -> Factors | None:
    """The unit that a word means; a thing that is counted is one too."""
    word = text[text.index("{") + 1 : -1].strip() if text.startswith("\\") else text
    if word in _COUNTERS or word.lower() in _COUNTED:
        return ((word, 1),)
    return named(word)


def _last_solid(tokens: list[_Token]) -> str:
    for token in reversed(tokens):
        if token.kind != "space":
            return token.kind
    return ""


def _with_times(tokens: list[_Token]) -> list[_Token]:
    """With the letter x between two numbers as the sign it stands for: ``4 x 2``; and 的 or of
    between a number and a part of it: ``50的20%``, ``20% of 50``."""
    made = list(tokens)
    in_latex = any(token.text.startswith("\\") for token in tokens)
    for at, token in enumerate(tokens):
        is_of = token.text in ("的", "of")
        if token.text not in ("x", "X") and not is_of:
            continue
        before = [t for t in tokens[max(0, at - 2) : at] if t.kind != "space"]
        after = [t for t in tokens[at + 1 : at + 3] if t.kind != "space"]
        spaced = [
            tokens[at - 1].kind == "space",
            tokens[at + 1 : at + 2] != [] and tokens[at + 1].kind == "space",
        ]
        if (
            not before
            or not after
            or spaced[0] != spaced[1]
            or (token.text == "of" and not spaced[0])
        ):
            continue
        if is_of:
            parts = [t for t in tokens[at + 1 :] if t.kind != "space"][1:2]
            share = before[-1].kind == "percent" or (bool(parts) and parts[0].kind == "percent")
            fits = share and before[-1].kind in ("number", "percent", "unit")
        else:  # in LaTeX it is a letter
            fits = before[-1].kind in ("number", "close") and not in_latex
        if fits and after[0].kind in ("number", "open"):
            made[at] = _Token("operator", token.text, token.start, token.end)
    return made


_INSIDE: Final = frozenset((*get_args(Kind), "space")) - {"other"}


def _start(tokens: list[_Token]) -> int | None:
    """Where the longest end of the tokens begins that can be a calculation; None if there is none,
    or if what stands before may be part of it."""
    start, depth = len(tokens), 0
    while start > 0 and tokens[start - 1].kind in _INSIDE:
        token = tokens[start - 1]
        if token.kind == "close":
            depth += 1
        elif token.kind == "open":
            if depth == 0:
                break
            depth -= 1
        start -= 1
    while start < len(tokens) and tokens[start].kind == "space":
        start += 1
    return start if start < len(tokens) and _may_begin(tokens, start) else None


def _joined(tokens: list[_Token]) -> tuple[Part, ...]:
    found: list[Part] = []
    space = ""
    for token in tokens:
        if token.kind == "space":
            space = token.text
            if found:
                last = found[-1]
                found[-1] = Part(last.kind, last.text, last.before, space)
            continue
        found.append(Part(_kind(token), token.text, space if found else ""))
        space = ""
    return tuple(found)


def _kind(token: _Token) -> Kind:
    return token.kind  # type: ignore[return-value]  # only kinds of `_INSIDE` come here


def _may_begin(tokens: list[_Token], start: int) -> bool:
    """Whether what stands before leaves the calculation alone."""
    first = tokens[start]
    at = start - 1
    spaced = at >= 0 and tokens[at].kind == "space"
    if spaced:
        at -= 1
    if at < 0:
        return True
    before = tokens[at]
    is_signed = first.kind == "operator" and first.text in "+-−－–"
    if first.kind == "operator" and not is_signed:
        return False
    if before.kind == "latin":
        word = before.text.lower()
        return spaced and len(word) > 1 and word not in _BINDING_WORDS and not is_signed
    if before.kind == "han":
        if before.text.endswith(tuple(_BINDING_ENDS)) and not before.text.endswith("所以"):
            return False
        return first.kind not in ("open", "power") and not is_signed
    if before.kind == "command":
        return before.text in _RELATION_COMMANDS
    if before.kind == "open":
        return not (at and tokens[at - 1].kind == "latin" and is_signed)
    if before.text in _RELATIONS:
        return True
    if before.text in "'’" and first.kind == "open":  # f'(2)
        return False
    if before.text in ":：":
        return _is_label(tokens, at, spaced)
    if before.text in ".,":
        return spaced
    if before.text == "\\":  # the end of a line in LaTeX
        return at > 0 and tokens[at - 1].text == "\\"
    if before.text == "$":
        return True
    return before.text in _POINTS


def _is_label(tokens: list[_Token], at: int, spaced: bool) -> bool:
    """Whether the colon belongs to words (Step 1: 3 + 4) and not to a ratio (12 : 4)."""
    if at == 0 or tokens[at - 1].kind != "number":
        return at == 0 or tokens[at - 1].kind != "space" or tokens[at].text == "："
    before = [t.kind for t in tokens[max(0, at - 3) : at - 1] if t.kind != "space"]
    return (spaced or tokens[at].text == "：") and (not before or before[-1] in ("latin", "han"))
