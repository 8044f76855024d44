"""What happened at the tutor, as values for the page's scripts.

HTML is made here and nowhere else: the page puts into itself only what comes from here, and asks
for it anew (`line_html`) for what it finds in its storage.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qwen_app.features.tutor.checking.verdict import Finding
from qwen_app.features.tutor.events import Line, Sheet, Solution, Work
from qwen_app.features.tutor.solving.hints import hints
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Receipt
from qwen_app.ui.tutor_lines import answer_html, line_html


class SheetView:
    """The sheet of one job, again and again as it grows: a line is rendered once."""

    def __init__(self) -> None:
        self._html: dict[str, str] = {}
        self._hints: list[dict[str, Any]] | None = None

    def of(self, sheet: Sheet) -> dict[str, Any]:
        return {
            "lines": [self._line(line) for line in sheet.lines],
            "writing": sheet.writing,
            "withdrawn": [self._line(line) for line in sheet.withdrawn],
            "replaced": sheet.replaced,
            "comment": sheet.comment,
            "solution": solution_view(sheet.solution) if sheet.solution else None,
            "hints": self._hints_of(sheet.solution) if sheet.solution else [],
            "work": work_view(sheet.work) if sheet.work else None,
            **_common(sheet),
        }

    def _hints_of(self, solution: Solution) -> list[dict[str, Any]]:
        if self._hints is None:
            self._hints = hints_view(solution)
        return self._hints

    def _line(self, line: Line) -> dict[str, Any]:
        if line.text not in self._html:
            self._html[line.text] = line_html(line.text)
        return line_view(line) | {"html": self._html[line.text]}


def line_view(line: Line) -> dict[str, Any]:
    """A line without its HTML."""
    return {
        "number": line.number,
        "role": line.role,
        "text": line.text,
        "status": line.verdict.status,
        "findings": [_finding(each) for each in line.verdict.findings],
        "computed": len(line.computed),
        "attempts": line.attempts,
    }


def hints_view(solution: Solution) -> list[dict[str, Any]]:
    return [asdict(hint) | {"html": line_html(hint.text)} for hint in hints(solution)]


def solution_view(solution: Solution) -> dict[str, Any]:
    agreement = solution.agreement
    return {
        "language": solution.language,
        "answer": solution.answer,
        "answer_html": answer_html(solution.answer or ""),
        "state": solution.state,
        "en": solution.verdict.en,
        "zh": solution.verdict.zh,
        "agreement": asdict(agreement) | {"others": [list(o) for o in agreement.others]}
        if agreement
        else None,
        "reference": solution.reference.text if solution.reference else None,
        "reference_html": answer_html(solution.reference.text) if solution.reference else "",
        "rewritten": solution.rewritten,
        "computed": solution.computed,
        "truncated": solution.truncated,
    }


def work_view(work: Work) -> dict[str, Any]:
    return {
        "first_wrong": work.first_wrong,
        "en": work.en,
        "zh": work.zh,
        "answer": work.verdict.answer,
        "state": work.verdict.state,
    }


def _common(sheet: Sheet) -> dict[str, Any]:
    """What every answer of the page has: text, verdict, receipt and figures."""
    done = sheet.solution or sheet.work
    receipts = done.receipts if done else ()
    receipt = _receipt(receipts)
    verdict: dict[str, Any] | None
    if sheet.solution is not None:
        text, verdict = sheet.solution.text, asdict(sheet.solution.verdict)
    else:
        text = "\n".join([*(line.text for line in sheet.lines), sheet.writing]).strip()
        verdict = asdict(_work_verdict(sheet.work)) if sheet.work else None
    return {
        "text": text,
        "verdict": verdict,
        "receipt": receipt,
        "tokens": receipt["completion_tokens"] if receipt else 0,
        "tokens_per_second": receipt["tokens_per_second"] if receipt else 0.0,
        "dropped": 0,
    }


def _work_verdict(work: Work) -> Verdict:
    if work.first_wrong is not None:
        return Verdict("wrong", work.en, work.zh)
    status = {"verified": "right", "wrong": "wrong"}.get(work.verdict.state, "unchecked")
    return Verdict(status, work.verdict.en, work.verdict.zh)  # type: ignore[arg-type]


def _receipt(receipts: Sequence[Receipt]) -> dict[str, Any] | None:
    """That of the solution shown, with the sampling of the others. Gradio takes an object with
    the key ``path`` for a file, which no receipt has."""
    if not receipts:
        return None
    first, *others = receipts
    described: dict[str, Any] = json.loads(json.dumps(asdict(first)))
    if others:
        described["others"] = [
            {
                "seed": each.sampling.seed,
                "temperature": each.sampling.temperature,
                "completion_tokens": each.completion_tokens,
                "finish_reason": each.finish_reason,
            }
            for each in others
        ]
    return described


def _finding(finding: Finding) -> dict[str, Any]:
    return asdict(finding)
