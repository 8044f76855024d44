"""A live server, a real browser, and an engine whose every token the test decides.

One server and one browser serve all tests; each test has the engine to itself and a profile of
its own. What no page may ever do (errors in the console, requests to other hosts) is checked at
the end of every test.
"""

import contextlib
import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from starlette.types import ASGIApp

from qwen_app.engine.base import EngineState
from qwen_app.engine.scripted import ScriptedEngine
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
WAIT_MS = 30_000
"""Generous: what is waited for comes within a second, unless the machine has no time for it."""
expect.set_options(timeout=WAIT_MS)


class Stage(ScriptedEngine):
    """The engine of all browser tests; `reset` gives it to the next one as new."""

    def reset(self) -> None:
        self.let_go()
        self.__init__()  # type: ignore[misc]

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
def stage_of_session() -> Stage:
    return Stage()


@pytest.fixture
def stage(stage_of_session: Stage) -> Iterator[Stage]:
    stage_of_session.reset()
    yield stage_of_session
    stage_of_session.let_go()


@pytest.fixture(scope="session")
def address(stage_of_session: Stage) -> Iterator[str]:
    app = FastAPI()
    mount(app, stage_of_session, PageSettings())
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


class Visitor:
    """Opens pages in one browser profile, and watches what they do."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.problems: list[str] = []
        self.expected: tuple[str, ...] = ()
        """Parts of problems that the test brings about on purpose."""
        context.set_default_timeout(WAIT_MS)
        context.on("page", self._watch)

    async def open(self, path: str = "/") -> Page:
        page = await self.context.new_page()
        await page.goto(self.address + path)
        await page.locator("#message").wait_for()
        return page

    def _watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda m: (
                self.problems.append(f"{m.text} ({m.location['url']})")
                if m.type in ("error", "warning")
                else None
            ),
        )
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._check(request.url))

    def _check(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"request to another host: {url}")

    def check(self) -> None:
        left = [p for p in self.problems if not any(part in p for part in self.expected)]
        assert left == []


Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, address: str) -> AsyncIterator[Visit]:
    """Makes visitors: a browser profile with the given Playwright options."""
    visitors: list[Visitor] = []

    async def make(**options: Any) -> Visitor:
        options = {"locale": "en-US", "viewport": {"width": 1200, "height": 800}} | options
        context = await browser.new_context(**options)
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitors.append(Visitor(context, address))
        return visitors[-1]

    yield make
    for visitor in visitors:
        await visitor.context.close()
    for visitor in visitors:
        visitor.check()


@pytest_asyncio.fixture(loop_scope="session")
async def page(stage: Stage, visit: Visit) -> Page:
    del stage
    return await (await visit()).open()
