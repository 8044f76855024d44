"""What a request wants its answer to be: a constraint, and what the model is told of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from qwen_app.api.conversation import with_system
from qwen_app.api.requests import (
    ChatCompletionRequest,
    CompletionRequest,
    FunctionDefinition,
    GenerationFields,
    NamedTool,
    ResponseFormat,
    Tool,
)
from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.tools import Function, ToolCalls
from qwen_app.errors import InvalidInput
from qwen_app.features.json_mode.prompt import build_messages, language_of
from qwen_app.features.prompts.compose import Composed
from qwen_app.messages import ConstraintSpec, Message

_GUIDES = ("guided_regex", "guided_choice", "guided_json")
_SCHEMA_FIELD = "response_format.json_schema.schema"
_CUTS = ("stop", "stop_token_ids")
"""Fields that could end an answer in the middle of a document."""


@dataclass(frozen=True, slots=True)
class Output:
    constraint: ConstraintSpec | None = None
    field_names: Mapping[str, str] = field(default_factory=dict)
    """What the engine's errors call a field, to the name that the client knows it by."""
    tools: str | None = None
    """For `Request.tools`."""


def completion_output(body: CompletionRequest) -> Output:
    """
    Raises:
        InvalidInput: fields that exclude each other, or need another.
    """
    output = _guided(body)
    _check_json(body, "guided_json" if body.guided_json is not None else None)
    return output


def chat_output(body: ChatCompletionRequest) -> Output:
    """
    Raises:
        InvalidInput: fields that exclude each other, or need another.
    """
    output = _guided(body)
    document = _document(body)
    if document is not None:
        if output.constraint is not None:
            raise _exclusive(output.field_names["constraint"], "response_format")
        output = Output(document, {"constraint": _SCHEMA_FIELD})
        _check_json(body, "response_format")
    else:
        _check_json(body, "guided_json" if body.guided_json is not None else None)
    if body.tools is not None:
        return _with_tools(body, body.tools, output, document)
    for name in ("tool_choice", "parallel_tool_calls"):
        if getattr(body, name) is not None:
            raise InvalidInput(
                f"`{name}` needs `tools`.", f"`{name}` 需要同时设置 `tools`。", param=name
            )
    return output


def _guided(body: GenerationFields) -> Output:
    guides = [name for name in _GUIDES if getattr(body, name) is not None]
    if len(guides) > 1:
        raise _exclusive(guides[0], guides[1])
    constraint: ConstraintSpec | None = None
    if body.guided_regex is not None:
        constraint = Regex(body.guided_regex)
    elif body.guided_choice is not None:
        constraint = Choice(tuple(body.guided_choice))
    elif body.guided_json is not None:
        constraint = JsonSchema(body.guided_json, body.json_layout or "compact", body.json_source)
    return Output(constraint, {"constraint": guides[0]} if guides else {})


def _with_tools(
    body: ChatCompletionRequest, tools: list[Tool], output: Output, document: JsonSchema | None
) -> Output:
    told = _distinct([tool.function for tool in tools])
    choice = body.tool_choice or "auto"
    if choice == "none":
        # The model is not told of them, and cannot write the marker of a call by itself.
        return output if output.constraint is not None else Output(ToolCalls(()))
    if output.constraint is not None and document is None:
        raise _exclusive("tools", output.field_names["constraint"])
    if document is not None and choice != "auto":
        raise _exclusive("tool_choice", "response_format")
    _check_uncut(body, "tools")
    called = told
    if isinstance(choice, NamedTool):
        called = [definition for definition in told if definition.name == choice.function.name]
        if not called:
            raise InvalidInput(
                f"`tool_choice` names {choice.function.name}, which is not among the `tools`.",
                f"`tool_choice` 指定的 {choice.function.name} 不在 `tools` 之中。",
                param="tool_choice.function.name",
            )
    params = [f"tools[{told.index(definition)}].function.parameters" for definition in called]
    return Output(
        constraint=ToolCalls(
            tuple(
                Function(definition.name, JsonSchema(_parameters(definition, param)))
                for definition, param in zip(called, params, strict=True)
            ),
            required=choice != "auto",
            parallel=body.parallel_tool_calls is not False,
            answer=document,
        ),
        field_names={
            **output.field_names,
            "functions": "tools",
            **{f"functions[{place}]": param for place, param in enumerate(params)},
        },
        tools=json.dumps([_told(definition) for definition in told], ensure_ascii=False),
    )


