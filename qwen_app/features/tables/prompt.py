"""What the model reads before it writes a query: the app, the evaluation and the training data
all build it here.

The table goes into the system message, which stays the same from question to question, so the
prefix cache keeps it. The question follows with the values of the table that it mentions, written
as a query would write them: to choose among them is all that is left to the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from qwen_app.features.tables.query.fold import fold, one_line
from qwen_app.features.tables.query.link import Mentions, mentions
from qwen_app.features.tables.query.sorts import sort_of
from qwen_app.features.tables.query.write import write_name, write_number, write_text
from qwen_app.features.tables.table import Column, Table
from qwen_app.messages import Message

INSTRUCTION: Final = "Write one SQL query for the question. Table t, rows:"

GUIDE: Final = """
Only this SQL is known. No JOIN, no AS. Examples with other columns:
Who is the oldest? SELECT "name", "age" FROM t ORDER BY "age" DESC LIMIT 1
上海有多少人？ SELECT COUNT(*) FROM t WHERE "city" = '上海'
平均成绩是多少？ SELECT AVG("score") FROM t
Which team won most often? SELECT "team" FROM t GROUP BY "team" ORDER BY COUNT(*) DESC LIMIT 1
How many more seats has A than B? SELECT (SELECT "seats" FROM t WHERE "party" = 'A') - \
(SELECT "seats" FROM t WHERE "party" = 'B')
Who came after Kim? SELECT "name" FROM t WHERE row = (SELECT row FROM t WHERE "name" = 'Kim') + 1
Is there a film of 1999? SELECT EXISTS (SELECT * FROM t WHERE YEAR("date") = 1999)"""
"""For models that were not trained on this language."""

_MOST_LINKED = 4
_MOST_PARTS = 2
_MOST_NUMBERS = 6
_SAMPLE_LENGTH = 24
_MOST_TURNS = 3
"""Earlier turns that a follow-up question may refer to."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and the query that answered it."""

    question: str
    query: str


def build_prompt(
    table: Table,
    question: str,
    turns: Sequence[Turn] = (),
    *,
    guide: bool = False,
    found: Mentions | None = None,
) -> tuple[Message, ...]:
    """The messages before the model's answer, which is a query and nothing else.

    Args:
        turns: earlier questions about the same table, the oldest first.
        guide: explain the language by examples (about 230 tokens of Qwen's).
        found: `mentions(table, question)`, if the caller has them already.
    """
    messages = [Message("system", describe(table) + (GUIDE if guide else ""))]
    for turn in turns[-_MOST_TURNS:]:
        messages.append(Message("user", turn.question.strip()))
        messages.append(Message("assistant", turn.query))
    found = mentions(table, question) if found is None else found
    messages.append(Message("user", "\n".join([question.strip(), *_hints(question, found)])))
    return tuple(messages)


def describe(table: Table) -> str:
    """The table in a few lines: each column with what it holds and some of its values."""
    samples = 3 if len(table.columns) <= 8 else 2 if len(table.columns) <= 16 else 1
    lines = [f"{INSTRUCTION} {table.rows}"]
    lines += [_column(column, samples) for column in table.columns]
    return "\n".join(lines)


def _column(column: Column, samples: int) -> str:
    sort = sort_of(column.kind)
    shown: list[str] = []
    for text in map(one_line, column.texts[:50]):
        if text and text not in shown:
            shown.append(text)
        if len(shown) == samples:
            break
    values = ", ".join(text if sort == "number" else write_text(text) for text in map(_cut, shown))
    return f"{write_name(column.name)} {sort} {values}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _SAMPLE_LENGTH else text[:_SAMPLE_LENGTH] + "…"


def _hints(question: str, found: Mentions) -> list[str]:
    """Values, numbers and dates of the question in the form in which a query has them."""
    lines = [
        f"{write_name(link.column)} = {write_text(link.text)}"
        for link in found.links[:_MOST_LINKED]
    ]
    lines += [
        f"{write_name(part.column)} LIKE {write_text('%' + part.text + '%')}"
        for part in found.parts[: _MOST_LINKED - len(lines)][:_MOST_PARTS]
    ]
    plain = fold(question)
    unwritten = [
        text for text in map(write_number, found.numbers) if text not in plain and len(text) > 1
    ]
    hidden = [*unwritten[:_MOST_NUMBERS], *(write_text(day) for day in found.dates)]
    return lines + ([", ".join(hidden)] if hidden else [])
