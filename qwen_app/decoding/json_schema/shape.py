"""What a normal-form schema says about the value at hand, and the least text that satisfies it.

The schema is the normal form that `compile` documents: ``$ref``, ``anyOf``, ``enum``, or one
``type`` with that type's keywords. Here references and alternatives are opened lazily into
*options*, each of one type. Costs are counted in bytes, of which a token has at least one.
"""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, inf, isfinite, lcm
from typing import TYPE_CHECKING, Any

from qwen_app.decoding.json_schema import regexp

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


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One way in which a value may be valid. Compared by identity: `Shape` makes each once."""

    type: str
    """As in JSON Schema, ``integer`` included; ``literal`` for a scalar of an ``enum``."""
    rules: Mapping[str, Any]
    literal: str = ""
    """The scalar's JSON text."""

    @property
    def kind(self) -> str:
        """The type that the value's first character tells: integers are numbers."""
        if self.type == "literal":
            return {'"': "string", "n": "null", "t": "boolean", "f": "boolean"}.get(
                self.literal[0], "number"
            )
        return "number" if self.type == "integer" else self.type


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
                yield _literal(value)
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
                left = regexp.after_text(regexp.parse(pattern), key)
            except regexp.Unreadable:
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
                tree = regexp.parse(pattern)
            except regexp.Unreadable:
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


def _literal(value: Any) -> Option:
    """An option for exactly this value; arrays and objects become schemas of their parts."""
    if isinstance(value, dict):
        return Option(
            "object",
            {
                "properties": {key: {"enum": [child]} for key, child in value.items()},
                "required": list(value),
                "additionalProperties": False,
            },
        )
    if isinstance(value, list):
        return Option(
            "array",
            {
                "prefixItems": [{"enum": [child]} for child in value],
                "items": False,
                "minItems": len(value),
                "maxItems": len(value),
            },
        )
    return Option("literal", {}, dumps(value))


# --- scalars --------------------------------------------------------------------------------


def scalars(option: Option, written: str = "") -> Iterator[str]:
    """Texts of a scalar that begin with ``written``, the likely cheapest first; not all of them
    need be valid."""
    match option.type:
        case "literal":
            if option.literal.startswith(written):
                yield option.literal
        case "null":
            yield from _those(written, "null")
        case "boolean":
            yield from _those(written, "true", "false")
        case "string":
            yield from strings(option.rules, written)
        case "integer" | "number":
            yield from numbers(option.rules, option.type == "integer", written)


def _those(written: str, *texts: str) -> Iterator[str]:
    return (text for text in texts if text.startswith(written))


def expression(rules: Mapping[str, Any]) -> list[regexp.Node]:
    """What a string must match, all of it.

    Raises:
        Unreadable: a pattern or format that this side does not know.
    """
    trees = []
    if "pattern" in rules:
        trees.append(regexp.parse(rules["pattern"]))
    if "format" in rules:
        trees.append(regexp.format_expression(rules["format"]))
    return trees


def strings(rules: Mapping[str, Any], written: str = "") -> Iterator[str]:
    """JSON texts of strings that begin with ``written``, which is JSON text too and ends neither
    within an escape nor within a character."""
    begun = '"' + written[1:]
    try:
        content = json.loads(begun + '"', strict=False)
        trees = expression(rules)
    except (ValueError, RecursionError):
        return
    short = max(0, int(rules.get("minLength", 0)) - len(content))
    if short > 100_000:
        return
    if not trees:
        yield begun + "." * short + '"'
        return
    left = [regexp.after_text(tree, content) for tree in trees]
    for tree in left:
        for more in range(short, short + 8):
            text = regexp.shortest(tree, more)
            if text is None:
                break
            if all(regexp.nullable(regexp.after_text(other, text)) for other in left):
                yield begun + dumps(text)[1:]
                break


def numbers(rules: Mapping[str, Any], whole: bool, written: str = "") -> Iterator[str]:
    """JSON texts of numbers in range that begin with ``written``."""
    if not written:
        texts = {_plain(value) for value in _candidates(rules, whole)}
        yield from (text for text in sorted(texts, key=_in_order) if _fits(text, rules, whole))
    elif "e" in written.lower():
        texts = {
            written + more for more in ("", *_TEN, *(f"{sign}{d}" for sign in "+-" for d in _TEN))
        }
        yield from (text for text in sorted(texts, key=_in_order) if _fits(text, rules, whole))
    else:
        yield from _longer_numbers(rules, whole, written)


