"""Where each value comes from.

Later sources win: the defaults, ``config.yaml``, the environment (``QWEN_APP_PORT``; for host
and port also Gradio's own ``GRADIO_SERVER_NAME`` and ``GRADIO_SERVER_PORT``, which rank below),
the command line (``--port``). A name that nobody knows and a value out of range are errors that
say where they stand. Nothing else in this package reads the process environment; libraries read
variables of their own (``HF_HOME``, ``HF_ENDPOINT``, ``HF_TOKEN``...).
"""

import argparse
import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic import ValidationError

from qwen_app import __version__
from qwen_app.config.settings import PREFIX, SECRETS, Settings, allowed, options
from qwen_app.errors import ConfigError

_FILE_VARIABLE = PREFIX + "CONFIG"
_NOT_SETTINGS = {_FILE_VARIABLE, PREFIX + "DATA"}
"""Variables that are known but no setting: the file's path, and the tests' measuring data."""
_GRADIO = {"GRADIO_SERVER_NAME": "host", "GRADIO_SERVER_PORT": "port"}


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as it was found."""

    value: object
    place: str
    """``config.yaml:12``, ``QWEN_APP_PORT`` or ``--port``."""


@dataclass(frozen=True, slots=True)
class _Problem:
    key: str
    en: str
    zh: str


def load(
    argv: Sequence[str],
    *,
    default_file: Path,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read all sources. ``--help`` and ``--version`` print and end the process.

    Args:
        argv: the command line without the program's name.
        default_file: read if it exists and no other file is named.
        environ: None is the process's own.

    Raises:
        ConfigError: names every problem of every source.
    """
    environ = os.environ if environ is None else environ
    flags = _from_flags(argv)
    named = flags.pop("config").value if "config" in flags else environ.get(_FILE_VARIABLE)
    file = Path(str(named)).expanduser() if named else default_file
    problems: list[_Problem] = []
    given: dict[str, _Given] = {}
    if named or file.exists():
        given |= _from_file(file, problems)
    given |= _from_environment(environ, problems)
    given |= flags
    try:
        settings = Settings.model_validate({key: item.value for key, item in given.items()})
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
        problems += [_out_of_range(key, given[key]) for key in wrong]
    if problems:
        raise ConfigError(
            "\n".join(problem.en for problem in problems),
            "\n".join(problem.zh for problem in problems),
            param=problems[0].key,
        )
    return settings


def _out_of_range(key: str, given: _Given) -> _Problem:
    en, zh = allowed(key)
    show = key not in SECRETS
    return _Problem(
        key,
        f"{given.place}: {key} must be {en}{f', not {given.value!r}' * show}.",
        f"{given.place}：{key} 的允许值为 {zh}{f'，收到 {given.value!r}' * show}。",
    )


def _unknown(name: str, known: Sequence[str], place: str = "") -> _Problem:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return _Problem(
        name,
        f"{place}{name} is not a setting. Did you mean {nearest}?",
        f"{place}{name} 不是已知的设置。是否想写 {nearest}？",
    )


def _from_file(file: Path, problems: list[_Problem]) -> dict[str, _Given]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} cannot be read: {error}", f"无法读取 {file}：{error}", param="config"
        ) from None
    loader = yaml.SafeLoader(text)
    try:
        return _read_nodes(loader, file, problems)
    except yaml.YAMLError as error:
        raise ConfigError(
            f"{file} is not valid YAML: {error}", f"{file} 不是有效的 YAML：{error}", param="config"
        ) from None
    finally:
        loader.dispose()


def _read_nodes(loader: yaml.SafeLoader, file: Path, problems: list[_Problem]) -> dict[str, _Given]:
    """Nodes rather than finished values, because they know their line."""
    root = loader.get_single_node()
    if root is None or root.tag == "tag:yaml.org,2002:null":
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise yaml.YAMLError("lines such as 'port: 8000' are expected")
    found: dict[str, _Given] = {}
    for key_node, value_node in root.value:
        key = str(loader.construct_object(key_node, deep=True))
        place = f"{file}:{key_node.start_mark.line + 1}"
        if key not in Settings.model_fields:
            problems.append(_unknown(key, list(Settings.model_fields), place + ": "))
        elif key in found:
            first = found[key].place
            problems.append(
                _Problem(
                    key,
                    f"{place}: {key} is set a second time, after {first}. Remove one.",
                    f"{place}：{key} 重复设置（另见 {first}）。请删去其一。",
                )
            )
        else:
            found[key] = _Given(loader.construct_object(value_node, deep=True), place)
    return found


def _from_environment(environ: Mapping[str, str], problems: list[_Problem]) -> dict[str, _Given]:
    known = {option.variable: option.key for option in options()}
    found = {
        key: _Given(environ[variable], variable)
        for variable, key in _GRADIO.items()
        if environ.get(variable)
    }
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in _NOT_SETTINGS:
            continue
        if variable in known:
            found[known[variable]] = _Given(environ[variable], variable)
        else:
            problems.append(_unknown(variable, list(known)))
    return found


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"command line: {message}", f"命令行：{message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python app.py",
        description="Qwen2.5-0.5B in the browser and behind an OpenAI-compatible API. "
        "在浏览器与 OpenAI 兼容接口中使用 Qwen2.5-0.5B。",
        epilog="What counts, from least to most 优先级由低到高: "
        "defaults 默认值, config.yaml, environment 环境变量, command line 命令行.",
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--config",
        metavar="FILE",
        help=f"settings file; config.yaml beside app.py 设置文件 [{_FILE_VARIABLE}]",
    )
    for option in options():
        if option.is_secret:
            continue
        kind: dict[str, Any] = {"metavar": option.metavar}
        if option.is_switch:
            kind = {"action": argparse.BooleanOptionalAction}
        source = f"{option.variable}; default {option.default or 'empty'}"
        parser.add_argument(
            option.flag,
            dest=option.key,
            help=f"{option.doc.en} {option.doc.zh} [{source}]",
            **kind,
        )
    return parser


def _from_flags(argv: Sequence[str]) -> dict[str, _Given]:
    parsed, rest = _parser().parse_known_args(argv)
    if rest:
        # A value that follows an unknown flag is left over too; the flag is what is wrong.
        name = next((word for word in rest if word.startswith("-")), rest[0]).split("=", 1)[0]
        raise _wrong_flag(name)
    return {key: _Given(value, "--" + key.replace("_", "-")) for key, value in vars(parsed).items()}


def _wrong_flag(name: str) -> ConfigError:
    for option in options():
        if option.is_secret and option.flag == name:
            return ConfigError(
                f"{name} is no flag, because others on the machine can read a command line. "
                f"Set {option.variable}, or {option.key} in config.yaml.",
                f"没有 {name} 参数，因为本机其他用户能看到命令行。"
                f"请设置环境变量 {option.variable}，或 config.yaml 中的 {option.key}。",
                param=option.key,
            )
    flags = ["--config", *(option.flag for option in options() if not option.is_secret)]
    problem = _unknown(name, flags)
    return ConfigError(problem.en, problem.zh, param=name)
