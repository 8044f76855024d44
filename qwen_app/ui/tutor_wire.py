"""What the scripts of the tutor's tab send, checked at the border."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from qwen_app.errors import InvalidInput
from qwen_app.features.prompts.checks.lengths import Length
from qwen_app.features.prompts.library import Library
from qwen_app.features.tutor.solving.task import MOST_PROBLEM
from qwen_app.ui.prompt_wire import SentComposition
from qwen_app.ui.wire import AnswerId, Strict

ProblemText = Annotated[str, StringConstraints(max_length=MOST_PROBLEM)]
WorkText = Annotated[str, StringConstraints(max_length=20_000)]
LineText = Annotated[str, StringConstraints(max_length=20_000)]
LanguageName = Literal["zh", "en"]
Topic = Annotated[str, StringConstraints(max_length=40)]


class AskTutor(Strict):
    """One job: a solution (``hints`` asks for one too, whose lines are kept back), or a look at a
    student's steps."""

    id: AnswerId
    kind: Literal["solve", "hints", "check"]
    problem: ProblemText = ""
    steps: WorkText = ""
    language: LanguageName
    guard: bool = True
    solutions: int | None = Field(default=None, ge=1, le=9)
    """None leaves it to the tutor."""
    comment: bool = False
    """The model adds a word on the first wrong step."""
    overrides: dict[str, int | float] = Field(default_factory=dict)
    composition: SentComposition | None = None
    """A role, and a limit of characters."""

    def role_and_limit(self, library: Library) -> tuple[str, int | None]:
        """
        Raises:
            InvalidInput: the composition cannot be made, or has another limit.
        """
        if self.composition is None:
            return "", None
        parts = {part.template.kind: part for part in self.composition.composed(library).parts}
        role = parts["role"].text if "role" in parts else ""
        if "length" not in parts:
            return role, None
        for check in parts["length"].checks:
            if isinstance(check, Length) and check.unit == "characters" and not check.least:
                return role, check.most
        raise InvalidInput(
            "The tutor holds solutions to a most number of characters; choose that length, or"
            " none.",
            "解题时只能限制最多字数：请选择“不超过若干字”，或不限长度。",
            param="composition.length",
        )


class Lines(Strict):
    """Stored lines to be rendered."""

    lines: list[LineText] = Field(max_length=400)
    answers: list[LineText] = Field(default_factory=list, max_length=20)


class Drawing(Strict):
    """What to draw: the problem first, then lines of its solution."""

    texts: list[LineText] = Field(max_length=60)


class Exercise(Strict):
    """An exercise, which its seed says wholly."""

    topic: Topic
    level: int = Field(ge=1, le=3)
    language: LanguageName
    seed: int = Field(ge=0, le=2**53)


class MarkAnswer(Exercise):
    answer: Annotated[str, StringConstraints(max_length=1000)]