_TEN = "0123456789"
_MOST_DIGITS = 20


def _longer_numbers(rules: Mapping[str, Any], whole: bool, written: str) -> Iterator[str]:
    """For each number of digits more, with and without a decimal point, the one nearest to 0."""
    negative = written.startswith("-")
    before, point, behind = written.removeprefix("-").partition(".")
    for more in range(_MOST_DIGITS):
        shapes: list[
            tuple[str, int, int]
        ] = []  # fixed digits, free digits, of them behind the point
        if point:
            shapes.append((before + behind, more, len(behind) + more))
        else:
            if more == 0 or before != "0":
                shapes.append((before, more, 0))
            if not whole and before and more:
                shapes.append((before, more, more))
        for fixed, free, places in shapes:
            if (point and not behind and not more) or not (fixed or free):
                continue
            text = _nearest(rules, negative, fixed, free, places)
            if text is not None and _fits(text, rules, whole):
                yield text


def _nearest(
    rules: Mapping[str, Any], negative: bool, fixed: str, free: int, places: int
) -> str | None:
    """The number of least magnitude whose digits are ``fixed`` and so many free ones, the last
    ``places`` of them behind the point, that satisfies the rules."""
    unit = Fraction(1, 10**places)
    low = int(fixed or "0") * 10**free
    high = low + 10**free - 1
    if not fixed and free > 1:
        low = 10 ** (free - 1)  # no leading zero
    least, most = low * unit, high * unit
    names = ("maximum", "exclusiveMaximum") if negative else ("minimum", "exclusiveMinimum")
    step = _fraction(rules.get("multipleOf"))
    grid = _common_multiple(unit, abs(step)) if step else unit
    for name in names:
        limit = _fraction(rules.get(name))
        if limit is not None:
            limit = -limit if negative else limit
            least = max(
                least, limit + grid if name.startswith("e") and limit % grid == 0 else limit
            )
    value = ceil(least / grid) * grid
    if value > most:
        return None
    digits = str(int(value / unit)).rjust(places + 1, "0")
    if len(digits) < len(fixed) + free:
        digits = digits.rjust(len(fixed) + free, "0")
    cut = len(digits) - places
    return ("-" if negative else "") + digits[:cut] + ("." + digits[cut:] if places else "")


def _common_multiple(a: Fraction, b: Fraction) -> Fraction:
    below = lcm(a.denominator, b.denominator)
    return Fraction(lcm(int(a * below), int(b * below)), below)


def _in_order(text: str) -> tuple[int, str]:
    return len(text), text


def _fits(text: str, rules: Mapping[str, Any], whole: bool) -> bool:
    if not _NUMBER.fullmatch(text) or (whole and not text.lstrip("-").isdigit()):
        return False
    value = Fraction(text)
    for name, holds in _LIMITS.items():
        limit = _fraction(rules.get(name))
        if limit is not None and not holds(value, limit):
            return False
    step = _fraction(rules.get("multipleOf"))
    return not step or (value / step).denominator == 1


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_LIMITS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}


def _fraction(number: Any) -> Fraction | None:
    """Exactly the number that its JSON text says, not the float nearest to it."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return Fraction(repr(number)) if isfinite(number) else None


def _candidates(rules: Mapping[str, Any], whole: bool) -> Iterator[Fraction]:
    yield from map(Fraction, (0, 1, -1, 2, 10, 100))
    ends = [end for name in _LIMITS if (end := _fraction(rules.get(name))) is not None]
    step = _fraction(rules.get("multipleOf"))
    if step:
        step = abs(step)
        for end in (*ends, Fraction(0)):
            base = ceil(end / step)
            yield from (n * step for n in (base - 1, base, base + 1))
    for end in ends:
        yield from map(Fraction, (ceil(end) - 1, ceil(end), ceil(end) + 1))
        if not whole:
            yield end
            for power in range(1, 18):
                yield from (end + Fraction(sign, 10**power) for sign in (1, -1))
    if not whole:
        yield from (Fraction(1, 2), Fraction(1, 10), Fraction(-1, 2))


def _plain(value: Fraction) -> str:
    """A number's text without an exponent, to 20 decimal places."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.20f}".rstrip("0").rstrip(".")
