"""Questions about tables: how many are answered, verified and right; what the language can say.

    python -m qwen_app.bench tables                      # the project's own held-out questions
    python -m qwen_app.bench tables --wtq FOLDER         # WikiTableQuestions' format
    python -m qwen_app.bench tables --wtq FOLDER --reach # queries written by hand, without a model

The model is the embedded one unless --model names another (a catalogue name or a folder), which
then is told of the language by examples. *Answered*: at least one query ran and found something.
*Verified*: more than half of the queries drawn agree on the result. *Right*: the result is that
of the gold query, or the data set's answer. ``--samples 0`` takes the likeliest query alone.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from qwen_app.bench import wtq, wtq_queries
from qwen_app.bench.report import save, table
from qwen_app.engine.base import Engine
from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import AppError
from qwen_app.features.tables.ask import SAMPLES, TableAnswer, TableTask, ask, result_key
from qwen_app.features.tables.query.execute import Result, execute
from qwen_app.features.tables.table import Table
from qwen_app.model.catalogue import EMBEDDED, resolve

_SHOWN = 8
"""Wrong answers that are printed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what tells a right result from a wrong one."""

    group: str
    table: Table
    question: str
    is_right: Callable[[Result], bool]


Outcome: TypeAlias = tuple[Asked, TableAnswer | AppError, float]
"""A question, what came of it, and the seconds it took."""


def measure(
    engine: Engine, questions: Sequence[Asked], *, samples: int, guide: bool
) -> list[dict[str, object]]:
    """A row for each group of questions, and one for all."""
    outcomes: list[Outcome] = []
    for number, asked in enumerate(questions, 1):
        start = time.perf_counter()
        answer = _answer(engine, asked, samples, guide)
        outcomes.append((asked, answer, time.perf_counter() - start))
        if number % 20 == 0:
            print(f"  {number} of {len(questions)}", file=sys.stderr, flush=True)
    groups = dict.fromkeys(asked.group for asked in questions)
    rows = [_row(group, [o for o in outcomes if o[0].group == group]) for group in groups]
    _print_wrong(outcomes)
    return [*rows, _row("all", outcomes)] if len(rows) > 1 else rows


def _answer(engine: Engine, asked: Asked, samples: int, guide: bool) -> TableAnswer | AppError:
    task = TableTask(asked.table, asked.question, samples=samples, guide=guide, seed=1)
    info = engine.info
    try:
        prepared = task.prepare(
            defaults=info.defaults,
            context_length=info.context_length,
            count_tokens=engine.count_tokens,
        )
        return ask(engine, task, prepared)
    except AppError as error:
        return error


def _row(group: str, outcomes: Sequence[Outcome]) -> dict[str, object]:
    answers = [(asked, answer) for asked, answer, _ in outcomes if isinstance(answer, TableAnswer)]
    answered = [(asked, answer) for asked, answer in answers if answer.chosen is not None]
    verified = [(asked, answer) for asked, answer in answered if answer.status == "agreed"]
    total = max(1, len(outcomes))
    return {
        "questions": group,
        "number": len(outcomes),
        "answered %": 100 * len(answered) / total,
        "verified %": 100 * len(verified) / total,
        "right %": 100 * sum(map(_is_right, answered)) / total,
        "right of verified %": 100 * sum(map(_is_right, verified)) / max(1, len(verified)),
        "errors": len(outcomes) - len(answers),
        "seconds each": sum(seconds for _, _, seconds in outcomes) / total,
    }


def _is_right(pair: tuple[Asked, TableAnswer]) -> bool:
    asked, answer = pair
    return answer.chosen is not None and asked.is_right(answer.chosen.result)


def _print_wrong(outcomes: Sequence[Outcome]) -> None:
    wrong = [
        (asked.question, answer)
        for asked, answer, _ in outcomes
        if isinstance(answer, AppError) or not _is_right((asked, answer))
    ]
    for question, answer in wrong[:_SHOWN]:
        if isinstance(answer, AppError):
            said = str(answer)
        else:
            said = answer.chosen.query if answer.chosen else str(*answer.failures[:1])
        print(f"  wrong: {question}\n         {said}", file=sys.stderr)


# --- where questions come from --------------------------------------------------------------


def generated(number: int) -> Iterator[Asked]:
    """The project's own: names, values and phrasings that training never shows."""
    # Needs the training extras; the other sources do not.
    from qwen_app.train.data.tables import questions

    for each in islice(questions("held_out"), number):
        gold = result_key(execute(each.query, each.table))
        yield Asked(each.language, each.table, each.question, _equals(gold))


