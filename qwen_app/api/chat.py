"""Answers of /v1/chat/completions."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from qwen_app.api.prompt_bodies import PromptVerdict
from qwen_app.api.prompts import verdict_of
from qwen_app.api.render import Envelope, finite, last_receipt, receipt_body
from qwen_app.api.responses import (
    AssistantMessage,
    ChatChoice,
    ChatCompletion,
    ChatCompletionChunk,
    ChatFinishReason,
    ChatLogprobs,
    ChatTokenLogprob,
    ChunkChoice,
    ChunkDelta,
    ChunkFunction,
    ChunkToolCall,
    FunctionCall,
    ToolCallBody,
    TopLogprob,
    Usage,
)
from qwen_app.api.tool_text import Arguments, CallBegins, CallEnds, Content, ToolText
from qwen_app.decoding.tools import ToolCalls
from qwen_app.features.prompts.compose import Composed
from qwen_app.messages import Delta, Receipt, TokenLogprob


class ChatFormat:
    """Implements `qwen_app.api.render.Format`.

    Args:
        logprobs: the client asked for them.
        announce_usage: the client asked for the usage, so every chunk has a ``usage`` field.
        calls: which tools the answer may call, if it may.
        composed: templates that the answers are judged by.
    """

    def __init__(
        self,
        envelope: Envelope,
        *,
        logprobs: bool,
        announce_usage: bool,
        calls: ToolCalls | None,
        composed: Composed | None = None,
    ) -> None:
        self._envelope = envelope
        self._logprobs = logprobs
        self._announce_usage = announce_usage
        self._calls = calls
        self._composed = composed
        self._choices: dict[int, _Choice] = {}

    def chunks(self, choice: int, delta: Delta) -> Iterator[ChatCompletionChunk]:
        state = self._choices.setdefault(choice, _Choice(self._calls))
        changes = list(state.changes(delta))
        logprobs = self._chat_logprobs(delta.logprobs) if delta.logprobs else None
        if logprobs is not None and not changes:
            changes = [ChunkDelta(content="")]
        for change in changes:
            if self._composed is not None:
                state.said += change.content or ""
            if not state.begun:
                state.begun = True
                calls = change.tool_calls is not None
                first = ChunkDelta(role="assistant", content=None if calls else "")
                yield self._piece(choice, first)
            yield self._piece(choice, change, logprobs)
            logprobs = None
        if delta.receipt is not None:
            if not state.begun:
                yield self._piece(choice, ChunkDelta(role="assistant", content=""))
            last = ChunkChoice(
                index=choice,
                delta=ChunkDelta(),
                logprobs=None,
                finish_reason=state.finish_reason(delta.receipt),
                receipt=receipt_body(delta.receipt),
            )
            if (verdict := self._verdict(state.said)) is not None:
                last.verdict = verdict
            yield self._chunk(last)

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
            choices=[self._choice(index, deltas) for index, deltas in enumerate(choices)],
            usage=usage,
        )

    def _choice(self, index: int, deltas: Sequence[Delta]) -> ChatChoice:
        state = _Choice(self._calls)
        changes = [change for delta in deltas for change in state.changes(delta)]
        content = "".join(change.content or "" for change in changes)
        message = AssistantMessage(
            role="assistant",
            content=content if content or not state.complete else None,
            refusal=None,
        )
        if state.complete:
            message.tool_calls = _joined(changes)[: state.complete]
        choice = ChatChoice(
            index=index,
            message=message,
            logprobs=self._chat_logprobs(entry for delta in deltas for entry in delta.logprobs),
            finish_reason=state.finish_reason(last_receipt(deltas)),
            receipt=receipt_body(last_receipt(deltas)),
        )
        if (verdict := self._verdict(content)) is not None:
            choice.verdict = verdict
        return choice

    def _verdict(self, text: str) -> PromptVerdict | None:
        return None if self._composed is None else verdict_of(self._composed, text)

    def _piece(
        self, choice: int, change: ChunkDelta, logprobs: ChatLogprobs | None = None
    ) -> ChatCompletionChunk:
        return self._chunk(
            ChunkChoice(index=choice, delta=change, logprobs=logprobs, finish_reason=None)
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


class _Choice:
    """How far one choice has come, for an answer that is streamed and for one that is not."""

    def __init__(self, calls: ToolCalls | None) -> None:
        self._text = None if calls is None else ToolText(or_document=calls.answer is not None)
        self._begun_calls = 0
        self.begun = False
        """The chunk with the role has been sent."""
        self.said = ""
        """Its content so far, where it will be judged."""
        self.complete = 0
        """Calls that are complete; only the last one can be incomplete."""

    def changes(self, delta: Delta) -> Iterator[ChunkDelta]:
        """
        Raises:
            GenerationFailed: the text is no call that can be read.
        """
        if self._text is None:
            if delta.text:
                yield ChunkDelta(content=delta.text)
            return
        events = self._text.append(delta.text)
        if delta.receipt is not None:
            events = chain(events, self._text.flush())
        for event in events:
            match event:
                case Content():
                    yield ChunkDelta(content=event.text)
                case CallBegins():
                    self._begun_calls += 1
                    yield ChunkDelta(
                        tool_calls=[
                            ChunkToolCall(
                                index=self._begun_calls - 1,
                                id=f"call_{uuid.uuid4().hex[:24]}",
                                type="function",
                                function=ChunkFunction(name=event.name, arguments=""),
                            )
                        ]
                    )
                case Arguments():
                    yield ChunkDelta(
                        tool_calls=[
                            ChunkToolCall(
                                index=self._begun_calls - 1,
                                function=ChunkFunction(arguments=event.text),
                            )
                        ]
                    )
                case CallEnds():
                    self.complete += 1

    def finish_reason(self, receipt: Receipt) -> ChatFinishReason:
        """``length`` if a call was cut off: what there is of it is not to be used."""
        if self._text is not None and self._text.in_call:
            return "length"
        return (
            "tool_calls"
            if self.complete and receipt.finish_reason == "stop"
            else (receipt.finish_reason)
        )


def _joined(changes: Iterable[ChunkDelta]) -> list[ToolCallBody]:
    """The calls that a stream's pieces say."""
    calls: list[ToolCallBody] = []
    for piece in chain.from_iterable(change.tool_calls or () for change in changes):
        if piece.id is not None:
            called = FunctionCall(name=piece.function.name or "", arguments="")
            calls.append(ToolCallBody(id=piece.id, type="function", function=called))
        calls[-1].function.arguments += piece.function.arguments
    return calls


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
