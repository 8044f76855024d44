"""Held-out accuracy of the skills that the app runs under a grammar, on the app's own way.

Prompts, grammars and checks are those of the features, and the engine is the app's. A table
question is right when its query gives the result of the gold query; an extraction is right when the
whole document is; an answer of a wanted form when it states the facts and keeps the form. Each is
asked twice: under its grammar or guard, as the app does, and without.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from qwen_app.decoding.json_schema.spec import Layout
from qwen_app.engine.base import Engine
from qwen_app.errors import AppError
from qwen_app.features.chat import ChatTask
from qwen_app.features.json_mode.task import JsonTask
from qwen_app.features.prompts.task import PromptTask
from qwen_app.features.tables.ask import TableTask, draw, greedy, result_key
from qwen_app.features.tables.query.execute import execute
from qwen_app.features.task import Prepared, Task
from qwen_app.messages import Message, Request
from qwen_app.train.data.example import Language, Split
from qwen_app.train.data.forms import formed
from qwen_app.train.data.json_extraction import Extraction, extractions
from qwen_app.train.data.tables import Question, questions
from qwen_app.train.evaluate import LANGUAGES, Score

_TOGETHER = 16
"""Requests that run side by side."""
_FREE_TOKENS = 240
"""Limit of an answer that no grammar ends."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with what tells a right answer from a wrong one."""

    language: Language
    shown: str
    request: Request
    is_right: Callable[[str], bool]


def evaluate_tasks(
    engine: Engine,
    *,
    per_skill: int = 100,
    splits: tuple[Split, ...] = ("held_out",),
    report: Callable[[Score], None] = lambda _: None,
) -> list[Score]:
    """Scores of tables, JSON and forms by split and language, ``per_skill`` questions each."""
    scores = []
    for skill, source in _SOURCES.items():
        for split in splits:
            asked = list(islice(source(engine, split), 2 * per_skill))
            for language in ("zh", "en"):
                own = [one for one in asked if one.language == language]
                score = _score(engine, skill, split, language, own)
                report(score)
                scores.append(score)
    return scores


def _score(
    engine: Engine, skill: str, split: Split, language: Language, asked: Sequence[_Asked]
) -> Score:
    texts = _answers(engine, [one.request for one in asked])
    free = _answers(engine, [_without_grammar(one.request) for one in asked])
    right = [one.is_right(text) for one, text in zip(asked, texts, strict=True)]
    misses = [
        (one.shown, text) for one, text, fine in zip(asked, texts, right, strict=True) if not fine
    ]
    return Score(
        skill,
        split,
        language,
        len(asked),
        sum(right),
        None,
        tuple(misses[:20]),
        free_right=sum(one.is_right(text) for one, text in zip(asked, free, strict=True)),
    )


def _answers(engine: Engine, requests: Sequence[Request]) -> list[str]:
    texts: list[str] = []
    for start in range(0, len(requests), _TOGETHER):
        texts += draw(engine, requests[start : start + _TOGETHER])[0]
    return texts


def _without_grammar(request: Request) -> Request:
    sampling = replace(request.sampling, max_tokens=_FREE_TOKENS)
    return replace(request, constraint=None, sampling=sampling)


def _table_questions(engine: Engine, split: Split) -> Iterator[_Asked]:
    for each in questions(split):
        task = TableTask(each.table, each.question, samples=0)
        yield _Asked(
            each.language, each.question, greedy(_prepared(engine, task).request), _checks(each)
        )


def _checks(each: Question) -> Callable[[str], bool]:
    gold = result_key(execute(each.query, each.table))

    def is_right(text: str) -> bool:
        try:
            return result_key(execute(text, each.table)) == gold
        except AppError:
            return False

    return is_right


def _extractions(engine: Engine, split: Split) -> Iterator[_Asked]:
    for number, each in enumerate(extractions(split)):
        schema = json.dumps(each.schema, ensure_ascii=False)
        layout: Layout = "compact" if number % 4 < 2 else "pretty"
        task = JsonTask(each.text, schema, layout=layout, grounded=True)
        yield _Asked(each.language, each.text, _prepared(engine, task).request, _matches(each))


def _matches(each: Extraction) -> Callable[[str], bool]:
    def is_right(text: str) -> bool:
        try:
            return bool(json.loads(text) == each.document)
        except ValueError:
            return False

    return is_right


def _forms(engine: Engine, split: Split) -> Iterator[_Asked]:
    rng = random.Random(f"forms:{split}")
    while True:
        for language in LANGUAGES:
            one = formed(rng, language, split)
            chat = ChatTask((Message("user", one.exchange.question),))
            task = chat if one.composed is None else PromptTask(chat, one.composed)
            request = greedy(_prepared(engine, task).request)
            yield _Asked(language, one.exchange.question, request, one.is_answered_by)


_SOURCES: dict[str, Callable[[Engine, Split], Iterator[_Asked]]] = {
    "tables": _table_questions,
    "json": _extractions,
    "forms": _forms,
}


def _prepared(engine: Engine, task: Task) -> Prepared:
    info = engine.info
    return task.prepare(
        defaults=info.defaults,
        context_length=info.context_length,
        count_tokens=engine.count_tokens,
    )
