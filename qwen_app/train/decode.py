"""Batched decoding for evaluation: a dense cache, no scheduler, greedy or sampled.

The app's engine serves people; this serves the training loop, which wants hundreds of short
answers at once from weights that are not exported yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.corpus import Encoder
from qwen_app.train.tokenizer import END_OF_TEXT, TURN_END, special_id


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a token is chosen; the default is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


def answer(
    model: Qwen2,
    tokenizer: Tokenizer,
    conversations: Sequence[tuple[Message, ...]],
    *,
    max_tokens: int = 256,
    batch_size: int = 32,
    sampling: Sampling | None = None,
) -> list[str]:
    """The model's next turn in each conversation, in the order given."""
    encoder = Encoder(tokenizer)
    prompts = [encoder.prompt(conversation) for conversation in conversations]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    texts = [""] * len(prompts)
    generator = torch.Generator().manual_seed(sampling.seed if sampling else 0)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        batch = [prompts[i] for i in chosen]
        ids = _decode(model, tokenizer, batch, max_tokens, sampling or Sampling(), generator)
        for index, tokens in zip(chosen, ids, strict=True):
            texts[index] = tokenizer.decode(tokens)
    return texts


class _Cache:
    """Keys and values of a batch, (rows, kv_heads, room, head_dim) a layer."""

    def __init__(self, model: Qwen2, rows: int, room: int) -> None:
        config = model.config
        shape = (config.num_layers, rows, config.num_kv_heads, room, config.head_dim)
        parameter = next(model.parameters())
        self.keys = parameter.new_zeros(shape)
        self.values = parameter.new_zeros(shape)
        self.groups = config.num_heads // config.num_kv_heads

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, positions: Tensor) -> Tensor:
        """Store the new (rows, length) tokens at their positions, attend to all up to each."""
        rows = torch.arange(positions.shape[0], device=positions.device)[:, None]
        self.keys[layer][rows, :, positions] = k
        self.values[layer][rows, :, positions] = v
        room = self.keys.shape[3]
        mask = torch.arange(room, device=positions.device) <= positions[..., None]
        out = F.scaled_dot_product_attention(
            q.transpose(1, 2),
            self.keys[layer].repeat_interleave(self.groups, dim=1),
            self.values[layer].repeat_interleave(self.groups, dim=1),
            attn_mask=mask[:, None],
        )
        return out.transpose(1, 2)


@torch.inference_mode()
def _decode(
    model: Qwen2,
    tokenizer: Tokenizer,
    prompts: list[list[int]],
    max_tokens: int,
    sampling: Sampling,
    generator: torch.Generator,
) -> list[list[int]]:
    ends = {special_id(tokenizer, token) for token in (TURN_END, END_OF_TEXT)}
    lengths = torch.tensor([len(p) for p in prompts])
    longest = int(lengths.max())
    cache = _Cache(model, len(prompts), longest + max_tokens)
    device = next(model.parameters()).device
    lengths = lengths.to(device)
    ids = torch.tensor([p + [0] * (longest - len(p)) for p in prompts], device=device)
    positions = torch.arange(longest, device=device).expand(len(prompts), -1)

    def forward(ids: Tensor, positions: Tensor, rows: Tensor) -> Tensor:
        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return cache.attend(layer, q, k, v, positions)

        out: Tensor = model(ids, positions, attend, rows)
        return out

    numbers = torch.arange(len(prompts), device=device)
    last = numbers * longest + lengths - 1
    logits = forward(ids, positions, last)
    answers: list[list[int]] = [[] for _ in prompts]
    running = [True] * len(prompts)
    for offset in range(max_tokens):
        chosen = _choose(logits, sampling, generator)
        for row, token in enumerate(chosen.tolist()):
            running[row] = running[row] and token not in ends
            if running[row]:
                answers[row].append(token)
        if not any(running):
            break
        where = (lengths + offset)[:, None]
        logits = forward(chosen[:, None], where, numbers)
    return answers


def _choose(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> Tensor:
    """(rows, vocab_size) to (rows,)."""
    if sampling.temperature == 0:
        greedy: Tensor = logits.argmax(-1)
        return greedy
    probabilities = (logits.float().cpu() / sampling.temperature).softmax(-1)
    ranked, order = probabilities.sort(-1, descending=True)
    ranked[ranked.cumsum(-1) - ranked >= sampling.top_p] = 0
    drawn = torch.multinomial(ranked, 1, generator=generator)
    return order.gather(-1, drawn).squeeze(-1).to(logits.device)
