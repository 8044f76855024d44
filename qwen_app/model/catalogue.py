"""Which models there are, and where each of them lies.

Nothing here touches the network but `download`, which runs only for a model that was asked for by
name: what the automatic choice finds on this machine is what it takes.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from qwen_app.errors import AppError, MissingDependency, ModelFailed, UnknownModel
from qwen_app.model.files import CONFIG, GENERATION, INDEX, SINGLE, weight_files

EMBEDDED = "embedded"
REAL = "Qwen/Qwen2.5-0.5B-Instruct"
ALIAS = "qwen2.5-0.5b-instruct"
AUTO = "auto"

Hub = Literal["huggingface", "modelscope"]

ANSWER_S = 15
"""Seconds in which a hub must answer at all."""

NEEDED = (
    CONFIG,
    GENERATION,
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    SINGLE,
    INDEX,
    "model-*.safetensors",
)
"""What is downloaded of a checkpoint; not all of them are in every one."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model of the catalogue, or a folder of the user's."""

    id: str
    folder: Path | None
    """Where its files are; None while it must be downloaded first."""
    is_demo: bool = False


def resolve(name: str, *, embedded: Path, cache_dir: Path | None = None) -> ModelSource:
    """The model of that name, without asking the network.

    Args:
        name: ``auto`` (the real model if all of it is in a local cache, else the embedded one),
            ``embedded``, ``Qwen/Qwen2.5-0.5B-Instruct`` in any case and with or without its
            owner, or a folder.
        embedded: the embedded model's folder.
        cache_dir: the hub's cache; None is the hub's own choice (HF_HOME, HF_HUB_CACHE).

    Raises:
        UnknownModel: none of these.
    """
    if name == EMBEDDED:
        return ModelSource(EMBEDDED, embedded, is_demo=True)
    if name == AUTO:
        folder = find_cached(REAL, cache_dir)
        if folder is None:
            return ModelSource(EMBEDDED, embedded, is_demo=True)
        return ModelSource(REAL, folder)
    if name.casefold() in (REAL.casefold(), ALIAS):
        return ModelSource(REAL, find_cached(REAL, cache_dir))
    with suppress(RuntimeError):  # ~ of a user who does not exist
        folder = Path(name).expanduser()
        if folder.is_dir():
            return ModelSource(folder.resolve().name, folder)
    raise UnknownModel(
        f"There is no model {name!r}. Choose {AUTO}, {EMBEDDED}, {REAL}, or the path of a folder "
        "with a qwen2 checkpoint.",
        f"没有名为 {name!r} 的模型。可选：{AUTO}、{EMBEDDED}、{REAL}，"
        "或包含 qwen2 模型的文件夹路径。",
        param="model",
    )


def find_cached(repository: str, cache_dir: Path | None = None) -> Path | None:
    """The folder of a complete copy in the local caches of either hub, or None."""
    from huggingface_hub import try_to_load_from_cache

    candidates: list[Path] = []
    found = try_to_load_from_cache(repository, CONFIG, cache_dir=cache_dir)
    if isinstance(found, str):
        candidates.append(Path(found).parent)
    # ModelScope's layout, and those of its releases before 1.38, which wrote dots otherwise.
    root = Path.home() / ".cache/modelscope" if cache_dir is None else cache_dir
    snapshots = root / "models" / repository.replace("/", "--") / "snapshots"
    candidates += sorted(snapshots.iterdir()) if snapshots.is_dir() else []
    before = Path("models", repository.replace(".", "___"))
    candidates += [root / before, root / "hub" / before]
    return next((folder for folder in candidates if is_complete(folder)), None)


def is_complete(folder: Path) -> bool:
    """Every file that loading needs is there, all shards of an index included."""
    if not all((folder / name).is_file() for name in (CONFIG, "tokenizer.json")):
        return False
    try:
        weight_files(folder)
    except AppError:
        return False
    return True


