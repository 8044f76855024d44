"""What the model reads in JSON mode; the app, the evaluation and the training data share it.

The schema and the instructions come first and the text last, so that texts of one batch have
their beginning in common, which the prefix cache computes once.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from qwen_app.errors import Language
from qwen_app.features.json_mode.shape import shape
from qwen_app.messages import Message

_FRAME: Final[Mapping[Language, str]] = {
    "en": "Read the text and answer in JSON:",
    "zh": "阅读文本，用 JSON 回答：",
}
_HAN: Final = re.compile(r"[㐀-䶿一-鿿]")


def build_messages(
    text: str,
    schema: str | Mapping[str, Any] | bool,
    instructions: str = "",
    language: Language | None = None,
) -> tuple[Message, ...]:
    """The conversation that asks for a document about ``text``.

    Args:
        text: what to read.
        schema: a JSON Schema, as a value or as JSON text; text that is no JSON is read as the
            schema that allows anything.
        instructions: what the reader wants besides; empty for none.
        language: of the frame; None takes that of the text, so that the same text and schema
            give the same prompt whatever language the page is in.
    """
    frame = _FRAME[language or language_of(text)]
    lines = [frame, shape(_loaded(schema)), instructions.strip()]
    return (Message("system", "\n".join(filter(None, lines))), Message("user", text.strip()))


def language_of(text: str) -> Language:
    """Chinese if at least one in ten letters is Han, else English."""
    han = len(_HAN.findall(text))
    return "zh" if han and 10 * han >= sum(c.isalpha() for c in text) else "en"


def _loaded(schema: str | Mapping[str, Any] | bool) -> Mapping[str, Any] | bool:
    if not isinstance(schema, str):
        return schema
    try:
        value = json.loads(schema)
    except (ValueError, RecursionError):
        return True
    return value if isinstance(value, Mapping | bool) else True
