"""Letters and words as parts of expressions: symbols, functions, names of quantities."""

import re
from fractions import Fraction

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.brackets import bound
from qwen_app.features.tutor.reading.cursor import Cursor
from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.tree import (
    FUNCTIONS,
    GREEK,
    Apply,
    Binary,
    Blank,
    Call,
    Constant,
    Derivative,
    Expression,
    Number,
    Symbol,
)
from qwen_app.features.tutor.reading.words import (
    ABOUT,
    BOUNDARIES,
    FUNCTION_WORDS,
    HAN_ABOUT,
    HAN_BARE,
    HAN_CONNECTIVE,
    LEADING,
    NOT_SYMBOLS,
    changes_value,
)

_IMPLICIT, _SIGN = 3, 4
_GLUED_FUNCTION = re.compile(
    r"(arcsin|arccos|arctan|sin|cos|tan|cot|ln|lg|log|sqrt)([a-zA-Z]{1,2})"
)
_DIFFERENTIAL = re.compile(r"d[a-z]")
_RUN = re.compile(r"[abcd]{2,4}|[xyz]{2,3}|[mnpqrstkabxy]{2}|[abcdxyz]{2,3}")
_SEGMENT = re.compile(r"[A-Z]{2,4}")
_MOST_WORDS = 7
_MOST_HAN = 14


def name(cursor: Cursor) -> Expression:
    """The operand that begins with a word.

    Raises:
        Doubt: the word is prose.
    """
    token = cursor.token
    if token.kind == "text":
        cursor.take()
        is_word = len(token.text) > 1 and not token.text.isupper()
        return Symbol(token.text.lower() if is_word else token.text)
    if token.kind == "han":
        return _han(cursor)
    if cursor.peek().is_op("/") and _is_differential(token, cursor.peek(2)):
        return _derivative(cursor)
    lower = token.text.lower()
    if lower in FUNCTION_WORDS and _takes_argument(cursor):
        cursor.take()
        return function(cursor, FUNCTION_WORDS[lower])
    glued = _GLUED_FUNCTION.fullmatch(token.text)
    if glued and lower not in NOT_SYMBOLS and lower not in FUNCTION_WORDS:
        cursor.take()
        return _glued(cursor, glued.group(1), glued.group(2))
    if lower in ("pi", "infinity"):
        cursor.take()
        return Constant("pi" if lower == "pi" else "oo")
    if len(token.text) == 1 or token.text in GREEK:
        return _letter(cursor)
    if _is_run(cursor, token):
        cursor.take()
        if cursor.token.is_op("^") and not cursor.token.spaced:
            # The exponent belongs to the last letter: xy² is x·y².
            cursor.take()
            power = Binary("^", Symbol(token.text[-1]), cursor.exponent())
            return Binary("*", _product(token.text[:-1]), power, "implicit")
        return _product(token.text)
    if _SEGMENT.fullmatch(token.text) and _is_beside_sign(cursor, 1):
        cursor.take()
        return _indexed(cursor, token.text)
    return _phrase(cursor)


def function(cursor: Cursor, known: str) -> Expression:
    """The call of a known function whose name was passed over."""
    exponent: Expression | None = None
    base: Expression | None = None
    if cursor.is_kind("sub"):
        base = _below(cursor)
    if cursor.token.is_op("^"):
        cursor.take()
        exponent = cursor.expression(_SIGN) if cursor.is_kind("open") else _exponent(cursor)
        negative = cursor.peek(-2).is_op("-") or cursor.peek(-3).is_op("-")
        if negative:
            raise cursor.doubt()
    arguments = _arguments(cursor)
    if known == "log" and base is not None:
        arguments = (*arguments, base)
    elif base is not None:
        raise cursor.doubt()
    call = _checked(cursor, known, arguments)
    return call if exponent is None else Binary("^", call, exponent)


def _checked(cursor: Cursor, known: str, arguments: tuple[Expression, ...]) -> Call:
    fewest, most = FUNCTIONS[known]
    if len(arguments) < fewest or (most is not None and len(arguments) > most):
        raise cursor.doubt()
    return Call(known, arguments)


