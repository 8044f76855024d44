"""A JSON Schema in the few words that a model needs of it.

The grammar holds the answer to the schema; the prompt only has to say what belongs where. So the
schema is written as the shape of its documents, which is a third of its length and looks like the
answer::

    {"name":string(full name),"age":integer>=0,"tags"?:[string]<=5,"level":"low"|"high"}

``?`` marks a property that may be left out, ``[x]`` is an array, parentheses hold descriptions.
Same schema, same text, whatever the key order of the keywords; properties keep theirs.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

Schema = Mapping[str, Any] | bool

_MOST_PARTS: Final = 1_000
"""Subschemas that are written out; what lies beyond is ``any``, which the grammar knows better."""
_DEEPEST: Final = 40
_LONGEST_NOTE: Final = 200
"""Characters of a description, a pattern or of keywords that have no short form."""
_MOST_CHOICES: Final = 60
"""Values of an enum; the grammar offers the model the others as well."""

_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")
_IMPLIED: Final = {
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""Keywords that speak of one type, by which a schema without ``type`` is read."""
_NO_SHORT_FORM: Final = (
    *("not", "if", "then", "else", "contains", "uniqueItems", "propertyNames"),
    *("dependentRequired", "dependentSchemas", "dependencies", "multipleOf"),
)

_ENDS: Final = (
    *(("minimum", ">="), ("exclusiveMinimum", ">")),
    *(("maximum", "<="), ("exclusiveMaximum", "<")),
)


def shape(schema: Schema) -> str:
    """The shape of ``schema``'s documents; definitions that contain themselves follow, each on a
    line of its own. Never raises: what is no schema is ``any``."""
    writer = _Writer(schema)
    whole = writer.write(schema, 0)
    if writer.refers_to_whole:
        whole = f"{writer.refers_to_whole}={whole}"
    return "\n".join([whole, *(f"{name}={text}" for name, text in writer.named.items())])


class _Writer:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._parts = 0
        self._open: list[str] = []
        """References being written, outermost first."""
        self._recursive: dict[str, str] = {}
        """Reference to the name of its definition."""
        self.named: dict[str, str] = {}

    @property
    def refers_to_whole(self) -> str | None:
        """Name of the schema itself, if it is a part of its documents."""
        return self._recursive.get("#")

    def write(self, schema: Any, depth: int) -> str:
        self._parts += 1
        if schema is False:
            return "never"
        if not isinstance(schema, Mapping) or self._parts > _MOST_PARTS or depth > _DEEPEST:
            return "any"
        text = "&".join(self._conjuncts(schema, depth)) or "any"
        note = _note(schema)
        rest = {k: schema[k] for k in _NO_SHORT_FORM if k in schema}
        if rest and len(said := _dump(rest)) <= _LONGEST_NOTE:
            text += f" with {said}"
        return text + note

    def _conjuncts(self, schema: Mapping[str, Any], depth: int) -> list[str]:
        """What must hold together, each in its shortest form."""
        if "const" in schema:
            return [_dump(schema["const"])]
        if isinstance(schema.get("enum"), list):
            values = schema["enum"]
            more = ["..."] if len(values) > _MOST_CHOICES else []
            return ["|".join([*map(_dump, values[:_MOST_CHOICES]), *more])]
        parts = []
        if isinstance(ref := schema.get("$ref"), str):
            parts.append(self._reference(ref, depth))
        parts += [
            _either([self.write(branch, depth + 1) for branch in branches])
            for keyword in ("anyOf", "oneOf")
            if isinstance(branches := schema.get(keyword), list)
        ]
        if isinstance(branches := schema.get("allOf"), list):
            parts += [self.write(branch, depth + 1) for branch in branches]
        if types := _types_of(schema):
            parts.append(_either([self._typed(schema, kind, depth) for kind in types]))
        parts = list(dict.fromkeys(part for part in parts if part != "any"))
        return [f"({p})" if "|" in p and len(parts) > 1 else p for p in parts]

    def _typed(self, schema: Mapping[str, Any], kind: str, depth: int) -> str:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return _string(schema)
        if kind in ("integer", "number"):
            return kind + _range(schema)
        return kind

    def _object(self, schema: Mapping[str, Any], depth: int) -> str:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        required = schema.get("required")
        required = required if isinstance(required, list) else []
        lines = []
        for name, of in properties.items():
            optional = "" if name in required else "?"
            lines.append(f"{_dump(name)}{optional}:{self.write(of, depth + 1)}")
        lines += [f"{_dump(n)}:any" for n in required if n not in properties]
        patterns = schema.get("patternProperties")
        for name, of in (patterns if isinstance(patterns, Mapping) else {}).items():
            lines.append(f"/{name}/:{self.write(of, depth + 1)}")
        more = schema.get("additionalProperties")
        if isinstance(more, Mapping):
            lines.append(f"...:{self.write(more, depth + 1)}")
        if not lines:
            return "object"
        return "{" + ",".join(lines) + "}" + _count(schema, "minProperties", "maxProperties")

    def _array(self, schema: Mapping[str, Any], depth: int) -> str:
        items = schema.get("items")
        first = schema.get("prefixItems", items)
        parts = []
        if isinstance(first, list):
            parts = [self.write(of, depth + 1) for of in first]
            items = schema.get("items" if "prefixItems" in schema else "additionalItems")
            if isinstance(items, Mapping):
                parts.append(f"...{self.write(items, depth + 1)}")
        elif isinstance(items, Mapping | bool):
            parts = [self.write(items, depth + 1)]
        return "[" + ",".join(parts or ["any"]) + "]" + _count(schema, "minItems", "maxItems")

    def _reference(self, ref: str, depth: int) -> str:
        if ref in self._recursive:
            return self._recursive[ref]
        if ref in self._open or ref == "#":
            name = self._name(ref)
            self._recursive[ref] = name
            return name
        target = _resolve(self._root, ref)
        self._open.append(ref)
        text = self.write(target, depth + 1)
        self._open.pop()
        if ref not in self._recursive:
            return text
        self.named[self._recursive[ref]] = text
        return self._recursive[ref]

    def _name(self, ref: str) -> str:
        stem = ref.rsplit("/", 1)[-1].lstrip("#") or "whole"
        taken = self._recursive.values()
        return next(n for i in range(len(taken) + 1) if (n := stem + "'" * i) not in taken)


