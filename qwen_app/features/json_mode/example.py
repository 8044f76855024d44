"""An example document to a JSON Schema of documents like it."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from qwen_app.errors import InvalidInput

_MOST_CHARACTERS: Final = 200_000
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def schema_of_example(text: str) -> dict[str, Any]:
    """The schema of a document, of exactly its fields.

    What an array holds is merged: a field that all of its objects have is required, and types
    that differ are all allowed. Texts that are all dates, timestamps, mail or web addresses get
    that format.

    Raises:
        InvalidInput: the text is no JSON document; the message says where it breaks off.
    """
    if not text.strip():
        raise _error("There is no document yet.", "还没有示例文档。")
    if len(text) > _MOST_CHARACTERS:
        raise _error(
            f"An example has at most {_MOST_CHARACTERS:,} characters; this one has {len(text):,}.",
            f"示例文档最多 {_MOST_CHARACTERS:,} 个字符，而这个有 {len(text):,} 个。",
        )
    try:
        return schema_of([json.loads(text, parse_constant=_no_constant)])
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}"
        raise _error(
            f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            f"这不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列有误（{error.msg}）。",
            where,
        ) from None
    except RecursionError:
        raise _error("The document is nested too deep.", "文档嵌套过深。") from None


def schema_of(values: Sequence[Any]) -> dict[str, Any]:
    """The schema that all of these values have in common."""
    kinds = [kind for kind, of in _KINDS.items() if any(type(v) in of for v in values)]
    if kinds == ["integer", "number"] or kinds == ["integer", "number", "null"]:
        kinds.remove("integer")
    made = [_schema_of_kind(kind, values) for kind in kinds]
    if len(made) == 1:
        return made[0]
    if all(set(one) == {"type"} for one in made):
        return {"type": kinds} if kinds else {}
    return {"anyOf": made}


_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (float,),
    "boolean": (bool,),
    "null": (type(None),),
}


def _schema_of_kind(kind: str, values: Sequence[Any]) -> dict[str, Any]:
    mine = [v for v in values if type(v) in _KINDS[kind]]
    if kind == "object":
        return _object(mine)
    if kind == "array" and (items := [item for array in mine for item in array]):
        return {"type": "array", "items": schema_of(items)}
    if kind == "string" and (name := _format(mine)):
        return {"type": "string", "format": name}
    return {"type": kind}


def _object(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for value in values for name in value))
    if not names:
        return {"type": "object"}
    required = [name for name in names if all(name in value for value in values)]
    return {
        "type": "object",
        "properties": {n: schema_of([v[n] for v in values if n in v]) for n in names},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _format(values: Sequence[str]) -> str:
    """That all the texts have; empty if there is none."""
    for name, is_one in (
        ("date", _is_date),
        ("date-time", _is_timestamp),
        ("email", _EMAIL.fullmatch),
        ("uri", _URL.fullmatch),
    ):
        if all(is_one(value) for value in values):
            return name
    return ""


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and _parses(date, text)


def _is_timestamp(text: str) -> bool:
    return bool(_TIMESTAMP.fullmatch(text)) and _parses(datetime, text)


def _parses(kind: type[date], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_constant(name: str) -> None:
    raise _error(
        f"{name} is not JSON; write a number or null.", f"{name} 不是 JSON；请写数字或 null。"
    )


def _error(en: str, zh: str, where: str = "example") -> InvalidInput:
    return InvalidInput(en, zh, param=where)
