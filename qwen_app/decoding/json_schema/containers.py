"""Arrays and objects under several subschemas at once."""

from collections.abc import Callable, Iterable

from qwen_app.decoding.json_schema import languages
from qwen_app.decoding.json_schema.evaluated import closed
from qwen_app.decoding.json_schema.expand import Key
from qwen_app.decoding.json_schema.forms import Arrays, Form, Objects
from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.names import restrict
from qwen_app.decoding.json_schema.negation import NOT_ENUM
from qwen_app.decoding.json_schema.patterns import BadPattern, PatternTimeout, compile_pattern
from qwen_app.decoding.json_schema.scalars import spelled

MOST_ITEMS = 50_000
"""Bounds on the length of arrays beyond it are not worth enforcing: no answer is so long."""
MOST_PATTERNS = 64
"""Of ``patternProperties``, which are compared two by two."""

MakeKey = Callable[[Iterable[Node]], Key]


def arrays(graph: Graph, nodes: list[Node], form: Form, key: MakeKey) -> Arrays | None:
    """The arrays that all of the subschemas allow; None if there are none for their length."""
    least, most = 0, None
    where: Node | None = None
    items: list[tuple[list[Node], Node]] = []
    for node in nodes:
        words = node.keywords
        if words.get("minItems", 0) > least:
            least, where = int(words["minItems"]), node
        if "maxItems" in words and (most is None or words["maxItems"] < most):
            most, where = int(words["maxItems"]), node
        items.append(_items(graph, node))
        if "contains" in words:
            wanted = words.get("minContains", 1) if "minContains" in node.value else 1
            form.dropped["contains", node.path] = "contains"
            least = max(least, int(wanted))
        if "unevaluatedItems" in words:
            form.dropped["unevaluatedItems", node.path] = "unevaluated"
        if any(isinstance(value, list) for value in words.get(NOT_ENUM, ())):
            form.dropped["not", node.path] = "not"
    if most is not None and least > most:
        assert where is not None
        _contradict(
            form, "minItems" if "minItems" in where.keywords else "maxItems", where,
            f"no array has at least {least} and at most {most} items",
            f"没有数组能同时至少有 {least} 项、至多有 {most} 项",
        )  # fmt: skip
        return None
    for node in nodes:
        if node.keywords.get("uniqueItems") is True and (most is None or most > 1):
            form.dropped["uniqueItems", node.path] = "unique"
    longest = max((len(prefix) for prefix, _ in items), default=0)
    prefix = tuple(
        key(own[i] if i < len(own) else rest for own, rest in items) for i in range(longest)
    )
    rest = key(rest for _, rest in items)
    if least > MOST_ITEMS:
        for node in nodes:
            if "minItems" in node.keywords:
                form.dropped["minItems", node.path] = "large"
        least = MOST_ITEMS
    return Arrays(prefix, rest, least, None if (most or 0) > MOST_ITEMS else most)


def _items(graph: Graph, node: Node) -> tuple[list[Node], Node]:
    """The subschemas of the first items one by one, and of all the others."""
    words = node.keywords
    if "prefixItems" in words:
        first = [graph.child(node, "prefixItems", i) for i in range(len(words["prefixItems"]))]
        return first, graph.child(node, "items") if "items" in words else graph.anything
    if isinstance(words.get("items"), list):
        first = [graph.child(node, "items", i) for i in range(len(words["items"]))]
        more = "additionalItems" in words
        return first, graph.child(node, "additionalItems") if more else graph.anything
    return [], graph.child(node, "items") if "items" in words else graph.anything


class _Rules:
    """What one subschema says of the keys of an object."""

    def __init__(self, graph: Graph, node: Node) -> None:
        words = node.keywords
        self.node = node
        self.named = {
            name: graph.child(node, "properties", name) for name in words.get("properties", ())
        }
        self.patterns = {
            pattern: graph.child(node, "patternProperties", pattern)
            for pattern in words.get("patternProperties", ())
        }
        self.rest = (
            graph.child(node, "additionalProperties")
            if "additionalProperties" in words
            else graph.anything
        )
        if isinstance(words.get("required"), list):
            self.required = list(words["required"])
        else:  # draft-03 has it at the property
            self.required = [
                name for name, child in self.named.items() if child.keywords.get("required") is True
            ]

    def of(self, name: str) -> list[Node]:
        """What it says of one key."""
        found = [self.named[name]] if name in self.named else []
        found += [child for pattern, child in self.patterns.items() if self._matches(pattern, name)]
        return found or [self.rest]

    def _matches(self, pattern: str, name: str) -> bool:
        try:
            return compile_pattern(pattern).search(name)
        except (BadPattern, PatternTimeout):
            return False


