"""JSON over a table: each wanted field is filled from a query of its own, then typed, rounded
and checked against the schema.

    wanted = wanted_fields({"type": "object", "properties": {"average_age": {
        "type": "number", "description": "平均年龄是多少？保留一位小数"}}})
    fill(engine, FieldsTask(table, wanted)).document    # {"average_age": 28.3}

A field's question is its description; without one it is made from its name and those around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from qwen_app.decoding.json_schema.compile import compile_schema
from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.errors import AppError, InvalidInput
from qwen_app.features.tables.answer import language_of
from qwen_app.features.tables.ask import Candidate, Engine, TableAnswer, TableTask, draw, greedy
from qwen_app.features.tables.figures import (
    asked_digits,
    measure,
    natural_digits,
    rounded,
    show_figure,
)
from qwen_app.features.tables.query.execute import Result
from qwen_app.features.tables.query.tree import Column
from qwen_app.features.tables.table import Table, Value
from qwen_app.features.tables.wanted import Field, FieldType, Wanted
from qwen_app.features.task import CountTokens, Prepared
from qwen_app.messages import SamplingParams


@dataclass(frozen=True, slots=True)
class Filled:
    """A field with the query that filled it."""

    field: Field
    value: Json
    answer: TableAnswer
    problem: AppError | None = None
    """Why it was not filled."""


@dataclass(frozen=True, slots=True)
class FieldsAnswer:
    """The document, and how each of its values came about.

    Attributes:
        document: without the fields that could not be filled, except those that may be null.
        problems: why the document is not what was asked for; empty if it is.
    """

    document: dict[str, Json]
    fields: tuple[Filled, ...]
    problems: tuple[AppError, ...]

    @property
    def is_valid(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class FieldsTask:
    """All wanted fields of one table.

    Args:
        instruction: said of all fields, such as how to round.
        samples, temperature, guide, seed: as of `TableTask`, for each field.
    """

    table: Table
    wanted: Wanted
    instruction: str = ""
    samples: int = 4
    temperature: float = 0.7
    guide: bool = False
    seed: int | None = None

    def tasks(self) -> tuple[TableTask, ...]:
        """The question of each field."""
        return tuple(
            TableTask(
                self.table,
                each.question,
                samples=self.samples,
                temperature=self.temperature,
                guide=self.guide,
                seed=self.seed,
            )
            for each in self.wanted.fields
        )

    def finish(self, answers: Sequence[TableAnswer]) -> FieldsAnswer:
        """The document from the answers to the fields' questions, in their order."""
        asked = asked_digits(self.instruction)
        filled = tuple(
            _fill(each, answer, self.table, asked)
            for each, answer in zip(self.wanted.fields, answers, strict=True)
        )
        document: dict[str, Json] = {}
        for each in filled:
            if each.problem is None or each.field.nullable:
                _put(document, each.field.path, each.value)
        problems = [each.problem for each in filled if each.problem and not each.field.nullable]
        if not problems and self.wanted.schema is not None:
            problems += _violations(document, self.wanted.schema)
        return FieldsAnswer(document, filled, tuple(problems))


def fill(
    engine: Engine,
    task: FieldsTask,
    *,
    defaults: SamplingParams,
    context_length: int,
    count_tokens: CountTokens,
) -> FieldsAnswer:
    """Ask for all fields in one batch.

    Raises:
        AppError: what the engine raises, or a question that does not fit its context.
    """
    tasks = task.tasks()
    requests = []
    for each in tasks:
        prepared: Prepared = each.prepare(
            defaults=defaults, context_length=context_length, count_tokens=count_tokens
        )
        requests.append(greedy(prepared.request))
        if task.samples:
            requests.append(prepared.request)
    texts, _ = draw(engine, requests)
    width = 1 + task.samples
    answers = [each.choose(texts[at * width : (at + 1) * width]) for at, each in enumerate(tasks)]
    return task.finish(answers)


