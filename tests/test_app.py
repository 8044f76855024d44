"""The whole program as a person starts it: ``python app.py``, without any network."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from qwen_app import __version__
from qwen_app.server import listen

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120
"""Seconds after which a program that should have done something counts as hung."""


class Running:
    """A started server, its log line by line, and its end."""

    def __init__(self, folder: Path, *flags: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("QWEN_APP_", "HF_"))}
        nowhere = "http://127.0.0.1:9"
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "--port", "0", *flags],
            cwd=folder,
            env=kept
            | {
                "HF_HOME": str(folder),
                "HF_ENDPOINT": nowhere,
                "HTTPS_PROXY": nowhere,
                "HTTP_PROXY": nowhere,
                "NO_PROXY": "127.0.0.1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.log: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def line_with(self, pattern: str) -> re.Match[str]:
        """The first line of the log, from here on or before, in which the pattern is found."""
        for line in self.log:
            if match := re.search(pattern, line):
                return match
        deadline = time.monotonic() + PATIENCE_S
        while True:
            line_or_end = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            assert line_or_end is not None, self.log
            self.log.append(line_or_end)
            if match := re.search(pattern, line_or_end):
                return match

    @property
    def url(self) -> str:
        return self.line_with(r"http://[\w.]+:\d+")[0]

    def end(self, how: signal.Signals) -> int:
        """The exit status."""
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE_S)
        while (line := self._lines.get(timeout=PATIENCE_S)) is not None:
            self.log.append(line)
        return status


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server whose model is ready."""
    with Running(tmp_path_factory.mktemp("home")) as server:
        server.line_with("Model ready")
        yield server


def ask(url: str, **body: object) -> httpx.Response:
    return httpx.post(f"{url}/v1/chat/completions", json=body, timeout=PATIENCE_S, trust_env=False)


def test_the_log_says_where_page_and_api_are(running: Running) -> None:
    running.line_with(r"FastAPI server running on /v1/chat/completions$")
    assert httpx.get(running.url, trust_env=False).headers["content-type"].startswith("text/html")


def test_the_server_is_healthy_and_says_which_model_it_runs(running: Running) -> None:
    health = httpx.get(f"{running.url}/health", trust_env=False)
    assert health.status_code == 200
    assert health.json()["model"] == "embedded"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_call_of_the_readme_works_as_written(running: Running, name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    [example] = re.findall(
        r"curl http://localhost:8000/v1/chat/completions .*?-d '(.*?)'", text, re.S
    )
    answer = ask(running.url, **json.loads(example), seed=1)
    assert answer.status_code == 200, answer.text
    content = answer.json()["choices"][0]["message"]["content"]
    assert re.search(r"x\s*=\s*6\b", content), content


def test_no_network_is_touched_for_the_page(running: Running) -> None:
    """Every address in the page is its own."""
    page = httpx.get(running.url, trust_env=False).text
    loaded = re.findall(r"""(?:src|href)=["'](https?://[^"']+)""", page)
    assert [address for address in loaded if not address.startswith(running.url)] == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_whatever_is_open(tmp_path: Path, how: signal.Signals) -> None:
    body = {
        "messages": [{"role": "user", "content": "1"}],
        "ignore_eos": True,
        "stream": True,
    }
    with (
        Running(tmp_path) as server,
        httpx.Client(timeout=PATIENCE_S, trust_env=False) as client,
    ):
        server.line_with("Model ready")
        with (
            client.stream("GET", f"{server.url}/gradio_api/heartbeat/page") as page,
            client.stream("POST", f"{server.url}/v1/chat/completions", json=body) as answer,
        ):
            assert page.status_code == 200
            assert answer.status_code == 200
            events = (line for line in answer.iter_lines() if line)
            first = next(events)
            assert server.end(how) == 0
            last = [first, *events][-1]
    assert "engine_closed" in last or last == "data: [DONE]", "the reader is told how it ended"
    assert not [line for line in server.log if "Traceback" in line or " ERROR " in line]


def test_a_signal_during_the_start_leaves_no_trace(tmp_path: Path) -> None:
    with Running(tmp_path) as server:
        server.line_with("Starting")
        assert server.end(signal.SIGINT) == -signal.SIGINT
    assert not [line for line in server.log if "Traceback" in line]


def test_a_model_that_cannot_be_had_leaves_the_page_up_and_says_why(tmp_path: Path) -> None:
    with Running(tmp_path, "--model", "Qwen/Qwen2.5-0.5B-Instruct") as server:
        server.line_with("HF_ENDPOINT")
        health = httpx.get(f"{server.url}/health", trust_env=False)
        assert health.status_code == 503
        assert "HF_ENDPOINT" in health.text
        assert httpx.get(server.url, trust_env=False).status_code == 200


def run_app(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *flags],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


def test_settings_that_do_not_allow_a_start_end_it_with_the_reason() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for flags, reason in (
            (["--prot", "1"], "--port"),
            (["--port", port], port),
            (["--config", "no/such/file.yaml"], "file.yaml"),
        ):
            ended = run_app(*flags)
            assert ended.returncode == 2
            assert ended.stdout == ""
            assert reason in ended.stderr
            assert "Traceback" not in ended.stderr


def test_version() -> None:
    assert run_app("--version").stdout.strip() == __version__


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys, app\n"
        "try: app.main(['--help'])\n"
        "finally: print(sorted({'torch', 'gradio', 'fastapi'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.stdout.splitlines()[-1] == "[]"
