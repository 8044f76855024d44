"""Tokens a second and latency with several streams at once.

    python -m qwen_app.bench serve
    python -m qwen_app.bench serve --streams 1,16 --quant int4 --json serve.json
    python -m qwen_app.bench serve --url http://127.0.0.1:8000

Without --url, our engine runs in this process on a model of the true 0.5B shape with random
weights, or on --model. With it, any server that speaks OpenAI's completions protocol and takes
token ids and ignore_eos (ours, vLLM, SGLang) is measured over HTTP.

Each stream sends its requests one after the other; every prompt is new, so no prefix cache helps.
Time to first token counts from sending; the time between tokens is the gap between two pieces of
an answer, which hold one token each but where a character spans several. The rate is that of all
streams together, prefill included.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import httpx
import numpy as np

from qwen_app.bench.random_checkpoint import write_random_checkpoint
from qwen_app.bench.report import save, table
from qwen_app.engine.base import Engine
from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import AppError
from qwen_app.messages import Request
from qwen_app.model.qwen2 import Qwen2Config

WARM_UP_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of the target."""

    streams: int
    requests_per_stream: int
    prompt_tokens: int
    new_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class Timing:
    """One answer; times from `time.perf_counter`, in seconds."""

    sent: float
    arrivals: tuple[float, ...]
    """Of each piece."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Level:
    """The result for one number of streams. Times are in milliseconds."""

    streams: int
    requests: int
    tokens: int
    seconds: float
    tokens_per_second: float
    first_token_p50: float
    first_token_p95: float
    between_tokens_p50: float
    between_tokens_p95: float

    @classmethod
    def of(cls, streams: int, timings: Sequence[Timing], seconds: float) -> "Level":
        firsts = [1000 * (timing.arrivals[0] - timing.sent) for timing in timings]
        gaps = [1000 * gap for timing in timings for gap in np.diff(timing.arrivals)] or [0.0]
        tokens = sum(timing.tokens for timing in timings)
        first_p50, first_p95 = np.percentile(firsts, (50, 95))
        gap_p50, gap_p95 = np.percentile(gaps, (50, 95))
        return cls(
            streams=streams,
            requests=len(timings),
            tokens=tokens,
            seconds=seconds,
            tokens_per_second=tokens / seconds,
            first_token_p50=float(first_p50),
            first_token_p95=float(first_p95),
            between_tokens_p50=float(gap_p50),
            between_tokens_p95=float(gap_p95),
        )


class Target(Protocol):
    """What is measured."""

    name: str

    async def answer(self, prompt: tuple[int, ...], new_tokens: int) -> Timing:
        """Generate exactly so many tokens."""


class EngineTarget:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        info = engine.info
        self.name = f"{info.id}, {info.quantization} on {info.device}, in this process"

    async def answer(self, prompt: tuple[int, ...], new_tokens: int) -> Timing:
        sampling = replace(self._engine.info.defaults, max_tokens=new_tokens, ignore_eos=True)
        sent, arrivals, tokens = time.perf_counter(), [], 0
        async for delta in self._engine.stream(Request(prompt, sampling)):
            if delta.token_ids:
                arrivals.append(time.perf_counter())
                tokens += len(delta.token_ids)
        return Timing(sent, tuple(arrivals), tokens)


class ServerTarget:
    """
    Args:
        client: with the server's address (without /v1) and its key.
        model: the name to ask for.
    """

    def __init__(self, client: httpx.AsyncClient, model: str) -> None:
        self._client = client
        self._model = model
        self.name = f"{model} at {client.base_url}"

    async def answer(self, prompt: tuple[int, ...], new_tokens: int) -> Timing:
        body = {
            "model": self._model,
            "prompt": prompt,
            "max_tokens": new_tokens,
            "ignore_eos": True,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        sent, arrivals, tokens = time.perf_counter(), [], 0
        async with self._client.stream("POST", "/v1/completions", json=body) as response:
            if response.is_error:
                await response.aread()
                sys.exit(f"{response.status_code} {response.text}")
            async for line in response.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                chunk = json.loads(line.removeprefix("data: "))
                if "error" in chunk:
                    sys.exit(f"the server failed: {chunk['error']}")
                if chunk["choices"] and chunk["choices"][0]["text"]:
                    arrivals.append(time.perf_counter())
                if chunk.get("usage"):
                    tokens = chunk["usage"]["completion_tokens"]
        return Timing(sent, tuple(arrivals), tokens)


async def measure(target: Target, load: Load) -> Level:
    """All streams at once, each with its requests one after the other."""
    rng = random.Random(load.seed)
    prompts = [
        [_prompt(rng, load.prompt_tokens) for _ in range(load.requests_per_stream)]
        for _ in range(load.streams)
    ]

    async def stream(own: list[tuple[int, ...]]) -> list[Timing]:
        return [await target.answer(prompt, load.new_tokens) for prompt in own]

    start = time.perf_counter()
    streams = await asyncio.gather(*map(stream, prompts))
    seconds = time.perf_counter() - start
    return Level.of(load.streams, [timing for own in streams for timing in own], seconds)


def _prompt(rng: random.Random, tokens: int) -> tuple[int, ...]:
    """Ids that even the smallest vocabulary has, and that are neither bytes nor special."""
    return tuple(rng.randrange(300, 590) for _ in range(tokens))


async def measure_all(target: Target, loads: Sequence[Load]) -> list[Level]:
    warm_up = _prompt(random.Random("warm up"), loads[0].prompt_tokens)
    await target.answer(warm_up, WARM_UP_TOKENS)
    print(target.name, file=sys.stderr)
    levels = []
    for load in loads:
        print(f"  {load.streams} stream(s)...", file=sys.stderr, flush=True)
        levels.append(await measure(target, load))
    return levels


def rows(levels: Sequence[Level]) -> list[dict[str, object]]:
    """For `qwen_app.bench.report.table`."""
    one = next((level.tokens_per_second for level in levels if level.streams == 1), None)
    return [
        {
            "streams": level.streams,
            "tok/s": level.tokens_per_second,
            "against one": level.tokens_per_second / one if one else None,
            "first token ms p50": level.first_token_p50,
            "first token ms p95": level.first_token_p95,
            "between tokens ms p50": level.between_tokens_p50,
            "between tokens ms p95": level.between_tokens_p95,
        }
        for level in levels
    ]


# --- the command ------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--streams",
        type=_numbers,
        default=(1, 4, 16),
        help="how many streams at once, one measurement each (default: 1,4,16)",
    )
    parser.add_argument("--prompt-tokens", type=_positive, default=128)
    parser.add_argument("--new-tokens", type=_positive, default=128)
    parser.add_argument("--requests", type=_positive, default=1, help="of each stream")
    parser.add_argument("--seed", type=int, default=0, help="of the prompts")
    parser.add_argument("--url", help="measure this server instead of an engine in this process")
    parser.add_argument("--api-key", default="none", help="of the server")
    parser.add_argument(
        "--model",
        help="a checkpoint's folder, or the name to ask the server for (default: random weights; "
        "the first that the server lists)",
    )
    parser.add_argument("--quant", default="auto", help="as of the app; in this process only")
    parser.add_argument(
        "--devices", default="cpu", help="cpu, cuda:0,cuda:1, mps; in this process only"
    )
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print the table, write the file. Returns the exit status."""
    loads = [
        Load(
            streams,
            arguments.requests,
            arguments.prompt_tokens,
            arguments.new_tokens,
            # Each level has prompts of its own, lest the one before has them cached.
            seed=arguments.seed * 1_000_003 + place,
        )
        for place, streams in enumerate(arguments.streams)
    ]
    name, levels = (
        _measure_server(arguments, loads) if arguments.url else _measure_engine(arguments, loads)
    )
    print(table(rows(levels)))
    if arguments.json is not None:
        results = {
            "target": name,
            "prompt_tokens": arguments.prompt_tokens,
            "new_tokens": arguments.new_tokens,
            "levels": [asdict(level) for level in levels],
        }
        save(arguments.json, results)
    return 0


