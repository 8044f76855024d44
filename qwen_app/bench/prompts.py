"""The prompt library on a model: how often it keeps what each template asks.

    python -m qwen_app.bench prompts                          # every template, both languages
    python -m qwen_app.bench prompts --write assets/prompt_rates.json
    python -m qwen_app.bench prompts --limits 500             # limits of length alone

Each template that has checks is tried alone, on its own example, at temperature 0.7 with several
seeds. What a grammar or the length guard holds passes by construction; what is only judged shows
what the model can do. ``--write`` adds the figures to the file that the library shows beside the
templates, under the model's name.

``--limits`` goes through limits from 20 to 500 and asks for texts at temperature 1, in Chinese and
English by turns; half of the runs also ask for three quarters of the limit at least, so that the
model cannot evade it by ending early. How many exceed the limit, and how they end.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from qwen_app.bench.report import machine, save, table
from qwen_app.engine.base import Engine
from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.errors import AppError, ConfigError, Language
from qwen_app.features.chat import ChatTask
from qwen_app.features.prompts.compose import compose, example_composition
from qwen_app.features.prompts.library import Library, load_library
from qwen_app.features.prompts.model import Composition, Template
from qwen_app.features.prompts.task import PromptTask
from qwen_app.features.prompts.verdict import judge
from qwen_app.messages import Message, Request
from qwen_app.model.catalogue import EMBEDDED, resolve
from qwen_app.text.counting import Unit, count

ROOT: Final = Path(__file__).resolve().parents[2]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
TEMPERATURE: Final = 0.7
_ABOUT: Final[dict[Language, tuple[str, ...]]] = {
    "zh": ("介绍一下你自己。", "Qwen2.5 是什么？", "写一个关于小猫的故事。", "什么是机器学习？"),
    "en": (
        "Tell me about yourself.",
        "What is Qwen2.5?",
        "Write a story about a kitten.",
        "What is machine learning?",
    ),
}


_NAMES: Final[dict[Unit, tuple[str, str]]] = {
    "characters": ("limit", "least"),
    "words": ("word_limit", "least_words"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One template in one language."""

    template: Template
    language: Language
    passed: int
    runs: int
    missed: str
    """What failed most often."""


def measure(
    engine: Engine, library: Library, *, seeds: int, max_tokens: int, seed: int = 0
) -> Iterator[Kept]:
    """Every template that has checks, in both languages."""
    for template in library.templates:
        for language in LANGUAGES:
            if template.checks:
                yield _try(engine, library, template, language, seeds, max_tokens, seed)


def _try(
    engine: Engine,
    library: Library,
    template: Template,
    language: Language,
    seeds: int,
    max_tokens: int,
    seed: int,
) -> Kept:
    composition, asked = example_composition(template, language)
    composed = compose(library, composition)
    task = PromptTask(
        ChatTask(
            (Message("user", asked),),
            overrides={"temperature": TEMPERATURE, "seed": seed, "max_tokens": max_tokens},
        ),
        composed,
    )
    missed: Counter[str] = Counter()
    passed = 0
    for text in answers(engine, _request(engine, task), seeds):
        failed = (
            ["no answer"]
            if text is None
            else [each.en for each in judge(composed, text).findings if not each.ok]
        )
        passed += not failed
        missed.update(failed)
    common = missed.most_common(1)
    return Kept(template, language, passed, seeds, common[0][0][:60] if common else "")


def _request(engine: Engine, task: PromptTask) -> Request:
    return task.prepare(
        defaults=engine.info.defaults,
        context_length=engine.info.context_length,
        count_tokens=engine.count_tokens,
    ).request


def answers(engine: Engine, request: Request, number: int) -> list[str | None]:
    """As many answers with seeds from that of the request on; None where there is none."""
    texts = [""] * number
    try:
        with engine.stream(replace(request, n=number)) as stream:
            for delta in stream:
                texts[delta.index] += delta.text
    except AppError as error:
        print(f"{error.code}: {error.en}", file=sys.stderr)
        return [None] * number
    return list(texts)


