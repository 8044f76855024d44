"""Answers that may call functions, as plain values. In Qwen's markup such an answer reads::

text, which may be empty
<tool_call>
{"name": "get_weather", "arguments": {"city":"北京"}}
</tool_call>
"""

from dataclasses import dataclass

from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.messages import ConstraintSpec

OPEN = "<tool_call>"
CLOSE = "</tool_call>"
MOST_CALLS = 16
"""In one answer: a small model that repeats itself must end some time."""


@dataclass(frozen=True, slots=True)
class Function:
    """One that may be called."""

    name: str
    """Of ``[a-zA-Z0-9_-]``."""
    arguments: JsonSchema
    """Of a JSON object."""


@dataclass(frozen=True, slots=True)
class ToolCalls(ConstraintSpec):
    """Text, calls, or text and then calls; nothing follows the last call."""

    functions: tuple[Function, ...]
    """None at all: the answer is free text without the marker, whatever the other fields say."""
    required: bool = False
    """The answer begins with a call."""
    parallel: bool = True
    """More than one call is allowed, up to `MOST_CALLS`."""
    answer: JsonSchema | None = None
    """What an answer without a call must be; None: free text."""
