"""Held-out accuracy in mathematics on the tutor's own way: its prompt, its guard, its checker.

Each problem is solved twice: under the arithmetic guard, where values of plain calculations come
from a calculator, and by the model alone. An answer is right when it states the exchange's facts.
Its lines are right when the checker, which knows the problem's text alone, finds nothing wrong: for
problems that state their equations every line must hold and the answer satisfy them; for problems
in words, no line may fail (what a formula in words says cannot be checked).
"""

from collections.abc import Callable, Sequence
from random import Random

from qwen_app.engine.base import Engine
from qwen_app.features.tables.ask import draw
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.prompt import solve_messages
from qwen_app.features.tutor.solving.guard import ArithmeticGuard
from qwen_app.messages import Request, SamplingParams
from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.mix import SKILLS
from qwen_app.train.evaluate import LANGUAGES, WITHOUT_MATHEMATICS, Score

_TOGETHER = 16
"""Requests that run side by side."""
_MOST_TOKENS = 320

MATHEMATICS = tuple(skill for skill in SKILLS if skill not in WITHOUT_MATHEMATICS)


def evaluate_math(
    engine: Engine,
    *,
    per_skill: int = 100,
    seed: int = 7,
    splits: tuple[Split, ...] = ("held_out",),
    skills: Sequence[str] = MATHEMATICS,
    report: Callable[[Score], None] = lambda _: None,
) -> list[Score]:
    """Scores of each skill, language and split, ``per_skill`` problems each."""
    scores = []
    with Checker() as checker:
        for skill in skills:
            for split in splits:
                for language in LANGUAGES:
                    rng = Random(f"{seed}:{skill}:{split}:{language}")
                    asked = [SKILLS[skill][0](rng, language, split) for _ in range(per_skill)]
                    score = _score(engine, checker, skill, split, language, asked)
                    report(score)
                    scores.append(score)
    return scores


def lines_hold(checker: Checker, problem: str, text: str) -> bool:
    """Whether the checker finds every line of a solution right, as far as lines can be checked."""
    session = checker.open(problem)
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        session.check_line(line)
    verdict = session.finish(lines[-1] if lines else "")
    if any(line.status == "fails" for line in verdict.lines):
        return False
    return verdict.state in ("verified", "partly")


def _score(
    engine: Engine,
    checker: Checker,
    skill: str,
    split: Split,
    language: Language,
    asked: Sequence[Exchange],
) -> Score:
    guarded = _solve(engine, [_request(one, guard=True) for one in asked])
    alone = _solve(engine, [_request(one, guard=False) for one in asked])
    pairs = list(zip(asked, guarded, strict=True))
    right = [(e, text) for e, text in pairs if e.is_answered_by(text)]
    return Score(
        skill,
        split,
        language,
        len(asked),
        len(right),
        sum(lines_hold(checker, e.question, text) for e, text in right),
        tuple((e.question, text) for e, text in pairs if not e.is_answered_by(text))[:20],
        free_right=sum(e.is_answered_by(text) for e, text in zip(asked, alone, strict=True)),
    )


def _request(exchange: Exchange, *, guard: bool) -> Request:
    return Request(
        solve_messages(exchange.question, exchange.language),
        SamplingParams(temperature=0.0, max_tokens=_MOST_TOKENS),
        ArithmeticGuard(problem=exchange.question) if guard else None,
    )


def _solve(engine: Engine, requests: Sequence[Request]) -> list[str]:
    texts: list[str] = []
    for start in range(0, len(requests), _TOGETHER):
        texts += draw(engine, requests[start : start + _TOGETHER])[0]
    return [text.strip() for text in texts]
