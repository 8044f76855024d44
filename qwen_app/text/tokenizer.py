"""Text to token ids and back."""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import tokenizers
from tokenizers.decoders import ByteLevel

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.messages import Message, Prompt, Role
from qwen_app.text.folder import read_tokenizer_files
from qwen_app.text.template import CHATML, ChatTemplate

T = TypeVar("T")

_ROLES: tuple[str, ...] = get_args(Role)
_USUAL_END_TOKENS = ("<|im_end|>", "<|endoftext|>")


class Tokenizer:
    """A byte-level BPE vocabulary with its special tokens and chat template.

    Special tokens are those that the checkpoint marks so (``<|im_end|>`` and the like). They
    come from the chat template or from given ids, never from text: `encode` takes their literals
    for plain text, and `decode` leaves them out. Added tokens that are not marked special
    (``<tool_call>``) are ordinary vocabulary in both directions.

    Nothing changes after construction; any number of threads may use one.
    """

    def __init__(
        self,
        backend: tokenizers.Tokenizer,
        *,
        chat_template: str = CHATML,
        template_variables: dict[str, str] | None = None,
        eos_ids: Sequence[int] = (),
    ) -> None:
        """
        Args:
            backend: belongs to the new object from now on.
            chat_template: Jinja source.
            template_variables: further names for the template, such as ``eos_token``.
            eos_ids: tokens that end an answer; none: Qwen's, as far as the vocabulary has them.

        Raises:
            CheckpointError: not a byte-level vocabulary, or special tokens that text can forge.
        """
        if not isinstance(backend.decoder, ByteLevel):
            raise CheckpointError(
                "tokenizer.json is not a byte-level BPE tokenizer; only those of qwen2 models "
                "are supported.",
                "tokenizer.json 不是字节级 BPE 分词器；仅支持 qwen2 模型的分词器。",
                param="tokenizer.json",
            )
        backend.no_padding()
        backend.no_truncation()
        backend.encode_special_tokens = True  # in text, their literals are plain text
        self._backend = backend
        self._added = {
            id_: token.content for id_, token in backend.get_added_tokens_decoder().items()
        }
        self._special_by_text = {
            token.content: id_
            for id_, token in backend.get_added_tokens_decoder().items()
            if token.special
        }
        self.special_ids = frozenset(self._special_by_text.values())
        """Ids that `encode` never gives and that stand for no text."""
        sizes = (backend.get_vocab_size(with_added_tokens=False), *(id_ + 1 for id_ in self._added))
        self.vocabulary_size: int = max(sizes)
        """One more than the greatest id; a model's embedding table may be padded beyond it."""
        self.eos_ids = tuple(eos_ids) or tuple(
            self._special_by_text[text]
            for text in _USUAL_END_TOKENS
            if text in self._special_by_text
        )
        """Tokens that end an answer, the usual one first."""
        if not self.eos_ids or any(self._is_outside(id_) for id_ in self.eos_ids):
            raise CheckpointError(
                f"The end tokens {self.eos_ids} are not in the vocabulary of "
                f"{self.vocabulary_size}, or there are none, so no answer could end. "
                "generation_config.json names them as eos_token_id.",
                f"结束词元 {self.eos_ids} 不存在或不在大小为 {self.vocabulary_size} 的词表中，"
                "回答将无法结束；请在 generation_config.json 的 eos_token_id 中指定。",
                param="eos_token_id",
            )
        self._template = ChatTemplate(
            chat_template, list(self._special_by_text), template_variables
        )
        self._bytes: list[bytes | None] = [None] * self.vocabulary_size
        self._derived: dict[object, Any] = {}
        self._lock = threading.RLock()
        self._check_specials()

    @classmethod
    def from_folder(cls, path: Path) -> "Tokenizer":
        """Read ``tokenizer.json`` and, where they exist, ``tokenizer_config.json``,
        ``chat_template.jinja`` and ``generation_config.json``.

        Raises:
            CheckpointError: a file is missing or not what it should be.
        """
        files = read_tokenizer_files(path)
        return cls(
            files.backend,
            chat_template=files.chat_template or CHATML,
            template_variables=files.named_tokens,
            eos_ids=files.eos_ids,
        )

    def __repr__(self) -> str:
        return f"Tokenizer(vocabulary_size={self.vocabulary_size}, eos_ids={self.eos_ids})"

    @property
    def chat_template(self) -> str:
        """The Jinja source in use."""
        return self._template.source

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; the literal of a special token is text like any other.

        Raises:
            InvalidInput: half of a surrogate pair, which no UTF-8 text can hold.
        """
        try:
            return self._backend.encode(text, add_special_tokens=False).ids
        except TypeError:
            raise InvalidInput(
                "The text holds half of a UTF-16 surrogate pair; send valid Unicode.",
                "文本中含有不成对的 UTF-16 代理字符，请发送有效的 Unicode 文本。",
                param="messages",
            ) from None

    def encode_exactly(self, text: str) -> list[int]:
        """Like `encode`, but ids that spell this very text: without Unicode normalization, which
        is part of `encode` and would, for example, join a letter and its combining accent."""
        ids = self.encode(text)
        if b"".join(map(self.token_bytes, ids)) == text.encode():
            return ids
        pieces = self._backend.pre_tokenizer.pre_tokenize_str(text)
        return [token.id for piece, _ in pieces for token in self._backend.model.tokenize(piece)]

    def render(
        self,
        prompt: Prompt,
        *,
        tools: list[dict[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        continue_final: bool = False,
    ) -> list[int]:
        """The ids that the model reads.

        Args:
            prompt: a conversation, raw text, or ids.
            tools: JSON schemas of functions, for templates that know tools.
            add_generation_prompt: end with the header of the assistant's turn.
            continue_final: leave the last message, which must be the assistant's, open, so that
                the answer goes on from it; ``add_generation_prompt`` is then without effect.

        Raises:
            InvalidInput: an empty prompt, an id or role that does not exist, or a conversation
                that the template refuses.
            CheckpointError: the template failed.
        """
        ids = self._render(prompt, tools, add_generation_prompt, continue_final)
        if not ids:
            raise InvalidInput(
                "The prompt is empty; send at least one token.",
                "提示为空，请至少发送一个词元。",
                param="prompt",
            )
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of the ids without special tokens; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(map(self.token_bytes, ids)).decode("utf-8", errors="replace")

    def token_bytes(self, token_id: int) -> bytes:
        """The exact bytes that a token stands for, perhaps a part of a character; special
        tokens stand for none.

        Raises:
            IndexError: not in [0, vocabulary_size).
        """
        if token_id < 0:
            raise IndexError(token_id)
        known = self._bytes[token_id]
        if known is None:
            known = self._bytes[token_id] = self._find_bytes(token_id)
        return known

    def derive(self, build: Callable[["Tokenizer"], T]) -> T:
        """``build(self)``, built once and kept with this tokenizer: for costly tables that
        other layers make of the vocabulary. ``build`` is the key; give a named function."""
        with self._lock:
            if build not in self._derived:
                self._derived[build] = build(self)
            result: T = self._derived[build]
            return result

    def _find_bytes(self, token_id: int) -> bytes:
        if token_id in self.special_ids:
            return b""
        if (text := self._added.get(token_id)) is not None:
            return text.encode()
        return _bytes_of(self._backend.id_to_token(token_id) or "")

    def _render(
        self,
        prompt: Prompt,
        tools: list[dict[str, Any]] | None,
        add_generation_prompt: bool,
        continue_final: bool,
    ) -> list[int]:
        if not (prompt and isinstance(prompt, tuple) and isinstance(prompt[0], Message)):
            if tools is not None or continue_final:
                raise InvalidInput(
                    "Tools and the continuation of a message need a conversation as the prompt.",
                    "使用工具或续写消息时，提示必须是对话。",
                    param="messages",
                )
            if isinstance(prompt, str):
                return self.encode(prompt)
            return self._checked([id_ for id_ in prompt if isinstance(id_, int)])
        messages = [message for message in prompt if isinstance(message, Message)]
        for message in messages:
            if message.role not in _ROLES:
                raise InvalidInput(
                    f"Unknown role {message.role!r}; use one of {', '.join(_ROLES)}.",
                    f"未知的角色 {message.role!r}；可用：{'、'.join(_ROLES)}。",
                    param="messages",
                )
        opened = ""
        if continue_final:
            last = messages[-1]
            if last.role != "assistant" or last.tool_calls or len(messages) == 1:
                raise InvalidInput(
                    "Only an assistant's message without tool calls can be continued; it must be "
                    "the last, and others must stand before it.",
                    "只能续写助手的、不含工具调用的消息；它必须是最后一条，且之前还有其他消息。",
                    param="messages",
                )
            opened = messages.pop().content
        pieces = self._template.render(
            messages, tools=tools, add_generation_prompt=add_generation_prompt or continue_final
        )
        pieces[-1] += opened
        ids = []
        for index, piece in enumerate(pieces):
            if index % 2:
                ids.append(self._special_by_text[piece])
            elif piece:
                ids += self.encode(piece)
        return ids

    def _is_outside(self, id_: int) -> bool:
        return not 0 <= id_ < self.vocabulary_size

    def _checked(self, prompt: list[int]) -> list[int]:
        for id_ in filter(self._is_outside, prompt):
            raise InvalidInput(
                f"Token id {id_} is not in the vocabulary; ids go from 0 to "
                f"{self.vocabulary_size - 1}.",
                f"词元编号 {id_} 不在词表中；有效范围为 0 到 {self.vocabulary_size - 1}。",
                param="prompt",
            )
        return prompt

    def _check_specials(self) -> None:
        """Refuse a vocabulary in which `encode` could give a special token after all."""
        for text in self._special_by_text:
            if not self.special_ids.isdisjoint(self.encode(text)):
                raise CheckpointError(
                    f"tokenizer.json makes the special token {text!r} out of plain text, so "
                    "anyone could forge it; this tokenizer is not supported.",
                    f"tokenizer.json 会把普通文本编码成特殊词元 {text!r}，任何人都能伪造；"
                    "不支持此分词器。",
                    param="tokenizer.json",
                )


def _byte_of_character() -> dict[str, int]:
    """Byte-level BPE spells each byte as one printable character: bytes that Latin-1 prints
    stand for themselves, the others follow from U+0100 on, in order (GPT-2's scheme)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(0x100 + index): byte for index, byte in enumerate(others)}


_BYTE_OF_CHARACTER = _byte_of_character()


def _bytes_of(token: str) -> bytes:
    return bytes(_BYTE_OF_CHARACTER[character] for character in token)
