"""``propertyNames``: what it says of the keys of an object, as patterns of keys."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from qwen_app.decoding.json_schema import languages
from qwen_app.decoding.json_schema.expand import Key
from qwen_app.decoding.json_schema.forms import Form, Objects
from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.patterns import compile_pattern, literal
from qwen_app.decoding.json_schema.scalars import spelled, string_holds
from qwen_app.decoding.json_schema.values import ALL_TYPES, type_set

MOST_NAMES = 200
"""An ``enum`` of names becomes a pattern of at most so many."""
_SIMPLE = {"type", "pattern", "minLength", "maxLength", "enum", "const"}


def restrict(
    graph: Graph, node: Node, shape: Objects, form: Form, key: Callable[[Iterable[Node]], Key]
) -> Objects:
    """The shape with names that the ``propertyNames`` of a subschema allows, and maybe more."""
    names = graph.child(node, "propertyNames")
    for _ in range(8):
        if "$ref" not in names.keywords:
            break
        names = graph.target(names)
    nothing = key([graph.nothing])
    place = ("propertyNames", node.path)
    if names.anything:
        return shape
    types = type_set(names.keywords["type"]) if "type" in names.keywords else ALL_TYPES
    if names.value is False or (types is not None and "string" not in types):
        return replace(
            shape,
            named=tuple((name, nothing) for name, _ in shape.named),
            patterns=(),
            rest=nothing,
        )
    if set(names.keywords) - _SIMPLE:
        form.dropped[place] = "names"
    words = names.keywords
    listed = [words["const"]] if "const" in words else words.get("enum")
    named = tuple(
        (name, k if string_holds(names, name) and _among(name, listed) else nothing)
        for name, k in shape.named
    )
    if shape.patterns:  # two patterns for one key: the grammar keeps the object's own
        form.dropped[place] = "names"
        return replace(shape, named=named)
    pattern, whole = _pattern(words, listed)
    if pattern is None or not whole or compile_pattern(pattern).loose:
        form.dropped[place] = "names"
    if pattern is None or not languages.readable(pattern):
        return replace(shape, named=named)
    return replace(shape, named=named, patterns=((pattern, shape.rest),), rest=nothing)


def _among(name: str, listed: list[object] | None) -> bool:
    return listed is None or name in listed


def _pattern(words: dict[str, object], listed: list[object] | None) -> tuple[str | None, bool]:
    """(a pattern that every allowed name has, whether it says all)"""
    lengths = "minLength" in words or "maxLength" in words
    if listed is not None:
        texts = [text for text in listed if isinstance(text, str)]
        if len(texts) > MOST_NAMES:
            return None, False
        if not texts:
            return "^[^\\s\\S]$", False
        return f"^(?:{'|'.join(map(literal, texts))})$", not lengths and "pattern" not in words
    if "pattern" in words:
        return spelled(str(words["pattern"])), not lengths
    least, most = words.get("minLength", 0), words.get("maxLength", "")
    if not lengths:
        return None, True
    return rf"^[\s\S]{{{least},{most}}}$", True
