"""Logits to the next token, for a whole batch at once.

Order of operations, for each row on its own (as in transformers and vLLM):

1. logit_bias; repetition penalty; presence and frequency penalties (`Adjustments`);
2. the constraint's mask, and the padding of the vocabulary;
3. temperature 0: the likeliest token, the lowest id among equals. Otherwise divide by it;
4. top_k, then top_p, then min_p, over tokens from the likeliest down, lower ids first among
   equals; top_p is measured against what top_k left, min_p against the likeliest token;
5. inverse CDF at the sequence's one random number for this position: over the kept tokens in
   that same order or, when nothing truncates, over the vocabulary in the order of ids.

So a row's token depends on its logits and its own state only, never on the rest of the batch.

What makes it fast: the maximum of every 128 logits is taken in one pass, and the k largest logits
are in the k blocks with the largest maxima, so greedy rows and truncated rows read little else.
A row whose kept set does not end within the candidates (a flat distribution) is sorted alone.
The device computes; the last choice is made from a few numbers on the CPU, in double precision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.selection import (
    Doubles,
    Integers,
    Limits,
    draw_in_order,
    draw_sorted,
    mass_before,
)
from qwen_app.decoding.state import Adjustments, SamplingState, check_sampling
from qwen_app.errors import AppError, GenerationFailed

__all__ = ["Sampled", "SamplingState", "check_sampling", "sample"]

_BLOCK = 128
_FEW, _MANY = 64, 256
"""Candidates that are looked at; rows with a top_k that needs more than the few get the many."""
_ALONE = 4_096
"""Candidates of a row for which these do not suffice, before all of it is sorted."""
_GREEDY_BELOW = 1e-5
"""A temperature below this means 0: dividing by it would overflow."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """The token chosen for one row."""

    token_id: int
    logprob: float | None = None
    """Natural log of its probability under the raw logits: before step 1, over the tokenizer's
    vocabulary. None unless ``top_logprobs`` was set."""
    top: tuple[tuple[int, float], ...] = ()
    """The ``top_logprobs`` likeliest (token id, logprob) under the raw logits, best first."""


@torch.inference_mode()
def sample(
    logits: Tensor, states: Sequence[SamplingState], masks: Sequence[Bitmask | None]
) -> list[Sampled | AppError]:
    """Choose the next token of every row. Does not append it to the states.

    Args:
        logits: (rows, padded vocabulary), any float type and device. A float32 tensor is
            overwritten.
        states: of the rows; all of one vocabulary size.
        masks: of the rows; None allows every token.

    Returns:
        For each row its token; or GenerationFailed if its logits are not finite numbers or
        nothing is allowed, which the other rows do not notice.
    """
    if not states:
        return []
    vocabulary = states[0].vocabulary_size
    raw = _RawLogprobs(logits[:, :vocabulary], states)
    x = logits.float().contiguous()
    _adjust(x, states)
    x[:, vocabulary:] = -torch.inf
    if x.shape[1] % _BLOCK:
        x = F.pad(x, (0, -x.shape[1] % _BLOCK), value=-torch.inf)
    _apply_masks(x, masks)
    tokens, peaks = _choose(x.view(len(states), -1, _BLOCK), states)
    return [
        token if np.isfinite(peak) else _failure(peak)
        for token, peak in zip(raw.describe(tokens), peaks.tolist(), strict=True)
    ]


def _failure(peak: float) -> GenerationFailed:
    if peak == -np.inf:
        return GenerationFailed(
            "No token is allowed here: the constraint and logit_bias leave nothing to choose "
            "from. Loosen one of them.",
            "此处没有可选的词元：约束与 logit_bias 排除了一切。请放宽其中之一。",
        )
    return GenerationFailed(
        "The model computed values that are not finite numbers. Try a quantization with more "
        "precision, or check the model's files.",
        "模型算出的数值不是有限数。请换用精度更高的量化方式，或检查模型文件。",
    )


# --- changing the logits --------------------------------------------------------------------


def _adjust(x: Tensor, states: Sequence[SamplingState]) -> None:
    """Biases and penalties of all rows, in place: one gather and one scatter."""
    changes = [state.adjustments for state in states]
    if not any(len(change.ids) for change in changes):
        return
    all_rows = Adjustments(*map(np.concatenate, zip(*changes, strict=True)))
    offsets = np.arange(len(states)) * x.shape[1]
    index = _to(all_rows.ids + offsets.repeat([len(change.ids) for change in changes]), x)
    bias, factor, penalty = _to(np.stack(all_rows[1:]), x)
    flat = x.view(-1)
    values = flat[index] + bias
    values = torch.where(values > 0, values / factor, values * factor) - penalty
    flat[index] = values


def _apply_masks(x: Tensor, masks: Sequence[Bitmask | None]) -> None:
    """-inf for what is not allowed, in place. x: (rows, a multiple of 8)."""
    masked = [(row, mask) for row, mask in enumerate(masks) if mask is not None]
    if not masked:
        return
    packed = np.zeros((len(masked), x.shape[1] // 8), dtype=np.uint8)
    for place, (_, mask) in enumerate(masked):
        bits = mask.view(np.uint8)[: packed.shape[1]]
        packed[place, : len(bits)] = bits
    # 8 tokens a byte: a table gives what to add to their logits, which is many times faster
    # than unpacking the bits.
    every_byte = torch.arange(256, device=x.device).unsqueeze(-1)
    allowed = every_byte >> torch.arange(8, device=x.device) & 1  # (256, 8)
    table = torch.zeros(allowed.shape, device=x.device).masked_fill_(allowed == 0, -torch.inf)
    added = table[_to(packed, x).int()]  # (masked rows, bytes, 8)
    for place, (row, _) in enumerate(masked):
        x[row].view(-1, 8).add_(added[place])


# --- choosing -------------------------------------------------------------------------------


def _choose(blocks: Tensor, states: Sequence[SamplingState]) -> tuple[Integers, Doubles]:
    """Token and greatest logit of each row of (rows, blocks, _BLOCK) logits. Where the latter is
    not finite, the token means nothing."""
    limits = Limits.of(states)
    sampled = limits.temperature >= _GREEDY_BELOW
    truncated = (limits.top_k > 0) | (limits.top_p < 1) | (limits.min_p > 0)
    sorted_rows = np.flatnonzero(sampled & truncated)
    open_rows = np.flatnonzero(sampled & ~truncated)
    weighed_rows = np.flatnonzero(sampled & ((limits.top_p < 1) & (limits.top_k == 0) | ~truncated))

    # Everything is queued on the device before the first result is waited for.
    block_peaks = blocks.amax(-1)  # (rows, blocks)
    row_peaks, best_blocks = block_peaks.max(-1)
    best = blocks[torch.arange(len(states), device=blocks.device), best_blocks].argmax(-1)
    if len(sorted_rows):
        most = limits.top_k[sorted_rows].max()
        count = _FEW if most < _FEW else _MANY
        found = _largest(_rows(blocks, sorted_rows), _rows(block_peaks, sorted_rows), count)
    if len(weighed_rows):
        sums = _block_sums(
            _rows(blocks, weighed_rows),
            _rows(row_peaks, weighed_rows),
            _to(limits.temperature[weighed_rows].astype(np.float32), blocks),
        )

    tokens = _numpy(best_blocks) * _BLOCK + _numpy(best)
    peaks: Doubles = _numpy(row_peaks).astype(np.float64)
    finite = np.isfinite(peaks)
    mass = np.zeros((len(states), blocks.shape[1]))
    if len(weighed_rows):
        mass[weighed_rows] = _numpy(sums)
    if len(sorted_rows):
        values, ids = (_numpy(part)[finite[sorted_rows]] for part in found)
        rows = sorted_rows[finite[sorted_rows]]
        tokens[rows] = _draw_sorted(blocks, rows, values, ids, limits, mass)
    if len(rows := open_rows[finite[open_rows]]):
        tokens[rows] = _draw_open(blocks, rows, peaks, limits, mass[rows])
    return tokens, peaks


def _largest(blocks: Tensor, block_peaks: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` greatest logits of each row, descending, and their ids, (rows, count).

    Every block looked into has a logit no smaller than any outside of them, and there are
    ``count`` of these; so what is left out at most equals the last one found.
    """
    count = min(count, blocks.shape[1] * _BLOCK)
    chosen = block_peaks.topk(min(count, blocks.shape[1]), sorted=False).indices
    inside = blocks.gather(1, chosen.unsqueeze(-1).expand(-1, -1, _BLOCK)).flatten(1)
    values, places = inside.topk(count)
    return values, chosen.gather(1, places // _BLOCK) * _BLOCK + places % _BLOCK


def _block_sums(blocks: Tensor, peaks: Tensor, temperatures: Tensor) -> Tensor:
    """Sum of exp((logit - peak) / temperature) in each block, (rows, blocks)."""
    scaled = (blocks - peaks[:, None, None]).div_(temperatures[:, None, None])
    return scaled.exp_().sum(-1)


def _draw_sorted(
    blocks: Tensor,
    rows: Integers,
    values: npt.NDArray[np.float32],
    ids: Integers,
    limits: Limits,
    mass: Doubles,
) -> Integers:
    order = np.lexsort((ids, -values))  # lower ids first among equals
    values = np.take_along_axis(values, order, axis=1)
    ids = np.take_along_axis(ids, order, axis=1)
    totals = mass.sum(axis=1)
    ranks = draw_sorted(values.astype(np.float64), limits.at(rows), totals[rows])
    tokens: Integers = np.take_along_axis(ids, ranks[:, None], axis=1)[:, 0]
    for place in np.flatnonzero(ranks < 0):
        row = rows[place : place + 1]
        logits = _numpy(blocks[int(row[0])].flatten())
        tokens[place] = _draw_from_row(logits, limits.at(row), totals[row])
    return tokens


def _draw_from_row(logits: npt.NDArray[np.float32], limits: Limits, total: Doubles) -> int:
    """What `_draw_sorted` does, for one row whose kept set may be of any size."""
    for count in (min(_ALONE, len(logits)), len(logits)):
        greatest = np.partition(logits, -count)[-count:] if count < len(logits) else logits
        # With all of them before it, -inf at the end says that nothing is missing.
        end = [-np.inf] if count == len(logits) else []
        descending = np.append(np.sort(greatest)[::-1], end).astype(np.float64)
        rank = int(draw_sorted(descending[None], limits, total)[0])
        if rank >= 0:
            break
    equals = np.flatnonzero(logits == descending[rank])
    return int(equals[rank - np.flatnonzero(descending == descending[rank])[0]])


def _draw_open(
    blocks: Tensor, rows: Integers, peaks: Doubles, limits: Limits, mass: Doubles
) -> Integers:
    """No truncation: the block first, then the token in it."""
    targets = limits.uniform[rows] * mass.sum(axis=1)
    chosen = draw_in_order(mass, targets)
    inside = _numpy(blocks[_to(rows, blocks), _to(chosen, blocks)]).astype(np.float64)
    weights = np.exp((inside - peaks[rows, None]) / limits.temperature[rows, None])
    return chosen * _BLOCK + draw_in_order(weights, targets - mass_before(mass, chosen))


# --- log-probabilities ----------------------------------------------------------------------


class _RawLogprobs:
    """Log-probabilities of the rows that asked for them, from logits that nothing has changed.

    Args:
        logits: (rows, vocabulary); what is needed of them is copied.
    """

    def __init__(self, logits: Tensor, states: Sequence[SamplingState]) -> None:
        self._counts = [state.params.top_logprobs for state in states]
        self._wanted = np.array(
            [row for row, count in enumerate(self._counts) if count is not None], dtype=np.int64
        )
        if len(self._wanted):
            self._logprobs = _rows(logits, self._wanted).float().log_softmax(-1)
            most = max(count or 0 for count in self._counts)
            self._top = self._logprobs.topk(min(most, logits.shape[1]))

    def describe(self, tokens: Integers) -> list[Sampled]:
        """The rows' tokens, with what was asked for."""
        sampled = [Sampled(token) for token in tokens.tolist()]
        if len(self._wanted):
            chosen = self._logprobs.gather(
                1, _to(tokens[self._wanted, None], self._logprobs)
            ).tolist()
            values, ids = (part.tolist() for part in self._top)
            for place, row in enumerate(self._wanted.tolist()):
                top = zip(ids[place], values[place], strict=True)
                sampled[row] = Sampled(
                    sampled[row].token_id,
                    chosen[place][0],
                    tuple(top)[: self._counts[row]],
                )
        return sampled


# --- between numpy and the device -----------------------------------------------------------


def _rows(tensor: Tensor, rows: Integers) -> Tensor:
    """tensor[rows] for ascending rows, without a copy if that is all of them."""
    return tensor if len(rows) == len(tensor) else tensor[_to(rows, tensor)]


def _to(array: npt.NDArray[Any], like: Tensor) -> Tensor:
    return torch.from_numpy(array).to(like.device, non_blocking=True)


def _numpy(tensor: Tensor) -> npt.NDArray[Any]:
    result: npt.NDArray[Any] = tensor.cpu().numpy()
    return result
