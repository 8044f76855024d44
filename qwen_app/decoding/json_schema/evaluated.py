"""``unevaluatedProperties`` as ``additionalProperties``, once it is known what else has a say."""

from qwen_app.decoding.json_schema.graph import Graph, Node

_CERTAIN = {"allOf", "$ref"}
"""Keywords whose subschemas always hold along with what stands beside them."""
_NEVER = {"not"}
_IN_PLACE = {"anyOf", "oneOf", "if", "then", "else", "dependentSchemas", *_CERTAIN}


def closed(graph: Graph, node: Node) -> tuple[Node | None, bool]:
    """(a subschema that closes the object as the node's ``unevaluatedProperties`` does, or less
    tightly; whether just as it does). None: it closes nothing, for all keys may be evaluated."""
    names: dict[str, Node] = {}
    patterns: dict[str, Node] = {}
    certain = True
    seen: set[int] = set()
    open_ = [node]
    while open_:
        part = open_.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        words = part.keywords
        if "additionalProperties" in words or (
            part is not node and "unevaluatedProperties" in words
        ):
            return None, False
        if "$dynamicRef" in words or "$recursiveRef" in words:
            return None, False
        names |= dict.fromkeys(words.get("properties", ()), graph.anything)
        patterns |= dict.fromkeys(words.get("patternProperties", ()), graph.anything)
        certain = certain and not (set(words) & (_IN_PLACE - _CERTAIN))
        open_ += [inner for inner in graph.in_place(part) if not _negated(graph, part, inner)]
    rest = graph.child(node, "unevaluatedProperties")
    made = {"properties": names, "patternProperties": patterns, "additionalProperties": rest}
    return graph.make(made, node, "evaluated"), certain


def _negated(graph: Graph, part: Node, inner: Node) -> bool:
    return any(key in part.keywords and graph.child(part, key) is inner for key in _NEVER)
