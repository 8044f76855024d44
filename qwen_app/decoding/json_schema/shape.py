"""What a normal-form schema says about the value at hand, and the least text that satisfies it.

The schema is the normal form that `compile` documents: ``$ref``, ``anyOf``, ``enum``, or one
``type`` with that type's keywords. Here references and alternatives are opened lazily into
*options*, each of one type. Costs are counted in bytes, of which a token has at least one.
"""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import TYPE_CHECKING, Any

from qwen_app.decoding.json_schema import regexp, regexp_syntax
from qwen_app.decoding.json_schema.least_scalars import scalars
from qwen_app.decoding.json_schema.option import Option, dumps, literal_option

if TYPE_CHECKING:
    from qwen_app.decoding.json_schema.reader import Frame

Node = Any
"""A schema: a bool, or a dict as JSON gives it."""

_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_MOST = 10_000_000.0
"""Bytes; a value that needs more has no least text."""
_MOST_ENUM = 20_000
_MOST_KEPT = 10_000
"""Lists of options whose order is remembered."""


class Shape:
    """The options and least texts of one schema, for one tokenizer; filled as they are asked
    for, and safe to share between answers that run in one thread or several (the worst that a
    race does is to compute the same twice).

    Args:
        schema: normal form.
        example: the JSON text of a string under rules that this side cannot read, if there is one.
    """

    def __init__(
        self, schema: Node, example: Callable[[Mapping[str, Any]], str | None] = lambda _: None
    ) -> None:
        self._definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
        self._example = example
        self._ranked: dict[int, tuple[tuple[Option, ...], list[Option]]] = {}
        self._by_kind: dict[int, tuple[tuple[Option, ...], dict[str, tuple[Option, ...]]]] = {}
        self._texts: dict[int, str | None] = {}
        self._options: dict[int, tuple[Option, ...]] = {}
        self._children: dict[tuple[int, object], Node] = {}
        self._kept: list[Node] = []  # ids are only unique while their objects live
        self._costs: dict[int, float] = {}  # of options, by id
        self._any = tuple(Option(name, {}) for name in _TYPES)
        self.root = self.options(schema)

    # --- what may stand here ------------------------------------------------------------------

    def options(self, node: Node) -> tuple[Option, ...]:
        """All ways to satisfy a node; none if it is ``false``."""
        if node is True or node == {}:
            return self._any
        if node is False:
            return ()
        known = self._options.get(id(node))
        if known is None:
            self._kept.append(node)
            known = self._options[id(node)] = tuple(self._open(node, set()))
        return known

    def _open(self, node: Node, seen: set[str]) -> Iterator[Option]:
        if node is True or node == {}:
            yield from self._any
        elif node is False:
            return
        elif "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if node["$ref"] == "#" or name not in seen:
                yield from self._open(self._definitions.get(name, False), seen | {name})
        elif "anyOf" in node:
            for option in node["anyOf"]:
                yield from self._open(option, seen)
        elif "enum" in node or "const" in node:
            values = node["enum"] if "enum" in node else [node["const"]]
            for value in values[:_MOST_ENUM]:
                yield literal_option(value)
        elif "type" in node:
            yield Option(node["type"], node)
        else:  # keywords that speak of one type each allow all others: not in the normal form
            yield from (Option(name, node) for name in _TYPES)

    def property(self, option: Option, key: str) -> Node:
        """The schema of a member of an object; False if it may not be there."""
        known = self._children.get((id(option), key))
        if known is None:
            known = self._property(option.rules, key)
            if len(self._children) < 50_000:
                self._kept.append(option)
                self._children[id(option), key] = known
        return known

    def _property(self, rules: Mapping[str, Any], key: str) -> Node:
        properties = rules.get("properties", {})
        if key in properties:
            return properties[key]
        for pattern, node in rules.get("patternProperties", {}).items():
            try:
                left = regexp.after_text(regexp_syntax.parse(pattern), key)
            except regexp_syntax.Unreadable:
                return node
            if regexp.nullable(left):
                return node
        return rules.get("additionalProperties", True)

    def at_hand(self, frame: "Frame") -> tuple[Option, ...]:
        """The options of the member or item at hand, all of the frame's options together."""
        if len(frame.options) == 1:
            return self.options(frame.child(self, frame.options[0]))
        found: dict[Option, None] = {}
        for option in frame.options:
            found.update(dict.fromkeys(self.options(frame.child(self, option))))
        return tuple(found)

    def item(self, option: Option, index: int) -> Node:
        """The schema of an array's item; False if it may not be there."""
        rules = option.rules
        most = rules.get("maxItems")
        if most is not None and index >= most:
            return False
        prefix = rules.get("prefixItems", ())
        return prefix[index] if index < len(prefix) else rules.get("items", True)

    # --- the least text -----------------------------------------------------------------------

    def cost(self, option: Option) -> float:
        """Tokens of the least text, about; infinite if there is none."""
        if option.type == "literal":
            return float(len(option.literal))
        known = self._costs.get(id(option))
        return self._settle(option) if known is None else known

    def node_cost(self, node: Node) -> float:
        return min(map(self.cost, self.options(node)), default=inf)

    def ranked(self, options: tuple[Option, ...]) -> list[Option]:
        """Those that can be satisfied, cheapest first."""
        known = self._ranked.get(id(options))
        if known is None:
            costs = {option: self.cost(option) for option in options}
            possible = [option for option in options if costs[option] < _MOST]
            if len(self._ranked) > _MOST_KEPT:
                self._ranked.clear()
            known = self._ranked[id(options)] = options, sorted(possible, key=costs.__getitem__)
        return known[1]

    def of_kind(self, options: tuple[Option, ...], kind: str) -> tuple[Option, ...]:
        """Those whose first character tells this type."""
        known = self._by_kind.get(id(options))
        if known is None:
            sorted_out: dict[str, list[Option]] = {}
            for option in options:
                sorted_out.setdefault(option.kind, []).append(option)
            if len(self._by_kind) > _MOST_KEPT:
                self._by_kind.clear()
            kinds = {name: tuple(some) for name, some in sorted_out.items()}
            known = self._by_kind[id(options)] = options, kinds
        return known[1].get(kind, ())

    def _scalar(self, option: Option) -> str | None:
        """The least text of a scalar."""
        if id(option) not in self._texts:
            text = next(scalars(option), None)
            if text is None and option.type == "string":
                text = self._example(option.rules)
            self._kept.append(option)
            self._texts[id(option)] = text
        return self._texts[id(option)]

    def least(self, option: Option) -> str:
        """The least text itself. Only for options of finite cost; its length is about that."""
        if option.type == "object":
            members = (
                f"{dumps(key)}:{self._least_node(node)}"
                for key, node in self.needed(option, frozenset())
            )
            return "{" + ",".join(members) + "}"
        if option.type == "array":
            count = option.rules.get("minItems", 0)
            return (
                "[" + ",".join(self._least_node(self.item(option, i)) for i in range(count)) + "]"
            )
        return self._scalar(option) or "null"

    def _least_node(self, node: Node) -> str:
        return self.least(min(self.options(node), key=self.cost))

    def needed(self, option: Option, written: frozenset[str]) -> list[tuple[str, Node]]:
        """The members that an object still needs, in the order of their generation."""
        rules = option.rules
        required = rules.get("required", ())
        properties = rules.get("properties", {})
        wanted = set(required) - written
        keys = [key for key in properties if key in wanted]
        keys += [key for key in required if key in wanted and key not in properties]
        short = rules.get("minProperties", 0) - len(written) - len(keys)
        if short > 0:
            # Some that are not required: they must stand in their own places.
            more = [
                k
                for k, n in properties.items()
                if k not in wanted and k not in written and n is not False
            ]
            more = sorted(more, key=lambda k: self.node_cost(properties[k]))[:short]
            keys = [key for key in properties if key in wanted or key in more] + [
                key for key in keys if key not in properties
            ]
            keys += self.other_keys(option, written.union(keys), short - len(more))
        return [(key, self.property(option, key)) for key in keys]

    def other_keys(self, option: Option, written: frozenset[str], count: int) -> list[str]:
        """Keys that are no named properties, made up."""
        if count <= 0:
            return []
        rules = option.rules
        found: list[str] = []
        if rules.get("additionalProperties", True) is not False:
            names = (f"k{number}" for number in range(1, count + len(written) + 100))
            for name in names:
                if name not in written and name not in rules.get("properties", {}):
                    found.append(name)
                    if len(found) == count:
                        return found
        for pattern in rules.get("patternProperties", {}):
            try:
                tree = regexp_syntax.parse(pattern)
            except regexp_syntax.Unreadable:
                continue
            for length in range(12):
                text = regexp.shortest(tree, length)
                if text is not None and text not in written and text not in found:
                    found.append(text)
                    if len(found) == count:
                        return found
        return found

    def _settle(self, option: Option) -> float:
        """The costs of an option and of all that it needs: the least solution of
        cost = own tokens + costs of the needed, by rounds until nothing becomes cheaper."""
        reached: dict[int, tuple[Option, float, list[list[Option]]]] = {}
        waiting = [option]
        while waiting:
            one = waiting.pop()
            if id(one) in reached or id(one) in self._costs:
                continue
            own, groups = self._parts(one)
            reached[id(one)] = (one, own, groups)
            for group in groups:
                waiting += group
        costs = dict.fromkeys(reached, inf)
        changed = True
        while changed:
            changed = False
            for key, (_, own, groups) in reached.items():
                total = own
                for group in groups:
                    total += min(
                        (self._costs.get(id(o), costs.get(id(o), inf)) for o in group), default=inf
                    )
                if total < costs[key] and total < _MOST:
                    costs[key] = total
                    changed = True
        self._kept += [one for one, _, _ in reached.values()]
        self._costs |= costs
        return self._costs[id(option)]

    def _parts(self, option: Option) -> tuple[float, list[list[Option]]]:
        """An option's own tokens, and for each child that it needs the child's options."""
        if option.type == "object":
            needed = self._needed_cheaply(option)
            own = 2.0 + sum(len(dumps(key).encode()) + 2 for key, _ in needed)
            return own, [list(self.options(node)) for _, node in needed]
        if option.type == "array":
            count = int(option.rules.get("minItems", 0))
            if count > 100_000:
                return inf, []
            groups = [list(self.options(self.item(option, i))) for i in range(min(count, 1_000))]
            if count > 1_000:  # all beyond the prefix are alike
                groups += [groups[-1]] * (count - 1_000)
            return 2.0 + count, groups
        text = self._scalar(option)
        return (inf if text is None else float(len(text.encode()))), []

    def _needed_cheaply(self, option: Option) -> list[tuple[str, Node]]:
        """`needed`, without asking for costs where they are being computed."""
        if option.rules.get("minProperties", 0) <= len(option.rules.get("required", ())):
            return self.needed(option, frozenset())
        rules = option.rules
        properties = [k for k, node in rules.get("properties", {}).items() if node is not False]
        keys = [*rules.get("required", ())]
        keys += [key for key in properties if key not in keys]
        keys = keys[: max(len(rules.get("required", ())), rules["minProperties"])]
        keys += self.other_keys(option, frozenset(keys), rules["minProperties"] - len(keys))
        return [(key, self.property(option, key)) for key in keys]
