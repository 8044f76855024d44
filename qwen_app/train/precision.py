"""In which numbers to train on this machine: measured, not read off a list of processors."""

import time
from typing import Literal

import torch

Precision = Literal["auto", "bf16", "fp32"]

_ROUNDS = 7


def bf16_pays(device: torch.device) -> bool:
    """Whether products of the size of a training step are faster in bf16 than in fp32.

    With instructions for it (AVX512-BF16, AMX, tensor cores) they take half the time or less;
    without, a CPU emulates them at a multiple of it. Takes some hundredths of a second.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    wide, narrow = (_product_s(dtype) for dtype in (torch.float32, torch.bfloat16))
    return narrow < 0.8 * wide


def _product_s(dtype: torch.dtype) -> float:
    """Seconds of the fastest of some products; the fastest, since others may use the machine."""
    a, b = torch.ones(1024, 256, dtype=dtype), torch.ones(256, 1024, dtype=dtype)
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - began)
    return min(times)
