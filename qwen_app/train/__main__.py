"""Train the embedded model: ``python -m qwen_app.train <stage>``.

    pipeline    all stages in order; what has been done is not done again
    tokenizer   learn the vocabulary from generated conversations      (about 15 s)
    train       train from scratch, or go on where a run was stopped   (about an hour, 2 cores)
    evaluate    held-out accuracy by skill, into evaluation.json       (a few minutes)
    export      checkpoint folder with model card, for app.py --model
    try         answer questions from the command line

Everything a run needs and makes lies in one folder (``--run``); delete it to begin anew.
Ctrl-C or SIGTERM while training saves a checkpoint first. Evaluating and
exporting work while a run is still going, on its last checkpoint.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tokenizers import Tokenizer

from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.messages import Message
from qwen_app.train import recipe
from qwen_app.train.card import model_card
from qwen_app.train.data.example import Split
from qwen_app.train.data.mix import document
from qwen_app.train.decode import Sampling, answer
from qwen_app.train.evaluate import Score, as_json, evaluate
from qwen_app.train.evaluate_tasks import evaluate_tasks
from qwen_app.train.export import export
from qwen_app.train.loop import Recipe, Trainer, describe, trained
from qwen_app.train.scripts import letters
from qwen_app.train.scripts import words as foreign_words
from qwen_app.train.tokenizer import (
    common_characters,
    common_words,
    extend_tokenizer,
    save_tokenizer,
    train_tokenizer,
)


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    options.stage(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qwen_app.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--run", type=Path, default=Path("runs/embedded"), help="the run's folder")
    shared.add_argument("--threads", type=int, default=2, help="CPU threads")
    plan = argparse.ArgumentParser(add_help=False)
    plan.add_argument("--tokens", type=float, default=Recipe().tokens, help="most tokens")
    plan.add_argument("--minutes", type=float, default=math.inf, help="most minutes")
    plan.add_argument("--seed", type=int, default=Recipe().seed)
    plan.add_argument(
        "--decay-from",
        type=float,
        default=Recipe().decay_from,
        help="share of the budget after which the rate falls",
    )
    plan.add_argument(
        "--precision",
        choices=("auto", "bf16", "fp32"),
        default="auto",
        help="of the products; auto: bf16 where a measurement finds it faster",
    )
    plan.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    measure = argparse.ArgumentParser(add_help=False)
    measure.add_argument("--per-skill", type=int, default=100, help="questions a skill, language")
    measure.add_argument(
        "--skills",
        choices=("all", "chat", "tasks"),
        default="all",
        help="chat: those without a grammar; tasks: tables and JSON, on the app's engine",
    )
    target = argparse.ArgumentParser(add_help=False)
    target.add_argument("--to", type=Path, default=Path("assets/embedded"), help="where to export")
    target.add_argument("--note", default="", help="what the card should say of this very run")
    start = argparse.ArgumentParser(add_help=False)
    start.add_argument("--start", type=Path, help="exported checkpoint to go on from")
    stages = parser.add_subparsers(required=True, metavar="stage")
    for name, function, parents in (
        ("pipeline", _pipeline, [shared, start, plan, measure, target]),
        ("tokenizer", _tokenizer, [shared, start]),
        ("train", _train, [shared, start, plan]),
        ("evaluate", _evaluate, [shared, measure]),
        ("export", _export, [shared, target]),
        ("try", _try, [shared]),
    ):
        stage = stages.add_parser(name, parents=parents)
        stage.set_defaults(stage=function)
        if name == "try":
            stage.add_argument("question", nargs="*", help="none: read lines from the input")
            stage.add_argument("--system", help="system prompt")
            stage.add_argument("--temperature", type=float, default=0.0)
    return parser


def _pipeline(options: argparse.Namespace) -> None:
    if not (options.run / "tokenizer" / "tokenizer.json").exists():
        _tokenizer(options)
    _train(options)
    _evaluate(options)
    _export(options)


def _tokenizer(options: argparse.Namespace) -> None:
    def texts(count: int) -> Iterator[str]:
        for number in range(count):
            messages = document(recipe.TOKENIZER_SEED, number)
            yield "\n".join(f"{m.role}\n{m.content}" for m in messages)

    if options.start is None:
        size = recipe.BASE_VOCABULARY
        print(f"Learning {size} tokens from {recipe.TOKENIZER_DOCUMENTS} conversations ...")
        tokenizer = train_tokenizer(texts(recipe.TOKENIZER_DOCUMENTS), size)
    else:
        tokenizer = Tokenizer.from_file(str(options.start / "tokenizer.json"))
    size = recipe.VOCABULARY_SIZE
    words = common_words(texts(recipe.WORD_DOCUMENTS), size)
    wanted = [*common_characters(), *recipe.EXTRA_SIGNS, *letters(), *foreign_words(), *words]
    tokenizer = extend_tokenizer(tokenizer, wanted, size)
    save_tokenizer(tokenizer, options.run / "tokenizer", recipe.CONTEXT_LENGTH)
    print(f"{tokenizer.get_vocab_size()} tokens in {options.run / 'tokenizer'}")


def _train(options: argparse.Namespace) -> None:
    plan = Recipe(
        tokens=int(options.tokens),
        seconds=options.minutes * 60,
        seed=options.seed,
        decay_from=options.decay_from,
    )
    tokenizer = _load_tokenizer(options.run)
    config = replace(recipe.EMBEDDED, vocab_size=tokenizer.get_vocab_size())
    trainer = Trainer(
        config,
        tokenizer,
        plan,
        options.run,
        options.device,
        start=options.start,
        precision=options.precision,
    )
    print(f"Products in {'bf16' if trainer.bf16 else 'fp32'}", flush=True)
    trainer.run()
    print(f"{trainer.progress.tokens} tokens trained; checkpoint in {options.run}")


def _evaluate(options: argparse.Namespace) -> None:
    def report(score: Score) -> None:
        lines = "" if score.lines_right is None else f" ({score.lines_right} in every line)"
        free = "" if score.free_right is None else f" ({score.free_right} without the grammar)"
        print(
            f"{score.skill:12} {score.split:9} {score.language}  "
            f"{score.right:4d} of {score.asked}{lines}{free}",
            flush=True,
        )

    splits: tuple[Split, ...] = ("train", "held_out")
    model = trained(options.run / "checkpoint.pt")
    scores: list[Score] = []
    if options.skills in ("all", "chat"):
        scores += evaluate(
            model,
            _load_tokenizer(options.run),
            per_skill=options.per_skill,
            splits=splits,
            report=report,
        )
    if options.skills in ("all", "tasks"):
        with TemporaryDirectory() as folder:
            export(model, options.run / "tokenizer", Path(folder))
            settings = EngineSettings(threads=options.threads)
            engine = create_engine("trained", Path(folder), settings)
            try:
                scores += evaluate_tasks(
                    engine, per_skill=options.per_skill, splits=splits, report=report
                )
            finally:
                engine.close()
    path = options.run / "evaluation.json"
    described = describe(options.run / "checkpoint.pt")
    new = as_json(scores)
    value = {**described, "scores": [*_earlier(path, described, new), *new]}
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"Report in {path}")


def _earlier(
    path: Path, described: dict[str, Any], new: list[dict[str, object]]
) -> list[dict[str, object]]:
    """Scores of other skills in the report, if it is of this very checkpoint."""
    if not path.exists():
        return []
    old = json.loads(path.read_text(encoding="utf-8"))
    if old["progress"] != described["progress"]:
        return []
    again = {score["skill"] for score in new}
    return [score for score in old["scores"] if score["skill"] not in again]


def _export(options: argparse.Namespace) -> None:
    path = options.run / "evaluation.json"
    if not path.exists():
        sys.exit("Run the evaluate stage first: the model card states its figures.")
    model = trained(options.run / "checkpoint.pt")
    export(model, options.run / "tokenizer", options.to)
    evaluation = json.loads(path.read_text(encoding="utf-8"))
    card = model_card(model.config, evaluation, options.note)
    (options.to / "README.md").write_text(card, encoding="utf-8")
    size = sum(file.stat().st_size for file in options.to.iterdir())
    print(f"{size / 1e6:.1f} MB in {options.to}")


def _try(options: argparse.Namespace) -> None:
    model, tokenizer = trained(options.run / "checkpoint.pt"), _load_tokenizer(options.run)
    system = () if options.system is None else (Message("system", options.system),)
    for question in options.question or (line.strip() for line in sys.stdin):
        asked = (*system, Message("user", question))
        sampling = Sampling(options.temperature)
        print(f"> {question}\n{answer(model, tokenizer, [asked], sampling=sampling)[0]}\n")


def _load_tokenizer(run: Path) -> Tokenizer:
    path = run / "tokenizer" / "tokenizer.json"
    if not path.exists():
        sys.exit(f"{path} is missing: run the tokenizer stage first.")
    return Tokenizer.from_file(str(path))


if __name__ == "__main__":
    main()
