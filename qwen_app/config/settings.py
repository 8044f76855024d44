"""What can be set, what it means, and what it may be.

`Settings` is the one list: the command line, --help, the environment variables, config.yaml and
README's table all follow from it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)

PREFIX = "QWEN_APP_"
SECRETS = frozenset({"api_keys"})
"""Values never appear in a message, and have no flag: others could read the command line."""


@dataclass(frozen=True, slots=True)
class Doc:
    """What a setting means, and what it may be where its type and bounds do not say it."""

    en: str
    zh: str
    allowed_en: str = ""
    allowed_zh: str = ""


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    return value


def _auto_is_none(value: object) -> object:
    return None if value == "auto" else value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _fits_a_header(key: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-+\--~]+", key.get_secret_value()):  # visible ASCII but the comma
        raise ValueError("not a key that a header can carry")
    return key


Whole = Annotated[int, BeforeValidator(_no_bool)]
Device = Annotated[str, StringConstraints(pattern=r"^(cpu|mps|cuda(:\d+)?)$")]
Origin = Annotated[str, StringConstraints(pattern=r"^(\*|https?://[^/\s]+)$")]
ApiKey = Annotated[SecretStr, AfterValidator(_fits_a_header)]


class Settings(BaseModel):
    """Every setting, valid and frozen. `None` is ``auto`` where that is allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[
        str,
        Field(min_length=1),
        Doc(
            "address to listen on; 0.0.0.0 lets other machines in",
            "监听地址；0.0.0.0 允许其他机器访问",
            "an address or host name",
            "地址或主机名",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        Whole,
        Field(ge=0, le=65535),
        Doc("port of page and API; 0 takes a free one", "页面与 API 共用的端口；0 为任选空闲端口"),
    ] = 8000
    share: Annotated[
        bool,
        Doc("make a temporary public link with gradio.live", "通过 gradio.live 生成临时公开链接"),
    ] = False
    root_path: Annotated[
        str,
        StringConstraints(pattern=r"^(/[^/\s?#]+)*$"),
        Doc(
            "path under which a reverse proxy serves the app",
            "反向代理下的子路径",
            "empty or a path such as /qwen, without a slash at its end",
            "空，或 /qwen 这样的路径（末尾不带斜杠）",
        ),
    ] = ""
    model: Annotated[
        str,
        Field(min_length=1),
        Doc(
            "auto (the real model if it is in the cache, else the embedded one), a model's name, "
            "or a folder",
            "auto（缓存中有真实模型就用它，否则用内置模型）、模型名或文件夹",
            "auto, embedded, a model's name or a folder",
            "auto、embedded、模型名或文件夹",
        ),
    ] = "auto"
    quant: Annotated[
        Literal["auto", "fp32", "bf16", "fp16", "int8", "int4", "nf4"],
        Doc("number format of the weights", "权重的数值格式"),
    ] = "auto"
    devices: Annotated[
        tuple[Device, ...] | None,
        Field(min_length=1),
        BeforeValidator(_split),
        BeforeValidator(_auto_is_none),
        Doc(
            "where the model runs: a replica for each entry, so a device may be repeated",
            "模型运行的设备：每一项一个副本，同一设备可重复",
            "auto, or a comma-separated list of cpu, cuda, cuda:N and mps",
            "auto，或以逗号分隔的 cpu、cuda、cuda:N、mps",
        ),
    ] = None
    model_source: Annotated[
        Literal["huggingface", "modelscope"],
        Doc("where models are downloaded from", "模型下载来源"),
    ] = "huggingface"
    cache_dir: Annotated[
        Path | None,
        AfterValidator(lambda path: path and path.expanduser()),
        BeforeValidator(_empty_is_none),
        Doc(
            "folder of downloaded models; empty is the source's own cache",
            "已下载模型的文件夹；留空则用来源自己的缓存",
            "a folder",
            "文件夹",
        ),
    ] = None
    prompts: Annotated[
        Path | None,
        AfterValidator(lambda path: path and path.expanduser()),
        BeforeValidator(_empty_is_none),
        Doc(
            "folder with .yaml files of further prompt templates",
            "存放更多提示词模板（.yaml 文件）的文件夹",
            "a folder",
            "文件夹",
        ),
    ] = None
    max_batch_size: Annotated[
        Whole,
        Field(ge=1, le=1024),
        Doc("answers generated at once on each device", "每个设备同时生成的回答数"),
    ] = 16
    max_seq_len: Annotated[
        Whole,
        Field(ge=256, le=131072),
        Doc(
            "most tokens of prompt and answer together; the model's own limit may be lower",
            "提示词与回答合计的最大 token 数；模型自身上限可能更低",
        ),
    ] = 8192
    enable_chunked_prefill: Annotated[
        bool,
        Doc(
            "read long prompts in pieces, so that they do not stall other answers",
            "分段读入长提示词，避免阻塞其他回答",
        ),
    ] = True
    prefill_chunk_size: Annotated[
        Whole,
        Field(ge=16, le=65536),
        Doc("prompt tokens read in one step, all prompts together", "每步读入的提示词 token 总数"),
    ] = 256
    enable_prefix_caching: Annotated[
        bool,
        Doc(
            "keep what was read, so that the next turn reads only what is new",
            "保留已读内容，下一轮对话只读新增部分",
        ),
    ] = True
    kv_cache_memory: Annotated[
        ByteSize | None,
        Field(ge=2**20),
        BeforeValidator(_no_bool),
        BeforeValidator(_auto_is_none),
        Doc(
            "memory for keys and values on each device",
            "每个设备的 KV 缓存内存",
            "auto, or a size of at least 1MiB such as 512MiB or 2GiB",
            "auto，或不小于 1MiB 的大小，如 512MiB、2GiB",
        ),
    ] = None
    max_queue_size: Annotated[
        Whole,
        Field(ge=1, le=65536),
        Doc(
            "requests that may wait; the next one is told that the server is busy",
            "排队请求数上限；超出者被告知服务器繁忙",
        ),
    ] = 64
    threads: Annotated[
        Whole | None,
        Field(ge=1, le=1024),
        BeforeValidator(_auto_is_none),
        Doc(
            "most CPU threads; auto is one for each usable core, a single one for a small model",
            "CPU 线程数上限；auto 为每个可用核心一个，小模型只用一个",
        ),
    ] = None
    request_timeout_s: Annotated[
        float,
        BeforeValidator(_no_bool),
        Field(ge=1, le=86400),
        Doc("seconds after which a request is ended", "单个请求的最长秒数"),
    ] = 600.0
    api_keys: Annotated[
        tuple[ApiKey, ...],
        BeforeValidator(_split),
        Doc(
            "keys of which a caller of the API must show one; empty leaves the API open",
            "API 调用者须出示其中一个密钥；留空则不校验",
            "a list of keys in visible ASCII without commas",
            "密钥列表，仅限可见 ASCII 字符且不含逗号",
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[Origin, ...],
        BeforeValidator(_split),
        Doc(
            "other sites whose pages may call the API",
            "允许跨域调用 API 的网站",
            "a list of origins such as https://example.org, or *",
            "来源列表，如 https://example.org，或 *",
        ),
    ] = ()
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Doc("least severe level that is logged", "日志级别"),
    ] = "info"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as users meet it."""

    key: str
    doc: Doc
    default: str
    """As it would be written; empty for an empty value."""
    is_switch: bool

    @property
    def is_secret(self) -> bool:
        return self.key in SECRETS

    @property
    def flag(self) -> str:
        return "--" + self.key.replace("_", "-")

    @property
    def metavar(self) -> str:
        """The choices, or the last word of the key."""
        annotation = Settings.model_fields[self.key].annotation
        if get_origin(annotation) is Literal:
            return f"{{{','.join(get_args(annotation))}}}"
        return self.key.rsplit("_", 1)[-1].upper()

    @property
    def variable(self) -> str:
        return PREFIX + self.key.upper()


def options() -> list[Option]:
    """All settings in their order."""
    return [
        Option(key, _doc(key), _written(key), is_switch=field.annotation is bool)
        for key, field in Settings.model_fields.items()
    ]


def allowed(key: str) -> tuple[str, str]:
    """What a setting may be, in English and Chinese."""
    field, doc = Settings.model_fields[key], _doc(key)
    if doc.allowed_en:
        return doc.allowed_en, doc.allowed_zh
    if get_origin(field.annotation) is Literal:
        choices = get_args(field.annotation)
        return f"one of {', '.join(choices)}", f"{'、'.join(choices)} 之一"
    if field.annotation is bool:
        return "true or false", "true 或 false"
    low = next(item.ge for item in field.metadata if isinstance(item, Ge))
    high = next(item.le for item in field.metadata if isinstance(item, Le))
    whole = field.annotation is not float
    auto = field.default is None
    return (
        f"{'auto or ' * auto}a {'whole ' * whole}number from {low} to {high}",
        f"{'auto 或 ' * auto}{low} 到 {high} 的{'整数' if whole else '数'}",
    )


def _doc(key: str) -> Doc:
    return next(item for item in Settings.model_fields[key].metadata if isinstance(item, Doc))


def _written(key: str) -> str:
    match Settings.model_fields[key].default:
        case None:
            return "" if key in ("cache_dir", "prompts") else "auto"
        case bool(value):
            return str(value).lower()
        case float(value):
            return f"{value:g}"
        case tuple(values):
            return ",".join(values)
        case value:
            return str(value)