def _types_of(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type")
    if isinstance(kinds, str):
        kinds = [kinds]
    if isinstance(kinds, list):
        return [kind for kind in kinds if kind in _TYPES]
    return [kind for kind, words in _IMPLIED.items() if any(word in schema for word in words)]


def _either(choices: list[str]) -> str:
    return "|".join(dict.fromkeys(choices)) or "never"


def _string(schema: Mapping[str, Any]) -> str:
    kind = schema.get("format")
    text = kind if isinstance(kind, str) and kind and len(kind) <= 30 else "string"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and len(pattern) <= _LONGEST_NOTE:
        text += f" /{pattern}/"
    return text + _count(schema, "minLength", "maxLength")


def _range(schema: Mapping[str, Any]) -> str:
    return "".join(f"{s}{_dump(schema[k])}" for k, s in _ENDS if _is_number(schema.get(k)))


def _count(schema: Mapping[str, Any], least: str, most: str) -> str:
    low, high = schema.get(least), schema.get(most)
    low, high = low if _is_number(low) and low else None, high if _is_number(high) else None
    if low is not None and low == high:
        return f"={low}"
    return (f">={low}" if low is not None else "") + (f"<={high}" if high is not None else "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _note(schema: Mapping[str, Any]) -> str:
    note = schema.get("description")
    if not isinstance(note, str) or not note.strip():
        return ""
    line = " ".join(note.split())
    return f"({line if len(line) <= _LONGEST_NOTE else line[: _LONGEST_NOTE - 1] + '…'})"


def _resolve(root: Schema, ref: str) -> Any:
    """What a reference within the document points at; ``True`` (any) if that cannot be told
    here: by an anchor, elsewhere, or nowhere. The compiler says what is wrong."""
    if not ref.startswith("#/"):
        return True
    at: Any = root
    for part in ref[2:].split("/"):
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(at, list):
            at = at[int(name)] if name.isdecimal() and int(name) < len(at) else None
        else:
            at = at.get(name) if isinstance(at, Mapping) else None
        if at is None:
            return True
    return at


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
