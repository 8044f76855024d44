"""Writing a line anew that fails: several attempts in one batch, the best of which stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from qwen_app.engine.stream import Stream
from qwen_app.features.tutor.checking.session import Session
from qwen_app.features.tutor.checking.verdict import LineVerdict
from qwen_app.features.tutor.events import Line
from qwen_app.features.tutor.prompt import again_messages, begun
from qwen_app.features.tutor.solving.task import TEMPERATURE, Engine, TutorTask
from qwen_app.messages import Receipt, Request

_TOLD: Final = 1
_UNTOLD: Final = 3
"""Attempts that are told what was wrong, and others that are drawn without that: a model that was
never shown such a note may do worse with it."""
_LINE_TOKENS: Final = 160


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line written anew, with its verdict and the session after it."""

    text: str
    verdict: LineVerdict
    session: Session


def rewrite(
    engine: Engine, task: TutorTask, session: Session, written: str, failed: Line
) -> tuple[Attempt | None, list[Receipt]]:
    """A line instead of the one that failed; None if no attempt is better.

    Args:
        session: as it was before the line.
        written: the solution up to the line.

    Raises:
        AppError: what the engine raises.
    """
    texts, receipts = _draw(engine, _requests(engine, task, written, failed))
    best: Attempt | None = None
    for text in dict.fromkeys(texts):
        if not text.strip() or text.strip() == failed.text.strip():
            continue
        after = session.fork()
        attempt = Attempt(text, after.check_line(text), after)
        if _merit(attempt) > (_merit(best) if best is not None else 0):
            best = attempt
    return best, receipts


def _merit(attempt: Attempt) -> int:
    if attempt.verdict.status == "holds":
        return 3
    if attempt.verdict.status == "fails":
        return 0
    return 2 if attempt.verdict.is_mathematics else 1


def _requests(engine: Engine, task: TutorTask, written: str, failed: Line) -> list[Request]:
    finding = failed.verdict.failure
    said = "" if finding is None else finding.zh if task.speaks == "zh" else finding.en
    told = again_messages(
        task.problem,
        task.speaks,
        line=failed.text,
        finding=said,
        limit=task.limit,
        role=task.role,
    )
    usual = task.request(engine, written)
    one_line = replace(
        usual.sampling,
        temperature=0.0,
        stop=("\n",),
        max_tokens=min(_LINE_TOKENS, usual.sampling.max_tokens or _LINE_TOKENS),
    )
    plain = replace(usual, constraint=task.arithmetic(written))
    return [
        replace(plain, prompt=begun(told, written), sampling=one_line, n=_TOLD),
        replace(plain, sampling=replace(one_line, temperature=TEMPERATURE), n=_UNTOLD),
    ]


def _draw(engine: Engine, requests: Sequence[Request]) -> tuple[list[str], list[Receipt]]:
    streams: list[Stream] = []
    try:
        streams += (engine.stream(request) for request in requests)
        texts: list[str] = []
        receipts: list[Receipt] = []
        for request, stream in zip(requests, streams, strict=True):
            pieces = [""] * request.n
            for delta in stream:
                pieces[delta.index] += delta.text
                if delta.receipt is not None:
                    receipts.append(delta.receipt)
                if delta.finish_reason == "length":
                    pieces[delta.index] = ""
            texts += pieces
        return texts, receipts
    finally:
        for stream in streams:
            stream.close()
