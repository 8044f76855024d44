"""Whether a schema is valid in its draft, one subschema after the other.

A meta-schema validates by recursion, to a depth of some ten calls a level; deep schemas would
overflow the stack. Here the recursion is cut out of it, and each subschema is checked by itself.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from qwen_app.decoding.json_schema.dialects import Dialect, Json, children
from qwen_app.decoding.json_schema.plainly import fine
from qwen_app.decoding.json_schema.pointers import pointer
from qwen_app.decoding.json_schema.report import Entry
from qwen_app.decoding.json_schema.validation import Exhausted, limited, safe_class
from qwen_app.decoding.json_schema.words import words

MOST_STEPS = 200_000
"""Of validating one schema, about a second's worth."""
_NESTED = {"type": ["object", "boolean"]}
"""In place of the meta-schema within itself."""
_TYPES = "null, boolean, integer, number, string, array, object"
_RECURSIVE = ("$dynamicRef", "$recursiveRef")


def problem(value: Json, dialect: Dialect) -> Entry | None:
    """The first place where a schema is not valid in a dialect."""
    from jsonschema.exceptions import best_match

    validator, keywords = _flat(dialect)
    try:
        with limited(MOST_STEPS):
            for path, schema in subschemas(value, keywords):
                if not isinstance(schema, dict | bool):
                    return _no_schema(path, dialect)
                if fine(schema, dialect):
                    continue
                error = best_match(validator.iter_errors(schema))
                if error is not None:
                    return _entry(error, path, dialect)
    except Exhausted:
        return Entry(
            "",
            "",
            "the schema is too large to be checked; split it.",
            "Schema 过大，无法校验，请拆分。",
        )
    return None


def subschemas(value: Json, keywords: frozenset[str]) -> Iterator[tuple[str, Json]]:
    """(pointer, subschema) of every subschema, the schema itself first."""
    open_ = [("", value)]
    while open_:
        path, schema = open_.pop()
        yield path, schema
        if isinstance(schema, dict):
            inner = {key: part for key, part in schema.items() if key in keywords}
            found = [(path + pointer(*steps), part) for steps, part in children(inner, every=True)]
            open_ += reversed(found)


def _no_schema(path: str, dialect: Dialect) -> Entry:
    return Entry(
        path.rpartition("/")[2],
        path,
        f"not a valid {dialect.name} schema: at {path}, a schema has to be an object or a boolean",
        f"不是合法的 {dialect.name} Schema：{path} 处应是一个 Schema（对象或布尔值）",
    )


def _entry(error: Any, path: str, dialect: Dialect) -> Entry:
    path += pointer(*error.absolute_path)
    keyword = path.rpartition("/")[2] or str(error.validator)
    reason = error.message if len(error.message) <= 300 else error.message[:300] + " ..."
    zh = words(str(error.validator), error)[1]
    if keyword == "type" and error.validator == "anyOf":  # jsonschema does not say which there are
        reason = f"{error.instance!r:.80} is no type; there are {_TYPES}"
        zh = f"的 {error.instance!r:.80} 不是类型；可用的类型有 {_TYPES}"
    return Entry(
        keyword,
        path,
        f"not a valid {dialect.name} schema: at {path or 'the root'}, {reason}",
        f"不是合法的 {dialect.name} Schema：{path or '根'} {zh}",
    )


def keywords_of(dialect: Dialect) -> frozenset[str]:
    """All keywords that a draft has, annotations too."""
    return _flat(dialect)[1]


@lru_cache(maxsize=8)
def _flat(dialect: Dialect) -> tuple[Any, frozenset[str]]:
    """(validator of one subschema without those in it, keywords that the draft has)"""
    from jsonschema_specifications import REGISTRY

    meta = dialect.validator.META_SCHEMA
    parts = [meta]
    for part in meta.get("allOf", ()):  # the vocabularies
        address = meta["$id"].rpartition("/")[0] + "/" + part["$ref"]
        parts.append(REGISTRY.contents(address))
    keywords = frozenset(name for part in parts for name in part.get("properties", {}))
    flat = [
        _cut({k: v for k, v in part.items() if k not in {"allOf", "$schema"}}) for part in parts
    ]
    return safe_class(dialect)({"allOf": flat}), keywords


def _cut(value: Json) -> Json:
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$ref") == "#" or any(isinstance(value.get(key), str) for key in _RECURSIVE):
        return _NESTED
    # Of formats only that of patterns matters: an $id that is no URI does no harm.
    return {
        key: _cut(item)
        for key, item in value.items()
        if not (key == "format" and isinstance(item, str) and item != "regex")
    }
