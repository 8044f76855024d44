"""What the sampler must know of one sequence: its parameters, its randomness, its penalties."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qwen_app.errors import InvalidInput
from qwen_app.messages import SamplingParams

MAX_TOP_LOGPROBS = 20

# Field: least, most, and whether the least itself is allowed.
_RANGES = {
    "temperature": (0.0, 2.0, True),
    "top_p": (0.0, 1.0, False),
    "top_k": (0, 2**31 - 1, True),
    "min_p": (0.0, 1.0, True),
    "repetition_penalty": (0.0, 2.0, False),
    "presence_penalty": (-2.0, 2.0, True),
    "frequency_penalty": (-2.0, 2.0, True),
    "max_tokens": (1, 2**31 - 1, True),
    "top_logprobs": (0, MAX_TOP_LOGPROBS, True),
}


def check_sampling(params: SamplingParams, vocabulary_size: int) -> None:
    """Raises:
    InvalidInput: a parameter is out of its range; ``param`` names it.
    """
    for name, (least, most, inclusive) in _RANGES.items():
        value = getattr(params, name)
        if value is None:
            continue
        if not least <= value <= most or (value == least and not inclusive):  # also not NaN
            raise InvalidInput(
                f"{name} is {value}; it must be {'at least' if inclusive else 'more than'} "
                f"{least} and at most {most}.",
                f"{name} 的值为 {value}；必须{'不小于' if inclusive else '大于'} {least} "
                f"且不大于 {most}。",
                param=name,
            )
    for id_, bias in params.logit_bias.items():
        if not (0 <= id_ < vocabulary_size and -100 <= bias <= 100):
            raise InvalidInput(
                f"logit_bias gives token {id_} a bias of {bias}; ids go from 0 to "
                f"{vocabulary_size - 1} and biases from -100 to 100.",
                f"logit_bias 给词元 {id_} 的偏置为 {bias}；编号应为 0 到 "
                f"{vocabulary_size - 1}，偏置应为 -100 到 100。",
                param="logit_bias",
            )


class Adjustments(NamedTuple):
    """Changes to the logits of some tokens, one slot each; all arrays have shape (slots,)."""

    ids: npt.NDArray[np.int64]
    bias: npt.NDArray[np.float32]
    """Added first."""
    factor: npt.NDArray[np.float32]
    """Repetition: then divides positive logits and multiplies others."""
    penalty: npt.NDArray[np.float32]
    """Presence and frequency: subtracted last."""

    def first(self, slots: int) -> "Adjustments":
        return Adjustments(*(array[:slots] for array in self))  # type: ignore[arg-type]

    def with_room(self, slots: int) -> "Adjustments":
        return Adjustments(*(np.pad(array, (0, slots)) for array in self))  # type: ignore[arg-type]


class SamplingState:
    """One running sequence.

    Args:
        params: checked here, see `check_sampling`.
        seed: any integer; it decides every draw together with how many tokens were appended,
            so a sequence that is computed again draws the same.
        prompt_ids: for the repetition penalty.
        vocabulary_size: of the tokenizer. Ids from here on are padding of the model's
            embedding table and are never sampled.

    Raises:
        InvalidInput: a parameter is out of its range.
    """

    def __init__(
        self,
        params: SamplingParams,
        seed: int,
        prompt_ids: Sequence[int],
        vocabulary_size: int,
    ) -> None:
        check_sampling(params, vocabulary_size)
        self.params = params
        self.seed = seed
        self.vocabulary_size = vocabulary_size
        self.length = 0
        """Tokens appended so far."""
        self.attempt = 0
        """How often tokens were taken back; from the first time on it takes part in the draws."""
        self._repeats_matter = params.repetition_penalty != 1.0
        self._answer_matters = bool(
            self._repeats_matter or params.presence_penalty or params.frequency_penalty
        )
        repeated = self._repeated = set(prompt_ids) if self._repeats_matter else set()
        ids = [*params.logit_bias, *repeated.difference(params.logit_bias)]
        self._slots = {id_: slot for slot, id_ in enumerate(ids)}
        self._counts = [0] * len(ids)  # occurrences in the answer
        # The arrays have room to grow; the first len(self._slots) entries count.
        self._arrays = Adjustments(
            ids=np.array(ids, dtype=np.int64),
            bias=np.array([params.logit_bias.get(id_, 0.0) for id_ in ids], dtype=np.float32),
            factor=np.array(
                [params.repetition_penalty if id_ in repeated else 1.0 for id_ in ids],
                dtype=np.float32,
            ),
            penalty=np.zeros(len(ids), dtype=np.float32),
        )

    def append(self, token_id: int) -> None:
        """Tell of every token that joins the answer, sampled or forced, in order."""
        self.length += 1
        if not self._answer_matters:
            return
        slot = self._slots.get(token_id)
        if slot is None:
            slot = self._add_slot(token_id)
        self._counts[slot] += 1
        params = self.params
        self._arrays.factor[slot] = params.repetition_penalty
        self._arrays.penalty[slot] = (
            params.presence_penalty + params.frequency_penalty * self._counts[slot]
        )

    def take_back(self, token_ids: Sequence[int]) -> None:
        """The last tokens that were appended leave the answer again. What is drawn from here on
        is as certain as before, and different."""
        self.attempt += 1
        self.length -= len(token_ids)
        if not self._answer_matters:
            return
        params = self.params
        for token_id in token_ids:
            slot = self._slots[token_id]
            count = self._counts[slot] = self._counts[slot] - 1
            if count:
                self._arrays.penalty[slot] = (
                    params.presence_penalty + params.frequency_penalty * count
                )
            else:
                self._arrays.penalty[slot] = 0.0
                self._arrays.factor[slot] = (
                    params.repetition_penalty if token_id in self._repeated else 1.0
                )

    @property
    def adjustments(self) -> Adjustments:
        """What the next token's logits are changed by; views, valid until the next `append`."""
        return self._arrays.first(len(self._slots))

    def uniform(self) -> float:
        """The next token's random number, in [0, 1): the same however often it is asked for."""
        place = f"{self.seed}:{self.length}" + (f":{self.attempt}" if self.attempt else "")
        digest = hashlib.blake2b(place.encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "little") >> 11) * 2.0**-53

    def _add_slot(self, token_id: int) -> int:
        slot = len(self._slots)
        if slot == len(self._arrays.ids):
            self._arrays = self._arrays.with_room(max(64, slot))
        self._arrays.ids[slot] = token_id
        self._slots[token_id] = slot
        self._counts.append(0)
        return slot
