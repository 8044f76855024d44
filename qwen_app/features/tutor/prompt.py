"""What the model reads before it solves, mends or explains: the app, the evaluation and the
training data all build it here.

A solution is asked for by `solve_messages`, and reads like this (English alike; a bare
``Answer: **x = 6**`` at the end):

    解方程 2x + 5 = 17：

    1. 两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = 12
    2. 两边同时除以 2：x = 12 ÷ 2 = 6

    检验：2 × 6 + 5 = 12 + 5 = 17 ✓

    答案：**x = 6**

A line is a step: its reason, then the calculation with its operands beside the result. Nothing
depends on more than that: lines are judged as they stand, whatever the model makes of the request.
"""

from typing import Final

from qwen_app.errors import Language
from qwen_app.messages import Message

SOLVE: Final[dict[Language, str]] = {
    "zh": "你是一位数学老师。请一步一步解题：每步一行，先说理由，再写出完整的算式；"
    "能检验就检验；最后一行写“答案：”和加粗的最终答案。",
    "en": "You are a math teacher. Solve step by step: one line a step, first its reason, then the"
    " full calculation; check the result if you can; end with a line “Answer:” and the final"
    " answer in bold.",
}

LIMIT: Final[dict[Language, str]] = {
    "zh": "全文不超过 {limit} 字。",
    "en": " Use at most {limit} characters.",
}
"""Follows `SOLVE` where the length is limited."""

AGAIN: Final[dict[Language, str]] = {
    "zh": "注意：“{line}”这一步不对。{finding}",
    "en": "Note: the step “{line}” is wrong. {finding}",
}
"""Follows the problem, in a paragraph of its own, where a step is written anew."""

EXPLAIN: Final[dict[Language, str]] = {
    "zh": "你是一位数学老师。学生有一步写错了。请用一两句话说明错在哪里、这一步应该怎么写，"
    "不要解完整道题。",
    "en": "You are a math teacher. A student got one step wrong. In one or two sentences, say what"
    " is wrong and how this step should read. Do not solve the whole problem.",
}

_WORK: Final[dict[Language, tuple[str, str, str, str]]] = {
    "zh": ("题目：", "前一步：", "错的一步：", "核对："),
    "en": ("Problem: ", "Step before: ", "Wrong step: ", "Check: "),
}


def solve_messages(
    problem: str, language: Language, *, limit: int | None = None, role: str = ""
) -> tuple[Message, ...]:
    """The messages before a full solution.

    Args:
        language: of the solution; the problem may be in another or have no words at all.
        limit: most characters of the solution.
        role: from the prompt library; stands before what every solution is asked for.
    """
    system = "\n\n".join(filter(None, (role.strip(), SOLVE[language])))
    if limit is not None:
        system += LIMIT[language].format(limit=limit)
    return Message("system", system), Message("user", problem.strip())


def again_messages(
    problem: str,
    language: Language,
    *,
    line: str,
    finding: str,
    limit: int | None = None,
    role: str = "",
) -> tuple[Message, ...]:
    """The messages before a step that is written anew; what is written up to it follows as the
    beginning of the assistant's message.

    Args:
        line: the step that fails, as it was written.
        finding: what the check says of it, in ``language``.
    """
    system, user = solve_messages(problem, language, limit=limit, role=role)
    note = AGAIN[language].format(line=line.strip(), finding=finding)
    return system, Message("user", f"{user.content}\n\n{note}")


def begun(messages: tuple[Message, ...], written: str) -> tuple[Message, ...]:
    """The messages with the answer begun (see `Request.continue_final`); ``written`` may end in a
    line break."""
    return (*messages, Message("assistant", written)) if written else messages


def explain_messages(
    problem: str, language: Language, *, before: str, line: str, finding: str
) -> tuple[Message, ...]:
    """The messages before a teacher's word on a student's first wrong step.

    Args:
        problem: may be empty, if the student did not say it.
        before: the step before, which is right; empty if the first one is wrong.
        finding: what the check says of the step, in ``language``.
    """
    parts = zip(_WORK[language], (problem, before, line, finding), strict=True)
    asked = "\n".join(label + text.strip() for label, text in parts if text.strip())
    return Message("system", EXPLAIN[language]), Message("user", asked)
