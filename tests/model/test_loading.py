"""Checkpoints as they come, whole and broken; the architecture held to transformers'."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import Qwen2ForCausalLM

from qwen_app.errors import CheckpointError
from qwen_app.messages import SamplingParams
from qwen_app.model.checkpoint import expected_tensors
from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2Config
from tests.checkpoints import TINY, TRUE_SIZE, random_tensors, write_checkpoint
from tests.engine.tiny import causal

SHAPES = {
    "tiny": TINY,
    "untied": replace(TINY, tie_embeddings=False),
    "one kv head": replace(TINY, num_kv_heads=1, rope_theta=1e6),
    "head size of its own": replace(TINY, head_dim=8, rms_norm_eps=1e-5),
    "many layers": replace(TINY, num_layers=7),
}


@torch.inference_mode()
def logits_of(folder: Path, ids: Tensor, quant: str = "fp32") -> Tensor:
    model = load_model(folder, quant=quant).model
    out: Tensor = model(ids, torch.arange(len(ids)), causal)
    return out


@torch.inference_mode()
def oracle(folder: Path, ids: Tensor) -> Tensor:
    model = Qwen2ForCausalLM.from_pretrained(folder, dtype=torch.float32)
    logits: Tensor = model(ids[None]).logits[0]
    return logits


@pytest.mark.parametrize("rope", ["rope_theta", "rope_parameters"])
@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("config", SHAPES.values(), ids=SHAPES.keys())
def test_logits_equal_transformers(
    tmp_path: Path, config: Qwen2Config, shards: int, rope: str
) -> None:
    write_checkpoint(tmp_path, config, std=0.1, shards=shards, rope=rope)  # type: ignore[arg-type]
    ids = torch.randint(0, config.vocab_size, (200,), generator=torch.Generator().manual_seed(1))
    ours, theirs = logits_of(tmp_path, ids), oracle(tmp_path, ids)
    assert theirs.std() > 0.1
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_logits_of_the_true_shape_equal_transformers(tmp_path: Path) -> None:
    # Random numbers used over and over: half a billion new ones would take longer than the rest.
    pool = torch.randn(8_000_009, generator=torch.Generator().manual_seed(0)).mul_(0.02).bfloat16()
    tensors = {}
    for name, shape in expected_tensors(TRUE_SIZE).items():
        count = math.prod(shape)
        tensors[name] = pool.repeat(-(-count // len(pool)))[:count].clone().view(shape)
        if "norm" in name:
            tensors[name] += 1
        pool = pool.roll(1_000_003)
    write_checkpoint(tmp_path, TRUE_SIZE, tensors=tensors)
    ids = torch.randint(0, 150_000, (12,), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        logits_of(tmp_path, ids), oracle(tmp_path, ids), atol=1e-4, rtol=1e-4
    )


def test_what_the_folder_says_about_sampling(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, eos_token_ids=(5, 7))
    loaded = load_model(tmp_path)
    assert loaded.eos_token_ids == (5, 7)
    defaults = loaded.defaults
    assert (defaults.temperature, defaults.top_p, defaults.top_k) == (0.7, 0.8, 20)
    assert defaults.repetition_penalty == 1.1


def test_a_checkpoint_that_does_not_sample_is_greedy(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, generation={"do_sample": False})
    assert load_model(tmp_path).defaults.temperature == 0


def test_a_copied_tied_head_is_accepted(tmp_path: Path) -> None:
    tensors = random_tensors()
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
    write_checkpoint(tmp_path, tensors=tensors)
    assert load_model(tmp_path).config.tie_embeddings


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_text(name: str, text: str) -> Callable[[Path], None]:
    def break_(folder: Path) -> None:
        (folder / name).write_text(text)

    return break_


def with_config(**changes: object) -> Callable[[Path], None]:
    def break_(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return break_


def with_tensors(change: Callable[[dict[str, Tensor]], object]) -> Callable[[Path], None]:
    def break_(folder: Path) -> None:
        tensors = random_tensors()
        change(tensors)
        write_checkpoint(folder, tensors=tensors)

    return break_


def truncated(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def shard_gone(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    write_checkpoint(folder, shards=3)
    (folder / "model-00002-of-00003.safetensors").unlink()


def shard_with_more(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    write_checkpoint(folder, shards=3)
    index = folder / "model.safetensors.index.json"
    content = json.loads(index.read_text())
    content["weight_map"].pop("model.norm.weight")
    index.write_text(json.dumps(content))


K = "model.layers.1.self_attn.k_proj.weight"

BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no config": (without("config.json"), "config.json"),
    "config is no JSON": (with_text("config.json", "{"), "config.json"),
    "config is a list": (with_text("config.json", "[]"), "config.json"),
    "another architecture": (with_config(model_type="llama"), "llama"),
    "GPTQ": (with_config(quantization_config={"quant_method": "gptq"}), "gptq"),
    "YaRN": (with_config(rope_scaling={"rope_type": "yarn", "factor": 4.0}), "yarn"),
    "sliding window": (with_config(use_sliding_window=True), "use_sliding_window"),
    "sliding layers": (with_config(layer_types=["sliding_attention"] * 2), "layer_types"),
    "YaRN as transformers 5 writes it": (
        with_config(rope_parameters={"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0}),
        "yarn",
    ),
    "part of the head turned": (
        with_config(rope_parameters={"rope_theta": 1e4, "partial_rotary_factor": 0.5}),
        "partial_rotary_factor",
    ),
    "another activation": (with_config(hidden_act="gelu"), "hidden_act"),
    "a classifier": (with_config(architectures=["Qwen2ForSequenceClassification"]), "Classif"),
    "heads that do not fill the width": (with_config(hidden_size=65), "hidden_size"),
    "an odd head": (with_config(head_dim=15), "head_dim"),
    "no sizes of numbers": (with_config(rms_norm_eps="tiny"), "rms_norm_eps"),
    "a flag that is text": (with_config(tie_word_embeddings="yes"), "tie_word_embeddings"),
    "a size that is text": (with_config(hidden_size="64"), "hidden_size"),
    "no size": (with_config(num_hidden_layers=None), "num_hidden_layers"),
    "heads that do not divide": (with_config(num_key_value_heads=3), "3"),
    "bad generation defaults": (
        with_text("generation_config.json", '{"temperature": "warm"}'),
        "generation_config.json",
    ),
    "defaults out of range": (
        with_text("generation_config.json", '{"top_p": 1.5}'),
        "top_p",
    ),
    "an end that cannot be said": (
        with_text("generation_config.json", '{"eos_token_id": [640]}'),
        "eos_token_id",
    ),
    "no weights": (without("model.safetensors"), "model.safetensors"),
    "cut off": (truncated, "model.safetensors"),
    "not safetensors": (with_text("model.safetensors", "hello"), "model.safetensors"),
    "a shard is gone": (shard_gone, "model-00002-of-00003.safetensors"),
    "a shard holds more than the index says": (shard_with_more, "model.norm.weight"),
    "a tensor is gone": (with_tensors(lambda t: t.pop(K)), K),
    "a tensor too many": (with_tensors(lambda t: t.update(extra=torch.zeros(2))), "extra"),
    "a wrong shape": (with_tensors(lambda t: t.update({K: torch.zeros(3, 3)})), K),
    "a wrong type": (
        with_tensors(lambda t: t.update({K: torch.zeros(t[K].shape, dtype=torch.int32)})),
        K,
    ),
}


@pytest.mark.parametrize(("break_", "named"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_checkpoint_says_what_is_wrong(
    tmp_path: Path, break_: Callable[[Path], None], named: str
) -> None:
    write_checkpoint(tmp_path)
    break_(tmp_path)
    with pytest.raises(CheckpointError) as caught:
        load_model(tmp_path)
    assert named in caught.value.en
    assert caught.value.zh != caught.value.en


def test_what_is_absent_has_its_usual_value(tmp_path: Path) -> None:
    absent = ("head_dim", "rms_norm_eps", "num_key_value_heads", "use_sliding_window")
    config = replace(TINY, num_kv_heads=TINY.num_heads)
    write_checkpoint(tmp_path, config, config_changes=dict.fromkeys(absent))
    (tmp_path / "generation_config.json").unlink()
    loaded = load_model(tmp_path)
    assert loaded.config == config
    assert (loaded.defaults, loaded.eos_token_ids) == (SamplingParams(), ())


def test_the_weights_outlive_their_file(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    ids = torch.arange(20)
    for quant in ("fp32", "int8"):
        model = load_model(tmp_path, quant=quant).model
        with torch.inference_mode():
            before = model(ids, ids, causal)
            with (tmp_path / "model.safetensors").open("r+b") as file:
                file.seek(5000)
                file.write(bytes(50_000))
            assert torch.equal(model(ids, ids, causal), before)
        write_checkpoint(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        load_model(tmp_path / "nowhere")