def _equals(gold: object) -> Callable[[Result], bool]:
    return lambda result: result_key(result) == gold


def from_wtq(folder: Path, number: int) -> Iterator[Asked]:
    """A sample of the data set's questions."""
    items = wtq.read_items(folder)
    for item in random.Random(wtq_queries.SEED).sample(items, min(number, len(items))):
        targets = item.targets
        yield Asked("wtq", wtq.load_table(folder, item.context), item.question, _meets(targets))


def _meets(targets: tuple[str, ...]) -> Callable[[Result], bool]:
    return lambda result: wtq.is_right(wtq.values_of(result), targets)


def reach(folder: Path) -> list[dict[str, object]]:
    """How many of the sampled questions have a query that gives the right result."""
    items = {item.id: item for item in wtq.read_items(folder)}
    ids = random.Random(wtq_queries.SEED).sample(sorted(items), wtq_queries.SIZE)
    right = ran = 0
    for id_ in ids:
        item, query = items[id_], wtq_queries.QUERIES.get(id_)
        if query is None:
            print(f"  {id_}: no query", file=sys.stderr)
            continue
        try:
            found = wtq.values_of(execute(query, wtq.load_table(folder, item.context)))
        except AppError as error:
            print(f"  {id_}: {error}", file=sys.stderr)
            continue
        ran += 1
        if wtq.is_right(found, item.targets):
            right += 1
        else:
            said = f"{found[:3]} is not {item.targets[:3]}"
            print(f"  {id_}: {item.question}\n    {said}", file=sys.stderr)
    return [
        {
            "sample": len(ids),
            "with a query": sum(id_ in wtq_queries.QUERIES for id_ in ids),
            "ran": ran,
            "right": right,
            "right %": 100 * right / len(ids),
        }
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wtq", type=Path, metavar="FOLDER", help="WikiTableQuestions' format")
    parser.add_argument("--reach", action="store_true", help="hand-written queries, no model")
    parser.add_argument("--number", type=int, default=100, help="of questions")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="besides the greedy query")
    parser.add_argument("--model", default=EMBEDDED, help="a catalogue name or a folder")
    parser.add_argument("--quant", default="auto", help="as of the app")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    if arguments.reach:
        if arguments.wtq is None:
            print("--reach needs --wtq FOLDER", file=sys.stderr)
            return 2
        rows = reach(arguments.wtq)
    else:
        rows = _with_model(arguments)
    print(table(rows))
    if arguments.json is not None:
        save(arguments.json, {"tables": rows})
    return 0


def _with_model(arguments: argparse.Namespace) -> list[dict[str, object]]:
    source = (
        generated(arguments.number)
        if arguments.wtq is None
        else from_wtq(arguments.wtq, arguments.number)
    )
    settings = EngineSettings(
        devices=(arguments.device,), quant=arguments.quant, max_batch_size=arguments.samples + 1
    )
    model = resolve(arguments.model, embedded=Path("assets/embedded"))
    if model.folder is None:
        raise SystemExit(f"{model.id} is not on this machine; name its folder.")
    engine = create_engine(model.id, model.folder, settings)
    try:
        guide = not model.is_demo
        return measure(engine, list(source), samples=arguments.samples, guide=guide)
    finally:
        engine.close()
