"""Finding models on this machine, and what a missing network says."""

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import huggingface_hub
import pytest

from qwen_app.errors import MissingDependency, ModelFailed, UnknownModel
from qwen_app.model import catalogue
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


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that a hub on this machine serves as the real model, to the real library."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            file = folder / path.rsplit("/", 1)[1]
            files = [(f.name, f.stat().st_size) for f in folder.iterdir()]
            if "/tree/" in path:
                listed = [
                    {"type": "file", "path": name, "size": size, "oid": "1" * 40}
                    for name, size in files
                ]
                body = json.dumps(listed).encode()
            elif path.startswith("/api/models/"):
                named = [{"rfilename": name, "size": size} for name, size in files]
                body = json.dumps({"id": REAL, "sha": "0" * 40, "siblings": named}).encode()
            else:
                body = file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{file.name}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    at = f"http://127.0.0.1:{server.server_port}"
    use_hub(monkeypatch, at)
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


def use_hub(monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """What HF_ENDPOINT does before the library is imported."""
    monkeypatch.setattr(huggingface_hub, "HfApi", partial(huggingface_hub.HfApi, endpoint=at))
    snapshot = partial(huggingface_hub.snapshot_download, endpoint=at)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)


def test_a_downloaded_model_is_the_automatic_choice(hub: Path, cache: Path, tmp_path: Path) -> None:
    write_checkpoint(hub, tokenizer=tiny_tokenizer_folder(tmp_path / "tokenizer"), shards=2)
    (hub / "pytorch_model.bin").write_bytes(b"not needed")
    seen: list[float] = []
    folder = download(REAL, cache_dir=cache, progress=seen.append)
    assert {f.name for f in folder.iterdir()} == {f.name for f in hub.iterdir()} - {
        "pytorch_model.bin"
    }
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] == 1
    found = resolve("auto", embedded=EMBEDDED, cache_dir=cache)
    assert (found.id, found.folder) == (REAL, folder)


def test_a_failed_download_says_what_else_can_be_done(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        at = f"http://127.0.0.1:{closed.getsockname()[1]}"
    use_hub(monkeypatch, at)
    with pytest.raises(ModelFailed) as caught:
        download(REAL, cache_dir=cache)
    for words in (REAL, "HF_ENDPOINT", "modelscope", "--model FOLDER"):
        assert words in caught.value.en


def test_a_hub_that_never_answers_is_an_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ANSWER_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_hub(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ModelFailed):
            download(REAL, cache_dir=cache)


def test_modelscope_without_its_package_says_how_to_install_it(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(MissingDependency) as caught:
        download(REAL, hub="modelscope", cache_dir=cache)
    assert "pip install" in caught.value.en


def test_modelscope_tells_its_progress_and_keeps_its_layout(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ProgressCallback:
        def __init__(self, filename: str, file_size: int) -> None:
            self.filename, self.file_size = filename, file_size

    def snapshot_download(
        name: str,
        *,
        cache_dir: str,
        allow_patterns: list[str],
        progress_callbacks: list[Callable[[str, int], Any]],
    ) -> str:
        assert (name, cache_dir) == (REAL, str(cache))
        assert "model-*.safetensors" in allow_patterns
        weights = progress_callbacks[0]("model.safetensors", 90)
        weights.update(30)
        config = progress_callbacks[0]("config.json", 10)
        config.update(10)
        again = progress_callbacks[0]("model.safetensors", 90)  # the connection broke
        again.update(90)
        return cache_dir

    package, callbacks = ModuleType("modelscope"), ModuleType("modelscope.hub.callback")
    package.snapshot_download = snapshot_download  # type: ignore[attr-defined]
    callbacks.ProgressCallback = ProgressCallback  # type: ignore[attr-defined]
    for module in (package, ModuleType("modelscope.hub"), callbacks):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    seen: list[float] = []
    assert download(REAL, hub="modelscope", cache_dir=cache, progress=seen.append) == cache
    assert seen == [30 / 90, 40 / 100, 1.0]
