"""What the page's scripts send, checked at the border."""

from typing import Annotated, Any, Literal, TypeVar

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from qwen_app.errors import InvalidInput
from qwen_app.features.chat import ChatTask
from qwen_app.messages import Message

AnswerId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{16,64}$")]
"""Drawn by the page at random: knowing it is the right to stop the answer."""


class Strict(BaseModel):
    """No field too many, no value of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ChatMessage(Strict):
    role: Literal["user", "assistant"]
    content: str


class Ask(Strict):
    """One message to be answered, with the conversation before it."""

    id: AnswerId
    messages: list[ChatMessage] = Field(min_length=1, max_length=10_000)
    system: str = ""
    overrides: dict[str, int | float] = Field(default_factory=dict)

    def task(self) -> ChatTask:
        return ChatTask(
            messages=tuple(Message(m.role, m.content) for m in self.messages),
            system=self.system,
            overrides=self.overrides,
        )


class Stop(Strict):
    id: AnswerId


class Texts(Strict):
    """Answers of a stored conversation, to be rendered."""

    texts: list[str] = Field(max_length=10_000)


Sent = TypeVar("Sent", bound=Strict)


def parse(kind: type[Sent], value: Any) -> Sent:
    """``value`` as a ``kind``.

    Raises:
        InvalidInput: it is not one; the text names the first field at fault.
    """
    try:
        parsed = kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the call"
        raise InvalidInput(
            f"The page sent something that the server does not understand ({where}:"
            f" {first['msg']}). Reload the page.",
            f"页面发送了服务器无法理解的内容（{where}：{first['msg']}）。请刷新页面。",
            param=where,
        ) from None
    return parsed


def called(kind: type[Sent], call: Any) -> Sent:
    """The same for a function that a script calls, which hears of an error as a status."""
    try:
        return parse(kind, call)
    except InvalidInput as error:
        raise HTTPException(error.status, error.en) from None
