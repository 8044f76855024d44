"""Train the embedded model: ``python -m qwen_app.train <stage>``.

    pipeline    all stages in order, with experts and without; what has been done is not done again
    tokenizer   learn the vocabulary from generated conversations      (about 15 s)
    train       train from scratch, or go on where a run was stopped   (about an hour, 2 cores)
    expert      the same for some skills alone, mostly with a larger model
    distill     a student learns from one teacher or from several, each for its own skills
    compare     reports of several runs side by side, as a table
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

import torch
from tokenizers import Tokenizer

from qwen_app.errors import AppError, InvalidInput
from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.train import compare, finetune_command, pipeline, recipe
from qwen_app.train.card import model_card
from qwen_app.train.checkpoint import describe, trained
from qwen_app.train.curves import draw_curves
from qwen_app.train.data.example import Split
from qwen_app.train.data.mix import Skills, document
from qwen_app.train.decode import Sampling, answer
from qwen_app.train.export import export
from qwen_app.train.history import inherit, with_this_run, write_history
from qwen_app.train.loop import Recipe, Trainer
from qwen_app.train.measuring import GROUPS, Group, held_out_loss, measure, score_line, write_report
from qwen_app.train.objective import Blend
from qwen_app.train.options import Stage, parser_of
from qwen_app.train.scripts import letters
from qwen_app.train.scripts import words as foreign_words
from qwen_app.train.stages import Machine, distillation, pretraining, vocabulary
from qwen_app.train.tokenizer import (
    common_characters,
    common_words,
    extend_tokenizer,
    save_tokenizer,
    train_tokenizer,
)

_FIELDS = {
    "hidden": "hidden_size",
    "ffn": "intermediate_size",
    "layers": "num_layers",
    "heads": "num_heads",
    "kv_heads": "num_kv_heads",
    "head_dim": "head_dim",
}


def main(arguments: list[str] | None = None) -> None:
    options = parser_of(_STAGES, __doc__).parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.stage(options)
    except AppError as error:
        sys.exit(f"{error.en}\n{error.zh}")


def _pipeline(options: argparse.Namespace) -> None:
    if not (options.run / "tokenizer" / "tokenizer.json").exists():
        _tokenizer(options)
    arms = options.distill_tokens > 0
    given = _plan(options, decay_from=1.0 if arms else Recipe().decay_from)
    later = replace(given, decay_from=0.0, seconds=math.inf)
    plan = pipeline.Plan(
        given,
        # Other seeds, so that no stage reads again what one before it has read.
        replace(
            later,
            tokens=int(options.expert_tokens),
            seconds=options.expert_minutes * 60,
            seed=given.seed + 1,
        ),
        replace(later, tokens=int(options.distill_tokens), seed=given.seed + 2) if arms else None,
    )
    questions = pipeline.Questions(
        _groups(options), options.per_skill, _splits(options), options.threads
    )
    best = pipeline.Pipeline(
        plan, options.run, _machine(options), questions, start=options.start
    ).run()
    _plot(options)
    if arms:
        options.to.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(options.run / compare.NAME, options.to / compare.NAME)
    _export_run(best, options.run / "tokenizer", options.to, options.note)


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
    if options.start is not None:
        _take_over(options.start, options.run)
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
    _take_over(options.student, options.run)
    _go(trainer)


def _take_over(start: Path, run: Path) -> None:
    """Vocabulary and history of the checkpoint that a run starts from, where it has none yet.

    Raises:
        CheckpointError: ``start`` is no usable checkpoint.
    """
    inherit(run, start)
    folder = run / "tokenizer"
    if (folder / "tokenizer.json").exists():
        return
    vocabulary(start)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(start / name, folder / name)


def _finetune(options: argparse.Namespace) -> None:
    finetune_command.run(options, _machine(options))


def _plot(options: argparse.Namespace) -> None:
    print(f"Curves in {draw_curves(options.run)}")


def _go(trainer: Trainer) -> None:
    print(f"Products in {'bf16' if trainer.bf16 else 'fp32'}", flush=True)
    trainer.run()
    print(f"{trainer.progress.tokens} tokens trained; checkpoint in {trainer.folder}")


def _plan(options: argparse.Namespace, decay_from: float = Recipe().decay_from) -> Recipe:
    """``decay_from`` is for where none was given."""
    usual = Recipe()
    return Recipe(
        tokens=int(options.tokens),
        seconds=options.minutes * 60,
        seed=options.seed,
        decay_from=decay_from if options.decay_from is None else options.decay_from,
        muon_rate=usual.muon_rate * options.rate,
        adamw_rate=usual.adamw_rate * options.rate,
    )


def _machine(options: argparse.Namespace) -> Machine:
    return Machine(options.device, options.precision)


def _splits(options: argparse.Namespace) -> tuple[Split, ...]:
    return ("held_out",) if options.held_out_only else ("train", "held_out")


def _groups(options: argparse.Namespace) -> tuple[Group, ...]:
    return GROUPS if options.skills == "all" else (options.skills,)


def _evaluate(options: argparse.Namespace) -> None:
    with TemporaryDirectory() as temporary:
        if options.model is None:
            folder = Path(temporary)
            described = describe(options.run / "checkpoint.pt")
            export(trained(options.run / "checkpoint.pt"), options.run / "tokenizer", folder)
        else:
            folder, described = options.model, {"model": options.model.name}
        scores = measure(
            folder,
            _groups(options),
            per_skill=options.per_skill,
            splits=_splits(options),
            threads=options.threads,
            report=lambda score: print(score_line(score), flush=True),
        )
        loss = held_out_loss(folder)
    path = options.report or options.run / "evaluation.json"
    write_report(path, described, scores, loss)
    print(f"Held-out loss: {loss['all']:.4f} nats a token" if loss else "No held-out loss")
    print(f"Report in {path}")


def _compare(options: argparse.Namespace) -> None:
    reports = []
    for text in options.report:
        name, found, file = text.partition("=")
        if not (name and found and file):
            raise InvalidInput(
                f"--report {text} must be NAME=FILE.",
                f"--report {text} 应为 名称=文件。",
                param="report",
            )
        reports.append((name, compare.read_report(Path(file))))
    compared = compare.compare(reports)
    for to in options.to:
        compare.write(compared, to)
    print(f"{compare.table(compared)}\nBetter: {compared['better']}")


def _export(options: argparse.Namespace) -> None:
    _export_run(options.run, options.run / "tokenizer", options.to, options.note)


def _export_run(run: Path, tokenizer: Path, to: Path, note: str) -> None:
    """The run's weights with card and history; the card has a section on distillation, if
    ``to`` holds the table that `compare` wrote as distillation.json."""
    path = run / "evaluation.json"
    if not path.exists():
        sys.exit(
            "Run the evaluate stage first: the model card states its figures.\n"
            "请先运行 evaluate 阶段：模型卡需要其中的数据。"
        )
    model = trained(run / "checkpoint.pt")
    export(model, tokenizer, to)
    stages = with_this_run(run, describe(run / "checkpoint.pt"))
    write_history(to, stages)
    card = model_card(
        model.config,
        json.loads(path.read_text(encoding="utf-8")),
        note,
        stages=stages,
        distillation=compare.section_beside(to),
    )
    (to / "README.md").write_text(card, encoding="utf-8")
    size = sum(file.stat().st_size for file in to.iterdir())
    print(f"{size / 1e6:.1f} MB in {to}")


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


_STAGES: dict[str, Stage] = {
    "pipeline": _pipeline,
    "tokenizer": _tokenizer,
    "train": _train,
    "expert": _expert,
    "distill": _distill,
    "finetune": _finetune,
    "plot": _plot,
    "evaluate": _evaluate,
    "compare": _compare,
    "export": _export,
    "try": _try,
}

if __name__ == "__main__":
    main()
