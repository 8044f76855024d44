"""From what a client sent to what the engine is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from qwen_app.api.conversation import conversation, with_system
from qwen_app.api.output import (
    Output,
    chat_output,
    completion_output,
    with_format,
    with_template,
)
from qwen_app.api.prompts import composed_of
from qwen_app.api.requests import (
    MAX_INT,
    ChatCompletionRequest,
    CompletionRequest,
    GenerationFields,
)
from qwen_app.api.settings import ApiSettings
from qwen_app.decoding.tools import ToolCalls
from qwen_app.engine.base import ModelInfo
from qwen_app.errors import (
    AppError,
    InvalidInput,
    NoValidDocument,
    UnknownModel,
    UnsupportedField,
)
from qwen_app.features.prompts.compose import Composed
from qwen_app.features.prompts.library import Library
from qwen_app.messages import Prompt, Request, SamplingParams

ALIAS = "qwen2.5-0.5b-instruct"
"""Answers whatever model is loaded, so that the same call works before and after the real model
is there; the response says which one it was."""

_SAMPLING_FIELDS = (
    "temperature",
    "top_p",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "ignore_eos",
)
"""Those that mean the same in a request and in `SamplingParams`."""


@dataclass(frozen=True, slots=True)
class Job:
    """The work of one HTTP request: answer i of prompt p is choice ``p * n + i``."""

    requests: tuple[Request, ...]
    n: int
    stream: bool
    include_usage: bool
    field_names: Mapping[str, str]
    """What the engine's errors call a field, to the name that the client knows it by."""
    composed: Composed | None = None
    """Templates that the answers are held to."""

    def name_field(self, error: AppError) -> None:
        """Call the field that is at fault as the client does."""
        if isinstance(error, NoValidDocument):  # names a keyword, in its text as well
            error.param = self.field_names.get("constraint", "tools")
        elif error.param is not None:
            error.param = self.field_names.get(error.param, error.param)


def calls_of(job: Job) -> ToolCalls | None:
    """The calls that the answers may hold."""
    constraint = job.requests[0].constraint
    return constraint if isinstance(constraint, ToolCalls) and constraint.functions else None


def model_names(info: ModelInfo) -> tuple[str, ...]:
    """Names under which the loaded model answers, its own first; case does not count."""
    by_key: dict[str, str] = {}
    for name in (info.id, info.id.rpartition("/")[2], ALIAS, "default"):
        by_key.setdefault(name.casefold(), name)
    return tuple(by_key.values())


def check_model(name: str | None, info: ModelInfo) -> None:
    """
    Raises:
        UnknownModel: no model answers under this name.
    """
    names = model_names(info)
    if name is None or name.casefold() in map(str.casefold, names):
        return
    known = ", ".join(f"`{known}`" for known in names)
    shown = name if len(name) <= 100 else name[:97] + "..."
    raise UnknownModel(
        f"There is no model `{shown}` here; use one of {known}.",
        f"没有名为 `{shown}` 的模型；可用：{known}。",
        param="model",
    )


def chat_job(
    body: ChatCompletionRequest,
    info: ModelInfo,
    settings: ApiSettings,
    library: Library = Library(()),  # noqa: B008 - frozen
) -> Job:
    """
    Raises:
        InvalidInput: fields that do not go together, or a limit of the server.
        UnknownModel: the model that was asked for is not the one that is loaded.
    """
    if body.top_logprobs is not None and not body.logprobs:
        raise InvalidInput(
            "`top_logprobs` needs `logprobs: true`.",
            "`top_logprobs` 需要同时设置 `logprobs: true`。",
            param="top_logprobs",
        )
    limits = {limit for limit in (body.max_tokens, body.max_completion_tokens) if limit is not None}
    if len(limits) > 1:
        raise InvalidInput(
            "`max_tokens` and `max_completion_tokens` differ; send only one of them.",
            "`max_tokens` 与 `max_completion_tokens` 不一致，请只发送其中一个。",
            param="max_completion_tokens",
        )
    if body.add_generation_prompt is body.continue_final_message:
        raise InvalidInput(
            "An answer either goes on from the last message or is one of its own:"
            " `add_generation_prompt` must be the opposite of `continue_final_message`.",
            "回答要么接着最后一条消息续写，要么自成一条：`add_generation_prompt` 须与"
            " `continue_final_message` 相反。",
            param="add_generation_prompt",
        )
    messages = with_format(conversation(body.messages), body.response_format, info.context_length)
    output = chat_output(body)
    composed: Composed | None = None
    if body.prompt_template is not None:
        composed = composed_of(body.prompt_template, messages, library)
        messages = with_system(messages, composed.system)
        output = with_template(body, output, composed)
    job = _job(
        body,
        (messages,),
        output,
        info,
        settings,
        max_tokens=max(limits, default=None),
        max_tokens_field="max_tokens" if body.max_tokens else "max_completion_tokens",
        top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        prompt_field="messages",
        continue_final=body.continue_final_message,
    )
    return replace(job, composed=composed)


