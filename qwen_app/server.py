"""What any server needs, whatever it serves: a port, an orderly start and end, a public link."""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import uvicorn
from fastapi import FastAPI
from uvicorn.server import HANDLED_SIGNALS

from qwen_app.errors import ConfigError

log = logging.getLogger(__name__)

GRACE_S = 3
"""Seconds that open connections get to end by themselves."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port. Who connects before the server is up waits, and is served then.

    Raises:
        ConfigError: the address or the port cannot be used, and why.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ConfigError(
            f"There is no address for the host {host!r} ({error.strerror}). Use 127.0.0.1 for "
            "this machine alone, or 0.0.0.0 to let others in.",
            f"主机 {host!r} 没有对应的地址（{error.strerror}）。仅本机使用请填 127.0.0.1，"
            "允许其他机器访问请填 0.0.0.0。",
            param="host",
        ) from None
    # localhost has an address of each family, and programs try IPv4 sooner or later.
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere this would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise _why_not(error, host, port) from None
    return listener


def _why_not(error: OSError, host: str, port: int) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            f"Port {port} is in use by another program. End it, or choose another port, "
            f"e.g. --port {port + 1 if port < 65535 else 8000}; --port 0 takes a free one.",
            f"端口 {port} 已被其他程序占用。请结束该程序，或换一个端口，"
            f"例如 --port {port + 1 if port < 65535 else 8000}；--port 0 会任选空闲端口。",
            param="port",
        )
    if error.errno == errno.EACCES:
        return ConfigError(
            f"This user may not use port {port}. Choose one above 1023, e.g. --port 8000.",
            f"当前用户无权使用端口 {port}。请选择大于 1023 的端口，例如 --port 8000。",
            param="port",
        )
    return ConfigError(
        f"The server cannot listen on {host}:{port} ({error.strerror}). Use an address of this "
        "machine: 127.0.0.1 for it alone, or 0.0.0.0 to let others in.",
        f"无法监听 {host}:{port}（{error.strerror}）。请使用本机地址：仅本机使用填 127.0.0.1，"
        "允许其他机器访问填 0.0.0.0。",
        param="host",
    )


def url_of(listener: socket.socket) -> str:
    """The address to open on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_local(listener: socket.socket) -> bool:
    """Whether only this machine can connect."""
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


class Server(uvicorn.Server):
    """Ends within seconds at SIGINT or SIGTERM, whatever is still open.

    Args:
        on_started: called once requests are answered.
        on_ending: called in a thread when the end begins. It should end the running answers:
            their readers are then told why, instead of being cut off.
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        root_path: str,
        log_requests: bool,
        on_started: Callable[[], None],
        on_ending: Callable[[], None],
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                root_path=root_path,
                log_config=None,
                access_log=log_requests,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._app = app
        self._on_started = on_started
        self._on_ending = on_ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("Ending 正在结束")
        threading.Thread(target=self._on_ending, name="ending", daemon=True).start()
        # A page holds a connection open for as long as it is shown. Gradio ends it at this event.
        for route in self._app.routes:
            stop = getattr(getattr(route, "app", None), "stop_event", None)
            if isinstance(stop, asyncio.Event):
                stop.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Unlike uvicorn's, it does not raise the signal again once all has ended well."""
        if threading.current_thread() is not threading.main_thread():
            yield  # a server in a thread is ended by who started it
            return
        for handled in HANDLED_SIGNALS:
            signal.signal(handled, self.handle_exit)
        yield


def share(listener: socket.socket, on_link: Callable[[str], None]) -> threading.Thread:
    """Make a public link in the background; if that fails the log says so, and all else goes on.

    Gradio downloads the tunnel's client on first use, and the link ends with the process.

    Args:
        on_link: called with the link.

    Returns:
        The thread that does it, started.
    """
    host, port = listener.getsockname()[:2]
    local = "127.0.0.1" if host in ("0.0.0.0", "::") else host

    def connect() -> None:
        try:
            from gradio.networking import setup_tunnel

            link = setup_tunnel(local, port, secrets.token_urlsafe(32), None, None)
        except Exception as error:
            log.warning(
                "There is no public link, because the tunnel to gradio.live failed (%s). It needs "
                "the network. 未能建立 gradio.live 公开链接，该功能需要联网。",
                error,
            )
        else:
            on_link(link.replace("http://", "https://", 1))

    thread = threading.Thread(target=connect, name="share", daemon=True)
    thread.start()
    return thread


def end_tunnels() -> None:
    """End the clients of public links."""
    if tunneling := sys.modules.get("gradio.tunneling"):
        for tunnel in tunneling.CURRENT_TUNNELS:
            if tunnel.proc is not None:
                tunnel.proc.terminate()


class _NoStubs(MetaPathFinder):
    """Finds ``gradio.component_meta`` and takes the writing of type stubs out of it."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if name != "gradio.component_meta":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_without_stubs(module: ModuleType) -> None:
                load(module)
                module.create_or_modify_pyi = lambda *_: None  # type: ignore[attr-defined]

            spec.loader.exec_module = load_without_stubs  # type: ignore[method-assign]
        return spec


def import_gradio_fast() -> None:
    """Import Gradio in about half the time.

    On import Gradio parses its own sources and writes a type stub for every component into its
    installed package. Only editors read them, its wheel brings them, and it is half of the time.
    """
    finder = _NoStubs()
    sys.meta_path.insert(0, finder)
    try:
        import gradio  # noqa: F401
    finally:
        sys.meta_path.remove(finder)
