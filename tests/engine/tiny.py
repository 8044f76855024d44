"""A real engine over a random model so small that a test can ask it hundreds of things."""

from pathlib import Path

import torch
from torch import Tensor

from qwen_app.engine.base import ModelInfo
from qwen_app.engine.create import Replica, assemble
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.messages import Delta, Prompt, Receipt, Request, SamplingParams
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.text.tokenizer import Tokenizer
from tests.tokenizers_for_tests import tiny_tokenizer_folder

CONTEXT = 256


def tiny_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_folder(tiny_tokenizer_folder(folder))


def tiny_model(vocabulary: int, *, seed: int = 0) -> Qwen2:
    """Weights large enough that the next token depends on the text, not on rounding."""
    config = Qwen2Config(
        vocab_size=-(-vocabulary // 64) * 64,
        hidden_size=48,
        intermediate_size=96,
        num_layers=2,
        num_heads=6,
        num_kv_heads=2,
        head_dim=8,
        max_position=CONTEXT,
    )
    torch.manual_seed(seed)
    model = Qwen2(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return model


def tiny_engine(
    tokenizer: Tokenizer,
    *,
    replicas: int = 1,
    blocks: int | None = None,
    end_ids: frozenset[int] = frozenset(),
    model: Qwen2 | None = None,
    **settings: int | bool,
) -> LocalEngine:
    """Args:
    blocks: of the KV cache; default: enough for every sequence at once.
    settings: of `EngineSettings`.
    """
    copies = [model or tiny_model(tokenizer.vocabulary_size) for _ in range(replicas)]
    config = copies[0].config
    block_bytes = 16 * 2 * 4 * config.num_layers * config.num_kv_heads * config.head_dim
    return assemble(
        ModelInfo(
            "tiny", True, config.parameters, "fp32", "float32", "cpu", CONTEXT, SamplingParams()
        ),
        tokenizer,
        [Replica(copy, "cpu", torch.float32) for copy in copies],
        EngineSettings(
            devices=("cpu",) * replicas,
            threads=replicas,
            kv_cache_memory=None if blocks is None else blocks * block_bytes,
            **settings,  # type: ignore[arg-type]
        ),
        end_ids=end_ids,
    )


def ask(engine: LocalEngine, prompt: Prompt, **sampling: object) -> tuple[str, list[int], Receipt]:
    """One answer: its text, its token ids, its receipt."""
    deltas = list(engine.stream(Request(prompt, SamplingParams(**sampling))))  # type: ignore[arg-type]
    return join(deltas)


def join(deltas: list[Delta], index: int = 0) -> tuple[str, list[int], Receipt]:
    mine = [delta for delta in deltas if delta.index == index]
    receipt = mine[-1].receipt
    assert receipt is not None
    assert all(delta.receipt is None for delta in mine[:-1])
    return (
        "".join(delta.text for delta in mine),
        [token for delta in mine for token in delta.token_ids],
        receipt,
    )


@torch.inference_mode()
def uncached_greedy(model: Qwen2, prompt: list[int], tokens: int, vocabulary: int) -> list[int]:
    """The reference: the whole sequence through the model for every token, no cache."""
    sequence = list(prompt)
    for _ in range(tokens):
        logits = model(torch.tensor(sequence), torch.arange(len(sequence)), causal)
        sequence.append(int(logits[-1, :vocabulary].argmax()))
    return sequence[len(prompt) :]


def causal(_layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Plain causal attention over a whole sequence."""
    q, k, v = (x.transpose(0, 1)[None] for x in (q, k, v))  # (1, heads, length, head_dim)
    out = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return out[0].transpose(0, 1)
