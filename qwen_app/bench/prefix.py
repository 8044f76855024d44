"""Time to the first token of a conversation's next turn, against the same prompt from cold.

    python -m qwen_app.bench prefix
    python -m qwen_app.bench prefix --history-tokens 2000 --rounds 5

A conversation of --history-tokens is answered once; then the next turn (history, answer, new
question) is asked, and the very same prompt is asked of an engine that knows nothing of it. The
two take turns, and every round has a history of its own.
"""

import argparse
import random
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from qwen_app.bench.random_checkpoint import write_random_checkpoint
from qwen_app.bench.report import save, table
from qwen_app.engine.create import create_engine
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.messages import Receipt, Request
from qwen_app.model.qwen2 import Qwen2Config

ANSWER_TOKENS = 16


def first_token(
    engine: LocalEngine, prompt: list[int], tokens: int
) -> tuple[float, list[int], Receipt]:
    """(seconds to the first token, the answer, its receipt)"""
    sampling = replace(engine.info.defaults, temperature=0.0, max_tokens=tokens, ignore_eos=True)
    start, first = time.perf_counter(), 0.0
    answer: list[int] = []
    receipt: Receipt | None = None
    for delta in engine.stream(Request(tuple(prompt), sampling)):
        first = first or time.perf_counter() - start
        answer += delta.token_ids
        receipt = delta.receipt or receipt
    assert receipt is not None
    return first, answer, receipt


def measure(
    warm: LocalEngine, cold: LocalEngine, *, history: int, question: int, rounds: int
) -> list[tuple[float, float, Receipt]]:
    """(seconds for the next turn, seconds from cold, the next turn's receipt), a round each."""
    rng = random.Random(0)
    results = []
    for number in range(rounds + 1):
        prompt = [rng.randrange(300, 500) for _ in range(history)]
        _, answer, _ = first_token(warm, prompt, ANSWER_TOKENS)
        turn = [*prompt, *answer, *(rng.randrange(300, 500) for _ in range(question))]
        reused, _, receipt = first_token(warm, turn, 1)
        whole, _, _ = first_token(cold, turn, 1)
        print(
            f"  round {number}: {reused:.3f} s against {whole:.3f} s", file=sys.stderr, flush=True
        )
        if number:  # the first round warms up
            results.append((reused, whole, receipt))
    return results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--history-tokens", type=int, default=2000)
    parser.add_argument("--question-tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quant", default="auto", help="as of the app")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", type=Path, help="a checkpoint, instead of random weights")
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    length = arguments.history_tokens + arguments.question_tokens + 2 * ANSWER_TOKENS
    settings = EngineSettings(
        devices=(arguments.device,), quant=arguments.quant, max_seq_len=length, max_batch_size=1
    )
    with TemporaryDirectory() as temporary:
        folder = arguments.model or write_random_checkpoint(Path(temporary), Qwen2Config())
        warm = create_engine("with prefix reuse", folder, settings)
        cold = create_engine("without", folder, replace(settings, enable_prefix_caching=False))
    try:
        results = measure(
            warm,
            cold,
            history=arguments.history_tokens,
            question=arguments.question_tokens,
            rounds=arguments.rounds,
        )
    finally:
        warm.close()
        cold.close()
    rows: list[dict[str, object]] = [
        {
            "prompt tokens": results[0][2].prompt_tokens,
            "from the cache": results[0][2].cached_tokens,
            "first token ms": 1000 * statistics.median(reused for reused, _, _ in results),
            "from cold ms": 1000 * statistics.median(whole for _, whole, _ in results),
            "share of cold %": 100 * statistics.median(a / b for a, b, _ in results),
        }
    ]
    print(table(rows))
    if arguments.json is not None:
        save(arguments.json, {"quant": warm.info.quantization, "prefix": rows})
    return 0
