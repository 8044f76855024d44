"""Questions and fields in one call each; what the package's docstring shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from qwen_app.engine.base import Engine
from qwen_app.features.tables.ask import SAMPLES, TableAnswer, TableTask, ask
from qwen_app.features.tables.fields import FieldsAnswer, FieldsTask, fill
from qwen_app.features.tables.prompt import Turn
from qwen_app.features.tables.table import Table
from qwen_app.features.tables.wanted import wanted_fields


def ask_table(
    engine: Engine,
    table: Table,
    question: str,
    *,
    turns: Sequence[Turn] = (),
    samples: int = SAMPLES,
    seed: int | None = None,
) -> TableAnswer:
    """The answer to a question about a table.

    Args:
        turns: earlier questions with their queries (`TableAnswer.turn`), for follow-ups.
        samples: queries drawn besides the likeliest one.
        seed: of the first sample; None draws one.

    Raises:
        InvalidInput: no question, or one that is too long.
        ContextTooLong: the table has too many columns for this model.
        AppError: what the engine raises.
    """
    info = engine.info
    task = TableTask(
        table, question, tuple(turns), samples=samples, guide=not info.is_demo, seed=seed
    )
    prepared = task.prepare(
        defaults=info.defaults,
        context_length=info.context_length,
        count_tokens=engine.count_tokens,
    )
    return ask(engine, task, prepared)


def fill_fields(
    engine: Engine,
    table: Table,
    wanted: Sequence[str] | Mapping[str, Any],
    *,
    instruction: str = "",
    seed: int | None = None,
) -> FieldsAnswer:
    """A JSON document of fields, each filled by a query of its own.

    Args:
        wanted: names (``a.b`` is b within a), or a JSON Schema of an object; a description is
            the question that fills its field.
        instruction: said of all fields, such as how to round.

    Raises:
        InvalidInput: the wish cannot be met by fields.
        InvalidConstraint: it is no valid schema.
        ContextTooLong, AppError: as `ask_table`.
    """
    info = engine.info
    task = FieldsTask(table, wanted_fields(wanted), instruction, guide=not info.is_demo, seed=seed)
    return fill(
        engine,
        task,
        defaults=info.defaults,
        context_length=info.context_length,
        count_tokens=engine.count_tokens,
    )
