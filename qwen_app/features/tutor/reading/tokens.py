"""The tokens of a line: numbers, words, signs; LaTeX, Markdown and Unicode brought to one form.

Delimiters of LaTeX, bold stars, code marks and ``<<...>>`` notes are no tokens: what stands between
them is read as if they were not there.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from qwen_app.features.tutor.reading import latex
from qwen_app.features.tutor.reading.characters import (
    FRACTIONS,
    GREEK_LETTERS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UNIT_CHARACTERS,
    is_han,
    narrow,
)
from qwen_app.features.tutor.reading.limits import MOST_DIGITS, MOST_TOKENS
from qwen_app.features.tutor.reading.tree import Number

Kind = Literal[
    "number",
    "ordinal",  # 6th
    "word",  # Latin letters, or the name of a Greek one
    "han",  # a run of Chinese characters
    "text",  # words inside \text{}
    "op",  # + - * / ÷ ^ ± ∓
    "rel",  # = ≈ ≠ < ≤ > ≥ ∈
    "open",  # ( [ {; an invisible group of LaTeX is "{", a set's brace "\\{"
    "close",
    "bar",
    "percent",
    "currency",
    "degree",
    "prime",
    "bang",
    "sub",  # text below the line, in `text`; "" where a group or token follows
    "root",  # √ ∛ ∜, the degree in `text`
    "command",  # of LaTeX, without its backslash
    "blank",
    "dots",
    "comma",
    "colon",
    "stop",  # ends a sentence or clause
    "break",  # ends a statement: arrows, numbers of equations, the line's end
    "other",
]


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int
    end: int
    spaced: bool
    """Whether there is space, or a mark that is no token, before it."""
    math: bool = False
    """Inside delimiters of LaTeX, where single letters are symbols."""
    number: Number | None = None
    note: str = ""
    """Of a break, what it says: so, because, display (edge of a displayed formula)."""

    def is_op(self, *texts: str) -> bool:
        return self.kind == "op" and self.text in texts

    def is_open(self, *texts: str) -> bool:
        return self.kind == "open" and (not texts or self.text in texts)


_NUMBER = re.compile(
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])"
    r"|[1-9][0-9]{0,2}(?: [0-9]{3})+(?![0-9]| [0-9]|/)"
    r"|[0-9]+(?:\{,\}[0-9]{3})*)(?:\.[0-9]+)?"
    r"|\.[0-9]+"
)
_RECURRING = re.compile(
    r"([0-9]+)\.([0-9]*)(?:\\(?:overline|dot)\s*\{([0-9]+)\}|\(([0-9]+)\)(?=[\s,;。)=+*/%-]|$))"
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_WORD = re.compile(r"[A-Za-z]+(?:'(?=[A-Za-z]{1,2}\b)[A-Za-z]+)?")
_NOTE = re.compile(r"<<[^<>\n]{0,200}>>")
_SPACE = re.compile(r"[ \t]+")
_DOTS = re.compile(r"(?:\.{2,}|…+)")
_LATEX_DOTS = re.compile(r"\\[lc]?dots\b")
_ANGLE_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?= ?(?:[ap]\.?m\b|[AP]\.?M\b))")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![0-9])|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}(?![0-9])"
)
_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+[0-9.]*")
_BLANK = re.compile(r"_{2,}|□|\?(?=\s*(?:[=+*/÷)]|$|[,.;]))|\((?: |\u3000)*\)")
_SIGNS: dict[str, tuple[Kind, str]] = {
    "+": ("op", "+"),
    "-": ("op", "-"),
    "*": ("op", "*"),
    "/": ("op", "/"),
    "÷": ("op", "÷"),
    "^": ("op", "^"),
    "±": ("op", "±"),
    "∓": ("op", "∓"),
    "=": ("rel", "="),
    "≈": ("rel", "≈"),
    "≠": ("rel", "≠"),
    "<": ("rel", "<"),
    ">": ("rel", ">"),
    "≤": ("rel", "≤"),
    "≥": ("rel", "≥"),
    "∈": ("rel", "∈"),
    "~": ("other", "~"),
    "(": ("open", "("),
    "[": ("open", "["),
    ")": ("close", ")"),
    "]": ("close", "]"),
    "|": ("bar", "|"),
    "%": ("percent", "%"),
    "‰": ("percent", "‰"),
    "$": ("currency", "$"),
    "¥": ("currency", "¥"),
    "€": ("currency", "€"),
    "£": ("currency", "£"),
    "°": ("degree", "°"),
    "'": ("prime", "'"),
    '"': ("prime", '"'),
    "!": ("bang", "!"),
    "√": ("root", "2"),
    "∛": ("root", "3"),
    "∜": ("root", "4"),
    ",": ("comma", ","),
    "、": ("comma", "、"),
    ":": ("colon", ":"),
    ";": ("stop", ";"),
    ".": ("stop", "."),
    "。": ("stop", "。"),
    "?": ("stop", "?"),
    "\n": ("break", "\n"),
    "∞": ("command", "infty"),
    "π": ("command", "pi"),
    "∪": ("command", "cup"),
    "∅": ("command", "emptyset"),
    "∫": ("command", "int"),
    "∑": ("command", "sum"),
    "Σ": ("command", "sum"),
    "∏": ("command", "prod"),
    "∠": ("command", "angle"),
    "△": ("command", "triangle"),
    "∂": ("command", "partial"),
}
_PAIRS: dict[str, tuple[Kind, str]] = {
    "<=": ("rel", "≤"),
    ">=": ("rel", "≥"),
    "=<": ("rel", "≤"),
    "!=": ("rel", "≠"),
    "==": ("rel", "="),
    "~=": ("rel", "≈"),
    "+-": ("op", "+-"),
}
_ARROWS = {
    "=>": "so",
    "==>": "so",
    "->": "so",
    "-->": "so",
    "<=>": "so",
    "⇒": "so",
    "⟹": "so",
    "→": "so",
    "⟶": "so",
    "➡": "so",
    "⇔": "so",
    "⟺": "so",
    "∴": "so",
    "∵": "because",
}
_ARROW = re.compile("|".join(re.escape(arrow) for arrow in sorted(_ARROWS, key=len, reverse=True)))
_GROUPING = ("\\mathrm", "\\mathbf", "\\textbf", "\\text", "\\boldsymbol", "\\bm", "\\rm", "]")
_BELOW = re.compile(
    r"\{([0-9A-Za-z\u4e00-\u9fff△]{1,12})\}"
    r"|\{\\(?:text|mathrm)\s*\{([0-9A-Za-z\u4e00-\u9fff△]{1,12})\}\}"
    r"|\{\\(?:rm\s+|triangle\s*)([A-Za-z]{1,12})\}"
    r"|([0-9A-Za-z]|[\u4e00-\u9fff]{1,6})"
)
_CIRCLED = re.compile("[①-⑳⑴-⒇✓✔✗✘✅❌→]")


def tokens(text: str) -> list[Token]:
    """The tokens of the text, with a break at its end. Linear in the length of the text; behind
    `MOST_TOKENS` nothing is read."""
    reader = _Reader(text)
    reader.read()
    return reader.found


class _Reader:
    def __init__(self, text: str) -> None:
        self.source = text
        self.text = narrow(text)
        self.marks = latex.delimiters(self.text)
        self.found: list[Token] = []
        self.at = 0
        self.spaced = True
        self.math = False
        self.groups: list[Literal["group", "set", "box"]] = []
        """What the braces that are open mean; the braces of a box are no tokens."""
        self.boxes = False
        """Whether the next brace opens a box."""

    def read(self) -> None:
        while self.at < len(self.text) and len(self.found) < MOST_TOKENS:
            self._step()
        self.spaced = True
        self._add("break", "", 0)

    def _add(
        self,
        kind: Kind,
        text: str,
        length: int,
        number: Number | None = None,
        note: str = "",
    ) -> None:
        end = self.at + length
        self.found.append(Token(kind, text, self.at, end, self.spaced, self.math, number, note))
        self.at = end
        self.spaced = False

    def _skip(self, length: int) -> None:
        self.at += length
        self.spaced = True

    def _step(self) -> None:
        text, at = self.text, self.at
        if mark := self.marks.get(at):
            self.math = mark.opens
            if mark.display:
                self._add("break", "", mark.length, note="display")
            else:
                # Between the dollars of a sum the signs stand beside each other as if unmarked.
                self._skip(mark.length)
            return
        character = text[at]
        if match := _NOTE.match(text, at):
            self.at = match.end()  # as if it were not there
        elif match := _SPACE.match(text, at):
            self._skip(match.end() - at)
        elif character == "\\":
            self._command()
        elif character == "*" and text.startswith("**", at):
            self._stars()
        elif (match := _BLANK.match(text, at)) and (character != "?" or self._is_expecting()):
            self._add("blank", match.group(), match.end() - at)
        elif character.isascii() and (character.isdigit() or character == "."):
            self._numeric()
        elif character in UNIT_CHARACTERS:
            self._unit_character(character)
        elif character.isascii() and character.isalpha():
            match = _WORD.match(text, at)
            assert match is not None
            self._add("word", match.group(), match.end() - at)
        elif is_han(character):
            end = at
            while end < len(text) and is_han(text[end]):
                end += 1
            self._add("han", text[at:end], end - at)
        else:
            self._sign(character)

    def _is_argument(self) -> bool:
        r"""Whether only one digit belongs to the command before: ``\frac12``."""
        if self.spaced or not self.found:
            return False
        last = self.found[-1]
        if last.kind == "command":
            return last.text in ("frac", "sqrt", "binom")
        earlier = self.found[-2] if len(self.found) > 1 else last
        return last.kind == "number" and earlier.kind == "command" and earlier.text == "frac"

    def _is_expecting(self) -> bool:
        """Whether an operand must follow, so that a question mark is the place of one."""
        return bool(self.found) and self.found[-1].kind in ("op", "rel", "open")

    def _numeric(self) -> None:
        text, at = self.text, self.at
        for pattern in (_ANGLE_TIME, _DATE, _VERSION):
            if match := pattern.match(text, at):
                self._add("other", match.group(), match.end() - at)
                return
        if match := _DOTS.match(text, at):
            self._add("dots", match.group(), match.end() - at)
            return
        if match := _RECURRING.match(text, at):
            self._recurring(match)
            return
        match = _NUMBER.match(text, at)
        if match is None:
            self._add("stop", ".", 1)
            return
        written = match.group().replace(",", "").replace("{}", "").replace(" ", "")
        if len(written) > MOST_DIGITS:
            self._add("other", written[:20], match.end() - at)
            return
        if ordinal := _ORDINAL.match(text, match.end()):
            self._add("ordinal", written, ordinal.end() - at, parse_number(written))
            return
        if self._is_argument():
            self._add("number", written[0], 1, parse_number(written[0]))
            return
        dots = _DOTS.match(text, match.end()) or _LATEX_DOTS.match(text, match.end())
        if dots and "." in written and not text[dots.end() : dots.end() + 1].isdigit():
            number = parse_number(written, continues=True)
            self._add("number", written, dots.end() - at, number)
            return
        self._add("number", written, match.end() - at, parse_number(written))

    def _recurring(self, match: re.Match[str]) -> None:
        r"""``0.1\overline{6}``, ``0.(3)``: exactly what it stands for."""
        whole, plain, first, second = match.groups()
        repeated = first or second
        if len(match.group()) > MOST_DIGITS:
            self._add("other", whole, len(match.group()))
            return
        value = Fraction(int(whole + plain)) + Fraction(int(repeated), 10 ** len(repeated) - 1)
        value /= 10 ** len(plain)
        number = Number(value, None, f"{whole}.{plain}({repeated})")
        self._add("number", number.text, match.end() - self.at, number)

    def _stars(self) -> None:
        """Two stars are a power between operands that touch them, else bold type."""
        before = self.found[-1] if self.found else None
        after = self.text[self.at + 2 : self.at + 3]
        is_operand = before is not None and (
            before.kind in ("number", "close") or (before.kind == "word" and len(before.text) <= 2)
        )
        if is_operand and not self.spaced and (after.isdigit() or after in ("(", "-")):
            self._add("op", "^", 2)
        else:
            self._skip(2)

    def _unit_character(self, character: str) -> None:
        written = UNIT_CHARACTERS[character]
        if written.startswith("°"):
            self._add("word", written, 1)
        elif written.endswith("²"):
            self._add("word", written[:-1], 0)
            self._add("op", "^", 0)
            self._add("number", "2", 1, parse_number("2"))
        else:
            self._add("word", written, 1)

    def _sign(self, character: str) -> None:
        text, at = self.text, self.at
        if match := _ARROW.match(text, at):
            self._add("break", match.group(), match.end() - at, note=_ARROWS[match.group()])
        elif _CIRCLED.match(character):
            self._add("break", character, 1)
        elif text[at : at + 2] in _PAIRS and not text.startswith("<<", at + 1):
            self._add(*_PAIRS[text[at : at + 2]], 2)
        elif text[at : at + 2] in ("°C", "°F"):
            self._add("word", text[at : at + 2], 2)
        elif character in FRACTIONS:
            value = Number(
                Fraction(*FRACTIONS[character]), None, "/".join(map(str, FRACTIONS[character]))
            )
            self._add("number", value.text, 1, value)
        elif character in SUPERSCRIPTS:
            self._superscript()
        elif character == "^" and (length := latex.degree(text, at)):
            self._add("degree", "°", length)
        elif character == "^" and (counted := latex.primes(text, at))[0]:
            length, count = counted
            for _ in range(count - 1):
                self._add("prime", "'", 0)
            self._add("prime", "'", length)
        elif character in "{}":
            self._brace(character)
        elif character == "&" and (self.math or "\\begin" in text):
            self._skip(1)
        elif character in SUBSCRIPTS:
            end = at
            while end < len(text) and text[end] in SUBSCRIPTS:
                end += 1
            small = "".join(SUBSCRIPTS[each] for each in text[at:end])
            self._add("sub", small, end - at)
        elif character == "_":
            self._subscript(at + 1, 1)
        elif character == "…":
            match = _DOTS.match(text, at)
            assert match is not None
            self._add("dots", match.group(), match.end() - at)
        elif character in GREEK_LETTERS:
            self._add("word", GREEK_LETTERS[character], 1)
        elif character in _SIGNS:
            kind, meaning = _SIGNS[character]
            is_wide = character == ":" and self.source[at] == "："
            self._add(kind, "：" if is_wide else meaning, 1)
        elif character in "`“”《》#":
            self._skip(1)
        else:
            self._add("other", character, 1)

    def _brace(self, character: str) -> None:
        """A group of LaTeX where one can be, else the brace of a set."""
        if character == "}":
            sort = self.groups.pop() if self.groups else "set"
            if sort == "box":
                self._skip(1)
            else:
                self._add("close", "}" if sort == "group" else "\\}", 1)
            return
        if self.boxes:
            self.boxes = False
            self.groups.append("box")
            self._skip(1)
            return
        before = self.found[-1] if self.found else None
        group = self.math or (
            before is not None
            and (
                before.kind == "command"
                or before.is_op("^")
                or before.kind == "sub"
                or (before.kind == "close" and before.text == "}" and not self.spaced)
                or self.text[max(0, self.at - 12) : self.at].rstrip().endswith(_GROUPING)
            )
        )
        self.groups.append("group" if group else "set")
        self._add("open", "{" if group else "\\{", 1)

    def _superscript(self) -> None:
        """As ``^{...}``, which is what it means; ``°`` and ``'`` are signs of their own."""
        text, start = self.text, self.at
        end = start
        while end < len(text) and text[end] in SUPERSCRIPTS:
            end += 1
        inner = "".join(SUPERSCRIPTS[each] for each in text[start:end])
        self._add("op", "^", 0)
        if inner.isdigit():
            self._add("number", inner, end - start, parse_number(inner[:MOST_DIGITS]))
            return
        self._add("open", "{", 0)
        for each in inner:
            if each.isdigit():
                self._add("number", each, 1, parse_number(each))
            elif each.isalpha():
                self._add("word", each, 1)
            else:
                self._add(*_SIGNS[each], 1)
        self._add("close", "}", 0)

    def _subscript(self, at: int, used: int) -> None:
        """``x_1``, ``S_{圆}``, ``a_{n+1}``: simple ones as text; bounds are left to the parser."""
        text = self.text
        simple = _BELOW.match(text, at)
        if simple is None:
            self._add("sub", "", used)
            return
        below = next(group for group in simple.groups() if group)
        if "\\triangle" in simple.group():
            below = "△" + below
        self._add("sub", below, simple.end() - at + used)

    def _command(self) -> None:
        text, at = self.text, self.at
        command = latex.command(text, at)
        match command.sort:
            case "skip":
                self._skip(command.length)
            case "break":
                self._add("break", "", command.length, note=command.text)
            case "text":
                self._add("text", command.text, command.length)
            case "word":
                self._add("word", command.text, command.length)
            case "blank":
                self._add("blank", command.text, command.length)
            case "dots" | "degree":
                self._add(command.sort, command.text, command.length)
            case "sign":
                braces: dict[str, tuple[Kind, str]] = {
                    "\\{": ("open", "\\{"),
                    "\\}": ("close", "\\}"),
                }
                kind, meaning = braces.get(command.text) or _SIGNS[command.text]
                self._add(kind, meaning, command.length)
            case "command" if command.text == "boxed":
                self.boxes = True
                self._skip(command.length)
            case "command":
                self._add("command", command.text, command.length)


def parse_number(written: str, *, continues: bool = False) -> Number:
    """Of digits with at most one point."""
    decimals = len(written.partition(".")[2])
    return Number(Fraction("0" + written), decimals, written, continues)
