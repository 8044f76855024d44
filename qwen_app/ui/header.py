"""The head of the page: which model answers, how it runs, and whether it is ready."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qwen_app.engine.base import Engine
from qwen_app.errors import AppError
from qwen_app.features.chat import SAMPLING_FIELDS, chat_defaults
from qwen_app.features.json_mode.task import json_defaults
from qwen_app.features.prompts.library import Library
from qwen_app.ui.island import island
from qwen_app.ui.prompt_view import shown_template
from qwen_app.ui.tab import Tab
from qwen_app.ui.texts import EXAMPLES, texts_for_scripts
from qwen_app.ui.tutor_jobs import tutor_defaults


def build_header(
    engine: Engine, tabs: Sequence[Tab], library: Library, *, title: str, scripts: str
) -> None:
    """Put the header into the `gr.Blocks` under way. It also brings the scripts their texts."""

    async def status(call: Any) -> dict[str, Any]:
        """Read by the page every few seconds; costs next to nothing and waits in no queue."""
        del call
        return describe(engine)

    island(
        "header",
        f"{scripts}/header.js",
        functions=[status],
        title=title,
        tabs=[{"id": tab.id, "en": tab.label_en, "zh": tab.label_zh} for tab in tabs],
        texts=texts_for_scripts(),
        examples=[{"en": en, "zh": zh} for en, zh in EXAMPLES],
        sampling=[asdict(field) for field in SAMPLING_FIELDS],
        prompts=[shown_template(template) for template in library.templates],
    )


def describe(engine: Engine) -> dict[str, Any]:
    """State of the engine, and the model once there is one."""
    state = engine.state
    described: dict[str, Any] = asdict(state) | {"model": None}
    try:
        info = engine.info
    except AppError:
        return described
    defaults = {
        "defaults": asdict(chat_defaults(info.defaults)),
        "json_defaults": asdict(json_defaults(info.defaults)),
        "tutor_defaults": asdict(tutor_defaults()),
    }
    return described | {"model": asdict(info) | defaults}
