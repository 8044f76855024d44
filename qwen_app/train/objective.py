"""What training makes small: cross entropy with the answers, or distance from teachers.

Distillation after Hinton, Vinyals and Dean (arXiv:1503.02531): both distributions are softened by
a temperature, and their divergence is multiplied by its square, so that its gradients keep their
size whatever the temperature.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.corpus import IGNORED, Batch, document_mask


@dataclass(frozen=True, slots=True)
class Inputs:
    """A batch on its device, with the places at which a next token is to be learned."""

    ids: Tensor
    """(rows, length), as are the positions."""
    positions: Tensor
    mask: Tensor
    """(rows, 1, length, length)"""
    places: Tensor
    """(wanted,) indices into the flattened ids; padded to a few sizes by some that are ignored."""
    targets: Tensor
    """(wanted,) the token that follows each; `IGNORED` for padding."""


class Objective(Protocol):
    """The loss of a batch, in nats a token, with its gradients' way back to the model."""

    def __call__(self, inputs: Inputs, source: int, /) -> Tensor:
        """``source`` is the index of the source that the batch was drawn from."""
        ...


@dataclass(frozen=True, slots=True)
class Blend:
    """The weights of a distillation's loss."""

    kl: float = 0.7
    ce: float = 0.3
    temperature: float = 1.0


def inputs_of(batch: Batch, device: torch.device) -> Inputs:
    wanted = (batch.targets.flatten() != IGNORED).nonzero().squeeze(1)
    targets = batch.targets.flatten()[wanted]
    # A few sizes only, or the compiled graph would be made anew for every batch.
    room = -len(wanted) % 512
    return Inputs(
        batch.ids.to(device),
        batch.positions.to(device),
        document_mask(batch.documents.to(device)),
        F.pad(wanted, (0, room)).to(device),
        F.pad(targets, (0, room), value=IGNORED).to(device),
    )


_GRAPHS = 64
"""Sizes of batches, some ten, times teachers; more of these would be no plan any more."""


class CrossEntropy:
    """Plain training: the logarithm of the probability of the right token."""

    def __init__(self, model: Qwen2, *, compiled: bool) -> None:
        whole = _LossOnAnswers(model)
        self._loss: Any = _compiled(whole) if compiled else whole

    def __call__(self, inputs: Inputs, _source: int, /) -> Tensor:
        loss: Tensor = self._loss(
            inputs.ids, inputs.positions, inputs.mask, inputs.places, inputs.targets
        )
        return loss


class Distillation:
    """Each source has a teacher of its own; the student learns its distribution and the answers."""

    def __init__(
        self, student: Qwen2, teachers: Sequence[Qwen2], blend: Blend, *, compiled: bool
    ) -> None:
        """``teachers[i]`` teaches on what comes from source i. Where the divergence has no weight
        there is nothing to ask them, and there need be none."""
        self._ce = blend.ce
        self._plain = CrossEntropy(student, compiled=compiled) if blend.kl == 0 else None
        whole = _LossOfStudent(student, blend)
        self._loss: Any = _compiled(whole) if compiled else whole
        own = {id(teacher): _Logits(teacher) for teacher in teachers}
        made: dict[int, Any] = {
            key: _compiled(module) if compiled else module for key, module in own.items()
        }
        self._teachers = [made[id(teacher)] for teacher in teachers]

    def __call__(self, inputs: Inputs, source: int, /) -> Tensor:
        if self._plain is not None:
            return self._ce * self._plain(inputs, source)
        with torch.no_grad():
            taught = self._teachers[source](
                inputs.ids, inputs.positions, inputs.mask, inputs.places
            )
        loss: Tensor = self._loss(
            inputs.ids, inputs.positions, inputs.mask, inputs.places, inputs.targets, taught
        )
        return loss


def distillation_loss(student: Tensor, teacher: Tensor, targets: Tensor, blend: Blend) -> Tensor:
    """The blend of divergence and cross entropy, averaged over the targets not ignored.

    Args:
        student: (places, vocabulary) logits.
        teacher: like ``student``; either may be padded beyond the vocabulary, and the padding of
            the wider is left out.
        targets: (places,)
    """
    shared = min(student.shape[-1], teacher.shape[-1])
    student, teacher = student[:, :shared].float(), teacher[:, :shared].float()
    heat = blend.temperature
    apart = F.kl_div(
        F.log_softmax(student / heat, -1),
        F.log_softmax(teacher / heat, -1),
        reduction="none",
        log_target=True,
    ).sum(-1)
    counted = (targets != IGNORED).float()
    divergence = (apart * counted).sum() / counted.sum() * heat**2
    loss: Tensor = blend.kl * divergence + blend.ce * F.cross_entropy(student, targets)
    return loss


def answer_logits(
    model: Qwen2, ids: Tensor, positions: Tensor, mask: Tensor, places: Tensor
) -> Tensor:
    """(places, vocab_size); for the arguments see `Inputs`."""

    def attend(_layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return masked_attention(q, k, v, mask)

    logits: Tensor = model(ids, positions, attend, places)
    return logits


def masked_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention within packed rows.

    Args:
        q: (rows, length, heads, head_dim)
        k: (rows, length, kv_heads, head_dim), as is v.
        mask: (rows, 1, length, length), True may be attended.

    Returns:
        Like ``q``.
    """
    q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
    if q.device.type == "cuda":
        attended: Tensor = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        return attended.transpose(1, 2)
    # Written out, it compiles to products and one fused softmax: on CPUs a quarter faster over
    # the whole step than the library's attention, whose backward pass is slow in bf16.
    rows, heads, length, dim = q.shape
    grouped = q.reshape(rows, k.shape[1], -1, dim)  # the queries of a key head, one after another
    products = grouped @ k.transpose(-1, -2) / math.sqrt(dim)
    scores = products.view(rows, heads, length, length)
    weights = scores.masked_fill(~mask, -math.inf).softmax(-1).to(v.dtype)
    out = weights.view(rows, k.shape[1], -1, length) @ v
    return out.view(rows, heads, length, dim).transpose(1, 2)


def _compiled(module: nn.Module) -> Any:
    """For each shape of a batch a graph of its own; several teachers share one limit of them, and
    beyond it all would be computed uncompiled."""
    limits = torch._dynamo.config
    limits.recompile_limit = max(limits.recompile_limit, _GRAPHS)
    return torch.compile(module, dynamic=False)


class _Logits(nn.Module):
    def __init__(self, model: Qwen2) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, positions: Tensor, mask: Tensor, places: Tensor) -> Tensor:
        return answer_logits(self.model, ids, positions, mask, places)


class _LossOnAnswers(nn.Module):
    def __init__(self, model: Qwen2) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, ids: Tensor, positions: Tensor, mask: Tensor, places: Tensor, targets: Tensor
    ) -> Tensor:
        logits = answer_logits(self.model, ids, positions, mask, places)
        return F.cross_entropy(logits.float(), targets)


class _LossOfStudent(nn.Module):
    def __init__(self, model: Qwen2, blend: Blend) -> None:
        super().__init__()
        self.model, self.blend = model, blend

    def forward(
        self,
        ids: Tensor,
        positions: Tensor,
        mask: Tensor,
        places: Tensor,
        targets: Tensor,
        taught: Tensor,
    ) -> Tensor:
        logits = answer_logits(self.model, ids, positions, mask, places)
        return distillation_loss(logits, taught, targets, self.blend)
