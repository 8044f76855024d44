"""The chat: conversations live in the browser, the server only answers one turn at a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import gradio as gr

from qwen_app.errors import InvalidInput
from qwen_app.ui.answer import Answer, refused
from qwen_app.ui.island import island
from qwen_app.ui.markdown import render
from qwen_app.ui.prompt_wire import AskUnder
from qwen_app.ui.tab import TabContext
from qwen_app.ui.wire import Stop, Texts, called, parse


class ChatTab:
    """Implements `qwen_app.ui.tab.Tab`."""

    id = "chat"
    label_en = "Chat"
    label_zh = "对话"

    def build(self, context: TabContext) -> None:
        async def ask(
            event: gr.EventData, request: gr.Request
        ) -> AsyncGenerator[dict[str, Any], None]:
            """Answer one turn; yields snapshots of the answer as it grows."""
            try:
                sent = parse(AskUnder, event._data)
                task = await asyncio.to_thread(sent.made, context.library)
            except InvalidInput as error:
                yield refused(event._data, error)
                return
            answer = Answer(sent.id, task, context.engine, context.pace)
            snapshots = context.answers.run(answer, request.session_hash)
            async with aclosing(snapshots):
                async for snapshot in snapshots:
                    yield snapshot.to_json()

        async def stop(call: dict[str, Any]) -> bool:
            """End an answer that is under way; whether there was one."""
            return context.answers.stop(called(Stop, call).id)

        async def render_texts(call: dict[str, Any]) -> list[str]:
            """HTML of answers that the browser has stored as Markdown."""
            texts = called(Texts, call).texts
            return await asyncio.to_thread(lambda: [render(text) for text in texts])

        panel = island(
            "chat",
            f"{context.scripts}/chat.js",
            functions=[stop, render_texts],
            events=["ask"],
        )
        panel.ask(
            ask,
            outputs=[panel],
            # The engine has a bounded queue of its own, which knows better than Gradio's what
            # it can take at once.
            concurrency_limit=None,
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )
