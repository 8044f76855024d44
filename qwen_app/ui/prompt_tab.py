"""The prompt library: templates, a composition of them, the final prompt, and a try of it.

What the reader makes lives in the browser; the server reads templates, composes, and answers.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import gradio as gr

from qwen_app.engine.base import Engine
from qwen_app.errors import AppError, InvalidInput, Language
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.reading import read_templates
from qwen_app.features.prompts.writing import as_data
from qwen_app.ui.answer import Answer, refused
from qwen_app.ui.island import island
from qwen_app.ui.markdown import render
from qwen_app.ui.prompt_texts import PROMPT_EXAMPLES
from qwen_app.ui.prompt_view import shown_composed, shown_template
from qwen_app.ui.prompt_wire import AskPrompt, Preview, ReadOwn
from qwen_app.ui.tab import TabContext
from qwen_app.ui.wire import Stop, Texts, called, parse

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")


class PromptTab:
    """Implements `qwen_app.ui.tab.Tab`."""

    id = "prompts"
    label_en = "Prompts"
    label_zh = "提示词"

    def build(self, context: TabContext) -> None:
        library = context.library

        async def ask(
            event: gr.EventData, request: gr.Request
        ) -> AsyncGenerator[dict[str, Any], None]:
            """Answer a task under a composition; yields snapshots of the answer as it grows."""
            try:
                sent = parse(AskPrompt, event._data)
                task = await asyncio.to_thread(sent.made, library)
            except AppError as error:
                yield refused(event._data, error)
                return
            answer = Answer(sent.id, task, context.engine, context.pace)
            async with aclosing(context.answers.run(answer, request.session_hash)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot.to_json()

        async def stop(call: dict[str, Any]) -> bool:
            """End an answer that is under way; whether there was one."""
            return context.answers.stop(called(Stop, call).id)

        async def preview(call: dict[str, Any]) -> dict[str, Any]:
            """The final prompt with its number of tokens, or ``error``."""
            sent = called(Preview, call)
            return await asyncio.to_thread(previewed, sent, library, context.engine)

        async def rates(call: dict[str, Any]) -> list[dict[str, Any]]:
            """How often the loaded model kept to each template when that was measured."""
            del call
            return measured(context)

        async def render_texts(call: dict[str, Any]) -> list[str]:
            """HTML of answers that the browser has kept as Markdown."""
            texts = called(Texts, call).texts
            return await asyncio.to_thread(lambda: [render(text) for text in texts])

        panel = island(
            "prompts",
            f"{context.scripts}/prompts.js",
            functions=[stop, preview, rates, read_own, render_texts],
            events=["ask"],
            examples=PROMPT_EXAMPLES,
        )
        panel.ask(
            ask,
            outputs=[panel],
            concurrency_limit=None,  # The engine's own queue knows better.
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )


async def read_own(call: dict[str, Any]) -> dict[str, Any]:
    """Templates that the reader wrote or imports, each as the page shows it and as text to keep;
    and what is wrong with them."""
    text = called(ReadOwn, call).text
    return await asyncio.to_thread(_read, text)


def _read(text: str) -> dict[str, Any]:
    # One template by itself is as good as a list of one.
    stripped = text.lstrip()
    reading = read_templates(f"[{text}]" if stripped.startswith("{") else text, "own")
    return {
        "templates": [
            {
                "shown": shown_template(template),
                "source": json.dumps(as_data(template), ensure_ascii=False),
            }
            for template in reading.templates
        ],
        "problems": [
            {"line": problem.line, "en": problem.en, "zh": problem.zh}
            for problem in reading.problems
        ],
    }


def previewed(sent: Preview, library: Library, engine: Engine) -> dict[str, Any]:
    """What `preview` answers. ``tokens`` is None while there is no model."""
    try:
        composed = sent.composition.composed(library)
    except InvalidInput as error:
        return {"error": {"code": error.code, "en": error.en, "zh": error.zh, "param": error.param}}
    try:
        tokens: int | None = engine.count_tokens(composed.messages(sent.task))
    except AppError:
        tokens = None
    return {**shown_composed(composed), "tokens": tokens}


def measured(context: TabContext) -> list[dict[str, Any]]:
    try:
        model = context.engine.info.id
    except AppError:
        return []
    found = [
        (template, language, context.rates.of(model, template, language))
        for template in context.library.templates
        for language in LANGUAGES
    ]
    return [
        {
            "kind": template.kind,
            "name": template.name,
            "language": language,
            "passed": rate.passed,
            "runs": rate.runs,
        }
        for template, language, rate in found
        if rate is not None
    ]