def _measure_server(
    arguments: argparse.Namespace, loads: Sequence[Load]
) -> tuple[str, list[Level]]:
    async def go() -> tuple[str, list[Level]]:
        async with httpx.AsyncClient(
            base_url=arguments.url.rstrip("/").removesuffix("/v1"),
            headers={"authorization": f"Bearer {arguments.api_key}"},
            timeout=httpx.Timeout(600),
            limits=httpx.Limits(max_connections=None),
        ) as client:
            model = arguments.model
            if model is None:
                listed = (await client.get("/v1/models")).raise_for_status().json()
                model = listed["data"][0]["id"]
            target = ServerTarget(client, model)
            return target.name, await measure_all(target, loads)

    try:
        return asyncio.run(go())
    except httpx.HTTPError as error:
        sys.exit(f"{arguments.url}: {error or type(error).__name__}")


def _measure_engine(
    arguments: argparse.Namespace, loads: Sequence[Load]
) -> tuple[str, list[Level]]:
    settings = EngineSettings(
        devices=tuple(arguments.devices.split(",")),
        quant=arguments.quant,
        max_batch_size=max(arguments.streams),
        max_seq_len=arguments.prompt_tokens + arguments.new_tokens,
        max_queue_size=max(arguments.streams),
    )
    with TemporaryDirectory() as temporary:
        folder = Path(arguments.model or temporary)
        if arguments.model is None:
            print("writing random weights of the true shape...", file=sys.stderr)
            write_random_checkpoint(folder, Qwen2Config())
        try:
            engine = create_engine(arguments.model or "random weights", folder, settings)
        except AppError as error:
            sys.exit(error.en)
    try:
        target = EngineTarget(engine)
        return target.name, asyncio.run(measure_all(target, loads))
    finally:
        engine.close()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_positive(part) for part in text.split(","))
