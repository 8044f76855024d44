"""How short and how long the documents of a grammar's schema can be, in UTF-8 bytes."""

import json
from collections.abc import Callable

from qwen_app.decoding.json_schema.dialects import Json

_FORMATS = {"date-time": 20, "time": 9, "date": 10, "duration": 3, "email": 3, "hostname": 1} | {
    "ipv4": 7,
    "uuid": 36,
    "uri": 2,
}
_ROUNDS = 200
"""Of improving the shortest length along recursion; a schema that needs more is not bounded."""
MOST_CHARACTER = 6
"""Bytes of one character in a JSON string, escaped."""


def least_bytes(schema: Json) -> int | None:
    """A length in which some document of the schema can be written compactly; None if it was
    not found. Patterns are not looked into, so a string with one counts as short as its
    ``minLength`` or format allows."""
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
    known: dict[str, int | None] = dict.fromkeys(definitions)
    for _ in range(_ROUNDS):
        changed = False
        for name in reversed(definitions):
            length = _least(definitions[name], known)
            if length is not None and (known[name] is None or length < (known[name] or 0)):
                known[name], changed = length, True
        if not changed:
            break
    return _least(schema, known)


def most_bytes(schema: Json) -> int | None:
    """No compact document of the schema is longer; None if there is no bound."""
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
    known: dict[str, int | None] = {}
    for _ in range(len(definitions) + 1):
        before = len(known)
        for name in reversed(definitions):
            if name not in known:
                try:
                    known[name] = _most(definitions[name], known)
                except KeyError:  # of a definition that is not known yet
                    continue
        if len(known) == before:
            break
    try:
        return _most(schema, known)
    except KeyError:  # what is left refers to itself
        return None


def _least(schema: Json, known: dict[str, int | None]) -> int | None:
    if schema is True:
        return 1
    if schema is False:
        return None
    if "$ref" in schema:
        return known[str(schema["$ref"]).rpartition("/")[2]]
    if "anyOf" in schema:
        lengths = [_least(option, known) for option in schema["anyOf"]]
        return min((length for length in lengths if length is not None), default=None)
    if "enum" in schema:
        return min(map(_written, schema["enum"]))
    match schema["type"]:
        case "null" | "boolean":
            return 4
        case "integer" | "number":
            return _least_number(schema)
        case "string":
            return 2 + max(int(schema.get("minLength", 0)), _FORMATS.get(schema.get("format"), 0))
        case "array":
            count = schema.get("minItems", 0)
            prefix = schema.get("prefixItems", [])[:count]
            items = [_least(item, known) for item in prefix]
            if count > len(prefix):
                rest = _least(schema.get("items", True), known)
                if rest is None:
                    return None
                items.append((rest + 1) * (count - len(prefix)) - 1)
            return _joined(items)
        case _:
            members: list[int | None] = []
            names = schema.get("required", [])
            for name in names:
                value = _least(schema["properties"][name], known)
                members.append(None if value is None else _written(name) + 1 + value)
            missing = schema.get("minProperties", 0) - len(names)
            if missing > 0:
                members += [_least_member(schema, known)] * missing
            return _joined(members)


def _least_member(schema: Json, known: dict[str, int | None]) -> int | None:
    """One more key with its value. Names that a pattern asks for are taken for short."""
    found = [
        (_written(name), _least(value, known))
        for name, value in schema.get("properties", {}).items()
        if name not in schema.get("required", ())
    ]
    found += [(6, _least(value, known)) for value in schema.get("patternProperties", {}).values()]
    found.append((6, _least(schema.get("additionalProperties", True), known)))
    return min((name + 1 + value for name, value in found if value is not None), default=None)


def _least_number(schema: Json) -> int:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if (low is None or low < 0) and (high is None or high > 0):
        return 1
    nearest = low if low is not None and low >= 0 else high
    step = schema.get("multipleOf", 1 if schema["type"] == "integer" else 0)
    digits = max(len(str(int(nearest))), len(repr(nearest)) if step < 1 else 1)
    return digits + (1 if step else 0)


def _most(schema: Json, known: dict[str, int | None]) -> int | None:
    if isinstance(schema, bool):
        return None if schema else 0
    if "$ref" in schema:
        return known[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return _all(max, [_most(option, known) for option in schema["anyOf"]])
    if "enum" in schema:
        return max(map(_written, schema["enum"]))
    match schema["type"]:
        case "null":
            return 4
        case "boolean":
            return 5
        case "integer":
            bounds = [schema.get(f"{m}imum", schema.get(f"exclusive{m.title()}imum")) for m in _MM]
            if None in bounds:
                return None
            return max(len(str(int(bound))) + 1 for bound in bounds)
        case "number":
            return None
        case "string":
            longest = schema.get("maxLength")
            if longest is None:
                return 38 if schema.get("format") == "uuid" else None
            return 2 + MOST_CHARACTER * int(longest)
        case "array":
            return _most_array(schema, known)
        case _:
            return _most_object(schema, known)


_MM = ("min", "max")


def _most_array(schema: Json, known: dict[str, int | None]) -> int | None:
    prefix = [_most(item, known) for item in schema.get("prefixItems", [])]
    longest = schema.get("maxItems", len(prefix) if schema.get("items") is False else None)
    if longest is None:
        return None
    rest = _most(schema.get("items", True), known) if longest > len(prefix) else 0
    if rest is None:
        return None
    items = [*prefix[:longest], rest * max(longest - len(prefix), 0)]
    return _all(lambda found: sum(found) + 2 + longest, items)


def _most_object(schema: Json, known: dict[str, int | None]) -> int | None:
    if schema.get("additionalProperties", True) is not False or schema.get("patternProperties"):
        return None
    members = [
        (name, _most(value, known))
        for name, value in schema.get("properties", {}).items()
        if value is not False
    ]
    total = _all(sum, [value for _, value in members])
    if total is None:
        return None
    return total + 2 + sum(_written(name) + 2 for name, _ in members)


def _all(combine: Callable[[list[int]], int], lengths: list[int | None]) -> int | None:
    found = [length for length in lengths if length is not None]
    return combine(found) if len(found) == len(lengths) else None


def _joined(lengths: list[int | None]) -> int | None:
    return _all(lambda found: sum(found) + 2 + max(len(found) - 1, 0), lengths)


def _written(value: Json) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
