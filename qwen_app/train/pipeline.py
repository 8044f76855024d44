"""The whole recipe: training, experts, distillation against plain training, and the better one.

Each stage is taken up where it was stopped, and what has been done is not done again. The student
is trained at a constant rate; then two arms go on from it with the rate falling to nothing, on the
same batches in the same order: one with cross entropy alone, one with the experts beside. Both
answer the same held-out questions, and the better one is exported with the table.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from qwen_app.errors import AppError, CheckpointError
from qwen_app.model.qwen2 import Qwen2Config
from qwen_app.train import recipe
from qwen_app.train.checkpoint import describe, trained
from qwen_app.train.compare import Report, compare, write
from qwen_app.train.data.example import Split
from qwen_app.train.export import export
from qwen_app.train.history import inherit, read_history, with_this_run, write_history
from qwen_app.train.loop import Recipe, Trainer
from qwen_app.train.measuring import Group, held_out_loss, measure, score_line, write_report
from qwen_app.train.objective import Blend
from qwen_app.train.stages import Machine, Teacher, distillation, pretraining, vocabulary

ARMS = {"plain": Blend(kl=0, ce=1), "distilled": Blend()}
"""Their folders, and what they make small."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Budgets and shapes.

    Attributes:
        training: of the student; `Recipe.decay_from` 1, where arms go on from it.
        expert: of each expert.
        arm: of each arm; None: no experts and no arms.
        student, grown: shapes; the vocabulary is the tokenizer's.
    """

    training: Recipe
    expert: Recipe
    arm: Recipe | None
    student: Qwen2Config = recipe.EMBEDDED
    grown: Qwen2Config = recipe.EXPERT


@dataclass(frozen=True, slots=True)
class Questions:
    """What the evaluation asks."""

    groups: Sequence[Group]
    per_skill: int
    splits: tuple[Split, ...]
    threads: int


class Pipeline:
    """One run of it in a folder, which holds the tokenizer already."""

    def __init__(
        self,
        plan: Plan,
        run: Path,
        machine: Machine,
        questions: Questions,
        *,
        start: Path | None = None,
        say: Callable[[str], None] = lambda line: print(line, flush=True),
    ) -> None:
        """``start`` is an exported checkpoint that the student goes on from."""
        self.plan, self.run_folder, self.machine = plan, run, machine
        self.questions, self.start, self._say = questions, start, say
        arms = 0 if plan.arm is None else len(ARMS)
        experts = len(recipe.EXPERTS) if arms else 0
        self._stages = 1 + experts + arms + max(1, arms)
        self._stage = 0

    def run(self) -> Path:
        """The folder of the run whose weights are the best; with ``distillation.json`` in the
        pipeline's folder, where there were two.

        Raises:
            AppError: what a stage raises; or it was asked to stop, and the same command goes on.
        """
        folder = self.run_folder
        tokenizer = vocabulary(folder / "tokenizer")
        if self.start is not None:
            inherit(folder, self.start)
        self._train(self._student(tokenizer))
        if self.plan.arm is None:
            self._evaluate(folder)
            return folder
        student = self._exported(folder, folder / "student")
        teachers = [
            Teacher(self._expert(name, tokenizer, student), skills)
            for name, skills in recipe.EXPERTS.items()
        ]
        for arm, blend in ARMS.items():
            self._train(self._arm(arm, blend, self.plan.arm, student, teachers))
        reports = [(arm, self._evaluate(folder / arm)) for arm in ARMS]
        compared = compare(reports)
        for ending in ("json", "md"):
            write(compared, folder / f"distillation.{ending}")
        self._say(f"Better: {compared['better']}; table in {folder / 'distillation.md'}")
        return folder / str(compared["better"])

    def _student(self, tokenizer: Tokenizer) -> Trainer:
        return pretraining(
            replace(self.plan.student, vocab_size=tokenizer.get_vocab_size()),
            tokenizer,
            self.plan.training,
            self.run_folder,
            machine=self.machine,
            start=self.start,
            title=self._title("training"),
        )

    def _expert(self, name: str, tokenizer: Tokenizer, student: Path) -> Path:
        """Its exported checkpoint; it is trained first, if it was not yet."""
        folder = self.run_folder / "experts" / name
        _begin(folder, student)
        trainer = pretraining(
            replace(self.plan.grown, vocab_size=tokenizer.get_vocab_size()),
            tokenizer,
            self.plan.expert,
            folder,
            machine=self.machine,
            start=student,
            skills=recipe.EXPERTS[name],
            title=self._title(f"expert {name}"),
        )
        self._train(trainer)
        return self._exported(folder, folder / "exported")

    def _arm(
        self,
        name: str,
        blend: Blend,
        budget: Recipe,
        student: Path,
        teachers: Sequence[Teacher],
    ) -> Trainer:
        folder = self.run_folder / name
        _begin(folder, student)
        return distillation(
            student,
            teachers,
            budget,
            folder,
            blend,
            machine=self.machine,
            title=self._title(name),
        )

    def _title(self, name: str) -> str:
        self._stage += 1
        return f"[{self._stage}/{self._stages}] {name}"

    def _train(self, trainer: Trainer) -> None:
        if trainer.finished:
            self._say(f"{trainer.title}: done already")
            return
        self._say(f"{trainer.title}: products in {'bf16' if trainer.bf16 else 'fp32'}")
        trainer.run()
        if not trainer.finished:
            raise AppError(
                f"Stopped in {trainer.title}. The same command goes on.",
                f"已在 {trainer.title} 停止；再次运行同一命令即可继续。",
                param="run",
            )

    def _exported(self, run: Path, to: Path) -> Path:
        """The run's weights as a checkpoint folder; its tokenizer is the pipeline's."""
        described = describe(run / "checkpoint.pt")
        export(trained(run / "checkpoint.pt"), self.run_folder / "tokenizer", to)
        write_history(to, with_this_run(run, described))
        return to

    def _evaluate(self, run: Path) -> Report:
        """The run's evaluation.json; of the same weights and questions, it is not made again."""
        title, path = self._title(f"evaluation of {run.name}"), run / "evaluation.json"
        asked = self.questions
        described = {
            **describe(run / "checkpoint.pt"),
            "asked": [list(asked.groups), asked.per_skill, list(asked.splits)],
        }
        if path.exists():
            old: Report = json.loads(path.read_text(encoding="utf-8"))
            if all(old.get(name) == value for name, value in described.items()):
                self._say(f"{title}: done already")
                return old
        self._say(title)
        folder = self._exported(run, run / "measured")
        scores = measure(
            folder,
            asked.groups,
            per_skill=asked.per_skill,
            splits=asked.splits,
            threads=asked.threads,
            report=lambda score: self._say(score_line(score)),
        )
        write_report(path, described, scores, held_out_loss(folder))
        report: Report = json.loads(path.read_text(encoding="utf-8"))
        return report


def _begin(run: Path, student: Path) -> None:
    """Raises:
    CheckpointError: the run began from an earlier student.
    """
    inherit(run, student)
    if read_history(run) != read_history(student):
        raise CheckpointError(
            f"{run} began from a student that has been trained on since. Delete it to begin anew.",
            f"{run} 是从更早的学生模型开始的，学生此后又训练过。请删除该文件夹后重新开始。",
            param="run",
        )
