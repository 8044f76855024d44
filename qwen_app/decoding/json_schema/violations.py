"""What is wrong with a document, in words, with its place in document and schema."""

import json
from dataclasses import dataclass
from typing import Any

from qwen_app.decoding.json_schema.dialects import Dialect, Json
from qwen_app.decoding.json_schema.patterns import PatternTimeout
from qwen_app.decoding.json_schema.pointers import places, pointer
from qwen_app.decoding.json_schema.validation import Exhausted, limited, safe_class

MOST_VIOLATIONS = 20
"""Reported of one document: whoever mends these may ask again."""
_MOST_SHOWN = 80
"""Characters of a value in a message."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a document is not valid."""

    path: str
    """JSON pointer into the document."""
    keyword: str
    """The keyword that fails; ``false`` where the schema allows nothing at all, and empty where
    the check did not come to an end."""
    schema_path: str
    """JSON pointer of that keyword in the schema."""
    en: str
    zh: str


class DocumentValidator:
    """Validates documents against one schema. Safe to share between threads."""

    def __init__(self, value: dict[str, Json] | bool, dialect: Dialect) -> None:
        from referencing import Registry

        registry: Any = Registry()  # without a way to retrieve anything
        self._validator = safe_class(dialect)(value, registry=registry)
        self._places = places(value)

    def violations(self, document: Json) -> list[Violation]:
        """What is wrong, the most telling first; empty if the document is valid. At most
        `MOST_VIOLATIONS`."""
        from jsonschema.exceptions import best_match, relevance

        found: list[Any] = []
        try:
            with limited():
                for error in self._validator.iter_errors(document):
                    found.append(best_match([error]))
                    if len(found) == MOST_VIOLATIONS:
                        break
        except Exhausted:
            return [_unfinished("takes too many steps", "所需步骤过多")]
        except PatternTimeout as error:
            return [_unfinished(f"takes too long in pattern {error}", f"在正则 {error} 上耗时过长")]
        except RecursionError:
            return [_unfinished("goes too deep", "嵌套过深")]
        return [self._violation(error) for error in sorted(found, key=relevance, reverse=True)]

    def _violation(self, error: Any) -> Violation:
        keyword = "false" if error.validator is None else str(error.validator)
        path = pointer(*error.absolute_path)
        holder = getattr(error, "holder", None)
        if holder is not None:
            schema, steps = holder
            # The innermost keyword is not among the steps yet where the error passed by.
            named = next((k for k, v in schema.items() if _reaches(v, steps)), "")
            schema_path = self._places.get(id(schema), "") + pointer(named, *steps)
        else:
            schema_path = self._places.get(id(error.schema), "") + pointer(keyword)
        en, zh = _words(keyword, error)
        return Violation(
            path, keyword, schema_path, f"{path or 'The document'} {en}", zh_at(path, zh)
        )


def zh_at(path: str, zh: str) -> str:
    return f"{path or '整个文档'} {zh}"


def _reaches(value: Json, steps: tuple[Any, ...]) -> bool:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return value is False


def _unfinished(en: str, zh: str) -> Violation:
    return Violation(
        "",
        "",
        "",
        f"The document was not checked to its end: the check {en}.",
        f"文档未能校验完毕：{zh}。",
    )


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + " ..."


_BOUNDS = {
    "minimum": ("is {got}, less than {want}", "为 {got}，小于下限 {want}"),
    "maximum": ("is {got}, more than {want}", "为 {got}，大于上限 {want}"),
    "exclusiveMinimum": ("is {got}, which is not above {want}", "为 {got}，没有大于 {want}"),
    "exclusiveMaximum": ("is {got}, which is not below {want}", "为 {got}，没有小于 {want}"),
    "multipleOf": ("is {got}, no multiple of {want}", "为 {got}，不是 {want} 的倍数"),
    "minLength": ("is shorter than {want} characters", "短于 {want} 个字符"),
    "maxLength": ("is longer than {want} characters", "长于 {want} 个字符"),
    "minItems": ("has fewer than {want} items", "少于 {want} 项"),
    "maxItems": ("has more than {want} items", "多于 {want} 项"),
    "minProperties": ("has fewer than {want} keys", "少于 {want} 个键"),
    "maxProperties": ("has more than {want} keys", "多于 {want} 个键"),
    "uniqueItems": ("has an item twice", "含有重复的项"),
    "pattern": ("is {got}, which does not match {want}", "为 {got}，与 {want} 不匹配"),
    "format": ("is {got}, which is no {want}", "为 {got}，不符合格式 {want}"),
    "enum": ("is {got}, which is none of {want}", "为 {got}，不在 {want} 之中"),
    "const": ("is {got} and not {want}", "为 {got}，而不是 {want}"),
    "type": ("is {got}, which is not of type {want}", "为 {got}，类型不是 {want}"),
    "required": ("lacks a key of {want}", "缺少 {want} 中的键"),
    "additionalProperties": ("is a key that is not allowed", "是不允许的键"),
    "unevaluatedProperties": ("is a key that is not allowed", "是不允许的键"),
    "unevaluatedItems": ("has an item that is not allowed", "含有不允许的项"),
    "additionalItems": ("has more items than are allowed", "项数超出允许的范围"),
    "contains": ("has no item, or too many, as `contains` asks", "其中的项不满足 contains"),
    "not": ("is {got}, which `not` excludes", "为 {got}，被 not 排除"),
    "oneOf": ("is valid under none or several of `oneOf`", "不是恰好满足 oneOf 中的一个"),
    "anyOf": ("is valid under none of `anyOf`", "不满足 anyOf 中的任何一个"),
    "false": ("is not allowed here", "不允许出现在这里"),
    "dependentRequired": ("lacks a key that another one asks for", "缺少另一个键所要求的键"),
    "dependencies": ("lacks a key that another one asks for", "缺少另一个键所要求的键"),
    "propertyNames": ("has a key whose name is not allowed", "含有名称不允许的键"),
}


def _words(keyword: str, error: Any) -> tuple[str, str]:
    value = error.validator_value
    if keyword == "required" and isinstance(value, list) and isinstance(error.instance, dict):
        # `jsonschema` gives one error for each key; its message begins with the key.
        missing = [key for key in value if key not in error.instance]
        named = [key for key in missing if error.message.startswith(repr(key))] or missing
        return f"lacks the key {_shown(named[0])}", f"缺少键 {_shown(named[0])}"
    if keyword in {"dependentRequired", "dependencies"} and isinstance(value, dict):
        return f"is incomplete: {error.message[:200]}", f"不完整：{error.message[:200]}"
    en, zh = _BOUNDS.get(keyword, ("fails `{keyword}`", "不满足 {keyword}"))
    words = {"got": _shown(error.instance), "want": _shown(value), "keyword": keyword}
    return en.format_map(words), zh.format_map(words)
