"""Answers of /v1/chat/completions."""

from collections.abc import Iterable, Iterator, Sequence

from qwen_app.api.render import Envelope, finite, last_receipt, receipt_body
from qwen_app.api.responses import (
    AssistantMessage,
    ChatChoice,
    ChatCompletion,
    ChatCompletionChunk,
    ChatLogprobs,
    ChatTokenLogprob,
    ChunkChoice,
    ChunkDelta,
    TopLogprob,
    Usage,
)
from qwen_app.messages import Delta, TokenLogprob


class ChatFormat:
    """Implements `qwen_app.api.render.Format`.

    Args:
        logprobs: the client asked for them.
        announce_usage: the client asked for the usage, so every chunk has a ``usage`` field.
    """

    def __init__(self, envelope: Envelope, *, logprobs: bool, announce_usage: bool) -> None:
        self._envelope = envelope
        self._logprobs = logprobs
        self._announce_usage = announce_usage
        self._begun: set[int] = set()

    def chunks(self, choice: int, delta: Delta) -> Iterator[ChatCompletionChunk]:
        if choice not in self._begun:
            self._begun.add(choice)
            yield self._chunk(
                ChunkChoice(
                    index=choice,
                    delta=ChunkDelta(role="assistant", content=""),
                    logprobs=None,
                    finish_reason=None,
                )
            )
        if delta.text or (self._logprobs and delta.logprobs):
            yield self._chunk(
                ChunkChoice(
                    index=choice,
                    delta=ChunkDelta(content=delta.text),
                    logprobs=self._chat_logprobs(delta.logprobs),
                    finish_reason=None,
                )
            )
        if delta.receipt is not None:
            yield self._chunk(
                ChunkChoice(
                    index=choice,
                    delta=ChunkDelta(),
                    logprobs=None,
                    finish_reason=delta.receipt.finish_reason,
                    receipt=receipt_body(delta.receipt),
                )
            )

    def usage_chunk(self, usage: Usage) -> ChatCompletionChunk:
        return self._envelop([], usage)

    def whole(self, choices: Sequence[Sequence[Delta]], usage: Usage) -> ChatCompletion:
        envelope = self._envelope
        return ChatCompletion(
            id=envelope.id,
            object="chat.completion",
            created=envelope.created,
            model=envelope.model,
            system_fingerprint=envelope.system_fingerprint,
            choices=[
                ChatChoice(
                    index=index,
                    message=AssistantMessage(
                        role="assistant",
                        content="".join(delta.text for delta in deltas),
                        refusal=None,
                    ),
                    logprobs=self._chat_logprobs(
                        entry for delta in deltas for entry in delta.logprobs
                    ),
                    finish_reason=last_receipt(deltas).finish_reason,
                    receipt=receipt_body(last_receipt(deltas)),
                )
                for index, deltas in enumerate(choices)
            ],
            usage=usage,
        )

    def _chunk(self, choice: ChunkChoice) -> ChatCompletionChunk:
        return self._envelop([choice], None)

    def _envelop(self, choices: list[ChunkChoice], usage: Usage | None) -> ChatCompletionChunk:
        envelope = self._envelope
        chunk = ChatCompletionChunk(
            id=envelope.id,
            object="chat.completion.chunk",
            created=envelope.created,
            model=envelope.model,
            system_fingerprint=envelope.system_fingerprint,
            choices=choices,
        )
        if self._announce_usage:
            chunk.usage = usage
        return chunk

    def _chat_logprobs(self, entries: Iterable[TokenLogprob]) -> ChatLogprobs | None:
        if not self._logprobs:
            return None
        return ChatLogprobs(content=[_token(entry) for entry in entries], refusal=None)


def _token(entry: TokenLogprob) -> ChatTokenLogprob:
    return ChatTokenLogprob(
        token=entry.text,
        logprob=finite(entry.logprob),
        bytes=list(entry.raw),
        top_logprobs=[
            TopLogprob(token=rival.text, logprob=finite(rival.logprob), bytes=list(rival.raw))
            for rival in entry.top
        ],
    )
