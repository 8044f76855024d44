"""Files that hosts read: image, Space, ModelScope Studio, checks."""

import fnmatch
import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from qwen_app import __version__
from qwen_app.config.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")
TEST_COMMANDS = ["pip install -r requirements-dev.txt", "bash tests/run.sh"]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name, arguments) for name, arguments in pairs]


def arguments_of(name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions() if instruction == name]


def image_environment() -> dict[str, str]:
    return dict(
        word.split("=", 1) for arguments in arguments_of("ENV") for word in shlex.split(arguments)
    )


def front_matter(name: str = "README.md") -> dict[str, object]:
    _, block, _ = (ROOT / name).read_text(encoding="utf-8").split("---\n", 2)
    loaded: dict[str, object] = yaml.safe_load(block)
    return loaded


def test_the_image_copies_what_exists_and_is_not_ignored() -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line.removeprefix("!") for line in patterns if line.startswith("!")]
    for arguments in arguments_of("COPY"):
        words = [word for word in shlex.split(arguments) if not word.startswith("--")]
        if "--from=" in arguments:
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            assert any(fnmatch.fnmatch(source, pattern) for pattern in kept), source


def test_the_image_has_everything_that_the_app_reads() -> None:
    copied = " ".join(arguments_of("COPY")).split()
    assert {"app.py", "config.yaml", "qwen_app", "assets", "prompts"} <= set(copied)


def test_the_image_runs_without_privileges_and_is_watched() -> None:
    names = [name for name, _ in instructions()]
    user = names.index("USER")
    assert instructions()[user][1] == "user"
    assert "--uid 1000" in " ".join(arguments_of("RUN"))
    assert user < names.index("ENTRYPOINT")
    [health] = arguments_of("HEALTHCHECK")
    assert "/health" in health
    [command] = arguments_of("ENTRYPOINT")
    assert json.loads(command) == ["python", "app.py"], "a shell would swallow SIGTERM"


def test_the_image_listens_where_hosts_expect_it() -> None:
    environment = image_environment()
    assert environment["QWEN_APP_HOST"] == "0.0.0.0"
    assert arguments_of("EXPOSE") == [environment["QWEN_APP_PORT"]]
    settings = {
        name.removeprefix("QWEN_APP_").lower()
        for name in environment
        if name.startswith("QWEN_APP_")
    }
    assert settings <= set(Settings.model_fields)
    studio = json.loads((ROOT / "ms_deploy.json").read_text(encoding="utf-8"))
    assert (studio["sdk_type"], str(studio["port"])) == ("docker", environment["QWEN_APP_PORT"])


def test_the_space_is_described() -> None:
    matter = front_matter()
    assert matter["sdk"] == "gradio"
    assert (ROOT / str(matter["app_file"])).exists()
    assert len(str(matter["short_description"])) <= 60  # the host refuses longer ones
    gradio = re.search(r"^gradio>=([\d.]+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert gradio is not None
    assert str(matter["sdk_version"]).startswith(gradio[1])


def test_the_version_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in changelog


@pytest.mark.parametrize("name", READMES)
def test_the_documented_test_command_is_the_one_that_is_checked(name: str) -> None:
    checks = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [
        line.replace(" -q ", " ") for line in checks if "requirements" in line or "tests/" in line
    ] == TEST_COMMANDS
    assert " && ".join(TEST_COMMANDS) in (ROOT / name).read_text(encoding="utf-8")


def test_python_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    least = project["project"]["requires-python"].removeprefix(">=")
    assert project["tool"]["mypy"]["python_version"] == least
    assert project["tool"]["ruff"]["target-version"] == "py" + least.replace(".", "")
