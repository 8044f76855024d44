"""Forms as a schema in the normal form that `compile` describes."""

import json
from collections import Counter
from typing import Any

from qwen_app.decoding.json_schema import languages
from qwen_app.decoding.json_schema.build import alive, bounded, reach
from qwen_app.decoding.json_schema.counts import Case, Sizes, cases
from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.expand import Key
from qwen_app.decoding.json_schema.forms import (
    Arrays,
    Form,
    Numbers,
    Objects,
    Shape,
    Simple,
    Strings,
    Values,
    keys_of,
)

MOST_INLINE = 10
"""Levels of subschemas written inside each other before a definition begins: llguidance reads
JSON of at most 128 levels."""

_Children = list[Key]


class Emitter:
    def __init__(self, forms: dict[Key, Form], inhabited: set[Key], root: Key) -> None:
        self._forms = forms
        self._inhabited = inhabited
        self._root = root
        self._uses = Counter([root])
        for form in forms.values():
            if not form.anything:
                self._uses.update(key for option in form.options for key in keys_of(option))
        self._bounded = bounded(forms)
        self._names: dict[Key, str] = {}
        self._open: list[Key] = []

    def schema(self) -> Json:
        """The schema of the root, with what it refers to in ``$defs``."""
        top = (
            self._body(self._root, 0) if self._uses[self._root] == 1 else self._node(self._root, 0)
        )
        definitions: dict[str, Json] = {}
        while self._open:
            key = self._open.pop()
            definitions[self._names[key]] = self._body(key, 0)
        if definitions:
            assert isinstance(top, dict)
            return {**top, "$defs": definitions}
        return top

    def _same(self, key: Key) -> Key:
        """What a conjunction comes to that is nothing but another one."""
        seen = {key}
        while not (form := self._forms[key]).anything and len(form.options) == 1:
            only = form.options[0]
            if not isinstance(only, tuple) or only in seen:
                break
            key = only
            seen.add(key)
        return key

    def _node(self, key: Key, depth: int) -> Json:
        """A conjunction, or a reference to its definition."""
        if key not in self._inhabited:
            return False
        key = self._same(key)
        form = self._forms[key]
        if form.anything:
            return True
        inner = any(keys_of(option) for option in form.options)
        if inner and (self._uses[key] > 1 or depth >= MOST_INLINE):
            if key not in self._names:
                self._names[key] = f"d{len(self._names)}"
                self._open.append(key)
            return {"$ref": f"#/$defs/{self._names[key]}"}
        return self._body(key, depth)

    def _body(self, key: Key, depth: int) -> Json:
        form = self._forms[key]
        if form.anything:
            return True
        options: dict[str, Json] = {}
        values: dict[str, None] = {}
        for option in form.options:
            if not alive(option, self._inhabited.__contains__):
                continue
            if isinstance(option, Values):
                values |= dict.fromkeys(option.texts)
                continue
            for schema in self._option(option, form, depth):
                parts = (
                    schema["anyOf"] if isinstance(schema, dict) and "anyOf" in schema else [schema]
                )
                options |= {json.dumps(part): part for part in parts}
        found = list(options.values())
        if values:
            found.insert(0, {"enum": [json.loads(text) for text in values]})
        if any(schema is True for schema in found):
            return True
        if not found:
            return False
        return found[0] if len(found) == 1 else {"anyOf": found}

    def _option(self, option: Shape | Key, form: Form, depth: int) -> list[Json]:
        if isinstance(option, tuple):
            return [self._node(option, depth + 1)]
        if isinstance(option, Simple):
            return [{"type": option.type}]
        if isinstance(option, Numbers):
            return [_number(option)]
        if isinstance(option, Strings):
            return [_string(option)]
        if isinstance(option, Arrays):
            return [self._array(option, depth)]
        assert isinstance(option, Objects)
        return self._object(option, form, depth)

    def _array(self, shape: Arrays, depth: int) -> Json:
        found: dict[str, Any] = {"type": "array"}
        most = reach(shape, self._inhabited.__contains__)
        prefix = shape.prefix if most is None else shape.prefix[:most]
        if prefix:
            found["prefixItems"] = [self._node(key, depth + 1) for key in prefix]
        if most is not None and most <= len(prefix):
            found["items"] = False
        elif (rest := self._node(shape.rest, depth + 1)) is not True:
            found["items"] = rest
        if shape.least:
            found["minItems"] = shape.least
        if most is not None and (most > len(prefix) or found.get("items") is not False):
            found["maxItems"] = most
        elif most == 0:
            found = {"type": "array", "maxItems": 0}
        return found

    def _object(self, shape: Objects, form: Form, depth: int) -> list[Json]:
        possible = {name for name, key in shape.named if key in self._inhabited}
        order = [name for name, _ in shape.named]
        patterns = [(p, key) for p, key in shape.patterns if key in self._inhabited]
        sizes = Sizes(
            tuple(name for name in order if name in shape.required),
            tuple(name for name in order if name in possible and name not in shape.required),
            bool(patterns) or shape.rest in self._inhabited,
            shape.least,
            shape.most,
        )
        found = cases(sizes)
        for keyword, exact in (
            ("minProperties", found.exact_least),
            ("maxProperties", found.exact_most),
        ):
            if not exact:
                for node in form.nodes:
                    if keyword in node.keywords:
                        form.dropped[keyword, node.path] = "count"
        named = {name: self._node(key, depth + 1) for name, key in shape.named}
        return [self._case(shape, case, named, sizes, form, depth) for case in found.cases]

    def _patterned(
        self, pattern: str, key: Key, properties: dict[str, Json], form: Form, depth: int
    ) -> Json:
        """What keys of a pattern may hold. llguidance intersects it with what a named property
        of that pattern holds (which is narrower already), and cannot do so along recursion."""
        if (
            key in self._inhabited
            and key not in self._bounded
            and any(
                schema is not False and languages.matches(pattern, name)
                for name, schema in properties.items()
            )
        ):
            for node in form.nodes:
                if "patternProperties" in node.keywords:
                    form.dropped["patternProperties", node.path] = "recursive"
            return True
        return self._node(key, depth)

    def _case(
        self,
        shape: Objects,
        case: Case,
        named: dict[str, Json],
        sizes: Sizes,
        form: Form,
        depth: int,
    ) -> Json:
        found: dict[str, Any] = {"type": "object"}
        unnamed = sizes.open and not case.closed
        properties = {name: False if name in case.forbidden else s for name, s in named.items()}
        if not unnamed:  # what is not named is not allowed anyway
            properties = {name: s for name, s in properties.items() if s is not False}
        if properties:
            found["properties"] = properties
        required = [n for n in properties if n in shape.required or n in case.required]
        if required:
            found["required"] = required
        if unnamed and shape.patterns:
            found["patternProperties"] = {
                pattern: self._patterned(pattern, key, properties, form, depth + 1)
                for pattern, key in shape.patterns
            }
        rest = self._node(shape.rest, depth + 1) if unnamed else False
        if rest is not True:
            found["additionalProperties"] = rest
        if case.least:
            found["minProperties"] = case.least
        if case.most is not None:
            found["maxProperties"] = case.most
        return found


def _number(shape: Numbers) -> Json:
    found: dict[str, Any] = {"type": "integer" if shape.integer else "number"}
    if shape.low is not None:
        found["exclusiveMinimum" if shape.above else "minimum"] = shape.low
    if shape.high is not None:
        found["exclusiveMaximum" if shape.below else "maximum"] = shape.high
    if shape.multiple is not None:
        found["multipleOf"] = shape.multiple
    return found


def _string(shape: Strings) -> Json:
    found: dict[str, Any] = {"type": "string"}
    if shape.least:
        found["minLength"] = shape.least
    if shape.most is not None:
        found["maxLength"] = shape.most
    if shape.pattern is not None:
        found["pattern"] = shape.pattern
    if shape.format is not None:
        found["format"] = shape.format
    return found
