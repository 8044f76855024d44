"""Settings: where they come from, which of them wins, and what is refused."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from qwen_app.config import Settings, load
from qwen_app.config.settings import SECRETS, options
from qwen_app.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
SECRET = "sk-very-secret"

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Settings from a file's text, an environment and a command line."""

    def read(
        *argv: str, file: str | None = None, environ: Mapping[str, str] | None = None
    ) -> Settings:
        path = tmp_path / "config.yaml"
        if file is not None:
            path.write_text(file, encoding="utf-8")
        return load(argv, default_file=path, environ=environ or {})

    return read


def refusal(read: Read, *argv: str, **given: object) -> ConfigError:
    """The error, which must exist in both languages."""
    with pytest.raises(ConfigError) as caught:
        read(*argv, **given)
    assert caught.value.en
    assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.zh)
    return caught.value


def test_the_file_of_the_repository_has_every_setting_at_its_default() -> None:
    file = ROOT / "config.yaml"
    assert load([], default_file=file, environ={}) == Settings()
    assert set(yaml.safe_load(file.read_text(encoding="utf-8"))) == set(Settings.model_fields)


def test_each_source_beats_the_one_before(read: Read) -> None:
    sources: list[tuple[int, dict[str, object]]] = [
        (8000, {}),
        (1, {"file": "port: 1"}),
        (2, {"file": "port: 1", "environ": {"GRADIO_SERVER_PORT": "2"}}),
        (3, {"environ": {"GRADIO_SERVER_PORT": "2", "QWEN_APP_PORT": "3"}}),
    ]
    for port, given in sources:
        assert read(**given).port == port
    assert read("--port", "4", environ={"QWEN_APP_PORT": "3"}).port == 4


def test_a_host_that_runs_gradio_apps_is_obeyed(read: Read) -> None:
    space = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7860"}
    settings = load([], default_file=ROOT / "config.yaml", environ=space)
    assert (settings.host, settings.port) == ("0.0.0.0", 7860)
    assert read(environ={"GRADIO_SERVER_PORT": ""}).port == 8000


def test_another_file_is_named_by_flag_or_variable(read: Read, tmp_path: Path) -> None:
    by_flag, by_variable = tmp_path / "flag.yaml", tmp_path / "variable.yaml"
    by_flag.write_text("port: 1")
    by_variable.write_text("port: 2")
    environ = {"QWEN_APP_CONFIG": str(by_variable)}
    assert read(file="port: 3", environ=environ).port == 2
    assert read("--config", str(by_flag), file="port: 3", environ=environ).port == 1


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("share", "true", True),
        ("share", "0", False),
        ("devices", "auto", None),
        ("devices", "cuda:0, cuda:0,cpu", ("cuda:0", "cuda:0", "cpu")),
        ("kv_cache_memory", "auto", None),
        ("kv_cache_memory", "512MiB", 512 * 2**20),
        ("kv_cache_memory", "2GB", 2 * 10**9),
        ("threads", "auto", None),
        ("threads", "3", 3),
        ("request_timeout_s", "1.5", 1.5),
        ("cache_dir", "/models", Path("/models")),
        ("cache_dir", "", None),
        ("prompts", "/prompts", Path("/prompts")),
        ("prompts", "", None),
        ("root_path", "/a/b", "/a/b"),
        ("cors_origins", "https://a.org,http://localhost:3000", None),
        ("quant", "int4", "int4"),
    ],
)
def test_text_is_read_the_same_from_every_source(
    read: Read, key: str, text: str, value: object
) -> None:
    name = "QWEN_APP_" + key.upper()
    from_environment = getattr(read(environ={name: text}), key)
    assert getattr(read(file=f"{key}: '{text}'"), key) == from_environment
    if key != "share":
        assert getattr(read(f"--{key.replace('_', '-')}={text}"), key) == from_environment
    if key != "cors_origins":
        assert from_environment == value


def test_the_file_may_use_lists_numbers_and_null(read: Read) -> None:
    settings = read(
        file="devices: [cpu, cpu]\nthreads: null\ncache_dir: null\nkv_cache_memory: 1048576\n"
        "api_keys: [a, b]\n"
    )
    assert settings.devices == ("cpu", "cpu")
    assert settings.threads is None
    assert settings.kv_cache_memory == 2**20
    assert [key.get_secret_value() for key in settings.api_keys] == ["a", "b"]


