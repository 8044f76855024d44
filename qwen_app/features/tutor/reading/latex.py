"""LaTeX as it stands in answers: which dollars delimit a formula, and what each command means."""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mark:
    """A delimiter of a formula."""

    length: int
    opens: bool
    display: bool


@dataclass(frozen=True, slots=True)
class Command:
    """``sign`` has the sign that it stands for, ``text`` the words inside it, ``break`` a note on
    what begins or ends."""

    sort: Literal["skip", "break", "text", "word", "blank", "dots", "degree", "sign", "command"]
    text: str
    length: int


_BACKSLASH = re.compile(r"\\[()\[\]]")
_WORDS = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
_COMMANDS = re.compile(r"\\[A-Za-z]+(?:\{[^{}]*\})?")
_MOST_INLINE = 300


def delimiters(text: str) -> dict[int, Mark]:
    """By the index of their first character. A dollar that delimits nothing is money."""
    marks: dict[int, Mark] = {}
    for match in _BACKSLASH.finditer(text):
        if match.start() and text[match.start() - 1] == "\\":
            continue  # a new row, as in \\[2pt]
        sign = match.group()[1]
        marks[match.start()] = Mark(2, sign in "([", sign in "[]")
    dollars = [match.start() for match in re.finditer(r"(?<!\\)\$", text)]
    index = 0
    opens = True
    while index < len(dollars):
        at = dollars[index]
        if text.startswith("$$", at) and index + 1 < len(dollars):
            marks[at] = Mark(2, opens, True)
            marks[at + 1] = Mark(0, opens, False)
            opens = not opens
            index += 2
            continue
        following = dollars[index + 1] if index + 1 < len(dollars) else None
        if opens and following is not None and _is_formula(text, at + 1, following):
            marks[at] = Mark(1, True, False)
            marks[following] = Mark(1, False, False)
            index += 2
        else:
            index += 1
    return {at: mark for at, mark in marks.items() if mark.length}


def _is_formula(text: str, start: int, end: int) -> bool:
    """Whether what stands between two dollars is a formula, and no text between two sums."""
    inner = text[start:end]
    if not inner or len(inner) > _MOST_INLINE or "\n" in inner:
        return False
    if inner[0].isdigit() and (
        inner[-1] == " " or (text[end + 1 : end + 2].isdigit() and inner[-1] in "(+-*/÷")
    ):
        return False  # $5 + $3
    stripped = inner.strip()
    if not stripped or stripped[-1] in "+-*/÷=(<>≈±," or stripped[0] in "*/÷+)±,":
        return False
    if inner.count("(") != inner.count(")"):
        return False
    has_latex = "\\" in inner or "^" in inner or "_" in inner
    if has_latex and not _WORDS.search(_COMMANDS.sub("", inner)):
        return True
    if inner[0] == " " or inner[-1] == " ":
        return has_latex and not _WORDS.search(_COMMANDS.sub("", inner))
    if inner[-1] in "+-*/÷=(<>≈,.:;" or _WORDS.search(inner):
        return False
    return not text[end + 1 : end + 2].isdigit()


_SIGNS = {
    "times": "*",
    "cdot": "*",
    "ast": "*",
    "div": "÷",
    "pm": "±",
    "mp": "∓",
    "le": "≤",
    "leq": "≤",
    "leqslant": "≤",
    "leqq": "≤",
    "ge": "≥",
    "geq": "≥",
    "geqslant": "≥",
    "geqq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "simeq": "≈",
    "doteq": "≈",
    "lt": "<",
    "gt": ">",
    "in": "∈",
    "mid": "|",
    "vert": "|",
    "lvert": "|",
    "rvert": "|",
    "colon": ":",
    "slash": "/",
    "lbrace": "\\{",
    "rbrace": "\\}",
    "lbrack": "[",
    "rbrack": "]",
    "{": "\\{",
    "}": "\\}",
    "|": "|",
    "%": "%",
    "$": "$",
    "prime": "'",
}
_SKIPPED = frozenset(
    (
        "left",
        "right",
        "middle",
        "big",
        "Big",
        "bigg",
        "Bigg",
        "bigl",
        "bigr",
        "Bigl",
        "Bigr",
        "displaystyle",
        "textstyle",
        "limits",
        "quad",
        "qquad",
        "hline",
        "nonumber",
        "notag",
        "enspace",
        "thinspace",
        "mathstrut",
        "bf",
        "it",
        "rm",
        "boldsymbol",
        "mathbf",
        "textbf",
        "bm",
        "mathit",
        "displaylines",
        "smallskip",
        "medskip",
        "color",
        "normalsize",
        "large",
        "small",
    )
)
_SKIPPED_SIGNS = frozenset(" ,;:!>#&/\t")
_TEXTS = frozenset(
    ("text", "mathrm", "textrm", "mbox", "operatorname", "textit", "texttt", "textsf", "mathsf")
)
_WITH_ARGUMENT = frozenset(("tag", "label", "vspace", "hspace", "phantom", "hphantom", "vphantom"))
_ARROWS = {
    "implies": "so",
    "Rightarrow": "so",
    "Longrightarrow": "so",
    "longrightarrow": "so",
    "iff": "so",
    "Leftrightarrow": "so",
    "Longleftrightarrow": "so",
    "therefore": "so",
    "because": "because",
}
_GREEK = {
    "alpha": "alpha",
    "beta": "beta",
    "gamma": "gamma",
    "delta": "delta",
    "epsilon": "epsilon",
    "varepsilon": "epsilon",
    "theta": "theta",
    "vartheta": "theta",
    "lambda": "lambda",
    "mu": "mu",
    "rho": "rho",
    "sigma": "sigma",
    "tau": "tau",
    "phi": "phi",
    "varphi": "phi",
    "psi": "psi",
    "omega": "omega",
    "Delta": "Δ",
}
_ALIASES = {
    "dfrac": "frac",
    "tfrac": "frac",
    "cfrac": "frac",
    "fbox": "boxed",
    "varnothing": "emptyset",
    "rightarrow": "to",
    "dbinom": "binom",
    "tbinom": "binom",
    "bmod": "mod",
    "tg": "tan",
    "ctg": "cot",
    "arctg": "arctan",
    "iint": "unknown",
}
_DEGREE = re.compile(r"\^\s*\{?\s*(?:\\circ|\\degree|°)\s*\}?")
_PRIMES = re.compile(r"\^\s*\{\s*((?:\\prime\s*)+)\}|\^\s*\\prime")
_NAME = re.compile(r"\\([A-Za-z]+)\*?")
_ARGUMENT = re.compile(r"\s*\{([^{}]{0,80})\}")
_SPACING = re.compile(r"\\\\(?:\[[^\]]{0,12}\])?")
_LONE_TEXT = re.compile(r"[^0-9=<>+*/\\^_]*|[A-Za-z\u4e00-\u9fff/²³ ]+(?:\^[23])?")
_UNDERLINED_BLANK = re.compile(
    r"\\underline\s*\{(?:\s|~|\\[,;:! ]|\\quad|\\qquad|\\hspace\{[^{}]*\})*\}"
)
_ENVIRONMENT_ARGUMENT = re.compile(r"\s*\{[lcr|@{}\s]{0,20}\}")


