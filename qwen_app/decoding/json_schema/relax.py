"""The grammar's schema within what llguidance takes: what it refuses is left to the check."""

import json
from typing import Any

from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.document import SchemaRefused
from qwen_app.decoding.json_schema.languages import readable, refusal
from qwen_app.decoding.json_schema.report import Entry

MOST_PROPERTIES = 1_200
"""Of one object. llguidance's time grows with their square; here it takes half a second."""
MOST_SQUARED = 3_000_000
"""Of the numbers of properties of all objects."""
MOST_TEXT = 400_000
"""Characters of all enumerated strings together, half a second's worth."""
MOST_DEPTH = 500
"""Of subschemas within each other, definitions included: llguidance recurses over them, and
overflows a thread's stack of 8 MB at some 1,800."""
_STEPS: tuple[frozenset[str], ...] = (
    frozenset({"unreadable"}),
    frozenset({"pattern", "format"}),
    frozenset({"patternProperties"}),
    frozenset({"pattern", "format", "patternProperties", "multipleOf"}),
)
"""Keywords that are given up for a grammar that is refused, in this order."""


def within_engine(schema: Json) -> tuple[Json, frozenset[str]]:
    """(a schema that llguidance takes, the keywords that it no longer holds)

    Raises:
        SchemaRefused: it is too large.
    """
    _measure(schema)
    if max(_depth(schema, 1), _depth(schema, -1)) > MOST_DEPTH:
        raise SchemaRefused(
            Entry(
                "$ref",
                "",
                f"its subschemas lead more than {MOST_DEPTH} levels deep.",
                f"其子 Schema 层层相连，深度超过 {MOST_DEPTH} 层。",
            )
        )
    error = refusal(json.dumps(schema))
    if error is None:
        return schema, frozenset()
    for given_up in _STEPS:
        relaxed = _without(schema, given_up)
        if refusal(json.dumps(relaxed)) is None:
            return relaxed, given_up | ({"pattern"} if "unreadable" in given_up else set())
    reason = error.strip().splitlines()[0][:200]
    raise SchemaRefused(
        Entry(
            "",
            "",
            f"the grammar engine refuses it: {reason}",
            f"语法引擎拒绝了它：{reason}",
        )
    )


def _measure(schema: Json) -> None:
    squared = text = 0
    open_ = [schema]
    while open_:
        node = open_.pop()
        if isinstance(node, list):
            open_ += node
        if not isinstance(node, dict):
            continue
        if "enum" in node:
            text += sum(len(v) if isinstance(v, str) else len(json.dumps(v)) for v in node["enum"])
            text += 8 * len(node["enum"])
            continue
        names = len(node.get("properties", ()))
        squared += names * names
        if names > MOST_PROPERTIES or squared > MOST_SQUARED:
            raise SchemaRefused(
                Entry(
                    "properties",
                    "",
                    f"an object has {names} properties, which is too many: at most "
                    f"{MOST_PROPERTIES}, fewer where there are several such objects.",
                    f"有对象含 {names} 个属性，过多：最多 {MOST_PROPERTIES} 个，多个大对象时更少。",
                )
            )
        open_ += [part for key, part in node.items() if key != "properties"]
        open_ += node.get("properties", {}).values()
    if text > MOST_TEXT:
        raise SchemaRefused(
            Entry(
                "enum",
                "",
                f"its enumerations are too large: {text} characters, at most {MOST_TEXT}. "
                "Use a string, and look the value up afterwards.",
                f"枚举值过多：共 {text} 个字符，最多 {MOST_TEXT} 个。请改用字符串，再自行查找。",
            )
        )


def _without(schema: Any, given_up: frozenset[str]) -> Any:
    """The schema without keywords, wider in every place."""
    if isinstance(schema, list):
        return [_without(item, given_up) for item in schema]
    if not isinstance(schema, dict) or "enum" in schema:
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"properties", "$defs"}:
            found[key] = {name: _without(part, given_up) for name, part in value.items()}
        elif key == "patternProperties" and key in given_up:
            found["additionalProperties"] = True
        elif key == "pattern" and "unreadable" in given_up:
            found |= {key: value} if readable(value) else {}
        elif key in given_up or (key == "additionalProperties" and key in found):
            continue
        elif key == "patternProperties":
            found[key] = {name: _without(part, given_up) for name, part in value.items()}
        else:
            found[key] = _without(value, given_up)
    return found


def _depth(schema: Json, direction: int) -> int:
    """How deep llguidance recurses: it enters each definition where it first meets it."""
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
    seen: set[str] = set()
    path = [iter(_inner(schema)[::direction])]
    most = 0
    while path:
        most = max(most, len(path))
        node = next(path[-1], None)
        if node is None:
            path.pop()
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                path.append(iter([definitions[name]]))
            elif not name:
                path.append(iter(_inner(node)[::direction]))
    return most


def _inner(node: Json) -> list[Json]:
    """The subschemas of a node of the normal form."""
    if not isinstance(node, dict):
        return []
    if "$ref" in node:
        return [{"$ref": node["$ref"]}]
    found = [*node.get("anyOf", ()), *node.get("prefixItems", ())]
    for key in ("properties", "patternProperties"):
        found += node.get(key, {}).values()
    return found + [node[key] for key in ("items", "additionalProperties") if key in node]
