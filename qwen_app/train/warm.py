"""Training that goes on from an exported checkpoint, with a larger vocabulary or more layers.

What the model knows already is kept: a token that the old vocabulary has keeps its embedding, a
new one begins as the mean of the pieces in which it was spelled so far, and a new layer begins as
one that adds nothing to the residual stream.
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from qwen_app.errors import CheckpointError
from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.tokenizer import bpe_pieces


@torch.no_grad()
def warm_start(model: Qwen2, tokenizer: Tokenizer, folder: Path) -> None:
    """Fill ``model``, which has been initialised, from the exported checkpoint in ``folder``.

    Raises:
        CheckpointError: the checkpoint cannot be loaded, has more layers than ``model``, or
            others of shape.
    """
    old = load_model(folder, quant="fp32").model
    same = ("hidden_size", "intermediate_size", "num_heads", "num_kv_heads", "head_dim")
    differing = [name for name in same if getattr(old.config, name) != getattr(model.config, name)]
    if differing or len(old.layers) > len(model.layers):
        raise CheckpointError(
            f"{folder} cannot start this run: its layers have another shape "
            f"({', '.join(differing)}), or there are more of them ({len(old.layers)}) than the "
            f"run's {len(model.layers)}.",
            f"不能从 {folder} 开始训练：它的层形状不同（{'、'.join(differing)}），"
            f"或层数（{len(old.layers)}）多于本次训练的 {len(model.layers)} 层。",
            param="start",
        )
    _embeddings(model.embed_tokens.weight, tokenizer, old.embed_tokens.weight, folder)
    model.norm.load_state_dict(old.norm.state_dict())
    places = spread(len(old.layers), len(model.layers))
    for index, layer in enumerate(model.layers):
        if index in places:
            layer.load_state_dict(old.layers[places.index(index)].state_dict())
        else:
            for name in ("attention.o_proj.weight", "feed_forward.down_proj.weight"):
                nn.init.zeros_(layer.get_parameter(name))


def spread(old: int, new: int) -> list[int]:
    """Where ``old`` layers stand among ``new``, which are as many or more: the first and the last
    stay at the ends."""
    if old == 1:
        return [0]
    return [round(i * (new - 1) / (old - 1)) for i in range(old)]


def _embeddings(weight: Tensor, tokenizer: Tokenizer, old: Tensor, folder: Path) -> None:
    saved = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    ids: dict[str, int] = dict(saved["model"]["vocab"])
    ids |= {token["content"]: token["id"] for token in saved["added_tokens"]}
    ranks = {tuple(pair): rank for rank, pair in enumerate(saved["model"]["merges"])}
    for token, id_ in tokenizer.get_vocab().items():
        pieces = [token] if token in ids else bpe_pieces(list(token), ranks)
        weight[id_] = old[[ids[piece] for piece in pieces]].mean(0)
