"""What is said of a solution: what was checked, and what agreement means and does not."""

from typing import Final

from qwen_app.features.tutor.checking.verdict import AnswerState, SolutionVerdict
from qwen_app.features.tutor.events import Agreement
from qwen_app.features.verdict import Verdict, VerdictStatus

_STATUS: Final[dict[AnswerState, VerdictStatus]] = {
    "verified": "right",
    "partly": "unchecked",
    "unverified": "unchecked",
    "wrong": "wrong",
}


def verdict_of(found: SolutionVerdict, agreement: Agreement | None) -> Verdict:
    """The verdict on a solution in the words that every tab uses.

    An answer on which solutions agree is not called right: they may all misread the problem.
    """
    en, zh = found.en, found.zh
    if agreement is not None:
        more_en, more_zh = _agreement(agreement)
        en, zh = f"{en} {more_en}".strip(), zh + more_zh
    return Verdict(_STATUS[found.state], en, zh, is_shown=True)


def _agreement(found: Agreement) -> tuple[str, str]:
    drawn, agreeing = found.drawn, found.agreeing
    if not found.sound:
        return (
            f"{drawn} solutions were written; in each of them a line fails or could not be tied to"
            " its answer.",
            f"共写出 {drawn} 个解答，每个都有错误的行，或答案与算式对不上。",
        )
    if found.is_majority:
        return (
            f"{agreeing} of {drawn} solutions have this answer and no line that fails. That makes a"
            " slip unlikely; they may still have misread the problem in the same way.",
            f"{drawn} 个解答中有 {agreeing} 个没有错误的行，且得到这个答案。"
            "笔误的可能性因此很小，但它们仍可能以同样的方式误解了题意。",
        )
    others_en = ", ".join(f"{text} ({count})" for text, count in found.others)
    others_zh = "、".join(f"{text}（{count} 个）" for text, count in found.others)
    return (
        f"Only {agreeing} of {drawn} solutions have this answer and no line that fails"
        + (f"; others come to {others_en}." if others_en else ".")
        + " Check how the problem was read.",
        f"{drawn} 个解答中只有 {agreeing} 个没有错误的行且得到这个答案"
        + (f"；其他解答得到 {others_zh}。" if others_zh else "。")
        + "请核对题意的理解。",
    )
