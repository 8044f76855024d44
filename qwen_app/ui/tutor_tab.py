"""The tutor: solutions, hints, a look at a student's steps, exercises.

Problems and progress live in the browser. The server asks the model, checks lines, makes and marks
exercises (a seed says one wholly, so nothing is kept of it) and computes pictures.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Final

import gradio as gr

from qwen_app.errors import AppError
from qwen_app.ui.answer import refused
from qwen_app.ui.island import island
from qwen_app.ui.tab import TabContext
from qwen_app.ui.tutor_answer import FAULT, Job, TutorAnswering
from qwen_app.ui.tutor_graphs import draw
from qwen_app.ui.tutor_jobs import SolveJob, WorkJob
from qwen_app.ui.tutor_lines import answer_html, line_html
from qwen_app.ui.tutor_practice import Practice, levels, topics
from qwen_app.ui.tutor_texts import CHECK_EXAMPLES, SOLVE_EXAMPLES
from qwen_app.ui.tutor_wire import AskTutor, Drawing, Exercise, Lines, MarkAnswer
from qwen_app.ui.wire import Stop, called, parse

log = logging.getLogger(__name__)

AT_ONCE: Final = 3
"""Calls besides the answers that are worked on side by side; each holds a thread."""


class TutorTab:
    """Implements `qwen_app.ui.tab.Tab`."""

    id = "tutor"
    label_en = "Tutor"
    label_zh = "数学辅导"

    def build(self, context: TabContext) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        practice = Practice(context.checker)

        def job(sent: AskTutor) -> Job:
            if sent.kind == "check":
                return WorkJob(
                    context.checker,
                    sent.problem,
                    sent.steps,
                    sent.language,
                    needs_model=sent.comment,
                )
            role, limit = sent.role_and_limit(context.library)
            return SolveJob(
                context.checker,
                sent.problem,
                sent.language,
                guard=sent.guard,
                solutions=sent.solutions,
                role=role,
                limit=limit,
                overrides=sent.overrides,
            )

        async def ask(
            event: gr.EventData, request: gr.Request
        ) -> AsyncGenerator[dict[str, Any], None]:
            """Do one job; yields snapshots of how far it is."""
            try:
                sent = parse(AskTutor, event._data)
                wanted = job(sent)
            except AppError as error:
                yield refused(event._data, error)
                return
            running = TutorAnswering(sent.id, wanted, context.engine, context.pace)
            async with aclosing(context.answers.run(running, request.session_hash)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot.to_json()

        async def stop(call: dict[str, Any]) -> bool:
            """End a job that is under way; whether there was one."""
            return context.answers.stop(called(Stop, call).id)

        async def render_lines(call: dict[str, Any]) -> dict[str, Any]:
            """HTML of stored ``lines`` and ``answers``."""
            sent = called(Lines, call)
            return await asyncio.to_thread(_rendered, sent)

        async def draw_graphs(call: dict[str, Any]) -> dict[str, Any]:
            """``graphs`` of a problem and the lines of its solution."""
            sent = called(Drawing, call)
            async with places:
                return {"graphs": await asyncio.to_thread(draw, sent.texts)}

        async def exercise(call: dict[str, Any]) -> dict[str, Any]:
            """An exercise as the page shows it, or ``error``."""
            async with places:
                return await _told(lambda: practice.exercise(parse(Exercise, call)))

        async def mark_answer(call: dict[str, Any]) -> dict[str, Any]:
            """What an answer is worth, or ``error``."""
            async with places:
                return await _told(lambda: practice.mark(parse(MarkAnswer, call)))

        async def worked(call: dict[str, Any]) -> dict[str, Any]:
            """The worked solution of an exercise, its lines checked, or ``error``."""
            async with places:
                return await _told(lambda: practice.worked(parse(Exercise, call)))

        async def exercise_hints(call: dict[str, Any]) -> dict[str, Any]:
            """``hints`` to an exercise, or ``error``."""
            async with places:
                return await _told(lambda: practice.hints(parse(Exercise, call)))

        panel = island(
            "tutor",
            f"{context.scripts}/tutor.js",
            functions=[
                stop,
                render_lines,
                draw_graphs,
                exercise,
                mark_answer,
                worked,
                exercise_hints,
            ],
            events=["ask"],
            topics=topics(),
            levels=levels(),
            examples={
                kind: [{"en": asdict(en), "zh": asdict(zh)} for en, zh in examples]
                for kind, examples in (("solve", SOLVE_EXAMPLES), ("check", CHECK_EXAMPLES))
            },
        )
        panel.ask(
            ask,
            outputs=[panel],
            concurrency_limit=None,  # The engine's own queue knows better.
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )


def _rendered(sent: Lines) -> dict[str, Any]:
    return {
        "lines": [line_html(text) for text in sent.lines],
        "answers": [answer_html(text) for text in sent.answers],
    }


async def _told(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result of ``work``, done in a thread; what is wrong is told, not raised."""
    try:
        return await asyncio.to_thread(work)
    except AppError as error:
        return {"error": {"code": error.code, "en": error.en, "zh": error.zh}}
    except Exception:
        log.exception("an exercise could not be served")
        return {"error": FAULT}
