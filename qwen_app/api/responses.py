"""The bodies that the API answers with, as OpenAI has them, plus a receipt on every choice.

A field is written if it was set, so that a null stands where OpenAI's API has one.
"""

from typing import Literal

from pydantic import BaseModel, Field

from qwen_app.api.prompt_bodies import PromptVerdict
from qwen_app.messages import FinishReason

ChatFinishReason = FinishReason | Literal["tool_calls"]


class ErrorBody(BaseModel):
    message: str
    type: str
    param: str | None
    code: str


class ErrorResponse(BaseModel):
    error: ErrorBody


class PromptTokensDetails(BaseModel):
    cached_tokens: int = Field(description="Prompt tokens that came from the prefix cache.")


class Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails


class SamplingUsed(BaseModel):
    """The parameters as they were used, defaults applied."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float
    repetition_penalty: float
    presence_penalty: float
    frequency_penalty: float
    stop: list[str]
    max_tokens: int | None


class ReceiptBody(BaseModel):
    """How the answer came about; together with the request enough to replay it. Not part of
    OpenAI's API."""

    model: str
    quantization: str
    device: str
    seed: int | None = Field(description="The seed that was used, drawn if none was given.")
    sampling: SamplingUsed
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    forced_tokens: int = Field(description="Completion tokens that a constraint left no choice of.")
    rewinds: int = Field(
        description="How often tokens were taken back: a check of the finished part of a JSON "
        "document failed, or a text had come to its limit of length."
    )
    context_length: int
    queue_s: float
    time_to_first_token_s: float
    tokens_per_second: float


class TopLogprob(BaseModel):
    token: str
    logprob: float
    bytes: list[int]


class ChatTokenLogprob(TopLogprob):
    top_logprobs: list[TopLogprob]


class ChatLogprobs(BaseModel):
    content: list[ChatTokenLogprob]
    refusal: None = None


class FunctionCall(BaseModel):
    name: str
    arguments: str = Field(description="A JSON object, as a string.")


class ToolCallBody(BaseModel):
    id: str
    type: Literal["function"]
    function: FunctionCall


class AssistantMessage(BaseModel):
    role: Literal["assistant"]
    content: str | None = Field(description="Null if the answer is nothing but tool calls.")
    refusal: None = None
    tool_calls: list[ToolCallBody] | None = Field(
        default=None, description="Complete calls only; absent if there are none."
    )


class ChatChoice(BaseModel):
    index: int
    message: AssistantMessage
    logprobs: ChatLogprobs | None
    finish_reason: ChatFinishReason
    receipt: ReceiptBody
    verdict: PromptVerdict | None = Field(
        default=None, description="With `prompt_template`, if its templates can be checked."
    )


class ChatCompletion(BaseModel):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str = Field(description="The model that really answered.")
    system_fingerprint: str
    choices: list[ChatChoice]
    usage: Usage


class ChunkFunction(BaseModel):
    name: str | None = None
    arguments: str


class ChunkToolCall(BaseModel):
    """The first of a call has everything, with empty arguments; the others add to those."""

    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: ChunkFunction


class ChunkDelta(BaseModel):
    role: Literal["assistant"] | None = None
    content: str | None = None
    tool_calls: list[ChunkToolCall] | None = None


class ChunkChoice(BaseModel):
    index: int
    delta: ChunkDelta
    logprobs: ChatLogprobs | None
    finish_reason: ChatFinishReason | None
    receipt: ReceiptBody | None = Field(default=None, description="With the finish_reason.")
    verdict: PromptVerdict | None = Field(
        default=None, description="With the finish_reason, as in an answer that is not streamed."
    )


class ChatCompletionChunk(BaseModel):
    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: Usage | None = None


class CompletionLogprobs(BaseModel):
    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]
    text_offset: list[int]


class CompletionChoice(BaseModel):
    index: int
    text: str
    logprobs: CompletionLogprobs | None
    finish_reason: FinishReason | None = Field(description="Null in a chunk that is not the last.")
    receipt: ReceiptBody | None = Field(default=None, description="With the finish_reason.")


class Completion(BaseModel):
    """The whole answer, or a chunk of a stream."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str = Field(description="The model that really answered.")
    system_fingerprint: str
    choices: list[CompletionChoice]
    usage: Usage | None = None


class SchemaRemark(BaseModel):
    keyword: str
    path: str = Field(description="JSON pointer to the keyword in the schema.")
    en: str
    zh: str


class PreflightBody(BaseModel):
    """What becomes of each keyword of a schema, in both languages. Not part of OpenAI's API."""

    ok: bool = Field(description="The schema can be used; if not, `problems` says why.")
    dialect: str = Field(description="`draft-03` to `2020-12`; empty if it is no schema at all.")
    problems: list[SchemaRemark] = Field(description="Why it cannot be used.")
    enforced: list[SchemaRemark] = Field(description="What the grammar guarantees while decoding.")
    checked: list[SchemaRemark] = Field(
        description="What is checked instead; where it fails, decoding goes back and tries anew."
    )
    warnings: list[SchemaRemark] = Field(
        description="Parts that are unbounded, can never be met, or say less than they seem to."
    )
    least_tokens: int | None = Field(
        description="With a `max_tokens` of this a document is complete; null: not known."
    )
    most_tokens: int | None = Field(
        description="No compact document needs more tokens; null: there is no bound."
    )


class ModelCard(BaseModel):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    root: str = Field(description="The model that answers under this name.")
    is_demo: bool = Field(
        description="True if the small embedded demonstration model answers, not Qwen2.5-0.5B."
    )
    parameters: int
    quantization: str
    dtype: str
    device: str
    context_length: int


class ModelList(BaseModel):
    object: Literal["list"]
    data: list[ModelCard]


class Health(BaseModel):
    status: Literal["ready", "loading", "failed"]
    progress: float = Field(description="0 to 1 while loading.")
    detail: str = Field(description="The step under way, or why loading failed.")
    model: str | None
    running: int
    waiting: int
