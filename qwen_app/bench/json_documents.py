"""Documents generated under many schemas: are all of them valid, and is none cut off?

    python -m qwen_app.bench json-documents --schemas FOLDER              # the embedded model
    python -m qwen_app.bench json-documents --schemas FOLDER --random --tokenizer FOLDER
    python -m qwen_app.bench json-documents --schemas FOLDER --most 30 --documents 20

The folder holds files with a ``schema`` each, as `bench json` reads them. Every document is
generated at temperature 1 with a seed of its own, half of them pretty; with ``--random`` by a
small model of random weights, which has no idea of what it should say. A document counts as valid
if a JSON parser reads it and the schema's own validator finds nothing; as cut off if it did not
end by itself. Schemas that are refused, and documents that ended in an error, are told apart:
an error is no document.
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from qwen_app.bench.json_mode import EMBEDDED, read_cases
from qwen_app.bench.random_checkpoint import with_tokenizer, write_random_checkpoint
from qwen_app.bench.report import save, table
from qwen_app.decoding.json_schema.compile import compile_schema
from qwen_app.decoding.json_schema.spec import JsonSchema, Layout
from qwen_app.engine.create import create_engine
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import AppError, InvalidConstraint
from qwen_app.messages import Message, Request, SamplingParams
from qwen_app.model.qwen2 import Qwen2Config

_SHOWN = 20
_AT_ONCE = 10
"""Choices of one request."""


@dataclass(slots=True)
class Outcome:
    """What came of all schemas."""

    schemas: int = 0
    refused: int = 0
    documents: int = 0
    valid: int = 0
    cut: int = 0
    errors: int = 0
    rewinds: int = 0
    tokens: int = 0
    forced: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def row(self) -> dict[str, object]:
        return {
            "schemas": self.schemas,
            "refused": self.refused,
            "documents": self.documents,
            "valid": self.valid,
            "invalid": self.documents - self.valid,
            "cut off": self.cut,
            "errors": self.errors,
            "taken back": self.rewinds,
            "tokens a document": self.tokens / max(1, self.documents),
            "forced %": 100 * self.forced / max(1, self.tokens),
            "tokens/s": self.tokens / max(1e-9, self.seconds),
        }


def generate(
    engine: LocalEngine, schemas: list[tuple[str, object]], *, documents: int, max_tokens: int
) -> Outcome:
    """Generate under each schema, and judge."""
    outcome = Outcome()
    for place, (name, schema) in enumerate(schemas):
        outcome.schemas += 1
        text = json.dumps(schema, ensure_ascii=False)
        for first in range(0, documents, _AT_ONCE):
            layout: Layout = "compact" if first // _AT_ONCE % 2 == 0 else "pretty"
            count = min(_AT_ONCE, documents - first)
            try:
                _request(
                    engine,
                    outcome,
                    name,
                    text,
                    layout,
                    place * documents + first,
                    count,
                    max_tokens,
                )
            except InvalidConstraint as error:
                outcome.refused += 1
                outcome.wrong.append(f"{name}: refused: {error.en}")
                break
        print(f"  {name}: {outcome.valid} of {outcome.documents} valid", file=sys.stderr)
    return outcome


def _request(
    engine: LocalEngine,
    outcome: Outcome,
    name: str,
    schema: str,
    layout: Layout,
    seed: int,
    count: int,
    max_tokens: int,
) -> None:
    prompt = (Message("user", f"Answer with a JSON document. 请只返回 JSON。\n{schema[:400]}"),)
    sampling = SamplingParams(temperature=1.0, max_tokens=max_tokens, seed=seed)
    texts = [""] * count
    start = time.perf_counter()
    try:
        for delta in engine.stream(
            Request(prompt, sampling, constraint=JsonSchema(schema, layout), n=count)
        ):
            texts[delta.index] += delta.text
            if (receipt := delta.receipt) is not None:
                outcome.documents += 1
                outcome.cut += receipt.finish_reason != "stop"
                outcome.rewinds += receipt.rewinds
                outcome.tokens += receipt.completion_tokens
                outcome.forced += receipt.forced_tokens
                problem = _problem(schema, texts[delta.index])
                outcome.valid += problem is None
                if problem is not None:
                    outcome.wrong.append(f"{name}: {problem}: {texts[delta.index][:200]}")
    except InvalidConstraint:
        raise
    except AppError as error:
        outcome.errors += 1
        outcome.kinds[f"{error.code}: {error.param}"] += 1
        outcome.wrong.append(f"{name}: {error.en}")
    outcome.seconds += time.perf_counter() - start


def _problem(schema: str, text: str) -> str | None:
    try:
        document = json.loads(text)
    except ValueError as error:
        return str(error)
    violations = compile_schema(schema).validate(document)
    return f"{violations[0].path}: {violations[0].en}" if violations else None


def random_model(folder: Path, tokenizer: Path | None) -> Path:
    """A checkpoint of random weights whose vocabulary is that of a real tokenizer."""
    config = Qwen2Config(
        vocab_size=151_936, hidden_size=64, intermediate_size=128, num_layers=2, num_heads=2,
        num_kv_heads=1, head_dim=32,
    )  # fmt: skip
    return with_tokenizer(write_random_checkpoint(folder, config), tokenizer)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--schemas", type=Path, required=True, help="folder of schemas")
    parser.add_argument("--documents", type=int, default=100, help="of each schema; default: 100")
    parser.add_argument("--most", type=int, default=100, help="schemas; default: 100")
    parser.add_argument("--max-tokens", type=int, default=512, help="of a document; default: 512")
    parser.add_argument("--model", type=Path, default=EMBEDDED, help="a checkpoint")
    parser.add_argument("--random", action="store_true", help="a small model of random weights")
    parser.add_argument("--tokenizer", type=Path, help="for --random")
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    cases = [(case.name, case.schema) for case in read_cases(arguments.schemas)]
    step = max(1, len(cases) // arguments.most)
    with TemporaryDirectory() as temporary:
        folder = arguments.model
        if arguments.random:
            folder = random_model(Path(temporary), arguments.tokenizer)
        engine = create_engine("model", folder, EngineSettings(max_seq_len=8_192))
        try:
            outcome = generate(
                engine,
                cases[::step][: arguments.most],
                documents=arguments.documents,
                max_tokens=arguments.max_tokens,
            )
        finally:
            engine.close()
    print(table([outcome.row()]))
    for line in outcome.wrong[:_SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if arguments.json is not None:
        save(
            arguments.json,
            {"documents": outcome.row(), "errors": dict(outcome.kinds), "wrong": outcome.wrong},
        )
    return 0 if outcome.valid == outcome.documents and not outcome.cut else 1
