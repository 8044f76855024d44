"""The port, an orderly end, and a public link that may fail."""

import asyncio
import logging
import socket
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from qwen_app.errors import ConfigError
from qwen_app.server import Server, is_local, listen, share, url_of


@contextmanager
def serving(
    app: FastAPI, on_ending: Callable[[], None] = lambda: None
) -> Iterator[tuple[Server, str, threading.Thread]]:
    started = threading.Event()
    listener = listen("127.0.0.1", 0)
    server = Server(
        app, root_path="", log_requests=False, on_started=started.set, on_ending=on_ending
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert started.wait(30)
        yield server, url_of(listener), thread
    finally:
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()


def test_a_taken_port_is_a_clear_error() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            listen("127.0.0.1", port)
    assert caught.value.param == "port"
    for text in (caught.value.en, caught.value.zh):
        assert str(port) in text
        assert "--port" in text


def test_a_port_that_was_given_back_can_be_taken_again() -> None:
    with closing(listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        first.accept()[0].close()  # leaves the port in TIME_WAIT
        client.close()
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_a_clear_error(host: str) -> None:
    with pytest.raises(ConfigError) as caught:
        listen(host, 0)
    assert caught.value.param == "host"
    assert host in caught.value.en
    assert host in caught.value.zh


def test_the_url_can_be_opened_on_this_machine() -> None:
    with closing(listen("127.0.0.1", 0)) as here:
        assert is_local(here)
        assert url_of(here) == f"http://127.0.0.1:{here.getsockname()[1]}"
    with closing(listen("0.0.0.0", 0)) as everywhere:
        assert not is_local(everywhere)
        assert url_of(everywhere) == f"http://localhost:{everywhere.getsockname()[1]}"


def test_who_comes_before_the_server_is_up_is_served_then() -> None:
    app = FastAPI()
    app.add_api_route("/", lambda: "here")
    listener = listen("127.0.0.1", 0)
    early = socket.create_connection(listener.getsockname()[:2])
    early.sendall(b"GET / HTTP/1.0\r\n\r\n")
    server = Server(
        app, root_path="", log_requests=False, on_started=lambda: None, on_ending=lambda: None
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    early.settimeout(30)
    assert early.recv(100).startswith(b"HTTP/1.1 200")
    early.close()
    server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()


def test_the_end_lets_running_answers_end_first() -> None:
    told = threading.Event()
    app = FastAPI()

    @app.get("/")
    def answer() -> StreamingResponse:
        def pieces() -> Iterator[str]:
            yield "begun"
            assert told.wait(30)
            yield " and told why it ended"

        return StreamingResponse(pieces(), media_type="text/plain")

    with (
        serving(app, on_ending=told.set) as (server, url, _),
        urllib.request.urlopen(url, timeout=30) as response,
    ):
        assert response.read(5) == b"begun"
        server.should_exit = True
        assert response.read() == b" and told why it ended"


def test_the_end_does_not_wait_for_a_page_that_stays_open() -> None:
    class Page(FastAPI):
        stop_event = asyncio.Event()

    page = Page()

    @page.get("/open")
    async def stay() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            yield "open"
            await page.stop_event.wait()

        return StreamingResponse(pieces(), media_type="text/plain")

    app = FastAPI()
    app.mount("/", page)
    with serving(app) as (server, url, thread):
        with urllib.request.urlopen(url + "/open", timeout=30) as response:
            assert response.read(4) == b"open"
            server.should_exit = True
            assert response.read() == b""
        thread.join(30)
        assert not thread.is_alive()


def test_a_public_link_that_fails_is_only_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> str:
        raise RuntimeError("no network")

    links: list[str] = []
    with closing(listen("127.0.0.1", 0)) as listener:
        monkeypatch.setattr("gradio.networking.setup_tunnel", refuse)
        with caplog.at_level(logging.WARNING, "qwen_app.server"):
            share(listener, links.append).join(30)
        assert links == []
        assert "no network" in caplog.text
        monkeypatch.setattr("gradio.networking.setup_tunnel", lambda *_: "http://x.gradio.live")
        share(listener, links.append).join(30)
    assert links == ["https://x.gradio.live"]
