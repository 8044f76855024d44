"""The training loop: Muon on matrices, AdamW on the rest, resumable to the bit.

The learning rate falls linearly to zero from an early point on; since it is a function of the
share of the budget alone, a run can be continued with a smaller or larger one. (A running average
of the weights was kept at first, to have a decayed model at any time; at the end of the decay it
was no better than the last weights.)
"""

import csv
import math
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

from qwen_app.model.qwen2 import Qwen2, Qwen2Config
from qwen_app.train.corpus import (
    IGNORED,
    Batch,
    Encoder,
    PackedStream,
    StreamState,
    document_mask,
)
from qwen_app.train.precision import Precision, bf16_pays
from qwen_app.train.warm import warm_start


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
    """Every so many steps a batch of long conversations."""
    muon_rate: float = 0.007
    adamw_rate: float = 0.003
    warmup_steps: int = 60
    decay_from: float = 0.2
    """Share of the planned tokens after which the rate begins to fall."""
    weight_decay: float = 0.02
    clip: float = 1.0


@dataclass(slots=True)
class Progress:
    """Counters of a run; with the tensors, all that a checkpoint holds."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    short: StreamState = field(default_factory=StreamState)
    long: StreamState = field(default_factory=StreamState)


def share_done(recipe: Recipe, progress: Progress) -> float:
    """How much of the budget is spent, in [0, 1]."""
    return min(1.0, max(progress.tokens / recipe.tokens, progress.seconds / recipe.seconds))


def rate_factor(recipe: Recipe, progress: Progress) -> float:
    """What the peak learning rates are multiplied by, in [0, 1]."""
    warmup = min(1.0, (progress.step + 1) / recipe.warmup_steps)
    decay = min(1.0, (1 - share_done(recipe, progress)) / (1 - recipe.decay_from))
    return warmup * decay


class TrainingModel(nn.Module):
    """The model with masked attention over whole rows and the loss on the answers."""

    def __init__(self, model: Qwen2) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, ids: Tensor, positions: Tensor, mask: Tensor, rows: Tensor, targets: Tensor
    ) -> Tensor:
        def attend(_layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return masked_attention(q, k, v, mask)

        logits = self.model(ids, positions, attend, rows)  # (rows, vocab_size)
        return F.cross_entropy(logits.float(), targets)


def masked_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention within packed rows.

    Args:
        q: (rows, length, heads, head_dim)
        k: (rows, length, kv_heads, head_dim), as is v.
        mask: (rows, 1, length, length), True may be attended.

    Returns:
        Like ``q``.
    """
    q, k, v = q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
    if q.device.type == "cuda":
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
        return attended.transpose(1, 2)
    # Written out, it compiles to products and one fused softmax: on CPUs a quarter faster over
    # the whole step than the library's attention, whose backward pass is slow in bf16.
    rows, heads, length, dim = q.shape
    grouped = q.reshape(rows, k.shape[1], -1, dim)  # the queries of a key head, one after another
    scores = (grouped @ k.transpose(-1, -2) * dim**-0.5).view(rows, heads, length, length)
    weights = scores.masked_fill(~mask, -math.inf).softmax(-1).to(v.dtype)
    out = weights.view(rows, k.shape[1], -1, length) @ v
    return out.view(rows, heads, length, dim).transpose(1, 2)


