"""Bodies about the prompt library."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from qwen_app.errors import Language
from qwen_app.features.prompts.model import Kind, VariableType


class Bilingual(BaseModel):
    zh: str
    en: str


class PromptVariable(BaseModel):
    name: str
    type: VariableType = Field(
        description="`text` and `choice` take a string, `integer` a whole number, `list` an array "
        "of strings, `schema` a JSON Schema as an object or as its text."
    )
    title: Bilingual
    required: bool = Field(description="It has no default and must be given.")
    default: Any = Field(description="By language; null if there is none.")
    options: list[str] | None = Field(description="Of a choice.")
    min: int | None
    max: int | None


class PromptPassRate(BaseModel):
    """How often the loaded model kept the template's checks, as it was measured."""

    language: Language
    passed: int
    runs: int


class PromptTemplate(BaseModel):
    kind: Kind
    name: str = Field(description="What `prompt_template` names in the field of its kind.")
    title: Bilingual
    about: Bilingual
    text: Bilingual = Field(description="What the model reads; `{{name}}` is a variable.")
    variables: list[PromptVariable]
    checks: list[dict[str, Any]] = Field(description="What an answer is held to, as in the file.")
    example: dict[str, Any] | None
    pass_rates: list[PromptPassRate]


class PromptList(BaseModel):
    """The library. Not part of OpenAI's API."""

    object: Literal["list"]
    data: list[PromptTemplate]


class PromptCheck(BaseModel):
    ok: bool
    en: str
    zh: str


class PromptVerdict(BaseModel):
    """Whether the answer keeps what `prompt_template` asks. Not part of OpenAI's API."""

    status: Literal["right", "wrong"]
    en: str
    zh: str
    checks: list[PromptCheck]
