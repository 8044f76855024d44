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
from qwen_app.model.linear_gpu import (
    BnbInt8Linear,
    TinygemmLinear,
    need_bitsandbytes,
    nf4_linear,
)

SCHEMES = ("auto", "fp32", "bf16", "fp16", "int8", "int4", "nf4")

MakeLinear = Callable[[Tensor, Tensor | None], nn.Module]
"""(weight (out, in), bias (out,) or None) -> the layer, on its device, with tensors of its own."""

SMALL = 50_000_000
"""Parameters below which a model is bound by the cost of calls, not of reading weights."""

_PLAIN = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme resolved for a device."""

    name: str
    dtype: torch.dtype
    """Of activations and norms."""
    embedding_dtype: torch.dtype
    linear: MakeLinear
    head: MakeLinear | None = None
    """None: as `linear`, and the embedding table itself where the two are tied."""


def resolve_scheme(name: str, device: str, parameters: int) -> Scheme:
    """The scheme of that name on that device, or an error: never another one in silence.

    ``auto`` is the fastest that keeps the answers:

    - CPU, below `SMALL` parameters: fp32. Such a model lies in the cache and is bound by the
      number of calls; quantizing it adds some and saves nothing.
    - CPU, others: int8, at every batch size several times as fast as bf16 and ahead of int4 but
      for a single stream on CPUs with little bandwidth; bf16 where torch was built without
      fbgemm (not x86), whose 8-bit kernels this uses.
    - CUDA: bf16, since one stream of a model this small is bound by kernel launches and many
      streams by compute; fp16 on cards without bf16.
    - MPS: fp16.

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
        name = _best(kind, parameters)
    if name not in _choices(kind):
        others = ", ".join(("auto", *_choices(kind)))
        raise ConfigError(
            f"quant {name} is not available on {kind} here; choose one of {others}.",
            f"此处的 {kind} 不能使用 quant {name}；可选：{others}。",
            param="quant",
        )
    if name in _PLAIN:
        return Scheme(name, _PLAIN[name], _PLAIN[name], _plain(_PLAIN[name], device))
    if name == "nf4" or kind == "cuda":
        need_bitsandbytes(name)
    makes = _on_cpu() if kind == "cpu" else _on_cuda(device)
    # On CPUs activations are in fp32: the 8-bit operator takes nothing else, and the residual
    # stream is the better for it. The table is only looked up, so bf16 halves it at no cost.
    dtype = torch.float32 if kind == "cpu" else torch.bfloat16
    return Scheme(name, dtype, torch.bfloat16, makes[name], head=makes["int8"])


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


def _best(kind: str, parameters: int) -> str:
    if kind == "cpu":
        if parameters < SMALL:
            return "fp32"
        return "int8" if "int8" in _choices(kind) else "bf16"
    if kind == "cuda":
        return "bf16" if "bf16" in _choices(kind) else "fp16"
    return "fp16"


def _choices(kind: str) -> tuple[str, ...]:
    """What can run on such a device of this machine."""
    if kind == "mps":
        return ("fp32", "bf16", "fp16")
    if kind == "cuda":
        if not torch.cuda.is_bf16_supported(including_emulation=False):
            return ("fp32", "fp16")
        return ("fp32", "bf16", "fp16", "int8", "int4", "nf4")
    # Without fp16: most CPUs compute it in fp32, and slower than fp32 itself.
    if "fbgemm" not in torch.backends.quantized.supported_engines:
        return ("fp32", "bf16")
    return ("fp32", "bf16", "int8", "int4", "nf4")


def _plain(dtype: torch.dtype, device: str) -> MakeLinear:
    def make(weight: Tensor, bias: Tensor | None) -> nn.Module:
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
        layer.weight = nn.Parameter(weight.to(device, dtype, copy=True), requires_grad=False)
        if bias is not None:
            layer.bias = nn.Parameter(bias.to(device, dtype, copy=True), requires_grad=False)
        return layer

    return make


def _on_cpu() -> dict[str, MakeLinear]:
    def int4(weight: Tensor, bias: Tensor | None) -> nn.Module:
        # int8 for the few shapes that the 4-bit operator cannot take.
        return (Int4Linear if Int4Linear.fits(*weight.shape) else Int8Linear)(weight, bias)

    def nf4(weight: Tensor, bias: Tensor | None) -> nn.Module:
        return nf4_linear(weight, bias, "cpu")

    return {"int8": Int8Linear, "int4": int4, "nf4": nf4}


def _on_cuda(device: str) -> dict[str, MakeLinear]:
    def int8(weight: Tensor, bias: Tensor | None) -> nn.Module:
        return BnbInt8Linear(weight, bias, device)

    def int4(weight: Tensor, bias: Tensor | None) -> nn.Module:
        fits = TinygemmLinear.fits(*weight.shape)
        return (TinygemmLinear if fits else BnbInt8Linear)(weight, bias, device)

    def nf4(weight: Tensor, bias: Tensor | None) -> nn.Module:
        return nf4_linear(weight, bias, device)

    return {"int8": int8, "int4": int4, "nf4": nf4}
