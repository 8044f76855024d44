"""Questions about sets of strings, which llguidance answers by compiling them."""

import json
from functools import lru_cache
from typing import Any

from qwen_app.decoding.json_schema.forms import Strings


def empty(strings: Strings, *patterns: str) -> bool:
    """Whether surely no string is of this shape and has the other patterns as well."""
    if strings.pattern is None and (strings.format is None or strings.most is None):
        return False
    return _empty(strings, patterns)


@lru_cache(maxsize=8192)
def readable(pattern: str) -> bool:
    """Whether the grammar can have this pattern (some string matches, or none does)."""
    error = _error(json.dumps({"type": "string", "pattern": pattern}))
    return error is None or _says_empty(error)


@lru_cache(maxsize=8192)
def overlap(one: str, other: str) -> bool:
    """Whether some string may match both patterns."""
    return not _empty(Strings(pattern=one), (other,))


@lru_cache(maxsize=8192)
def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of the grammar is found in a text."""
    matcher = _matcher(json.dumps({"type": "string", "pattern": pattern}))
    raw = json.dumps(text, ensure_ascii=False).encode()
    return bool(matcher.try_consume_tokens(list(raw)) == len(raw) and matcher.is_accepting())


@lru_cache(maxsize=8192)
def _empty(strings: Strings, patterns: tuple[str, ...]) -> bool:
    first: dict[str, Any] = {"type": "string", "minLength": strings.least}
    if strings.most is not None:
        first["maxLength"] = strings.most
    if strings.pattern is not None:
        first["pattern"] = strings.pattern
    if strings.format is not None:
        first["format"] = strings.format
    parts = [first, *({"type": "string", "pattern": pattern} for pattern in patterns)]
    error = _error(json.dumps({"allOf": parts} if patterns else first))
    return error is not None and _says_empty(error)


def _says_empty(error: str) -> bool:
    return "Unsatisfiable" in error or "NoExtension" in error


def _error(schema: str) -> str | None:
    matcher = _matcher(schema)
    return matcher.get_error() if matcher.is_error() else None


def _matcher(schema: str) -> Any:
    from llguidance import LLMatcher

    matcher = LLMatcher(_bytes(), LLMatcher.grammar_from_json_schema(schema), log_level=0)
    matcher.compute_bitmask()
    return matcher


@lru_cache(maxsize=1)
def _bytes() -> Any:
    from llguidance import LLTokenizer

    return LLTokenizer("byte")


def refusal(schema: str) -> str | None:
    """Why llguidance does not take a whole schema, or None."""
    return _error(schema)
