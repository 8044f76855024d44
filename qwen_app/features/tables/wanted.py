"""Which fields are wanted of a table: from a list of names, or from a JSON Schema."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from qwen_app.decoding.json_schema.compile import compile_schema
from qwen_app.errors import InvalidInput
from qwen_app.features.tables.answer import language_of

FieldType = Literal["any", "string", "number", "integer", "boolean", "array"]

MOST_FIELDS: Final = 20
_DEEPEST: Final = 4
_TYPES: Final = frozenset(get_args(FieldType)) - {"any"}


@dataclass(frozen=True, slots=True)
class Field:
    """One value that is wanted."""

    path: tuple[str, ...]
    """The keys that lead to it."""
    type: FieldType = "any"
    """``any``: a number, text, yes or no, or a list, as the result is."""
    items: FieldType = "any"
    """Of an array's elements."""
    description: str = ""
    nullable: bool = False
    digits: int | None = None
    """Decimal places that the schema asks for (``multipleOf``)."""

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def question(self) -> str:
        """What is asked of the table."""
        if self.description:
            return self.description
        *around, last = (key.replace("_", " ").strip() for key in self.path)
        if language_of(self.name) == "zh":
            return "的".join([*around, last]) + "是什么？"
        of = "".join(f" of the {key}" for key in reversed(around))
        return f"What is the {last}{of}?"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be filled: the fields, and the schema that the document must satisfy."""

    fields: tuple[Field, ...]
    schema: str | None = None
    """JSON text; None where names were given."""


def wanted_fields(wanted: Sequence[str] | Mapping[str, Any]) -> Wanted:
    """The fields of a list of names (``a.b`` is b within a) or of a JSON Schema of an object.

    Raises:
        InvalidInput: none or too many fields, or a schema of another shape.
        InvalidConstraint: it is no valid schema.
    """
    if isinstance(wanted, Mapping):
        compile_schema(json.dumps(wanted))
        text = json.dumps(_without_places(wanted), ensure_ascii=False)
        result = Wanted(tuple(_properties(wanted, ())), text)
    else:
        names = list(dict.fromkeys(name.strip() for name in wanted))
        result = Wanted(tuple(Field(tuple(name.split("."))) for name in names))
        _check_names(names)
    if not 0 < len(result.fields) <= MOST_FIELDS:
        raise InvalidInput(
            f"There are {len(result.fields)} fields; from 1 to {MOST_FIELDS} are possible.",
            f"共有 {len(result.fields)} 个字段，须为 1 到 {MOST_FIELDS} 个。",
            param="fields",
        )
    return result


def _check_names(names: list[str]) -> None:
    for name in names:
        inside = any(other.startswith(name + ".") for other in names)
        if inside or not all(part.strip() for part in name.split(".")):
            raise InvalidInput(
                f"{name!r} cannot be a field: a name is empty, or another field lies within it.",
                f"“{name}”不能作为字段：名称为空，或另有字段位于其内部。",
                param="fields",
            )


def _properties(schema: Mapping[str, Any], path: tuple[str, ...]) -> list[Field]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or len(path) >= _DEEPEST:
        raise InvalidInput(
            "The schema must be an object with properties, at most"
            f" {_DEEPEST} levels deep ({'.'.join(path) or 'top'}).",
            f"schema 须为带 properties 的对象，最多 {_DEEPEST} 层（{'.'.join(path) or '顶层'}）。",
            param="schema",
        )
    found: list[Field] = []
    for name, inner in properties.items():
        here = (*path, str(name))
        if isinstance(inner, Mapping) and inner.get("type") == "object":
            found += _properties(inner, here)
        else:
            found.append(_field(inner, here))
    return found


def _field(schema: object, path: tuple[str, ...]) -> Field:
    if not isinstance(schema, Mapping):
        schema = {}
    given = schema.get("type")
    names = [given] if isinstance(given, str) else list(given or [])
    kinds = [name for name in names if name != "null"]
    if len(kinds) > 1 or not set(kinds) <= _TYPES:
        raise InvalidInput(
            f"{'.'.join(path)}: the type must be one of {', '.join(sorted(_TYPES))}.",
            f"{'.'.join(path)}：类型须为 {'、'.join(sorted(_TYPES))} 之一。",
            param="schema",
        )
    items = schema.get("items")
    item = items.get("type", "any") if isinstance(items, Mapping) else "any"
    return Field(
        path,
        cast(FieldType, kinds[0] if kinds else "any"),
        cast(FieldType, item if item in _TYPES else "any"),
        str(schema.get("description", "")).strip(),
        "null" in names,
        _places(schema.get("multipleOf")),
    )


def _without_places(schema: object) -> object:
    """The schema without ``multipleOf`` 0.01 and the like: rounding sees to them, and in binary
    28.33 is no multiple of 0.01."""
    if isinstance(schema, Mapping):
        return {
            key: _without_places(value)
            for key, value in schema.items()
            if key != "multipleOf" or _places(value) is None
        }
    return [_without_places(each) for each in schema] if isinstance(schema, list) else schema


def _places(multiple: object) -> int | None:
    """Decimal places of ``multipleOf`` 0.1, 0.01 and so on."""
    for digits in range(7):
        if isinstance(multiple, int | float) and multiple == float(f"1e-{digits}"):
            return digits
    return None
