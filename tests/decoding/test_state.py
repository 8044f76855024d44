"""What is remembered of a sequence: random numbers, penalties, and parameters in range."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.decoding.state import SamplingState, check_sampling
from qwen_app.errors import InvalidInput
from qwen_app.messages import SamplingParams

VOCABULARY = 50
ids = st.integers(0, VOCABULARY - 1)


@given(seed=st.integers(), answer=st.lists(ids, max_size=20))
def test_a_recomputed_sequence_draws_the_same(seed: int, answer: list[int]) -> None:
    params = SamplingParams(repetition_penalty=1.3, frequency_penalty=0.5)
    running = SamplingState(params, seed, [1, 2], VOCABULARY)
    drawn = [running.uniform()]
    for id_ in answer:
        running.append(id_)
        drawn.append(running.uniform())
    again = SamplingState(params, seed, [1, 2], VOCABULARY)
    for id_, expected in zip(answer, drawn, strict=False):
        assert again.uniform() == again.uniform() == expected
        again.append(id_)
    assert again.uniform() == drawn[-1]
    assert np.array_equal(running.adjustments, again.adjustments)


def test_random_numbers_are_spread_evenly_and_differ_between_seeds() -> None:
    drawn = []
    for seed in range(100):
        state = SamplingState(SamplingParams(), seed, [], VOCABULARY)
        for _ in range(100):
            drawn.append(state.uniform())
            state.append(0)
    assert len(set(drawn)) == len(drawn)
    assert all(0 <= number < 1 for number in drawn)
    buckets = [sum(int(number * 10) == bucket for number in drawn) for bucket in range(10)]
    # Chi-squared with 9 degrees of freedom: 27.9 is the 0.1 % point.
    assert sum((count - 1000) ** 2 / 1000 for count in buckets) < 27.9


@given(
    bias=st.dictionaries(ids, st.floats(-100, 100), max_size=5),
    prompt=st.lists(ids, max_size=10),
    answer=st.lists(ids, max_size=200),
    repetition=st.sampled_from([1.0, 1.5]),
    presence=st.sampled_from([0.0, 0.25]),
)
def test_adjustments_name_each_token_once(
    bias: dict[int, float],
    prompt: list[int],
    answer: list[int],
    repetition: float,
    presence: float,
) -> None:
    params = SamplingParams(
        logit_bias=bias, repetition_penalty=repetition, presence_penalty=presence
    )
    state = SamplingState(params, 0, prompt, VOCABULARY)
    for id_ in answer:
        state.append(id_)
    changes = state.adjustments
    expected = set(bias)
    expected |= {*prompt, *answer} if repetition != 1 else set()
    expected |= set(answer) if presence else set()
    assert sorted(changes.ids.tolist()) == sorted(expected)
    for id_, factor, penalty in zip(
        changes.ids.tolist(), changes.factor.tolist(), changes.penalty.tolist(), strict=True
    ):
        assert factor == (repetition if id_ in {*prompt, *answer} else 1.0)
        assert penalty == (presence if id_ in answer else 0.0)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("temperature", (0.0, 2.0), (-0.1, 2.1, math.nan, math.inf)),
        ("top_p", (1e-9, 1.0), (0.0, 1.1, math.nan)),
        ("top_k", (0, 10**6), (-1,)),
        ("min_p", (0.0, 1.0), (-0.1, 1.1)),
        ("repetition_penalty", (0.01, 2.0), (0.0, 2.1)),
        ("presence_penalty", (-2.0, 2.0), (-2.1, 2.1)),
        ("frequency_penalty", (-2.0, 2.0), (-2.1, 2.1)),
        ("max_tokens", (1, None), (0, -1)),
        ("top_logprobs", (0, 20, None), (-1, 21)),
        ("logit_bias", ({0: -100.0, 49: 100.0},), ({50: 1.0}, {-1: 1.0}, {0: 101.0})),
    ],
)
def test_ranges(field: str, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    for value in good:
        check_sampling(replace(SamplingParams(), **{field: value}), VOCABULARY)
    for value in bad:
        params = replace(SamplingParams(), **{field: value})
        with pytest.raises(InvalidInput) as caught:
            SamplingState(params, 0, [], VOCABULARY)
        assert caught.value.param == field
