"""How well lines of mathematics are judged.

    python -m qwen_app.bench tutor-check --data FOLDER     # sets of school problems as well
    python -m qwen_app.bench tutor-check --problems 1000   # problems of the practice generator only

The folder holds files of GSM8K (``gsm8k*.jsonl``: ``question``, ``answer``) and of Ape210K
(``ape210k*.jsonl``: ``equation``, ``ans``). *Prose* is each line of a gold solution that has an
equation, as it stands; *equations* are the calculations inside ``<<...>>``, and Ape210K's equation
with its answer. A line is *checkable* unless it is judged as unchecked; *holding* is the share of
the checkable ones. Then one number of each is *altered* (by the seed, and so that exact arithmetic
finds the equation false), and the share that fails is counted.

Generated problems come with a right solution and several wrong ones, in both languages. A verdict
is *wrong* if a line of a right solution fails or its answer is called wrong, or if the mistaken
line of a wrong solution holds, or its mistaken answer is called verified or arithmetic that holds.
"""

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from qwen_app.bench.report import save, table
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.checking.exact import Reading, number
from qwen_app.features.tutor.checking.verdict import LineVerdict
from qwen_app.features.tutor.practice.mistakes import WrongSolution, lines, wrong_solutions
from qwen_app.features.tutor.practice.problem import Language, Problem, solution
from qwen_app.features.tutor.practice.topics import LEVELS, TOPICS, make
from qwen_app.features.tutor.reading.read import read_line
from qwen_app.features.tutor.reading.tree import Chain

_SHOWN = 10
"""Lines gone wrong that are printed."""
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])|(?<![\w.])\d+(?:\.\d+)?(?=[x*/+\-=) ])")
_ANNOTATION = re.compile(r"<<([^<>]*)>>")


@dataclass(slots=True)
class Tally:
    """What came of a set of lines."""

    name: str
    lines: int = 0
    checkable: int = 0
    holding: int = 0
    altered: int = 0
    failing: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> dict[str, object]:
        return {
            "set": self.name,
            "lines": self.lines,
            "checkable %": _share(self.checkable, self.lines),
            "holding %": _share(self.holding, self.checkable),
            "altered": self.altered,
            "failing %": _share(self.failing, self.altered),
            "ms a line": 1000 * self.seconds / max(1, self.lines + self.altered),
        }


