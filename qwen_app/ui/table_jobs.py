"""What a page may want of a table, each as requests for the engine and what their answers say."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, TypeVar

from qwen_app.engine.base import ModelInfo
from qwen_app.errors import AppError
from qwen_app.features.tables.answer import Sentence
from qwen_app.features.tables.ask import Candidate, TableAnswer, TableTask, greedy
from qwen_app.features.tables.by_hand import HandAnswer
from qwen_app.features.tables.fields import FieldsAnswer, FieldsTask, Filled
from qwen_app.features.tables.fields_verdict import fields_verdict
from qwen_app.features.tables.query.execute import Place, Result
from qwen_app.features.tables.table import Table
from qwen_app.features.tables.unverified import TableTextTask
from qwen_app.features.task import CountTokens
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Receipt, Request
from qwen_app.ui.table_view import result_view

Receipts = Sequence[Receipt]


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a job, for the page."""

    outcome: dict[str, Any]
    verdict: Verdict
    query: str = ""
    receipt: dict[str, Any] | None = None


class Job(Protocol):
    """Both calls may take seconds, so no event loop should wait for them."""

    @property
    def is_query(self) -> bool:
        """The first answer is a query; else it is text for the reader."""

    def requests(self, info: ModelInfo, count_tokens: CountTokens) -> tuple[Request, ...]:
        """Raises InvalidInput where it cannot be done as it is."""

    def finish(self, texts: Sequence[str], receipts: Receipts) -> Finished: ...


@dataclass(frozen=True, slots=True)
class QueryJob:
    """A question that a query answers."""

    task: TableTask
    is_query: bool = True

    def requests(self, info: ModelInfo, count_tokens: CountTokens) -> tuple[Request, ...]:
        return _both(_for(self.task, info), info, count_tokens)

    def finish(self, texts: Sequence[str], receipts: Receipts) -> Finished:
        answer = self.task.choose(texts, receipts=receipts)
        chosen = answer.chosen
        query = chosen.query if chosen else next(filter(None, texts), "")
        return Finished(
            outcome=_answer(answer, self.task.table),
            verdict=answer.verdict,
            query=query,
            receipt=_receipt(receipts, question=self.task.question, query=query),
        )


@dataclass(frozen=True, slots=True)
class TextJob:
    """A question that the model answers in its own words."""

    task: TableTextTask
    is_query: bool = False

    def requests(self, info: ModelInfo, count_tokens: CountTokens) -> tuple[Request, ...]:
        prepared = self.task.prepare(
            defaults=info.defaults, context_length=info.context_length, count_tokens=count_tokens
        )
        return (prepared.request,)

    def finish(self, texts: Sequence[str], receipts: Receipts) -> Finished:
        return Finished(
            outcome={"status": "text", "answer": texts[0]},
            verdict=self.task.verify(texts[0]),
            receipt=_receipt(receipts, question=self.task.question),
        )


@dataclass(frozen=True, slots=True)
class FieldsJob:
    """A document whose fields are filled by a query each."""

    task: FieldsTask
    is_query: bool = True

    def requests(self, info: ModelInfo, count_tokens: CountTokens) -> tuple[Request, ...]:
        return tuple(
            request
            for task in _for(self.task, info).tasks()
            for request in _both(task, info, count_tokens)
        )

    def finish(self, texts: Sequence[str], receipts: Receipts) -> Finished:
        tasks = self.task.tasks()
        width = len(texts) // len(tasks)
        answers = [
            task.choose(texts[at * width : (at + 1) * width]) for at, task in enumerate(tasks)
        ]
        filled = self.task.finish(answers)
        return Finished(
            outcome={
                "status": "agreed" if filled.is_valid else "failed",
                # As text: Gradio takes any value with a key ``path`` for a file of its own.
                "document": json.dumps(filled.document, ensure_ascii=False, indent=2),
                "fields": [_field(each) for each in filled.fields],
                "problems": [_error(problem) for problem in filled.problems],
                **_cells(_all_cells(filled), self.task.table),
            },
            verdict=fields_verdict(filled),
            receipt=_receipt(
                receipts, queries=[[each.field.name, _query(each)] for each in filled.fields]
            ),
        )


def hand_view(answer: HandAnswer, table: Table) -> dict[str, Any]:
    """What a query by hand gave."""
    return {
        "query": answer.result.text,
        "verdict": asdict(answer.verdict),
        "outcome": {
            "status": "by_hand",
            "answer": answer.sentence.text,
            **_shown(answer.question, table, answer.result, answer.sentence),
        },
    }


Guided = TypeVar("Guided", TableTask, FieldsTask)


def _for(task: Guided, info: ModelInfo) -> Guided:
    """The embedded model was trained on the language of queries; others are shown examples."""
    return replace(task, guide=not info.is_demo)


# --- parts of outcomes --------------------------------------------------------------------------


def _both(task: TableTask, info: ModelInfo, count_tokens: CountTokens) -> tuple[Request, ...]:
    """The likeliest query, and the samples."""
    prepared = task.prepare(
        defaults=info.defaults, context_length=info.context_length, count_tokens=count_tokens
    )
    likeliest = greedy(prepared.request)
    return (likeliest, prepared.request) if task.samples else (likeliest,)


def _answer(answer: TableAnswer, table: Table) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": answer.status,
        "agreement": {"votes": answer.chosen.votes if answer.chosen else 0, "of": answer.drawn},
        "alternatives": [_alternative(each) for each in answer.alternatives],
        "failures": [_error(failure) for failure in answer.failures],
    }
    if answer.chosen is None:
        return shown
    result, sentence = answer.chosen.result, answer.chosen.sentence
    return shown | {
        "answer": sentence.text,
        **_shown(answer.question, table, result, sentence),
    }


def _alternative(candidate: Candidate) -> dict[str, Any]:
    return {
        "query": candidate.query,
        "answer": candidate.sentence.text,
        "votes": candidate.votes,
    }


def _shown(question: str, table: Table, result: Result, sentence: Sentence) -> dict[str, Any]:
    return {"result": result_view(question, table, result), **_cells(sentence.cells, table)}


def _cells(places: Sequence[Place], table: Table) -> dict[str, Any]:
    """Rows and columns of the cells to mark, both from 0."""
    at = {name: index for index, name in enumerate(table.names)}
    return {"cells": [[row, at[name]] for row, name in places]}


def _all_cells(filled: FieldsAnswer) -> list[Place]:
    found = (each.answer.sentence for each in filled.fields)
    return list(dict.fromkeys(place for one in found if one for place in one.cells))


def _query(filled: Filled) -> str:
    return filled.answer.chosen.query if filled.answer.chosen else ""


def _field(filled: Filled) -> dict[str, Any]:
    answer = filled.answer
    return {
        "name": filled.field.name,
        "query": _query(filled),
        "votes": answer.chosen.votes if answer.chosen else 0,
        "of": answer.drawn,
        "problem": _error(filled.problem) if filled.problem else None,
    }


def _error(error: AppError) -> dict[str, str]:
    return {"code": error.code, "en": error.en, "zh": error.zh}


def _receipt(receipts: Receipts, **more: Any) -> dict[str, Any] | None:
    """That of the first answer, and what else it takes to replay the whole."""
    if not receipts:
        return None
    first, *others = receipts
    samples = [
        {"seed": one.sampling.seed, "temperature": one.sampling.temperature} for one in others
    ]
    return asdict(first) | more | {"samples": samples}
