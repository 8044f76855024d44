"""The bodies that /v1 accepts.

Strict: a field that is not here is refused by name, and no value is converted to another type.
A null counts as an absent field, except inside JSON that is not ours to read (a schema).
A `Literal` lists the values that this server can honour of those that OpenAI's API knows.
"""

import json
import math
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from qwen_app.errors import InvalidInput

MAX_INT = 2**31 - 1


class Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        """A null says what an absent field says."""
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if item is not None}
        return value


def _schema_text(value: object) -> str:
    """A schema as JSON text: null, key order and numbers as the client sent them."""
    if not isinstance(value, dict | bool):
        raise PydanticCustomError("schema", "not a schema")
    if not _is_finite(value):
        raise PydanticCustomError("finite_number", "a number beyond double precision")
    return json.dumps(value, ensure_ascii=False)


def _schema_or_text(value: object) -> str:
    return value if isinstance(value, str) else _schema_text(value)


def _is_finite(value: object) -> bool:
    """Whether no number in it was too large for a double; the JSON has at most 200 levels."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


Schema = Annotated[str, PlainValidator(_schema_text, json_schema_input_type=dict[str, Any] | bool)]
"""Sent as a JSON value; here its text."""
SchemaOrText = Annotated[
    str, PlainValidator(_schema_or_text, json_schema_input_type=dict[str, Any] | bool | str)
]


def _stop_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _part_list(value: object) -> object:
    return [{"type": "text", "text": value}] if isinstance(value, str) else value


class StreamOptions(Wire):
    include_usage: bool = Field(
        default=False, description="Send a last chunk with the usage and no choices."
    )


class GenerationFields(Wire):
    """What both routes understand. Where a sampling field is absent, the model's own default
    (its generation_config) holds."""

    model: str | None = Field(
        default=None,
        description="A name from /v1/models. Absent or `default`: the model that is loaded.",
    )
    stream: bool = False
    stream_options: StreamOptions | None = Field(
        default=None, description="Only together with `stream: true`."
    )
    n: Annotated[int, Field(ge=1, le=MAX_INT)] = Field(
        default=1, description="How many answers; answer i uses seed + i."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        default=None, description="0 is greedy."
    )
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1, le=MAX_INT)] | None = Field(
        default=None, description="0 and -1 switch it off."
    )
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(gt=0, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = Field(
        default=None, description="Token id to a bias that is added to its logit."
    )
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: (
        Annotated[
            list[Annotated[str, Field(min_length=1)]],
            Field(max_length=16),
            BeforeValidator(_stop_list, json_schema_input_type=str | list[str]),
        ]
        | None
    ) = None
    stop_token_ids: (
        Annotated[list[Annotated[int, Field(ge=0, le=MAX_INT)]], Field(max_length=256)] | None
    ) = None
    ignore_eos: bool = Field(
        default=False, description="Go on past the model's end tokens; for benchmarks."
    )
    max_tokens: Annotated[int, Field(ge=1, le=MAX_INT)] | None = None
    guided_regex: str | None = Field(
        default=None, description="The whole answer matches this regular expression."
    )
    guided_choice: Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None, description="The answer is one of these."
    )
    guided_json: SchemaOrText | None = Field(
        default=None,
        description="The whole answer is JSON that is valid under this JSON Schema (or its "
        "text). Unlike `response_format` it adds nothing to the prompt.",
    )
    json_layout: Literal["compact", "pretty"] | None = Field(
        default=None,
        description="How JSON is laid out: `compact` (absent: this) has no white space outside "
        "strings, `pretty` puts each member on a line of its own, indented by two spaces. Only "
        "together with `guided_json` or a `response_format` of JSON.",
    )
    json_source: Annotated[str, Field(min_length=1, max_length=1_000_000)] | None = Field(
        default=None,
        description="The text that the JSON is about: its strings, numbers and dates are taken "
        "from this text, as far as the schema leaves them open (no list of choices, no pattern). "
        "Only together with `guided_json` or a `response_format` of JSON.",
    )
    user: str | None = Field(default=None, description="Accepted; has no effect on the answer.")


class TextPart(Wire):
    type: Literal["text"]
    text: str


def _tool_name(value: str) -> str:
    if not _TOOL_NAME.fullmatch(value):
        raise PydanticCustomError("tool_name", "not a name")
    return value


_BY_THE_CLIENT = (
    "Accepted, without effect: the `openai` client leaves it in messages that it has parsed."
)
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ToolName = Annotated[str, AfterValidator(_tool_name)]


class CalledFunction(Wire):
    name: ToolName
    arguments: str = Field(description="A JSON object, as a string.")
    parsed_arguments: Any = Field(default=None, description=_BY_THE_CLIENT)


class MessageToolCall(Wire):
    id: Annotated[str, Field(min_length=1)]
    type: Literal["function"]
    function: CalledFunction


class ChatMessage(Wire):
    role: Literal["system", "developer", "user", "assistant", "tool"] = Field(
        description="`developer` is another name for `system`."
    )
    content: (
        Annotated[
            list[TextPart],
            Field(min_length=1),
            BeforeValidator(_part_list, json_schema_input_type=str | list[TextPart]),
        ]
        | None
    ) = Field(
        default=None,
        description="A string, or text parts, which are joined by line breaks. Required, but for "
        "an assistant's message with `tool_calls`.",
    )
    tool_calls: Annotated[list[MessageToolCall], Field(min_length=1)] | None = Field(
        default=None,
        description="Only of an assistant. Each call is followed by a `tool` message.",
    )
    tool_call_id: str | None = Field(
        default=None, description="Of a `tool` message: the call that it is the response to."
    )
    parsed: Any = Field(default=None, description=_BY_THE_CLIENT)


class JsonSchemaFormat(Wire):
    name: ToolName = Field(description="Required, as in OpenAI's API; has no effect.")
    description: str | None = Field(
        default=None, description="Shown to the model together with the schema's shape."
    )
    schema_: Schema = Field(
        alias="schema", description="Any JSON Schema, draft 4 to 2020-12, without remote `$ref`s."
    )
    strict: bool | None = Field(
        default=None,
        description="Whatever it is, the answer is valid under the schema or the request ends in "
        "an error: false and absent promise less in OpenAI's API, and get as much here.",
    )


class ResponseFormat(Wire):
    type: Literal["text", "json_object", "json_schema"] = Field(
        description="`json_object`: any JSON object. `json_schema`: JSON valid under "
        "`json_schema.schema`, whose shape is added to the system message if it is not too long."
    )
    json_schema: JsonSchemaFormat | None = None


class FunctionDefinition(Wire):
    name: ToolName
    description: str | None = None
    parameters: Schema | None = Field(
        default=None, description="JSON Schema of an object. Absent: there are no parameters."
    )
    strict: bool | None = Field(
        default=None, description="Arguments are valid under `parameters` whatever it is."
    )


class Tool(Wire):
    type: Literal["function"]
    function: FunctionDefinition


class FunctionName(Wire):
    name: ToolName


class NamedTool(Wire):
    type: Literal["function"]
    function: FunctionName


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("mode")]
    | Annotated[NamedTool, Tag("named")],
    Discriminator(lambda value: "named" if isinstance(value, dict | NamedTool) else "mode"),
]


class PromptTemplateFields(Wire):
    role: str | None = None
    format: str | None = None
    length: str | None = None
    thinking: str | None = None
    variables: dict[str, Any] = Field(
        default_factory=dict,
        description="Values of the templates' variables by name; by `kind.name` where two "
        "templates have a variable of the same name.",
    )
    language: Literal["zh", "en"] | None = Field(
        default=None, description="Of the templates. Absent: that of the last user message."
    )


class ChatCompletionRequest(GenerationFields):
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1, le=MAX_INT)] | None = Field(
        default=None, description="The newer name of `max_tokens`. Absent: what the context holds."
    )
    logprobs: bool = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = Field(
        default=None, description="Only together with `logprobs: true`."
    )
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Tool], Field(min_length=1, max_length=128)] | None = None
    tool_choice: ToolChoice | None = Field(
        default=None,
        description="`auto` (absent: this): the model may call tools. `required`: it must. A "
        "function: it must call that one. `none`: it answers without.",
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="False: at most one call. Absent: several are allowed."
    )
    continue_final_message: bool = Field(
        default=False,
        description="The answer goes on from the last message, which must be the assistant's, in "
        "the middle of its text; only what is new is returned.",
    )
    add_generation_prompt: bool | None = Field(
        default=None,
        description="Absent: the opposite of `continue_final_message`, which is all that it may "
        "be.",
    )
    prompt_template: PromptTemplateFields | None = Field(
        default=None,
        description="Templates of the prompt library, by name (`/v1/prompts` lists them). Their "
        "text is added to the system message; limits and formats are held while the answer is "
        "written as far as they can be, and each choice has a `verdict`.",
    )
    modalities: list[Literal["text"]] | None = None
    metadata: dict[str, str] | None = Field(
        default=None, description="Accepted; has no effect on the answer and is not kept."
    )
    store: Literal[False] | None = Field(default=None, description="Answers are never stored.")
    service_tier: Literal["auto", "default"] | None = None
    safety_identifier: str | None = Field(default=None, description="Accepted, without effect.")
    prompt_cache_key: str | None = Field(
        default=None, description="Accepted; shared prefixes are found without it."
    )


def _prompts(value: object) -> tuple[str | tuple[int, ...], ...]:
    """A text, token ids, or a list of either; as the list of prompts."""
    if isinstance(value, str):
        return (_prompt(value, "prompt"),)
    if isinstance(value, list) and value:
        if all(_is_token(item) for item in value):
            return (_prompt(value, "prompt"),)
        return tuple(_prompt(item, f"prompt[{index}]") for index, item in enumerate(value))
    raise _bad_prompt("prompt")


def _prompt(value: object, param: str) -> str | tuple[int, ...]:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(_is_token(item) for item in value):
        return tuple(value)
    raise _bad_prompt(param)


def _is_token(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INT


def _bad_prompt(param: str) -> InvalidInput:
    return InvalidInput(
        f"`{param}` must be a non-empty text or non-empty array of token ids (integers from 0); "
        "`prompt` may also be an array of those.",
        f"`{param}` 须为非空文本或非空的词元 id 数组（不小于 0 的整数）；"
        "`prompt` 也可以是由它们组成的数组。",
        param=param,
    )


class CompletionRequest(GenerationFields):
    prompt: Annotated[
        Any,
        PlainValidator(
            _prompts,
            json_schema_input_type=str | list[str] | list[int] | list[list[int]],
        ),
    ] = Field(description="The raw text or tokens to go on from; no chat template is applied.")
    max_tokens: Annotated[int, Field(ge=1, le=MAX_INT)] | None = Field(
        default=16, description="16 if absent, as in OpenAI's API."
    )
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    best_of: int | None = Field(default=None, description="Only equal to `n`.")
    echo: Literal[False] | None = None
    suffix: Literal[""] | None = None


class PreflightRequest(Wire):
    schema_: SchemaOrText = Field(alias="schema", description="A JSON Schema, or its text.")