def limits(
    engine: Engine, library: Library, number: int, *, at_once: int = 16
) -> list[dict[str, object]]:
    """Rows of a table: how limits were held, by unit and language."""
    rows: dict[tuple[Language, Unit, bool], Counter[str]] = {}
    rng = random.Random(0)
    for begin in range(0, number, at_once):
        running = []
        for place in range(begin, min(number, begin + at_once)):
            language = LANGUAGES[place % 2]
            unit: Unit = "words" if language == "en" and place % 4 == 1 else "characters"
            is_range = place % 8 >= 4
            most = 20 + (480 * place) // max(1, number - 1)
            names = _NAMES[unit]
            given = {names[0]: most} | ({names[1]: max(1, 3 * most // 4)} if is_range else {})
            task = PromptTask(
                ChatTask(
                    (Message("user", rng.choice(_ABOUT[language])),),
                    overrides={
                        "temperature": 1,
                        "top_p": 1,
                        "top_k": 0,
                        "seed": place,
                        "max_tokens": 1024,
                    },
                ),
                compose(
                    library,
                    Composition(
                        length=unit + ("-range" if is_range else ""),
                        variables=given,
                        language=language,
                    ),
                ),
            )
            stream = engine.stream(_request(engine, task))
            running.append((language, unit, is_range, most, stream))
        for language, unit, is_range, most, stream in running:
            text, rewinds = "", 0
            for delta in stream:
                text += delta.text
                rewinds += delta.receipt.rewinds if delta.receipt is not None else 0
            found = rows.setdefault((language, unit, is_range), Counter())
            found.update(
                {
                    "runs": 1,
                    "over": count(text, unit, language) > most,
                    "ended by the guard": rewinds > 0,
                    "no sentence's end": not _is_ended(text),
                }
            )
    return [
        {"language": language, "unit": unit, "with a least length": is_range, **dict(found)}
        for (language, unit, is_range), found in sorted(rows.items())
    ]


def _is_ended(text: str) -> bool:
    return (
        text.rstrip()
        .rstrip("*_`\"'”’」』）)】$|")
        .endswith(("。", "！", "？", ".", "!", "?", "…", "~", "～", ":)"))
    )


def rates_entry(kept: Sequence[Kept], engine: Engine) -> dict[str, object]:
    """What `qwen_app.features.prompts.rates` reads of one model."""
    return {
        "quantization": engine.info.quantization,
        "temperature": TEMPERATURE,
        "machine": machine(),
        "templates": [
            {
                "kind": each.template.kind,
                "name": each.template.name,
                "language": each.language,
                "passed": each.passed,
                "runs": each.runs,
            }
            for each in kept
        ],
    }


def write_rates(path: Path, model: str, entry: dict[str, object]) -> None:
    """Add a model's figures to the file, in place of those it had."""
    models: dict[str, object] = {}
    if path.exists():
        models = json.loads(path.read_text(encoding="utf-8"))["models"]
    models[model] = entry
    text = json.dumps({"models": models}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=EMBEDDED, help="a catalogue name or a folder")
    parser.add_argument("--quant", default="auto", help="as of the app")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--prompts", type=Path, help="a folder of templates besides the library")
    parser.add_argument("--seeds", type=int, default=20, help="answers a template and language")
    parser.add_argument("--max-tokens", type=int, default=400, help="of an answer")
    parser.add_argument("--write", type=Path, metavar="FILE", help="add the rates to this file")
    parser.add_argument("--limits", type=int, metavar="N", help="measure N limits of length only")
    parser.add_argument("--json", type=Path, help="write the results here as well")


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit status."""
    try:
        library = load_library(
            ROOT / "prompts", *([arguments.prompts] if arguments.prompts else ())
        )
    except ConfigError as error:
        print(error.en, file=sys.stderr)
        return 2
    model = resolve(arguments.model, embedded=ROOT / "assets" / "embedded")
    if model.folder is None:
        print(f"{model.id} is not on this machine; name its folder.", file=sys.stderr)
        return 2
    settings = EngineSettings(
        devices=(arguments.device,), quant=arguments.quant, max_batch_size=max(16, arguments.seeds)
    )
    engine = create_engine(model.id, model.folder, settings)
    try:
        if arguments.limits:
            rows = limits(engine, library, arguments.limits)
        else:
            kept = list(
                measure(engine, library, seeds=arguments.seeds, max_tokens=arguments.max_tokens)
            )
            rows = [_row(each) for each in kept]
            if arguments.write is not None:
                write_rates(arguments.write, engine.info.id, rates_entry(kept, engine))
        print(table(rows))
        if arguments.json is not None:
            save(arguments.json, {"prompts": rows})
    finally:
        engine.close()
    return 0


def _row(kept: Kept) -> dict[str, object]:
    return {
        "template": f"{kept.template.kind}.{kept.template.name}",
        "language": kept.language,
        "passed": kept.passed,
        "runs": kept.runs,
        "most often missed": kept.missed,
    }
