"""POST /v1/tables/ask: a table and a question, a query or wanted fields; one answer."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from qwen_app.api.body import read_body
from qwen_app.api.connection import while_connected
from qwen_app.api.convert import check_model
from qwen_app.api.metrics import Metrics
from qwen_app.api.settings import ApiSettings
from qwen_app.api.table_answers import Answered, by_hand, by_query, document, in_words
from qwen_app.api.table_bodies import (
    BothLanguages,
    ReadColumn,
    ReadTable,
    TableAnswerBody,
    TableRequest,
    TableSource,
)
from qwen_app.engine.base import Engine, ModelInfo
from qwen_app.errors import InvalidInput
from qwen_app.features.tables.ask import TableTask, greedy
from qwen_app.features.tables.by_hand import run_query
from qwen_app.features.tables.drawing import Drawing
from qwen_app.features.tables.fields import FieldsTask
from qwen_app.features.tables.opened import choose, from_records, read_source, with_kinds
from qwen_app.features.tables.prompt import Turn
from qwen_app.features.tables.table import Table
from qwen_app.features.tables.unverified import TableTextTask, path_of
from qwen_app.features.tables.wanted import Wanted, wanted_fields
from qwen_app.features.tables.wanted_text import wanted_entries
from qwen_app.messages import Request as EngineRequest

if TYPE_CHECKING:
    from qwen_app.features.tables.reading.read import Format

Given = ParamSpec("Given")
Made = TypeVar("Made")

AT_ONCE: Final = 2
"""Sources that are read, and queries that are run, side by side. Each may take seconds and
hundreds of MB, and holds a thread that others may need."""
_KINDS: "Final[dict[str, Format | None]]" = {
    "html": "html",
    "csv": "csv",
    "markdown": "markdown",
    "text": None,
    "xlsx": "excel",
}
_FORMS: Final = (*_KINDS, "records")


class TableRoute:
    """The handler, around one engine."""

    def __init__(self, engine: Engine, settings: ApiSettings, metrics: Metrics) -> None:
        self._engine, self._settings, self._metrics = engine, settings, metrics
        self._places = asyncio.Semaphore(AT_ONCE)

    async def ask(self, request: Request) -> Response:
        body = await read_body(request, TableRequest, self._settings.max_body_bytes)
        _check(body, self._settings.max_n)
        answer = await while_connected(request.receive, self._answer(body))
        return Response(answer.model_dump_json(exclude_unset=True), media_type="application/json")

    async def _answer(self, body: TableRequest) -> BaseModel:
        table, read = await self._thread(_read, body.table)
        if body.query is not None:
            hand = await self._thread(run_query, table, body.query, body.question or "")
            return _body(by_hand(hand, table), read, None)
        info = self._engine.info
        check_model(body.model, info)
        answered = await self._ask_model(body, table, info)
        return _body(answered, read, info)

    async def _thread(
        self, work: Callable[Given, Made], *given: Given.args, **named: Given.kwargs
    ) -> Made:
        async with self._places:
            return await asyncio.to_thread(work, *given, **named)

    async def _ask_model(self, body: TableRequest, table: Table, info: ModelInfo) -> Answered:
        if body.question is None:
            wanted = await self._thread(_wanted, body)
            fields = FieldsTask(
                table,
                wanted,
                samples=body.n - 1,
                temperature=body.temperature,
                guide=not info.is_demo,
                seed=body.seed,
            )
            tasks = fields.tasks()
            drawn = await self._draw(tasks, info)
            answers = [
                await self._thread(task.choose, drawn.texts[at * body.n : (at + 1) * body.n])
                for at, task in enumerate(tasks)
            ]
            filled = await self._thread(fields.finish, answers)
            return document(filled, table, drawn.receipts)
        turns = tuple(Turn(turn.question, turn.query) for turn in body.turns)
        mode = path_of(body.question) if body.mode == "auto" else body.mode
        if mode == "text":
            text_task = TableTextTask(table, body.question, turns)
            drawn = await self._draw((text_task,), info)
            return in_words(text_task, drawn.texts[0], drawn.receipts)
        task = TableTask(
            table,
            body.question,
            turns,
            samples=body.n - 1,
            temperature=body.temperature,
            # The embedded model was trained on the language; others are shown examples.
            guide=not info.is_demo,
            seed=body.seed,
        )
        drawn = await self._draw((task,), info)
        answer = await self._thread(task.choose, drawn.texts, receipts=drawn.receipts)
        return by_query(answer, table, drawn.texts)

    async def _draw(self, tasks: Sequence[TableTask | TableTextTask], info: ModelInfo) -> Drawing:
        came = time.perf_counter()
        requests = await self._thread(self._requests, tasks, info)
        drawing = Drawing(requests)
        failed = True
        try:
            await drawing.run(self._engine)
            failed = False
        except asyncio.CancelledError:
            failed = False  # the client left
            raise
        finally:
            receipts = drawing.receipts
            self._metrics.ended(
                receipts,
                missing=sum(request.n for request in requests) - len(receipts),
                failed=failed,
                seconds=time.perf_counter() - came,
            )
        return drawing

    def _requests(
        self, tasks: Sequence[TableTask | TableTextTask], info: ModelInfo
    ) -> list[EngineRequest]:
        """For each task the likeliest answer, and the samples if there are to be any."""
        requests: list[EngineRequest] = []
        for task in tasks:
            prepared = task.prepare(
                defaults=info.defaults,
                context_length=info.context_length,
                count_tokens=self._engine.count_tokens,
            )
            if isinstance(task, TableTextTask):
                requests.append(prepared.request)
                continue
            requests.append(greedy(prepared.request))
            if task.samples:
                requests.append(prepared.request)
        return [replace(one, deadline_s=self._settings.request_timeout_s) for one in requests]


def _check(body: TableRequest, max_n: int) -> None:
    """Raises InvalidInput for fields that do not go together."""
    wants = [
        name
        for name, value in (
            ("question", body.question if body.query is None else None),
            ("query", body.query),
            ("fields", body.fields),
            ("schema", body.schema_),
        )
        if value is not None
    ]
    if len(wants) != 1 or (body.question is not None and wants[0] in ("fields", "schema")):
        raise InvalidInput(
            "Send exactly one of `question`, `query`, `fields` and `schema` (with a `query`, the"
            " `question` may be sent too).",
            "请只发送 `question`、`query`、`fields`、`schema` 之一"
            "（发送 `query` 时可附带 `question`）。",
            param="question",
        )
    if body.mode != "query" and wants != ["question"]:
        raise InvalidInput(
            "`mode` is for a `question` only.", "`mode` 仅用于 `question`。", param="mode"
        )
    if body.turns and wants != ["question"]:
        raise InvalidInput(
            "`turns` are for a `question` only.", "`turns` 仅用于 `question`。", param="turns"
        )
    if body.n > max_n:
        raise InvalidInput(
            f"`n` is {body.n}; this server draws at most {max_n} queries a question.",
            f"`n` 为 {body.n}；此服务器每个问题最多采样 {max_n} 条查询。",
            param="n",
        )


def _read(source: TableSource) -> tuple[Table, ReadTable]:
    """The table, and what is said of it.

    Raises:
        InvalidInput: not exactly one form, or it cannot be read.
    """
    given = [name for name in _FORMS if getattr(source, name) is not None]
    if len(given) != 1:
        listed = ", ".join(f"`{name}`" for name in _FORMS)
        raise InvalidInput(
            f"`table` must have exactly one of {listed}.",
            f"`table` 须恰好包含 {listed} 之一。",
            param="table",
        )
    title, count = "", 1
    if source.records is not None:
        if source.index:
            raise InvalidInput(
                "`records` are one table: remove `index`.",
                "`records` 只有一个表格，请删除 `index`。",
                param="table.index",
            )
        table = with_kinds(from_records(source.records), source.kinds)
    else:
        kind = _KINDS[given[0]]
        content = getattr(source, given[0]) if source.xlsx is None else _workbook(source.xlsx)
        opened = choose(read_source(content, kind=kind), source.index, source.kinds)
        table = opened.table
        title, count = table.caption, len(opened.found)
    return table, ReadTable(
        title=title,
        rows=table.rows,
        columns=[
            ReadColumn(name=column.name, kind=column.kind, unit=column.unit)
            for column in table.columns
        ],
        notes=[BothLanguages(en=note.en, zh=note.zh) for note in table.notes],
        found=count,
    )


def _workbook(base64_text: str) -> bytes:
    try:
        return base64.b64decode(base64_text, validate=True)
    except ValueError:
        raise InvalidInput(
            "`table.xlsx` is not valid Base64.",
            "`table.xlsx` 不是有效的 Base64。",
            param="table.xlsx",
        ) from None


def _wanted(body: TableRequest) -> Wanted:
    if body.schema_ is None:
        return wanted_entries(body.fields or ())
    schema = json.loads(body.schema_)
    if not isinstance(schema, dict):
        raise InvalidInput(
            "`schema` must describe an object.", "`schema` 须描述一个对象。", param="schema"
        )
    return wanted_fields(schema)


def _body(answered: Answered, read: ReadTable, info: ModelInfo | None) -> TableAnswerBody:
    return TableAnswerBody(
        id=f"tblans-{uuid.uuid4().hex}",
        object="table.answer",
        created=int(time.time()),
        model=info.id if info is not None else None,
        table=read,
        **answered,
    )