class Trainer:
    """One run in one folder: checkpoint.pt and curve.csv."""

    def __init__(
        self,
        config: Qwen2Config,
        tokenizer: Tokenizer,
        recipe: Recipe,
        folder: Path,
        device: str = "cpu",
        *,
        compiled: bool = True,
        start: Path | None = None,
        precision: Precision = "auto",
    ) -> None:
        """``start`` is an exported checkpoint to go on from, where the run has none yet.

        The weights and the optimizers' states are fp32 in any precision; ``precision`` is that
        of the products.
        """
        self.config, self.recipe, self.folder = config, recipe, folder
        self.device = torch.device(device)
        self.bf16 = precision == "bf16" or (precision == "auto" and bf16_pays(self.device))
        self.progress = Progress()
        torch.manual_seed(recipe.seed)
        self.model = Qwen2(config).to(self.device)
        initialise(self.model)
        if start is not None:
            warm_start(self.model, tokenizer, start)
        self.optimizers = optimizers(self.model, recipe)
        if (folder / "checkpoint.pt").exists():
            self._load()
        encoder = Encoder(tokenizer)
        limit = config.max_position
        self._short = PackedStream(
            encoder, recipe.seed, recipe.short_length, limit, self.progress.short
        )
        self._long = PackedStream(
            encoder, recipe.seed, recipe.long_length, limit, self.progress.long, long=True
        )
        whole = TrainingModel(self.model)
        self._loss: Any = torch.compile(whole, dynamic=False) if compiled else whole

    def step(self) -> float:
        """One update; returns the loss before it, in nats a token."""
        recipe, progress = self.recipe, self.progress
        if progress.step % recipe.long_every == recipe.long_every - 1:
            batch = self._long.batch(recipe.long_rows)
        else:
            batch = self._short.batch(recipe.short_rows)
        factor = rate_factor(recipe, progress)
        loss = self._backward(batch)
        nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        progress.step += 1
        progress.tokens += batch.ids.numel()
        return loss

    def _backward(self, batch: Batch) -> float:
        wanted = (batch.targets.flatten() != IGNORED).nonzero().squeeze(1)
        targets = batch.targets.flatten()[wanted]
        # A few sizes only, or the compiled graph would be made anew for every batch.
        room = -len(wanted) % 512
        rows = F.pad(wanted, (0, room)).to(self.device)
        targets = F.pad(targets, (0, room), value=IGNORED).to(self.device)
        mask = document_mask(batch.documents.to(self.device))
        ids, positions = batch.ids.to(self.device), batch.positions.to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            loss = self._loss(ids, positions, mask, rows, targets)
        loss.backward()
        return float(loss.detach())

    def run(self, *, save_every_s: float = 240.0) -> None:
        """Train to the planned tokens; SIGTERM and Ctrl-C save and end the run early."""
        stop = False

        def ask_to_stop(*_: object) -> None:
            nonlocal stop
            stop = True

        previous = [signal.signal(s, ask_to_stop) for s in (signal.SIGTERM, signal.SIGINT)]
        self.folder.mkdir(parents=True, exist_ok=True)
        began, saved = time.monotonic(), time.monotonic()
        earlier, first, recent = self.progress.seconds, self.progress.tokens, 0.0
        try:
            while share_done(self.recipe, self.progress) < 1 and not stop:
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
        finally:
            for number, handler in zip((signal.SIGTERM, signal.SIGINT), previous, strict=True):
                signal.signal(number, handler)
        self.save()

    def _report(self, loss: float, speed: float) -> None:
        left = min(
            (self.recipe.tokens - self.progress.tokens) / speed,
            self.recipe.seconds - self.progress.seconds,
        )
        factor = rate_factor(self.recipe, self.progress)
        print(
            f"step {self.progress.step:5d}  {self.progress.tokens / 1e6:6.2f} M tokens  "
            f"loss {loss:.4f}  rate x{factor:.3f}  {speed:5.0f} tok/s  {left / 60:4.1f} min left",
            flush=True,
        )
        path = self.folder / "curve.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(("step", "tokens", "seconds", "loss", "rate"))
            progress = self.progress
            row = (progress.step, progress.tokens, round(progress.seconds), loss, factor)
            writer.writerow(row)

    def save(self) -> None:
        """Write the checkpoint; a crash while writing leaves the old one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / "checkpoint.partial"
        torch.save(
            {
                "config": asdict(self.config),
                "recipe": asdict(self.recipe),
                "progress": asdict(self.progress),
                "model": self.model.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            },
            partial,
        )
        partial.replace(self.folder / "checkpoint.pt")

    def _load(self) -> None:
        path = self.folder / "checkpoint.pt"
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        counters = state["progress"]
        short, long = StreamState(**counters.pop("short")), StreamState(**counters.pop("long"))
        self.progress = Progress(**counters, short=short, long=long)


def initialise(model: Qwen2) -> None:
    """Normal weights by fan-in; what feeds the residual stream is scaled down by depth."""
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2:
            continue
        scale = 0.02 if "embed" in name else 1 / math.sqrt(parameter.shape[1])
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            scale /= math.sqrt(2 * model.config.num_layers)
        nn.init.normal_(parameter, std=scale)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)


def optimizers(model: Qwen2, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices; AdamW for embeddings, norms and biases."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim < 2 or "embed" in n]
    muon = torch.optim.Muon(
        matrices, lr=recipe.muon_rate, momentum=0.95, weight_decay=recipe.weight_decay
    )
    adamw = torch.optim.AdamW(others, lr=recipe.adamw_rate, betas=(0.9, 0.98), weight_decay=0.0)
    for optimizer, peak in ((muon, recipe.muon_rate), (adamw, recipe.adamw_rate)):
        for group in optimizer.param_groups:
            group["peak"] = peak
    return [muon, adamw]


def trained(checkpoint: Path) -> Qwen2:
    """The run's model, in fp32 on the CPU."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = Qwen2(Qwen2Config(**state["config"]))
    model.load_state_dict(state["model"])
    return model.eval()


def describe(checkpoint: Path) -> dict[str, Any]:
    """Recipe and progress of a checkpoint, as JSON values."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    described: dict[str, Any] = {name: state[name] for name in ("recipe", "progress")}
    if math.isinf(described["recipe"]["seconds"]):  # JSON has no infinity
        described["recipe"]["seconds"] = None
    return described
