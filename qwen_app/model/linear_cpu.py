"""Quantized linear layers for the CPU, on the operators of stock torch.

Which operator, and why (measured at the 0.5B's shapes on 2 AVX512-VNNI cores without AMX, tokens
a second of all layers' products for 1, 4, 16, 64, 256 rows):

    int8  fbgemm                                     101   404   850  1293  1398
          onednn.qlinear_pointwise                    90   385   999  1581  2004
    int4  _weight_int4pack_mm_for_cpu                 78   188   187   188   211
    bf16  F.linear                                    21         131         188

oneDNN would be the faster one for long prompts, but a second packed copy of the weights costs
358 MB, and two kernels that round differently would make an answer depend on who else is being
served: all rows go through one operator, at every batch size.
"""

import warnings
from typing import Any

import torch
from torch import Tensor, nn

GROUP = 64
"""Weights that share a scale and a zero point in int4."""


class Int8Linear(nn.Module):
    """8-bit weights, a scale an output channel; 8-bit activations, a scale and a zero a row.

    torch's usual dynamic operator finds one scale for all rows of a call, and then an answer
    would depend on who else is being served. Here each row is moved to [0, 1] by itself, the
    operator rounds it with a fixed step, and the move is undone on the products:

        x = low + span u   =>   W x = span W u + low (W 1)

    Args:
        weight: (out, in), any float type. Zero rows are fine.
        bias: (out,) or None.
    """

    row_sums: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        codes, scales = channel_quantize(weight)
        self._packed = _pack(codes, scales)
        # Of the weights as they are used, so that the move is undone exactly.
        row_sums = codes.sum(dim=1, dtype=torch.int32).float() * scales
        self.register_buffer("row_sums", row_sums, persistent=False)
        copied = None if bias is None else bias.to(torch.float32, copy=True)
        self.register_buffer("bias", copied, persistent=False)
        self._step = 1 / activation_levels()

    @property
    def nbytes(self) -> int:
        """Codes, a scale and an offset for each channel, and the buffers."""
        floats = 3 + (self.bias is not None)
        return self.out_features * (self.in_features + 4 * floats)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out), fp32."""
        low = x.amin(dim=-1, keepdim=True)  # aminmax is one call, and ten times slower
        span = (x.amax(dim=-1, keepdim=True) - low).clamp_min_(1e-30)
        out = _int8_product((x - low).div_(span), self._packed, self._step)
        out.mul_(span).addcmul_(low, self.row_sums)
        return out if self.bias is None else out.add_(self.bias)


def _int8_product(x: Tensor, packed: Any, step: float) -> Tensor:
    """Products of rows in [0, 1], rounded to multiples of ``step``, with packed weights."""
    op = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32.default
    out: Tensor = op(x, step, 0, packed)
    return out


def activation_levels() -> int:
    """Steps into which the product may divide [0, 1]: 255, or 127 on CPUs without VNNI.

    There the kernel adds pairs of products in 16 bits, which two products of 8-bit codes
    overflow (255 x 127 x 2) and the result saturates; with 7 bits they do not. Seen on the
    kernel itself rather than read off the CPU's flags, since it is the kernel that decides.
    """
    packed = _pack(torch.full((16, 64), 127, dtype=torch.int8), torch.ones(16))
    exact = 64 * 127.0
    whole = bool((_int8_product(torch.ones(1, 64), packed, 1 / 255) - exact).abs().max() < 1)
    return 255 if whole else 127


def channel_quantize(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 8-bit codes, a scale for each output channel.

    Returns:
        codes (out, in) int8 in -127..127 and scales (out,) fp32, such that ``codes * scales`` is
        the weight up to half a scale.
    """
    scales = torch.empty(weight.shape[0])
    codes = torch.empty(weight.shape, dtype=torch.int8)
    for start in range(0, weight.shape[0], 8192):  # the head in fp32 would be half a GB
        rows = slice(start, start + 8192)
        part = weight[rows].float()
        scales[rows] = part.abs().amax(dim=1).clamp_min_(1e-12) / 127
        codes[rows] = (part / scales[rows, None]).round_().to(torch.int8)
    return codes, scales


def _pack(codes: Tensor, scales: Tensor) -> Any:
    """The weights in fbgemm's layout."""
    # torch means to drop quantized tensors one day; the release that we pin has them, and
    # nothing else reaches this operator.
    warnings.filterwarnings("ignore", message="torch.quantize_per_tensor", category=UserWarning)
    quantized = torch._make_per_channel_quantized_tensor(
        codes, scales.double(), torch.zeros(len(scales), dtype=torch.long), 0
    )
    # Weights are packed for the engine that is set at that moment, and remember it.
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "fbgemm"
    try:
        return torch.ops.quantized.linear_prepack(quantized, None)
    finally:
        torch.backends.quantized.engine = before


class Int4Linear(nn.Module):
    """4-bit weights in groups of `GROUP` with scale and zero point; bf16 activations.

    Weight only: a row's result does not depend on other rows. It takes the least memory, and one
    stream reads half of what int8 reads; many rows at once, as in a prompt, are several times
    slower than int8, since the kernel widens the weights again for every few rows.

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
        copied = None if bias is None else bias.to(torch.float32, copy=True)
        self.register_buffer("bias", copied, persistent=False)

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
