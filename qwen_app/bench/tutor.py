"""Linear equations that training never shows, solved as the tutor does: how many are right, and how
many are verified in every line, with and without what makes them right.

    python -m qwen_app.bench tutor                     # the embedded model, 100 a language
    python -m qwen_app.bench tutor --model FOLDER --number 50

*Alone*: the model's likeliest solution. *Guard*: the values of plain calculations are calculated.
*Rewriting*: lines that fail are written anew. *All*: where that is not verified, more solutions are
drawn, as the app does. *Right*: the answer is the equation's solution. *Every line*: it is right,
and each line that states mathematics holds; that is what the app calls verified. *Kept*: of the
equations that the model has right alone, how many still are.

The model is the embedded one unless --model names another (a catalogue name or a folder).
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qwen_app.bench.report import machine, save, table
from qwen_app.engine.base import Engine
from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import Language
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Solution, Solved
from qwen_app.features.tutor.solving.solve import solve
from qwen_app.features.tutor.solving.task import REWRITES, TutorTask
from qwen_app.model.catalogue import EMBEDDED, resolve

_SHOWN = 8
"""Wrong answers that are printed."""
_LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Mode:
    """What helps the model."""

    name: str
    guard: bool = False
    rewrites: int = 0
    solutions: int | None = 1


MODES: Final = (
    Mode("alone"),
    Mode("guard", guard=True),
    Mode("rewriting", rewrites=REWRITES),
    Mode("guard, rewriting", guard=True, rewrites=REWRITES),
    Mode("all", guard=True, rewrites=REWRITES, solutions=None),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """An equation with its solution."""

    language: Language
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an equation, and how long it took."""

    asked: Asked
    solution: Solution
    is_right: bool
    seconds: float

    @property
    def is_verified(self) -> bool:
        return self.is_right and self.solution.state == "verified"


def held_out(number: int, *, seed: int = 7) -> list[Asked]:
    """So many equations a language: numbers and phrasings that training never shows."""
    # Needs the training extras.
    from qwen_app.train.data.checking import stated_root
    from qwen_app.train.data.equations import linear_equation

    found: list[Asked] = []
    for language in _LANGUAGES:
        rng = random.Random(f"{seed}:tutor:{language}")
        for _ in range(number):
            exchange = linear_equation(rng, language, "held_out")
            letter, root = stated_root(exchange.answer)
            found.append(Asked(language, exchange.question, f"{letter} = {root}"))
    return found


def measure(
    engine: Engine,
    checker: Checker,
    asked: Sequence[Asked],
    *,
    modes: Sequence[Mode] = MODES,
    together: int = 8,
) -> list[dict[str, object]]:
    """A row for each mode and language, and one for each mode."""
    rows: list[dict[str, object]] = []
    alone: dict[Asked, bool] = {}
    for mode in modes:

        def run(one: Asked, mode: Mode = mode) -> Outcome:
            return _outcome(engine, checker, one, mode)

        with ThreadPoolExecutor(together) as threads:
            outcomes = list(threads.map(run, asked))
        if not alone:
            alone = {outcome.asked: outcome.is_right for outcome in outcomes}
        for language in dict.fromkeys(one.language for one in asked):
            own = [outcome for outcome in outcomes if outcome.asked.language == language]
            rows.append(_row(mode.name, language, own, alone))
        rows.append(_row(mode.name, "all", outcomes, alone))
        _print_wrong(mode.name, outcomes)
    return rows


def _outcome(engine: Engine, checker: Checker, asked: Asked, mode: Mode) -> Outcome:
    task = TutorTask(
        asked.question,
        asked.language,
        guard=mode.guard,
        rewrites=mode.rewrites,
        solutions=mode.solutions,
        overrides={"seed": 1},
    )
    start = time.perf_counter()
    *_, last = solve(engine, checker, task)
    assert isinstance(last, Solved)
    solution = last.solution
    is_right = bool(solution.answer and checker.equivalent(solution.answer, asked.answer).is_right)
    return Outcome(asked, solution, is_right, time.perf_counter() - start)


def _row(
    mode: str, language: str, outcomes: Sequence[Outcome], alone: dict[Asked, bool]
) -> dict[str, object]:
    total = max(1, len(outcomes))
    before = [outcome for outcome in outcomes if alone.get(outcome.asked)]
    return {
        "mode": mode,
        "language": language,
        "equations": len(outcomes),
        "right %": 100 * sum(each.is_right for each in outcomes) / total,
        "every line %": 100 * sum(each.is_verified for each in outcomes) / total,
        "kept %": 100 * sum(each.is_right for each in before) / max(1, len(before)),
        "called verified, wrong": sum(
            each.solution.state == "verified" and not each.is_right for each in outcomes
        ),
        "rewritten lines": sum(each.solution.rewritten for each in outcomes),
        "calculated values": sum(each.solution.computed for each in outcomes),
        "seconds each": sum(each.seconds for each in outcomes) / total,
    }


def _print_wrong(mode: str, outcomes: Sequence[Outcome]) -> None:
    wrong = [outcome for outcome in outcomes if not outcome.is_verified]
    for outcome in wrong[:_SHOWN]:
        shown = outcome.solution.text.replace("\n", " | ")[:300]
        print(f"  {mode}, {outcome.solution.state}: {outcome.asked.question}", file=sys.stderr)
        print(f"         {shown}", file=sys.stderr)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", type=int, default=100, help="of equations a language")
    parser.add_argument("--together", type=int, default=8, help="problems side by side")
    parser.add_argument("--model", default=EMBEDDED, help="a catalogue name or a folder")
    parser.add_argument("--quant", default="auto", help="as of the app")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    model = resolve(arguments.model, embedded=Path("assets/embedded"))
    if model.folder is None:
        print(f"{model.id} is not on this machine; name its folder.", file=sys.stderr)
        return 2
    settings = EngineSettings(
        devices=(arguments.device,), quant=arguments.quant, max_batch_size=4 * arguments.together
    )
    engine = create_engine(model.id, model.folder, settings, is_demo=model.is_demo)
    try:
        with Checker() as checker:
            rows = measure(engine, checker, held_out(arguments.number), together=arguments.together)
    finally:
        engine.close()
    print(table(rows))
    if arguments.json is not None:
        save(arguments.json, {"machine": machine(), "tutor": rows})
    return 0