def _exponent(cursor: Cursor) -> Expression:
    token = cursor.take()
    if token.number is not None:
        return token.number
    if token.kind == "word" and len(token.text) == 1:
        return Symbol(token.text)
    raise cursor.doubt()


def _below(cursor: Cursor) -> Expression:
    token = cursor.take()
    if token.text.isdigit():
        return Number(Fraction(token.text), 0, token.text)
    if token.text == "e":
        return Constant("e")
    if token.text:
        return Symbol(token.text)
    return bound(cursor)


def _arguments(cursor: Cursor) -> tuple[Expression, ...]:
    token = cursor.token
    if token.is_open("(", "{", "["):
        cursor.take()
        found = [cursor.expression()]
        while cursor.is_kind("comma"):
            cursor.take()
            found.append(cursor.expression())
        cursor.expect("close")
        return tuple(found)
    argument = cursor.expression(_SIGN)
    while (
        cursor.token.kind == "word"
        and is_factor(cursor)
        and cursor.token.text.lower() not in FUNCTION_WORDS
    ) or (cursor.token.kind == "command" and cursor.token.text in ("pi", "frac", "sqrt")):
        argument = Binary("*", argument, cursor.expression(_SIGN), "implicit")
    return (argument,)


def _takes_argument(cursor: Cursor) -> bool:
    after = cursor.peek()
    if after.kind in ("open", "number", "root", "sub", "command"):
        return True
    if after.is_op("^"):
        return True
    return after.kind == "word" and (len(after.text) == 1 or after.text in GREEK)


def _glued(cursor: Cursor, known: str, letters: str) -> Expression:
    argument = _product(letters)
    if cursor.token.is_op("^") and not cursor.token.spaced:
        cursor.take()
        argument = Binary("^", argument, _exponent(cursor))
    return Call(known, (argument,))


def _is_differential(above: Token, below: Token) -> bool:
    return (
        below.kind == "word"
        and _DIFFERENTIAL.fullmatch(below.text) is not None
        and above.text[0] == "d"
        and len(above.text) <= 2
    )


def _derivative(cursor: Cursor) -> Expression:
    """``dy/dx``, ``d/dx (x^2)``."""
    above = cursor.take().text
    cursor.take()
    variable = Symbol(cursor.take().text[1])
    if len(above) == 2:
        return Derivative(Symbol(above[1]), variable)
    return Derivative(cursor.expression(_IMPLICIT), variable)


def constant(cursor: Cursor, token: Token) -> Expression:
    """What a single letter stands for."""
    if token.text == "e" and cursor.setting.natural:
        return Constant("e")
    return Symbol(token.text)


def _letter(cursor: Cursor) -> Expression:
    token, after, before = cursor.token, cursor.peek(), cursor.peek(-1)
    if not _is_symbol(cursor):
        raise cursor.doubt()
    cursor.take()
    is_candidate = token.text in "CAP" and after.kind in ("open", "sub")
    if is_candidate and (combination := _combination(cursor, token.text)):
        return combination
    primes = 0
    while cursor.peek(primes).kind == "prime" and not cursor.peek(primes).spaced:
        primes += 1
    opening = cursor.peek(primes)
    if (
        token.text in ("f", "g", "F", "G", "h", "phi", "P")
        and opening.is_open("(")
        and (not opening.spaced or opening.math)
        and not before.is_op("^")
        and (token.text != "h" or primes or cursor.peek(primes + 1).text in ("x", "t"))
    ):
        cursor.at += primes
        return Apply(token.text, _arguments(cursor), primes)
    if token.text == "e" and cursor.setting.natural:
        return Constant("e")
    return _indexed(cursor, token.text)


