"""The sampler against its definition in plain Python, and its laws."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.sampler import Sampled, SamplingState, sample
from qwen_app.errors import GenerationFailed
from qwen_app.messages import SamplingParams
from tests.decoding.reference import adjusted, drawn, kept

VOCABULARY = 500
PADDED = 512

parameters = st.builds(
    SamplingParams,
    temperature=st.sampled_from([0.0, 0.3, 0.7, 1.0, 1.9]),
    top_p=st.sampled_from([1.0, 0.95, 0.5, 0.01]),
    top_k=st.sampled_from([0, 1, 5, 63, 64, 200, 300, 5_000]),
    min_p=st.sampled_from([0.0, 0.001, 0.3]),
    repetition_penalty=st.sampled_from([1.0, 1.1, 0.7, 2.0]),
    presence_penalty=st.sampled_from([0.0, 1.0, -1.0]),
    frequency_penalty=st.sampled_from([0.0, 0.5, -0.5]),
    logit_bias=st.dictionaries(
        st.integers(0, VOCABULARY - 1), st.integers(-20, 20).map(lambda n: n / 4), max_size=3
    ),
)
ids = st.lists(st.integers(0, VOCABULARY - 1), max_size=30)
# Peaked, as a trained model's; flat, as a random one's; rounded so that many logits are equal.
shapes = st.sampled_from(["peaked", "flat", "ties", "all equal"])


def logits_of(shape: str, seed: int, rows: int = 1) -> Tensor:
    """(rows, PADDED); the padding is the likeliest, so that looking at it shows."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, PADDED, generator=generator)
    if shape == "peaked":
        x[:, :30] += torch.linspace(9, 1, 30)
        x[:, :VOCABULARY] = x[:, torch.randperm(VOCABULARY, generator=generator)]
    elif shape == "ties":
        x = (x * 2).round()
    elif shape == "all equal":
        x = torch.zeros(rows, PADDED)
    x[:, VOCABULARY:] = 50
    return x


def state_of(
    params: SamplingParams, seed: int = 0, prompt: Sequence[int] = (), answer: Sequence[int] = ()
) -> SamplingState:
    state = SamplingState(params, seed, prompt, VOCABULARY)
    for id_ in answer:
        state.append(id_)
    return state


