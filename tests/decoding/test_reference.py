"""The plain-Python definition agrees with transformers' logits processors."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from qwen_app.messages import SamplingParams
from tests.decoding.reference import adjusted, kept

VOCABULARY = 60


@given(
    params=st.builds(
        SamplingParams,
        temperature=st.sampled_from([0.3, 1.0, 1.7]),
        top_p=st.sampled_from([1.0, 0.9, 0.4, 0.001]),
        top_k=st.sampled_from([0, 1, 7, 50]),
        min_p=st.sampled_from([0.0, 0.05, 0.6]),
        repetition_penalty=st.sampled_from([1.0, 1.3, 0.8]),
    ),
    prompt=st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=10),
    seed=st.integers(0, 2**31),
)
def test_kept_tokens_and_their_probabilities(
    params: SamplingParams, prompt: list[int], seed: int
) -> None:
    logits: Any = torch.randn(1, VOCABULARY, generator=torch.Generator().manual_seed(seed)) * 3
    ids: Any = torch.tensor([prompt])
    scores: Any = RepetitionPenaltyLogitsProcessor(params.repetition_penalty)(ids, logits)
    scores = TemperatureLogitsWarper(params.temperature)(ids, scores)
    if params.top_k:
        scores = TopKLogitsWarper(params.top_k)(ids, scores)
    scores = TopPLogitsWarper(params.top_p)(ids, scores)
    scores = MinPLogitsWarper(params.min_p)(ids, scores)
    expected = {id_: p for id_, p in enumerate(scores.softmax(-1)[0].tolist()) if p > 0}
    found = kept(adjusted(logits[0].tolist(), params, prompt, []), params)
    assert found == pytest.approx(expected, abs=1e-5)


def test_presence_and_frequency_count_the_answer_only() -> None:
    params = SamplingParams(presence_penalty=0.5, frequency_penalty=0.25)
    assert adjusted([1.0, 1.0, 1.0], params, [0], [1, 2, 2]) == [1.0, 0.25, 0.0]
    assert math.isclose(sum(kept([1.0, 2.0, 3.0], SamplingParams()).values()), 1)
