"""What JSON mode costs: compiling a schema, a mask, all of a token's work, and tokens a second.

Part of ``python -m qwen_app.bench json``.

The first table follows random documents without a model: *mask* is the time to say which tokens
may come next, *token* everything that the constraint does for a token (what is forced, the mask,
whether a completion still fits, the next state). The second lets a model decode freely and under
each schema in turn, in the same run: by default one of the true shape with random weights.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from qwen_app.bench.random_checkpoint import with_tokenizer, write_random_checkpoint
from qwen_app.bench.report import table
from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.decoding.json_schema.program import Programs
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.engine.create import create_engine
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.messages import Receipt, Request, SamplingParams
from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.text.tokenizer import Tokenizer

_TEXT = {"type": "string"}
SCHEMAS: dict[str, dict[str, Any]] = {
    "contact": {
        "type": "object",
        "properties": {
            "name": _TEXT,
            "email": {"type": "string", "format": "email"},
            "phone": {"type": "string", "pattern": "^[0-9]{3}-[0-9]{4}$"},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
        },
        "required": ["name", "email", "phone", "age"],
        "additionalProperties": False,
    },
    "invoice": {
        "type": "object",
        "properties": {
            "number": {"type": "string", "pattern": "^INV-[0-9]{4}$"},
            "currency": {"enum": ["CNY", "EUR", "USD"]},
            "lines": {
                "type": "array",
                "minItems": 2,
                "maxItems": 4,
                "items": {
                    "type": "object",
                    "properties": {
                        "article": {"type": "string", "maxLength": 40},
                        "quantity": {"type": "integer", "minimum": 1, "maximum": 99},
                        "price": {"type": "number", "minimum": 0, "maximum": 10_000},
                    },
                    "required": ["article", "quantity", "price"],
                    "additionalProperties": False,
                },
            },
            "paid": {"type": "boolean"},
        },
        "required": ["number", "currency", "lines", "paid"],
        "additionalProperties": False,
    },
    "any object": {"type": "object"},
}


_DECODED = ("contact", "invoice")
"""Schemas that a model decodes under: those whose documents are not over after two tokens."""


@dataclass(slots=True)
class Costs:
    """Seconds."""

    compile: list[float] = field(default_factory=list)
    masks: list[float] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    forced: int = 0

    def row(self, name: str) -> dict[str, object]:
        tokens = sorted(self.tokens)
        masks = sorted(self.masks)
        return {
            "schema": name,
            "compile ms": 1e3 * statistics.median(self.compile),
            "mask us, median": 1e6 * statistics.median(masks),
            "mask us, p95": 1e6 * masks[len(masks) * 95 // 100],
            "token us, median": 1e6 * statistics.median(tokens),
            "token us, mean": 1e6 * statistics.mean(tokens),
            "token us, p95": 1e6 * tokens[len(tokens) * 95 // 100],
            "forced %": 100 * self.forced / len(tokens),
        }


def measure_constraint(schema: dict[str, Any], tokenizer: Tokenizer, documents: int) -> Costs:
    """Random documents, of which every seventh token or so ends something."""
    costs = Costs()
    spec = JsonSchema.of(schema)
    for _ in range(3):
        start = time.perf_counter()
        program = Programs(tokenizer).get(spec)
        costs.compile.append(time.perf_counter() - start)
    mask: Bitmask = np.zeros(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32)
    for seed in range(documents):
        choose = _chooser(tokenizer, seed)
        constraint = JsonConstraint(program)
        constraint.limit(max(256, 2 * len(program.least)))
        while not constraint.done:
            start = time.perf_counter()
            forced = constraint.forced()
            if forced:
                token = forced[0]
                costs.forced += 1
            else:
                before = time.perf_counter()
                constraint.fill_mask(mask)
                costs.masks.append(time.perf_counter() - before)
                choosing = time.perf_counter()
                token = choose(mask)
                start += time.perf_counter() - choosing
                if constraint.turns_down(token):
                    constraint.take_back()
                    continue
            constraint.accept(token)
            constraint.take_back()
            costs.tokens.append(time.perf_counter() - start)
    return costs


def _chooser(tokenizer: Tokenizer, seed: int) -> Callable[[Bitmask], int]:
    rng = random.Random(seed)
    ends = [i for i in range(tokenizer.vocabulary_size) if tokenizer.token_bytes(i)[:1] == b'"']

    def choose(mask: Bitmask) -> int:
        if rng.random() < 0.15:
            for token in rng.sample(ends, min(20, len(ends))):
                if mask[token // 32] >> (token % 32) & 1:
                    return token
        bits = np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little"))
        return int(bits[rng.randrange(len(bits))])

    return choose


def measure_engine(engine: LocalEngine, *, tokens: int, rounds: int) -> list[dict[str, object]]:
    """Free decoding and each schema in turn."""
    speeds: dict[str, list[float]] = {}
    shares: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for name in ("(free)", *_DECODED):
            schema = SCHEMAS.get(name)
            receipt = _decode(engine, schema, tokens, seed=number)
            if number:  # the first round warms up
                speeds.setdefault(name, []).append(receipt.tokens_per_second)
                shares.setdefault(name, []).append(
                    receipt.forced_tokens / receipt.completion_tokens
                )
    free = speeds["(free)"]
    return [
        {
            "decoding": name,
            "tokens/s": statistics.median(some),
            "min": min(some),
            "max": max(some),
            "against free": statistics.median(a / b for a, b in zip(some, free, strict=True)),
            "forced %": 100 * statistics.mean(shares[name]),
        }
        for name, some in speeds.items()
    ]


def _decode(
    engine: LocalEngine, schema: dict[str, Any] | None, tokens: int, *, seed: int
) -> Receipt:
    sampling = SamplingParams(seed=seed, max_tokens=tokens, ignore_eos=True)
    spec = None if schema is None else JsonSchema.of(schema)
    receipt = None
    for delta in engine.stream(Request("Write an example. 请举一个例子。", sampling, spec)):
        receipt = delta.receipt or receipt
    assert receipt is not None
    return receipt


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, help="a checkpoint, instead of random weights")
    parser.add_argument("--quant", default="auto", help="of the model's weights; default: auto")
    parser.add_argument("--documents", type=int, default=30, help="of each schema; default: 30")
    parser.add_argument("--tokens", type=int, default=128, help="to decode; default: 128")
    parser.add_argument("--rounds", type=int, default=5)


def speed_part(arguments: argparse.Namespace) -> dict[str, object]:
    """Measure and print; returns what is kept as JSON."""
    with TemporaryDirectory() as temporary:
        folder = arguments.model or with_tokenizer(
            write_random_checkpoint(Path(temporary), Qwen2Config()), arguments.tokenizer
        )
        tokenizer = Tokenizer.from_folder(folder)
        costs = [
            measure_constraint(schema, tokenizer, arguments.documents).row(name)
            for name, schema in SCHEMAS.items()
        ]
        print(f"{tokenizer.vocabulary_size} tokens in the vocabulary")
        print(table(costs))
        settings = EngineSettings(quant=arguments.quant, max_seq_len=2_048)
        engine = create_engine("model", folder, settings)
        try:
            speeds = measure_engine(engine, tokens=arguments.tokens, rounds=arguments.rounds)
        finally:
            engine.close()
    print()
    print(table(speeds))
    return {"constraint": costs, "decoding": speeds}