def degree(text: str, at: int) -> int:
    """The length of a ring above the line (of degrees) that begins at ``at``, else 0."""
    match = _DEGREE.match(text, at)
    return match.end() - at if match else 0


def primes(text: str, at: int) -> tuple[int, int]:
    """The length of primes written as exponents at ``at``, and their number."""
    match = _PRIMES.match(text, at)
    if match is None:
        return 0, 0
    return match.end() - at, max(1, match.group().count("prime"))


def command(text: str, at: int) -> Command:
    """What the command means that begins at ``at``."""
    if match := _SPACING.match(text, at):
        return Command("break", "row", match.end() - at)
    if match := _UNDERLINED_BLANK.match(text, at):
        return Command("blank", "___", match.end() - at)
    match = _NAME.match(text, at)
    if match is None:
        sign = text[at + 1 : at + 2]
        if sign == "_":
            return Command("blank", "___", 2)
        if sign in _SIGNS:
            return Command("sign", _SIGNS[sign], 2)
        return Command("skip", "", 2 if sign in _SKIPPED_SIGNS else 1)
    name, length = match.group(1), match.end() - at
    name = _ALIASES.get(name, name)
    if name in ("begin", "end"):
        return _environment(text, name, match.end(), at)
    if name in _TEXTS:
        return _text(text, match.end(), at)
    if name in ("left", "right") and text.startswith(".", match.end()):
        return Command("skip", "", length + 1)
    if name in _WITH_ARGUMENT and (argument := _ARGUMENT.match(text, match.end())):
        return Command("skip", "", argument.end() - at)
    if name in _SKIPPED:
        return Command("skip", "", length)
    if name in _ARROWS:
        return Command("break", _ARROWS[name], length)
    if name in _SIGNS:
        return Command("sign", _SIGNS[name], length)
    if name in _GREEK:
        return Command("word", _GREEK[name], length)
    if name in ("dots", "ldots", "cdots"):
        return Command("dots", "…", length)
    if name == "mod":
        return Command("word", "mod", length)
    if name in ("circ", "degree"):
        return Command("degree", "°", length)
    if name in ("square", "Box"):
        return Command("blank", "□", length)
    return Command("command", name, length)


def _environment(text: str, name: str, after: int, at: int) -> Command:
    argument = _ARGUMENT.match(text, after)
    if argument is None:
        return Command("skip", "", after - at)
    environment = argument.group(1).strip("* ")
    end = argument.end()
    if environment in ("array", "matrix", "alignedat"):
        if columns := _ENVIRONMENT_ARGUMENT.match(text, end):
            end = columns.end()
        before = text[max(0, at - 12) : at].replace(" ", "")
        if name == "begin" and before.endswith(("\\left\\{", "\\{", "\\lbrace")):
            environment = "cases"
    note = "row"
    if environment == "cases":
        note = "cases" if name == "begin" else "end"
    elif name == "end":
        note = "end"
    return Command("break", note, end - at)


def _text(text: str, after: int, at: int) -> Command:
    """Words become a token; a formula inside is read as if it stood outside."""
    argument = _ARGUMENT.match(text, after)
    if argument is None or not _LONE_TEXT.fullmatch(argument.group(1)):
        return Command("skip", "", after - at)
    inner = argument.group(1).strip()
    if not inner:
        return Command("skip", "", argument.end() - at)
    sort: Literal["word", "text"] = "word" if inner in ("d", "e", "i") else "text"
    if inner in ("lcm", "gcd", "lg", "ln", "log", "sin", "cos", "tan", "cot"):
        return Command("command", inner, argument.end() - at)
    return Command(sort, inner, argument.end() - at)