def completion_job(body: CompletionRequest, info: ModelInfo, settings: ApiSettings) -> Job:
    """
    Raises:
        InvalidInput: fields that do not go together, or a limit of the server.
        UnknownModel: the model that was asked for is not the one that is loaded.
    """
    if body.best_of not in (None, body.n):
        raise UnsupportedField(
            "`best_of` is only supported equal to `n`; remove it.",
            "`best_of` 只能与 `n` 相等，请删除。",
            param="best_of",
        )
    if len(body.prompt) > settings.max_prompts:
        raise InvalidInput(
            f"`prompt` has {len(body.prompt)} prompts; send at most {settings.max_prompts} "
            "in one request.",
            f"`prompt` 含 {len(body.prompt)} 个提示；每次请求最多 {settings.max_prompts} 个。",
            param="prompt",
        )
    return _job(
        body,
        body.prompt,
        completion_output(body),
        info,
        settings,
        max_tokens=body.max_tokens,
        max_tokens_field="max_tokens",
        top_logprobs=body.logprobs,
        prompt_field="prompt",
    )


def _job(
    body: GenerationFields,
    prompts: tuple[Prompt, ...],
    output: Output,
    info: ModelInfo,
    settings: ApiSettings,
    *,
    max_tokens: int | None,
    max_tokens_field: str,
    top_logprobs: int | None,
    prompt_field: str,
    continue_final: bool = False,
) -> Job:
    check_model(body.model, info)
    if body.n > settings.max_n:
        raise InvalidInput(
            f"`n` is {body.n}; this server gives at most {settings.max_n} answers a request.",
            f"`n` 为 {body.n}；此服务器每次请求最多给出 {settings.max_n} 个回答。",
            param="n",
        )
    if body.stream_options is not None and not body.stream:
        raise InvalidInput(
            "`stream_options` needs `stream: true`.",
            "`stream_options` 需要同时设置 `stream: true`。",
            param="stream_options",
        )
    if continue_final and output.constraint is not None:
        raise InvalidInput(
            "`continue_final_message` goes with free text only: a format, a guide or tools hold for"
            " an answer from its beginning.",
            "`continue_final_message` 只能用于自由文本：格式、引导约束和工具都要求从头作答。",
            param="continue_final_message",
        )
    sampling = _sampling(body, info.defaults, max_tokens, top_logprobs)
    return Job(
        requests=tuple(
            Request(
                prompt,
                sampling,
                output.constraint,
                body.n,
                settings.request_timeout_s,
                output.tools,
                continue_final,
            )
            for prompt in prompts
        ),
        n=body.n,
        stream=body.stream,
        include_usage=body.stream_options is not None and body.stream_options.include_usage,
        field_names={
            "messages": prompt_field,
            "prompt": prompt_field,
            "max_tokens": max_tokens_field,
            **output.field_names,
        },
    )


def _sampling(
    body: GenerationFields,
    defaults: SamplingParams,
    max_tokens: int | None,
    top_logprobs: int | None,
) -> SamplingParams:
    given = {name: value for name in _SAMPLING_FIELDS if (value := getattr(body, name)) is not None}
    if max_tokens is not None:
        given["max_tokens"] = max_tokens
    if body.top_k is not None:
        given["top_k"] = max(body.top_k, 0)
    if body.logit_bias is not None:
        given["logit_bias"] = _logit_bias(body.logit_bias)
    if body.stop is not None:
        given["stop"] = tuple(body.stop)
    if body.stop_token_ids is not None:
        given["stop_token_ids"] = tuple(body.stop_token_ids)
    return replace(defaults, top_logprobs=top_logprobs, **given)


def _logit_bias(by_key: dict[str, float]) -> dict[int, float]:
    biases = {}
    for key, bias in by_key.items():
        if not (key.isascii() and key.isdigit() and len(key) <= 10 and int(key) <= MAX_INT):
            raise InvalidInput(
                'The keys of `logit_bias` must be token ids, such as "1234".',
                '`logit_bias` 的键须为词元 id，例如 "1234"。',
                param="logit_bias",
            )
        biases[int(key)] = bias
    return biases
