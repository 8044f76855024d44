"""Subschemas that are valid at first sight, which spares most of them the meta-schema.

A keyword that is not listed here, or whose value looks odd, is left to the meta-schema itself.
"""

from collections.abc import Callable

from qwen_app.decoding.json_schema.dialects import Dialect, Json
from qwen_app.decoding.json_schema.patterns import BadPattern, compile_pattern
from qwen_app.decoding.json_schema.values import same

_TYPES = {"null", "boolean", "integer", "number", "string", "array", "object"}


def fine(schema: dict[str, Json] | bool, dialect: Dialect) -> bool:
    """Whether a subschema, not looking at those in it, is surely valid."""
    if isinstance(schema, bool):
        return True  # in draft-04 not everywhere, but nobody can misread it
    if dialect.name == "draft-03":
        return False
    for keyword, value in schema.items():
        check = _CHECKS.get(keyword)
        if check is None or not check(value):
            return False
    return True


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _names(value: Json) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(map(_text, value))
        and len(set(value)) == len(value)
    )


def _type(value: Json) -> bool:
    return value in _TYPES if isinstance(value, str) else _names(value) and set(value) <= _TYPES


def _pattern(value: Json) -> bool:
    try:
        return isinstance(value, str) and bool(compile_pattern(value))
    except BadPattern:
        return False


def _enum(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and len(set(map(same, value))) == len(value)


def _schema(value: Json) -> bool:
    return isinstance(value, dict)  # draft-04 has booleans in few places


def _anything(value: Json) -> bool:
    return bool(value) or not value


def _map(value: Json) -> bool:
    return isinstance(value, dict)


def _list(value: Json) -> bool:
    return isinstance(value, list) and bool(value)


_CHECKS: dict[str, Callable[[Json], bool]] = {
    **dict.fromkeys(("title", "description", "$comment", "format", "$schema", "$ref"), _text),
    **dict.fromkeys(("minimum", "maximum"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _count),
    **dict.fromkeys(("minProperties", "maxProperties"), _count),
    **dict.fromkeys(("default", "const"), _anything),
    **dict.fromkeys(("properties", "$defs", "definitions"), _map),
    **dict.fromkeys(("anyOf", "allOf", "oneOf"), _list),
    **dict.fromkeys(("items", "not"), _schema),
    "additionalProperties": lambda value: isinstance(value, dict | bool),
    "uniqueItems": lambda value: isinstance(value, bool),
    "type": _type,
    "required": _names,
    "enum": _enum,
    "pattern": _pattern,
}
