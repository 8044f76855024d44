"""What the tests of the API share: a server on a real socket, requests without one, and reading
server-sent events."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.base import Engine

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"

Json = dict[str, Any]


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The URL of the app on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()


def browserless(
    engine: Engine, settings: ApiSettings | None = None, **headers: str
) -> httpx.AsyncClient:
    """A client that calls the app directly."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(build_api(engine, settings or ApiSettings())),
        base_url="http://test",
        headers=headers,
    )


def events(text: str) -> list[Any]:
    """The data of all events; ``[DONE]`` as it is."""
    found = []
    for block in text.split("\n\n"):
        for line in block.split("\n"):
            if line.startswith("data: "):
                data = line.removeprefix("data: ")
                found.append(data if data == "[DONE]" else json.loads(data))
    return found


def eventually(condition: Callable[[], object], *, within_s: float = 20) -> None:
    """Wait until it is so; for what another thread does, as soon as it gets to run."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)
