"""What the page may want of the tutor, as iterators of events. All of them wait, for the model or
for the checker, so no event loop should run them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from qwen_app.errors import Language
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Event
from qwen_app.features.tutor.solving.solve import solve
from qwen_app.features.tutor.solving.task import ANSWER_TOKENS, Engine, TutorTask
from qwen_app.features.tutor.solving.work import WorkTask, check_work
from qwen_app.messages import SamplingParams


def tutor_defaults() -> SamplingParams:
    """Of the solution that is shown, where the reader sets nothing: the likeliest one."""
    return SamplingParams(temperature=0.0, max_tokens=ANSWER_TOKENS)


@dataclass(frozen=True, slots=True)
class SolveJob:
    """A full solution."""

    checker: Checker
    problem: str
    language: Language
    guard: bool = True
    solutions: int | None = None
    role: str = ""
    limit: int | None = None
    overrides: Mapping[str, int | float] = field(default_factory=dict)
    needs_model: bool = True

    def events(self, engine: Engine) -> Iterator[Event]:
        return solve(
            engine,
            self.checker,
            TutorTask(
                self.problem,
                self.language,
                guard=self.guard,
                solutions=self.solutions,
                role=self.role,
                limit=self.limit,
                overrides=self.overrides,
            ),
        )


@dataclass(frozen=True, slots=True)
class WorkJob:
    """A student's steps, judged; with a comment by the model only if that is wanted."""

    checker: Checker
    problem: str
    steps: str
    language: Language
    needs_model: bool

    def events(self, engine: Engine) -> Iterator[Event]:
        task = WorkTask(self.problem, self.steps, self.language)
        return check_work(self.checker, task, engine if self.needs_model else None)