def with_format(
    messages: tuple[Message, ...], response_format: ResponseFormat | None, context_length: int
) -> tuple[Message, ...]:
    """The conversation with the schema's shape and description in the system message, as the
    JSON tab words them: the grammar holds the answer to them, but the model cannot see it. A
    shape of more characters than a quarter of the context has tokens is left out."""
    if response_format is None or response_format.json_schema is None:
        return messages
    asked = response_format.json_schema
    users = [message.content for message in messages if message.role == "user"]
    language = language_of(users[-1] if users else "")
    told, short = (
        build_messages("", schema, asked.description or "", language)[0].content
        for schema in (asked.schema_, True)
    )
    return with_system(messages, told if len(told) <= context_length // 4 else short)


def with_template(body: ChatCompletionRequest, output: Output, composed: Composed) -> Output:
    """With what holds the templates' limits and formats.

    Raises:
        InvalidInput: another field says already what the answer must be, or could cut it.
    """
    if composed.constraint is None:
        return output
    if output.constraint is not None:
        raise _exclusive("prompt_template", output.field_names.get("constraint", "tools"))
    if composed.is_whole:
        _check_uncut(body, "prompt_template")
    return Output(composed.constraint, {"constraint": "prompt_template"})


def _document(body: ChatCompletionRequest) -> JsonSchema | None:
    asked = body.response_format
    if asked is None:
        return None
    if (asked.json_schema is not None) != (asked.type == "json_schema"):
        raise InvalidInput(
            "`response_format.json_schema` belongs to the type `json_schema`, which needs it.",
            "类型 `json_schema` 必须有 `response_format.json_schema`，其他类型不能有。",
            param="response_format.json_schema",
        )
    layout = body.json_layout or "compact"
    if asked.type == "json_object":
        return replace(JsonSchema.of({"type": "object"}, layout), source=body.json_source)
    if asked.json_schema is None:
        return None
    return JsonSchema(asked.json_schema.schema_, layout, body.json_source)


def _parameters(definition: FunctionDefinition, param: str) -> str:
    """The schema of the arguments, which are an object even if it does not say so."""
    if definition.parameters is None:
        nothing = {"type": "object", "properties": {}, "additionalProperties": False}
        return json.dumps(nothing)
    schema: Any = json.loads(definition.parameters)
    if isinstance(schema, bool):
        schema = {} if schema else {"not": {}}
    kind = schema.get("type", "object")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind):
        raise InvalidInput(
            f'The arguments of a function are an object: the type of `{param}` must be "object".',
            f'函数的参数须为对象：`{param}` 的 type 须为 "object"。',
            param=param,
        )
    if "$ref" in schema:  # in the older drafts what stands beside it is ignored
        all_of = schema.get("allOf")
        rest = all_of if isinstance(all_of, list) else []
        schema = {**schema, "allOf": [{"$ref": schema["$ref"]}, *rest]}
        del schema["$ref"]
    return json.dumps({**schema, "type": "object"}, ensure_ascii=False)


def _told(definition: FunctionDefinition) -> dict[str, Any]:
    """A function as the chat template shows it to the model."""
    function: dict[str, Any] = {"name": definition.name}
    if definition.description is not None:
        function["description"] = definition.description
    if definition.parameters is not None:
        function["parameters"] = json.loads(definition.parameters)
    return {"type": "function", "function": function}


def _distinct(definitions: list[FunctionDefinition]) -> list[FunctionDefinition]:
    seen: set[str] = set()
    for place, definition in enumerate(definitions):
        if definition.name in seen:
            raise InvalidInput(
                f"Two of the `tools` are called {definition.name}; give each a name of its own.",
                f"`tools` 中有两个函数都叫 {definition.name}，请使用不同的名称。",
                param=f"tools[{place}].function.name",
            )
        seen.add(definition.name)
    return definitions


def _check_json(body: GenerationFields, json_field: str | None) -> None:
    """``json_field``: the field by which the answer is JSON."""
    if json_field is not None:
        _check_uncut(body, json_field)
        return
    for name in ("json_layout", "json_source"):
        if getattr(body, name) is not None:
            raise InvalidInput(
                f"`{name}` needs `guided_json`, or a `response_format` of JSON.",
                f"`{name}` 需要同时设置 `guided_json` 或 JSON 类型的 `response_format`。",
                param=name,
            )


def _check_uncut(body: GenerationFields, json_field: str) -> None:
    for name in _CUTS:
        if getattr(body, name):
            raise InvalidInput(
                f"`{name}` could end the answer in the middle of its JSON; send it without "
                f"`{json_field}`.",
                f"`{name}` 可能在 JSON 中途结束回答，不能与 `{json_field}` 同时使用。",
                param=name,
            )


def _exclusive(one: str, other: str) -> InvalidInput:
    return InvalidInput(
        f"`{one}` and `{other}` exclude each other; send one of them.",
        f"`{one}` 与 `{other}` 不能同时使用，请只发送其中一个。",
        param=other,
    )
