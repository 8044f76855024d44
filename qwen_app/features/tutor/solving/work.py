"""A student's own steps, judged line by line; the first wrong one is explained.

What is wrong with it, and how it should read, comes from the check. A model may add a word of its
own, which nobody has checked, and which is marked so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from qwen_app.errors import ContextTooLong, InvalidInput, Language
from qwen_app.features.json_mode.prompt import language_of
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.checking.verdict import Finding
from qwen_app.features.tutor.events import (
    Began,
    Checked,
    Commented,
    Event,
    Judged,
    Line,
    Work,
)
from qwen_app.features.tutor.prompt import explain_messages
from qwen_app.features.tutor.solving.candidates import finished, made
from qwen_app.features.tutor.solving.lines import split
from qwen_app.features.tutor.solving.task import LEAST_TOKENS, Engine, check_problem
from qwen_app.messages import Receipt, Request, SamplingParams

MOST_STEPS: Final = 60
MOST_CHARACTERS: Final = 6000
_COMMENT_TOKENS: Final = 160


@dataclass(frozen=True, slots=True)
class WorkTask:
    """A student's solution to look at.

    Args:
        problem: may be empty, if the steps say all there is to say.
        steps: one a line; empty lines are none.
        language: of the model's comment; None takes that of problem and steps.
        deadline_s: of the request to the generator.
    """

    problem: str
    steps: str
    language: Language | None = None
    deadline_s: float | None = None

    @property
    def speaks(self) -> Language:
        return self.language or language_of(self.problem + self.steps)

    def check(self) -> None:
        """
        Raises:
            InvalidInput: there are no steps, or too many.
        """
        check_problem(self.problem, may_be_empty=True)
        if not self.steps.strip():
            raise InvalidInput(
                "There are no steps to check: write one a line.",
                "没有要检查的步骤：请每行写一步。",
                param="steps",
            )
        if len(self.steps) > MOST_CHARACTERS or len(split(self.steps)) > MOST_STEPS:
            raise InvalidInput(
                f"At most {MOST_STEPS} steps with {MOST_CHARACTERS} characters together are"
                " checked at once.",
                f"一次最多检查 {MOST_STEPS} 步，共 {MOST_CHARACTERS} 个字符。",
                param="steps",
            )


def check_work(checker: Checker, task: WorkTask, engine: Engine | None = None) -> Iterator[Event]:
    """Closing the iterator ends what is under way. Waits for the checker, and for the model.

    Args:
        engine: writes the comment; None does without.

    Raises:
        InvalidInput: see `WorkTask.check`.
        AppError: what the engine raises.
    """
    task.check()
    return _check(checker, task, engine)


def _check(checker: Checker, task: WorkTask, engine: Engine | None) -> Iterator[Event]:
    yield Began(task.problem, task.speaks)
    session = checker.open(task.problem or None)
    lines: list[Line] = []
    for written in split(task.steps):
        line = made(written, session.check_line(written.text), lines, guarded=False)
        if line.role == "opening":
            line = replace(line, role="step")
        lines.append(line)
        yield Judged(line)
    final, verdict = finished(session, lines)
    wrong = next((line for line in final if line.verdict.status == "fails"), None)
    if wrong is None:
        yield Checked(Work(final, None, verdict.en, verdict.zh, verdict))
        return
    finding = wrong.verdict.failure
    assert finding is not None  # a line that fails has one that does
    en, zh = explain(wrong.number, finding, is_last=wrong.number == len(final) - 1)
    work = Work(final, wrong.number, en, zh, verdict)
    yield Checked(work)
    if engine is not None:
        yield from _comment(engine, task, work, finding)


def explain(number: int, finding: Finding, *, is_last: bool) -> tuple[str, str]:
    """What is wrong with a line and how it should read, in English and Chinese."""
    en, zh = f"Line {number + 1}: {finding.en}", f"第 {number + 1} 行：{finding.zh}"
    if finding.expected is not None and finding.expected not in finding.en:
        en += f" It should be {finding.expected}."
        zh += f"这里应为 {finding.expected}。"
    if number:
        en = f"Nothing wrong was found in the lines before. {en}"
        zh = f"前面的行没有发现错误。{zh}"
    if not is_last:
        en += " Correct it, and work out again what follows from it."
        zh += "改正后，请重新推算后面的步骤。"
    return en, zh


def _comment(engine: Engine, task: WorkTask, work: Work, finding: Finding) -> Iterator[Event]:
    assert work.first_wrong is not None
    language = task.speaks
    before = work.lines[work.first_wrong - 1].text if work.first_wrong else ""
    prompt = explain_messages(
        task.problem,
        language,
        before=before,
        line=work.lines[work.first_wrong].text,
        finding=finding.zh if language == "zh" else finding.en,
    )
    room = engine.info.context_length - engine.count_tokens(prompt)
    if room < LEAST_TOKENS:
        raise ContextTooLong(
            f"Problem and steps do not fit this model's context of {engine.info.context_length}"
            " tokens, so it cannot comment on them.",
            f"题目和步骤超出了该模型的上下文（{engine.info.context_length} 个 token），无法点评。",
            param="steps",
        )
    sampling = SamplingParams(
        temperature=0.0,
        stop_token_ids=engine.info.defaults.stop_token_ids,
        max_tokens=min(room, _COMMENT_TOKENS),
    )
    text = ""
    receipts: list[Receipt] = []
    with engine.stream(Request(prompt, sampling, deadline_s=task.deadline_s)) as stream:
        for delta in stream:
            text += delta.text
            if delta.text.strip():
                yield Commented(text.strip())
            if delta.receipt is not None:
                receipts.append(delta.receipt)
    yield Checked(replace(work, comment=text.strip(), receipts=tuple(receipts)))
