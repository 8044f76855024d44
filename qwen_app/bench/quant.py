"""Memory, speed and accuracy of each quantization scheme.

    python -m qwen_app.bench quant
    python -m qwen_app.bench quant --schemes int8,int4 --json quant.json

Speed: a model of the true 0.5B shape with random weights (speed does not depend on their values),
one stream, greedy, prompt of --prompt-tokens; ours through the whole engine with tokenizer-free
prompts, against `transformers` generate in bf16 in the same run. Each contestant is a process of
its own that sleeps while another runs; rounds take turns, so that a machine whose speed drifts is
fair to each; the medians are shown.

Accuracy: the embedded model (or --accuracy-model) in each scheme against itself in fp32, on texts
that it writes itself: how often the likeliest next token is the same, and the mean KL divergence
of the next token's distribution in nats.
"""

import argparse
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from qwen_app.bench.random_checkpoint import write_random_checkpoint
from qwen_app.bench.report import save, table
from qwen_app.engine.create import create_engine
from qwen_app.engine.machine import available_cores
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import AppError
from qwen_app.messages import Message, Request
from qwen_app.model.kv_cache import KVCache, PagedAttention, Span
from qwen_app.model.loading import load_model, weight_bytes
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.text.tokenizer import Tokenizer

PEER = "transformers bf16"
EMBEDDED = Path(__file__).resolve().parents[2] / "assets" / "embedded"

QUESTIONS = (
    "你好，你能做什么？",
    "请逐步求解方程：2x + 5 = 17",
    "Solve 3x - 7 = 11 step by step.",
    "How do I get the real model?",
    "解方程 4x + 3 = 27",
    "Hello! Who are you?",
    "怎么用 API？",
    "谢谢你",
)


Generate = Callable[[list[int], int], float]
"""(prompt ids, new tokens) -> seconds"""


@dataclass(slots=True)
class Contestant:
    """One way to run the model, and what was measured of it."""

    name: str
    generate: Generate
    weights: float
    """MB"""
    close: Callable[[], None] = lambda: None
    prefill: list[float] = field(default_factory=list)
    """Tokens a second, a round each."""
    decode: list[float] = field(default_factory=list)


def contestant(name: str, folder: Path, device: str, context: int) -> Contestant:
    """A scheme of ours, or `PEER`, in a process of its own.

    Raises:
        AppError: the scheme cannot be used here.
    """
    ours_end, its_end = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(
        target=_serve, args=(its_end, name, folder, device, context), daemon=True
    )
    process.start()
    its_end.close()
    ready = ours_end.recv()
    if isinstance(ready, Exception):
        process.join()
        raise ready

    def generate(prompt: list[int], tokens: int) -> float:
        ours_end.send((prompt, tokens))
        seconds: float = ours_end.recv()
        return seconds

    def close() -> None:
        ours_end.send(None)
        process.join()

    return Contestant(name, generate, ready, close)


def _serve(pipe: Connection, name: str, folder: Path, device: str, context: int) -> None:
    """The contestant's process: says its weights' size, then answers with seconds."""
    try:
        if name == PEER:
            generate, weights = _peer(folder, device)
        else:
            generate, weights = _ours(folder, name, device, context)
    except AppError as error:
        pipe.send(type(error)(error.en, error.zh))
        return
    pipe.send(weights)
    while (job := pipe.recv()) is not None:
        pipe.send(generate(*job))


def _ours(folder: Path, scheme: str, device: str, context: int) -> tuple[Generate, float]:
    """Our engine with one stream, prefix reuse off so that every prefill is whole."""
    settings = EngineSettings(
        devices=(device,), quant=scheme, max_seq_len=context, enable_prefix_caching=False
    )
    engine = create_engine(scheme, folder, settings)

    def generate(prompt: list[int], tokens: int) -> float:
        sampling = replace(
            engine.info.defaults,
            temperature=0.0,
            max_tokens=tokens,
            ignore_eos=True,
            repetition_penalty=1.0,
        )
        start = time.perf_counter()
        for _ in engine.stream(Request(tuple(prompt), sampling)):
            pass
        return time.perf_counter() - start

    return generate, weight_bytes(engine.workers[0].runner.model) / 1e6


def _peer(folder: Path, device: str) -> tuple[Generate, float]:
    """transformers' generate in bf16."""
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(available_cores())
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    model = model.to(device).eval()

    def generate(prompt: list[int], tokens: int) -> float:
        ids = torch.tensor([prompt], device=device)
        start = time.perf_counter()
        with torch.inference_mode():
            model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                pad_token_id=0,
                temperature=None,
                top_p=None,
                top_k=None,
                repetition_penalty=1.0,
            )
        return time.perf_counter() - start

    return generate, sum(p.nbytes for p in model.parameters()) / 1e6


