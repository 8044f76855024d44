"""The qwen2 architecture, and nothing else: no cache, no batching, no quantization.

One class serves inference and training because attention over past tokens is given by the
caller: `Attend` receives the rotated queries, keys and values of the new tokens and returns what
they attend to. The engine gives one that reads and writes its KV cache, training a causal mask.

Follows the published checkpoints (Qwen2 technical report, arXiv:2407.10671): pre-norm RMSNorm,
grouped-query attention with bias on q, k, v, rotary positions over half-split dimensions, SwiGLU.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""(layer, q (..., heads, head_dim), k (..., kv_heads, head_dim), v like k) -> like q."""


@dataclass(frozen=True, slots=True)
class Qwen2Config:
    """The architecture's numbers. The defaults are Qwen2.5-0.5B's."""

    vocab_size: int = 151_936
    hidden_size: int = 896
    intermediate_size: int = 4_864
    num_layers: int = 24
    num_heads: int = 14
    num_kv_heads: int = 2
    head_dim: int = 64
    rms_norm_eps: float = 1e-6
    rope_theta: float = 1_000_000.0
    max_position: int = 32_768
    tie_embeddings: bool = True

    @property
    def parameters(self) -> int:
        qkv = (self.num_heads + 2 * self.num_kv_heads) * self.head_dim
        layer = (
            (self.hidden_size + 1) * qkv
            + self.num_heads * self.head_dim * self.hidden_size
            + 3 * self.hidden_size * self.intermediate_size
            + 2 * self.hidden_size
        )
        embeddings = self.vocab_size * self.hidden_size * (1 if self.tie_embeddings else 2)
        return embeddings + self.num_layers * layer + self.hidden_size


class Attention(nn.Module):
    def __init__(self, config: Qwen2Config, index: int) -> None:
        super().__init__()
        self.index = index
        self.heads, self.kv_heads = config.num_heads, config.num_kv_heads
        self.head_dim = config.head_dim
        # q, k and v are one product: one pass over the activations, one call instead of three.
        width = (self.heads + 2 * self.kv_heads) * self.head_dim
        self.qkv_proj: nn.Module = nn.Linear(config.hidden_size, width, bias=True)
        self.o_proj: nn.Module = nn.Linear(
            self.heads * self.head_dim, config.hidden_size, bias=False
        )

    def forward(self, x: Tensor, rotary: tuple[Tensor, Tensor], attend: Attend) -> Tensor:
        qkv = self.qkv_proj(x).unflatten(-1, (-1, self.head_dim))  # (..., q + k + v heads, dim)
        turned = rotate(qkv[..., : self.heads + self.kv_heads, :], rotary)
        q, k = turned[..., : self.heads, :], turned[..., self.heads :, :]
        v = qkv[..., self.heads + self.kv_heads :, :]
        out: Tensor = self.o_proj(attend(self.index, q, k, v).flatten(-2))
        return out


class FeedForward(nn.Module):
    def __init__(self, config: Qwen2Config) -> None:
        super().__init__()
        self.gate_up_proj: nn.Module = nn.Linear(
            config.hidden_size, 2 * config.intermediate_size, bias=False
        )
        self.down_proj: nn.Module = nn.Linear(
            config.intermediate_size, config.hidden_size, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up_proj(x).chunk(2, dim=-1)
        out: Tensor = self.down_proj(F.silu(gate) * up)
        return out


class Layer(nn.Module):
    def __init__(self, config: Qwen2Config, index: int) -> None:
        super().__init__()
        self.input_norm = nn.RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.attention = Attention(config, index)
        self.post_attention_norm = nn.RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, rotary: tuple[Tensor, Tensor], attend: Attend) -> Tensor:
        x = x + self.attention(self.input_norm(x), rotary, attend)
        out: Tensor = x + self.feed_forward(self.post_attention_norm(x))
        return out


class Qwen2(nn.Module):
    """The whole model.

    `lm_head` is a module of its own even when the embeddings are tied, so that a quantized head
    can stand beside a full-precision embedding table; loading ties the two where it may.
    """

    def __init__(self, config: Qwen2Config) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config, i) for i in range(config.num_layers))
        self.norm = nn.RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_embeddings:
            head.weight = self.embed_tokens.weight
        self.lm_head: nn.Module = head
        # A plain attribute, not a buffer: casting the model must leave these in fp32, since
        # bf16 positions move the logits visibly.
        self._rotary: tuple[Tensor, Tensor] | None = None

    def forward(
        self, ids: Tensor, positions: Tensor, attend: Attend, rows: Tensor | None = None
    ) -> Tensor:
        """Logits of the next token.

        Args:
            ids: (...,) token ids; any leading shape, e.g. packed (tokens,) or (batch, length).
            positions: like ``ids``, each token's position in its own sequence.
            attend: attention over new and cached tokens.
            rows: (rows,) indices into flattened ``ids`` for which logits are wanted, maybe none of
                them; None: all.

        Returns:
            (..., vocab_size), or (rows, vocab_size).
        """
        # A table kept in fewer bits than the activations is widened row by row.
        x = self.embed_tokens(ids).to(self.norm.weight.dtype)
        rotary = self._rotary_at(positions)
        for layer in self.layers:
            x = layer(x, rotary, attend)
        if rows is not None:
            x = x.flatten(0, -2)[rows]
            if not len(rows):  # a prefill chunk in mid-prompt; the head is a quarter of the model
                return torch.empty((0, self.config.vocab_size), dtype=x.dtype, device=x.device)
        logits: Tensor = self.lm_head(self.norm(x))
        return logits

    def _rotary_at(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """cos and sin, (..., 1, head_dim) in fp32: the 1 is for the heads."""
        if self._rotary is None or self._rotary[0].device != positions.device:
            self._rotary = rotary_tables(self.config, positions.device)
        cos, sin = self._rotary
        return cos[positions].unsqueeze(-2), sin[positions].unsqueeze(-2)


def rotary_tables(config: Qwen2Config, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos and signed sin of every position, (max_position, head_dim) each, fp32.

    The first half of the sine is negated, so that rotating is x * cos + swap(x) * sin.
    """
    half = torch.arange(0, config.head_dim, 2, dtype=torch.float32, device=device)
    frequencies = 1.0 / config.rope_theta ** (half / config.head_dim)
    steps = torch.arange(config.max_position, dtype=torch.float32, device=device)
    angles = torch.outer(steps, frequencies)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)


def rotate(x: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding of x (..., heads, head_dim), computed in fp32."""
    cos, sin = rotary
    # Half a turn of the last dimension swaps its halves; one buffer serves both products.
    turned: Tensor = (x.roll(x.shape[-1] // 2, dims=-1) * sin).addcmul_(x, cos)
    return turned.to(x.dtype)
