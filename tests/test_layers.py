"""The order of the packages, and what each may touch."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [ROOT / "app.py", *sorted((ROOT / "qwen_app").rglob("*.py"))]
OWN = {"qwen_app", "tests", "app"}
DEVELOPMENT = {"train", "bench", "tests"}
"""What the server never imports may use what requirements-dev.txt brings."""


BROUGHT = {
    "annotated-types": "pydantic",
    "jsonschema-specifications": "jsonschema",
    "pydantic-core": "pydantic",
    "referencing": "jsonschema",
    "starlette": "fastapi",
}
"""Parts of the interface of a package that is required."""


def requirements(*names: str) -> dict[str, Requirement]:
    """The requirements of these files and of the files that they include."""
    found: dict[str, Requirement] = {}
    for name in names:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            text = line.partition("#")[0].strip()
            if text.startswith("-r "):
                found |= requirements(text.removeprefix("-r "))
            elif text:
                requirement = Requirement(text)
                found[canonicalize_name(requirement.name)] = requirement
    return found


def imported(source: Path) -> Iterator[str]:
    """Top-level names of what a file imports from elsewhere."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_layers() -> None:
    # In a process of its own, because it sets up the logging of the whole process.
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        source.relative_to(ROOT).as_posix()
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (isinstance(node, ast.alias) and node.name in ("environ", "environb", "getenv"))
    }
    assert readers == {"qwen_app/config/sources.py"}


def test_what_is_imported_is_required() -> None:
    server = {"requirements.txt", "requirements-cuda.txt", "requirements-modelscope.txt"}
    owners = packages_distributions()
    missing = set()
    for source in [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]:
        place = source.relative_to(ROOT)
        development = {"requirements-dev.txt"} if DEVELOPMENT & {*place.parts[:2]} else set()
        required = requirements(*server, *development)
        for name in set(imported(source)) - set(sys.stdlib_module_names) - OWN:
            distribution = canonicalize_name(owners[name][0] if name in owners else name)
            if BROUGHT.get(distribution, distribution) not in required:
                missing.add((place.as_posix(), distribution))
    assert missing == set()


def test_every_requirement_accepts_what_is_installed() -> None:
    for name, requirement in requirements("requirements-dev.txt").items():
        assert requirement.specifier.contains(version(name)), requirement
