"""The loss on held-out answers by skill, while training goes on: cheap enough to watch."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from qwen_app.features.json_mode.prompt import build_messages
from qwen_app.features.tables.prompt import build_prompt
from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train.corpus import Document, Encoder, collate, pack
from qwen_app.train.data.example import Language, conversation
from qwen_app.train.data.forms import formed_conversation
from qwen_app.train.data.json_extraction import draw_extraction, written
from qwen_app.train.data.mix import SKILLS, TASKS, Skills, system_prompt
from qwen_app.train.data.tables import draw_question
from qwen_app.train.data.tutoring import tutor_conversation
from qwen_app.train.objective import answer_logits, inputs_of

_ROWS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation whose answers were never trained on."""

    skill: str
    messages: tuple[Message, ...]


def held_out_conversations(each: int, skills: Skills = None, seed: int = 11) -> list[Asked]:
    """``each`` conversations of every skill and language."""
    names = [name for name in (*SKILLS, *TASKS) if skills is None or name in skills]
    languages: tuple[Language, ...] = ("zh", "en")
    return [
        Asked(name, _draw(name, random.Random(f"{seed}:{name}:{language}:{number}"), language))
        for name in names
        for language in languages
        for number in range(each)
    ]


def _draw(skill: str, rng: random.Random, language: Language) -> tuple[Message, ...]:
    if skill == "tables":
        question = draw_question(rng, language, "held_out")
        prompt = build_prompt(question.table, question.question)
        return (*prompt, Message("assistant", question.query))
    if skill == "json":
        drawn = draw_extraction(rng, language, "held_out")
        answer = written(drawn.document, pretty=rng.random() < 0.35)
        return (*build_messages(drawn.text, drawn.schema), Message("assistant", answer))
    if skill == "forms":
        return formed_conversation(rng, language, "held_out")
    if skill == "tutor":
        return tutor_conversation(rng, language, "held_out")
    exchange = SKILLS[skill][0](rng, language, "held_out")
    return conversation(system_prompt(rng, language), (exchange,))


class HeldOut:
    """The same conversations at every measurement."""

    def __init__(self, encoder: Encoder, asked: Sequence[Asked], length: int) -> None:
        """What is longer than ``length`` tokens is left out."""
        self._length = length
        self._documents: list[tuple[str, Document]] = [
            (one.skill, document)
            for one, document in zip(
                asked, encoder.encode([one.messages for one in asked]), strict=True
            )
            if len(document.ids) <= length
        ]

    @torch.no_grad()
    def losses(self, model: Qwen2, *, bf16: bool) -> dict[str, float]:
        """Nats a token of an answer: the mean over the answers' tokens of each skill, and "all":
        the mean over the skills. Empty if every conversation was too long."""
        skills = {id(document): skill for skill, document in self._documents}
        sums: dict[str, list[float]] = {}
        rows = pack([document for _, document in self._documents], self._length)
        for start in range(0, len(rows), _ROWS):
            self._add(model, rows[start : start + _ROWS], skills, sums, bf16)
        if not sums:
            return {}
        means = {skill: sum(values) / len(values) for skill, values in sums.items()}
        return {"all": sum(means.values()) / len(means), **means}

    def _add(
        self,
        model: Qwen2,
        rows: list[list[Document]],
        skills: dict[int, str],
        sums: dict[str, list[float]],
        bf16: bool,
    ) -> None:
        device = next(model.parameters()).device
        # Positions jump within a row at most, whatever the model could reach.
        batch = collate(rows, self._length, self._length, random.Random(0))
        inputs = inputs_of(batch, device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            logits = answer_logits(model, inputs.ids, inputs.positions, inputs.mask, inputs.places)
        losses = F.cross_entropy(logits.float(), inputs.targets, reduction="none").tolist()
        flat = batch.documents.flatten()
        for place, target, loss in zip(
            inputs.places.tolist(), inputs.targets.tolist(), losses, strict=True
        ):
            if target >= 0:
                owner = rows[place // self._length][int(flat[place])]
                sums.setdefault(skills[id(owner)], []).append(loss)
