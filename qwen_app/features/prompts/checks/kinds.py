"""The kinds of checks that a template may name, and what each of them takes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from qwen_app.features.prompts.checks.base import Check
from qwen_app.features.prompts.checks.content import (
    BoldAnswer,
    Contains,
    Excludes,
    FirstLine,
    Json,
    LastLine,
    OneOf,
    Script,
)
from qwen_app.features.prompts.checks.lengths import Length
from qwen_app.features.prompts.checks.structure import (
    Code,
    Headings,
    List,
    Steps,
    Table,
)
from qwen_app.features.prompts.model import CheckSpec, Value, Variable, VariableType
from qwen_app.text.counting import Unit

FieldType = Literal["number", "text", "texts", "schema", "unit", "style"]
_REFERENCE: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TAKES: Final[Mapping[FieldType, tuple[VariableType, ...]]] = {
    "number": ("integer",),
    "text": ("text", "choice"),
    "texts": ("list",),
    "schema": ("schema",),
    "unit": (),
    "style": (),
}
"""Types of the variables that a field may stand for."""
_WORDS: Final[Mapping[FieldType, tuple[str, ...]]] = {
    "unit": get_args(Unit),
    "style": ("numbered", "bulleted"),
}


@dataclass(frozen=True, slots=True)
class CheckKind:
    build: Callable[..., Check]
    needed: tuple[str, ...] = ()
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    """All of them, the needed ones too."""


CHECKS: Final[Mapping[str, CheckKind]] = {
    "length": CheckKind(Length, ("unit",), {"unit": "unit", "least": "number", "most": "number"}),
    "json": CheckKind(Json, (), {"schema": "schema"}),
    "table": CheckKind(Table, (), {"columns": "texts", "least": "number", "most": "number"}),
    "list": CheckKind(List, ("style",), {"style": "style", "least": "number", "most": "number"}),
    "headings": CheckKind(Headings, ("headings",), {"headings": "texts"}),
    "code": CheckKind(Code, ("language",), {"language": "text"}),
    "one_of": CheckKind(OneOf, ("options",), {"options": "texts"}),
    "steps": CheckKind(Steps, (), {"least": "number"}),
    "first_line": CheckKind(FirstLine, ("zh", "en"), {"zh": "text", "en": "text"}),
    "last_line": CheckKind(LastLine, ("zh", "en"), {"zh": "text", "en": "text"}),
    "bold_answer": CheckKind(BoldAnswer),
    "contains": CheckKind(Contains, ("texts",), {"texts": "texts"}),
    "excludes": CheckKind(Excludes, ("texts",), {"texts": "texts"}),
    "script": CheckKind(Script, ("language",), {"language": "text"}),
}


def wrong_fields(spec: CheckSpec, variables: Mapping[str, Variable]) -> list[tuple[str, str, str]]:
    """What is wrong with a check of a known type: field, English, Chinese."""
    kind = CHECKS[spec.type]
    found = []
    for name, value in spec.fields.items():
        takes = kind.fields.get(name)
        if takes is None:
            continue
        what = f"{spec.type}.{name}"
        if (variable_name := reference(value)) is not None:
            variable = variables.get(variable_name)
            if variable is None:
                en = f"`{what}` uses the variable `{variable_name}`, which is not declared"
                found.append((name, en, f"`{what}` 用到未声明的变量 `{variable_name}`"))
            elif variable.type not in _TAKES[takes]:
                types = " or ".join(_TAKES[takes]) or "none"
                en = f"`{what}` takes a variable of type {types}, and `{variable_name}` is"
                zh = f"`{what}` 只接受 {types} 类型的变量，而 `{variable_name}` 是"
                found.append((name, f"{en} {variable.type}", f"{zh} {variable.type}"))
        elif said := _wrong_literal(takes, value):
            found.append((name, f"`{what}` {said[0]}", f"`{what}` {said[1]}"))
    if spec.type == "length" and not {"least", "most"} & set(spec.fields):
        found.append(
            (
                "type",
                "a check `length` needs `least` or `most`",
                "length 检查需要 `least` 或 `most`",
            )
        )
    return found


def bind(spec: CheckSpec, values: Mapping[str, Value]) -> Check:
    """The check, with the values of the template's variables. Both were found right before."""
    kind = CHECKS[spec.type]
    given: dict[str, Any] = {}
    for name, value in spec.fields.items():
        variable = reference(value)
        given[name] = value if variable is None else values[variable]
    return kind.build(**given)


def reference(value: object) -> str | None:
    """The variable that a field's value stands for."""
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def _wrong_literal(takes: FieldType, value: object) -> tuple[str, str] | None:
    match takes:
        case "number":
            if not isinstance(value, int) or not 0 <= value <= 100_000:
                return "must be a whole number from 0", "须为不小于 0 的整数"
        case "texts":
            if not isinstance(value, tuple) or not value:
                return "must be a list of texts", "须为文本列表"
        case "unit" | "style":
            if value not in _WORDS[takes]:
                listed = ", ".join(_WORDS[takes])
                return f"must be one of {listed}", f"须为以下之一：{listed}"
        case "text" | "schema":
            if not isinstance(value, str):
                return "must be a text", "须为文本"
    return None
