"""A step's slices as tensors: tokens in, logits out. The only part of the engine that runs the
model; one thread owns a runner."""

import torch
from torch import Tensor

from qwen_app.engine.sequence import Slice
from qwen_app.model.kv_cache import KVCache, PagedAttention, Span
from qwen_app.model.qwen2 import Qwen2


class Runner:
    """One model and its cache on one device."""

    def __init__(self, model: Qwen2, cache: KVCache) -> None:
        self.model = model
        self.cache = cache

    @torch.inference_mode()
    def run(self, slices: list[Slice]) -> Tensor:
        """Compute the slices, writing their keys and values.

        Running the same slices again writes the same values to the same places, so a failed
        step may be repeated.

        Args:
            slices: single tokens first (`packed` gives that order).

        Returns:
            (rows, vocab) logits in fp32: a row for each slice that completes its sequence, in
            the order of the slices.
        """
        ids: list[int] = []
        positions: list[int] = []
        rows: list[int] = []
        spans: list[Span] = []
        for piece in slices:
            end = piece.start + piece.count
            ids += piece.sequence.tokens[piece.start : end]
            positions += range(piece.start, end)
            spans.append(Span(piece.start, piece.count, piece.sequence.blocks))
            if piece.completes:
                rows.append(len(ids) - 1)
        device = self.cache.device
        logits: Tensor = self.model(
            torch.tensor(ids, device=device),
            torch.tensor(positions, device=device),
            PagedAttention(self.cache, spans),
            torch.tensor(rows, dtype=torch.long, device=device),
        )
        return logits.float()

    def erase(self, blocks: list[int]) -> None:
        """Clear what a failed sequence may have left in its blocks."""
        if blocks:
            self.cache.erase(blocks)


def packed(slices: list[Slice]) -> list[Slice]:
    """Single tokens first, otherwise in the given order."""
    return sorted(slices, key=lambda piece: piece.count > 1)
