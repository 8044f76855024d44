"""From conversations to packed batches: token ids, positions, document mask and targets."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from qwen_app.errors import InvalidInput
from qwen_app.messages import Message
from qwen_app.train.tokenizer import TURN_END, TURN_START, special_id

IGNORED = -100
"""Target of a token that is not trained on: prompts and padding."""

_BLOCK = 512
"""Documents that are packed together; a larger block leaves fewer gaps."""


@dataclass(frozen=True, slots=True)
class Document:
    """A conversation as tokens. ``targets[i]`` is the token after i, where it is an answer's."""

    ids: list[int]
    targets: list[int]
    turns: list[int]
    """Indices at which a message begins."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of packed documents, each (rows, length) and int64."""

    ids: Tensor
    positions: Tensor
    documents: Tensor
    """Which document of its row a token belongs to; padding is -1."""
    targets: Tensor


class Encoder:
    """Turns conversations into documents."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        # What looks like a special token in a message is text, as in the app; the caller's
        # tokenizer keeps its own ways.
        tokenizer = Tokenizer.from_str(tokenizer.to_str())
        tokenizer.encode_special_tokens = True
        self.tokenizer = tokenizer
        self._start = special_id(tokenizer, TURN_START)
        self._end = special_id(tokenizer, TURN_END)
        self._newline = tokenizer.encode("\n").ids
        self._assistant = [self._start, *tokenizer.encode("assistant\n").ids]

    def encode(self, conversations: Sequence[tuple[Message, ...]]) -> list[Document]:
        contents = [
            message.content if message.role == "assistant" else f"{message.role}\n{message.content}"
            for messages in conversations
            for message in messages
        ]
        encoded = iter(self.tokenizer.encode_batch_fast(contents))
        return [
            self._document([(message.role, next(encoded).ids) for message in messages])
            for messages in conversations
        ]

    def prompt(self, messages: tuple[Message, ...]) -> list[int]:
        """The conversation so far and the head of the answer that is to follow."""
        (encoded,) = self.encode([messages])
        return [*encoded.ids, *self._assistant]

    def _document(self, turns: list[tuple[str, list[int]]]) -> Document:
        ids: list[int] = []
        answer: list[bool] = []
        starts: list[int] = []
        for role, content in turns:
            starts.append(len(ids))
            head = self._assistant if role == "assistant" else [self._start]
            body = [*content, self._end]
            ids += [*head, *body, *self._newline]
            answer += [False] * len(head) + [role == "assistant"] * len(body)
            answer += [False] * len(self._newline)
        following = zip([*ids[1:], 0], [*answer[1:], False], strict=True)
        return Document(ids, [i if wanted else IGNORED for i, wanted in following], starts)


@dataclass(slots=True)
class StreamState:
    """Where a stream stands; all that resuming it needs."""

    block: int = 0
    row: int = 0


Draw = Callable[[int], tuple[Message, ...]]
"""A conversation by its number: the same whenever it is asked."""


class PackedStream:
    """Endless rows of ``length`` tokens, packed from the conversations that ``draw`` gives.

    Positions jump ahead between some turns, so that a model trained on short rows also meets
    the distances of a long conversation (positional skip-wise training, arXiv:2309.10400).
    """

    def __init__(
        self,
        encoder: Encoder,
        draw: Draw,
        length: int,
        max_position: int,
        state: StreamState,
        *,
        seed: int,
    ) -> None:
        """``seed`` is for the order of rows and the jumps between positions."""
        self.state = state
        self._encoder, self._draw, self._seed = encoder, draw, seed
        self._length, self._max_position = length, max_position
        self._rows: list[list[Document]] = []
        self._loaded = -1

    def batch(self, rows: int) -> Batch:
        taken = [self._next_row() for _ in range(rows)]
        rng = random.Random(f"{self._seed}:{self.state}:{self._length}")
        return collate(taken, self._length, self._max_position, rng)

    def _next_row(self) -> list[Document]:
        if self._loaded != self.state.block:
            first = self.state.block * _BLOCK
            numbers = range(first, first + _BLOCK)
            encoded = self._encoder.encode([self._draw(n) for n in numbers])
            # One whose answer lies beyond the row would be read for nothing.
            useful = [d for d in encoded if any(t != IGNORED for t in d.targets[: self._length])]
            if not useful:
                raise InvalidInput(
                    f"Of {_BLOCK} conversations none has an answer within the first "
                    f"{self._length} tokens. Shorten the prompts or lengthen the rows.",
                    f"{_BLOCK} 个对话中，没有一个的回答落在前 {self._length} 个词元之内。"
                    "请缩短提示词，或加长训练行。",
                    param="length",
                )
            self._rows = pack(useful, self._length)
            random.Random(f"{self._seed}:{self.state.block}").shuffle(self._rows)
            self._loaded = self.state.block
        row = self._rows[self.state.row]
        self.state.row += 1
        if self.state.row == len(self._rows):
            self.state.block += 1
            self.state.row = 0
        return row


def pack(documents: list[Document], length: int) -> list[list[Document]]:
    """First-fit decreasing: rows of documents, none longer than ``length`` together.

    A document that is too long by itself is cut at the last turn that fits, or at ``length``.
    """
    rows: list[tuple[int, list[Document]]] = []
    for item in sorted((shorten(d, length) for d in documents), key=lambda d: -len(d.ids)):
        size = len(item.ids)
        for index, (used, row) in enumerate(rows):
            if used + size <= length:
                row.append(item)
                rows[index] = (used + size, row)
                break
        else:
            rows.append((size, [item]))
    return [row for _, row in rows]


def shorten(item: Document, length: int) -> Document:
    if len(item.ids) <= length:
        return item
    return Document(item.ids[:length], item.targets[:length], [t for t in item.turns if t < length])


def collate(
    rows: list[list[Document]], length: int, max_position: int, rng: random.Random
) -> Batch:
    ids, positions, owners, targets = [], [], [], []
    for row in rows:
        gap = length - sum(len(d.ids) for d in row)
        ids.append([i for d in row for i in d.ids] + [0] * gap)
        targets.append([t for d in row for t in d.targets] + [IGNORED] * gap)
        owners.append([n for n, d in enumerate(row) for _ in d.ids] + [-1] * gap)
        positions.append([p for d in row for p in _positions(d, max_position, rng)] + [0] * gap)
    return Batch(
        torch.tensor(ids), torch.tensor(positions), torch.tensor(owners), torch.tensor(targets)
    )


def _positions(item: Document, max_position: int, rng: random.Random) -> list[int]:
    size = len(item.ids)
    if len(item.turns) < 3 or rng.random() < 0.7:
        return list(range(size))
    jump_at = rng.choice(item.turns[1:])
    jump = int((max_position - size) ** rng.random())
    return [*range(jump_at), *range(jump_at + jump, size + jump)]


def document_mask(owners: Tensor) -> Tensor:
    """(rows, length) owners to a causal (rows, 1, length, length) mask: True may be attended.

    Padding attends to itself alone, so that its softmax has something to sum over.
    """
    length = owners.shape[1]
    same = owners[:, :, None] == owners[:, None, :]
    causal = torch.ones(length, length, dtype=torch.bool, device=owners.device).tril()
    padding = (owners < 0)[:, :, None]
    itself = torch.eye(length, dtype=torch.bool, device=owners.device)
    return torch.where(padding, itself, same & causal)[:, None]