def _combination(cursor: Cursor, letter: str) -> Expression | None:
    """``C(5, 2)``, ``C_5^2``, ``A(5, 2)``."""
    start = cursor.at
    known = "binomial" if letter == "C" else "permutations"
    if cursor.token.is_open("(") and not cursor.token.spaced:
        parts = [cursor.peek(offset) for offset in range(1, 5)]
        kinds = [part.kind for part in parts]
        if kinds[1:] == ["comma", parts[2].kind, "close"] and {kinds[0], kinds[2]} <= {
            "number",
            "word",
        }:
            return Call(known, _arguments(cursor))
        return None
    if cursor.is_kind("sub") and cursor.peek().is_op("^") and letter != "P":
        below = cursor.token.text
        cursor.at += 2
        token = cursor.token
        if below.isdigit() and token.kind in ("number", "open"):
            above = cursor.expression(_SIGN) if token.kind == "open" else _exponent(cursor)
            return Call(known, (Number(Fraction(below), 0, below), above))
    cursor.at = start
    return None


def _is_symbol(cursor: Cursor) -> bool:
    """Whether a single letter stands in a formula, and is no word of the sentence."""
    token, after, before = cursor.token, cursor.peek(), cursor.peek(-1)
    if token.math or token.text in GREEK:
        return True
    if after.kind in ("rel", "sub", "prime", "bang", "bar") or after.is_op("^"):
        return True
    joined = (
        before.kind in ("op", "rel", "open", "number", "root", "bar", "colon") and cursor.at > 0
    )
    if after.kind in ("command", "root") and not after.spaced:
        return True
    if after.kind == "op":
        return joined or token.text not in ("a", "A", "I") or after.spaced == cursor.peek(2).spaced
    if after.kind == "open":
        return joined or not after.spaced
    if token.text in ("a", "A", "I") and after.kind == "word" and len(after.text) > 1:
        return False
    return joined or after.kind in ("close", "comma")


def _indexed(cursor: Cursor, letter: str) -> Expression:
    token = cursor.token
    if token.kind == "sub" and token.text:
        cursor.take()
        return Symbol(letter, token.text)
    if token.kind == "command" and token.text == "triangle" and not token.spaced:
        name = cursor.peek()
        if name.kind != "word" or not _SEGMENT.fullmatch(name.text):
            raise cursor.doubt()
        cursor.at += 2
        return Symbol(letter, "△" + name.text)
    if token.kind == "number" and not token.spaced and not token.math:
        # x1 is x₁ where it is written so; x2 may be a square.
        raise cursor.doubt()
    if token.kind == "sub":
        raise cursor.doubt()
    return Symbol(letter)


def _product(letters: str) -> Expression:
    found: Expression = Symbol(letters[0])
    for letter in letters[1:]:
        found = Binary("*", found, Symbol(letter), "implicit")
    return found


def _is_beside_sign(cursor: Cursor, length: int) -> bool:
    before, after = cursor.peek(-1), cursor.peek(length)
    if cursor.token.math:
        return True
    if cursor.at > 0 and before.kind in ("op", "rel", "number", "open", "bar", "root"):
        return True
    return after.kind in ("op", "rel", "close", "sub", "bar")


def is_product(letters: str) -> bool:
    """Whether letters beside each other are a product rather than a word or a unit."""
    is_known = letters in NOT_SYMBOLS or units.named(letters) is not None
    return not is_known and _RUN.fullmatch(letters) is not None


def _is_run(cursor: Cursor, token: Token) -> bool:
    """``xy``, ``abc``: letters beside each other that are a product."""
    lower = token.text
    if lower in NOT_SYMBOLS or (units.named(lower) and not token.math):
        return False
    if token.math and len(lower) <= 3 and lower.islower():
        return True
    before = cursor.peek(-1)
    glued = before.kind == "number" and not token.spaced and cursor.at > 0
    if glued and len(lower) <= 3 and lower.islower():
        return True
    return _RUN.fullmatch(lower) is not None and _is_beside_sign(cursor, 1)


