"""Quantized linear layers for the CPU, on the operators of stock torch.

Which operator, and why (measured at the 0.5B's shapes on 2 AVX512-VNNI cores, tokens a second of
all layer products for 1, 4, 16, 64, 256 rows; `python -m qwen_app.bench quant` measures again):

    int8  quantized.linear_dynamic, engine fbgemm     96   404   831  1055  1432
          the same, engine onednn                     with stalls of 8 to 16 ms at few rows
    int4  _weight_int4pack_mm_for_cpu                 85   190   202   203   193
    bf16  F.linear                                    20          137         236
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

GROUP = 64
"""Weights that share a scale and a zero point in int4."""


class Int8Linear(nn.Module):
    """8-bit weights, a scale an output channel; 8-bit activations, a scale a row.

    torch's dynamic operator finds one scale for all rows of a call, and then an answer would
    depend on who else is being served. Here each row is moved to [0, 1] first, so that the
    operator's range is the same whoever is in the batch; the move is undone on the products:

        x = lo + (hi - lo) u   =>   W x = (hi - lo) W u + lo (W 1)

    Args:
        weight: (out, in), any float type. Zero rows are fine.
        bias: (out,) or None.
    """

    row_sums: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        scales = torch.empty(self.out_features)
        codes = torch.empty(weight.shape, dtype=torch.int8)
        for start in range(0, self.out_features, 8192):  # the head in fp32 would be half a GB
            rows = slice(start, start + 8192)
            part = weight[rows].float()
            scales[rows] = part.abs().amax(dim=1).clamp_min(1e-12) / 127
            codes[rows] = (part / scales[rows, None]).round_().to(torch.int8)
        with _fbgemm():
            quantized = torch._make_per_channel_quantized_tensor(
                codes, scales.double(), torch.zeros(len(scales), dtype=torch.long), 0
            )
            self.packed = torch.ops.quantized.linear_prepack(quantized, None)
        # Of the weights as they are used, so that the move is undone exactly.
        row_sums = codes.sum(dim=1, dtype=torch.int32).float() * scales
        self.register_buffer("row_sums", row_sums, persistent=False)
        self.register_buffer("bias", None if bias is None else bias.float(), persistent=False)
        # Without VNNI the kernel adds pairs of products in 16 bits, which 8-bit codes overflow.
        self.reduce_range = not torch.cpu._is_vnni_supported()

    @property
    def nbytes(self) -> int:
        return self.out_features * (self.in_features + 4 + 4)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out), fp32."""
        low, high = torch.aminmax(x, dim=-1, keepdim=True)
        span = (high - low).clamp_min_(1e-30)
        moved = (x - low).div_(span)
        out: Tensor = torch.ops.quantized.linear_dynamic(moved, self.packed, self.reduce_range)
        out = out.mul_(span).addcmul_(low, self.row_sums)
        return out if self.bias is None else out.add_(self.bias)


class Int4Linear(nn.Module):
    """4-bit weights in groups of `GROUP` with scale and zero point; bf16 activations.

    Weight only: a row's result does not depend on other rows. One stream reads half of what
    int8 reads; many rows at once are slower than int8, whose products are done in 8 bits.

    Args:
        weight: (out, in); out a multiple of 16 and in of `GROUP` (see `fits`).
        bias: (out,) or None.
    """

    packed: Tensor
    scales_and_zeros: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        codes, scales, zeros = group_quantize(weight, GROUP)
        packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes, 1)
        # The operator computes (code - 8) * scale + zero; (groups, out, 2).
        pairs = torch.stack((scales, zeros), dim=-1).transpose(0, 1).to(torch.bfloat16).contiguous()
        self.register_buffer("packed", packed, persistent=False)
        self.register_buffer("scales_and_zeros", pairs, persistent=False)
        self.register_buffer("bias", None if bias is None else bias.float(), persistent=False)

    @staticmethod
    def fits(out_features: int, in_features: int) -> bool:
        return out_features % 16 == 0 and in_features % GROUP == 0

    @property
    def nbytes(self) -> int:
        return self.packed.nbytes + self.scales_and_zeros.nbytes

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out), fp32."""
        rows = x.reshape(-1, self.in_features).to(torch.bfloat16)
        out: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
            rows, self.packed, GROUP, self.scales_and_zeros
        ).float()
        if self.bias is not None:
            out = out.add_(self.bias)
        return out.view(*x.shape[:-1], self.out_features)


def group_quantize(weight: Tensor, group: int) -> tuple[Tensor, Tensor, Tensor]:
    """Asymmetric 4-bit codes of a weight matrix.

    Returns:
        codes (out, in) int32 in 0..15, scales and zeros (out, in / group) fp32, such that
        ``(codes - 8) * scales + zeros`` is the weight up to half a scale.
    """
    out_features, in_features = weight.shape
    grouped = weight.float().view(out_features, in_features // group, group)
    low, high = grouped.aminmax(dim=-1, keepdim=True)
    # Scale and zero are stored in bf16: round them first, so that the codes fit what is used.
    scales = ((high - low) / 15).clamp_min(1e-8).bfloat16().float()
    zeros = (low + 8 * scales).bfloat16().float()
    codes = ((grouped - zeros) / scales).round_().add_(8).clamp_(0, 15).to(torch.int32)
    return codes.view(out_features, in_features), scales[..., 0], zeros[..., 0]


@contextmanager
def _fbgemm() -> Iterator[None]:
    """Weights are packed for the engine that is set at that moment, and remember it."""
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "fbgemm"
    try:
        with warnings.catch_warnings():
            # torch means to drop quantized tensors one day; the release we pin has them, and
            # nothing else reaches this operator.
            warnings.filterwarnings("ignore", message="torch.quantize_per_tensor")
            yield
    finally:
        torch.backends.quantized.engine = before
