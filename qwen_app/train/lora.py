"""Low-rank adapters through peft, an optional extra: fewer weights to train, merged at the end.

As peft puts them in (LoRA, arXiv:2106.09685): beside each matrix W a product B A of rank r, scaled
by alpha / r, of which B begins as zero.
"""

import torch
from torch import nn

from qwen_app.errors import MissingDependency
from qwen_app.model.qwen2 import Qwen2

_TARGETS = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]


def add_adapters(model: Qwen2, rank: int) -> None:
    """Freeze the model and put adapters beside the matrices of its layers.

    Raises:
        MissingDependency: peft is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise MissingDependency(
            'LoRA needs peft: pip install "peft>=0.21,<1". Without --lora all weights are trained.',
            'LoRA 需要 peft：pip install "peft>=0.21,<1"。不加 --lora 则训练全部权重。',
            param="lora",
        ) from error
    model.requires_grad_(False)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=_TARGETS, lora_dropout=0.0)
    inject_adapter_in_model(config, model)


@torch.no_grad()
def merge_adapters(model: Qwen2) -> None:
    """Add each adapter's product to its matrix and take the adapters out again."""
    from peft.tuners.lora import LoraLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent, _, last = name.rpartition(".")
            base = module.get_base_layer()
            assert isinstance(base, nn.Module)
            setattr(model.get_submodule(parent), last, base)
