"""The training loop, resumable to the bit, whatever is learned and from whatever.

The learning rate falls linearly to zero from an early point on; since it is a function of the
share of the budget alone, a run can be continued with a smaller or larger one. (A running average
of the weights was kept at first, to have a decayed model at any time; at the end of the decay it
was no better than the last weights.)
"""

import csv
import math
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from qwen_app.errors import AppError
from qwen_app.messages import Message
from qwen_app.model.qwen2 import Qwen2
from qwen_app.train import checkpoint
from qwen_app.train.checkpoint import Progress
from qwen_app.train.corpus import Batch, Encoder, PackedStream, StreamState
from qwen_app.train.held_out import HeldOut
from qwen_app.train.objective import Objective, inputs_of
from qwen_app.train.precision import Precision, bf16_pays


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the result, besides the data generators."""

    tokens: int = 11_500_000
    """Most tokens, padding included."""
    seed: int = 1
    seconds: float = math.inf
    """Most seconds on the machine. The rate follows whichever budget is further spent, so that a
    run on a busy machine still ends with a decayed model."""
    short_length: int = 384
    short_rows: int = 8
    long_length: int = 640
    long_rows: int = 4
    long_every: int = 12
    """Every so many steps a batch of long conversations, from sources that have any."""
    muon_rate: float = 0.007
    adamw_rate: float = 0.003
    warmup_steps: int = 60
    decay_from: float = 0.2
    """Share of the budget after which the rate begins to fall; 1: never, for weights that a later
    stage goes on from."""
    weight_decay: float = 0.02
    clip: float = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """Conversations without end."""

    name: str
    draw: Callable[[int, bool], tuple[Message, ...]]
    """(number, whether it should be a long one): the same whenever it is asked."""
    share: float = 1.0
    has_long: bool = True


def share_done(recipe: Recipe, progress: Progress) -> float:
    """How much of the budget is spent, in [0, 1]."""
    return min(1.0, max(progress.tokens / recipe.tokens, progress.seconds / recipe.seconds))


def rate_factor(recipe: Recipe, progress: Progress) -> float:
    """What the peak learning rates are multiplied by, in [0, 1]."""
    warmup = min(1.0, (progress.step + 1) / recipe.warmup_steps)
    if recipe.decay_from >= 1:
        return warmup
    decay = min(1.0, (1 - share_done(recipe, progress)) / (1 - recipe.decay_from))
    return warmup * decay


class Trainer:
    """One run in one folder: checkpoint.pt, curve.csv and held_out.csv."""

    def __init__(
        self,
        stage: str,
        model: Qwen2,
        encoder: Encoder,
        sources: Sequence[Source],
        objective: Objective,
        optimizers: list[torch.optim.Optimizer],
        recipe: Recipe,
        folder: Path,
        *,
        precision: Precision = "auto",
        held_out: HeldOut | None = None,
        title: str = "",
    ) -> None:
        """What ``folder`` holds of this stage is taken up.

        The weights and the optimizers' states are fp32 in any precision; ``precision`` is that
        of the products. ``title`` heads the lines of progress.

        Raises:
            CheckpointError: the folder's run is another.
        """
        self.stage, self.model, self.recipe, self.folder = stage, model, recipe, folder
        self.title = title
        self.device = next(model.parameters()).device
        self.bf16 = precision == "bf16" or (precision == "auto" and bf16_pays(self.device))
        self.optimizers = optimizers
        self.progress = checkpoint.restore(folder, stage, model, optimizers) or Progress()
        self._objective, self._sources, self._held_out = objective, sources, held_out
        self._streams = [self._open(encoder, source) for source in sources]

    def _open(self, encoder: Encoder, source: Source) -> tuple[PackedStream, PackedStream]:
        """The source's short rows and its long ones."""
        recipe, limit = self.recipe, self.model.config.max_position

        def stream(long: bool) -> PackedStream:
            name = f"{source.name}.{'long' if long else 'short'}"
            state = self.progress.streams.setdefault(name, StreamState())
            length = recipe.long_length if long else recipe.short_length
            return PackedStream(
                encoder,
                lambda number: source.draw(number, long),
                min(length, limit),
                limit,
                state,
                seed=recipe.seed,
            )

        return stream(False), stream(True)

    def step(self) -> float:
        """One update; returns the loss before it, in nats a token.

        Raises:
            AppError: the loss is no number any more.
        """
        recipe, progress = self.recipe, self.progress
        source, batch = self._batch()
        factor = rate_factor(recipe, progress)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            loss = self._objective(inputs_of(batch, self.device), source)
        loss.backward()  # type: ignore[no-untyped-call]
        value = float(loss.detach())
        if not math.isfinite(value):
            raise AppError(
                f"The loss was {value} at step {progress.step}: the learning rate is too high. "
                "Go on from the last checkpoint with a lower one.",
                f"第 {progress.step} 步的损失为 {value}：学习率过高。"
                "请降低学习率后从上次检查点继续。",
                param="rate",
            )
        nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        progress.step += 1
        progress.tokens += batch.ids.numel()
        return value

    def _batch(self) -> tuple[int, Batch]:
        recipe, step = self.recipe, self.progress.step
        rng = random.Random(f"{recipe.seed}:{step}")
        shares = [source.share for source in self._sources]
        (index,) = rng.choices(range(len(shares)), weights=shares)
        short, long = self._streams[index]
        turn = step % recipe.long_every == recipe.long_every - 1
        if turn and self._sources[index].has_long:
            return index, long.batch(recipe.long_rows)
        return index, short.batch(recipe.short_rows)

    def run(self, *, save_every_s: float = 240.0, measure_every: int = 200) -> None:
        """Train to the planned tokens; SIGTERM and Ctrl-C save and end the run early.

        The loss on held-out answers is measured at the start, every ``measure_every`` steps and at
        the end.
        """
        stop = False

        def ask_to_stop(*_: object) -> None:
            nonlocal stop
            stop = True

        previous = [signal.signal(s, ask_to_stop) for s in (signal.SIGTERM, signal.SIGINT)]
        self.folder.mkdir(parents=True, exist_ok=True)
        began, saved = time.monotonic(), time.monotonic()
        earlier, first, recent = self.progress.seconds, self.progress.tokens, 0.0
        try:
            while not self.finished and not stop:
                if self.progress.step % measure_every == 0:
                    self._measure()
                loss = self.step()
                recent = loss if not recent else 0.95 * recent + 0.05 * loss
                now = time.monotonic()
                self.progress.seconds = earlier + now - began
                if self.progress.step % 20 == 0:
                    speed = (self.progress.tokens - first) / (now - began)
                    self._report(recent, speed)
                if now - saved > save_every_s:
                    self.save()
                    saved = now
            self.save()
            self._measure()
        finally:
            for number, handler in zip((signal.SIGTERM, signal.SIGINT), previous, strict=True):
                signal.signal(number, handler)

    def save(self) -> None:
        checkpoint.save(
            self.folder,
            self.stage,
            self.model,
            self.optimizers,
            asdict(self.recipe),
            self.progress,
        )

    def _report(self, loss: float, speed: float) -> None:
        left = min(
            (self.recipe.tokens - self.progress.tokens) / speed,
            self.recipe.seconds - self.progress.seconds,
        )
        factor = rate_factor(self.recipe, self.progress)
        progress = self.progress
        head = f"{self.title}  " if self.title else ""
        print(
            f"{head}step {progress.step:5d}  {progress.tokens / 1e6:6.2f} M tokens  "
            f"loss {loss:.4f}  rate x{factor:.3f}  {speed:5.0f} tok/s  {left / 60:4.1f} min left",
            flush=True,
        )
        row = (progress.step, progress.tokens, round(progress.seconds), loss, factor)
        _append(self.folder / "curve.csv", ("step", "tokens", "seconds", "loss", "rate"), [row])

    @property
    def finished(self) -> bool:
        """Whether the budget is spent."""
        return share_done(self.recipe, self.progress) >= 1

    def measure(self) -> dict[str, float]:
        """Nats a token on what is held out, by skill and over "all"; empty if nothing is."""
        if self._held_out is None:
            return {}
        return self._held_out.losses(self.model, bf16=self.bf16)

    def _measure(self) -> None:
        losses = self.measure()
        head = (self.progress.step, self.progress.tokens)
        rows = [(*head, skill, round(loss, 5)) for skill, loss in losses.items()]
        _append(self.folder / "held_out.csv", ("step", "tokens", "skill", "loss"), rows)


def _append(path: Path, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(names)
        writer.writerows(rows)
