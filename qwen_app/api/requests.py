"""The bodies that /v1 accepts.

Strict: a field that is not here is refused by name, and no value is converted to another type.
A null counts as an absent field; `qwen_app.api.body` removes it before these models see it.
A `Literal` lists the values that this server can honour of those that OpenAI's API knows.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from qwen_app.errors import InvalidInput

MAX_INT = 2**31 - 1


class Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


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
    user: str | None = Field(default=None, description="Accepted; has no effect on the answer.")


class TextPart(Wire):
    type: Literal["text"]
    text: str


class ChatMessage(Wire):
    role: Literal["system", "developer", "user", "assistant"] = Field(
        description="`developer` is another name for `system`."
    )
    content: Annotated[
        list[TextPart],
        Field(min_length=1),
        BeforeValidator(_part_list, json_schema_input_type=str | list[TextPart]),
    ] = Field(description="A string, or text parts, which are joined by line breaks.")


class ResponseFormat(Wire):
    type: Literal["text"]


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
