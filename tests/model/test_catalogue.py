"""Finding models on this machine, and what a missing network says."""

import json
import sys
from pathlib import Path

import pytest

from qwen_app.errors import MissingDependency, ModelFailed, UnknownModel
from qwen_app.model.catalogue import REAL, download, is_complete, resolve
from tests.checkpoints import write_checkpoint
from tests.tokenizers_for_tests import tiny_tokenizer_folder

EMBEDDED = Path("embedded-folder")


def cached(cache: Path, tmp_path: Path, *, shards: int = 1) -> Path:
    """The real model's name over a small checkpoint, as huggingface_hub lays it out."""
    root = cache / ("models--" + REAL.replace("/", "--"))
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("0" * 40)
    tokenizer = tiny_tokenizer_folder(tmp_path / "tokenizer")
    return write_checkpoint(root / "snapshots" / ("0" * 40), tokenizer=tokenizer, shards=shards)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize("shards", [1, 3])
def test_auto_is_the_real_model_when_all_of_it_is_here(
    cache: Path, tmp_path: Path, shards: int
) -> None:
    assert resolve("auto", embedded=EMBEDDED, cache_dir=cache).is_demo
    folder = cached(cache, tmp_path, shards=shards)
    found = resolve("auto", embedded=EMBEDDED, cache_dir=cache)
    assert (found.id, found.folder, found.is_demo) == (REAL, folder, False)


@pytest.mark.parametrize("gone", ["tokenizer.json", "model-00002-of-00003.safetensors"])
def test_auto_is_the_embedded_model_when_a_file_is_missing(
    cache: Path, tmp_path: Path, gone: str
) -> None:
    folder = cached(cache, tmp_path, shards=3)
    assert is_complete(folder)
    (folder / gone).unlink()
    found = resolve("auto", embedded=EMBEDDED, cache_dir=cache)
    assert (found.id, found.folder, found.is_demo) == ("embedded", EMBEDDED, True)


@pytest.mark.parametrize("index", ["{", "[]", '{"weight_map": {}}', '{"weight_map": 3}'])
def test_a_broken_index_is_incomplete(cache: Path, tmp_path: Path, index: str) -> None:
    folder = cached(cache, tmp_path, shards=2)
    (folder / "model.safetensors.index.json").write_text(index)
    assert not is_complete(folder)


@pytest.mark.parametrize(
    "layout",
    [
        "models/Qwen--Qwen2.5-0.5B-Instruct/snapshots/master",
        "models/Qwen/Qwen2___5-0___5B-Instruct",
        "hub/models/Qwen/Qwen2___5-0___5B-Instruct",
    ],
)
def test_a_copy_from_modelscope_is_found(cache: Path, tmp_path: Path, layout: str) -> None:
    tokenizer = tiny_tokenizer_folder(tmp_path / "tokenizer")
    where = cache / layout
    write_checkpoint(where, tokenizer=tokenizer)
    assert resolve("auto", embedded=EMBEDDED, cache_dir=cache).folder == where


@pytest.mark.parametrize("name", [REAL, REAL.lower(), "qwen2.5-0.5b-instruct"])
def test_a_model_asked_for_by_name_is_to_be_downloaded(cache: Path, name: str) -> None:
    found = resolve(name, embedded=EMBEDDED, cache_dir=cache)
    assert (found.id, found.folder) == (REAL, None)


def test_a_folder_is_a_model_named_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    found = resolve(str(folder), embedded=EMBEDDED)
    assert (found.id, found.folder, found.is_demo) == ("my-model", folder, False)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel) as caught:
        resolve("gpt-9", embedded=EMBEDDED)
    assert all(name in caught.value.en for name in ("gpt-9", "auto", "embedded", REAL))


def test_a_failed_download_says_what_else_can_be_done(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    def offline(*_: object, **__: object) -> str:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(ModelFailed) as caught:
        download(REAL, cache_dir=cache)
    for words in ("no route to host", "HF_ENDPOINT", "modelscope", "--model FOLDER"):
        assert words in caught.value.en


def test_modelscope_without_its_package_says_how_to_install_it(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(MissingDependency) as caught:
        download(REAL, hub="modelscope", cache_dir=cache)
    assert "pip install" in caught.value.en


def test_progress_counts_the_bytes_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def fake(_: str, *, tqdm_class: type, **__: object) -> str:
        files = tqdm_class(total=2, desc="files")
        wire = tqdm_class(total=100, unit="B", name="huggingface_hub.snapshot_download.transfer")
        disk = tqdm_class(total=100, unit="B", name="huggingface_hub.snapshot_download")
        for bar in (files, wire, disk):
            bar.update(1)
        disk.update(49)
        return str(cache)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fake)
    seen: list[float] = []
    assert download(REAL, cache_dir=cache, progress=seen.append) == cache
    assert seen == [0.01, 0.5]


def test_what_is_fetched_is_what_loading_needs(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer_folder(tmp_path / "tokenizer")
    folder = write_checkpoint(tmp_path / "model", tokenizer=tokenizer, shards=2)
    from fnmatch import fnmatch

    from qwen_app.model.catalogue import NEEDED

    kept = [f for f in folder.iterdir() if any(fnmatch(f.name, pattern) for pattern in NEEDED)]
    assert {f.name for f in kept} == {f.name for f in folder.iterdir()}
    assert json.loads((folder / "config.json").read_text())["model_type"] == "qwen2"
