"""Plain subschemas that all hold, put together to one shape for each type of value."""

import json
from collections.abc import Callable, Iterable

from qwen_app.decoding.json_schema import containers, scalars
from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.document import SchemaRefused
from qwen_app.decoding.json_schema.expand import Key
from qwen_app.decoding.json_schema.forms import Form, Numbers, Shape, Simple, Strings, Values
from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.negation import NOT_ENUM
from qwen_app.decoding.json_schema.report import Entry
from qwen_app.decoding.json_schema.values import ALL_TYPES, LARGEST, same, type_set, types_of

MOST_COMPARED = 2_000
"""Objects and arrays in an ``enum`` that are validated against what stands beside it."""

MOST_LISTED = 20_000
"""Values of one ``enum``: half a second of work."""

MakeKey = Callable[[Iterable[Node]], Key]


def merge(graph: Graph, nodes: list[Node], form: Form, key: MakeKey) -> list[Shape]:
    """Shapes of the values for which all of the subschemas hold, each a little too wide where
    ``form.dropped`` says so. ``key`` makes a conjunction of subschemas."""
    types = set(ALL_TYPES)
    for node in nodes:
        if "type" in node.keywords:
            allowed = type_set(node.keywords["type"])
            if allowed is None:
                form.dropped["type", node.path] = "draft-03"
            else:
                types &= allowed
        if "disallow" in node.keywords:
            form.dropped["disallow", node.path] = "draft-03"
    if not types:
        _contradiction(form, nodes, "type", "the types exclude each other", "类型互相排斥")
        return []
    values = _values(graph, nodes, types, form)
    if values is not None:
        return _enumeration(graph, nodes, values, form)
    shapes: list[Shape] = []
    for kind in ("null", "boolean"):
        if kind in types:
            shapes += _few(nodes, [None] if kind == "null" else [True, False], kind)
    if types & {"integer", "real"}:
        if "integer" not in types:  # left by `not: {"type": "integer"}` and the like
            _drop(form, nodes, "type", "integer")
        numbers = scalars.numbers(nodes, form, integer="real" not in types)
        shapes += [numbers] if numbers else []
    if "string" in types:
        strings = scalars.strings(nodes, form)
        shapes += [strings] if strings else []
    if "array" in types:
        arrays = containers.arrays(graph, nodes, form, key)
        shapes += [arrays] if arrays else []
    if "object" in types:
        objects = containers.objects(graph, nodes, form, key)
        shapes += [objects] if objects else []
    return shapes


def _few(nodes: list[Node], all_: list[Json], kind: str) -> list[Shape]:
    """``null`` or booleans, less what ``not`` excludes."""
    excluded = {same(value) for node in nodes for value in node.keywords.get(NOT_ENUM, ())}
    left = [value for value in all_ if same(value) not in excluded]
    if len(left) == len(all_):
        return [Simple(kind)]
    return [Values(tuple(map(json.dumps, left)))] if left else []


def _values(graph: Graph, nodes: list[Node], types: set[str], form: Form) -> dict[str, Json] | None:
    """The values that ``const`` and ``enum`` leave, by what makes them the same; None where
    there is neither."""
    loose = graph.dialect.name not in {"draft-03", "draft-04"}
    found: dict[str, Json] | None = None
    for node in nodes:
        for keyword in ("const", "enum"):
            if keyword not in node.keywords:
                continue
            listed = node.keywords[keyword]
            if keyword == "enum" and len(listed) > MOST_LISTED:
                path = node.path + "/enum"
                raise SchemaRefused(
                    Entry(
                        "enum",
                        path,
                        f"the enumeration at {path} has {len(listed)} values; at most "
                        f"{MOST_LISTED} are allowed. Use a string, and look it up afterwards.",
                        f"{path} 处的枚举有 {len(listed)} 个值，最多允许 {MOST_LISTED} 个。"
                        "请改用字符串，再自行查找。",
                    )
                )
            here = {same(value): value for value in (listed if keyword == "enum" else [listed])}
            if found is None:
                found = here
            else:
                found = {text: value for text, value in found.items() if text in here}
            if not found:
                _contradiction(
                    form,
                    nodes,
                    keyword,
                    "no value is in all of the enumerations",
                    "各枚举没有共同的值",
                )
    if found is None:
        return None
    left = {
        text: value
        for text, value in found.items()
        if types_of(value, float_is_integer=loose) & types
    }
    for node in nodes:
        for value in node.keywords.get(NOT_ENUM, ()):
            left.pop(same(value), None)
    if found and not left:
        _contradiction(
            form, nodes, "enum", "no value in it is allowed by what stands beside it",
            "其中没有一个值符合同处的其他限制",
        )  # fmt: skip
    return left


def _enumeration(
    graph: Graph, nodes: list[Node], values: dict[str, Json], form: Form
) -> list[Shape]:
    others = [node for node in nodes if set(node.keywords) - {"enum", "const", "type", NOT_ENUM}]
    scratch = Form(form.path)
    numbers: Numbers | None = None
    strings: Strings | None = None
    if others:
        numbers = scalars.numbers(others, scratch, integer=False)
        strings = scalars.strings(others, scratch)
    texts: list[str] = []
    shapes: list[Shape] = []
    compared = 0
    for value in values.values():
        if others:
            if isinstance(value, bool) or value is None:
                pass
            elif isinstance(value, int | float):
                if numbers is None or not all(scalars.number_holds(n, value) for n in others):
                    continue
            elif isinstance(value, str):
                if strings is None or not all(scalars.string_holds(n, value) for n in others):
                    continue
            else:
                compared += 1
                if compared > MOST_COMPARED or any(node.made for node in others):
                    _drop(form, nodes, "enum", "compared")
                elif not all(graph.admits(node, value) for node in others):
                    continue
        if _written(value):
            texts.append(json.dumps(_shortest(value), ensure_ascii=False))
        else:  # a number that the grammar would round
            _drop(form, nodes, "enum", "large")
            kind = next(iter(types_of(value, float_is_integer=True)))
            shapes.append(Numbers(False) if kind in {"integer", "real"} else Simple(kind))
    if values and not texts and not shapes:
        _contradiction(
            form, nodes, "enum", "no value in it is allowed by what stands beside it",
            "其中没有一个值符合同处的其他限制",
        )  # fmt: skip
    return [*([Values(tuple(texts))] if texts else []), *shapes]


def _written(value: Json) -> bool:
    """The grammar can say exactly this value."""
    if isinstance(value, list):
        return all(map(_written, value))
    if isinstance(value, dict):
        return all(map(_written, value.values()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) <= LARGEST and "e" not in repr(value)
    return True


def _shortest(value: Json) -> Json:
    """Whole numbers without a fraction, as the grammar writes them."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return list(map(_shortest, value))
    if isinstance(value, dict):
        return {key: _shortest(item) for key, item in value.items()}
    return value


def _drop(form: Form, nodes: list[Node], keyword: str, why: str) -> None:
    for node in nodes:
        for name in (keyword, "const") if keyword == "enum" else (keyword,):
            if name in node.keywords:
                form.dropped[name, node.path] = why


def _contradiction(form: Form, nodes: list[Node], keyword: str, en: str, zh: str) -> None:
    for node in reversed(nodes):
        if keyword in node.keywords or (keyword == "enum" and "const" in node.keywords):
            form.contradictions.append(((keyword, node.path), en, zh))
            return