def objects(graph: Graph, nodes: list[Node], form: Form, key: MakeKey) -> Objects | None:
    """The objects that all of the subschemas allow; None if there are none for their size."""
    least, most = 0, None
    rules: list[_Rules] = []
    for node in nodes:
        words = node.keywords
        least = max(least, int(words.get("minProperties", 0)))
        if "maxProperties" in words:
            most = min(
                int(words["maxProperties"]), words["maxProperties"] if most is None else most
            )
        if set(words) & _OBJECT:
            rules.append(_Rules(graph, node))
        if any(isinstance(value, dict) for value in words.get(NOT_ENUM, ())):
            form.dropped["not", node.path] = "not"
        if "unevaluatedProperties" in words:
            closing, exact = closed(graph, node)
            if closing is not None:
                rules.append(_Rules(graph, closing))
            if not exact:
                form.dropped["unevaluatedProperties", node.path] = "unevaluated"
    required = dict.fromkeys(name for rule in rules for name in rule.required)
    if most is not None and max(least, len(required)) > most:
        node = next(node for node in nodes if node.keywords.get("maxProperties") == most)
        _contradict(
            form, "maxProperties", node,
            f"no object has at least {max(least, len(required))} and at most {most} keys",
            f"没有对象能同时至少有 {max(least, len(required))} 个键、至多有 {most} 个键",
        )  # fmt: skip
        return None
    names = dict.fromkeys(name for rule in rules for name in rule.named) | required
    named = {name: key(child for rule in rules for child in rule.of(name)) for name in names}
    patterns, rest = _unnamed(graph, rules, form, key)
    shape = Objects(tuple(named.items()), frozenset(required), patterns, rest, least, most)
    for node in nodes:
        if "propertyNames" in node.keywords:
            shape = restrict(graph, node, shape, form, key)
    return shape


_OBJECT = {"properties", "required", "patternProperties", "additionalProperties"}


def _unnamed(
    graph: Graph, rules: list[_Rules], form: Form, key: MakeKey
) -> tuple[tuple[tuple[str, Key], ...], Key]:
    """The patterns of keys with what they may hold, and what all other keys may hold."""
    rest: list[Node] = [rule.rest for rule in rules]
    found: dict[str, list[Node]] = {}
    wide: list[list[Node]] = []
    several = sum(bool(rule.patterns) for rule in rules) > 1
    for rule in rules:
        others = [other.rest for other in rules if other is not rule and not other.patterns]
        for pattern, child in rule.patterns.items():
            rust = spelled(pattern) if len(found) < MOST_PATTERNS else None
            if rust is not None and compile_pattern(rust).loose:
                form.dropped["patternProperties", rule.node.path] = "quoted"
            if rust is None:  # such keys come under the others, which have to be wider
                form.dropped["patternProperties", rule.node.path] = "pattern"
                wide.append([child, *others])
            elif rust in found:
                found[rust].append(child)
            else:
                found[rust] = [child, *others]
                if several and any(
                    not other.rest.anything
                    for other in rules
                    if other is not rule and other.patterns
                ):
                    form.dropped["patternProperties", rule.node.path] = "several"
    merged = _apart(graph, found, rules, form)
    remaining = key(rest)
    if wide:
        options = [graph.both(rest), *map(graph.both, wide)]
        remaining = key([graph.either(options)])
    return tuple((pattern, key(children)) for pattern, children in merged.items()), remaining


def _apart(
    graph: Graph, found: dict[str, list[Node]], rules: list[_Rules], form: Form
) -> dict[str, list[Node]]:
    """Patterns that overlap become one, under which either of their subschemas may hold."""
    groups: list[tuple[list[str], list[list[Node]]]] = []
    for pattern, children in found.items():
        joined: tuple[list[str], list[list[Node]]] = ([pattern], [children])
        for group in list(groups):
            if any(languages.overlap(pattern, other) for other in group[0]):
                groups.remove(group)
                joined = (group[0] + joined[0], group[1] + joined[1])
        groups.append(joined)
    merged: dict[str, list[Node]] = {}
    for patterns, options in groups:
        if len(patterns) == 1:
            merged[patterns[0]] = options[0]
            continue
        distinct = {frozenset(map(id, option)): option for option in options}
        together = "|".join(f"(?:{pattern})" for pattern in patterns)
        if len(distinct) == 1:
            merged[together] = options[0]
            continue
        merged[together] = [graph.either([graph.both(option) for option in distinct.values()])]
        for rule in rules:
            if rule.patterns:
                form.dropped["patternProperties", rule.node.path] = "overlapping"
    return merged


def _contradict(form: Form, keyword: str, node: Node, en: str, zh: str) -> None:
    form.contradictions.append(((keyword, node.path), en, zh))
