"""What checking an answer against its composition showed."""

from collections.abc import Sequence
from dataclasses import dataclass

from qwen_app.features.prompts.checks import Finding
from qwen_app.features.prompts.compose import Composed
from qwen_app.features.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings, and the verdict that they come to."""

    findings: tuple[Finding, ...]
    verdict: Verdict | None
    """None if the composition has nothing that could be checked."""


def judge(composed: Composed, text: str) -> Judged:
    """Never raises, whatever the text."""
    findings = tuple(check.judge(text, composed.language) for check in composed.checks)
    return Judged(findings, _verdict(findings) if findings else None)


def _verdict(findings: Sequence[Finding]) -> Verdict:
    kept = [finding for finding in findings if finding.ok]
    missed = [finding for finding in findings if not finding.ok]
    if missed:
        also_en = f" Kept: {'; '.join(each.en for each in kept)}." if kept else ""
        also_zh = f"符合的有：{'；'.join(each.zh for each in kept)}。" if kept else ""
        return Verdict(
            "wrong",
            f"Not as asked: {'; '.join(each.en for each in missed)}.{also_en}",
            f"不符合要求：{'；'.join(each.zh for each in missed)}。{also_zh}",
            is_shown=True,
        )
    return Verdict(
        "right",
        f"As asked: {'; '.join(each.en for each in kept)}. Whether what it says is right is not"
        " checked.",
        f"符合要求：{'；'.join(each.zh for each in kept)}。内容是否正确未核对。",
        is_shown=True,
        claim="kept",
    )
