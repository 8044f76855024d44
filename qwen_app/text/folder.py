"""The files of a checkpoint that say how text becomes tokens."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tokenizers

from qwen_app.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """What was read."""

    backend: tokenizers.Tokenizer
    chat_template: str | None
    """Jinja source; None: the checkpoint brings none."""
    named_tokens: dict[str, str]
    """``eos_token``, ``pad_token`` and so on, as chat templates know them."""
    eos_ids: tuple[int, ...]
    """Tokens that end an answer; () if no file names one."""


def read_tokenizer_files(path: Path) -> TokenizerFiles:
    """Raises:
    CheckpointError: a file is missing or not what it should be.
    """
    file = path / "tokenizer.json"
    if not file.is_file():
        raise CheckpointError(
            f"{path} has no tokenizer.json. Download the model's files again, or point to "
            "the folder that holds them.",
            f"{path} 中没有 tokenizer.json。请重新下载模型文件，或指向存放它们的文件夹。",
            param=str(file),
        )
    try:
        backend = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises plain Exception
        raise _unreadable(file, error) from error
    config = _read_json(path / "tokenizer_config.json")
    named = {
        name: text
        for name, value in config.items()
        if name.endswith("_token") and (text := _token_text(value)) is not None
    }
    return TokenizerFiles(
        backend=backend,
        chat_template=_chat_template(path, config),
        named_tokens=named,
        eos_ids=_eos_ids(backend, path / "generation_config.json", named.get("eos_token")),
    )


def _unreadable(file: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{file} cannot be read: {error}. Download the model's files again.",
        f"无法读取 {file}：{error}。请重新下载模型文件。",
        param=str(file),
    )


def _read_json(file: Path) -> dict[str, Any]:
    """The object in the file; {} if there is no file."""
    if not file.exists():
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error
    if not isinstance(value, dict):
        raise _unreadable(file, ValueError("not a JSON object"))
    return value


def _token_text(value: object) -> str | None:
    """A special token stands in the configuration as a string or as an object with content."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else None


def _chat_template(path: Path, config: dict[str, Any]) -> str | None:
    file = path / "chat_template.jinja"
    if file.exists():
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _unreadable(file, error) from error
    template = config.get("chat_template")
    if template is None:
        return None
    if isinstance(template, list):  # several by name
        named = {str(item.get("name")): item for item in template if isinstance(item, dict)}
        template = named.get("default", {}).get("template")
    if not isinstance(template, str):
        raise _unreadable(
            path / "tokenizer_config.json", ValueError("chat_template is not a template")
        )
    return template


def _eos_ids(
    backend: tokenizers.Tokenizer, generation: Path, eos_token: str | None
) -> tuple[int, ...]:
    """generation_config.json decides; else the tokenizer's own end token."""
    configured = _read_json(generation).get("eos_token_id")
    if configured is not None:
        ids = configured if isinstance(configured, list) else [configured]
        if not all(type(id_) is int for id_ in ids):
            raise _unreadable(
                generation, ValueError("eos_token_id is not a number or list of them")
            )
        return tuple(ids)
    id_ = backend.token_to_id(eos_token) if eos_token is not None else None
    return () if id_ is None else (id_,)
