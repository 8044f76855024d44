"""The body that /v1/tables/ask accepts, and the one that it answers with."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from qwen_app.api.requests import MAX_INT, Schema, Wire
from qwen_app.api.responses import ReceiptBody
from qwen_app.features.tables.table import Kind

Scalar = str | int | float | bool | None


class TableSource(Wire):
    """The table, in exactly one of the forms."""

    html: str | None = Field(default=None, description="A page or a fragment of one.")
    csv: str | None = Field(default=None, description="Separated by commas, tabs or semicolons.")
    markdown: str | None = None
    text: str | None = Field(default=None, description="Any of these; which one is found out.")
    xlsx: str | None = Field(default=None, description="An Excel workbook in Base64.")
    records: Annotated[list[dict[str, Scalar]], Field(min_length=1)] | None = Field(
        default=None, description="Objects of one level, each a row."
    )
    index: Annotated[int, Field(ge=0, le=MAX_INT)] | None = Field(
        default=None,
        description="Which table of the source, the likeliest first, from 0; absent: that one.",
    )
    kinds: dict[str, Kind] = Field(
        default_factory=dict,
        description="What a column is, by its name, where reading it would take it for another.",
    )


class EarlierTurn(Wire):
    question: str
    query: str


class TableRequest(Wire):
    """Exactly one of `question`, `query` alone, `fields` and `schema` says what is wanted."""

    model: str | None = Field(
        default=None,
        description="A name from /v1/models. Absent or `default`: the model that is loaded.",
    )
    table: TableSource
    question: str | None = None
    query: str | None = Field(
        default=None,
        description="Run this query instead of asking the model; `question` then only gives the "
        "answer its language.",
    )
    fields: Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None,
        description="JSON over the table: a field each, `name` or `name: question`; a dot in a "
        "name nests.",
    )
    schema_: Schema | None = Field(
        default=None,
        alias="schema",
        description="JSON over the table: a JSON Schema of an object; descriptions of properties "
        "are the questions.",
    )
    mode: Literal["query", "text", "auto"] = Field(
        default="query",
        description="`text`: the model answers in its own words, which nothing verifies. `auto`: "
        "so for questions that no query answers, such as a summary.",
    )
    turns: list[EarlierTurn] = Field(
        default_factory=list, description="Earlier questions about the table, the oldest first."
    )
    n: Annotated[int, Field(ge=1, le=MAX_INT)] = Field(
        default=7,
        description="How many queries are drawn for a question: the likeliest, and samples.",
    )
    temperature: Annotated[float, Field(ge=0, le=2)] = Field(
        default=0.7, description="Of the samples."
    )
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None


class BothLanguages(BaseModel):
    en: str
    zh: str


class TableVerdict(BothLanguages):
    status: Literal["right", "wrong", "unchecked"]


class ResultColumn(BaseModel):
    name: str
    expression: str = Field(description="As the query has it.")
    kind: str = Field(description="Kind of the table's column, or number, text, date, boolean.")


class TableResult(BaseModel):
    columns: list[ResultColumn]
    rows: list[list[Any]] = Field(description="Typed values: numbers, texts, ISO dates, null.")
    texts: list[list[str]] = Field(description="The same as shown.")
    truncated: bool


class SourceCell(BaseModel):
    row: int = Field(description="From 0, without the header.")
    column: str
    text: str


class Alternative(BaseModel):
    query: str
    answer: str
    votes: int


class FilledField(BaseModel):
    name: str
    query: str
    votes: int
    drawn: int
    problem: BothLanguages | None


class ReadColumn(BaseModel):
    name: str
    kind: str
    unit: str


class ReadTable(BaseModel):
    """The table as it was read."""

    title: str
    rows: int
    columns: list[ReadColumn]
    notes: list[BothLanguages] = Field(description="What reading did.")
    found: int = Field(description="How many tables the source holds.")


class TableAnswerBody(BaseModel):
    id: str
    object: Literal["table.answer"]
    created: int
    model: str | None = Field(description="The model that really answered; null if none was asked.")
    answer: str
    language: Literal["en", "zh"]
    query: str
    result: TableResult | None
    cells: list[SourceCell] = Field(description="Where the answer comes from; at most 500.")
    status: Literal["agreed", "disagreed", "failed", "by_hand", "text"] = Field(
        description="`agreed`: most queries drawn give this result. `by_hand`: the query was sent. "
        "`text`: the model's own words."
    )
    confidence: float | None = Field(
        description="Share of the queries drawn that give this result; null if none was drawn."
    )
    alternatives: list[Alternative]
    document: dict[str, Any] | None = Field(
        default=None, description="Only where `fields` or a `schema` was sent."
    )
    fields: list[FilledField] | None = Field(default=None, description="How each was filled.")
    verdict: TableVerdict
    receipt: ReceiptBody | None = Field(description="Of the likeliest query.")
    table: ReadTable
