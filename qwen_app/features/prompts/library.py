"""The templates that there are, from folders of YAML files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qwen_app.errors import ConfigError, InvalidInput
from qwen_app.features.prompts.model import Kind, Template
from qwen_app.features.prompts.reading import read_templates, twice
from qwen_app.features.prompts.yaml_text import MOST_CHARACTERS, Problem, listed

_SUFFIXES: Final = (".yaml", ".yml")
_MOST_FILES: Final = 100


@dataclass(frozen=True, slots=True)
class Library:
    """Templates in the order of their files."""

    templates: tuple[Template, ...]

    def of_kind(self, kind: Kind) -> tuple[Template, ...]:
        return tuple(template for template in self.templates if template.kind == kind)

    def get(self, kind: Kind, name: str) -> Template:
        """
        Raises:
            InvalidInput: there is no such template; ``param`` is the kind.
        """
        for template in self.of_kind(kind):
            if template.name == name:
                return template
        names = [template.name for template in self.of_kind(kind)]
        shown = name[:80]
        raise InvalidInput(
            f"There is no {kind} called `{shown}`; there are {', '.join(names) or 'none'}.",
            f"没有名为 `{shown}` 的 {kind}；可用：{'、'.join(names) or '无'}。",
            param=kind,
        )

    def with_own(self, own: Sequence[Template]) -> "Library":
        """With a user's own templates, which come first and win over those of the same name."""
        taken = {(template.kind, template.name) for template in own}
        rest = [each for each in self.templates if (each.kind, each.name) not in taken]
        return Library((*own, *rest))


def load_library(*folders: Path) -> Library:
    """All templates of all ``.yaml`` files in these folders (not in folders inside of them).

    Raises:
        ConfigError: a folder cannot be read or has no file, or something is wrong with a file.
            The texts have a line for every problem, with file and line.
    """
    templates: list[Template] = []
    problems: list[Problem] = []
    for folder in folders:
        for path in _files(folder, problems):
            if (text := _text(path, problems)) is not None:
                reading = read_templates(text, str(path))
                templates += reading.templates
                problems += reading.problems
    inside = {(problem.file, problem.line) for problem in problems}
    problems += [each for each in twice(templates) if (each.file, each.line) not in inside]
    if problems:
        texts = listed(problems)
        raise ConfigError(texts["en"], texts["zh"], param="prompts")
    return Library(tuple(templates))


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    except OSError as error:
        why = error.strerror or type(error).__name__
        problems.append(
            Problem(
                str(folder),
                0,
                f"this folder of prompts cannot be read: {why}",
                f"无法读取该提示词文件夹：{why}",
            )
        )
        return []
    if not files or len(files) > _MOST_FILES:
        problems.append(
            Problem(
                str(folder),
                0,
                f"this folder has {len(files)} .yaml files; there must be 1 to {_MOST_FILES}",
                f"该文件夹中有 {len(files)} 个 .yaml 文件，须为 1 到 {_MOST_FILES} 个",
            )
        )
        return []
    return files


def _text(path: Path, problems: list[Problem]) -> str | None:
    try:
        if path.stat().st_size > 4 * MOST_CHARACTERS:
            problems.append(Problem(str(path), 0, "this file is too large", "该文件过大"))
            return None
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(Problem(str(path), line, "this is no UTF-8 text", "不是 UTF-8 编码的文本"))
    except OSError as error:
        why = error.strerror or type(error).__name__
        problems.append(
            Problem(str(path), 0, f"this file cannot be read: {why}", f"无法读取该文件：{why}")
        )
    return None