def download(
    repository: str,
    *,
    hub: Hub = "huggingface",
    cache_dir: Path | None = None,
    progress: Callable[[float], None] = lambda done: None,  # noqa: ARG005 - says what it is given
) -> Path:
    """Fetch what is missing of a checkpoint and return its folder. Can be repeated: what was
    fetched before is kept.

    Args:
        hub: huggingface honours HF_ENDPOINT (a mirror); modelscope needs its package.
        progress: told the share of bytes that are here, from 0 to 1.

    Raises:
        ModelFailed: it could not be fetched; says why and what else can be done.
        MissingDependency: the package of the hub is not installed.
    """
    fetch = _from_modelscope if hub == "modelscope" else _from_huggingface
    try:
        return fetch(repository, cache_dir, progress)
    except AppError:
        raise
    except Exception as error:  # whatever the hubs' libraries and the network under them raise
        reason = (str(error).strip().splitlines() or [""])[0][:300]
        kind = type(error).__name__
        raise ModelFailed(
            f"{repository} could not be downloaded ({kind}: {reason}). Check the network; behind "
            "a slow or closed one set HF_ENDPOINT to a mirror, use --model-source modelscope, or "
            "copy the files into a folder and pass it as --model FOLDER.",
            f"无法下载 {repository}（{kind}：{reason}）。请检查网络；网络受限时可将 HF_ENDPOINT "
            "设为镜像站，或使用 --model-source modelscope，或把模型文件放进文件夹并用 "
            "--model 文件夹 指定。",
            param="model",
        ) from error


def _from_huggingface(
    repository: str, cache_dir: Path | None, progress: Callable[[float], None]
) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from tqdm.auto import tqdm

    # Asked here because the library would wait for ever for a server that does not answer, and
    # because its own total of bytes grows with every file that it begins.
    info = HfApi().model_info(repository, files_metadata=True, timeout=ANSWER_S)
    total = sum(
        file.size or 0
        for file in info.siblings or ()
        if any(fnmatch(file.rfilename, pattern) for pattern in NEEDED)
    )

    lock = threading.Lock()

    class Bar(tqdm):  # type: ignore[misc]  # without type information
        """Passes the count of bytes on; the log is no place for bars."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            # One bar counts files, one bytes on the wire, one bytes written: the last counts.
            name = kwargs.pop("name", "")
            self.of_bytes = kwargs.get("unit") == "B" and not str(name).endswith("transfer")
            super().__init__(*args, **kwargs | {"disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> None:
            with lock:  # several files at once
                super().update(n)
                if self.of_bytes and total:
                    progress(min(1.0, self.n / total))

    folder = snapshot_download(
        repository, cache_dir=cache_dir, allow_patterns=list(NEEDED), tqdm_class=Bar
    )
    return Path(str(folder))


class _Nowhere:
    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def _from_modelscope(
    repository: str, cache_dir: Path | None, progress: Callable[[float], None]
) -> Path:
    try:
        from modelscope import snapshot_download
        from modelscope.hub.callback import ProgressCallback
    except ImportError as error:
        raise MissingDependency(
            "--model-source modelscope needs the package modelscope, which is not installed. "
            "Run: pip install -r requirements-modelscope.txt",
            "--model-source modelscope 需要 modelscope 包，但尚未安装。"
            "请运行：pip install -r requirements-modelscope.txt",
            param="model_source",
        ) from error
    lock = threading.Lock()
    sizes: dict[str, int] = {}
    received: dict[str, int] = {}

    class Count(ProgressCallback):  # type: ignore[misc]  # without type information
        """One for each file, several at once; a file that begins anew gets another."""

        def __init__(self, filename: str, file_size: int) -> None:
            super().__init__(filename, file_size)
            with lock:
                sizes[filename], received[filename] = file_size, 0

        def update(self, size: int) -> None:
            with lock:
                received[self.filename] += size
                progress(min(1.0, sum(received.values()) / max(1, sum(sizes.values()))))

    folder = snapshot_download(
        repository,
        cache_dir=None if cache_dir is None else str(cache_dir),
        allow_patterns=list(NEEDED),
        progress_callbacks=[Count],
    )
    return Path(str(folder))
