"""Held-out accuracy by skill: unseen numbers and unseen phrasing families.

An answer counts when it states every key fact of its exchange (`Exchange.is_answered_by`); for
equations a second figure demands that every equality in the answer be true.
"""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass

from tokenizers import Tokenizer

from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.data.checking import lines_hold, stated_root
from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.mix import SKILLS, system_prompt
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
    """Equations only: answers of which every line is true as well."""
    misses: tuple[tuple[str, str], ...]
    """A few wrong answers, as (question, answer)."""
    free_right: int | None = None
    """Skills under a grammar only: right answers without it."""


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
    """Scores of every skill, language and split, ``per_skill`` single-turn questions each."""
    scores = []
    for skill in SKILLS:
        for split in splits:
            for language in _LANGUAGES:
                score = _score(model, tokenizer, skill, split, language, per_skill, seed, sampling)
                report(score)
                scores.append(score)
    return scores


_LANGUAGES: tuple[Language, ...] = ("zh", "en")


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
    right = [(e, t) for e, t in pairs if e.is_answered_by(t)]
    wrong = [(e.question, t) for e, t in pairs if not e.is_answered_by(t)]
    lines = sum(_all_lines_true(e, t) for e, t in right) if skill == "equations" else None
    return Score(skill, split, language, count, len(right), lines, tuple(wrong[:5]))


def _asked(system: str | None, question: str) -> tuple[Message, ...]:
    head = () if system is None else (Message("system", system),)
    return (*head, Message("user", question))


def _all_lines_true(exchange: Exchange, text: str) -> bool:
    letter, root = stated_root(exchange.answer)
    return lines_hold(text, root, letter)


def as_json(scores: list[Score]) -> list[dict[str, object]]:
    return [asdict(score) for score in scores]
