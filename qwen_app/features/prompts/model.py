"""What a template is, and what a composition of templates is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from qwen_app.errors import Language

Kind = Literal["role", "format", "length", "thinking"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which their texts stand in a prompt: role, then thinking, format, length."""

VariableType = Literal["text", "integer", "choice", "list", "schema"]
"""``text``: a line or more. ``integer``. ``choice``: one of the options. ``list``: texts.
``schema``: JSON text of a JSON Schema."""

Value = str | int | tuple[str, ...]
"""Of a variable: a text (also of a choice or a schema), a whole number, or a list of texts."""


@dataclass(frozen=True, slots=True)
class Both:
    """A text in both languages; one that was written in one language only stands in both."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Values:
    """A value of a variable in both languages; mostly the same."""

    zh: Value
    en: Value

    def of(self, language: Language) -> Value:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice, and what stands for it in the prompt."""

    value: str
    title: Both


@dataclass(frozen=True, slots=True)
class Variable:
    """What a template leaves to whoever uses it; ``{{name}}`` in its texts."""

    name: str
    """Letters, digits and underscores."""
    type: VariableType
    title: Both
    default: Values | None
    """None: it must be given."""
    example: Values | None
    """What the page shows in an empty field, and what the measurement uses."""
    options: tuple[Option, ...] = ()
    """Only of a choice."""
    least: int | None = None
    """Of an integer its least value, of a list its least number of entries."""
    most: int | None = None
    """Of an integer its greatest value, of a list the most entries, of a text the most
    characters."""


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One thing that an answer is held to, with variables still open.

    `qwen_app.features.prompts.checks.bind` makes the check itself.
    """

    type: str
    fields: Mapping[str, object]
    """Values as YAML has them: texts, whole numbers, lists of texts, or a text ``{{name}}`` that
    stands for a variable's value."""
    line: int = 0
    """In the file that it comes from; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Example:
    """A task to try a template on."""

    task: Both
    variables: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """One entry of the library."""

    kind: Kind
    name: str
    """By which compositions and the API call it; unique within its kind."""
    title: Both
    about: Both
    """One sentence: when to choose it."""
    text: Both
    """What the model reads; ``{{name}}`` stands for a variable."""
    variables: tuple[Variable, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    example: Example | None = None
    file: str = ""
    """Where it was read from, for messages; not part of what it is."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Composition:
    """A choice of templates, by name, and values for their variables."""

    role: str | None = None
    format: str | None = None
    length: str | None = None
    thinking: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    """Name to value: texts, whole numbers, lists of texts. Where two of the templates have a
    variable of the same name, write ``kind.name``."""
    language: Language = "zh"

    def name_of(self, kind: Kind) -> str | None:
        names = {
            "role": self.role,
            "format": self.format,
            "length": self.length,
            "thinking": self.thinking,
        }
        return names[kind]

    @property
    def is_empty(self) -> bool:
        return not any(map(self.name_of, KINDS))
