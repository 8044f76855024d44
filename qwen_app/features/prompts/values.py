"""Values of variables: what is one, and how it stands in a prompt."""

import json
from typing import Final

from qwen_app.errors import Language
from qwen_app.features.prompts.model import Value, Variable

MOST_TEXT: Final = 4_000
"""Characters of a text, unless the variable says less."""
MOST_SCHEMA: Final = 50_000
MOST_ENTRIES: Final = 50
MOST_ENTRY: Final = 200
"""Characters of an entry of a list."""
MOST_NUMBER: Final = 100_000


def wrong(variable: Variable, value: object) -> tuple[str, str] | None:
    """What is wrong with a value, in English and Chinese, as the end of a sentence that begins
    with the variable's name; None if it is one that the variable can take."""
    match variable.type:
        case "integer":
            return _wrong_integer(variable, value)
        case "choice":
            names = [option.value for option in variable.options]
            if value not in names:
                return f"must be one of {', '.join(names)}", f"须为以下之一：{'、'.join(names)}"
            return None
        case "list":
            return _wrong_list(variable, value)
        case "schema":
            return _wrong_schema(value)
        case "text":
            most = MOST_TEXT if variable.most is None else variable.most
            if not isinstance(value, str) or not value.strip():
                return "must be a text that is not empty", "须为非空文本"
            if len(value) > most:
                return f"must have at most {most} characters", f"最多 {most} 个字符"
            return None


def normal(value: object) -> Value:
    """A value that is not `wrong`, as the package keeps it."""
    if isinstance(value, list | tuple):
        return tuple(str(entry).strip() for entry in value)
    assert isinstance(value, str | int)
    return value.strip() if isinstance(value, str) else value


def shown(variable: Variable, value: Value, language: Language) -> str:
    """What stands for the value in a prompt."""
    if variable.type == "choice":
        title = next((o.title for o in variable.options if o.value == value), None)
        return title.of(language) if title is not None else str(value)
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(value)
    return str(value)


def _wrong_integer(variable: Variable, value: object) -> tuple[str, str] | None:
    low = 0 if variable.least is None else variable.least
    high = MOST_NUMBER if variable.most is None else variable.most
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return f"must be a whole number from {low} to {high}", f"须为 {low} 到 {high} 的整数"
    return None


def _wrong_list(variable: Variable, value: object) -> tuple[str, str] | None:
    low = 1 if variable.least is None else variable.least
    high = MOST_ENTRIES if variable.most is None else variable.most
    if (
        not isinstance(value, list | tuple)
        or not all(isinstance(entry, str) and entry.strip() for entry in value)
        or not low <= len(value) <= high
    ):
        return f"must be a list of {low} to {high} texts", f"须为 {low} 到 {high} 个文本的列表"
    if any(len(entry) > MOST_ENTRY or "\n" in entry.strip() for entry in value):
        return (
            f"may hold only single lines of at most {MOST_ENTRY} characters",
            f"每一项只能是一行，最多 {MOST_ENTRY} 个字符",
        )
    if len({entry.strip() for entry in value}) < len(value):
        return "names the same entry twice", "含有重复的项"
    return None


def _wrong_schema(value: object) -> tuple[str, str] | None:
    if not isinstance(value, str) or len(value) > MOST_SCHEMA:
        return (
            f"must be JSON text of a schema, at most {MOST_SCHEMA} characters",
            f"须为 JSON Schema 的文本，最多 {MOST_SCHEMA} 个字符",
        )
    try:
        schema = json.loads(value)
    except (ValueError, RecursionError) as error:
        return f"is no JSON ({error})", f"不是 JSON（{error}）"
    if not isinstance(schema, dict):
        return "must be a JSON object, the schema", "须为 JSON 对象（即 Schema）"
    return None
