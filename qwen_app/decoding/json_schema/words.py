"""What a failed keyword means, in words."""

import json
from typing import Any

from qwen_app.decoding.json_schema.dialects import Json

_MOST_SHOWN = 80
"""Characters of a value in a message."""


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


def words(keyword: str, error: Any) -> tuple[str, str]:
    """(en, zh): a predicate for the value at fault, from an error of `jsonschema`."""
    value = error.validator_value
    if keyword == "required" and isinstance(value, list) and isinstance(error.instance, dict):
        # `jsonschema` gives one error for each key; its message begins with the key.
        missing = [key for key in value if key not in error.instance]
        named = [key for key in missing if error.message.startswith(repr(key))] or missing
        return f"lacks the key {_shown(named[0])}", f"缺少键 {_shown(named[0])}"
    if keyword in {"dependentRequired", "dependencies"} and isinstance(value, dict):
        return f"is incomplete: {error.message[:200]}", f"不完整：{error.message[:200]}"
    en, zh = _BOUNDS.get(keyword, ("fails `{keyword}`", "不满足 {keyword}"))
    parts = {"got": _shown(error.instance), "want": _shown(value), "keyword": keyword}
    return en.format_map(parts), zh.format_map(parts)
