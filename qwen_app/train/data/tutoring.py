"""Conversations as the tutor has them, and problems under prompts that ask for more.

The tutor's own prompts come from its builder; combined prompts (a role, reasons for each step, the
answer in bold, a limit of length) are put together as the prompt library and as people do. A
limit is never shorter than the solution that follows.
"""

import random

from qwen_app.features.tutor.practice.linear import as_problem
from qwen_app.features.tutor.practice.problem import Problem, solution
from qwen_app.features.tutor.prompt import solve_messages
from qwen_app.messages import Message
from qwen_app.train.data import equations, problems
from qwen_app.train.data.example import Families, Language, Split, pick
from qwen_app.train.data.mending import again_conversation, explain_conversation
from qwen_app.train.data.texts import families, read

_AGAIN, _EXPLAINED = 0.05, 0.05
"""Of the conversations, those that mend a wrong step and those that explain it."""
_COMBINED = 0.3
"""Of the others, those under a combined prompt."""
_LIMITED = 0.25
_OTHER_LANGUAGE = 0.06
_ROUND = (150, 200, 250, 300, 300, 300, 300, 350, 400, 500, 600, 800)
"""Limits that people name, in characters."""


def tutor_conversation(
    rng: random.Random, language: Language, split: Split = "train"
) -> tuple[Message, ...]:
    """A problem and its solution, under the tutor's prompt or a combined one; now and then a wrong
    step and what is right."""
    problem, question = _asked(rng, language, split)
    kind = rng.random()
    if kind < _AGAIN:
        return again_conversation(problem, question, rng, language)
    if kind < _AGAIN + _EXPLAINED:
        return explain_conversation(problem, question, rng, language)
    if rng.random() < _COMBINED:
        return _combined(problem, question, rng, language, split)
    text, limit = solution(problem, language), None
    if rng.random() < _LIMITED:
        limit = _limit(rng)
        text = fitting(problem, language, limit, reasons=False) or text
        if len(text) > limit:
            limit = None
    return (*solve_messages(question, language, limit=limit), Message("assistant", text))


def fitting(problem: Problem, language: Language, limit: int, *, reasons: bool) -> str | None:
    """The fullest solution of at most ``limit`` characters; None if even the barest is longer."""
    for check, opening in ((True, True), (True, False), (False, True), (False, False)):
        text = solution(problem, language, reasons=reasons, check=check, opening=opening)
        if len(text) <= limit:
            return text
    return None


def _asked(rng: random.Random, language: Language, split: Split) -> tuple[Problem, str]:
    """A problem, and how it is put; now and then in another language than the answer."""
    told: Language = language
    if rng.random() < _OTHER_LANGUAGE:
        told = "en" if language == "zh" else "zh"
    if rng.random() < 0.45:
        equation = equations.draw(rng, split)
        bare = rng.random() < 0.25
        question = equation.text if bare else equations.ask(equation, rng, told, split)
        return as_problem(equation, 1), question
    problem = problems.any_problem(rng, split)
    # What the answer is counted in stands in the question alone.
    return problem, problems.ask(problem, rng, language, split)


def _combined(
    problem: Problem, question: str, rng: random.Random, language: Language, split: Split
) -> tuple[Message, ...]:
    reasons = rng.random() < 0.75
    limit: int | None = _limit(rng) if rng.random() < 0.6 else None
    text = solution(problem, language, reasons=reasons)
    if limit is not None and len(text) > limit:
        shorter = fitting(problem, language, limit, reasons=reasons)
        limit, text = (limit, shorter) if shorter is not None else (None, text)

    def said(part: str) -> str:
        return pick(_PARTS[part][language], rng, split, limit=limit)

    role = said("roles") if rng.random() < 0.8 else None
    wishes = [said("reasons" if reasons else "steps")]
    if rng.random() < 0.8:
        wishes.append(said("bold"))
    if limit is not None:
        wishes.append(said("limit"))
    return (*_laid_out(role, wishes, question, rng, language), Message("assistant", text))


def _laid_out(
    role: str | None, wishes: list[str], question: str, rng: random.Random, language: Language
) -> tuple[Message, ...]:
    """Role and wishes in the system message, or the wishes with the question."""
    if rng.random() < 0.45:  # as the prompt library puts them
        parts = wishes if role is None else [role, *wishes]
        return Message("system", "\n\n".join(parts)), Message("user", question)
    if rng.random() < 0.3:
        rng.shuffle(wishes)
    full = [wish.rstrip("。.") for wish in wishes]
    layout = rng.random()
    if language == "zh":
        if layout < 0.4:
            asked = f"{question}\n\n要求：{'；'.join(full)}。"
        elif layout < 0.6:
            asked = f"{'，'.join(full)}：\n{question}"
        elif layout < 0.8:
            items = "\n".join(f"{n}. {wish}" for n, wish in enumerate(full, 1))
            asked = f"{question}\n要求：\n{items}"
        else:
            asked = f"{question}{rng.choice(('', ' ', chr(10)))}{'。'.join(full)}。"
    elif layout < 0.4:
        asked = f"{question}\n\nRequirements: {'; '.join(full)}."
    elif layout < 0.6:
        asked = f"{'. '.join(full)}:\n{question}"
    elif layout < 0.8:
        items = "\n".join(f"- {wish}" for wish in full)
        asked = f"{question}\n{items}"
    else:
        asked = f"{question} {'. '.join(full)}."
    if role is None:
        return (Message("user", asked),)
    if rng.random() < 0.3:
        return (Message("user", f"{role}{'' if language == 'zh' else ' '}{asked}"),)
    return Message("system", role), Message("user", asked)


def _limit(rng: random.Random) -> int:
    return rng.choice(_ROUND) if rng.random() < 0.8 else rng.randint(100, 600)


_PARTS: dict[str, dict[Language, Families]] = {
    part: families(raw) for part, raw in read("tutoring").items()
}
