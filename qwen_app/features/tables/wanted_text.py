"""Wanted fields as a person writes them down: a name a line, with the question that fills it.

    oldest_person.name: 谁年龄最大？
    oldest_person.city: Where does the oldest person live?
    average_age: 平均年龄是多少？保留一位小数
    count

Without questions the names may stand on one line, separated by commas. A JSON Schema is
understood too; its descriptions are the questions.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.wanted import Wanted, wanted_fields

_SEPARATORS: Final = re.compile(r"[,，、;；]")
_COLON: Final = re.compile(r"\s*[:：]\s*")


def read_wanted(text: str) -> Wanted:
    """
    Raises:
        InvalidInput: nothing is wanted, or it cannot be read or filled.
    """
    if text.lstrip().startswith("{"):
        return wanted_fields(_schema(text))
    entries: list[str] = []
    for line in filter(str.strip, text.splitlines()):
        entries += [line] if _COLON.search(line) else _SEPARATORS.split(line)
    return wanted_entries([entry for entry in entries if entry.strip()])


def wanted_entries(entries: Sequence[str]) -> Wanted:
    """Fields of which each is a ``name`` or ``name: question``.

    Raises:
        InvalidInput: none, too many, or names that contradict each other.
    """
    pairs = (_COLON.split(entry.strip(), maxsplit=1) for entry in entries)
    questions = {name.replace("。", "."): "".join(rest).strip() for name, *rest in pairs}
    wanted_fields(list(questions))  # refuses names that contradict each other
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    for name, question in questions.items():
        inner = schema
        *around, last = (part.strip() for part in name.split("."))
        for key in around:
            inner = inner["properties"].setdefault(key, {"type": "object", "properties": {}})
        inner["properties"][last] = {"description": question} if question else {}
    return wanted_fields(schema)


def _schema(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"The JSON Schema is no valid JSON: {error}.",
            f"JSON Schema 不是有效的 JSON：{error}。",
            param="schema",
        ) from None
    assert isinstance(schema, dict)  # it begins with a brace
    return schema
