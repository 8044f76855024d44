"""Validation of documents with `jsonschema`, within limits and with nothing fetched.

Patterns are searched with `patterns`, formats checked with `formats`, and every keyword's work
is counted: a schema under which a check would take exponentially long ends in `Exhausted`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial, partialmethod
from typing import Any

from qwen_app.decoding.json_schema import formats
from qwen_app.decoding.json_schema.dialects import Dialect, Json
from qwen_app.decoding.json_schema.patterns import BadPattern, compile_pattern

MOST_STEPS = 60_000
"""Keywords applied to values in one validation: about a second. A document of 8,000 tokens needs
some 20,000 of them."""
MOST_DEPTH = 200
"""Keywords applied within each other, at three calls each: Python stops at 1,000, and a library
of `jsonschema` does not survive it."""


class Exhausted(Exception):
    """A validation took more steps than it was given, or went too deep."""


class _Steps:
    __slots__ = ("depth", "left")

    def __init__(self, left: int) -> None:
        self.left = left
        self.depth = 0


_steps: ContextVar[_Steps] = ContextVar("steps")


@contextmanager
def limited(steps: int = MOST_STEPS) -> Iterator[None]:
    """What is validated inside may take so many steps; raises `Exhausted` beyond."""
    token = _steps.set(_Steps(steps))
    try:
        yield
    finally:
        _steps.reset(token)


@lru_cache(maxsize=8)
def safe_class(dialect: Dialect) -> Any:
    """The validator class of a dialect with safe keywords. Its instances validate only inside
    `limited`, and never switch to another class for a subschema with its own ``$schema``."""
    from jsonschema import validators

    extend: Any = validators.extend
    keywords = dict(dialect.validator.VALIDATORS)
    for name, keyword in (
        ("pattern", _pattern),
        ("patternProperties", _pattern_properties),
        ("additionalProperties", _additional_properties),
        ("format", _format),
        ("unevaluatedProperties", _unevaluated_properties),
    ):
        if name in keywords or name == "format":
            keywords[name] = keyword
    made = extend(
        dialect.validator,
        validators={name: partial(_counted, name, keyword) for name, keyword in keywords.items()},
    )
    made.evolve = _evolve
    made.descend = partialmethod(_descend, made.descend)
    return made


def _evolve(self: Any, **changes: Any) -> Any:
    return self.__class__(
        changes.get("schema", self.schema),
        registry=self._registry,
        _resolver=changes.get("_resolver", self._resolver),
    )


def _descend(
    self: Any,
    original: Callable[..., Iterator[Any]],
    instance: Json,
    schema: Json,
    path: str | int | None = None,
    schema_path: str | int | None = None,
    resolver: Any = None,
) -> Iterator[Any]:
    """As `jsonschema` has it, which leaves out the way to a ``false``."""
    if schema is not False:
        return original(self, instance, schema, path, schema_path, resolver)
    error = _error("is not allowed")
    error._set(validator=None, validator_value=None, instance=instance, schema=False)
    error.path.extend([] if path is None else [path])
    error.schema_path.extend([] if schema_path is None else [schema_path])
    return iter([error])


def _counted(
    name: str,
    keyword: Callable[..., Any],
    validator: Any,
    value: Json,
    instance: Json,
    schema: Json,
) -> Iterator[Any]:
    steps = _steps.get()
    steps.left -= 1
    if steps.left < 0 or steps.depth >= MOST_DEPTH:
        raise Exhausted
    steps.depth += 1
    try:
        for error in keyword(validator, value, instance, schema) or ():
            if error.schema is False and not hasattr(error, "holder"):
                # Where the `false` stands, which the error itself does not say.
                error.holder = (schema, (name, *error.relative_schema_path))
            yield error
    finally:
        steps.depth -= 1


def _error(message: str) -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)


def _found(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).search(text)
    except BadPattern:
        return False


def _pattern(validator: Any, pattern: str, instance: Json, schema: Json) -> Iterator[Any]:
    del schema
    if validator.is_type(instance, "string") and not _found(pattern, instance):
        yield _error(f"{instance[:200]!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: dict[str, Json], instance: Json, schema: Json
) -> Iterator[Any]:
    del schema
    if validator.is_type(instance, "object"):
        for pattern, subschema in patterns.items():
            for key, value in instance.items():
                if _found(pattern, key):
                    yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any, subschema: Json, instance: Json, schema: Json
) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in named or any(_found(pattern, key) for pattern in patterns):
            continue
        if subschema is False:
            error = _error("the key is not allowed")
            error.path.append(key)
            yield error
        else:
            yield from validator.descend(value, subschema, path=key)


def _format(validator: Any, name: Json, instance: Json, schema: Json) -> Iterator[Any]:
    del schema
    if (
        validator.is_type(instance, "string")
        and isinstance(name, str)
        and not formats.conforms(instance, name)
    ):
        yield _error(f"{instance[:200]!r} is not a {name!r}")


def _unevaluated_properties(
    validator: Any, subschema: Json, instance: Json, schema: Json
) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    evaluated = _evaluated(validator, instance, schema, skip="unevaluatedProperties")
    for key, value in instance.items():
        if key in evaluated:
            continue
        if subschema is False:
            error = _error("the key is not allowed")
            error.path.append(key)
            yield error
        else:
            yield from validator.descend(value, subschema, path=key)


def _evaluated(validator: Any, instance: Json, schema: Json, skip: str = "") -> set[str]:
    """Keys of an object that a schema's keywords look at, given that it is valid under them."""
    if not isinstance(schema, dict):
        return set()
    keys = set(schema.get("properties", {})) & set(instance)
    keys |= {key for key in instance for p in schema.get("patternProperties", ()) if _found(p, key)}
    if "additionalProperties" in schema or ("unevaluatedProperties" in schema and not skip):
        return set(instance)
    inner = [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, ())]
    inner += [part for key, part in schema.get("dependentSchemas", {}).items() if key in instance]
    for part in inner:
        if _valid(validator, instance, part):
            keys |= _evaluated(validator, instance, part)
    if "if" in schema:
        holds = _valid(validator, instance, schema["if"])
        if holds:
            keys |= _evaluated(validator, instance, schema["if"])
        keys |= _evaluated(validator, instance, schema.get("then" if holds else "else", True))
    for name in ("$ref", "$dynamicRef", "$recursiveRef"):
        if name in schema:
            found = validator._resolver.lookup(schema[name])
            there = validator.evolve(schema=found.contents, _resolver=found.resolver)
            keys |= _evaluated(there, instance, found.contents)
    return keys


def _valid(validator: Any, instance: Json, schema: Json) -> bool:
    return next(iter(validator.descend(instance, schema)), None) is None
