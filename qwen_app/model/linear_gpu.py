"""Quantized linear layers that need an optional library, or a CUDA device."""

from typing import Any

import torch
from torch import Tensor, nn

from qwen_app.errors import MissingDependency
from qwen_app.model.linear_cpu import GROUP, group_quantize

INNER_K_TILES = 8
"""How torch's tinygemm kernel interleaves the columns; 8 needs multiples of 128."""


def bitsandbytes_linear(weight: Tensor, bias: Tensor | None, scheme: str, device: str) -> nn.Module:
    """bitsandbytes' layer for ``int8`` (LLM.int8, arXiv:2208.07339) or ``nf4``
    (arXiv:2305.14314), quantized on ``device``; computes in bf16.

    Raises:
        MissingDependency: bitsandbytes is not installed.
    """
    bnb = _bitsandbytes(scheme)
    out_features, in_features = weight.shape
    layer: nn.Module
    if scheme == "int8":
        layer = bnb.nn.Linear8bitLt(
            in_features, out_features, bias=bias is not None, has_fp16_weights=False
        )
        layer.weight = bnb.nn.Int8Params(weight.half(), requires_grad=False, has_fp16_weights=False)
    else:
        layer = bnb.nn.Linear4bit(
            in_features,
            out_features,
            bias=bias is not None,
            compute_dtype=torch.bfloat16,
            quant_type="nf4",
        )
        layer.weight = bnb.nn.Params4bit(
            weight.bfloat16(), requires_grad=False, quant_type="nf4", module=layer
        )
    if bias is not None:
        layer.bias = nn.Parameter(bias.bfloat16(), requires_grad=False)
    return layer.to(device)


def _bitsandbytes(scheme: str) -> Any:
    try:
        import bitsandbytes
    except ImportError as error:
        raise MissingDependency(
            f"--quant {scheme} on this device needs bitsandbytes, which is not installed. "
            "Run: pip install 'bitsandbytes>=0.50,<0.51', or choose --quant bf16.",
            f"在该设备上使用 --quant {scheme} 需要 bitsandbytes，但尚未安装。"
            "请运行：pip install 'bitsandbytes>=0.50,<0.51'，或改用 --quant bf16。",
            param="quant",
        ) from error
    return bitsandbytes


class TinygemmLinear(nn.Module):
    """4-bit weights for CUDA (compute capability 8.0 and up), torch's tinygemm kernel, bf16.

    Args:
        weight: (out, in); see `fits`.
        bias: (out,) or None.
    """

    packed: Tensor
    scales_and_zeros: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None, device: str) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        codes, scales, zeros = group_quantize(weight, GROUP)
        # The CUDA packer takes two codes a byte, the even column in the high half.
        pairs = ((codes[:, ::2] << 4) | codes[:, 1::2]).to(torch.uint8).to(device)
        packed = torch.ops.aten._convert_weight_to_int4pack(pairs, INNER_K_TILES)
        both = torch.stack((scales, zeros), dim=-1).transpose(0, 1)  # (groups, out, 2)
        self.register_buffer("packed", packed, persistent=False)
        self.register_buffer(
            "scales_and_zeros", both.to(device, torch.bfloat16).contiguous(), persistent=False
        )
        moved = None if bias is None else bias.to(device, torch.bfloat16)
        self.register_buffer("bias", moved, persistent=False)

    @staticmethod
    def fits(out_features: int, in_features: int) -> bool:
        return out_features % 8 == 0 and in_features % (INNER_K_TILES * 16) == 0

    @property
    def nbytes(self) -> int:
        return self.packed.nbytes + self.scales_and_zeros.nbytes

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out), bf16."""
        rows = x.reshape(-1, self.in_features).to(torch.bfloat16)
        out: Tensor = torch.ops.aten._weight_int4pack_mm(
            rows, self.packed, GROUP, self.scales_and_zeros
        )
        if self.bias is not None:
            out = out + self.bias
        return out.view(*x.shape[:-1], self.out_features)
