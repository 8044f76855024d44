"""JSON mode: a schema, a text, a document; or a table of texts and a document for each.

History and batches live in the browser. The server reads one text at a time, or some rows at a
time, and answers questions about schemas.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import gradio as gr

from qwen_app.decoding.json_schema.report import preflight
from qwen_app.errors import AppError, InvalidInput
from qwen_app.features.json_mode.batch import read_sheet
from qwen_app.features.json_mode.example import schema_of_example
from qwen_app.features.json_mode.fields import schema_of_fields
from qwen_app.features.json_mode.gallery import GALLERY, Exhibit
from qwen_app.ui.answer import Answer, refused
from qwen_app.ui.island import island
from qwen_app.ui.json_batch import Rows
from qwen_app.ui.json_wire import ROWS_AT_ONCE, AskJson, AskRows, SheetFile, Source
from qwen_app.ui.tab import TabContext
from qwen_app.ui.wire import Stop, called, parse

Events = AsyncGenerator[dict[str, Any], None]


class JsonTab:
    """Implements `qwen_app.ui.tab.Tab`."""

    id = "json"
    label_en = "JSON"
    label_zh = "JSON"

    def build(self, context: TabContext) -> None:
        async def ask(event: gr.EventData, request: gr.Request) -> Events:
            """Read one text; yields snapshots of the document as it grows."""
            try:
                sent = parse(AskJson, event._data)
                task = sent.task(context.library)
            except InvalidInput as error:
                yield refused(event._data, error)
                return
            answer = Answer(sent.id, task, context.engine, context.pace, is_markdown=False)
            async with aclosing(context.answers.run(answer, request.session_hash)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot.to_json()

        async def rows(event: gr.EventData, request: gr.Request) -> Events:
            """Read some rows of a batch; yields their results as they come."""
            try:
                sent = parse(AskRows, event._data)
                tasks = sent.tasks(context.library)
            except InvalidInput as error:
                yield refused(event._data, error)
                return
            running = Rows(sent.id, tasks, context.engine, context.pace)
            async with aclosing(context.answers.run(running, request.session_hash)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot.to_json()

        async def stop(call: dict[str, Any]) -> bool:
            """End what is under way; whether there was something."""
            return context.answers.stop(called(Stop, call).id)

        panel = island(
            "json",
            f"{context.scripts}/json.js",
            functions=[stop, check_schema, from_fields, from_example, read_table],
            events=["ask", "rows"],
            gallery=[_shown(exhibit) for exhibit in GALLERY],
            rows_at_once=ROWS_AT_ONCE,
        )
        for event, run in ((panel.ask, ask), (panel.rows, rows)):
            event(
                run,
                outputs=[panel],
                concurrency_limit=None,  # The engine's own queue knows better.
                trigger_mode="multiple",
                show_progress="hidden",
                api_visibility="private",
            )


async def check_schema(call: dict[str, Any]) -> dict[str, Any]:
    """What becomes of each keyword of a schema, before a token is spent."""
    text = called(Source, call).text
    report = await asyncio.to_thread(preflight, text)
    return report.to_json()


async def from_fields(call: dict[str, Any]) -> dict[str, Any]:
    """``schema`` of a list of fields, or ``error``."""
    return await _made(schema_of_fields, call)


async def from_example(call: dict[str, Any]) -> dict[str, Any]:
    """``schema`` of an example document, or ``error``."""
    return await _made(schema_of_example, call)


async def read_table(call: dict[str, Any]) -> dict[str, Any]:
    """``sheet``, a table of texts, or ``error``."""
    try:
        sent = parse(SheetFile, call)
        sheet = await asyncio.to_thread(read_sheet, sent.data, sent.name)
    except InvalidInput as error:
        return _described(error)
    return {"sheet": sheet.to_json()}


async def _made(make: Callable[[str], dict[str, Any]], call: dict[str, Any]) -> dict[str, Any]:
    try:
        schema = await asyncio.to_thread(make, parse(Source, call).text)
    except InvalidInput as error:
        return _described(error)
    return {"schema": json.dumps(schema, ensure_ascii=False, indent=2)}


def _described(error: AppError) -> dict[str, Any]:
    return {"error": {"code": error.code, "en": error.en, "zh": error.zh, "param": error.param}}


def _shown(exhibit: Exhibit) -> dict[str, Any]:
    samples = {
        language: {"fields": sample.fields, "schema": sample.schema, "text": sample.text}
        for language, sample in (("en", exhibit.en), ("zh", exhibit.zh))
    }
    return {"id": exhibit.id, "en": exhibit.title_en, "zh": exhibit.title_zh, "samples": samples}
