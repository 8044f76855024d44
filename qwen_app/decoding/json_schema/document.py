"""The text of a schema as a value, within limits, and which draft it is written in."""

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from qwen_app.decoding.json_schema.dialects import Dialect, Json, dialects, named
from qwen_app.decoding.json_schema.metaschema import problem as problem_of
from qwen_app.decoding.json_schema.report import Entry
from qwen_app.errors import InvalidConstraint

MOST_CHARACTERS = 2_000_000
"""Some ten times the largest schema of schemastore.org: a quarter of a second to read."""
MOST_NESTING = 400
"""Levels of brackets. Python's own limit on recursion, which validation needs, is at 1,000."""


@dataclass(frozen=True, slots=True)
class SchemaText:
    """A schema that is valid in its dialect."""

    value: dict[str, Json] | bool
    dialect: Dialect
    remarks: tuple[Entry, ...]
    """On the choice of the dialect."""


def parse(text: str) -> Json:
    """The JSON value of a text, strictly.

    Raises:
        InvalidConstraint: it is too long, nested too deeply, or not JSON.
    """
    if len(text) > MOST_CHARACTERS:
        _refuse(
            f"the schema has {len(text)} characters; at most {MOST_CHARACTERS} are allowed.",
            f"Schema 共有 {len(text)} 个字符，最多允许 {MOST_CHARACTERS} 个。",
        )
    if _nesting(text) > MOST_NESTING:
        _refuse(
            f"the schema is nested more than {MOST_NESTING} levels deep.",
            f"Schema 的嵌套超过 {MOST_NESTING} 层。",
        )
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        text.encode()
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        _refuse(
            f"the schema is not JSON: {error.msg} (line and column {place}).",
            f"Schema 不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列有语法错误。",
        )
    except UnicodeEncodeError:
        _refuse(
            "the schema holds half of a UTF-16 surrogate pair.",
            "Schema 中含有不成对的 UTF-16 代理字符。",
        )
    except (ValueError, RecursionError) as error:
        _refuse(f"the schema is not JSON: {error}.", "Schema 不是合法的 JSON。")
    return value


def read_schema(text: str) -> SchemaText:
    """Parse a schema, choose its dialect and check it against that dialect's meta-schema.

    A schema that names no dialect is read in the newest one that it is valid in.

    Raises:
        InvalidConstraint: as `parse`, or no dialect has it as a valid schema.
    """
    value = parse(text)
    if not isinstance(value, dict | bool):
        _refuse(
            "a schema is an object, true or false.", "Schema 必须是一个对象，或者 true、false。"
        )
    remarks: list[Entry] = []
    address = value.get("$schema") if isinstance(value, dict) else None
    known = named(address) if isinstance(address, str) else None
    if known is not None:
        problem = problem_of(value, known)
        if problem is not None:
            raise SchemaRefused(problem)
        return SchemaText(value, known, ())
    if isinstance(address, str):
        remarks.append(
            Entry(
                "$schema",
                "/$schema",
                f"This dialect is not known, so it is read as {dialects()[0].name}.",
                f"未知的 $schema，按 {dialects()[0].name} 解读。",
            )
        )
    first: Entry | None = None
    for dialect in dialects()[:-1]:  # nobody means draft-03 without saying so
        problem = problem_of(value, dialect)
        if problem is None:
            if first is not None:
                remarks.append(
                    Entry(
                        "$schema",
                        "",
                        f"Read as {dialect.name}: it is not valid in newer drafts. "
                        'Say which one you mean with "$schema".',
                        f"按 {dialect.name} 解读（在更新的草案中不合法）。请用 $schema 注明版本。",
                    )
                )
            return SchemaText(value, dialect, tuple(remarks))
        first = first or problem
    assert first is not None
    raise SchemaRefused(first)


class SchemaRefused(InvalidConstraint):
    """With the keyword and the path at fault, for the report."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(
            f"The schema cannot be used: {entry.en}",
            f"无法使用该 Schema：{entry.zh}",
            param="constraint",
        )
        self.entry = entry


def _refuse(en: str, zh: str, keyword: str = "", path: str = "") -> NoReturn:
    raise SchemaRefused(Entry(keyword, path, en, zh))


def _nesting(text: str) -> int:
    """The most brackets that are open at once, strings left out."""
    depth = most = 0
    for piece in _outside_strings(text):
        for character in piece:
            if character in "[{":
                depth += 1
                most = max(most, depth)
            elif character in "]}":
                depth -= 1
    return most


def _outside_strings(text: str) -> list[str]:
    import re

    return re.findall(r"[\[\]{}]+", re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.S))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number
