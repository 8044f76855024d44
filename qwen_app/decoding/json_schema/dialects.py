"""The drafts of JSON Schema: which one a schema is written in, and what its keywords are."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Json = Any
"""A JSON value as Python has it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    """As in its address: ``draft-04`` or ``2020-12``."""
    validator: Any
    """The class of `jsonschema` for it."""
    keywords: frozenset[str]
    """Those that assert something."""
    ref_alone: bool
    """Keywords beside ``$ref`` are ignored."""
    id_keyword: str

    def effective(self, schema: dict[str, Json]) -> dict[str, Json]:
        """The keywords of a schema that assert something."""
        if self.ref_alone and "$ref" in schema:
            return {"$ref": schema["$ref"]}
        return {key: value for key, value in schema.items() if key in self.keywords}


_NEW = {"then", "else", "minContains", "maxContains"}
_OLD = {"exclusiveMinimum", "exclusiveMaximum"}
_HELPERS = {
    **{"2020-12": _NEW, "2019-09": _NEW, "draft-07": {"then", "else"}},
    **{"draft-04": _OLD, "draft-03": {*_OLD, "required"}},
}
"""Keywords that `jsonschema` reads along with another one."""


@lru_cache(maxsize=1)
def dialects() -> tuple[Dialect, ...]:
    """All that we know, the newest first."""
    import jsonschema

    found = (
        ("2020-12", jsonschema.Draft202012Validator),
        ("2019-09", jsonschema.Draft201909Validator),
        ("draft-07", jsonschema.Draft7Validator),
        ("draft-06", jsonschema.Draft6Validator),
        ("draft-04", jsonschema.Draft4Validator),
        ("draft-03", jsonschema.Draft3Validator),
    )
    return tuple(
        Dialect(
            name,
            validator,
            frozenset(validator.VALIDATORS) | _HELPERS.get(name, set()),
            ref_alone="draft" in name,
            id_keyword="id" if name in {"draft-03", "draft-04"} else "$id",
        )
        for name, validator in found
    )


def named(address: str) -> Dialect | None:
    """The dialect whose meta-schema has this address."""
    plain = address.strip().removesuffix("#").removeprefix("https://").removeprefix("http://")
    for dialect in dialects():
        if plain in {
            f"json-schema.org/{dialect.name}/schema",
            f"json-schema.org/draft/{dialect.name}/schema",
        }:
            return dialect
    return None


def children(
    schema: dict[str, Json], *, every: bool = False
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """(steps, subschema) of every place in a schema where some draft has a subschema. With
    ``every``, also what stands there and is none."""
    for key, value in schema.items():
        if key in _LIST and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict | bool) or (every and key != "type"):
                    yield (key, index), item
        elif key in _ONE and (isinstance(value, dict | bool) or every):
            yield (key,), value
        elif key in _MAP and isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, dict | bool) or (every and key != "dependencies"):
                    yield (key, name), item


_ONE = {
    *("items", "additionalItems", "additionalProperties", "contains", "propertyNames", "not"),
    *("if", "then", "else", "unevaluatedProperties", "unevaluatedItems"),
}
_LIST = {"items", "prefixItems", "allOf", "anyOf", "oneOf", "type", "extends", "disallow"}
_MAP = {
    *("properties", "patternProperties", "definitions", "$defs"),
    *("dependencies", "dependentSchemas"),
}

IN_PLACE = {"$ref", "$recursiveRef", "$dynamicRef", "allOf", "anyOf", "oneOf", "not"} | {
    *("if", "then", "else", "dependencies", "dependentSchemas")
}
"""Keywords whose subschemas look at the same value."""
