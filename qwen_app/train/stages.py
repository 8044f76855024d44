"""Runs put together: training on the corpus, or on some skills of it, and distillation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from tokenizers import Tokenizer

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.messages import Message
from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.train.corpus import Encoder
from qwen_app.train.data import mix
from qwen_app.train.data.mix import SKILLS, TASKS, Skills
from qwen_app.train.held_out import HeldOut, held_out_conversations
from qwen_app.train.loop import Recipe, Source, Trainer
from qwen_app.train.objective import Blend, CrossEntropy, Distillation
from qwen_app.train.optimize import initialise, muon_and_adamw
from qwen_app.train.precision import Precision
from qwen_app.train.warm import warm_start

Device = Literal["cpu", "cuda"]

_HELD_OUT_EACH = 4
"""Held-out conversations of each skill and language whose loss is followed."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run runs on; none of it decides the result but for rounding."""

    device: Device = "cpu"
    precision: Precision = "auto"
    compiled: bool = True


@dataclass(frozen=True, slots=True)
class Teacher:
    """An exported checkpoint, and what it teaches: None for every skill that no other does."""

    folder: Path
    skills: tuple[str, ...] | None = None


def pretraining(
    config: Qwen2Config,
    tokenizer: Tokenizer,
    recipe: Recipe,
    folder: Path,
    *,
    machine: Machine = Machine(),
    start: Path | None = None,
    skills: Skills = None,
    title: str = "",
) -> Trainer:
    """Cross entropy on the corpus; of ``skills`` alone, for an expert.

    ``start`` is an exported checkpoint to go on from, where the run has none yet; of fewer layers,
    it is grown (see `warm_start`). ``title`` heads the lines of progress.

    Raises:
        InvalidInput: no such skill.
        CheckpointError: ``start`` or what ``folder`` holds does not fit.
    """
    check_skills(skills)
    torch.manual_seed(recipe.seed)
    model = Qwen2(config)
    initialise(model)
    if start is not None:
        warm_start(model, tokenizer, start)
    model = model.to(machine.device)
    encoder = Encoder(tokenizer)
    return Trainer(
        "train",
        model,
        encoder,
        [_source("corpus", recipe.seed, skills)],
        CrossEntropy(model, compiled=machine.compiled),
        muon_and_adamw(model, recipe.muon_rate, recipe.adamw_rate, recipe.weight_decay),
        recipe,
        folder,
        precision=machine.precision,
        held_out=_held_out(encoder, recipe, model, skills),
        title=title,
    )


def distillation(
    student: Path,
    teachers: Sequence[Teacher],
    recipe: Recipe,
    folder: Path,
    blend: Blend,
    *,
    machine: Machine = Machine(),
    fresh: bool = False,
    title: str = "",
) -> Trainer:
    """The student learns each skill from its teacher, on the skills that have one.

    A blend without divergence is plain training on the very same batches, against which others
    can be measured: the teachers then only say which skills are drawn together.

    Args:
        student: an exported checkpoint; with ``fresh``, only its shape and vocabulary.

    Raises:
        InvalidInput: no such skill, a skill with two teachers, weights of the loss below zero.
        CheckpointError: a folder is no usable checkpoint, or vocabularies differ.
    """
    shares = _taught(teachers)
    _check(blend)
    tokenizer = vocabulary(student)
    for teacher in teachers:
        _require_same(tokenizer, vocabulary(teacher.folder), student, teacher.folder)
    torch.manual_seed(recipe.seed)
    model = load_model(student, quant="fp32").model.requires_grad_(True)
    if fresh:
        initialise(model)
    model = model.to(machine.device)
    quant = "bf16" if machine.device == "cuda" else "fp32"
    asked = teachers if blend.kl > 0 else ()
    taught = [load_model(t.folder, quant=quant, device=machine.device).model for t in asked]
    encoder = Encoder(tokenizer)
    sources = [
        _source(f"teacher {number}", recipe.seed, skills)
        for number, skills in enumerate(shares, start=1)
    ]
    every = tuple(name for skills in shares for name in skills)
    return Trainer(
        "distill",
        model,
        encoder,
        sources,
        Distillation(model, taught, blend, compiled=machine.compiled),
        muon_and_adamw(model, recipe.muon_rate, recipe.adamw_rate, recipe.weight_decay),
        recipe,
        folder,
        precision=machine.precision,
        held_out=_held_out(encoder, recipe, model, every),
        title=title,
    )


