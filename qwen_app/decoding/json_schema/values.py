"""JSON values: their types, and when two are the same."""

import json

from qwen_app.decoding.json_schema.dialects import Json

LARGEST = 2**53
"""Whole numbers beyond it are not exact in the floating point that most JSON readers use."""


def same(value: Json) -> str:
    """Equal for equal JSON values: 1 and 1.0 are, 1 and true are not, keys have no order."""
    if isinstance(value, str):  # by far the most
        return '"' + value
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST:
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def types_of(value: Json, *, float_is_integer: bool) -> set[str]:
    """The type of a value, ``integer`` and ``real`` told apart."""
    if value is None:
        return {"null"}
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer"}
    if isinstance(value, float):
        return {"integer"} if float_is_integer and value.is_integer() else {"real"}
    if isinstance(value, str):
        return {"string"}
    return {"array"} if isinstance(value, list) else {"object"}


ALL_TYPES = frozenset({"null", "boolean", "integer", "real", "string", "array", "object"})


def type_set(value: Json) -> frozenset[str] | None:
    """The types that a ``type`` keyword allows; None if it cannot be said (draft-03 has schemas
    there)."""
    found: set[str] = set()
    for name in [value] if isinstance(value, str) else value:
        if not isinstance(name, str):
            return None
        if name == "any":
            return ALL_TYPES
        found |= {"integer", "real"} if name == "number" else {name}
    return frozenset(found) & ALL_TYPES
