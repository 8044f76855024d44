"""Solutions and checked work as /v1/math writes them."""

import time
import uuid

from qwen_app.api.math_bodies import (
    AgreementBody,
    CheckBody,
    EquivalenceBody,
    FindingBody,
    HintBody,
    LineBody,
    MathVerdict,
    OtherAnswer,
    ReferenceBody,
    Said,
    SolutionBody,
)
from qwen_app.api.render import receipt_body
from qwen_app.engine.base import ModelInfo
from qwen_app.features.tutor.checking.verdict import Equivalence
from qwen_app.features.tutor.events import Agreement, Hint, Line, Solution, Work
from qwen_app.features.tutor.solving.telling import verdict_of


def solution_body(
    solution: Solution, info: ModelInfo, hints: tuple[Hint, ...] | None
) -> SolutionBody:
    """Args:
    hints: None if they were not wanted.
    """
    verdict = solution.verdict
    return SolutionBody(
        id=_id(),
        object="math.solution",
        created=int(time.time()),
        model=info.id,
        language=solution.language,
        answer=solution.answer,
        state=solution.state,
        verdict=MathVerdict(status=verdict.status, en=verdict.en, zh=verdict.zh),
        text=solution.text,
        lines=[line_body(line) for line in solution.lines],
        agreement=agreement_body(solution.agreement),
        reference=None
        if solution.reference is None
        else ReferenceBody(text=solution.reference.text, latex=solution.reference.latex),
        rewritten=solution.rewritten,
        computed=solution.computed,
        truncated=solution.truncated,
        receipts=[receipt_body(receipt) for receipt in solution.receipts],
        **({} if hints is None else {"hints": [hint_body(hint) for hint in hints]}),
    )


def work_body(work: Work, info: ModelInfo | None) -> CheckBody:
    """Args:
    info: of the model that commented, if one did.
    """
    verdict = verdict_of(work.verdict, None)
    wrong = work.first_wrong is not None
    return CheckBody(
        id=_id(),
        object="math.check",
        created=int(time.time()),
        model=info.id if info is not None and work.comment else None,
        state=work.verdict.state,
        verdict=MathVerdict(
            status="wrong" if wrong else verdict.status, en=verdict.en, zh=verdict.zh
        ),
        lines=[line_body(line) for line in work.lines],
        first_wrong=work.first_wrong,
        explanation=Said(en=work.en, zh=work.zh) if wrong else None,
        comment=work.comment or None,
        receipt=receipt_body(work.receipts[0]) if work.receipts else None,
    )


def mark_body(equivalence: Equivalence, expected: str) -> CheckBody:
    """Of a final answer."""
    unread = equivalence.match == "unreadable"
    return CheckBody(
        id=_id(),
        object="math.check",
        created=int(time.time()),
        model=None,
        verdict=MathVerdict(
            status="right" if equivalence.is_right else "unchecked" if unread else "wrong",
            en=equivalence.en,
            zh=equivalence.zh,
        ),
        equivalence=EquivalenceBody(
            match=equivalence.match,
            is_right=equivalence.is_right,
            en=equivalence.en,
            zh=equivalence.zh,
        ),
        expected=expected,
    )


def line_body(line: Line) -> LineBody:
    return LineBody(
        number=line.number,
        role=line.role,
        text=line.text,
        status=line.verdict.status,
        findings=[
            FindingBody(
                status=finding.status,
                reason=finding.reason,
                en=finding.en,
                zh=finding.zh,
                expected=finding.expected,
                start=finding.start,
                end=finding.end,
            )
            for finding in line.verdict.findings
        ],
        computed=list(line.computed),
        attempts=line.attempts,
    )


def agreement_body(agreement: Agreement | None) -> AgreementBody | None:
    if agreement is None:
        return None
    return AgreementBody(
        drawn=agreement.drawn,
        sound=agreement.sound,
        agreeing=agreement.agreeing,
        others=[OtherAnswer(answer=text, solutions=count) for text, count in agreement.others],
    )


def hint_body(hint: Hint) -> HintBody:
    return HintBody(text=hint.text, gives_answer=hint.gives_answer)


def _id() -> str:
    return f"math-{uuid.uuid4().hex}"