def is_factor(cursor: Cursor) -> bool:
    """Whether the word after an operand multiplies it."""
    token, after, before = cursor.token, cursor.peek(), cursor.peek(-1)
    text = token.text
    if text.lower() in FUNCTION_WORDS:
        return _takes_argument(cursor) and (
            before.kind == "number"
            or not token.spaced
            or token.math
            or after.kind in ("open", "sub")
            or text.islower()
        )
    if cursor.setting.integral and _DIFFERENTIAL.fullmatch(text):
        return False
    if text == "pi" or text in GREEK:
        return (
            not token.spaced or token.math or after.kind in ("op", "rel", "close", "word", "break")
        )
    glued_function = _GLUED_FUNCTION.fullmatch(text)
    if glued_function and not token.spaced and text not in NOT_SYMBOLS:
        return True
    if len(text) == 1:
        if token.math:
            return True
        if not token.spaced:
            return before.kind in ("number", "close", "word", "sub", "command", "bang", "prime")
        if text in ("a", "A", "I"):
            return False
        return before.kind in ("number", "close", "command") and (
            after.kind in ("op", "rel", "close", "break", "stop", "comma")
        )
    if before.kind == "word" and token.math:
        return len(text) <= 3 and text.islower() and not token.spaced
    return before.kind in ("number", "close") and not token.spaced and _is_run(cursor, token)


def _han(cursor: Cursor) -> Expression:
    token, after = cursor.token, cursor.peek()
    text = token.text
    if text.endswith("百分之") and after.kind == "number":
        raise cursor.doubt()
    if after.kind in ("number", "currency"):
        if text in HAN_ABOUT:
            cursor.take()
            return cursor.expression(_SIGN)
        raise cursor.doubt()
    if text.startswith("多少"):
        cursor.take()
        return Blank()
    is_first = cursor.at == 0 or cursor.peek(-1).kind not in ("op", "rel", "open")
    bare = bare_han(text) if is_first else text
    if not bare or len(bare) > _MOST_HAN:
        raise cursor.doubt()
    cursor.take()
    if cursor.is_kind("word") and len(cursor.token.text) == 1:
        raise cursor.doubt()
    return Symbol(bare)


def bare_han(text: str) -> str:
    """The name of a quantity at the end of Chinese prose, without what leads to it."""
    end = 0
    for match in HAN_CONNECTIVE.finditer(text):
        end = match.end()
    rest = text[end:]
    while leading := HAN_BARE.match(rest):
        rest = rest[leading.end() :]
    return rest


def _phrase(cursor: Cursor) -> Expression:
    """Words in a row that name a quantity: ``total cost``."""
    start = cursor.at
    words: list[str] = []
    ahead = 0
    while ahead <= _MOST_WORDS + 8:
        token = cursor.peek(ahead)
        if token.kind == "word" and (len(token.text) > 1 or token.text in ("a", "A")):
            words.append(token.text)
        elif token.kind == "prime" and not token.spaced and token.text == "'":
            pass
        else:
            break
        ahead += 1
    end = cursor.peek(ahead)
    if end.kind in ("number", "currency"):
        if words and all(
            word.lower() in ABOUT or word.lower() in ("a", "total", "of") for word in words
        ):
            cursor.at += ahead
            return cursor.expression(_SIGN)
        raise cursor.doubt()
    cut = 0
    for index, word in enumerate(words):
        if word.lower() in BOUNDARIES:
            cut = index + 1
    is_first = cursor.at == 0 or cursor.peek(-1).kind not in ("op", "rel", "open")
    kept = words[cut:] if is_first else words[: _first_boundary(words)]
    is_name = is_first and end.kind == "rel" and len(words) == 1
    if is_name and (changes_value(words[0]) or words[0].lower() in ("first", "second")):
        cursor.at = start + ahead
        return Symbol(words[0].lower())  # "Second = 7 + 5"
    while kept and kept[0].lower() in LEADING:
        kept = kept[1:]
    if not kept or len(kept) > _MOST_WORDS or any(map(changes_value, kept)):
        raise cursor.doubt()
    if is_first and end.kind not in ("op", "rel", "close"):
        raise cursor.doubt()
    cursor.at = start + (ahead if is_first or cut == 0 else _first_boundary(words))
    articles = ("the", "a", "an")
    return Symbol(" ".join(word.lower() for word in kept if word.lower() not in articles))


def _first_boundary(words: list[str]) -> int:
    for index, word in enumerate(words):
        if word.lower() in BOUNDARIES:
            return index
    return len(words)
