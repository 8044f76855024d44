"""From YAML (or JSON, which is YAML too) to templates; every problem at once, with its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from yaml.nodes import MappingNode, Node

from qwen_app.features.prompts import values
from qwen_app.features.prompts.checks import CHECKS
from qwen_app.features.prompts.checks.kinds import wrong_fields
from qwen_app.features.prompts.model import (
    KINDS,
    Both,
    CheckSpec,
    Example,
    Kind,
    Option,
    Template,
    Value,
    Values,
    Variable,
    VariableType,
)
from qwen_app.features.prompts.yaml_text import Problem, YamlText, line_of

MOST_TEMPLATES: Final = 500
MOST_TEXT: Final = 8_000
_MOST_TITLE: Final = 80
_MOST_ABOUT: Final = 300
_NAME: Final = re.compile(r"[\w-]{1,64}")
_VARIABLE: Final = re.compile(r"[^\W\d]\w{0,39}")
PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
"""A variable in a text."""
_TYPES: Final[tuple[VariableType, ...]] = get_args(VariableType)
_LANGUAGES: Final[tuple[Literal["zh", "en"], ...]] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text gave: templates, and what is wrong with it. Where there is a problem, the
    templates that have none are there all the same."""

    templates: tuple[Template, ...]
    problems: tuple[Problem, ...]


def read_templates(text: str, file: str) -> Reading:
    """
    Args:
        text: YAML or JSON, a list of templates.
        file: how messages call it.
    """
    source = YamlText(text, file)
    if source.root is None:
        return Reading((), tuple(source.problems))
    nodes = source.sequence(source.root, "templates")
    if len(nodes) > MOST_TEMPLATES:
        source.problem(
            nodes[MOST_TEMPLATES],
            f"holds {len(nodes)} templates; at most {MOST_TEMPLATES} are allowed",
            f"含有 {len(nodes)} 个模板，最多 {MOST_TEMPLATES} 个",
        )
        nodes = nodes[:MOST_TEMPLATES]
    templates = []
    for node in nodes:
        before = len(source.problems)
        template = _Template(source).read(node)
        if template is not None and len(source.problems) == before:
            templates.append(template)
    problems = [*source.problems, *twice(templates)]
    return Reading(tuple(templates), tuple(sorted(problems, key=lambda problem: problem.line)))


def twice(templates: Sequence[Template]) -> list[Problem]:
    """A problem for each template whose kind and name another one has already."""
    seen: dict[tuple[Kind, str], Template] = {}
    problems = []
    for template in templates:
        first = seen.setdefault((template.kind, template.name), template)
        if first is not template:
            where = f"{first.file}:{first.line}"
            problems.append(
                Problem(
                    template.file,
                    template.line,
                    f"there is a {template.kind} called `{template.name}` already, in {where}",
                    f"已有名为 `{template.name}` 的 {template.kind}，位于 {where}",
                )
            )
    return problems


