"""Which devices there are, and which of them the model runs on."""

import torch

from qwen_app.errors import ConfigError


def resolve_devices(wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The devices that were asked for, or the best one of this machine if none were.

    Raises:
        ConfigError: a device that this machine or this build of torch does not have.
    """
    there = available_devices()
    if wanted is None:
        return there[:1]
    named = tuple("cuda:0" if device == "cuda" else device for device in wanted)
    for device in named:
        if device not in there:
            raise ConfigError(
                f"There is no device {device} here. Choose from: {', '.join(there)}."
                + _HINT_EN * device.startswith("cuda"),
                f"此处没有设备 {device}。可选：{'、'.join(there)}。"
                + _HINT_ZH * device.startswith("cuda"),
                param="devices",
            )
    return named


def available_devices() -> tuple[str, ...]:
    """Best first; the CPU is always among them."""
    cuda = tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    return (*cuda, *mps, "cpu")


_HINT_EN = " For NVIDIA GPUs, torch must be a CUDA build and the driver installed."
_HINT_ZH = "使用 NVIDIA GPU 需要安装驱动和 CUDA 版本的 torch。"
