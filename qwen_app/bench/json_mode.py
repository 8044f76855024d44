"""JSON mode: what it costs, how many schemas of a data set can be used, and whether documents are
told apart.

    python -m qwen_app.bench json                                 # true shape, random weights
    python -m qwen_app.bench json --model assets/embedded
    python -m qwen_app.bench json --tokenizer FOLDER --schemas FOLDER

What it costs: see `json_speed`. The folder of schemas holds files as MaskBench has them:
``schema``, and ``tests`` with ``valid`` and ``data``. A schema is *accepted* if it compiles for
the tokenizer. A document is given to the grammar compactly, its keys in the schema's order
(MaskBench's own runner takes them as they stand in the file, where its authors have put them into
llguidance's order). *Rejected* is what the grammar does not allow, or what fails validation
afterwards.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qwen_app.bench import json_speed
from qwen_app.bench.report import save, table
from qwen_app.decoding.json_schema.program import Program, Programs
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.errors import InvalidConstraint
from qwen_app.text.tokenizer import Tokenizer

EMBEDDED = Path(__file__).resolve().parents[2] / "assets" / "embedded"
_SHOWN = 10
"""Schemas and documents gone wrong that are printed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One file of the data set."""

    name: str
    schema: Any
    tests: list[dict[str, Any]]


@dataclass(slots=True)
class Tally:
    """What came of a set of schemas."""

    schemas: int = 0
    accepted: int = 0
    exact: int = 0
    valid: int = 0
    valid_allowed: int = 0
    valid_kept: int = 0
    """Allowed, and without a violation."""
    invalid: int = 0
    invalid_rejected: int = 0
    by_grammar: int = 0
    """Of those, the ones that the grammar alone rejects."""
    seconds: list[float] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    """Keywords of the second tier, and in how many schemas they are."""

    def rows(self) -> list[dict[str, object]]:
        return [
            {
                "schemas": self.schemas,
                "accepted %": _share(self.accepted, self.schemas),
                "all enforced %": _share(self.exact, self.schemas),
                "valid documents": self.valid,
                "allowed %": _share(self.valid_allowed, self.valid),
                "kept %": _share(self.valid_kept, self.valid),
                "invalid documents": self.invalid,
                "rejected %": _share(self.invalid_rejected, self.invalid),
                "by the grammar %": _share(self.by_grammar, self.invalid),
                "compile ms, median": 1000 * statistics.median(self.seconds or [0]),
                "slowest ms": 1000 * max(self.seconds, default=0),
            }
        ]


def read_cases(folder: Path) -> Iterator[Case]:
    """The files of a data set, by name."""
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        yield Case(path.stem, found["schema"], found["tests"])


def measure_schemas(cases: Iterator[Case], tokenizer: Tokenizer) -> Tally:
    """Compile every schema for the tokenizer, and try its documents."""
    programs = tokenizer.derive(Programs)
    tally = Tally()
    for case in cases:
        tally.schemas += 1
        start = time.process_time()
        try:
            program = programs.get(JsonSchema.of(case.schema))
        except InvalidConstraint as error:
            tally.refused.append((case.name, error.en))
            continue
        tally.seconds.append(time.process_time() - start)
        tally.accepted += 1
        tally.exact += program.compiled.exact
        tally.checked.update({entry.keyword for entry in program.compiled.report.checked})
        for number, test in enumerate(case.tests):
            _try(tally, program, tokenizer, test, f"{case.name}, test {number}")
    return tally


def _try(
    tally: Tally, program: Program, tokenizer: Tokenizer, test: Mapping[str, Any], name: str
) -> None:
    document = program.compiled.in_order(test["data"])
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    tokens = tokenizer.encode_exactly(text)
    matcher = program.matcher.deep_copy()
    allowed = matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()
    kept = allowed and not program.compiled.validate(test["data"])
    if test["valid"]:
        tally.valid += 1
        tally.valid_allowed += allowed
        tally.valid_kept += kept
    else:
        tally.invalid += 1
        tally.invalid_rejected += not kept
        tally.by_grammar += not allowed
    if kept != test["valid"]:
        tally.wrong.append(name)


def schemas_part(folder: Path, tokenizer: Tokenizer) -> dict[str, object]:
    """Measure and print; returns what is kept as JSON."""
    tally = measure_schemas(read_cases(folder), tokenizer)
    print(table(tally.rows()))
    for name, reason in tally.refused[:_SHOWN]:
        print(f"  refused: {name}: {reason}", file=sys.stderr)
    for name in tally.wrong[:_SHOWN]:
        print(f"  wrong: {name}", file=sys.stderr)
    return {
        "schemas": tally.rows(),
        "refused": dict(tally.refused),
        "wrong": tally.wrong,
        "checked": dict(tally.checked.most_common()),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--schemas", type=Path, help="folder of schemas with documents")
    parser.add_argument(
        "--tokenizer", type=Path, help="folder of a tokenizer; the model's own if absent"
    )
    json_speed.add_arguments(parser)
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    results: dict[str, object] = {}
    if arguments.schemas is not None:
        tokenizer = Tokenizer.from_folder(arguments.tokenizer or arguments.model or EMBEDDED)
        results |= schemas_part(arguments.schemas, tokenizer)
        print()
    results |= json_speed.speed_part(arguments)
    if arguments.json is not None:
        save(arguments.json, results)
    return 0


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
