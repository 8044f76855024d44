"""Answers of /v1/completions."""

import codecs
from collections.abc import Iterable, Iterator, Sequence

from qwen_app.api.render import Envelope, finite, last_receipt, receipt_body
from qwen_app.api.responses import Completion, CompletionChoice, CompletionLogprobs, Usage
from qwen_app.messages import Delta, TokenLogprob


class CompletionFormat:
    """Implements `qwen_app.api.render.Format`.

    Args:
        logprobs: the client asked for them.
        announce_usage: the client asked for the usage, so every chunk has a ``usage`` field.
    """

    def __init__(self, envelope: Envelope, *, logprobs: bool, announce_usage: bool) -> None:
        self._envelope = envelope
        self._logprobs = logprobs
        self._announce_usage = announce_usage
        self._offsets: dict[int, TextOffsets] = {}

    def chunks(self, choice: int, delta: Delta) -> Iterator[Completion]:
        if delta.text or (self._logprobs and delta.logprobs):
            yield self._chunk(
                CompletionChoice(
                    index=choice,
                    text=delta.text,
                    logprobs=self._completion_logprobs(choice, delta.logprobs),
                    finish_reason=None,
                )
            )
        if delta.receipt is not None:
            yield self._chunk(
                CompletionChoice(
                    index=choice,
                    text="",
                    logprobs=None,
                    finish_reason=delta.receipt.finish_reason,
                    receipt=receipt_body(delta.receipt),
                )
            )

    def usage_chunk(self, usage: Usage) -> Completion:
        chunk = self._envelop([])
        chunk.usage = usage
        return chunk

    def whole(self, choices: Sequence[Sequence[Delta]], usage: Usage) -> Completion:
        body = self._envelop(
            [
                CompletionChoice(
                    index=index,
                    text="".join(delta.text for delta in deltas),
                    logprobs=self._completion_logprobs(
                        index, (entry for delta in deltas for entry in delta.logprobs)
                    ),
                    finish_reason=last_receipt(deltas).finish_reason,
                    receipt=receipt_body(last_receipt(deltas)),
                )
                for index, deltas in enumerate(choices)
            ]
        )
        body.usage = usage
        return body

    def _chunk(self, choice: CompletionChoice) -> Completion:
        chunk = self._envelop([choice])
        if self._announce_usage:
            chunk.usage = None
        return chunk

    def _envelop(self, choices: list[CompletionChoice]) -> Completion:
        envelope = self._envelope
        return Completion(
            id=envelope.id,
            object="text_completion",
            created=envelope.created,
            model=envelope.model,
            system_fingerprint=envelope.system_fingerprint,
            choices=choices,
        )

    def _completion_logprobs(
        self, choice: int, entries: Iterable[TokenLogprob]
    ) -> CompletionLogprobs | None:
        if not self._logprobs:
            return None
        offsets = self._offsets.setdefault(choice, TextOffsets())
        listed = list(entries)
        return CompletionLogprobs(
            tokens=[_name(entry) for entry in listed],
            token_logprobs=[finite(entry.logprob) for entry in listed],
            top_logprobs=[
                {_name(token): finite(token.logprob) for token in (*entry.top, entry)}
                for entry in listed
            ],
            text_offset=[offsets.of(entry.raw) for entry in listed],
        )


class TextOffsets:
    """Where each token of an answer begins, in characters; tokens may be parts of one."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._characters = 0

    def of(self, raw: bytes) -> int:
        offset = self._characters
        self._characters += len(self._decoder.decode(raw))
        return offset


def _name(token: TokenLogprob) -> str:
    """The text; for a part of a character its bytes, as OpenAI writes them, so that two such
    tokens have two names."""
    try:
        return token.raw.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in token.raw)