def test_switches_have_a_flag_for_each_side(read: Read) -> None:
    assert read("--share").share
    assert not read("--no-enable-prefix-caching").enable_prefix_caching
    assert not read("--no-share", file="share: true").share


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "8000.5"),
        ("port", "eight"),
        ("host", ""),
        ("share", "maybe"),
        ("root_path", "qwen"),
        ("root_path", "/qwen/"),
        ("model", ""),
        ("quant", "int3"),
        ("devices", ""),
        ("devices", "cpu,tpu"),
        ("model_source", "ftp"),
        ("max_batch_size", "0"),
        ("max_batch_size", "true"),
        ("max_seq_len", "255"),
        ("prefill_chunk_size", "1"),
        ("kv_cache_memory", "lots"),
        ("kv_cache_memory", "1KiB"),
        ("kv_cache_memory", "true"),
        ("max_queue_size", "0"),
        ("threads", "0"),
        ("request_timeout_s", "0"),
        ("request_timeout_s", "nan"),
        ("request_timeout_s", "false"),
        ("cors_origins", "example.org"),
        ("cors_origins", "https://example.org/page"),
        ("log_level", "loud"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(read: Read, key: str, wrong: str) -> None:
    variable = "QWEN_APP_" + key.upper()
    error = refusal(read, environ={variable: wrong})
    assert error.param == key
    for text in (error.en, error.zh):
        assert variable in text
        assert repr(wrong) in text
    if wrong:
        assert "config.yaml:1" in refusal(read, file=f"{key}: {wrong}").en


def test_the_line_of_a_wrong_value_is_told(read: Read) -> None:
    error = refusal(read, file="# ports\n\nhost: localhost\nport: 99999\n")
    assert "config.yaml:4:" in error.en
    assert "config.yaml:4：" in error.zh


def test_numbers_and_switches_do_not_pass_for_each_other(read: Read) -> None:
    for line in ("port: true", "threads: true", "kv_cache_memory: yes", "host: 8", "share: 2"):
        assert line.split(":")[0] in refusal(read, file=line).en


@pytest.mark.parametrize(
    ("argv", "environ", "file", "wrong", "nearest"),
    [
        (["--prot", "1"], {}, "", "--prot", "--port"),
        (["--max-batchsize=4"], {}, "", "--max-batchsize", "--max-batch-size"),
        ([], {"QWEN_APP_MODLE": "x"}, "", "QWEN_APP_MODLE", "QWEN_APP_MODEL"),
        ([], {}, "max_bach_size: 3", "max_bach_size", "max_batch_size"),
        ([], {}, "Port: 3", "Port", "port"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(
    read: Read, argv: list[str], environ: dict[str, str], file: str, wrong: str, nearest: str
) -> None:
    error = refusal(read, *argv, environ=environ, file=file)
    for text in (error.en, error.zh):
        assert wrong in text
        assert nearest in text.replace(wrong, "")


def test_every_problem_is_told_at_once(read: Read) -> None:
    error = refusal(
        read, "--threads=no", file="prot: 1\nport: x", environ={"QWEN_APP_QUANT": "int1"}
    )
    for place in ("--threads", "config.yaml:1", "config.yaml:2", "QWEN_APP_QUANT"):
        assert place in error.en
        assert place in error.zh


@pytest.mark.parametrize(
    "file", ["port: 1\nport: 2", "- port", "port: [", "just words", "\tport: 1"]
)
def test_a_file_that_is_no_list_of_settings_is_refused(read: Read, file: str) -> None:
    assert "config.yaml" in refusal(read, file=file).en


@pytest.mark.parametrize("file", ["", "# nothing\n", "---\n"])
def test_an_empty_file_sets_nothing(read: Read, file: str) -> None:
    assert read(file=file) == Settings()


def test_a_named_file_must_be_there_and_readable(read: Read, tmp_path: Path) -> None:
    assert "missing.yaml" in refusal(read, "--config", str(tmp_path / "missing.yaml")).en
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\xff")
    assert "binary.yaml" in refusal(read, "--config", str(binary)).en


@pytest.mark.parametrize("argv", [["--port"], ["stray"], ["--port", "1", "stray"], ["--share=1"]])
def test_a_malformed_command_line_is_refused(read: Read, argv: list[str]) -> None:
    refusal(read, *argv)


def test_keys_are_never_shown(read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    settings = read(environ={"QWEN_APP_API_KEYS": SECRET})
    assert settings.api_keys[0].get_secret_value() == SECRET
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()}"
    assert SECRET not in settings.model_dump_json()
    for bad in (f"{SECRET} with spaces", f"{SECRET}é"):
        error = refusal(read, environ={"QWEN_APP_API_KEYS": bad})
        assert SECRET not in error.en + error.zh
    error = refusal(read, "--api-keys", SECRET)
    assert SECRET not in error.en + error.zh
    assert "QWEN_APP_API_KEYS" in error.en
    with pytest.raises(SystemExit):
        read("--help", environ={"QWEN_APP_API_KEYS": SECRET})
    assert SECRET not in capsys.readouterr().out


def test_secrets_are_settings() -> None:
    assert set(Settings.model_fields) >= SECRETS


def test_help_names_every_flag_with_its_variable(
    read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read("--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for option in options():
        assert (option.flag in shown) is not option.is_secret
        assert (option.variable in shown) is not option.is_secret


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1
