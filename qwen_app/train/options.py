"""The command line's options, stage by stage; what the stages do is in `__main__`."""

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qwen_app.train import finetune_command, recipe
from qwen_app.train.loop import Recipe
from qwen_app.train.measuring import GROUPS
from qwen_app.train.objective import Blend
from qwen_app.train.stages import Teacher

Stage = Callable[[argparse.Namespace], None]

_SHAPE = {
    "hidden": "width of the model",
    "ffn": "width of its feed-forward layers",
    "layers": "number of layers",
    "heads": "number of query heads",
    "kv_heads": "number of key-value heads",
    "head_dim": "width of a head",
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


def parser_of(stages: Mapping[str, Stage], description: str) -> argparse.ArgumentParser:
    """The parser of the stages named in ``stages``; it leaves the one that was asked for, as
    "stage", among the options."""
    parser = argparse.ArgumentParser(
        prog="python -m qwen_app.train",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    threads = argparse.ArgumentParser(add_help=False)
    threads.add_argument(
        "--threads", type=_whole("--threads", 1, 1024), default=2, help="CPU threads"
    )
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
    tokens, minutes = _number("--tokens", 1, 1e12), _number("--minutes", 1e-3, 1e6)
    plan.add_argument("--tokens", type=tokens, default=Recipe().tokens, help="most tokens")
    plan.add_argument("--minutes", type=minutes, default=math.inf, help="most minutes")
    plan.add_argument(
        "--decay-from",
        type=_number("--decay-from", 0, 1),
        help="share of the budget after which the rate falls; 0: from the start, 1: never",
    )
    plan.add_argument(
        "--rate",
        type=_number("--rate", 1e-4, 10),
        default=1.0,
        help="times the recipe's peak learning rates; below 1 for weights that are good already",
    )
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument(
        "--per-skill",
        type=_whole("--per-skill", 1, 100_000),
        default=100,
        help="questions of each skill in each language",
    )
    asked.add_argument(
        "--skills",
        choices=("all", *GROUPS),
        default="all",
        help="chat: language and Python; math: with and without the guard; tasks: tables and JSON",
    )
    asked.add_argument(
        "--held-out-only", action="store_true", help="leave out the phrasings of the training"
    )
    measured = argparse.ArgumentParser(add_help=False)
    measured.add_argument("--model", type=Path, help="an exported checkpoint instead of the run's")
    measured.add_argument("--report", type=Path, help="file; evaluation.json in the run's folder")
    target = argparse.ArgumentParser(add_help=False)
    target.add_argument("--to", type=Path, default=Path("assets/embedded"), help="where to export")
    target.add_argument("--note", default="", help="what the card should say of this very run")
    start = argparse.ArgumentParser(add_help=False)
    start.add_argument("--start", type=Path, help="exported checkpoint to go on from")
    shape = argparse.ArgumentParser(add_help=False)
    for name, meaning in _SHAPE.items():
        flag = f"--{name.replace('_', '-')}"
        shape.add_argument(flag, type=_whole(flag, 1, 65_536), help=meaning)
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
    arms = argparse.ArgumentParser(add_help=False)
    arms.add_argument(
        "--expert-tokens", type=tokens, default=recipe.EXPERT_TOKENS, help="most, of each expert"
    )
    arms.add_argument("--expert-minutes", type=minutes, default=math.inf, help="most, of each")
    arms.add_argument(
        "--distill-tokens",
        type=_number("--distill-tokens", 0, 1e12),
        default=recipe.DISTILLATION_TOKENS,
        help="of the last stage, with experts and without; 0: no such stage",
    )
    parents = {
        "pipeline": [shared, start, plan, arms, asked, target],
        "tokenizer": [shared, start],
        "train": [shared, start, plan],
        "expert": [shared, start, plan, shape],
        "distill": [shared, plan, taught],
        "finetune": [threads, schedule, finetune_command.options()],
        "plot": [shared],
        "evaluate": [shared, asked, measured],
        "compare": [],
        "export": [shared, target],
        "try": [shared],
    }
    commands = parser.add_subparsers(required=True, metavar="stage")
    for name, function in stages.items():
        stage = commands.add_parser(name, parents=parents[name])
        stage.set_defaults(stage=function)
        if name == "expert":
            stage.add_argument("--skills", nargs="+", required=True, help="what it learns")
        if name == "try":
            stage.add_argument("question", nargs="*", help="none: read lines from the input")
            stage.add_argument("--system", help="system prompt")
            stage.add_argument("--temperature", type=float, default=0.0)
        if name == "compare":
            stage.add_argument(
                "--report",
                action="append",
                required=True,
                metavar="NAME=FILE",
                help="an evaluation.json and what to call it; twice or more",
            )
            stage.add_argument("--to", nargs="+", type=Path, required=True, help=".md or .json")
            stage.set_defaults(threads=1)
    return parser


def _number(name: str, least: float, most: float) -> Callable[[str], float]:
    """What reads an option's number within limits."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"{name} is {text}; it must be from {least:g} to {most:g}. / "
                f"{name} 为 {text}，应在 {least:g} 到 {most:g} 之间。"
            )
        return value

    return read


def _whole(name: str, least: int, most: int) -> Callable[[str], int]:
    """What reads an option's whole number within limits."""
    read = _number(name, least, most)

    def whole(text: str) -> int:
        value = read(text)
        if value != int(value):
            raise argparse.ArgumentTypeError(
                f"{name} is {text}, no whole number. / {name} 为 {text}，不是整数。"
            )
        return int(value)

    return whole
