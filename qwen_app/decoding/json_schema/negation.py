"""What is valid exactly where a subschema is not, as far as schemas can say it."""

from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.graph import Graph, Node

MOST_BRANCHES = 12
"""Of a negation; each branch repeats what stands beside it."""
TYPES = ("null", "boolean", "number", "string", "array", "object")
NOT_ENUM = "not enum"
"""A keyword that only rewrites use: the value is none of these."""

Branches = list[list[Node]]


def negate(graph: Graph, node: Node) -> Branches | None:
    """Alternatives of conjunctions that together are the complement of a subschema; None if
    that takes more than schemas can say."""
    if node.value is False:
        return [[]]
    if node.value is True:
        return []
    found: Branches = []
    for keyword in node.keywords:
        branches = _negated(graph, node, keyword)
        if branches is None:
            return None
        found += branches
    return found if len(found) <= MOST_BRANCHES else None


def unless(graph: Graph, node: Node) -> Node | None:
    """The complement as one subschema, or None."""
    branches = negate(graph, node)
    if branches is None or any(not _certain(graph, part) for branch in branches for part in branch):
        return None
    return graph.make({"not": node}, node, "not")


def forbid(graph: Graph, origin: Node, name: str) -> Node:
    """No object with this key."""
    return graph.make({"properties": {name: graph.nothing}}, origin, f"forbid {name}")


def _certain(graph: Graph, part: Node) -> bool:
    """Whether a part of a negation has no further negation that cannot be said."""
    inner = part.keywords.get("not")
    if isinstance(inner, Node):
        branches = negate(graph, inner)
        return branches is not None and all(
            _certain(graph, deeper) for branch in branches for deeper in branch
        )
    properties = part.keywords.get("properties", {})
    return all(_certain(graph, child) for child in properties.values() if child.made)


def _negated(graph: Graph, node: Node, keyword: str) -> Branches | None:
    value: Json = node.keywords[keyword]

    def made(name: str, **keywords: Json) -> list[Node]:
        return [graph.make(keywords, node, f"not {keyword} {name}")]

    def negation(part: Node) -> Node:
        return graph.make({"not": part}, part, "not")

    match keyword:
        case "type":
            names = [value] if isinstance(value, str) else value
            if not all(isinstance(name, str) for name in names):
                return None
            others = [name for name in TYPES if name not in names]
            if "integer" in names and "number" not in names:
                others[others.index("number")] = "real"  # a word for it that only rewrites use
            return [made("", type=others)] if others else []
        case "enum" | "const":
            values = value if keyword == "enum" else [value]
            return [[graph.make({NOT_ENUM: values}, node, f"not {keyword}")]]
        case "required" if isinstance(value, list):
            return [
                [*made("object", type="object"), forbid(graph, node, name)]
                for name in dict.fromkeys(value)
            ]
        case "properties":
            return [
                made(
                    name,
                    type="object",
                    required=[name],
                    properties={name: negation(graph.child(node, "properties", name))},
                )
                for name in value
                if not graph.child(node, "properties", name).anything
            ]
        case "minimum" | "maximum" if _bound_alone(node):
            flipped = "exclusiveMaximum" if keyword == "minimum" else "exclusiveMinimum"
            if graph.dialect.name in {"draft-03", "draft-04"}:
                limit = "maximum" if keyword == "minimum" else "minimum"
                return [made("", **{"type": "number", limit: value, flipped: True})]
            return [made("", **{"type": "number", flipped: value})]
        case "exclusiveMinimum" | "exclusiveMaximum" if not isinstance(value, bool):
            flipped = "maximum" if keyword == "exclusiveMinimum" else "minimum"
            return [made("", **{"type": "number", flipped: value})]
        case "minLength" | "minItems" | "minProperties":
            kind, flipped = _SIZES[keyword]
            return [made("", **{"type": kind, flipped: value - 1})] if value > 0 else []
        case "maxLength" | "maxItems" | "maxProperties":
            kind, flipped = _SIZES[keyword]
            return [made("", **{"type": kind, flipped: value + 1})]
        case "allOf":
            return [[negation(graph.child(node, keyword, i))] for i in range(len(value))]
        case "anyOf":
            return [[negation(graph.child(node, keyword, i)) for i in range(len(value))]]
        case "not":
            return [[graph.child(node, "not")]]
        case "$ref":
            return [[negation(graph.target(node))]]
        case _:
            return None


def _bound_alone(node: Node) -> bool:
    """Not draft-04's `exclusiveMinimum: true` beside it."""
    return not any(
        isinstance(node.keywords.get(key), bool) for key in ("exclusiveMinimum", "exclusiveMaximum")
    )


_SIZES = {
    "minLength": ("string", "maxLength"),
    "maxLength": ("string", "minLength"),
    "minItems": ("array", "maxItems"),
    "maxItems": ("array", "minItems"),
    "minProperties": ("object", "maxProperties"),
    "maxProperties": ("object", "minProperties"),
}
