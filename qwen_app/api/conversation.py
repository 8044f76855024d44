"""From the messages of a request to those of a prompt."""

from collections.abc import Sequence

from qwen_app.api.requests import ChatMessage
from qwen_app.errors import InvalidInput
from qwen_app.messages import Message, ToolCall


def conversation(messages: Sequence[ChatMessage]) -> tuple[Message, ...]:
    """The responses to one message's calls are put into the order of the calls: chat templates
    know them by their place, clients by their ids.

    Raises:
        InvalidInput: fields that do not go with the role, or responses that do not fit the
            calls before them.
    """
    result: list[Message] = []
    place = 0
    while place < len(messages):
        message = messages[place]
        _check_fields(message, f"messages[{place}]")
        if message.role == "tool":
            raise InvalidInput(
                "A message with the role `tool` must follow an assistant's message whose "
                "`tool_calls` it responds to.",
                "角色为 `tool` 的消息之前，须有助手发出的、含对应 `tool_calls` 的消息。",
                param=f"messages[{place}].role",
            )
        result.append(_message(message))
        place += 1
        if message.tool_calls:
            end = place
            while end < len(messages) and messages[end].role == "tool":
                _check_fields(messages[end], f"messages[{end}]")
                end += 1
            result += _in_order(result[-1].tool_calls, messages[place:end], place)
            place = end
    return tuple(result)


def with_system(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """The conversation with ``text`` at the end of its system message."""
    if messages[0].role == "system":
        joined = f"{messages[0].content}\n\n{text}".strip()
        return (Message("system", joined), *messages[1:])
    return (Message("system", text), *messages)


def _message(message: ChatMessage) -> Message:
    return Message(
        "system" if message.role == "developer" else message.role,
        "\n".join(part.text for part in message.content or ()),
        tuple(
            ToolCall(call.function.name, call.function.arguments, call.id)
            for call in message.tool_calls or ()
        ),
        message.tool_call_id,
    )


def _check_fields(message: ChatMessage, path: str) -> None:
    if message.tool_calls is not None and message.role != "assistant":
        raise InvalidInput(
            "`tool_calls` belong to a message with the role `assistant`.",
            "`tool_calls` 只能用于角色为 `assistant` 的消息。",
            param=f"{path}.tool_calls",
        )
    if (message.tool_call_id is not None) != (message.role == "tool"):
        raise InvalidInput(
            "`tool_call_id` belongs to a message with the role `tool`, which needs one.",
            "角色为 `tool` 的消息必须有 `tool_call_id`，其他消息不能有。",
            param=f"{path}.tool_call_id",
        )
    if message.content is None and message.tool_calls is None:
        param = f"{path}.content"
        raise InvalidInput(
            f"`{param}` is missing; it is required.", f"缺少必填字段 `{param}`。", param=param
        )


def _in_order(
    calls: tuple[ToolCall, ...], responses: Sequence[ChatMessage], first: int
) -> list[Message]:
    by_id: dict[str, Message] = {}
    known = [call.id for call in calls]
    if len(set(known)) < len(known):
        raise InvalidInput(
            "Two of the `tool_calls` have the same `id`.",
            "`tool_calls` 中有两个相同的 `id`。",
            param=f"messages[{first - 1}].tool_calls",
        )
    for place, response in enumerate(responses, first):
        id_ = response.tool_call_id or ""
        if id_ not in known or id_ in by_id:
            raise InvalidInput(
                "This `tool_call_id` is not that of a call in the assistant's message before, or "
                "the call has two responses.",
                "此 `tool_call_id` 不属于前面助手消息中的任何调用，或同一调用有两个响应。",
                param=f"messages[{place}].tool_call_id",
            )
        by_id[id_] = _message(response)
    if missing := [id_ for id_ in known if id_ not in by_id]:
        raise InvalidInput(
            "Each of the `tool_calls` must be followed by a `tool` message with its "
            f"`tool_call_id`; there is none for {', '.join(missing)[:200]}.",
            "每个 `tool_calls` 之后都须有带其 `tool_call_id` 的 `tool` 消息；"
            f"缺少：{'、'.join(missing)[:200]}。",
            param=f"messages[{first - 1}].tool_calls",
        )
    return [by_id[id_] for id_ in known]
