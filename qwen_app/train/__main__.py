"""Train the embedded model: ``python -m qwen_app.train <stage>``.

    pipeline    all stages in order; what has been done is not done again
    tokenizer   learn the vocabulary from generated conversations      (about 15 s)
    train       train from scratch, or go on where a run was stopped   (about an hour, 2 cores)
    expert      the same for some skills alone, mostly with a larger model
    distill     a student learns from one teacher or from several, each for its own skills
    finetune    a checkpoint learns a user's own questions and answers, wholly or by adapters
    plot        curves of a run as a picture
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
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from tokenizers import Tokenizer

from qwen_app.errors import AppError, InvalidInput
from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.train import finetune_command, recipe
from qwen_app.train.card import model_card
from qwen_app.train.checkpoint import describe, trained
from qwen_app.train.curves import draw_curves
from qwen_app.train.data.example import Split
from qwen_app.train.data.mix import Skills, document
from qwen_app.train.decode import Sampling, answer
from qwen_app.train.export import export
from qwen_app.train.loop import Recipe, Trainer
from qwen_app.train.measuring import GROUPS, measure, score_line, write_report
from qwen_app.train.objective import Blend
from qwen_app.train.scripts import letters
from qwen_app.train.scripts import words as foreign_words
from qwen_app.train.stages import Machine, Teacher, distillation, pretraining
from qwen_app.train.tokenizer import (
    common_characters,
    common_words,
    extend_tokenizer,
    save_tokenizer,
    train_tokenizer,
)

_SHAPE = {
    "hidden": "width of the model",
    "ffn": "width of its feed-forward layers",
    "layers": "number of layers",
    "heads": "number of query heads",
    "kv_heads": "number of key-value heads",
    "head_dim": "width of a head",
}
_FIELDS = {
    "hidden": "hidden_size",
    "ffn": "intermediate_size",
    "layers": "num_layers",
    "heads": "num_heads",
    "kv_heads": "num_kv_heads",
    "head_dim": "head_dim",
}


class _AddTeacher(argparse.Action):
    def __call__(self, _parser: Any, options: Any, folder: Any, _option: Any = None) -> None:
        options.teachers = [*(options.teachers or ()), Teacher(folder)]


class _GiveSkills(argparse.Action):
    """Skills of the teacher named last."""

    def __call__(self, parser: Any, options: Any, skills: Any, _option: Any = None) -> None:
        if not options.teachers:
            parser.error("--skills comes after the --teacher whose skills they are")
        options.teachers[-1] = replace(options.teachers[-1], skills=tuple(skills))


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.stage(options)
    except AppError as error:
        sys.exit(f"{error.en}\n{error.zh}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qwen_app.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    threads = argparse.ArgumentParser(add_help=False)
    threads.add_argument("--threads", type=int, default=2, help="CPU threads")
    schedule = argparse.ArgumentParser(add_help=False)
    schedule.add_argument("--seed", type=int, default=Recipe().seed)
    schedule.add_argument(
        "--precision",
        choices=("auto", "bf16", "fp32"),
        default="auto",
        help="of the products; auto: bf16 where a measurement finds it faster",
    )
    schedule.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    shared = argparse.ArgumentParser(add_help=False, parents=[threads])
    shared.add_argument("--run", type=Path, default=Path("runs/embedded"), help="the run's folder")
    plan = argparse.ArgumentParser(add_help=False, parents=[schedule])
    plan.add_argument("--tokens", type=float, default=Recipe().tokens, help="most tokens")
    plan.add_argument("--minutes", type=float, default=math.inf, help="most minutes")
    plan.add_argument(
        "--decay-from",
        type=float,
        default=Recipe().decay_from,
        help="share of the budget after which the rate falls",
    )
    measured = argparse.ArgumentParser(add_help=False)
    measured.add_argument("--per-skill", type=int, default=100, help="questions a skill, language")
    measured.add_argument(
        "--skills",
        choices=("all", *GROUPS),
        default="all",
        help="chat: language and Python; math: with and without the guard; tasks: tables and JSON",
    )
    measured.add_argument(
        "--held-out-only", action="store_true", help="leave out the phrasings of the training"
    )
    measured.add_argument("--model", type=Path, help="an exported checkpoint instead of the run's")
    measured.add_argument("--report", type=Path, help="file; evaluation.json in the run's folder")
    target = argparse.ArgumentParser(add_help=False)
    target.add_argument("--to", type=Path, default=Path("assets/embedded"), help="where to export")
    target.add_argument("--note", default="", help="what the card should say of this very run")
    start = argparse.ArgumentParser(add_help=False)
    start.add_argument("--start", type=Path, help="exported checkpoint to go on from")
    shape = argparse.ArgumentParser(add_help=False)
    for name, meaning in _SHAPE.items():
        shape.add_argument(f"--{name.replace('_', '-')}", type=int, help=meaning)
    taught = argparse.ArgumentParser(add_help=False)
    taught.add_argument("--student", type=Path, required=True, help="exported checkpoint")
    taught.add_argument(
        "--fresh", action="store_true", help="only the student's shape, with new weights"
    )
    taught.add_argument(
        "--teacher",
        type=Path,
        required=True,
        dest="teachers",
        action=_AddTeacher,
        help="exported checkpoint of the student's vocabulary; may be given several times",
    )
    taught.add_argument(
        "--skills",
        nargs="+",
        dest="teachers",
        action=_GiveSkills,
        help="what the teacher before it teaches; without, all that no other does",
    )
    taught.add_argument("--kl", type=float, default=Blend().kl, help="weight of the divergence")
    taught.add_argument("--ce", type=float, default=Blend().ce, help="weight of cross entropy")
    taught.add_argument("--temperature", type=float, default=Blend().temperature)
    stages = parser.add_subparsers(required=True, metavar="stage")
    for name, function, parents in (
        ("pipeline", _pipeline, [shared, start, plan, measured, target]),
        ("tokenizer", _tokenizer, [shared, start]),
        ("train", _train, [shared, start, plan]),
        ("expert", _expert, [shared, start, plan, shape]),
        ("distill", _distill, [shared, plan, taught]),
        ("finetune", _finetune, [threads, schedule, finetune_command.options()]),
        ("plot", _plot, [shared]),
        ("evaluate", _evaluate, [shared, measured]),
        ("export", _export, [shared, target]),
        ("try", _try, [shared]),
    ):
        stage = stages.add_parser(name, parents=parents)
        stage.set_defaults(stage=function)
        if name == "expert":
            stage.add_argument("--skills", nargs="+", required=True, help="what it learns")
        if name == "try":
            stage.add_argument("question", nargs="*", help="none: read lines from the input")
            stage.add_argument("--system", help="system prompt")
            stage.add_argument("--temperature", type=float, default=0.0)
    return parser


def _pipeline(options: argparse.Namespace) -> None:
    if not (options.run / "tokenizer" / "tokenizer.json").exists():
        _tokenizer(options)
    _train(options)
    _plot(options)
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
    _run_training(options, recipe.EMBEDDED, None)


def _expert(options: argparse.Namespace) -> None:
    given = {field: getattr(options, name) for name, field in _FIELDS.items()}
    shape = replace(recipe.EXPERT, **{k: v for k, v in given.items() if v is not None})
    if shape.num_heads % shape.num_kv_heads:
        raise InvalidInput(
            f"{shape.num_heads} query heads cannot share {shape.num_kv_heads} key-value heads "
            "evenly. Give a multiple of --kv-heads as --heads.",
            f"{shape.num_heads} 个查询头无法平均共享 {shape.num_kv_heads} 个键值头。"
            "--heads 应为 --kv-heads 的倍数。",
            param="heads",
        )
    _run_training(options, shape, tuple(options.skills))


def _run_training(options: argparse.Namespace, shape: Qwen2Config, skills: Skills) -> None:
    tokenizer = _load_tokenizer(options.run)
    config = replace(shape, vocab_size=tokenizer.get_vocab_size())
    trainer = pretraining(
        config,
        tokenizer,
        _plan(options),
        options.run,
        machine=_machine(options),
        start=options.start,
        skills=skills,
    )
    _go(trainer)


def _distill(options: argparse.Namespace) -> None:
    blend = Blend(options.kl, options.ce, options.temperature)
    trainer = distillation(
        options.student,
        options.teachers,
        _plan(options),
        options.run,
        blend,
        machine=_machine(options),
        fresh=options.fresh,
    )
    folder = options.run / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(options.student / name, folder / name)
    _go(trainer)


def _finetune(options: argparse.Namespace) -> None:
    finetune_command.run(options, _machine(options))


def _plot(options: argparse.Namespace) -> None:
    print(f"Curves in {draw_curves(options.run)}")


def _go(trainer: Trainer) -> None:
    print(f"Products in {'bf16' if trainer.bf16 else 'fp32'}", flush=True)
    trainer.run()
    print(f"{trainer.progress.tokens} tokens trained; checkpoint in {trainer.folder}")


def _plan(options: argparse.Namespace) -> Recipe:
    return Recipe(
        tokens=int(options.tokens),
        seconds=options.minutes * 60,
        seed=options.seed,
        decay_from=options.decay_from,
    )


def _machine(options: argparse.Namespace) -> Machine:
    return Machine(options.device, options.precision)


def _evaluate(options: argparse.Namespace) -> None:
    splits: tuple[Split, ...] = ("held_out",) if options.held_out_only else ("train", "held_out")
    groups = GROUPS if options.skills == "all" else (options.skills,)
    with TemporaryDirectory() as temporary:
        if options.model is None:
            folder = Path(temporary)
            described = describe(options.run / "checkpoint.pt")
            export(trained(options.run / "checkpoint.pt"), options.run / "tokenizer", folder)
        else:
            folder, described = options.model, {"model": options.model.name}
        scores = measure(
            folder,
            groups,
            per_skill=options.per_skill,
            splits=splits,
            threads=options.threads,
            report=lambda score: print(score_line(score), flush=True),
        )
    path = options.report or options.run / "evaluation.json"
    write_report(path, described, scores)
    print(f"Report in {path}")


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
