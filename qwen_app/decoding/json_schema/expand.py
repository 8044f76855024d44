"""A conjunction of subschemas as alternatives of plain ones.

``$ref`` and ``allOf`` add to the conjunction; ``anyOf``, ``oneOf``, ``not``, ``if`` and the
dependencies split it. What is left in each alternative are subschemas whose remaining keywords
look at one value alone, for `merge` to put together. A split that would make too many
alternatives, or that cannot be said exactly, is dropped or widened and kept as a check, so the
alternatives together allow every valid value, and maybe more.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.negation import forbid, negate, unless
from qwen_app.decoding.json_schema.obvious import obviously_empty

MOST_ALTERNATIVES = 64
"""Of one conjunction with several splits. Each repeats the properties of an object."""
MOST_BRANCHES = 3_000
"""Of one ``anyOf``: more would be too large a grammar."""
MOST_PAIRS = 600
"""Branches of a ``oneOf`` compared two by two, at some 0.2 ms a pair."""

Key = tuple[Node, ...]
"""A conjunction: all of these subschemas hold. The empty one allows anything."""
Place = tuple[str, str]
"""(keyword, JSON pointer of the subschema it stands in)"""
Order = tuple[int, ...]

REFERENCES = ("$ref", "$recursiveRef", "$dynamicRef")
_SPLITS = {"anyOf", "oneOf", "not", "if", "dependencies", "dependentRequired"} | {
    "dependentSchemas",
}
SILENT = {"then", "else", "minContains", "maxContains", "definitions", "$defs"}
"""Read along with other keywords, or nothing at all."""


class Judge(Protocol):
    def disjoint(self, one: Node, other: Node) -> bool:
        """Surely no value is valid under both."""


@dataclass(slots=True)
class Choice:
    keyword: str
    node: Node
    order: Order
    branches: list[list[Node]]


@dataclass(slots=True)
class Alternative:
    """A conjunction under way: ``parts`` are plain, the rest is still to be taken apart."""

    parts: list[tuple[Order, Node]] = field(default_factory=list)
    todo: list[tuple[Order, Node]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    dead: bool = False
    forbidden: bool = False
    """It is dead because ``false`` is among its subschemas."""

    def plain(self) -> list[Node]:
        """Its subschemas in the order in which their properties are to be generated."""
        return [node for _, node in sorted(self.parts, key=lambda part: part[0])]


@dataclass(slots=True)
class Expansion:
    alternatives: list[list[Node]] = field(default_factory=list)
    union: list[list[Node]] | None = None
    """Instead of alternatives: the conjunction is nothing but this choice."""
    nodes: dict[int, Node] = field(default_factory=dict)
    """All that were met."""
    fruitless: Choice | None = None
    """The last choice of which no branch was possible."""
    dropped: dict[Place, str] = field(default_factory=dict)
    """What has to be checked, and why."""


class Expander:
    def __init__(self, graph: Graph, judge: Judge) -> None:
        self._graph = graph
        self._judge = judge

    def expand(self, key: Key) -> Expansion:
        result = Expansion()
        first = Alternative(todo=[((i,), node) for i, node in enumerate(key)])
        self._settle(first, result)
        if first.dead:
            if not first.forbidden:
                result.alternatives.append(first.plain())  # `merge` finds the reason
            return result
        if not first.parts and len(first.choices) == 1:
            result.union = first.choices[0].branches
            return result
        open_ = deque([first])
        while open_:
            current = open_.popleft()
            if not current.choices:
                result.alternatives.append(current.plain())
                continue
            choice = current.choices.pop(0)
            count = len(result.alternatives) + len(open_) + len(choice.branches)
            alone = not open_ and not result.alternatives
            if count > MOST_ALTERNATIVES and not (alone and not current.choices):
                result.dropped[choice.keyword, choice.node.path] = "many"
                open_.appendleft(current)
                continue
            before = len(open_)
            for index, branch in enumerate(choice.branches):
                grown = Alternative(
                    list(current.parts),
                    [((*choice.order, index, i), node) for i, node in enumerate(branch)],
                    list(current.choices),
                    set(current.seen),
                )
                self._settle(grown, result)
                if not grown.dead:
                    open_.append(grown)
            if len(open_) == before:
                result.fruitless = choice
        return result

    def _settle(self, current: Alternative, result: Expansion) -> None:
        """Take apart all that leaves no choice."""
        while current.todo:
            order, node = current.todo.pop(0)
            if id(node) in current.seen or node.anything:
                continue
            current.seen.add(id(node))
            if node.value is False:
                current.dead = current.forbidden = True
                return
            result.nodes[id(node)] = node
            self._graph.check_loops(node)
            plain = False
            position = order
            for index, keyword in enumerate(node.keywords):
                here = (*order, index)
                inner = self._together(node, keyword, result)
                if inner is not None:
                    current.todo += [((*here, i), part) for i, part in enumerate(inner)]
                elif keyword in _SPLITS:
                    current.choices += self._choices(node, keyword, here, result)
                elif keyword not in SILENT:
                    plain = True
                    if keyword == "properties":
                        position = here
            if plain:
                current.parts.append((position, node))
        if len(current.parts) > 1 and not current.dead:
            current.dead = obviously_empty(self._graph, current.plain())

    def _together(self, node: Node, keyword: str, result: Expansion) -> list[Node] | None:
        """Subschemas that hold along with the node, where the keyword says no more than that."""
        value = node.keywords[keyword]
        if keyword in REFERENCES:
            target = self._graph.target(node)
            if keyword != "$ref" and not self._graph.fixed(keyword, node, target):
                result.dropped[keyword, node.path] = "dynamic"
                return []
            return [target]
        if keyword == "allOf" or (keyword == "extends" and isinstance(value, list)):
            return [self._graph.child(node, keyword, i) for i in range(len(value))]
        if keyword == "extends":
            return [self._graph.child(node, keyword)]
        return None

    def _choices(
        self, node: Node, keyword: str, order: Order, result: Expansion
    ) -> Iterator[Choice]:
        graph, place = self._graph, (keyword, node.path)
        value: Json = node.keywords[keyword]
        branches: list[list[Node]] | None
        if keyword in {"anyOf", "oneOf"}:
            parts = [graph.child(node, keyword, i) for i in range(len(value))]
            if len(parts) > MOST_BRANCHES:
                result.dropped[place] = "many"
                return
            branches = [[part] for part in parts]
            if keyword == "oneOf":
                branches = self._exclusive(parts, place, result)
            yield Choice(keyword, node, order, branches)
        elif keyword == "not":
            branches = negate(graph, graph.child(node, "not"))
            if branches is None:
                result.dropped[place] = "not"
            else:
                yield Choice(keyword, node, order, branches)
        elif keyword == "if":
            yield from self._conditional(node, order, result)
        else:
            for name, needs in value.items():
                if isinstance(needs, list | str):
                    keys = [needs] if isinstance(needs, str) else list(needs)
                    need = graph.make({"required": keys}, node, f"{keyword} {name}")
                else:
                    need = graph.child(node, keyword, name)
                if need.anything or (isinstance(needs, list) and not needs):
                    continue
                present = graph.make(
                    {"type": "object", "required": [name]}, node, f"required {name}"
                )
                yield Choice(keyword, node, order, [[present, need], [forbid(graph, node, name)]])

    def _conditional(self, node: Node, order: Order, result: Expansion) -> Iterator[Choice]:
        graph = self._graph
        then = graph.child(node, "then") if "then" in node.value else graph.anything
        other = graph.child(node, "else") if "else" in node.value else graph.anything
        if then.anything and other.anything:
            return
        condition = graph.child(node, "if")
        negation = negate(graph, condition)
        if negation is None:
            result.dropped["if", node.path] = "not"
            yield Choice("if", node, order, [[condition, then], [other]])
        else:
            yield Choice(
                "if", node, order, [[condition, then], *([*branch, other] for branch in negation)]
            )

    def _exclusive(self, parts: list[Node], place: Place, result: Expansion) -> list[list[Node]]:
        """Branches of which exactly one holds: each without those that it has values with."""
        branches: list[list[Node]] = [[part] for part in parts]
        if len(parts) * (len(parts) - 1) // 2 > MOST_PAIRS:
            result.dropped[place] = "overlap"
            return branches
        for i, part in enumerate(parts):
            for j, other in enumerate(parts):
                if i == j or self._judge.disjoint(part, other):
                    continue
                excluded = unless(self._graph, other)
                if excluded is None:
                    result.dropped[place] = "overlap"
                else:
                    branches[i].append(excluded)
        return branches
