"""All conjunctions that a schema leads to, each brought to its form, within a limit of work."""

from collections.abc import Callable, Iterable

from qwen_app.decoding.json_schema.document import SchemaRefused
from qwen_app.decoding.json_schema.expand import REFERENCES, Expander, Key
from qwen_app.decoding.json_schema.forms import (
    Arrays,
    Form,
    Objects,
    Shape,
    Simple,
    Strings,
    Values,
    keys_of,
)
from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.merge import merge
from qwen_app.decoding.json_schema.report import Entry
from qwen_app.decoding.json_schema.values import ALL_TYPES

MOST_WORK = 60_000
"""Subschemas, properties and values put together, at some 10 us each."""
_DEPTH = 3
"""Of required properties looked into to tell the branches of a ``oneOf`` apart."""


class Builder:
    """Makes forms as they are asked for, and keeps them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._forms: dict[tuple[int, ...], Form] = {}
        self._empty: dict[tuple[int, ...], bool] = {}
        self._disjoint: dict[tuple[int, int], bool] = {}
        self._expander = Expander(graph, self)
        self._work = 0

    def key(self, nodes: Iterable[Node]) -> Key:
        """The conjunction of subschemas: references followed, repetitions left out."""
        found: dict[int, Node] = {}
        for node in nodes:
            while len(node.keywords) == 1 and "$ref" in node.keywords:
                self._graph.check_loops(node)
                node = self._graph.target(node)
            if node.value is False:
                return (self._graph.nothing,)
            if not node.anything:
                found[id(node)] = node
        return tuple(found.values())

    def form(self, key: Key) -> Form:
        """Raises:
        SchemaRefused: more than `MOST_WORK`, or a reference leads nowhere.
        """
        ids = tuple(map(id, key))
        form = self._forms.get(ids)
        if form is None:
            form = self._forms[ids] = self._make(key)
            self._spend(1 + sum(_size(option) for option in form.options))
        return form

    def _make(self, key: Key) -> Form:
        if not key:
            return Form("", anything=True)
        form = Form(key[0].path)
        expansion = self._expander.expand(key)
        form.nodes = list(expansion.nodes.values())
        form.dropped = expansion.dropped
        self._spend(len(form.nodes))
        if expansion.union is not None:
            form.options = list(dict.fromkeys(map(self.key, expansion.union)))
            if any(option == () for option in form.options):
                form.anything = True
            return form
        found: dict[Shape, None] = {}
        for nodes in expansion.alternatives:
            self._spend(len(nodes))
            found |= dict.fromkeys(merge(self._graph, nodes, form, self.key))
        form.options = list(found)
        if not expansion.alternatives and expansion.fruitless is not None:
            choice = expansion.fruitless
            form.contradictions.append(
                (
                    (choice.keyword, choice.node.path),
                    "no branch is possible along with what stands beside it",
                    "没有一个分支能与同处的其他限制同时满足",
                )
            )
        form.anything = len(found) >= len(ALL_TYPES) - 1 and _says_nothing(found)
        return form

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MOST_WORK:
            raise SchemaRefused(
                Entry(
                    "",
                    "",
                    "its rules combine to more cases than can be compiled; simplify or split it.",
                    "其中的规则组合出的情况过多，无法编译，请简化或拆分。",
                )
            )

    def disjoint(self, one: Node, other: Node) -> bool:
        """Surely no value is valid under both."""
        pair = (id(one), id(other)) if id(one) < id(other) else (id(other), id(one))
        known = self._disjoint.get(pair)
        if known is None:
            self._disjoint[pair] = False  # while it is being found out
            known = self._disjoint[pair] = self._surely_empty(self.key([one, other]), _DEPTH)
        return known

    def _surely_empty(self, key: Key, depth: int) -> bool:
        if not key or depth < 0:
            return False
        ids = tuple(map(id, key))
        known = self._empty.get(ids)
        if known is None:
            form = self.form(key)
            if form.anything:
                return False
            known = not any(
                alive(option, lambda inner: not self._surely_empty(inner, depth - 1))
                for option in form.options
            )
            if depth == _DEPTH or known:
                self._empty[ids] = known
        return known


def reachable(builder: Builder, root: Key) -> dict[Key, Form]:
    """The forms that a conjunction leads to, its own first."""
    found: dict[Key, Form] = {}
    open_ = [root]
    while open_:
        key = open_.pop()
        if key in found:
            continue
        form = found[key] = builder.form(key)
        if not form.anything:
            for option in reversed(form.options):
                open_ += [inner for inner in reversed(keys_of(option)) if inner not in found]
    return found


def inhabited(forms: dict[Key, Form]) -> set[Key]:
    """The conjunctions for which there is a value that is not infinitely deep."""
    found: set[Key] = set()
    grown = True
    while grown:
        grown = False
        # Inner forms come later, so one pass backwards settles all but recursion.
        for key in reversed(forms):
            form = forms[key]
            if key not in found and (
                form.anything or any(alive(option, found.__contains__) for option in form.options)
            ):
                found.add(key)
                grown = True
    return found


def bounded(forms: dict[Key, Form]) -> set[Key]:
    """The conjunctions that lead into no recursion."""
    found: set[Key] = set()
    grown = True
    while grown:
        grown = False
        for key in reversed(forms):
            form = forms[key]
            if key not in found and (
                form.anything
                or all(inner in found for option in form.options for inner in keys_of(option))
            ):
                found.add(key)
                grown = True
    return found


def alive(option: Shape | Key, inhabited: Callable[[Key], bool]) -> bool:
    """Whether some value has the shape, given which conjunctions have values."""
    if isinstance(option, tuple):
        return inhabited(option)
    if isinstance(option, Arrays):
        longest = reach(option, inhabited)
        return longest is None or option.least <= longest
    if isinstance(option, Objects):
        named = {name: inhabited(key) for name, key in option.named}
        if not all(named[name] for name in option.required):
            return False
        if option.most is not None and max(len(option.required), option.least) > option.most:
            return False
        return (
            option.least <= sum(named.values())
            or inhabited(option.rest)
            or any(inhabited(key) for _, key in option.patterns)
        )
    return True


def reach(shape: Arrays, inhabited: Callable[[Key], bool]) -> int | None:
    """The most items that an array of the shape can have."""
    for index, key in enumerate(shape.prefix):
        if not inhabited(key):
            return index if shape.most is None else min(index, shape.most)
    if not inhabited(shape.rest):
        length = len(shape.prefix)
        return length if shape.most is None else min(length, shape.most)
    return shape.most


def _size(option: Shape | Key) -> int:
    if isinstance(option, Values):
        return len(option.texts)
    return len(keys_of(option))


def _says_nothing(options: Iterable[Shape]) -> bool:
    from qwen_app.decoding.json_schema.forms import Numbers

    wanted = {Simple("null"), Simple("boolean"), Numbers(False), Strings(), Arrays(), Objects()}
    return wanted <= set(options)


__all__ = ["REFERENCES", "Builder", "alive", "inhabited", "reach", "reachable"]