def check_skills(skills: Skills) -> None:
    """Raises:
    InvalidInput: a name that is no skill, or none at all.
    """
    known = (*SKILLS, *TASKS)
    unknown = [name for name in skills or () if name not in known]
    if unknown or (skills is not None and not skills):
        names = ", ".join(unknown) or "-"
        raise InvalidInput(
            f"No such skill: {names}. There are {', '.join(known)}.",
            f"没有这样的技能：{names}。可用的有：{'、'.join(known)}。",
            param="skills",
        )


def vocabulary(folder: Path) -> Tokenizer:
    """Raises:
    CheckpointError: the folder has no tokenizer that can be read.
    """
    path = folder / "tokenizer.json"
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more exact
        raise CheckpointError(
            f"{path} cannot be read as a tokenizer: {error}",
            f"无法将 {path} 作为分词器读取：{error}",
            param="tokenizer.json",
        ) from error


def _taught(teachers: Sequence[Teacher]) -> list[tuple[str, ...]]:
    """Each teacher's skills, in its order."""
    named: list[str] = []
    for teacher in teachers:
        check_skills(teacher.skills)
        named += teacher.skills or ()
    left = tuple(name for name in (*SKILLS, *TASKS) if name not in named)
    general = sum(teacher.skills is None for teacher in teachers)
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice or general > 1 or (general and not left) or not teachers:
        detail = f" ({', '.join(twice)})" if twice else ""
        raise InvalidInput(
            f"Each skill needs exactly one teacher{detail}: give --skills after each --teacher; "
            "one teacher at most may be without, for all the other skills.",
            f"每项技能只能有一位教师{detail}：请在每个 --teacher 之后用 --skills 指定；"
            "最多一位教师可以不指定，由它负责其余技能。",
            param="teacher",
        )
    return [left if teacher.skills is None else teacher.skills for teacher in teachers]


def _check(blend: Blend) -> None:
    if min(blend.kl, blend.ce) < 0 or blend.kl + blend.ce <= 0 or blend.temperature <= 0:
        raise InvalidInput(
            "--kl and --ce must not be below 0 nor both 0, and --temperature must be above 0.",
            "--kl 与 --ce 不能小于 0，也不能同时为 0；--temperature 必须大于 0。",
            param="kl",
        )


def _require_same(student: Tokenizer, teacher: Tokenizer, of: Path, other: Path) -> None:
    ours, theirs = student.get_vocab(), teacher.get_vocab()
    differing = sorted(t for t in ours.keys() | theirs.keys() if ours.get(t) != theirs.get(t))
    if differing:
        raise CheckpointError(
            f"The vocabularies of {of} ({len(ours)} tokens) and {other} ({len(theirs)}) differ, "
            f"first in {differing[0]!r}. A teacher must have the student's vocabulary.",
            f"{of}（{len(ours)} 个词元）与 {other}（{len(theirs)} 个词元）的词表不同，"
            f"例如 {differing[0]!r}。教师必须与学生使用同一词表。",
            param="teacher",
        )


def _source(name: str, seed: int, skills: Skills) -> Source:
    def draw(number: int, long: bool) -> tuple[Message, ...]:
        return mix.document(seed, number, long=long, skills=skills)

    return Source(name, draw, mix.share(skills))


def _held_out(encoder: Encoder, recipe: Recipe, model: Qwen2, skills: Skills) -> HeldOut:
    length = min(recipe.long_length, model.config.max_position)
    return HeldOut(encoder, held_out_conversations(_HELD_OUT_EACH, skills), length)
