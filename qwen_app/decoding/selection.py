"""The sampler's arithmetic on the CPU: which tokens are kept, and which of them is drawn.

Double precision, vectorised over rows; nothing here knows tensors or vocabularies.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qwen_app.decoding.state import SamplingState

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_NEVER = 2**62


class Limits(NamedTuple):
    """Sampling parameters and random numbers as arrays of shape (rows,)."""

    temperature: Doubles
    top_k: Integers
    """0 is off."""
    top_p: Doubles
    min_p: Doubles
    uniform: Doubles
    """In [0, 1)."""

    @classmethod
    def of(cls, states: Sequence[SamplingState]) -> "Limits":
        params = [state.params for state in states]
        return cls(
            temperature=np.array([p.temperature for p in params], dtype=np.float64),
            top_k=np.array([p.top_k for p in params], dtype=np.int64),
            top_p=np.array([p.top_p for p in params], dtype=np.float64),
            min_p=np.array([p.min_p for p in params], dtype=np.float64),
            uniform=np.array([state.uniform() for state in states], dtype=np.float64),
        )

    def at(self, rows: Integers) -> "Limits":
        return Limits(*(array[rows] for array in self))  # type: ignore[arg-type]


def draw_sorted(logits: Doubles, limits: Limits, totals: Doubles) -> Integers:
    """Draw from the likeliest tokens of each row.

    Args:
        logits: (rows, candidates), descending and finite at first: the greatest of the row, all
            of them if the last one is -inf.
        limits: of the rows; each has at least one of top_k, top_p and min_p.
        totals: (rows,) sum of exp((logit - greatest) / temperature) over the whole row; read
            where top_p acts without top_k.

    Returns:
        (rows,) the rank of the token drawn; -1 where the kept set may reach beyond the
        candidates. That includes candidates that equal the last: others may equal it too, and
        which of them comes first is not known.
    """
    weights = np.exp((logits - logits[:, :1]) / limits.temperature[:, None])
    mass = weights.cumsum(axis=1)
    certain = (logits > logits[:, -1:]).sum(axis=1)
    whole = np.isneginf(logits[:, -1])

    by_k = np.where(limits.top_k > 0, limits.top_k, _NEVER)
    by_k = np.where(whole, np.minimum(by_k, certain), by_k)
    mass_of_k = _pick(mass, np.minimum(by_k, logits.shape[1]) - 1)
    wanted = limits.top_p * np.where(limits.top_k > 0, mass_of_k, totals)
    by_p = (mass < wanted[:, None]).sum(axis=1) + 1
    by_p = np.where(limits.top_p < 1, by_p, _NEVER)
    by_min = np.where(limits.min_p > 0, (weights >= limits.min_p[:, None]).sum(axis=1), _NEVER)

    kept = np.minimum(np.minimum(by_k, by_p), by_min)
    share_known = (limits.top_k == 0) | (limits.top_p >= 1) | (by_k <= certain)
    resolved = (kept <= certain) & share_known
    last = np.where(resolved, kept, 1) - 1
    ranks = (mass <= (limits.uniform * _pick(mass, last))[:, None]).sum(axis=1)
    return np.where(resolved, np.minimum(ranks, last), -1)


def draw_in_order(weights: Doubles, targets: Doubles) -> Integers:
    """The first index of each row at which the running sum of weights (rows, n) exceeds the
    target; rounding may put a target at the very end, which is then the last weight above 0."""
    mass = weights.cumsum(axis=1)
    last = weights.shape[1] - 1 - (weights[:, ::-1] > 0).argmax(axis=1)
    found: Integers = np.minimum((mass <= targets[:, None]).sum(axis=1), last)
    return found


def mass_before(weights: Doubles, index: Integers) -> Doubles:
    """Sum of each row's weights before its index."""
    return _pick(weights.cumsum(axis=1), index) - _pick(weights, index)


def _pick(array: Doubles, index: Integers) -> Doubles:
    picked: Doubles = np.take_along_axis(array, index[:, None], axis=1)[:, 0]
    return picked
