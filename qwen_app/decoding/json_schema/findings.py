"""What the compiler found out about a schema, as the lines of its report."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from qwen_app.decoding.json_schema import formats
from qwen_app.decoding.json_schema.build import alive
from qwen_app.decoding.json_schema.dialects import Dialect, Json, dialects
from qwen_app.decoding.json_schema.expand import REFERENCES, SILENT, Key
from qwen_app.decoding.json_schema.forms import Arrays, Form, Objects, Strings
from qwen_app.decoding.json_schema.graph import Graph, Node
from qwen_app.decoding.json_schema.metaschema import keywords_of, subschemas
from qwen_app.decoding.json_schema.pointers import exists, pointer
from qwen_app.decoding.json_schema.report import Entry

MOST_ENTRIES = 500
"""Of one kind in a report; a last line says how many more there are."""

_WHY = {
    "many": ("it combines to too many cases", "组合出的情况过多"),
    "overlap": ("its branches overlap", "各分支有重叠"),
    "not": ("what it excludes cannot be said in a grammar", "语法无法表达它所排除的内容"),
    "dynamic": ("where it leads depends on the way to it", "指向取决于到达它的路径"),
    "draft-03": ("draft-03 alone has it so", "只有 draft-03 有此用法"),
    "compared": ("it has too many objects or arrays", "其中的对象或数组过多"),
    "large": ("the number is too large for a grammar", "数值过大，语法无法精确表达"),
    "binary": (
        "validators calculate in binary fractions, so some multiples count as none",
        "校验器按二进制小数计算，部分倍数会被判为不合格",
    ),
    "several": ("a grammar holds one of its kind at a place", "同一处语法只能执行一个此类约束"),
    "integer": ("a grammar cannot exclude whole numbers", "语法无法排除整数"),
    "pattern": (
        "the pattern has look-around, back-references or the like",
        "正则中有环视、反向引用等语法无法执行的内容",
    ),
    "quoted": (
        "the grammar engine does not tell some escaped characters apart",
        "语法引擎无法区分某些转义字符",
    ),
    "format": ("a grammar does not know the format", "语法不认识此格式"),
    "format-full": (
        "the grammar holds its form; whether it exists (leap days, lengths) is checked",
        "语法保证其形式；是否真实存在（闰日、长度等）由校验保证",
    ),
    "unevaluated": ("it depends on what other keywords looked at", "取决于其他关键字检查过什么"),
    "contains": ("a grammar does not count matching items", "语法不统计符合条件的项数"),
    "unique": ("a grammar does not remember earlier items", "语法不记忆之前的项"),
    "names": ("the grammar holds only part of it", "语法只能执行其中一部分"),
    "overlapping": ("two of its patterns match the same key", "有两个正则匹配同一个键"),
    "recursive": ("it leads into recursion beside named keys", "与具名键同处时会进入递归"),
    "count": ("a grammar does not count these keys", "语法不统计这些键的个数"),
    "engine": ("the grammar engine refused it", "语法引擎拒绝了它"),
}  # fmt: skip


def checked(value: Json, forms: Iterable[Form]) -> dict[tuple[str, str], Entry]:
    """Keywords that documents are validated against, by place."""
    found: dict[tuple[str, str], Entry] = {}
    for form in forms:
        for (keyword, path), why in form.dropped.items():
            en, zh = _WHY[why]
            place = path + pointer(keyword)
            if not exists(value, place):  # of a rewrite: the place it was made from says more
                place = path
            found.setdefault(
                (keyword, path), Entry(keyword, place, f"Checked: {en}.", f"事后校验：{zh}。")
            )
    return found


def enforced(forms: Iterable[Form], dropped: Iterable[tuple[str, str]]) -> list[Entry]:
    """Keywords that the grammar guarantees."""
    left_out = set(dropped)
    found: dict[tuple[str, str], Entry] = {}
    for node in _nodes(forms):
        for keyword, value in node.keywords.items():
            place = (keyword, node.path)
            if place in left_out or keyword in SILENT or keyword in REFERENCES:
                continue
            if keyword == "format" and value not in formats.known():
                continue
            found.setdefault(
                place,
                Entry(keyword, node.path + pointer(keyword), "Enforced.", "解码时强制执行。"),
            )
    return list(found.values())


def warnings(
    graph: Graph, forms: dict[Key, Form], inhabited: set[Key], bounded: set[Key]
) -> list[Entry]:
    """Parts that can never be met, have no bound, or say less than they seem to."""
    found: dict[tuple[str, str], Entry] = {}

    def add(keyword: str, path: str, en: str, zh: str) -> None:
        found.setdefault((keyword, path), Entry(keyword, path, en, zh))

    for key, form in forms.items():
        if any(node.made for node in key):
            continue
        if key not in inhabited:
            if key and all(node.value is not False for node in key):
                keyword, path, en, zh = reason(graph.root.value, form)
                add(keyword, path, f"Can never be met: {en}.", f"永远无法满足：{zh}。")
            continue
        for option in form.options:
            if not alive(option, inhabited.__contains__):
                continue
            if isinstance(option, Strings) and option.most is None and not option.pattern:
                if option.format is None:
                    add("type", form.path, "A string without maxLength.", "字符串没有 maxLength。")
            elif isinstance(option, Arrays) and option.most is None:
                if option.rest in inhabited:
                    add("type", form.path, "An array without maxItems.", "数组没有 maxItems。")
            elif isinstance(option, Objects) and option.rest in inhabited:
                add(
                    "additionalProperties",
                    form.path,
                    "Any other keys may be added.",
                    "可以出现任意其他键。",
                )
        if key not in bounded and key and form.options and not isinstance(form.options[0], tuple):
            add("$ref", form.path, "Recursive, to any depth.", "递归，深度没有上限。")
    for path, schema in subschemas(graph.root.value, keywords_of(graph.dialect)):
        if isinstance(schema, dict):
            for entry in _odd_keywords(graph.dialect, path, schema):
                add(entry.keyword, entry.path, entry.en, entry.zh)
    return list(found.values())


def reason(value: Json, form: Form) -> tuple[str, str, str, str]:
    """(keyword, path, en, zh): why a conjunction has no value."""
    if form.contradictions:
        (keyword, path), en, zh = form.contradictions[-1]
        place = path + pointer(keyword)
        return keyword, place if exists(value, place) else path, en, zh
    return (
        "",
        form.path,
        "its parts contradict each other, need what is not allowed, or need themselves without end",
        "其各部分互相矛盾、要求了不允许的内容，或无止境地要求自身",
    )


def why_empty(
    value: Json, forms: dict[Key, Form], inhabited: set[Key], root: Key
) -> tuple[str, str, str, str]:
    """Why a schema has no value: the contradiction that is met first on the way in."""
    open_, seen = [root], set()
    while open_:
        key = open_.pop(0)
        if key in seen:
            continue
        seen.add(key)
        form = forms[key]
        if form.contradictions:
            return reason(value, form)
        for option in form.options:
            if isinstance(option, tuple):
                open_.append(option)
            elif isinstance(option, Objects):
                for name, inner in option.named:
                    if name not in option.required or inner in inhabited:
                        continue
                    if inner and inner[0].value is False:
                        return (
                            "required",
                            form.path,
                            f"the key {name!r} is required and not allowed",
                            f"键 {name!r} 必须出现，却又不允许出现",
                        )
                    open_.append(inner)
            elif isinstance(option, Arrays):
                open_ += [k for k in (*option.prefix, option.rest) if k not in inhabited]
    return (
        "",
        forms[root].path,
        "its parts contradict each other, or need themselves without end",
        "其各部分互相矛盾，或无止境地要求自身",
    )


def shortened(entries: list[Entry]) -> tuple[Entry, ...]:
    if len(entries) <= MOST_ENTRIES:
        return tuple(entries)
    more = len(entries) - MOST_ENTRIES
    return (
        *entries[:MOST_ENTRIES],
        Entry("", "", f"... and {more} more.", f"……另有 {more} 条。"),
    )


def _nodes(forms: Iterable[Form]) -> Iterable[Node]:
    seen: set[int] = set()
    for form in forms:
        for node in form.nodes:
            if id(node) not in seen and not node.made:
                seen.add(id(node))
                yield node


@lru_cache(maxsize=1024)
def _closest(keyword: str, dialect: Dialect) -> list[str]:
    return get_close_matches(keyword[:40], dialect.keywords, 1, 0.85)


_OTHERS = {"nullable": ("OpenAPI", 'write "type": [..., "null"]', '请写 "type": [..., "null"]')}
_ANNOTATIONS = {
    *("title", "description", "default", "examples", "example", "deprecated", "readOnly"),
    *("writeOnly", "$comment", "$id", "id", "$schema", "$anchor", "$dynamicAnchor", "$vocabulary"),
    *("$recursiveAnchor", "definitions", "$defs", "contentMediaType", "contentEncoding"),
    *("contentSchema", "enumNames", "enumDescriptions"),
}


def _odd_keywords(dialect: Dialect, where: str, value: dict[str, Json]) -> Iterable[Entry]:
    effective = dialect.effective(value)
    name = effective.get("format")
    if isinstance(name, str) and name not in formats.known():
        yield Entry(
            "format",
            where + "/format",
            f"The format {name!r} is not a standard one, so it is only a remark.",
            f"{name!r} 不是标准格式，只当作说明。",
        )
    for keyword in value:
        if keyword in effective or keyword in _ANNOTATIONS:
            continue
        path = where + pointer(keyword)
        if "$ref" in value and dialect.ref_alone:
            if any(keyword in other.keywords for other in dialects()):
                yield Entry(
                    keyword,
                    path,
                    f"Ignored: {dialect.name} ignores what stands beside $ref.",
                    f"被忽略：{dialect.name} 忽略与 $ref 同处的关键字。",
                )
        elif keyword in _OTHERS:
            whose, en, zh = _OTHERS[keyword]
            yield Entry(
                keyword, path, f"Ignored: {whose} has it; {en}.", f"被忽略：属于 {whose}；{zh}。"
            )
        elif others := [d.name for d in dialects() if keyword in d.keywords]:
            yield Entry(
                keyword,
                path,
                f"Ignored: {dialect.name} does not have it. It is of {others[0]}; "
                'say so with "$schema".',
                f"被忽略：{dialect.name} 没有此关键字，它属于 {others[0]}，请用 $schema 注明。",
            )
        elif close := _closest(keyword, dialect):
            yield Entry(
                keyword,
                path,
                f"Ignored: there is no such keyword. Did you mean {close[0]}?",
                f"被忽略：没有此关键字，是否想写 {close[0]}？",
            )
