"""Held-out accuracy of the skills of a conversation: unseen phrasing families.

An answer counts when it states every key fact of its exchange (`Exchange.is_answered_by`), and a
Python function when it passes its tests. For the others see `evaluate_math` and `evaluate_tasks`.
"""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass

from tokenizers import Tokenizer

from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.data.example import Language, Split
from qwen_app.train.data.mix import SKILLS, system_prompt
from qwen_app.train.data.running import python_passes
from qwen_app.train.decode import Sampling, answer


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the report."""

    skill: str
    split: Split
    language: Language
    asked: int
    right: int
    lines_right: int | None
    """Mathematics only: right answers in whose lines the checker finds nothing wrong."""
    misses: tuple[tuple[str, str], ...]
    """A few wrong answers, as (question, answer)."""
    free_right: int | None = None
    """Skills under a grammar or the guard only: right answers without it."""


WITHOUT_MATHEMATICS = ("chat", "definitions", "phrases", "python", "refusals")
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def evaluate(
    model: Qwen2,
    tokenizer: Tokenizer,
    *,
    per_skill: int = 100,
    seed: int = 7,
    splits: tuple[Split, ...] = ("held_out",),
    sampling: Sampling | None = None,
    report: Callable[[Score], None] = lambda _: None,
) -> list[Score]:
    """Scores of each skill, language and split, ``per_skill`` single-turn questions each."""
    scores = []
    for skill in WITHOUT_MATHEMATICS:
        for split in splits:
            for language in LANGUAGES:
                score = _score(model, tokenizer, skill, split, language, per_skill, seed, sampling)
                report(score)
                scores.append(score)
    return scores


def _score(
    model: Qwen2,
    tokenizer: Tokenizer,
    skill: str,
    split: Split,
    language: Language,
    count: int,
    seed: int,
    sampling: Sampling | None,
) -> Score:
    rng = random.Random(f"{seed}:{skill}:{split}:{language}")
    exchanges = [SKILLS[skill][0](rng, language, split) for _ in range(count)]
    asked = [_asked(system_prompt(rng, language), e.question) for e in exchanges]
    texts = answer(model, tokenizer, asked, sampling=sampling)
    pairs = list(zip(exchanges, texts, strict=True))
    wrong = [(e.question, t) for e, t in pairs if not python_passes(e, t)]
    return Score(skill, split, language, count, count - len(wrong), None, tuple(wrong[:20]))


def _asked(system: str | None, question: str) -> tuple[Message, ...]:
    head = () if system is None else (Message("system", system),)
    return (*head, Message("user", question))


def as_json(scores: list[Score]) -> list[dict[str, object]]:
    return [asdict(score) for score in scores]