def mask_of(allowed: Sequence[int]) -> Bitmask:
    bits = np.zeros(-(-VOCABULARY // 32) * 32, dtype=np.uint8)
    bits[list(allowed)] = 1
    return np.packbits(bits, bitorder="little").view(np.uint32)


def tokens(results: Sequence[object]) -> list[int]:
    assert all(isinstance(result, Sampled) for result in results)
    return [result.token_id for result in results if isinstance(result, Sampled)]


# --- against the definition -------------------------------------------------------------------


@settings(max_examples=200)
@given(
    params=parameters,
    shape=shapes,
    seed=st.integers(0, 2**31),
    prompt=ids,
    answer=ids,
    allowed=st.none() | st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=100),
)
def test_draws_what_the_definition_draws(
    params: SamplingParams,
    shape: str,
    seed: int,
    prompt: list[int],
    answer: list[int],
    allowed: list[int] | None,
) -> None:
    logits = logits_of(shape, seed)
    state = state_of(params, seed, prompt, answer)
    expected = adjusted(logits[0, :VOCABULARY].tolist(), params, prompt, answer)
    if allowed is not None:
        expected = [x if id_ in allowed else -math.inf for id_, x in enumerate(expected)]
    token, margin = drawn(expected, params, state.uniform())
    assume(margin > 1e-5 or params.temperature == 0)  # rounding may decide the rest
    masks = [None if allowed is None else mask_of(allowed)]
    assert tokens(sample(logits, [state], masks)) == [token]


@pytest.mark.parametrize(
    "params",
    [
        SamplingParams(temperature=0.7, top_p=0.8, top_k=20),
        SamplingParams(temperature=1.0),
        SamplingParams(temperature=1.3, top_p=0.9),
        SamplingParams(temperature=1.0, min_p=0.1),
        SamplingParams(temperature=1.0, top_k=300, top_p=0.99),
    ],
)
def test_frequencies_follow_the_probabilities(params: SamplingParams) -> None:
    rows, rounds = 128, 30
    logits = logits_of("peaked", 1)
    probabilities = kept(logits[0, :VOCABULARY].tolist(), params)
    counts: Counter[int] = Counter()
    states = [state_of(params, seed) for seed in range(rows)]
    for _ in range(rounds):
        for state, token in zip(
            states, tokens(sample(logits.repeat(rows, 1), states, [None] * rows)), strict=True
        ):
            counts[token] += 1
            state.append(token)
    draws = rows * rounds
    assert set(counts) <= set(probabilities)
    # Chi-squared over the tokens expected at least 10 times; the rest is one bucket.
    common = {id_: p for id_, p in probabilities.items() if p * draws >= 10}
    squares = [(counts[id_] - p * draws) ** 2 / (p * draws) for id_, p in common.items()]
    rest = 1 - sum(common.values())
    if rest * draws >= 10:
        missing = draws - sum(counts[id_] for id_ in common)
        squares.append((missing - rest * draws) ** 2 / (rest * draws))
    freedom = len(squares) - 1
    assert sum(squares) < freedom + 3.3 * math.sqrt(2 * freedom) + 6


# --- laws -------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(data=st.data(), rows=st.integers(2, 6))
def test_a_row_draws_the_same_whoever_else_is_in_the_batch(data: st.DataObject, rows: int) -> None:
    cases = [
        (
            data.draw(parameters),
            logits_of(data.draw(shapes), row),
            data.draw(ids),
            data.draw(st.none() | st.just(mask_of(range(row, VOCABULARY, 3)))),
        )
        for row in range(rows)
    ]
    alone = [
        sample(logits.clone(), [state_of(params, row, prompt, prompt)], [mask])[0]
        for row, (params, logits, prompt, mask) in enumerate(cases)
    ]
    together = sample(
        torch.cat([logits for _, logits, _, _ in cases]),
        [state_of(params, row, prompt, prompt) for row, (params, _, prompt, _) in enumerate(cases)],
        [mask for _, _, _, mask in cases],
    )
    assert together == alone


@given(seeds=st.tuples(st.integers(), st.integers()), shape=shapes)
def test_temperature_0_ignores_the_seed(seeds: tuple[int, int], shape: str) -> None:
    params = SamplingParams(temperature=0, top_p=0.5, top_k=3)
    logits = logits_of(shape, 7, rows=2)
    logits[1] = logits[0]
    expected = int(logits[0, :VOCABULARY].argmax())
    states = [state_of(params, seed) for seed in seeds]
    assert tokens(sample(logits, states, [None, None])) == [expected] * 2


@given(shape=shapes, seed=st.integers(0, 100))
def test_one_candidate_is_the_greedy_one(shape: str, seed: int) -> None:
    logits = logits_of(shape, seed).repeat(3, 1)
    states = [
        state_of(SamplingParams(temperature=0), seed),
        state_of(SamplingParams(top_k=1, temperature=2.0), seed),
        state_of(SamplingParams(top_p=1e-9, temperature=2.0), seed),
    ]
    assert len(set(tokens(sample(logits, states, [None] * 3)))) == 1


@pytest.mark.parametrize("temperature", [1e-300, 1e-6, 1e-4])
def test_a_temperature_near_0_is_greedy(temperature: float) -> None:
    logits = logits_of("peaked", 3)
    expected = int(logits[0, :VOCABULARY].argmax())
    for params in (SamplingParams(), SamplingParams(top_p=0.99), SamplingParams(top_k=5)):
        state = state_of(replace(params, temperature=temperature))
        assert tokens(sample(logits.clone(), [state], [None])) == [expected]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_every_float_type_is_read(dtype: torch.dtype) -> None:
    logits = logits_of("peaked", 4).to(dtype)
    before = logits.clone()
    expected = int(logits[0, :VOCABULARY].argmax())
    state = state_of(SamplingParams(temperature=0))
    assert tokens(sample(logits, [state], [None])) == [expected]
    if dtype != torch.float32:
        assert torch.equal(logits, before)


@pytest.mark.parametrize("width", [5, 127, 128, 129, 640, 10_000])
def test_vocabularies_of_any_size(width: int) -> None:
    generator = torch.Generator().manual_seed(width)
    for params in (
        SamplingParams(temperature=0),
        SamplingParams(),
        SamplingParams(top_p=0.9),
        SamplingParams(top_p=0.5, temperature=0.5),
        SamplingParams(top_p=1 - 1e-15),
        SamplingParams(top_k=70, min_p=0.01),
        SamplingParams(top_k=300),
        SamplingParams(top_k=300, top_p=0.5),
        SamplingParams(top_k=5_000),
    ):
        logits = torch.randn(1, width, generator=generator)
        state = SamplingState(params, 3, [], width)
        assert 0.5 < state.uniform() < 0.9, "a draw that depends on how much is kept"
        token, margin = drawn(logits[0].tolist(), params, state.uniform())
        assert margin > 1e-6 or params.temperature == 0
        assert tokens(sample(logits, [state], [None])) == [token]


def test_no_rows() -> None:
    assert sample(torch.empty(0, PADDED), [], []) == []


def test_logits_made_under_inference_mode_can_be_sampled_outside_of_it() -> None:
    with torch.inference_mode():
        logits = logits_of("peaked", 1)
    state = state_of(SamplingParams(repetition_penalty=1.1), 0, [1, 2])
    assert len(tokens(sample(logits, [state], [None]))) == 1


# --- rows that fail ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        SamplingParams(temperature=0),
        SamplingParams(),
        SamplingParams(top_k=5),
        SamplingParams(top_p=0.5),
        SamplingParams(top_logprobs=3, min_p=0.1),
    ],
)
@pytest.mark.parametrize("fault", ["nan", "inf", "nothing", "mask"])
def test_a_row_that_fails_fails_alone(params: SamplingParams, fault: str) -> None:
    good = logits_of("peaked", 1)
    bad = logits_of("peaked", 2)
    mask = None
    if fault == "nan":
        bad[0, 250] = math.nan
    elif fault == "inf":
        bad[0, 250] = math.inf
    elif fault == "nothing":
        bad[:] = -math.inf
    else:
        mask = mask_of([])
    expected = sample(good.clone(), [state_of(params)], [None])
    results = sample(
        torch.cat([good, bad, good]), [state_of(params) for _ in range(3)], [None, mask, None]
    )
    assert isinstance(results[1], GenerationFailed)
    assert [results[0], results[2]] == expected * 2


# --- log-probabilities ------------------------------------------------------------------------


@given(seed=st.integers(0, 1000), counts=st.lists(st.none() | st.integers(0, 20), max_size=4))
def test_logprobs_are_those_of_the_raw_logits(seed: int, counts: list[int | None]) -> None:
    logits = logits_of("peaked", seed, rows=len(counts))
    raw = logits[:, :VOCABULARY].clone().log_softmax(-1)
    states = [
        state_of(
            SamplingParams(
                temperature=0.5,
                top_k=5,
                repetition_penalty=1.8,
                logit_bias={7: 90.0},
                top_logprobs=n,
            ),
            row,
            prompt=[1, 2, 3],
        )
        for row, n in enumerate(counts)
    ]
    for row, (result, count) in enumerate(
        zip(sample(logits, states, [None] * len(counts)), counts, strict=True)
    ):
        assert isinstance(result, Sampled)
        assert result.token_id == 7
        if count is None:
            assert result == Sampled(7)
            continue
        assert result.logprob == pytest.approx(raw[row, 7].item(), abs=1e-5)
        values, order = raw[row].topk(count)
        assert [id_ for id_, _ in result.top] == order.tolist()
        assert [value for _, value in result.top] == pytest.approx(values.tolist(), abs=1e-5)