def measure_speed(
    contestants: list[Contestant], *, prompt_tokens: int, new_tokens: int, rounds: int
) -> None:
    """Rounds in turn. Decode speed is that of the tokens after the first."""
    generator = torch.Generator().manual_seed(0)
    for number in range(rounds + 1):
        for one in contestants:
            prompt = torch.randint(260, 500, (prompt_tokens,), generator=generator).tolist()
            first = one.generate(prompt, 1)
            whole = one.generate(prompt, new_tokens + 1)
            if number:  # the first round warms up
                one.prefill.append(prompt_tokens / first)
                one.decode.append(new_tokens / max(whole - first, 1e-9))
            print(f"  round {number}: {one.name}", file=sys.stderr, flush=True)


def speed_rows(contestants: list[Contestant]) -> list[dict[str, object]]:
    base = next((c for c in contestants if c.name == PEER), None)
    rows: list[dict[str, object]] = []
    for one in contestants:
        decode = statistics.median(one.decode)
        # Of the same round: what slows the machine down slows both.
        ratio = (
            statistics.median(a / b for a, b in zip(one.decode, base.decode, strict=True))
            if base
            else None
        )
        rows.append(
            {
                "scheme": one.name,
                "weights MB": one.weights,
                "prefill tok/s": statistics.median(one.prefill),
                "decode tok/s": decode,
                "min": min(one.decode),
                "max": max(one.decode),
                f"against {PEER}": ratio,
            }
        )
    return rows


def measure_accuracy(folder: Path, schemes: list[str], device: str) -> list[dict[str, object]]:
    """Agreement with fp32 on the next token of the model's own texts."""
    tokenizer = Tokenizer.from_folder(folder)
    exact = load_model(folder, quant="fp32", device=device)
    texts = [_own_text(exact.model, tokenizer, question) for question in QUESTIONS]
    rows: list[dict[str, object]] = []
    for scheme in schemes:
        try:
            other = load_model(folder, quant=scheme, device=device)
        except AppError as error:
            print(f"{scheme}: {error}", file=sys.stderr)
            continue
        same, divergence, count = 0, 0.0, 0
        for text in texts:
            p = _logits(exact.model, text)[:, : tokenizer.vocabulary_size].log_softmax(-1)
            q = _logits(other.model, text)[:, : tokenizer.vocabulary_size].log_softmax(-1)
            same += int((p.argmax(-1) == q.argmax(-1)).sum())
            divergence += float((p.exp() * (p - q)).sum())
            count += len(text)
        rows.append(
            {
                "scheme": scheme,
                "weights MB": other.weight_bytes / 1e6,
                "same next token %": 100 * same / count,
                "KL nats": divergence / count,
                "tokens": count,
            }
        )
    return rows


def _own_text(model: Qwen2, tokenizer: Tokenizer, question: str) -> list[int]:
    ids = tokenizer.render((Message("user", question),))
    for _ in range(80):
        token = int(_logits(model, ids)[-1, : tokenizer.vocabulary_size].argmax())
        ids.append(token)
        if token in tokenizer.eos_ids:
            break
    return ids


@torch.inference_mode()
def _logits(model: Qwen2, ids: list[int]) -> torch.Tensor:
    """(length, vocab) in fp32, through a cache of its own."""
    device = model.norm.weight.device
    blocks = -(-len(ids) // 16)
    cache = KVCache(model.config, blocks, device=device)
    attend = PagedAttention(cache, [Span(0, len(ids), list(range(blocks)))])
    tokens = torch.tensor(ids, device=device)
    logits: torch.Tensor = model(tokens, torch.arange(len(ids), device=device), attend)
    return logits.float()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--schemes", default="bf16,int8,int4", help="default: bf16,int8,int4")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--new-tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", type=Path, help="a checkpoint, instead of random weights")
    parser.add_argument("--accuracy-model", type=Path, default=EMBEDDED)
    parser.add_argument("--no-peer", action="store_true", help="leave transformers out")
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    schemes = [name for name in arguments.schemes.split(",") if name]
    names = schemes if arguments.no_peer else [*schemes, PEER]
    context = arguments.prompt_tokens + arguments.new_tokens + 1
    contestants: list[Contestant] = []
    with TemporaryDirectory() as temporary:
        folder = arguments.model or write_random_checkpoint(Path(temporary), Qwen2Config())
        for name in names:
            try:
                contestants.append(contestant(name, folder, arguments.device, context))
            except AppError as error:
                print(f"{name}: {error}", file=sys.stderr)
    measure_speed(
        contestants,
        prompt_tokens=arguments.prompt_tokens,
        new_tokens=arguments.new_tokens,
        rounds=arguments.rounds,
    )
    speed = speed_rows(contestants)
    for one in contestants:
        one.close()
    print(table(speed))
    accuracy: list[dict[str, object]] = []
    if arguments.accuracy_model.is_dir():
        accuracy = measure_accuracy(arguments.accuracy_model, schemes, arguments.device)
        print(f"\nAgainst fp32, {arguments.accuracy_model.name}:\n{table(accuracy)}")
    if arguments.json is not None:
        save(arguments.json, {"speed": speed, "accuracy": accuracy})
    return 0
