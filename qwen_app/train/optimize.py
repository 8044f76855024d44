"""Starting weights, and the optimizers: Muon on matrices and AdamW on the rest, or AdamW alone."""

import math

import torch
from torch import nn

from qwen_app.model.qwen2 import Qwen2


def initialise(model: Qwen2) -> None:
    """Normal weights by fan-in; what feeds the residual stream is scaled down by depth."""
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2:
            continue
        scale = 0.02 if "embed" in name else 1 / math.sqrt(parameter.shape[1])
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            scale /= math.sqrt(2 * model.config.num_layers)
        nn.init.normal_(parameter, std=scale)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)


def muon_and_adamw(
    model: Qwen2, muon_rate: float, adamw_rate: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices; AdamW for embeddings, norms and biases."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim < 2 or "embed" in n]
    muon = torch.optim.Muon(matrices, lr=muon_rate, momentum=0.95, weight_decay=weight_decay)
    adamw = torch.optim.AdamW(others, lr=adamw_rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [_peaking(muon, muon_rate), _peaking(adamw, adamw_rate)]


def adamw_alone(model: nn.Module, rate: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    """For weights that are good already: AdamW on all that is to be trained."""
    wanted = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in wanted if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in wanted if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=rate, betas=(0.9, 0.999)
    )
    return [_peaking(optimizer, rate)]


def _peaking(optimizer: torch.optim.Optimizer, rate: float) -> torch.optim.Optimizer:
    """Remember the rate that the schedule's factor is of."""
    for group in optimizer.param_groups:
        group["peak"] = rate
    return optimizer
