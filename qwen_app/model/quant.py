"""Quantization as an explicit scheme: which linear layer stands for each weight matrix.

A scheme is chosen once, by name, before loading; nothing is guessed from files. It decides the
layer class for the matrices inside the layers and for the head, and the dtype of everything else.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from qwen_app.errors import ConfigError
from qwen_app.model.linear_cpu import Int4Linear, Int8Linear
from qwen_app.model.linear_gpu import TinygemmLinear, bitsandbytes_linear

SCHEMES = ("auto", "fp32", "bf16", "fp16", "int8", "int4", "nf4")

MakeLinear = Callable[[Tensor, Tensor | None], nn.Module]
"""(weight (out, in), bias (out,) or None) -> the layer, on its device."""

SMALL = 50_000_000
"""Parameters below which a model is bound by the cost of calls, not of reading weights."""

_PLAIN = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme resolved for a device."""

    name: str
    dtype: torch.dtype
    """Of activations, norms and biases."""
    embedding_dtype: torch.dtype
    linear: MakeLinear
    head: MakeLinear

    @property
    def kv_dtype(self) -> torch.dtype:
        return self.dtype


def resolve_scheme(name: str, device: str, parameters: int) -> Scheme:
    """The scheme of that name on that device.

    ``auto``: fp32 for small models on a CPU (below `SMALL` parameters quantizing saves nothing
    that matters); int8 for others there, the fastest at every batch size but one; bf16 on CUDA,
    where a model of this size is not bound by its weights; fp16 on MPS.

    Raises:
        ConfigError: no such scheme, no such device, or not on this device.
        MissingDependency: it needs a library that is not installed.
    """
    kind = check_device(device)
    if name not in SCHEMES:
        raise ConfigError(
            f"quant is {name!r}; choose one of {', '.join(SCHEMES)}.",
            f"quant 的值 {name!r} 无效；可选：{'、'.join(SCHEMES)}。",
            param="quant",
        )
    if name == "auto":
        name = {"cpu": "int8", "cuda": "bf16", "mps": "fp16"}[kind]
        if kind == "cpu" and parameters < SMALL:
            name = "fp32"
    if name in _PLAIN:
        if (name, kind) == ("fp16", "cpu"):
            raise _unavailable(name, kind, ("fp32", "bf16", "int8", "int4"))
        dtype = _PLAIN[name]
        make = _plain(dtype, device)
        return Scheme(name, dtype, dtype, make, make)
    if kind == "cpu" and name in ("int8", "int4"):
        # Activations in fp32: the 8-bit operator takes nothing else, and the residual stream is
        # the better for it. The table is only looked up, so bf16 halves it at no cost.
        linear: MakeLinear = Int8Linear if name == "int8" else _int4_or_int8
        return Scheme(name, torch.float32, torch.bfloat16, linear, Int8Linear)
    if kind == "cuda" and name == "int4":
        return Scheme(name, torch.bfloat16, torch.bfloat16, _tinygemm(device), _bnb("int8", device))
    if name == "nf4" or (kind == "cuda" and name == "int8"):
        if kind == "mps":
            raise _unavailable(name, kind, ("fp16", "bf16", "fp32"))
        head = _plain(torch.bfloat16, device) if kind == "cpu" else _bnb("int8", device)
        return Scheme(name, torch.bfloat16, torch.bfloat16, _bnb(name, device), head)
    raise _unavailable(name, kind, ("fp16", "bf16", "fp32"))


def check_device(device: str) -> str:
    """The device's kind: cpu, cuda or mps.

    Raises:
        ConfigError: not a device, or not on this machine.
    """
    try:
        parsed = torch.device(device)
    except RuntimeError:
        parsed = torch.device("meta")
    here = {
        "cpu": parsed.index in (None, 0),
        "cuda": torch.cuda.is_available() and (parsed.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not here.get(parsed.type, False):
        found = [kind for kind in ("cpu", "mps") if kind == "cpu" or here["mps"]]
        found += [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        raise ConfigError(
            f"This machine has no device {device!r}; it has {', '.join(found)}.",
            f"这台机器上没有设备 {device!r}；可用的有：{'、'.join(found)}。",
            param="devices",
        )
    return parsed.type


def _plain(dtype: torch.dtype, device: str) -> MakeLinear:
    def make(weight: Tensor, bias: Tensor | None) -> nn.Module:
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
        layer.weight = nn.Parameter(weight.to(device, dtype), requires_grad=False)
        if bias is not None:
            layer.bias = nn.Parameter(bias.to(device, dtype), requires_grad=False)
        return layer

    return make


def _int4_or_int8(weight: Tensor, bias: Tensor | None) -> nn.Module:
    """int8 for the few shapes that the 4-bit operator cannot take."""
    out_features, in_features = weight.shape
    return (Int4Linear if Int4Linear.fits(out_features, in_features) else Int8Linear)(weight, bias)


def _tinygemm(device: str) -> MakeLinear:
    def make(weight: Tensor, bias: Tensor | None) -> nn.Module:
        if TinygemmLinear.fits(*weight.shape):
            return TinygemmLinear(weight, bias, device)
        return bitsandbytes_linear(weight, bias, "int8", device)

    return make


def _bnb(scheme: str, device: str) -> MakeLinear:
    return lambda weight, bias: bitsandbytes_linear(weight, bias, scheme, device)


def _unavailable(name: str, kind: str, others: tuple[str, ...]) -> ConfigError:
    return ConfigError(
        f"quant {name} is not available on {kind}; choose one of auto, {', '.join(others)}.",
        f"在 {kind} 上不能使用 quant {name}；可选：auto、{'、'.join(others)}。",
        param="quant",
    )
