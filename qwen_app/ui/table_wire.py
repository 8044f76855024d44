"""What the scripts of the Tables tab send, checked at the border."""

import base64
import binascii
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from qwen_app.errors import InvalidInput
from qwen_app.features.prompts.library import Library
from qwen_app.features.tables.ask import TableTask
from qwen_app.features.tables.fields import FieldsTask
from qwen_app.features.tables.prompt import Turn
from qwen_app.features.tables.table import Kind, Table
from qwen_app.features.tables.unverified import TableTextTask, path_of
from qwen_app.features.tables.wanted_text import read_wanted
from qwen_app.ui.prompt_wire import SentComposition
from qwen_app.ui.table_jobs import FieldsJob, Job, QueryJob, TextJob
from qwen_app.ui.wire import AnswerId, Strict

Handle = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
QueryText = Annotated[str, StringConstraints(max_length=20_000)]
Question = Annotated[str, StringConstraints(max_length=10_000)]


class Source(Strict):
    """What a table is read from: a text, or the bytes of a file in Base64."""

    kind: Literal["text", "file"]
    data: str
    name: str | None = Field(default=None, max_length=300)
    """Of the file."""
    format: Literal["html"] | None = None
    """If it is known, as for what a clipboard holds as HTML."""

    def content(self) -> str | bytes:
        """
        Raises:
            InvalidInput: a file that is no Base64.
        """
        if self.kind == "text":
            return self.data
        try:
            return base64.b64decode(self.data, validate=True)
        except binascii.Error:
            raise InvalidInput(
                "The file arrived damaged. Choose it again.",
                "文件在传输中损坏，请重新选择。",
                param="data",
            ) from None


class NamedKind(Strict):
    """A pair, not an entry under its name: Gradio takes anything with a ``path`` for a file."""

    column: str
    kind: Kind


class Open(Strict):
    """Open a table: by its handle while the server has it, else from its source."""

    handle: Handle | None = None
    source: Source | None = None
    index: int | None = Field(default=None, ge=0, le=10_000)
    """Which table of the source; without it the likeliest."""
    kinds: list[NamedKind] = Field(default_factory=list, max_length=1000)
    """Columns that the reader knows better."""


class Rows(Strict):
    handle: Handle
    start: int = Field(ge=0, le=10_000_000)
    count: int = Field(ge=1, le=500)


class PastTurn(Strict):
    question: Question
    query: QueryText

    def turn(self) -> Turn:
        return Turn(self.question, self.query)


class AskTable(Strict):
    """One question about a table with those before it, or wanted fields (`read_wanted`)."""

    id: AnswerId
    handle: Handle
    type: Literal["question", "fields"]
    text: Annotated[str, StringConstraints(max_length=20_000)]
    turns: list[PastTurn] = Field(default_factory=list, max_length=100)
    way: Literal["auto", "query", "text"] = "auto"
    """Answer by a query or in the model's own words; ``auto`` leaves it to the question."""

    composition: SentComposition | None = None
    """For an answer in the model's own words; a query has no use for it."""

    def job(self, table: Table, library: Library) -> Job:
        """
        Raises:
            InvalidInput: wanted fields that cannot be read, or a composition that cannot be made.
        """
        if self.type == "fields":
            return FieldsJob(FieldsTask(table, read_wanted(self.text)))
        turns = tuple(turn.turn() for turn in self.turns)
        way = path_of(self.text) if self.way == "auto" else self.way
        if way == "text":
            composed = self.composition.composed(library) if self.composition else None
            return TextJob(TableTextTask(table, self.text, turns, composed))
        return QueryJob(TableTask(table, self.text, turns))


class RunQuery(Strict):
    """A query to be run as it is."""

    handle: Handle
    question: Question
    query: QueryText
