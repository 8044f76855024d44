"""``python -m qwen_app.train finetune``: the command line of `qwen_app.train.finetune`."""

import argparse
import json
from pathlib import Path

from qwen_app.train.finetune import FineTuning, Plan
from qwen_app.train.pairs import Question, read_pairs, read_questions
from qwen_app.train.stages import Machine

_RANK = 16


def options() -> argparse.ArgumentParser:
    """The options of its own, to be a parent of the command's parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--model", type=Path, required=True, help="checkpoint to start from")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help='JSON lines: {"messages": [...]} or {"prompt": "...", "response": "..."}',
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the new checkpoint")
    parser.add_argument("--run", type=Path, default=Path("runs/finetune"), help="the run's folder")
    parser.add_argument(
        "--questions",
        type=Path,
        help='JSON lines: {"prompt": "...", "facts": ["..."]}, asked before and after',
    )
    parser.add_argument(
        "--lora",
        type=int,
        nargs="?",
        const=_RANK,
        metavar="RANK",
        help=f"train adapters of this rank ({_RANK}) instead of all weights; needs peft",
    )
    parser.add_argument("--epochs", type=float, default=Plan().epochs, help="times each pair")
    parser.add_argument("--rate", type=float, help="peak learning rate; by the model's size")
    parser.add_argument("--length", type=int, default=Plan().length, help="tokens a row")
    parser.add_argument("--rows", type=int, default=Plan().rows, help="rows a step")
    return parser


def run(given: argparse.Namespace, machine: Machine) -> None:
    """Train, and write the checkpoint with what was measured before and after.

    Raises:
        AppError: see `FineTuning`, `read_pairs` and `read_questions`.
    """
    pairs = read_pairs(given.data)
    questions = [] if given.questions is None else read_questions(given.questions)
    plan = Plan(given.epochs, given.rate, given.lora, given.length, given.rows, given.seed)
    tuning = FineTuning(given.model, pairs, plan, given.run, machine)
    if tuning.cut:
        shown = ", ".join(map(str, tuning.cut[:10])) + (" ..." if len(tuning.cut) > 10 else "")
        print(
            f"{len(tuning.cut)} conversations are longer than a row of {plan.length} tokens and "
            f"are cut; --length lengthens it. Lines: {shown}\n"
            f"有 {len(tuning.cut)} 个对话超过每行 {plan.length} 个词元，将被截断；"
            f"可用 --length 加长。行号：{shown}",
            flush=True,
        )
    print(
        f"{tuning.trained} conversations to train on, {tuning.kept_out} kept out; "
        f"products in {'bf16' if tuning.trainer.bf16 else 'fp32'}",
        flush=True,
    )
    before = _before(tuning, questions, given.run / "before.json")
    tuning.trainer.run()
    after = _measured(tuning, questions)
    for name, meaning in (("loss", "loss on pairs kept out"), ("right", "questions right")):
        if before.get(name) is not None and after.get(name) is not None:
            print(f"{meaning}: {before[name]:.4g} before, {after[name]:.4g} after")
    if tuning.trainer.finished:
        tuning.export(given.out)
        print(f"Checkpoint in {given.out}: python app.py --model {given.out}")
    else:
        print("Stopped early. The same command goes on. / 训练提前停止；再次运行同一命令即可继续。")


def _before(tuning: FineTuning, questions: list[Question], path: Path) -> dict[str, float | None]:
    """What was measured before the first step, also when the run goes on later."""
    if tuning.trainer.progress.step == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_measured(tuning, questions)) + "\n", encoding="utf-8")
    if not path.exists():
        return {}
    found: dict[str, float | None] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _measured(tuning: FineTuning, questions: list[Question]) -> dict[str, float | None]:
    right = tuning.share_right(questions) if questions else None
    return {"loss": tuning.loss(), "right": right}
