"""``format``: what counts as a date, an address and so on.

A known format holds where `jsonschema` and, if it knows the format too, llguidance say so; so the
grammar excludes nothing that is valid. Unknown formats are annotations, as the standard has it.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from qwen_app.decoding.json_schema.patterns import BadPattern, compile_pattern

ENFORCED = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4"}) | {
    *("uuid", "uri")
}
"""Formats that a grammar's schema may name."""

EXACT = frozenset({"email", "ipv4", "uuid"})
"""Those where the grammar engine allows nothing that is not valid. It knows no leap years, has a
leap second everywhere, and does not count the characters of a host name."""

_H = "[0-9a-fA-F]{1,4}"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_LAST = f"(?:{_H}:{_H}|{_V4})"
_IPV6 = "|".join(
    [
        f"(?:{_H}:){{6}}{_LAST}",
        *(
            f"(?:(?:{_H}:){{0,{left}}}{_H})?::(?:{_H}:){{{5 - left - 1}}}{_LAST}"
            if left >= 0
            else f"::(?:{_H}:){{5}}{_LAST}"
            for left in range(-1, 5)
        ),
        f"(?:(?:{_H}:){{0,5}}{_H})?::{_H}",
        f"(?:(?:{_H}:){{0,6}}{_H})?::",
    ]
)
PATTERNS = {
    "ipv6": f"^(?:{_IPV6})$",
    "json-pointer": "^(?:/(?:[^~/]|~[01])*)*$",
    "relative-json-pointer": "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)$",
}
"""Formats that a grammar enforces as patterns, of Rust's syntax."""

_DATE = (
    "(?:2[0-9]{3}|[13-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(?:"
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29"
)
_HOUR = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = rf"{_HOUR}:[0-5][0-9](?:\.[0-9]{{1,12}})?(?:[Zz]|[+\-]{_HOUR})"
WRITTEN_OUT = {
    "date": f"^(?:{_DATE})$",
    "date-time": f"^(?:{_DATE})[Tt]{_TIME}$",
    "time": f"^{_TIME}$",
}
"""Patterns for formats that are in `ENFORCED` and not in `EXACT`, exact where they can be had: a
string has no more than one pattern. A second has at most 12 decimal places, since a model that has
begun them may not find their end; no clock says more."""


def known() -> frozenset[str]:
    """Formats that are asserted."""
    return frozenset(_checkers())


@lru_cache(maxsize=4096)
def conforms(text: str, name: str) -> bool:
    """Whether a string is of a format; True for unknown ones."""
    checker = _checkers().get(name)
    if checker is None:
        return True
    try:
        return checker(text) and (name not in ENFORCED or _enforced_allows(text, name))
    except Exception:  # libraries of formats raise what they like on odd strings
        return False


@lru_cache(maxsize=1)
def _checkers() -> dict[str, Callable[[str], bool]]:
    from jsonschema import Draft202012Validator

    stock = Draft202012Validator.FORMAT_CHECKER

    def by_stock(name: str) -> Callable[[str], bool]:
        return lambda text: bool(stock.conforms(text, name))

    found = {name: by_stock(name) for name in stock.checkers}
    found["regex"] = _is_regex
    found["iri"] = lambda text: bool(stock.conforms(_ascii(text), "uri"))
    found["iri-reference"] = lambda text: bool(stock.conforms(_ascii(text), "uri-reference"))
    return found


def _is_regex(text: str) -> bool:
    try:
        compile_pattern(text)
    except BadPattern:
        return False
    return True


def _ascii(text: str) -> str:
    """RFC 3987: an IRI is a URI once what is not ASCII is percent-encoded."""
    return quote(text, safe="".join(map(chr, range(33, 127))))


def _enforced_allows(text: str, name: str) -> bool:
    matcher = _matcher(name).deep_copy()
    raw = json.dumps(text, ensure_ascii=False).encode()
    return bool(matcher.try_consume_tokens(list(raw)) == len(raw) and matcher.is_accepting())


@lru_cache(maxsize=16)
def _matcher(name: str) -> Any:
    from llguidance import LLMatcher, LLTokenizer

    grammar = LLMatcher.grammar_from_json_schema(json.dumps({"type": "string", "format": name}))
    return LLMatcher(LLTokenizer("byte"), grammar, log_level=0)
