"""Answers about tables as /v1/tables/ask writes them."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict

from qwen_app.api.render import receipt_body
from qwen_app.api.responses import ReceiptBody
from qwen_app.api.table_bodies import (
    Alternative,
    BothLanguages,
    FilledField,
    ResultColumn,
    SourceCell,
    TableResult,
    TableVerdict,
)
from qwen_app.errors import AppError, Language
from qwen_app.features.tables.answer import language_of, show_result
from qwen_app.features.tables.ask import Candidate, TableAnswer
from qwen_app.features.tables.by_hand import HandAnswer
from qwen_app.features.tables.fields import FieldsAnswer
from qwen_app.features.tables.fields_verdict import fields_verdict
from qwen_app.features.tables.query.execute import Place, Result
from qwen_app.features.tables.table import Table, Value
from qwen_app.features.tables.unverified import TableTextTask
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Receipt


class Answered(TypedDict):
    """What an answer's body says of the answer itself."""

    answer: str
    language: Language
    query: str
    result: TableResult | None
    cells: list[SourceCell]
    status: Literal["agreed", "disagreed", "failed", "by_hand", "text"]
    confidence: float | None
    alternatives: list[Alternative]
    verdict: TableVerdict
    receipt: ReceiptBody | None
    document: NotRequired[dict[str, Any]]
    fields: NotRequired[list[FilledField]]


def by_hand(hand: HandAnswer, table: Table) -> Answered:
    """Of a query that was sent."""
    return Answered(
        answer=hand.sentence.text,
        language=hand.sentence.language,
        query=hand.result.text,
        result=_result(hand.question, table, hand.result),
        cells=_cells(hand.sentence.cells, table),
        status="by_hand",
        confidence=None,
        alternatives=[],
        verdict=_verdict(hand.verdict),
        receipt=None,
    )


def by_query(answer: TableAnswer, table: Table, drawn: Sequence[str]) -> Answered:
    """Of a question.

    Args:
        drawn: the queries as the model wrote them.
    """
    chosen = answer.chosen
    return Answered(
        answer=chosen.sentence.text if chosen else "",
        language=language_of(answer.question),
        query=chosen.query if chosen else next(filter(None, drawn), ""),
        result=_result(answer.question, table, chosen.result) if chosen else None,
        cells=_cells(chosen.sentence.cells, table) if chosen else [],
        status=answer.status,
        confidence=answer.confidence,
        alternatives=[_alternative(each) for each in answer.alternatives],
        verdict=_verdict(answer.verdict),
        receipt=_receipt(answer.receipts),
    )


def in_words(task: TableTextTask, text: str, receipts: Sequence[Receipt]) -> Answered:
    """Of a question that the model answered without a query."""
    return Answered(
        answer=text,
        language=language_of(task.question),
        query="",
        result=None,
        cells=[],
        status="text",
        confidence=None,
        alternatives=[],
        verdict=_verdict(task.verify(text)),
        receipt=_receipt(receipts),
    )


def document(filled: FieldsAnswer, table: Table, receipts: Sequence[Receipt]) -> Answered:
    """Of wanted fields."""
    verdict = fields_verdict(filled)
    sentences = [each.answer.sentence for each in filled.fields]
    places = dict.fromkeys(place for one in sentences if one for place in one.cells)
    shares = [each.answer.confidence for each in filled.fields]
    status: Literal["agreed", "disagreed", "failed"] = (
        "failed" if filled.problems else "agreed" if verdict.status == "right" else "disagreed"
    )
    return Answered(
        answer="",
        language=language_of(" ".join(each.field.question for each in filled.fields)),
        query="",
        result=None,
        cells=_cells(list(places), table),
        status=status,
        confidence=min(shares),
        alternatives=[],
        document=dict(filled.document),
        fields=[
            FilledField(
                name=each.field.name,
                query=each.answer.chosen.query if each.answer.chosen else "",
                votes=each.answer.chosen.votes if each.answer.chosen else 0,
                drawn=each.answer.drawn,
                problem=_both(each.problem) if each.problem else None,
            )
            for each in filled.fields
        ],
        verdict=_verdict(verdict),
        receipt=_receipt(receipts),
    )


def json_value(value: Value) -> Any:
    """A typed value as JSON has it: whole numbers as integers, dates in ISO's form."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime.date() | datetime.datetime() | datetime.time():
            return value.isoformat()
        case tuple():
            return [json_value(part) for part in value]
        case _:
            return value


def _result(question: str, table: Table, result: Result) -> TableResult:
    shown = show_result(question, table, result)
    return TableResult(
        columns=[
            ResultColumn(
                name=label,
                expression=output.label,
                kind=(
                    table.column(output.like).kind
                    if output.is_column and output.like is not None
                    else output.sort
                ),
            )
            for label, output in zip(shown.labels, result.outputs, strict=True)
        ],
        rows=[[json_value(value) for value in row] for row in result.rows],
        texts=[list(row) for row in shown.texts],
        truncated=result.truncated,
    )


def _cells(places: Sequence[Place], table: Table) -> list[SourceCell]:
    return [
        SourceCell(row=row, column=name, text=table.column(name).texts[row]) for row, name in places
    ]


def _alternative(candidate: Candidate) -> Alternative:
    return Alternative(query=candidate.query, answer=candidate.sentence.text, votes=candidate.votes)


def _both(error: AppError) -> BothLanguages:
    return BothLanguages(en=error.en, zh=error.zh)


def _verdict(verdict: Verdict) -> TableVerdict:
    return TableVerdict(status=verdict.status, en=verdict.en, zh=verdict.zh)


def _receipt(receipts: Sequence[Receipt]) -> ReceiptBody | None:
    return receipt_body(receipts[0]) if receipts else None
