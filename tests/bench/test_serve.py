"""The load generator, on engines whose answers are known."""

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.bench.random_checkpoint import write_random_checkpoint
from qwen_app.bench.serve import (
    EngineTarget,
    Level,
    Load,
    ServerTarget,
    Timing,
    add_arguments,
    measure_all,
    rows,
    run,
)
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import EngineBusy
from qwen_app.messages import Request
from qwen_app.model.qwen2 import Qwen2Config
from tests.api.support import serving

LOADS = [Load(1, 2, 20, 5, seed=0), Load(3, 2, 20, 5, seed=1)]


def obedient() -> ScriptedEngine:
    """Says exactly as many tokens as it is asked for."""
    return ScriptedEngine(lambda request: "x" * (request.sampling.max_tokens or 0))


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_figures_of_a_level() -> None:
    timings = [
        Timing(sent=0.0, arrivals=(0.1, 0.2, 0.3), tokens=3),
        Timing(sent=1.0, arrivals=(1.3, 1.5), tokens=4),
    ]
    level = Level.of(2, timings, seconds=2.0)
    assert (level.streams, level.requests, level.tokens) == (2, 2, 7)
    assert level.tokens_per_second == 3.5
    assert level.first_token_p50 == pytest.approx(200)
    assert level.first_token_p95 == pytest.approx(290)
    assert level.between_tokens_p50 == pytest.approx(100)
    assert level.between_tokens_p95 == pytest.approx(190)


def test_one_token_has_no_gap() -> None:
    assert Level.of(1, [Timing(0.0, (0.1,), 1)], 1.0).between_tokens_p95 == 0


def check(engine: ScriptedEngine, levels: list[Level]) -> None:
    assert [(level.streams, level.requests, level.tokens) for level in levels] == [
        (1, 2, 10),
        (3, 6, 30),
    ]
    assert len(engine.requests) == 9  # the first warms up
    assert len({request.prompt for request in engine.requests}) == 9
    assert {len(request.prompt) for request in engine.requests} == {20}
    assert all(request.sampling.ignore_eos for request in engine.requests)


def test_an_engine_in_this_process() -> None:
    engine = obedient()
    check(engine, asyncio.run(measure_all(EngineTarget(engine), LOADS)))


def test_a_server() -> None:
    engine = obedient()

    async def go(url: str) -> list[Level]:
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            return await measure_all(ServerTarget(client, "default"), LOADS)

    with serving(build_api(engine, ApiSettings())) as url:
        check(engine, asyncio.run(go(url)))


def test_the_command_against_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    with serving(build_api(obedient(), ApiSettings(api_keys=("k",)))) as url:
        arguments = parsed(
            "--url", f"{url}/v1", "--api-key", "k", "--streams", "1,4", "--new-tokens", "3",
            "--json", str(out),
        )  # fmt: skip
        assert run(arguments) == 0
    report = json.loads(out.read_text())
    assert [level["tokens"] for level in report["levels"]] == [3, 12]
    assert len(capsys.readouterr().out.splitlines()) == 2 + 2


@pytest.mark.parametrize(
    "break_it",
    [
        lambda engine: setattr(engine, "refusal", EngineBusy("full", "满")),
        lambda engine: setattr(engine, "script", fail_in_the_middle),
    ],
    ids=["refused", "in mid-stream"],
)
def test_a_server_that_fails_ends_the_measurement(
    break_it: Callable[[ScriptedEngine], None],
) -> None:
    engine = obedient()
    break_it(engine)
    with serving(build_api(engine, ApiSettings())) as url, pytest.raises(SystemExit) as caught:
        run(parsed("--url", url, "--streams", "1"))
    assert "full" in str(caught.value)


def fail_in_the_middle(_: Request) -> tuple[str, Exception]:
    return "x", EngineBusy("full", "满")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(SystemExit):
        run(parsed("--url", "http://127.0.0.1:1", "--streams", "1"))


def test_the_command_on_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Qwen2Config(
        vocab_size=640, hidden_size=64, intermediate_size=128, num_layers=2, num_heads=4,
        num_kv_heads=2, head_dim=16, max_position=512,
    )  # fmt: skip
    write_random_checkpoint(tmp_path / "model", config)
    out = tmp_path / "out.json"
    command = f"--streams 1,3 --prompt-tokens 9 --new-tokens 7 --requests 2 --json {out}"
    assert run(parsed("--model", str(tmp_path / "model"), *command.split())) == 0
    report = json.loads(out.read_text())
    assert [level["tokens"] for level in report["levels"]] == [14, 42]
    assert "tok/s" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--model", "/nowhere"], ["--devices", "cuda:99"]])
def test_what_cannot_be_loaded_is_said(arguments: list[str], tmp_path: Path) -> None:
    model = [] if "--model" in arguments else ["--model", str(tmp_path)]
    with pytest.raises(SystemExit) as caught:
        run(parsed(*arguments, *model, "--streams", "1"))
    assert isinstance(caught.value.code, str)


def test_scaling_is_against_one_stream() -> None:
    one = Level.of(1, [Timing(0.0, (0.1,), 10)], 1.0)
    four = Level.of(4, [Timing(0.0, (0.1,), 30)], 1.0)
    assert [row["against one"] for row in rows([one, four])] == [1.0, 3.0]
    assert rows([four])[0]["against one"] is None


@pytest.mark.parametrize("streams", ["0", "-1", "a", "1,,2", ""])
def test_numbers_of_streams_that_make_no_sense(streams: str) -> None:
    with pytest.raises(SystemExit):
        parsed("--streams", streams)
