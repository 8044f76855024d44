"""A schema as a graph: every subschema with its place, its references resolved.

Nothing is fetched: a reference leads into the schema itself or to a meta-schema of the drafts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from qwen_app.decoding.json_schema.dialects import IN_PLACE, Dialect, Json, children
from qwen_app.decoding.json_schema.document import SchemaRefused
from qwen_app.decoding.json_schema.pointers import objects, places, pointer
from qwen_app.decoding.json_schema.report import Entry


class Node:
    """One subschema. Nodes are compared by identity; the graph makes one for each place.

    Those that a rewrite makes up have other nodes as subschemas in their ``value``.
    """

    __slots__ = ("keywords", "made", "path", "resolver", "value")

    def __init__(
        self, value: Json, path: str, resolver: Any, keywords: dict[str, Json], made: bool = False
    ) -> None:
        self.value = value
        self.path = path
        """JSON pointer into the schema; an address before it if it is in another document."""
        self.resolver = resolver
        self.keywords = keywords
        """Those that assert something, in the order of the schema."""
        self.made = made

    def __repr__(self) -> str:
        return f"Node({self.path!r})"

    @property
    def anything(self) -> bool:
        """The subschema asserts nothing."""
        return self.value is not False and not self.keywords


class Graph:
    def __init__(self, value: dict[str, Json] | bool, dialect: Dialect) -> None:
        from jsonschema_specifications import REGISTRY
        from referencing.jsonschema import specification_with

        meta = dialect.validator.META_SCHEMA
        self.dialect = dialect
        self._specification = specification_with(meta.get("$schema") or meta["id"])
        resource = self._specification.create_resource(value)
        self._nodes: dict[int | str, Node] = {}
        self._made: dict[tuple[str, int], Node] = {}
        self._keep: list[Json] = []  # so that no id is used twice
        self._targets: dict[int, Node] = {}
        self._sound: set[int] = set()
        self._facts: dict[tuple[int, int], Any] = {}
        self._anchors: Counter[str | bool] | None = None
        self._places: dict[int, str] | None = None
        self.anything = Node(True, "", None, {}, made=True)
        self.nothing = Node(False, "", None, {}, made=True)
        self.root = self._node(value, "", REGISTRY.resolver_with_root(resource))

    def child(self, node: Node, *steps: str | int) -> Node:
        """The subschema at these steps below a node."""
        value = node.value
        for step in steps:
            value = value[step]
        if isinstance(value, Node):
            return value
        if isinstance(value, dict) and (known := self._nodes.get(id(value))) is not None:
            return known  # before its path is put together, which costs more than all the rest
        return self._node(value, node.path + pointer(*steps), node.resolver)

    def make(self, value: dict[str, Json], origin: Node, key: str = "") -> Node:
        """A subschema that stands for part of another. Its subschemas are nodes. With a
        ``key``, the same one again for the same origin."""
        if key and (known := self._made.get((key, id(origin)))) is not None:
            return known
        node = Node(value, origin.path, origin.resolver, value, made=True)
        self._keep.append(node)
        if key:
            self._made[key, id(origin)] = node
        return node

    def remembered(self, node: Node, work_out: Callable[["Graph", Node], Any]) -> Any:
        """What ``work_out`` makes of a node, worked out once."""
        key = (id(work_out), id(node))
        if key not in self._facts:
            self._facts[key] = work_out(self, node)
        return self._facts[key]

    def both(self, nodes: list[Node]) -> Node:
        """All of these hold."""
        parts = [node for node in nodes if not node.anything]
        if len(parts) <= 1:
            return parts[0] if parts else self.anything
        return self.make({"allOf": parts}, parts[0], "both " + _ids(parts))

    def either(self, nodes: list[Node]) -> Node:
        """Any of these holds."""
        if any(node.anything for node in nodes):
            return self.anything
        return self.make({"anyOf": nodes}, nodes[0], "either " + _ids(nodes))

    def fixed(self, keyword: str, node: Node, target: Node) -> bool:
        """Whether a dynamic reference always leads to the same place: there is no second
        anchor that the way to it could pass."""
        if not target.path.startswith("/") and target.path:
            return False
        if self._anchors is None:
            self._anchors = Counter(
                anchor
                for value in objects(self.root.value)
                for anchor in (value.get("$dynamicAnchor"), "$id" in value or None)
                if isinstance(anchor, str | bool)
            ) + Counter("$recursive" for v in objects(self.root.value) if "$recursiveAnchor" in v)
        name = "$recursive" if keyword == "$recursiveRef" else str(node.value[keyword])[1:]
        return self._anchors[name] <= 1 and self._anchors[True] <= 1

    def admits(self, node: Node, value: Json) -> bool:
        """Whether a value is valid under one subschema; True where that took too long."""
        from qwen_app.decoding.json_schema.patterns import PatternTimeout
        from qwen_app.decoding.json_schema.validation import Exhausted, limited, safe_class

        validator = safe_class(self.dialect)(node.value, _resolver=node.resolver)
        try:
            with limited():
                return next(iter(validator.iter_errors(value)), None) is None
        except (Exhausted, PatternTimeout, RecursionError):
            return True

    def target(self, node: Node) -> Node:
        """Where the node's reference leads.

        Raises:
            SchemaRefused: nowhere, or to another host.
        """
        known = self._targets.get(id(node))
        if known is None:
            known = self._targets[id(node)] = self._resolve(node)
        return known

    def _resolve(self, node: Node) -> Node:
        from referencing.exceptions import Unresolvable

        keyword = next(
            key for key in ("$ref", "$recursiveRef", "$dynamicRef") if key in node.keywords
        )
        reference = node.keywords[keyword]
        try:
            found = node.resolver.lookup(reference)
            contents = found.contents
            if not isinstance(contents, dict | bool):
                raise TypeError
        except (Unresolvable, ValueError, TypeError, AttributeError, LookupError):
            path = node.path + pointer(keyword)
            shown = str(reference)[:200]
            if str(reference).startswith("#") or not str(reference):
                raise SchemaRefused(
                    Entry(
                        keyword,
                        path,
                        f"the {keyword} at {path} leads nowhere: {shown}",
                        f"{path} 处的 {keyword} 指向不存在的位置：{shown}",
                    )
                ) from None
            raise SchemaRefused(
                Entry(
                    keyword,
                    path,
                    f"the {keyword} at {path} leads out of the schema, and nothing is fetched: "
                    f"{shown}. Copy what it refers to into the schema.",
                    f"{path} 处的 {keyword} 指向 Schema 之外，而本程序不会联网获取：{shown}。"
                    "请把所引用的内容复制到 Schema 中。",
                )
            ) from None
        if self._places is None:
            self._places = places(self.root.value)
        path = self._places.get(id(contents), str(reference).removeprefix("#"))
        return self._node(contents, path, found.resolver)

    def _node(self, value: Json, path: str, resolver: Any) -> Node:
        key: int | str = path if isinstance(value, bool) else id(value)
        node = self._nodes.get(key)
        if node is None:
            keywords: dict[str, Json] = {}
            if isinstance(value, dict):
                keywords = self.dialect.effective(value)
                if isinstance(value.get(self.dialect.id_keyword), str):
                    resource = self._specification.create_resource(value)
                    resolver = resolver.in_subresource(resource)
            node = self._nodes[key] = Node(value, path, resolver, keywords)
            self._keep.append(value)
        return node

    def in_place(self, node: Node) -> Iterator[Node]:
        """Subschemas that look at the same value as the node itself."""
        for keyword in node.keywords:
            if keyword not in IN_PLACE:
                continue
            if "Ref" in keyword or keyword == "$ref":
                yield self.target(node)
                continue
            part = {keyword: node.keywords[keyword]}
            for steps, _ in children(part):
                yield self.child(node, *steps)

    def check_loops(self, node: Node) -> None:
        """Refuse a subschema that is defined by itself: no validator would ever end.

        Raises:
            SchemaRefused: naming the way round.
        """
        if id(node) in self._sound:
            return
        path: list[tuple[Node, Iterator[Node]]] = [(node, self.in_place(node))]
        active = {id(node)}
        while path:
            current, rest = path[-1]
            following = next(rest, None)
            if following is None:
                path.pop()
                active.discard(id(current))
                self._sound.add(id(current))
            elif id(following) in active:
                raise SchemaRefused(
                    Entry(
                        "$ref",
                        following.path,
                        f"the schema at {following.path or 'the root'} refers to itself without "
                        f"going into a value (by way of {current.path or 'the root'}), so that "
                        "checking it would never end.",
                        f"{following.path or '根'} 处的 Schema 在同一个值上引用了自身"
                        f"（经由 {current.path or '根'}），校验永远不会结束。",
                    )
                )
            elif id(following) not in self._sound:
                active.add(id(following))
                path.append((following, self.in_place(following)))


def _ids(nodes: Iterable[Node]) -> str:
    return " ".join(str(id(node)) for node in nodes)
