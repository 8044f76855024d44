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

from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.tokenizer import bpe_pieces


@torch.no_grad()
def warm_start(model: Qwen2, tokenizer: Tokenizer, folder: Path) -> None:
    """Fill ``model``, which has been initialised, from the exported checkpoint in ``folder``.

    Raises:
        ValueError: the checkpoint has more layers than ``model``, or others of size.
    """
    old = load_model(folder, quant="fp32").model
    _embeddings(model.embed_tokens.weight, tokenizer, old.embed_tokens.weight, folder)
    model.norm.load_state_dict(old.norm.state_dict())
    places = spread(len(old.layers), len(model.layers))
    for index, layer in enumerate(model.layers):
        if index in places:
            try:
                layer.load_state_dict(old.layers[places.index(index)].state_dict())
            except RuntimeError as error:
                raise ValueError(f"{folder} has layers of another shape: {error}") from error
        else:
            for name in ("attention.o_proj.weight", "feed_forward.down_proj.weight"):
                nn.init.zeros_(layer.get_parameter(name))


def spread(old: int, new: int) -> list[int]:
    """Where ``old`` layers stand among ``new``: the first and the last stay at the ends.

    Raises:
        ValueError: there are more old layers than new ones.
    """
    if old > new:
        raise ValueError(f"{old} layers do not fit into {new}")
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
