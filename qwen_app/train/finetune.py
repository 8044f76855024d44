"""Fine-tuning an exported checkpoint, the real model or the embedded one, on a user's own pairs.

The prompts are laid out as the app does it, the checkpoint's default system prompt included. All
weights are trained, or adapters that are merged at the end; either way the result is an ordinary
checkpoint folder. A tenth of the pairs is kept out of the training, and their loss shows whether
the model learns or only remembers.
"""

import hashlib
import json
import math
import random
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.messages import Message
from qwen_app.model.loading import load_model
from qwen_app.model.qwen2 import Qwen2
from qwen_app.text.tokenizer import Tokenizer as AppTokenizer
from qwen_app.train.corpus import IGNORED, Document, Encoder, pack
from qwen_app.train.decode import answer
from qwen_app.train.export import hf_tensors
from qwen_app.train.held_out import Asked, HeldOut
from qwen_app.train.loop import Recipe, Source, Trainer
from qwen_app.train.lora import add_adapters, merge_adapters
from qwen_app.train.objective import CrossEntropy
from qwen_app.train.optimize import adamw_alone
from qwen_app.train.pairs import Numbered, Question
from qwen_app.train.stages import Machine, vocabulary

_KEPT_OUT = 0.1
_LEAST_FOR_KEEPING_OUT = 20
"""Pairs; of fewer, all are trained on."""
_RATE_FOR_HALF_A_BILLION = 2e-5
_ANSWER_TOKENS = 160
_WORTH_COMPILING = 1_000_000
"""Tokens of training; below, compiling takes longer than it saves."""
_COPIED = (
    *("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"),
    *("chat_template.jinja", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.json", "merges.txt", "LICENSE"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a user may choose.

    Attributes:
        epochs: how often each pair is trained on.
        rate: peak learning rate; None: by the size of the model, `default_rate`.
        lora: rank of the adapters; None: all weights are trained.
        length: tokens a row; what is longer is cut.
        rows: rows a step.
    """

    epochs: float = 3.0
    rate: float | None = None
    lora: int | None = None
    length: int = 512
    rows: int = 4
    seed: int = 1


def default_rate(model: Qwen2, lora: int | None) -> float:
    """Smaller models take larger steps; adapters ten times as large ones."""
    size = math.sqrt(494_032_768 / model.config.parameters)
    return _RATE_FOR_HALF_A_BILLION * size * (1 if lora is None else 10)


class FineTuning:
    """A run, ready to go on, and the export of what it has learned."""

    def __init__(
        self,
        folder: Path,
        pairs: Sequence[Numbered],
        plan: Plan,
        run: Path,
        machine: Machine,
    ) -> None:
        """
        Args:
            folder: the checkpoint to start from.
            run: where the run's checkpoint lies; the same arguments go on from it.

        Raises:
            CheckpointError: the checkpoint cannot be used, or ``run`` holds another run.
            MissingDependency: adapters without peft.
            InvalidInput: numbers out of range, or every answer lies beyond a row.
        """
        _check(plan)
        self.folder, self.plan = folder, plan
        tokenizer = vocabulary(folder)
        encoder = Encoder(tokenizer)
        system = default_system(folder, tokenizer)
        self._tokenizer, self._system = tokenizer, system
        self.model = load_model(folder, quant="fp32").model.requires_grad_(True)
        length = min(plan.length, self.model.config.max_position)
        torch.manual_seed(plan.seed)
        if plan.lora is not None:
            add_adapters(self.model, plan.lora)
        self.model = self.model.to(machine.device)
        trained, kept_out = _divided(pairs, plan.seed)
        conversations = [with_system(pair.messages, system) for pair in trained]
        documents = encoder.encode(conversations)
        self.cut = tuple(
            pair.line
            for pair, document in zip(trained, documents, strict=True)
            if len(document.ids) > length
        )
        """Lines of which the end is not trained on."""
        self.trained, self.kept_out = len(trained), len(kept_out)
        recipe = _recipe(documents, plan, length, default_rate(self.model, plan.lora))
        measured = [with_system(pair.messages, system) for pair in kept_out or trained]
        self.trainer = Trainer(
            f"finetune {_digest(folder, pairs, plan)}",
            self.model,
            encoder,
            [Source("pairs", _Epochs(conversations, plan.seed), has_long=False)],
            CrossEntropy(
                self.model, compiled=machine.compiled and recipe.tokens >= _WORTH_COMPILING
            ),
            adamw_alone(self.model, recipe.adamw_rate, recipe.weight_decay),
            recipe,
            run,
            precision=machine.precision,
            held_out=HeldOut(encoder, [Asked("pairs", one) for one in measured], length),
        )

    def loss(self) -> float | None:
        """On the pairs kept out, nats a token; on those trained on, where none were. None if all
        are longer than a row."""
        return self.trainer.measure().get("all")

    def share_right(self, questions: Sequence[Question]) -> float:
        """How many questions the model answers as it is now, from 0 to 1; greedy."""
        asked = [with_system((Message("user", one.prompt),), self._system) for one in questions]
        self.model.eval()
        texts = answer(self.model, self._tokenizer, asked, max_tokens=_ANSWER_TOKENS)
        right = [one.is_answered_by(text) for one, text in zip(questions, texts, strict=True)]
        return sum(right) / len(right)

    def export(self, to: Path) -> None:
        """The checkpoint's own files with the new weights, in bf16; ends the run."""
        model = self.model.to("cpu")
        if self.plan.lora is not None:
            merge_adapters(model)
        to.mkdir(parents=True, exist_ok=True)
        for name in _COPIED:
            if (self.folder / name).exists() and self.folder.resolve() != to.resolve():
                shutil.copyfile(self.folder / name, to / name)
        config = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        config.pop("quantization_config", None)
        config = {name: value for name, value in config.items() if name != "dtype"}
        text = json.dumps({**config, "torch_dtype": "bfloat16"}, ensure_ascii=False, indent=2)
        (to / "config.json").write_text(text + "\n", encoding="utf-8")
        save_file(hf_tensors(model), to / "model.safetensors", metadata={"format": "pt"})
        (to / "model.safetensors").chmod(0o644)  # the library lets none but the owner read it


def default_system(folder: Path, tokenizer: Tokenizer) -> str | None:
    """The system prompt that the checkpoint's template adds where there is none.

    Raises:
        CheckpointError: the template is not ChatML, in which the training lays out its prompts.
    """
    app = AppTokenizer.from_folder(folder)
    asked = Message("user", "x")
    text = tokenizer.decode(app.render((asked,)), skip_special_tokens=False)
    found = re.match(r"<\|im_start\|>system\n(.*?)<\|im_end\|>\n", text, re.DOTALL)
    system = found[1] if found else None
    head = () if system is None else (Message("system", system),)
    plain = "".join(f"<|im_start|>{m.role}\n{m.content}<|im_end|>\n" for m in (*head, asked))
    if text != plain + "<|im_start|>assistant\n":
        raise CheckpointError(
            f"The chat template of {folder} is not ChatML; only such models can be fine-tuned.",
            f"{folder} 的对话模板不是 ChatML，无法微调这样的模型。",
            param="chat_template",
        )
    return system


def with_system(messages: tuple[Message, ...], system: str | None) -> tuple[Message, ...]:
    if system is None or messages[0].role == "system":
        return messages
    return (Message("system", system), *messages)


def _divided(pairs: Sequence[Numbered], seed: int) -> tuple[list[Numbered], list[Numbered]]:
    """Those to train on, and those to keep out."""
    if len(pairs) < _LEAST_FOR_KEEPING_OUT:
        return list(pairs), []
    out = set(random.Random(seed).sample(range(len(pairs)), round(_KEPT_OUT * len(pairs))))
    trained = [pair for index, pair in enumerate(pairs) if index not in out]
    return trained, [pair for index, pair in enumerate(pairs) if index in out]


class _Epochs:
    """Each conversation once an epoch, each time in another order."""

    def __init__(self, conversations: Sequence[tuple[Message, ...]], seed: int) -> None:
        self._conversations, self._seed = conversations, seed
        self._epoch, self._order = -1, list[int]()

    def __call__(self, number: int, _long: bool) -> tuple[Message, ...]:
        epoch, place = divmod(number, len(self._conversations))
        if epoch != self._epoch:
            self._order = list(range(len(self._conversations)))
            random.Random(f"{self._seed}:{epoch}").shuffle(self._order)
            self._epoch = epoch
        return self._conversations[self._order[place]]


def _recipe(documents: Sequence[Document], plan: Plan, length: int, rate: float) -> Recipe:
    useful = [d for d in documents if any(target != IGNORED for target in d.targets[:length])]
    # Epochs follow one another in the same rows, so few pairs do not leave them half empty.
    copies = max(1, 512 // max(1, len(useful)))
    rows = len(pack(list(useful) * copies, length)) / copies
    tokens = max(plan.rows, rows * plan.epochs) * length
    steps = tokens / (plan.rows * length)
    return Recipe(
        tokens=round(tokens),
        seed=plan.seed,
        short_length=length,
        short_rows=plan.rows,
        adamw_rate=rate if plan.rate is None else plan.rate,
        warmup_steps=max(1, min(60, round(0.1 * steps))),
        decay_from=0.3,
    )


def _digest(folder: Path, pairs: Sequence[Numbered], plan: Plan) -> str:
    """Tells runs of other data or other choices apart; longer training is the same run."""
    choices = replace(plan, epochs=0.0)
    text = repr((str(folder.resolve()), choices, [pair.messages for pair in pairs]))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _check(plan: Plan) -> None:
    limits = {
        "epochs": (plan.epochs, 0.0, 1000.0),
        "rate": (1e-6 if plan.rate is None else plan.rate, 0.0, 1.0),
        "lora": (1 if plan.lora is None else plan.lora, 0, 1024),
        "length": (plan.length, 15, 32_768),
        "rows": (plan.rows, 0, 1024),
    }
    for name, (value, above, most) in limits.items():
        if not above < value <= most:
            raise InvalidInput(
                f"--{name} is {value:g}; it must be above {above:g} and at most {most:g}.",
                f"--{name} 为 {value:g}，应大于 {above:g} 且不超过 {most:g}。",
                param=name,
            )
