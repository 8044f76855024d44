"""The sampler's definition in plain Python: slow, and in the order that its text gives."""

import math
from collections import Counter
from collections.abc import Sequence

from qwen_app.messages import SamplingParams


def adjusted(
    logits: Sequence[float], params: SamplingParams, prompt: Sequence[int], answer: Sequence[int]
) -> list[float]:
    """Logits after bias and penalties."""
    counts = Counter(answer)
    seen = {*prompt, *answer}
    result = []
    for id_, logit in enumerate(logits):
        x = logit + params.logit_bias.get(id_, 0.0)
        if id_ in seen:
            x = x / params.repetition_penalty if x > 0 else x * params.repetition_penalty
        if counts[id_]:
            x -= params.presence_penalty + params.frequency_penalty * counts[id_]
        result.append(x)
    return result


def kept(logits: Sequence[float], params: SamplingParams) -> dict[int, float]:
    """Token to probability after all truncations, likeliest first."""
    if params.temperature == 0:
        return {max(range(len(logits)), key=lambda id_: logits[id_]): 1.0}
    greatest = max(logits)
    weights = {
        id_: math.exp((logit - greatest) / params.temperature) for id_, logit in enumerate(logits)
    }
    order = sorted(
        (id_ for id_ in weights if logits[id_] > -math.inf), key=lambda id_: (-logits[id_], id_)
    )
    if params.top_k:
        order = order[: params.top_k]
    total = math.fsum(weights[id_] for id_ in order)
    if params.top_p < 1:
        end, mass = 0, 0.0
        while mass < params.top_p * total and end < len(order):
            mass += weights[order[end]]
            end += 1
        order = order[:end]
    order = [id_ for id_ in order if weights[id_] >= params.min_p]
    total = math.fsum(weights[id_] for id_ in order)
    return {id_: weights[id_] / total for id_ in order}


def drawn(logits: Sequence[float], params: SamplingParams, uniform: float) -> tuple[int, float]:
    """The token, and how close the random number came to choosing another."""
    probabilities = kept(logits, params)
    if not (params.top_k or params.top_p < 1 or params.min_p):
        probabilities = dict(sorted(probabilities.items()))
    mass, token, margin = 0.0, -1, math.inf
    for id_, probability in probabilities.items():
        mass += probability
        margin = min(margin, abs(mass - uniform))
        if token < 0 and mass > uniform:
            token = id_
    return (token if token >= 0 else list(probabilities)[-1]), margin