class _Template:
    """Reads one template."""

    def __init__(self, source: YamlText) -> None:
        self._source = source
        self._variables: dict[str, Variable] = {}

    def read(self, node: Node) -> Template | None:
        source = self._source
        entries = source.mapping(
            node,
            "template",
            needed=("kind", "name", "title", "text"),
            known=("about", "variables", "checks", "example"),
        )
        kind = self._kind(entries.get("kind"))
        name = self._name(entries.get("name"))
        title = self._both(entries.get("title"), "title", _MOST_TITLE)
        about = self._both(entries.get("about"), "about", _MOST_ABOUT) or Both("", "")
        text = self._both(entries.get("text"), "text", MOST_TEXT)
        self._read_variables(entries.get("variables"))
        if text is not None:
            self._check_placeholders(entries["text"], text, "checks" in entries, entries)
        checks = self._checks(entries.get("checks"))
        example = self._example(entries.get("example"))
        if kind is None or name is None or title is None or text is None:
            return None
        variables = tuple(self._variables.values())
        return Template(
            kind, name, title, about, text, variables, checks, example, source.file, line_of(node)
        )

    def _kind(self, node: Node | None) -> Kind | None:
        if node is None:
            return None
        text = self._source.text(node, "kind", most=40)
        for kind in KINDS:
            if kind == text:
                return kind
        if text is not None:
            listed = ", ".join(KINDS)
            self._source.problem(
                node,
                f"there is no kind `{text}`; use one of {listed}",
                f"没有 `{text}` 这个 kind；可用：{listed}",
            )
        return None

    def _name(self, node: Node | None) -> str | None:
        name = self._source.text(node, "name", most=64) if node is not None else None
        if node is not None and name is not None and not _NAME.fullmatch(name):
            self._source.problem(
                node,
                f"the name `{name}` may hold only letters, digits, `-` and `_`",
                f"名称 `{name}` 只能含有文字、数字、`-` 和 `_`",
            )
            return None
        return name

    def _both(self, node: Node | None, what: str, most: int) -> Both | None:
        """A text for both languages, or a mapping with one or both of them."""
        if node is None:
            return None
        source = self._source
        if not isinstance(node, MappingNode):
            text = source.text(node, what, most=most)
            return None if text is None else Both(text, text)
        entries = source.mapping(node, what, known=_LANGUAGES)
        if not entries:
            source.problem(
                node, f"`{what}` lacks its text: `zh`, `en`", f"`{what}` 缺少文本：`zh`、`en`"
            )
        texts = {
            key: source.text(entry, f"{what}.{key}", most=most) for key, entry in entries.items()
        }
        given = [text for text in texts.values() if text is not None]
        if not given:
            return None
        return Both(texts.get("zh") or given[0], texts.get("en") or given[0])

    # --- variables ------------------------------------------------------------------------------

    def _read_variables(self, node: Node | None) -> None:
        for entry in self._source.sequence(node, "variables") if node is not None else []:
            variable = self._variable(entry)
            if variable is None:
                continue
            if variable.name in self._variables:
                self._source.problem(
                    entry,
                    f"the variable `{variable.name}` is declared twice",
                    f"变量 `{variable.name}` 声明了两次",
                )
            self._variables[variable.name] = variable

    def _variable(self, node: Node) -> Variable | None:
        source = self._source
        entries = source.mapping(
            node,
            "variable",
            needed=("name", "type", "title"),
            known=("default", "example", "options", "min", "max"),
        )
        name = source.text(entries["name"], "variable.name", most=40) if "name" in entries else None
        if name is not None and not _VARIABLE.fullmatch(name):
            source.problem(
                entries["name"],
                f"the variable's name `{name}` may hold only letters, digits and `_`, and begins"
                " with a letter",
                f"变量名 `{name}` 只能含有文字、数字和 `_`，且不以数字开头",
            )
            name = None
        kind = self._type(entries.get("type"))
        title = self._both(entries.get("title"), "variable.title", _MOST_TITLE)
        if name is None or kind is None or title is None:
            return None
        least, most = (
            source.integer(entries[key], f"variable.{key}") if key in entries else None
            for key in ("min", "max")
        )
        if least is not None and most is not None and least > most:
            source.problem(
                entries["min"],
                f"`min` {least} is greater than `max` {most}",
                f"`min` {least} 大于 `max` {most}",
            )
            return None
        for key in ("min", "max"):
            if key in entries and kind not in ("integer", "list", "text"):
                source.problem(
                    entries[key],
                    f"a variable of type {kind} has no `{key}`",
                    f"{kind} 类型的变量没有 `{key}`",
                )
        options = self._options(entries.get("options"), kind, node)
        bare = Variable(name, kind, title, None, None, options, least, most)
        default = self._values(entries.get("default"), bare, "default")
        example = self._values(entries.get("example"), bare, "example")
        return Variable(name, kind, title, default, example, options, least, most)

    def _type(self, node: Node | None) -> VariableType | None:
        text = self._source.text(node, "variable.type", most=40) if node is not None else None
        for kind in _TYPES:
            if kind == text:
                return kind
        if node is not None and text is not None:
            listed = ", ".join(_TYPES)
            self._source.problem(
                node,
                f"there is no type `{text}`; use one of {listed}",
                f"没有 `{text}` 这个类型；可用：{listed}",
            )
        return None

    def _options(self, node: Node | None, kind: VariableType, owner: Node) -> tuple[Option, ...]:
        source = self._source
        if (node is not None) != (kind == "choice"):
            source.problem(
                owner if node is None else node,
                "a variable of type choice, and no other, has `options`",
                "choice 类型的变量必须有 `options`，其他类型不能有",
            )
        options: list[Option] = []
        for entry in source.sequence(node, "options") if node is not None else []:
            if isinstance(entry, MappingNode):
                parts = source.mapping(entry, "option", needed=("value", "title"))
                value = source.text(parts["value"], "value", most=80) if "value" in parts else None
                title = self._both(parts.get("title"), "option.title", _MOST_TITLE)
            else:
                value = source.text(entry, "option", most=80)
                title = None if value is None else Both(value, value)
            if value is None or title is None:
                continue
            if value in [option.value for option in options]:
                source.problem(
                    entry, f"the option `{value}` stands twice", f"选项 `{value}` 出现两次"
                )
            options.append(Option(value, title))
        return tuple(options)

    def _values(self, node: Node | None, variable: Variable, key: str) -> Values | None:
        """A value for both languages, or a mapping with both."""
        if node is None:
            return None
        source, what = self._source, f"{variable.name}.{key}"
        if not isinstance(node, MappingNode):
            value = self._value(node, variable, what)
            return None if value is None else Values(value, value)
        entries = source.mapping(node, what, needed=_LANGUAGES)
        zh, en = (
            self._value(entries[language], variable, f"{what}.{language}")
            if language in entries
            else None
            for language in _LANGUAGES
        )
        return None if zh is None or en is None else Values(zh, en)

    def _value(self, node: Node, variable: Variable, what: str) -> Value | None:
        value = self._source.value(node, what)
        if value is None:
            return None
        if said := values.wrong(variable, value):
            self._source.problem(node, f"`{what}` {said[0]}", f"`{what}` {said[1]}")
            return None
        return values.normal(value)

    def _check_placeholders(
        self, node: Node, text: Both, has_checks: bool, entries: dict[str, Node]
    ) -> None:
        source = self._source
        named: set[str] = set()
        for part in {text.zh, text.en}:
            for match in PLACEHOLDER.finditer(part):
                named.add(match[1])
            rest = PLACEHOLDER.sub("", part)
            if "{{" in rest or "}}" in rest:
                source.problem(
                    node,
                    "`text` has `{{` or `}}` that belong to no variable",
                    "`text` 中的 `{{` 或 `}}` 不成对",
                )
        for name in sorted(named - set(self._variables)):
            source.problem(
                node,
                f"`text` uses the variable `{name}`, which is not declared",
                f"`text` 用到未声明的变量 `{name}`",
            )
        if has_checks:
            named |= {match[1] for match in PLACEHOLDER.finditer(_all_text(entries["checks"]))}
        for name in sorted(set(self._variables) - named):
            source.problem(
                entries["variables"],
                f"the variable `{name}` is declared and used nowhere",
                f"变量 `{name}` 已声明但未使用",
            )

    # --- checks and example ---------------------------------------------------------------------

    def _checks(self, node: Node | None) -> tuple[CheckSpec, ...]:
        source = self._source
        specs = []
        for entry in source.sequence(node, "checks") if node is not None else []:
            if not isinstance(entry, MappingNode):
                source.mapping(entry, "check", needed=("type",))
                continue
            fields = {
                key.value: (key, value) for key, value in entry.value if isinstance(key.value, str)
            }
            name = source.text(fields["type"][1], "check.type", most=40) if "type" in fields else ""
            if name is None or name not in CHECKS:
                if name is not None:
                    listed = ", ".join(CHECKS)
                    source.problem(
                        entry,
                        f"there is no check `{name}`; `type` is one of {listed}",
                        f"没有 `{name}` 这种检查；`type` 可为：{listed}",
                    )
                continue
            known = CHECKS[name]
            entries = source.mapping(
                entry, f"check {name}", needed=("type", *known.needed), known=tuple(known.fields)
            )
            given: dict[str, object] = {}
            for key, value_node in entries.items():
                value = source.value(value_node, f"{name}.{key}") if key != "type" else None
                if value is not None:
                    given[key] = tuple(value) if isinstance(value, list) else value
            spec = CheckSpec(name, given, line_of(entry))
            for key, en, zh in wrong_fields(spec, self._variables):
                source.problem(entries.get(key, entry), en, zh)
            specs.append(spec)
        return tuple(specs)

    def _example(self, node: Node | None) -> Example | None:
        if node is None:
            return None
        source = self._source
        entries = source.mapping(node, "example", needed=("task",), known=("variables",))
        task = self._both(entries.get("task"), "example.task", MOST_TEXT)
        found: dict[str, Values] = {}
        if (given := entries.get("variables")) is not None:
            for name, entry in source.mapping(given, "example.variables").items():
                variable = self._variables.get(name)
                if variable is None:
                    source.problem(
                        entry,
                        f"the example gives `{name}`, which is not declared",
                        f"示例给出了未声明的变量 `{name}`",
                    )
                    continue
                value = self._values(entry, variable, "example")
                if value is not None:
                    found[name] = value
        for name, variable in self._variables.items():
            if variable.default is None and variable.example is None and name not in found:
                source.problem(
                    node,
                    f"the example lacks the variable `{name}`, which has no default",
                    f"示例缺少变量 `{name}`（它没有默认值）",
                )
        return None if task is None else Example(task, found)


def _all_text(node: Node) -> str:
    """All scalars below a node, to look for variables in."""
    if isinstance(node.value, str):
        return node.value
    parts = []
    for entry in node.value:
        children = entry if isinstance(entry, tuple) else (entry,)
        parts += [_all_text(child) for child in children]
    return "\n".join(parts)
