"""A wrong step: written anew by the model, or explained to the student who wrote it.

The prompts are the tutor's; what the check says of the step is worded as the checker words it.
"""

import random

from qwen_app.features.tutor.practice.mistakes import WrongSolution, wrong_solutions
from qwen_app.features.tutor.practice.problem import Problem, solution
from qwen_app.features.tutor.prompt import again_messages, explain_messages
from qwen_app.messages import Message
from qwen_app.train.data.example import Language

_EXPLAINED: dict[Language, dict[str, tuple[str, ...]]] = {
    "zh": {
        "number": (
            "方法没有错，但结果算错了：{sum}。这一步应写成：{work}。",
            "这里算错了：{sum}。应改为 {work}。",
        ),
        "sign": (
            "符号弄错了。正确的做法是{does}，应写成 {work}。",
            "这一步的符号不对：{does}，得 {work}。",
        ),
        "lost": ("这一步漏了一个解，应写成 {work}。", "还有一个解没有写出来：{work}。"),
        "rounding": ("近似值取得不准，应写成 {work}。",),
        "unit": ("单位换算错了，应写成 {work}。",),
        "answer": ("前面的步骤没有错，但答案写错了，应为 {work}。",),
    },
    "en": {
        "number": (
            "The method is right, but the result is not: {sum}. The step should read {work}.",
            "This is miscalculated: {sum}. Write {work}.",
        ),
        "sign": (
            "The sign is wrong. {does}: {work}.",
            "A sign was mixed up here. {does}, which gives {work}.",
        ),
        "lost": (
            "One solution is missing. The step should read {work}.",
            "There is another solution: {work}.",
        ),
        "rounding": ("It is not rounded correctly. The step should read {work}.",),
        "unit": ("The units are converted wrongly. The step should read {work}.",),
        "answer": ("The steps before are right, but the answer is not: it should be {work}.",),
    },
}


def again_conversation(
    problem: Problem, question: str, rng: random.Random, language: Language
) -> tuple[Message, ...]:
    """A step that failed the check, and the solution with that step written right."""
    wrong = _wrong(problem, rng, language)
    asked = again_messages(
        question, language, line=wrong.wrong, finding=_finding(problem, wrong, language)
    )
    return (*asked, Message("assistant", solution(problem, language)))


def explain_conversation(
    problem: Problem, question: str, rng: random.Random, language: Language
) -> tuple[Message, ...]:
    """A student's first wrong step, and a sentence or two about it."""
    wrong = _wrong(problem, rng, language)
    asked = explain_messages(
        question if rng.random() < 0.8 else "",
        language,
        before=wrong.lines[wrong.number - 1] if wrong.number else "",
        line=wrong.wrong,
        finding=_finding(problem, wrong, language),
    )
    does, work = _parts(wrong.right)
    told = rng.choice(_EXPLAINED[language][wrong.kind])
    text = told.format(does=does, work=work, sum=_sum(work))
    return (*asked, Message("assistant", text))


def _wrong(problem: Problem, rng: random.Random, language: Language) -> WrongSolution:
    found = wrong_solutions(problem, language, rng)
    steps = [each for each in found if each.kind != "answer"]
    return rng.choice(steps if steps and rng.random() < 0.8 else found)


def _finding(problem: Problem, wrong: WrongSolution, language: Language) -> str:
    """As the checker words it."""
    answer = problem.answer.of(language)
    _, work = _parts(wrong.right)
    *calculation, value = _sum(work).split(" = ")
    if wrong.kind == "number" and calculation:
        _, made = _parts(wrong.wrong)
        said = _sum(made).split(" = ")[-1]
        if language == "zh":
            return f"{calculation[-1]} 等于 {value}，不是 {said}。"
        return f"{calculation[-1]} is {value}, not {said}."
    if wrong.kind == "lost":
        if language == "zh":
            return f"这没有错，但漏掉了 {answer}，它也满足条件。"
        return f"This is right, but {answer} is left out, which fits as well."
    if language == "zh":
        return f"与前面的条件不符，由前面得 {answer}。"
    return f"This does not fit what came before, which gives {answer}."


def _parts(line: str) -> tuple[str, str]:
    """What a line says is done, and its mathematics."""
    text = line.partition(". ")[2] if line[:1].isdigit() else line
    colon = "：" if "：" in text else ": "
    does, _, work = text.rpartition(colon)
    return does or text, work


def _sum(work: str) -> str:
    """The last calculation of a chain with its value: ``17 - 5 = 12``."""
    return " = ".join(work.split(" = ")[-2:])
