"""What the tutor is asked, and the request that it makes of the generator."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.engine.base import ModelInfo
from qwen_app.engine.stream import Stream
from qwen_app.errors import ContextTooLong, InvalidInput, Language
from qwen_app.features.chat import apply_overrides
from qwen_app.features.json_mode.prompt import language_of
from qwen_app.features.tutor.prompt import begun, solve_messages
from qwen_app.features.tutor.solving.guard import ArithmeticGuard
from qwen_app.messages import ConstraintSpec, Message, Prompt, Request, SamplingParams
from qwen_app.text.counting import count

SOLUTIONS: Final = 5
"""Solutions that are written of a problem in words, the likeliest one among them."""
MOST_SOLUTIONS: Final = 32
TEMPERATURE: Final = 0.7
"""Of the solutions besides the likeliest one."""
MOST_PROBLEM: Final = 2000
"""Characters."""
ANSWER_TOKENS: Final = 768
LEAST_TOKENS: Final = 48
LEAST_LIMIT: Final = 20
REWRITES: Final = 4
"""Lines of a solution that are written anew at most."""


class Engine(Protocol):
    """What is needed of `qwen_app.engine.base.Engine`."""

    @property
    def info(self) -> ModelInfo: ...

    def count_tokens(self, prompt: Prompt) -> int: ...

    def stream(self, request: Request) -> Stream: ...


@dataclass(frozen=True, slots=True)
class TutorTask:
    """A problem to be solved.

    Args:
        language: of the solution; None takes that of the problem.
        guard: values of plain arithmetic are calculated instead of guessed.
        rewrites: lines that are written anew at most, where they fail.
        solutions: how many are written side by side; None: `SOLUTIONS` for a problem in words, and
            one, with more only if it cannot be verified, where the problem states its equations.
        limit: most characters of the solution, held while it is written; None is no limit.
        role: who the model is to be, from the prompt library.
        overrides: sampling parameters of the solution that is shown as it is written (see
            `qwen_app.features.chat.apply_overrides`); it is the likeliest one else.
        deadline_s: of each request to the generator.
    """

    problem: str
    language: Language | None = None
    guard: bool = True
    rewrites: int = REWRITES
    solutions: int | None = None
    limit: int | None = None
    role: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)
    deadline_s: float | None = None

    @property
    def speaks(self) -> Language:
        """The language of the solution."""
        return self.language or language_of(self.problem)

    def check(self) -> None:
        """
        Raises:
            InvalidInput: no problem, one that is too long, or a number out of its range.
        """
        check_problem(self.problem)
        ranges = (
            ("solutions", self.solutions, 1, MOST_SOLUTIONS),
            ("limit", self.limit, LEAST_LIMIT, 100_000),
            ("rewrites", self.rewrites, 0, 100),
        )
        for name, value, least, most in ranges:
            if value is not None and not least <= value <= most:
                raise InvalidInput(
                    f"{name} must be from {least} to {most}, not {value}.",
                    f"{name} 必须在 {least} 到 {most} 之间，而不是 {value}。",
                    param=name,
                )

    def messages(self) -> tuple[Message, ...]:
        return solve_messages(self.problem, self.speaks, limit=self.limit, role=self.role)

    def request(self, engine: Engine, written: str = "") -> Request:
        """For the solution that is shown, or for the rest of it after what is written.

        Raises:
            InvalidInput: a sampling parameter out of its range.
            ContextTooLong: the problem does not fit the model's context.
        """
        # A penalty on repetition would keep the model from writing a digit twice.
        usual = replace(_plain(engine.info.defaults), temperature=0.0)
        sampling = apply_overrides(usual, self.overrides)
        prompt = begun(self.messages(), written)
        room = engine.info.context_length - engine.count_tokens(prompt)
        if room < LEAST_TOKENS:
            raise ContextTooLong(
                f"The problem leaves {max(0, room)} tokens of this model's context of"
                f" {engine.info.context_length} for the solution; at least {LEAST_TOKENS} are"
                " needed. Shorten it.",
                f"题目太长：该模型的上下文为 {engine.info.context_length} 个 token，只给解答留下"
                f" {max(0, room)} 个，至少需要 {LEAST_TOKENS} 个。请缩短题目。",
                param="problem",
            )
        most = min(room, sampling.max_tokens or ANSWER_TOKENS)
        return Request(
            prompt,
            replace(sampling, max_tokens=most),
            self._constraint(written),
            deadline_s=self.deadline_s,
            continue_final=bool(written),
        )

    def samples(self, engine: Engine, number: int) -> Request:
        """For other solutions of the same problem."""
        likeliest = self.request(engine)
        sampling = replace(likeliest.sampling, temperature=TEMPERATURE, top_p=0.95)
        return replace(likeliest, sampling=sampling, n=number)

    def room(self, written: str) -> int | None:
        """Characters that may still be written; None without a limit."""
        if self.limit is None:
            return None
        return self.limit - count(written, "characters", self.speaks)

    def arithmetic(self, written: str = "") -> ConstraintSpec | None:
        """The guard alone, for a piece after what is written."""
        return ArithmeticGuard(self.problem, written) if self.guard else None

    def _constraint(self, written: str) -> ConstraintSpec | None:
        specs = [spec for spec in (self.arithmetic(written),) if spec is not None]
        room = self.room(written)
        if room is not None:
            length = LengthGuard("characters", max(LEAST_LIMIT, room), language=self.speaks)
            return Together.of([*specs, length])
        return Together.of(specs)


def check_problem(problem: str, *, may_be_empty: bool = False) -> None:
    """
    Raises:
        InvalidInput: there is none, or it is too long.
    """
    if not problem.strip() and not may_be_empty:
        raise InvalidInput("There is no problem.", "请输入一道题目。", param="problem")
    if len(problem) > MOST_PROBLEM:
        raise InvalidInput(
            f"The problem has {len(problem)} characters; at most {MOST_PROBLEM} are allowed.",
            f"题目共有 {len(problem)} 个字符，最多允许 {MOST_PROBLEM} 个。",
            param="problem",
        )


def _plain(defaults: SamplingParams) -> SamplingParams:
    """Nothing of the model's own but its stop tokens."""
    return SamplingParams(stop_token_ids=defaults.stop_token_ids)
