"""Conversations with tools in the words of Qwen2.5, for templates that have no place for tools."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from qwen_app.errors import InvalidInput
from qwen_app.messages import Message, ToolCall

BEFORE_TOOLS = """\
# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>"""
AFTER_TOOLS = """
</tools>

For each function call, return a json object with function name and arguments within \
<tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>"""


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """
    Raises:
        InvalidInput: they are no JSON object.
    """
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise InvalidInput(
            f"The arguments of the call of {call.name[:100]!r} must be a JSON object, as a string.",
            f"对 {call.name[:100]!r} 的调用，其参数须为字符串形式的 JSON 对象。",
            param="messages",
        )
    return arguments


def spelled_out(messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> list[Message]:
    """The same conversation as text alone: tools in the system message, calls in the
    assistant's, responses in the user's.

    Raises:
        InvalidInput: the arguments of a call are no JSON object.
    """
    return list(_spell_out(messages, tools))


def _spell_out(messages: Sequence[Message], tools: Sequence[dict[str, Any]]) -> Iterator[Message]:
    rest = list(messages)
    if tools:
        listed = "".join(f"\n{_dump(tool)}" for tool in tools)
        told = f"{BEFORE_TOOLS}{listed}{AFTER_TOOLS}"
        if rest and rest[0].role == "system":
            told = f"{rest.pop(0).content}\n\n{told}"
        yield Message("system", told)
    responses: list[str] = []
    for message in rest:
        if message.role == "tool":
            responses.append(f"<tool_response>\n{message.content}\n</tool_response>")
            continue
        if responses:
            yield Message("user", "\n".join(responses))
            responses = []
        calls = [
            f'<tool_call>\n{{"name": "{call.name}", "arguments": {_dump(arguments_of(call))}}}\n'
            "</tool_call>"
            for call in message.tool_calls
        ]
        said = [message.content] if message.content or not calls else []
        yield Message(message.role, "\n".join([*said, *calls]))
    if responses:
        yield Message("user", "\n".join(responses))


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
