"""Quantized linear layers for CUDA, on torch's and bitsandbytes' kernels; nf4 runs on CPUs too.

bitsandbytes is an optional library and is imported where a layer is made.
"""

import importlib
from typing import Any

import torch
from torch import Tensor, nn

from qwen_app.errors import MissingDependency
from qwen_app.model.linear_cpu import GROUP, group_quantize

INNER_K_TILES = 8
"""How torch's tinygemm kernel interleaves the columns; 8 needs multiples of 128."""


def need_bitsandbytes(scheme: str) -> Any:
    """The library.

    Raises:
        MissingDependency: it is not installed.
    """
    try:
        return importlib.import_module("bitsandbytes")
    except ImportError as error:
        raise MissingDependency(
            f"--quant {scheme} on this device needs bitsandbytes, which is not installed. "
            "Run: pip install -r requirements-cuda.txt, or choose --quant bf16.",
            f"在该设备上使用 --quant {scheme} 需要 bitsandbytes，但尚未安装。"
            "请运行：pip install -r requirements-cuda.txt，或改用 --quant bf16。",
            param="quant",
        ) from error


def nf4_linear(weight: Tensor, bias: Tensor | None, device: str) -> nn.Module:
    """bitsandbytes' layer for 4-bit NormalFloat (QLoRA, arXiv:2305.14314), computing in bf16.

    Raises:
        MissingDependency: bitsandbytes is not installed.
    """
    bnb = need_bitsandbytes("nf4")
    out_features, in_features = weight.shape
    layer: nn.Module = bnb.nn.Linear4bit(
        in_features,
        out_features,
        bias=bias is not None,
        compute_dtype=torch.bfloat16,
        quant_type="nf4",
        device="meta",
    )
    layer.weight = bnb.nn.Params4bit(
        weight.to(torch.bfloat16, copy=True), requires_grad=False, quant_type="nf4", module=layer
    )
    if bias is not None:
        layer.bias = nn.Parameter(bias.to(torch.bfloat16, copy=True), requires_grad=False)
    return layer.eval().to(device)


class BnbInt8Linear(nn.Module):
    """8-bit weights, a scale an output channel; 8-bit activations, a scale a row; the product by
    bitsandbytes, as in LLM.int8 (arXiv:2208.07339).

    Without that method's second product for columns with outliers: which columns those are
    depends on all rows of a batch, and a row's result may not.

    Args:
        weight: (out, in), any float type.
        bias: (out,) or None.

    Raises:
        MissingDependency: bitsandbytes is not installed.
    """

    codes: Tensor
    scales: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None, device: str) -> None:
        super().__init__()
        need_bitsandbytes("int8")  # registers the operator
        codes, scales = _row_codes(weight.to(device))
        self.register_buffer("codes", codes, persistent=False)
        self.register_buffer("scales", scales[:, 0], persistent=False)
        moved = None if bias is None else bias.to(device, torch.float32, copy=True)
        self.register_buffer("bias", moved, persistent=False)

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes + self.scales.nbytes

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out), dtype of x."""
        codes, scales = _row_codes(x.reshape(-1, x.shape[-1]))
        sums = torch.ops.bitsandbytes.int8_linear_matmul(codes, self.codes)  # int32
        out: Tensor = sums.float().mul_(scales).mul_(self.scales)
        if self.bias is not None:
            out = out.add_(self.bias)
        return out.to(x.dtype).view(*x.shape[:-1], -1)


def _row_codes(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 8-bit codes of each row, and its scale: (rows, columns) int8, (rows, 1) fp32."""
    scales = rows.abs().amax(dim=-1, keepdim=True).float().clamp_min_(1e-20).div_(127)
    return (rows.float() / scales).round_().to(torch.int8), scales


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
        moved = None if bias is None else bias.to(device, torch.bfloat16, copy=True)
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
