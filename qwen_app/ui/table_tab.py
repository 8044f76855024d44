"""Tables: a table is read, questions about it are answered by queries.

History lives in the browser, and so does what a table was read from. The server keeps tables for
as long as they are used (`qwen_app.ui.table_store`).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Final

import gradio as gr

from qwen_app.errors import AppError, InvalidInput
from qwen_app.features.prompts.library import Library
from qwen_app.features.tables.opened import Opened, choose, read_source
from qwen_app.features.tables.table import KINDS
from qwen_app.ui.answer import refused
from qwen_app.ui.island import island
from qwen_app.ui.tab import TabContext
from qwen_app.ui.table_answer import FAULT, TableAnswering
from qwen_app.ui.table_jobs import Job, hand_view
from qwen_app.ui.table_store import TableStore
from qwen_app.ui.table_texts import TABLE_EXAMPLES
from qwen_app.ui.table_view import rows, view
from qwen_app.ui.table_wire import AskTable, Open, Rows, RunQuery
from qwen_app.ui.wire import Stop, called, parse

log = logging.getLogger(__name__)

MOST_BYTES: Final = 16 * 2**20
"""Of a file or a text that the page sends. It travels as one JSON value, which the event loop
reads at a stretch."""
AT_ONCE: Final = 2
"""Sources that are read, and queries that are run, side by side. Each may take seconds and
hundreds of MB, and holds a thread that others may need."""


class TableTab:
    """Implements `qwen_app.ui.tab.Tab`."""

    id = "tables"
    label_en = "Tables"
    label_zh = "表格问答"

    def build(self, context: TabContext) -> None:
        tables = _Tables(TableStore(), context.library)
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(
            event: gr.EventData, request: gr.Request
        ) -> AsyncGenerator[dict[str, Any], None]:
            """Answer one question; yields snapshots of how far it is."""
            try:
                sent = parse(AskTable, event._data)
                job = await asyncio.to_thread(tables.job, sent)
            except AppError as error:
                yield refused(event._data, error)
                return
            running = TableAnswering(sent.id, job, context.engine, context.pace, places)
            async with aclosing(context.answers.run(running, request.session_hash)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot.to_json()

        async def stop(call: dict[str, Any]) -> bool:
            """End an answer that is under way; whether there was one."""
            return context.answers.stop(called(Stop, call).id)

        async def open_table(call: dict[str, Any]) -> dict[str, Any]:
            """The table as the page shows it, or ``error``."""
            async with places:
                return await _told(tables.open, call)

        async def table_rows(call: dict[str, Any]) -> dict[str, Any]:
            """``rows`` of an open table, or ``error``."""
            return await _told(tables.rows, call)

        async def run_query(call: dict[str, Any]) -> dict[str, Any]:
            """What a query by hand gives, or ``error``."""
            async with places:
                return await _told(tables.run, call)

        panel = island(
            "tables",
            f"{context.scripts}/table.js",
            functions=[stop, open_table, table_rows, run_query],
            events=["ask"],
            kinds=list(KINDS),
            most_bytes=MOST_BYTES,
            examples=[{"en": asdict(en), "zh": asdict(zh)} for en, zh in TABLE_EXAMPLES],
        )
        panel.ask(
            ask,
            outputs=[panel],
            concurrency_limit=None,  # The engine's own queue knows better.
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )


class _Tables:
    """What the page's script calls, around the tables that are open. Each call may take seconds;
    what is wrong with it is raised as an AppError."""

    def __init__(self, store: TableStore, library: Library) -> None:
        self._store = store
        self._library = library

    def job(self, sent: AskTable) -> Job:
        """
        Raises:
            TableGone: the page has to open the table again.
            InvalidInput: wanted fields that cannot be read, or a composition that cannot be made.
        """
        return sent.job(self._store.get(sent.handle).table, self._library)

    def open(self, call: dict[str, Any]) -> dict[str, Any]:
        sent = parse(Open, call)
        opened = self._source(sent)
        if sent.index is not None or sent.kinds:
            opened = choose(opened, sent.index, {each.column: each.kind for each in sent.kinds})
        return view(self._store.put(opened), opened)

    def _source(self, sent: Open) -> Opened:
        if sent.handle is not None:
            return self._store.get(sent.handle)
        if sent.source is None:
            raise InvalidInput("There is no table.", "没有表格。", param="source")
        content = sent.source.content()
        if len(content) > MOST_BYTES:
            most = MOST_BYTES // 2**20
            raise InvalidInput(
                f"The table's source is too large; the page reads at most {most} MB.",
                f"表格来源过大，页面最多读取 {most} MB。",
                param="source",
            )
        return read_source(content, name=sent.source.name, kind=sent.source.format)

    def rows(self, call: dict[str, Any]) -> dict[str, Any]:
        sent = parse(Rows, call)
        return {"rows": rows(self._store.get(sent.handle).table, sent.start, sent.count)}

    def run(self, call: dict[str, Any]) -> dict[str, Any]:
        from qwen_app.features.tables.by_hand import run_query

        sent = parse(RunQuery, call)
        table = self._store.get(sent.handle).table
        return hand_view(run_query(table, sent.query, sent.question), table)


async def _told(work: Callable[[dict[str, Any]], dict[str, Any]], call: Any) -> dict[str, Any]:
    """The result of ``work``, done in a thread; what is wrong is told, not raised."""
    try:
        return await asyncio.to_thread(work, call)
    except AppError as error:
        return {"error": {"code": error.code, "en": error.en, "zh": error.zh}}
    except Exception:
        log.exception("a table could not be served")
        return {"error": FAULT}
