"""A quick look at whether a conjunction of plain subschemas can hold at all.

It sees what tells the branches of real schemas apart: types, constants, keys that are required
here and forbidden there, and a required key with different constants. This keeps a case split
over n values at n alternatives, instead of two to the power of n.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.negation import NOT_ENUM
from qwen_app.decoding.json_schema.values import ALL_TYPES, same, type_set, types_of

_MOST_VALUES = 64
"""Longer enumerations are not compared here."""


def obviously_empty(graph: Graph, nodes: list[Node]) -> bool:
    types = _types(graph, nodes)
    if not types:
        return True
    if types != {"object"}:
        return False
    for name in dict.fromkeys(
        name for node in nodes for name in node.keywords.get("required") or () if _listed(node)
    ):
        inner = [
            graph.child(node, "properties", name)
            for node in nodes
            if name in node.keywords.get("properties", {})
        ]
        if any(child.value is False for child in inner):
            return True
        if len(inner) > 1 and not _types(graph, list(_plain(graph, inner))):
            return True
    return False


def _listed(node: Node) -> bool:
    return isinstance(node.keywords["required"], list)


def _plain(graph: Graph, nodes: Iterable[Node]) -> Iterable[Node]:
    """With what references and ``allOf`` lead to, some steps deep."""
    for node in nodes:
        for _ in range(8):
            if "$ref" not in node.keywords:
                break
            yield node
            node = graph.target(node)
        yield node
        for index in range(len(node.keywords.get("allOf", ()))):
            yield graph.child(node, "allOf", index)


def _types(graph: Graph, nodes: list[Node]) -> set[str]:
    """The types that are left; none if the constants contradict each other."""
    types = set(ALL_TYPES)
    allowed: dict[str, set[str]] | None = None
    excluded: set[str] = set()
    for node in nodes:
        said = graph.remembered(node, _said)
        types &= said.types
        excluded |= said.excluded
        if said.allowed is not None:
            allowed = {
                value: kind
                for value, kind in said.allowed.items()
                if allowed is None or value in allowed
            }
    if allowed is None:
        return types
    left = [kind for value, kind in allowed.items() if value not in excluded and kind & types]
    return set().union(*left) if left else set()


@dataclass(frozen=True, slots=True)
class _Said:
    """What one subschema says of types and values."""

    types: frozenset[str]
    allowed: dict[str, set[str]] | None
    excluded: frozenset[str]


def _said(graph: Graph, node: Node) -> _Said:
    if node.value is False:
        return _Said(frozenset(), None, frozenset())
    words = node.keywords
    loose = graph.dialect.name not in {"draft-03", "draft-04"}
    types = type_set(words["type"]) if "type" in words else ALL_TYPES
    excluded = set(map(same, words.get(NOT_ENUM, ())[:_MOST_VALUES]))
    inner = words.get("not")
    if isinstance(inner, Node | dict):
        keywords = inner.keywords if isinstance(inner, Node) else inner
        if set(keywords) == {"const"}:
            excluded.add(same(keywords["const"]))
        elif set(keywords) == {"enum"}:
            excluded |= set(map(same, keywords["enum"][:_MOST_VALUES]))
    values = None
    if "const" in words:
        values = [words["const"]]
    elif "enum" in words and len(words["enum"]) <= _MOST_VALUES:
        values = words["enum"]
    allowed = None
    if values is not None:
        allowed = {same(value): types_of(value, float_is_integer=loose) for value in values}
    return _Said(ALL_TYPES if types is None else types, allowed, frozenset(excluded))
