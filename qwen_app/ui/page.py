"""The page, and how it is mounted into the server."""

import asyncio
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import gradio as gr
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from qwen_app.engine.base import Engine
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.rates import Rates
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.ui.answer import Answers, Pace
from qwen_app.ui.chat_tab import ChatTab
from qwen_app.ui.header import build_header
from qwen_app.ui.json_tab import JsonTab
from qwen_app.ui.katex import mount_katex
from qwen_app.ui.prompt_tab import PromptTab
from qwen_app.ui.security import SecurityHeaders
from qwen_app.ui.tab import Tab, TabContext
from qwen_app.ui.table_tab import TableTab
from qwen_app.ui.tutor_tab import TutorTab

TABS: Final[tuple[Tab, ...]] = (ChatTab(), TableTab(), JsonTab(), TutorTab(), PromptTab())
"""In the order in which the page shows them."""

ASSETS: Final = Path(__file__).resolve().parents[2] / "assets" / "ui"

FONTS: Final = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "sans-serif",
)
MONOSPACE: Final = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the server may set about the page."""

    title: str = "Qwen App"
    root_path: str = ""
    """Path under which a proxy serves the app, e.g. ``/qwen``, if it does not tell by itself."""
    updates_per_second: float = 15.0
    """Most updates of one answer; see `qwen_app.ui.answer.Pace`."""
    updates_per_second_together: float = 60.0


def build_page(
    engine: Engine,
    settings: PageSettings,
    tabs: tuple[Tab, ...] = TABS,
    *,
    checker: Checker | None = None,
    library: Library = Library(()),  # noqa: B008 - frozen
    rates: Rates = Rates(),  # noqa: B008 - frozen
) -> gr.Blocks:
    """The page over an engine, which may still be loading its model. Without a checker it makes
    one of its own."""
    scripts = _scripts_path()
    pace = Pace(settings.updates_per_second, settings.updates_per_second_together)
    answers = Answers()
    context = TabContext(engine, pace, answers, scripts, checker or Checker(), library, rates)

    async def leave(request: gr.Request) -> None:
        answers.leave(request.session_hash)

    page: gr.Blocks = gr.Blocks(
        title=settings.title, analytics_enabled=False, fill_height=True, fill_width=True
    )
    with page:
        build_header(engine, tabs, library, title=settings.title, scripts=scripts)
        for tab in tabs:
            # The header's script shows one of them at a time (`assets/ui/tabs.js`). Gradio's own
            # tabs would have a label in one language and no address.
            with gr.Column(elem_id=f"tab-{tab.id}", elem_classes=["tab"]):
                tab.build(context)
        page.unload(leave)
    # After each event Gradio would import pandas and sum up the last 10,000 of them, for a
    # dashboard that is off; the model has better use for that processor time.
    page._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize
    return page


def mount(
    app: FastAPI,
    engine: Engine,
    settings: PageSettings,
    *,
    checker: Checker | None = None,
    library: Library = Library(()),  # noqa: B008 - frozen
    rates: Rates = Rates(),  # noqa: B008 - frozen
) -> FastAPI:
    """Serve the page at ``/`` of ``app``. Routes added to ``app`` before come first, so add
    them before. Not to be called from an event loop.

    Args:
        checker: that of the server, which closes it; without one the page has its own.
        library: the prompt templates.
        rates: how often models kept to them.
    """
    # For each lock that Gradio makes outside an event loop it makes a loop that it never closes.
    build = partial(build_page, engine, settings, checker=checker, library=library, rates=rates)
    return asyncio.run(_mount(app, build, settings))


async def _mount(app: FastAPI, build: Callable[[], gr.Blocks], settings: PageSettings) -> FastAPI:
    mount_katex(app, _scripts_path())
    app.mount(f"/{_scripts_path()}", StaticFiles(directory=ASSETS), name="page-assets")
    app.add_middleware(SecurityHeaders)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        build(),
        path="/",
        root_path=settings.root_path or None,
        ssr_mode=False,
        run_history=False,
        footer_links=[],
        show_error=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=gr.themes.Base(font=FONTS, font_mono=MONOSPACE),
        css=_css(TABS),
        favicon_path=str(ASSETS / "favicon.png"),
    )
    return mounted


def _css(tabs: tuple[Tab, ...]) -> str:
    """All style sheets, the page's own first, and the rules that show the tab that the body
    names."""
    sheets = sorted(ASSETS.glob("*.css"), key=lambda path: (path.name != "page.css", path.name))
    shown = ", ".join(f'body[data-tab="{tab.id}"] #tab-{tab.id}' for tab in tabs)
    return "\n".join(
        [
            *(path.read_text(encoding="utf-8") for path in sheets),
            ".tab { display: none !important; }",
            f"{shown} {{ display: flex !important; }}",
        ]
    )


def _scripts_path() -> str:
    """Address of the scripts. It changes with their content, so a browser never mixes an old
    one with a new one."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.glob("*.js")):
        digest.update(path.read_bytes())
    return f"ui/{digest.hexdigest()[:12]}"
