"""Which devices a model runs on."""

import pytest

from qwen_app.engine import devices
from qwen_app.engine.devices import available_devices, resolve_devices
from qwen_app.errors import ConfigError


def test_the_cpu_is_always_there_and_comes_last() -> None:
    assert available_devices()[-1] == "cpu"


def test_without_a_wish_the_best_device_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_devices", lambda: ("cuda:0", "cuda:1", "cpu"))
    assert resolve_devices(None) == ("cuda:0",)


def test_a_device_may_be_repeated_and_cuda_means_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_devices", lambda: ("cuda:0", "cuda:1", "cpu"))
    wanted = ("cuda", "cuda:1", "cuda:1", "cpu")
    assert resolve_devices(wanted) == ("cuda:0", "cuda:1", "cuda:1", "cpu")


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_devices(("cpu", "cuda:99"))
    assert caught.value.param == "devices"
    for text in (caught.value.en, caught.value.zh):
        assert "cuda:99" in text
        assert "cpu" in text