# --- values ---------------------------------------------------------------------------------


def _fill(each: Field, answer: TableAnswer, table: Table, asked: int | None) -> Filled:
    chosen: Candidate | None = answer.chosen
    if chosen is None:
        return Filled(each, None, answer, _unfilled(each, "no query found it", "没有查询得到结果"))
    own = asked_digits(each.description)
    digits = next((d for d in (each.digits, own, asked) if d is not None), None)
    try:
        return Filled(each, _value(each, chosen.result, table, digits), answer)
    except _Unfit as unfit:
        return Filled(each, None, answer, _unfilled(each, unfit.en, unfit.zh))


class _Unfit(Exception):
    """Why a result is no value of a field; never leaves this module."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


def _unfilled(each: Field, en: str, zh: str) -> AppError:
    return InvalidInput(f"{each.name}: {en}.", f"{each.name}：{zh}。", param=each.name)


def _value(each: Field, result: Result, table: Table, digits: int | None) -> Json:
    kind = each.items if each.type == "array" else each.type
    at = _output(result, kind)
    node = (result.query.outputs or tuple(map(Column, table.names)))[at]
    natural = natural_digits(node, table) if digits is None else digits
    made: list[Json] = [
        _one(row[at], text, kind, natural)
        for row, text in zip(result.rows, _texts(each, result, table, at, natural), strict=True)
    ]
    if each.type == "array" or (each.type == "any" and len(made) > 1):
        return made
    if len(made) != 1:
        raise _Unfit(f"the query gives {len(made)} values", f"查询得到 {len(made)} 个值")
    return made[0]


def _texts(each: Field, result: Result, table: Table, at: int, digits: int | None) -> list[str]:
    """The values of an output as texts: cells as they stand, figures rounded, as their column."""
    output = result.outputs[at]
    if output.is_column or output.sort == "text":
        return [texts[at] for texts in result.texts]
    like = table.column(output.like) if output.like is not None else None
    node = (result.query.outputs or tuple(map(Column, table.names)))[at]
    language = language_of(each.description or each.name)
    return [
        show_figure(rounded(row[at], digits), like, language, counts=measure(node, table))
        for row in result.rows
    ]


def _output(result: Result, kind: FieldType) -> int:
    """Which output of a row is meant: the first that is of the type."""

    def fits(value: Value) -> bool:
        if kind in ("number", "integer"):
            return _is_number(value)
        return isinstance(value, bool) if kind == "boolean" else value is not None

    first = result.rows[0]
    return next((at for at, value in enumerate(first) if fits(value)), 0)


def _one(value: Value, text: str, kind: FieldType, digits: int | None) -> Json:
    value = rounded(value, digits)
    if kind == "string":
        return text
    if kind == "boolean":
        if not isinstance(value, bool):
            raise _Unfit(f"{text!r} is neither true nor false", f"“{text}”不是真或假")
        return value
    if kind in ("number", "integer"):
        return _as_number(value, text, kind)
    if isinstance(value, bool) or value is None:
        return value
    return _plain(value) if isinstance(value, int | Decimal) else text


def _as_number(value: Value, text: str, kind: FieldType) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _Unfit(f"{text!r} is no number", f"“{text}”不是数字")
    number = _plain(value)
    if kind == "integer" and not isinstance(number, int):
        raise _Unfit(f"{number} is no whole number", f"{number} 不是整数")
    return number


def _is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _plain(value: int | Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _put(document: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    inner = document
    for key in path[:-1]:
        below = inner.setdefault(key, {})
        if not isinstance(below, dict):
            raise TypeError(f"{key} holds a value")  # wanted_fields refuses such paths
        inner = below
    inner[path[-1]] = value


def _violations(document: dict[str, Json], schema: str) -> list[AppError]:
    found = compile_schema(schema).validate(document)
    return [InvalidInput(each.en, each.zh, param=each.path or "document") for each in found]
