"""The keys of a document in the order in which the grammar has them."""

from typing import Any

from qwen_app.decoding.json_schema.dialects import Json, dialects
from qwen_app.decoding.json_schema.patterns import BadPattern, PatternTimeout, compile_pattern
from qwen_app.decoding.json_schema.validation import Exhausted, limited, safe_class


def in_order(grammar_schema: Json, document: Json) -> Json:
    """The same document, its keys in the order of the normal form: named ones as in
    ``properties``, then others in the order that they had. Of an ``anyOf``, the first option
    that the value is valid under decides."""
    from referencing import Registry

    registry: Any = Registry()
    validator = safe_class(dialects()[0])(grammar_schema, registry=registry)
    try:
        with limited():
            return _ordered(validator, grammar_schema, grammar_schema, document)
    except (Exhausted, PatternTimeout, RecursionError):
        return document


def _ordered(validator: Any, root: Json, schema: Json, value: Json) -> Json:
    if not isinstance(value, dict | list):
        return value
    schema = _option(validator, root, schema, value)
    if isinstance(schema, bool):
        return value
    if isinstance(value, list):
        prefix = schema.get("prefixItems", [])
        return [
            _ordered(
                validator, root, prefix[i] if i < len(prefix) else schema.get("items", True), item
            )
            for i, item in enumerate(value)
        ]
    if "enum" in schema:
        return next((item for item in schema["enum"] if item == value), value)
    properties = schema.get("properties", {})
    keys = [key for key in properties if key in value]
    keys += [key for key in value if key not in properties]
    return {key: _ordered(validator, root, _of_key(schema, key), value[key]) for key in keys}


def _option(validator: Any, root: Json, schema: Json, value: Json) -> Json:
    """The schema without the choices that the value settles."""
    while isinstance(schema, dict):
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = next(
                (o for o in schema["anyOf"] if not any(validator.descend(value, o))), True
            )
        else:
            break
    return schema


def _of_key(schema: dict[str, Json], key: str) -> Json:
    if key in schema.get("properties", {}):
        return schema["properties"][key]
    for pattern, child in schema.get("patternProperties", {}).items():
        try:
            if compile_pattern(pattern).search(key):
                return child
        except BadPattern:
            continue
    return schema.get("additionalProperties", True)
