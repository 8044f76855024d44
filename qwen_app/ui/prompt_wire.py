"""What the scripts of the prompt library send, checked at the border."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from qwen_app.errors import InvalidInput
from qwen_app.features.chat import ChatTask
from qwen_app.features.prompts.compose import Composed, compose
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.model import Composition
from qwen_app.features.prompts.reading import read_templates
from qwen_app.features.prompts.task import PromptTask
from qwen_app.messages import Message
from qwen_app.ui.wire import AnswerId, Ask, Strict

OwnText = Annotated[str, StringConstraints(max_length=400_000)]
"""Templates that are kept in the reader's browser, as YAML or JSON."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Given(Strict):
    """A variable's value. Names are the reader's, so they are no keys: Gradio takes some keys for
    files."""

    name: str = Field(max_length=120)
    value: int | str | list[str]


class SentComposition(Strict):
    """A choice of templates, with the reader's own ones among them."""

    language: Literal["en", "zh"]
    role: Name | None = None
    format: Name | None = None
    length: Name | None = None
    thinking: Name | None = None
    variables: list[Given] = Field(default_factory=list, max_length=100)
    own: OwnText = ""

    @property
    def composition(self) -> Composition:
        return Composition(
            role=self.role,
            format=self.format,
            length=self.length,
            thinking=self.thinking,
            variables={given.name: given.value for given in self.variables},
            language=self.language,
        )

    def library(self, base: Library) -> Library:
        """``base`` with the reader's own templates.

        Raises:
            InvalidInput: something is wrong with one of them.
        """
        if not self.own.strip():
            return base
        reading = read_templates(self.own, "own")
        if reading.problems:
            first = reading.problems[0]
            raise InvalidInput(
                f"One of your own templates cannot be used: {first.text_en()}",
                f"您自己的一个模板无法使用：{first.text_zh()}",
                param="own",
            )
        return base.with_own(reading.templates)

    def over(self, chat: ChatTask, base: Library) -> PromptTask:
        """A turn of a conversation under this composition.

        Raises:
            InvalidInput: the composition cannot be made.
        """
        return PromptTask(chat, self.composed(base))

    def composed(self, base: Library) -> Composed:
        """
        Raises:
            InvalidInput: the composition cannot be made.
        """
        return compose(self.library(base), self.composition)


class AskUnder(Ask):
    """A turn of the chat, perhaps under a composition."""

    composition: SentComposition | None = None

    def made(self, base: Library) -> ChatTask | PromptTask:
        """
        Raises:
            InvalidInput: the composition cannot be made.
        """
        if self.composition is None:
            return self.task()
        return self.composition.over(self.task(), base)


class ReadOwn(Strict):
    text: OwnText


class Preview(Strict):
    composition: SentComposition
    task: str = Field(default="", max_length=200_000)


class AskPrompt(Strict):
    """A task under a composition."""

    id: AnswerId
    composition: SentComposition
    task: str = Field(max_length=200_000)
    overrides: dict[str, int | float] = Field(default_factory=dict)

    def made(self, base: Library) -> PromptTask:
        """
        Raises:
            InvalidInput: the composition cannot be made.
        """
        chat = ChatTask((Message("user", self.task),), overrides=self.overrides)
        return self.composition.over(chat, base)
