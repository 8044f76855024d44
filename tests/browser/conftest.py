"""A live server, a real browser, and an engine whose every token the test decides.

One server and one browser serve all tests; each test has an engine and empty storage of its own.
What no page may ever do (errors in the console, requests to other hosts) is checked at the end of
every test.
"""

import contextlib
import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from starlette.types import ASGIApp

from qwen_app.engine.base import Engine, EngineState, EngineStats, ModelInfo
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.engine.stream import Stream
from qwen_app.features.prompts.library import load_library
from qwen_app.features.prompts.rates import Rate, Rates
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.messages import Prompt, Request
from qwen_app.ui.page import PageSettings, mount

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LEFT = ("AbortError: signal is aborted", "Unexpected error Connection errored out")
"""What Gradio's client prints of its own calls when the page is left, or loaded anew, before they
are answered."""
WAIT_MS = 30_000
"""Generous: what is waited for comes within a second, unless the machine has no time for it."""
expect.set_options(timeout=WAIT_MS)


class Stage(ScriptedEngine):
    """A scripted engine that can be held, loading, failed or small."""

    def hold(self, tokens: int = 0) -> threading.Semaphore:
        """From now on, an answer stops after so many tokens, until more are released."""
        self.gate = threading.Semaphore(tokens)
        return self.gate

    def let_go(self) -> None:
        if self.gate is not None:
            self.gate.release(100_000)

    def shrink_context(self, tokens: int) -> None:
        self._info = replace(self._info, context_length=tokens)

    def become(self, phase: Literal["loading", "ready", "failed"], **more: Any) -> None:
        self._state = EngineState(phase=phase, **more)


class Switch:
    """The server's engine: that of the test under way."""

    def __init__(self) -> None:
        self.to: Engine = Stage()

    @property
    def info(self) -> ModelInfo:
        return self.to.info

    @property
    def state(self) -> EngineState:
        return self.to.state

    @property
    def stats(self) -> EngineStats:
        return self.to.stats

    def count_tokens(self, prompt: Prompt) -> int:
        return self.to.count_tokens(prompt)

    def stream(self, request: Request) -> Stream:
        return self.to.stream(request)

    def close(self) -> None:
        self.to.close()


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The address of a server in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert started.wait(30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="session")
def switch() -> Switch:
    return Switch()


@pytest.fixture
def stage(switch: Switch) -> Iterator[Stage]:
    stage = Stage()
    switch.to = stage
    yield stage
    stage.let_go()


@pytest.fixture(scope="session")
def address(switch: Switch) -> Iterator[str]:
    app = FastAPI()
    library = load_library(Path(__file__).resolve().parents[2] / "prompts")
    rates = Rates({"scripted": {("length", "words", "en"): Rate(9, 10)}})
    with Checker() as checker:
        mount(app, switch, PageSettings(), checker=checker, library=library, rates=rates)
        with serving(app) as url:
            yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    path = path or shutil.which("google-chrome")
    if path is None:
        reason = "no Chromium was found on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        await launched.close()


DESKTOP = {"locale": "en-US", "viewport": {"width": 1200, "height": 800}}


async def profile(browser: Browser, **options: Any) -> BrowserContext:
    context = await browser.new_context(**(DESKTOP | options))
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(WAIT_MS)
    return context


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def usual(browser: Browser) -> BrowserContext:
    """The profile of most tests: what it has in its cache need not be loaded and compiled again,
    which takes longer than most tests."""
    return await profile(browser)


class Visitor:
    """Opens pages in one browser profile, and watches what they do."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.problems: list[str] = []
        self.expected: tuple[str, ...] = ()
        """Parts of problems that the test brings about on purpose."""
        context.on("page", self._watch)

    async def open(self, path: str = "/", *, seen: str = "#message") -> Page:
        """A page, once the part ``seen`` of it is there."""
        page = await self.context.new_page()
        await page.goto(self.address + path)
        await page.locator(seen).wait_for()
        return page

    def _watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda m: (
                self.problems.append(f"{m.text} ({m.location['url']})")
                if m.type in ("error", "warning") and not m.text.startswith(_LEFT)
                else None
            ),
        )
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._check(request.url))

    def _check(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"request to another host: {url}")

    async def leave(self) -> None:
        """Close all pages and forget what they stored."""
        self.context.remove_listener("page", self._watch)
        pages = self.context.pages
        last = await self.context.new_page()
        for page in pages:
            await page.close()
        await last.goto(f"{self.address}/robots.txt")
        await last.evaluate(
            """async () => {
              localStorage.clear();
              const databases = await indexedDB.databases();
              await Promise.all(databases.map(({ name }) => new Promise((resolve, reject) => {
                const request = indexedDB.deleteDatabase(name);
                request.onsuccess = resolve;
                request.onerror = reject;
              })));
            }"""
        )
        await last.close()

    def check(self) -> None:
        left = [p for p in self.problems if not any(part in p for part in self.expected)]
        assert left == []


Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, usual: BrowserContext, address: str) -> AsyncIterator[Visit]:
    """Makes visitors: with options of Playwright's in a new profile, else in the usual one."""
    visitors: list[Visitor] = []

    async def make(**options: Any) -> Visitor:
        context = await profile(browser, **options) if options else usual
        visitors.append(Visitor(context, address))
        return visitors[-1]

    yield make
    for visitor in visitors:
        await (visitor.leave() if visitor.context is usual else visitor.context.close())
    for visitor in visitors:
        visitor.check()


@pytest_asyncio.fixture(loop_scope="session")
async def page(stage: Stage, visit: Visit) -> Page:
    del stage
    return await (await visit()).open()
