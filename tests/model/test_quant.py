"""Each scheme against full precision, and a row against its company."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from qwen_app.errors import AppError, ConfigError, MissingDependency
from qwen_app.model import linear_cpu, linear_gpu, quant
from qwen_app.model.linear_cpu import GROUP, Int4Linear, Int8Linear, group_quantize
from qwen_app.model.loading import load_model
from qwen_app.model.quant import SCHEMES, resolve_scheme
from tests.checkpoints import TINY, write_checkpoint
from tests.engine.tiny import causal

SHAPES = [(64, 128), (896, 1152), (4864, 896)]


def matrix(out_features: int, in_features: int) -> torch.Tensor:
    return torch.randn(out_features, in_features, generator=torch.Generator().manual_seed(0)) * 0.02


def rows(count: int, width: int) -> torch.Tensor:
    """Of very different sizes, as activations are: zeros, constants and outliers among them."""
    x = torch.randn(count, width, generator=torch.Generator().manual_seed(1))
    x *= torch.logspace(-2, 2, count)[:, None]
    x[1] = 0
    x[2] = 5
    x[3, 7] = 300
    return x


@pytest.mark.parametrize(("in_features", "out_features"), SHAPES)
@pytest.mark.parametrize("layer", [Int8Linear, Int4Linear])
def test_a_row_does_not_depend_on_its_company(
    layer: type[Int8Linear | Int4Linear], in_features: int, out_features: int
) -> None:
    linear = layer(matrix(out_features, in_features), torch.arange(out_features).float())
    x = rows(37, in_features)
    together = linear(x)
    for count in (1, 2, 16):
        parts = torch.cat([linear(x[i : i + count]) for i in range(0, len(x), count)])
        assert torch.equal(parts, together)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("layer", [Int8Linear, Int4Linear])
def test_a_row_that_is_not_a_number_spoils_no_other(
    layer: type[Int8Linear | Int4Linear], bad: float
) -> None:
    linear = layer(matrix(128, 64), None)
    x = rows(9, 64)
    expected = linear(x)
    x[5, 3] = bad
    others = [i for i in range(9) if i != 5]
    assert torch.equal(linear(x)[others], expected[others])
    assert not linear(x)[5].isfinite().all()


@pytest.mark.parametrize(("in_features", "out_features"), SHAPES)
@pytest.mark.parametrize(("layer", "most"), [(Int8Linear, 0.015), (Int4Linear, 0.12)])
def test_the_error_is_that_of_rounding(
    layer: type[Int8Linear | Int4Linear], most: float, in_features: int, out_features: int
) -> None:
    weight, bias = matrix(out_features, in_features), torch.randn(out_features)
    x = torch.randn(16, in_features)
    linear = layer(weight, bias)
    assert torch.equal(weight, matrix(out_features, in_features))  # its owner may still need it
    exact = x @ weight.T
    assert ((linear(x) - bias - exact).norm(dim=1) / exact.norm(dim=1)).max() < most


def test_seven_bit_activations_serve_a_cpu_whose_kernel_would_saturate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight, x = matrix(896, 1152), torch.randn(16, 1152)
    exact = x @ weight.T
    assert linear_cpu.activation_levels() in (127, 255)
    error = {}
    for levels in (127, 255):
        monkeypatch.setattr(linear_cpu, "activation_levels", lambda levels=levels: levels)
        error[levels] = float((Int8Linear(weight, None)(x) - exact).norm() / exact.norm())
    assert error[255] < error[127] < 0.025


def test_a_saturating_kernel_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = linear_cpu._int8_product

    def saturating(x: torch.Tensor, packed: object, step: float) -> torch.Tensor:
        # What adding pairs in 16 bits does to the greatest codes: 32767 for 255 x 127 x 2.
        return real(x, packed, step) * (32767 / 64770 if step < 1 / 200 else 1)

    monkeypatch.setattr(linear_cpu, "_int8_product", saturating)
    assert linear_cpu.activation_levels() == 127


def test_four_bit_codes_are_within_half_a_step() -> None:
    weight = matrix(32, 256)
    codes, scales, zeros = group_quantize(weight, GROUP)
    assert codes.min() >= 0
    assert codes.max() <= 15
    spread = [x.repeat_interleave(GROUP, dim=1) for x in (scales, zeros)]
    back = (codes - 8) * spread[0] + spread[1]
    # Scale and zero are rounded to bf16 (8 bits): the ends may be off by a little more.
    assert ((back - weight).abs() <= spread[0] * 0.6).all()


def test_quantized_weights_take_the_room_they_say(tmp_path: Path) -> None:
    config = replace(TINY, vocab_size=4096, hidden_size=256, intermediate_size=512)
    write_checkpoint(tmp_path, config)
    size = {
        quant: load_model(tmp_path, quant=quant).weight_bytes
        for quant in ("fp32", "bf16", "int8", "int4")
    }
    assert size["fp32"] == 4 * config.parameters
    assert size["bf16"] == 2 * config.parameters
    table = config.vocab_size * config.hidden_size  # bf16, beside an 8-bit head
    assert size["int8"] < 1.1 * (config.parameters + 2 * table)
    assert size["int4"] < size["int8"]


@pytest.mark.parametrize(("quant", "most"), [("bf16", 0.02), ("int8", 0.06), ("int4", 0.4)])
def test_logits_stay_close_to_full_precision(tmp_path: Path, quant: str, most: float) -> None:
    config = replace(TINY, hidden_size=256, intermediate_size=512, num_heads=4, head_dim=64)
    write_checkpoint(tmp_path, config, std=0.05)
    ids = torch.randint(0, config.vocab_size, (64,), generator=torch.Generator().manual_seed(1))
    positions = torch.arange(64)
    with torch.inference_mode():
        exact = load_model(tmp_path, quant="fp32").model(ids, positions, causal)
        found = load_model(tmp_path, quant=quant).model(ids, positions, causal).float()
    assert float((found - exact).norm() / exact.norm()) < most


@pytest.mark.parametrize(
    ("name", "parameters", "chosen"),
    [("auto", 3_000_000, "fp32"), ("auto", 494_000_000, "int8"), ("int4", 10, "int4")],
)
def test_the_scheme_for_a_cpu(name: str, parameters: int, chosen: str) -> None:
    assert resolve_scheme(name, "cpu", parameters).name == chosen


@pytest.mark.parametrize(
    ("name", "device"),
    [("int5", "cpu"), ("fp16", "cpu"), ("auto", "cuda:99"), ("auto", "tpu"), ("bf16", "cpu:3")],
)
def test_what_is_not_available_is_refused_by_name(name: str, device: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_scheme(name, device, 10)
    assert caught.value.param in ("quant", "devices")


def test_auto_without_the_eight_bit_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quant, "_choices", lambda _: ("fp32", "bf16"))
    assert resolve_scheme("auto", "cpu", 494_000_000).name == "bf16"
    with pytest.raises(ConfigError) as caught:
        resolve_scheme("int8", "cpu", 494_000_000)
    assert "bf16" in caught.value.en


def test_nf4_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(MissingDependency) as caught:
        load_model(write_checkpoint(tmp_path), quant="nf4")
    assert "pip install" in caught.value.en


def test_the_layers_of_bitsandbytes() -> None:
    pytest.importorskip("bitsandbytes", reason="an optional extra")
    weight, bias, x = matrix(256, 128), torch.randn(256), rows(9, 128)
    exact = x @ weight.T
    for linear, most in (
        (linear_gpu.BnbInt8Linear(weight, bias, "cpu"), 0.02),
        (linear_gpu.nf4_linear(weight, bias, "cpu"), 0.13),
    ):
        found = linear(x)
        ordinary = [0, 4, 5, 6, 7, 8]  # without zeros, constants and the outlier
        error = (found - bias - exact).norm(dim=1) / exact.norm(dim=1)
        assert error[ordinary].max() < most
        assert linear(x[4:5]).allclose(found[4:5], rtol=0.01, atol=0.02)


def test_every_scheme_is_answered_with_itself_or_an_error() -> None:
    for name in SCHEMES[1:]:
        try:
            assert resolve_scheme(name, "cpu", 10).name == name
        except AppError as error:
            assert error.param == "quant"  # noqa: PT017 - either outcome is right