def gsm8k(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Of each problem: its lines of prose with equations, and its calculations."""
    for record in _records(path):
        prose = [line for line in record["answer"].splitlines() if "=" in line]
        yield prose, [found for line in prose for found in _ANNOTATION.findall(line)]


def ape210k(path: Path) -> Iterator[str]:
    """Equations with their answers: ``360+48 = 408``."""
    for record in _records(path):
        yield f"{record['equation'].removeprefix('x=')} = {record['ans']}"


def altered(line: str, start: int, end: int, rng: random.Random) -> str | None:
    """The line with one number of an equation, which stands between two places, changed so that the
    equation is false. None if no change is found to do that."""
    found = list(_NUMBER.finditer(line, start, end))
    rng.shuffle(found)
    for match in found:
        text = match.group()
        for _ in range(4):
            other = _other(text, rng)
            changed = line[: match.start()] + other + line[match.end() :]
            if is_false(changed[start : end + len(other) - len(text)]):
                return changed
    return None


def is_false(equation: str) -> bool:
    """Whether exact arithmetic, with no tolerance for how people write, finds it false."""
    values: list[Fraction | None] = []
    for statement in read_line(equation):
        if not isinstance(statement, Chain):
            return False
        for chain in (statement, *statement.alternatives):
            values = [number(side, Reading(units=False)) for side in chain.sides]
            if None in values or len(set(values)) == 1:
                return False
    known = [value for value in values if value is not None]
    # Far enough that no rounding is meant.
    return len(known) > 1 and max(known) - min(known) > abs(max(known)) / 50


def measure(name: str, sessions: Iterable[list[str]], checker: Checker, seed: int) -> Tally:
    """Each list is a solution, whose lines build on those before."""
    tally = Tally(name)
    rng = random.Random(seed)
    for written in sessions:
        session = checker.open()
        for line in written:
            before = session.fork()
            start = time.perf_counter()
            verdict = session.check_line(line)
            tally.seconds += time.perf_counter() - start
            tally.lines += 1
            tally.checkable += verdict.status != "unchecked"
            tally.holding += verdict.status == "holds"
            if verdict.status != "holds":
                tally.wrong.append(f"{verdict.status}: {line}")
                continue
            span = _span(verdict, rng)
            changed = None if span is None else altered(line, *span, rng)
            if changed is None:
                continue
            start = time.perf_counter()
            again = before.check_line(changed)
            tally.seconds += time.perf_counter() - start
            tally.altered += 1
            tally.failing += again.status == "fails"
            if again.status != "fails":
                tally.wrong.append(f"altered {again.status}: {changed}")
    return tally


def _span(verdict: LineVerdict, rng: random.Random) -> tuple[int, int] | None:
    """Of one of the equations of numbers in a line."""
    spans = sorted(
        {(each.start, each.end) for each in verdict.findings if each.reason == "identity"}
    )
    return rng.choice(spans) if spans else None


def _other(text: str, rng: random.Random) -> str:
    """Another number with as many places."""
    whole, point, places = text.partition(".")
    value = int(whole + places)
    other = max(1, value + rng.choice((-1, 1)) * rng.randint(1, max(3, value // 2)))
    digits = str(other + (other == value)).rjust(len(places) + 1, "0")
    return f"{digits[: -len(places)]}.{digits[-len(places) :]}" if point else digits


@dataclass(slots=True)
class Generated:
    """What came of problems with solutions right and wrong."""

    problems: int = 0
    solutions: int = 0
    lines: int = 0
    holding: int = 0
    verified: int = 0
    partly: int = 0
    mistakes: int = 0
    found: int = 0
    """Mistaken lines that fail, and mistaken answers that are not called right."""
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> dict[str, object]:
        return {
            "problems": self.problems,
            "right solutions": self.solutions,
            "lines": self.lines,
            "holding %": _share(self.holding, self.lines),
            "answers verified %": _share(self.verified, self.solutions),
            "arithmetic verified %": _share(self.partly, self.solutions),
            "wrong solutions": self.mistakes,
            "mistake found %": _share(self.found, self.mistakes),
            "wrong verdicts": len(self.wrong),
        }


def measure_generated(count: int, checker: Checker, seed: int) -> Generated:
    """``count`` problems, topics and levels in turn; each in both languages in turn."""
    tally = Generated()
    places = [(topic, level) for level in LEVELS for topic in TOPICS]
    for index in range(count):
        topic, level = places[index % len(places)]
        language: Language = "zh" if index // len(places) % 2 == 0 else "en"
        made = make(topic, level, seed + index)
        tally.problems += 1
        start = time.perf_counter()
        _right(tally, made, language, checker)
        for mistaken in wrong_solutions(made, language, random.Random(seed + index)):
            _wrong(tally, made, mistaken, language, checker)
        tally.seconds += time.perf_counter() - start
    return tally


def _right(tally: Generated, made: Problem, language: Language, checker: Checker) -> None:
    session = checker.open(made.text.of(language))
    written = lines(solution(made, language))
    for line in written:
        session.check_line(line)
    final = session.finish(written[-1])
    tally.solutions += 1
    tally.verified += final.state == "verified"
    tally.partly += final.state == "partly"
    stating = [line for line in final.lines if line.is_mathematics]
    tally.lines += len(stating)
    tally.holding += sum(line.status == "holds" for line in stating)
    tally.wrong += [f"right, fails: {line.text}" for line in stating if line.status == "fails"]
    if final.state == "wrong":
        tally.wrong.append(f"right, called wrong: {made.text.of(language)} {written[-1]}")


def _wrong(
    tally: Generated, made: Problem, mistaken: WrongSolution, language: Language, checker: Checker
) -> None:
    session = checker.open(made.text.of(language))
    for line in mistaken.lines:
        session.check_line(line)
    final = session.finish(mistaken.lines[-1])
    tally.mistakes += 1
    status = final.lines[mistaken.number].status
    if mistaken.number == len(mistaken.lines) - 1:
        is_taken = final.state in ("verified", "partly")
        tally.found += not is_taken
    else:
        is_taken = status == "holds"
        tally.found += status == "fails"
    if is_taken:
        text = made.text.of(language)
        tally.wrong.append(f"wrong ({mistaken.kind}), {status}: {text} | {mistaken.wrong}")


def _records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines_:
        for line in lines_:
            yield json.loads(line)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder with gsm8k*.jsonl and ape210k*.jsonl")
    parser.add_argument("--problems", type=int, default=1000, help="generated problems")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    results: dict[str, object] = {}
    with Checker() as checker:
        start = time.perf_counter()
        checker.open("x = 1").check_line("2x = 2")
        results["start s"] = time.perf_counter() - start
        print(f"start of the process: {results['start s']:.2f} s\n")
        if arguments.data is not None:
            tallies = list(_sets(arguments.data, checker, arguments.seed))
            print(table([tally.row() for tally in tallies]) + "\n")
            for tally in tallies:
                _show(tally.wrong)
            results["sets"] = [tally.row() for tally in tallies]
        if arguments.problems:
            generated = measure_generated(arguments.problems, checker, arguments.seed)
            print(table([generated.row()]))
            _show(generated.wrong)
            results["generated"] = generated.row()
            results["wrong verdicts"] = generated.wrong
    if arguments.json is not None:
        save(arguments.json, results)
    return 0


def _sets(folder: Path, checker: Checker, seed: int) -> Iterator[Tally]:
    for path in sorted(folder.glob("gsm8k*.jsonl")):
        problems = list(gsm8k(path))
        yield measure(f"{path.stem}, prose", (each[0] for each in problems), checker, seed)
        bare = ([line] for each in problems for line in each[1])
        yield measure(f"{path.stem}, equations", bare, checker, seed)
    for path in sorted(folder.glob("ape210k*.jsonl")):
        yield measure(path.stem, ([line] for line in ape210k(path)), checker, seed)


def _show(wrong: list[str]) -> None:
    kinds = Counter(text.partition(":")[0] for text in wrong)
    for kind, count in kinds.most_common():
        print(f"  {kind}: {count}", file=sys.stderr)
    for text in wrong[:_SHOWN]:
        print(f"    {text}", file=sys.stderr)


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
