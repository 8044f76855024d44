"""From loaded models to a running engine."""

import logging
from collections.abc import Sequence as Seq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from qwen_app.engine.base import ModelInfo
from qwen_app.engine.blocks import BlockPool
from qwen_app.engine.host import Progress
from qwen_app.engine.inbox import Inbox
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.machine import available_cores, free_memory
from qwen_app.engine.runner import Runner
from qwen_app.engine.scheduler import Scheduler, SchedulerSettings
from qwen_app.engine.sequence import Sequence, Slice
from qwen_app.engine.settings import EngineSettings, pool_blocks
from qwen_app.engine.worker import Worker
from qwen_app.model.kv_cache import BLOCK_SIZE, KVCache, bytes_per_token
from qwen_app.model.loading import LoadedModel, load_model
from qwen_app.model.quant import SMALL
from qwen_app.model.qwen2 import Qwen2
from qwen_app.text.tokenizer import Tokenizer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replica:
    """One copy of the model on its device."""

    model: Qwen2
    device: str
    kv_dtype: torch.dtype


def create_engine(
    model_id: str,
    folder: Path,
    settings: EngineSettings,
    *,
    is_demo: bool = False,
    progress: Progress = lambda done, en, zh: None,  # noqa: ARG005 - says what it is given
) -> LocalEngine:
    """Load the checkpoint in ``folder`` on every device and start serving it as ``model_id``.

    The work is done in a thread that ends with it. Each thread that runs torch's operations keeps
    a team of OpenMP threads, and once all teams together have more threads than the machine has
    cores, libgomp stops spinning between operations: decoding then takes 1.6 times as long.

    Raises:
        CheckpointError, ConfigError, MissingDependency: see `load_model`, `assemble`.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="create-engine") as thread:
        return thread.submit(_create, model_id, folder, settings, is_demo, progress).result()


def _create(
    model_id: str, folder: Path, settings: EngineSettings, is_demo: bool, progress: Progress
) -> LocalEngine:
    tokenizer = Tokenizer.from_folder(folder)
    loaded: list[LoadedModel] = []
    for number, device in enumerate(settings.devices):

        def report(done: float, en: str, zh: str, number: int = number) -> None:
            progress(0.95 * (number + done) / len(settings.devices), en, zh)

        loaded.append(load_model(folder, quant=settings.quant, device=device, progress=report))
    first = loaded[0]
    progress(0.96, "warming up", "正在预热")
    replicas = [Replica(one.model, one.device, one.kv_dtype) for one in loaded]
    for replica in replicas:
        warm_up(replica)
    info = ModelInfo(
        id=model_id,
        is_demo=is_demo,
        parameters=first.config.parameters,
        quantization=first.scheme,
        dtype=str(first.dtype).removeprefix("torch."),
        device=", ".join(dict.fromkeys(settings.devices)),
        context_length=first.config.max_position,
        defaults=first.defaults,
    )
    end_ids = frozenset(first.eos_token_ids or tokenizer.eos_ids)
    return assemble(info, tokenizer, replicas, settings, end_ids=end_ids)


def assemble(
    info: ModelInfo,
    tokenizer: Tokenizer,
    replicas: Seq[Replica],
    settings: EngineSettings,
    *,
    end_ids: frozenset[int],
) -> LocalEngine:
    """An engine over copies of one model, started.

    ``info.context_length`` is lowered to what the settings, the model and the smallest KV cache
    allow.

    Raises:
        ConfigError: the memory for the KV cache is too small.
    """
    config = replicas[0].model.config
    context = min(info.context_length, settings.max_seq_len, config.max_position)
    on_cpu = sum(torch.device(replica.device).type == "cpu" for replica in replicas)
    caches: list[KVCache] = []
    for replica in replicas:
        blocks = pool_blocks(
            settings,
            context_length=context,
            block_bytes=BLOCK_SIZE * bytes_per_token(config, replica.kv_dtype),
            block_size=BLOCK_SIZE,
            # Replicas on the CPU share what is free; each device's memory is its own.
            free=free_memory(replica.device)
            // (on_cpu if torch.device(replica.device).type == "cpu" else 1),
        )
        caches.append(KVCache(config, blocks, dtype=replica.kv_dtype, device=replica.device))
    context = min(context, *(cache.num_blocks * BLOCK_SIZE for cache in caches))
    inbox = Inbox(settings.max_queue_size, len(replicas))
    rules = SchedulerSettings(
        settings.max_batch_size,
        settings.prefill_chunk_size if settings.enable_chunked_prefill else None,
    )
    # A small model's operations are too short to be worth sharing out, and one thread leaves the
    # other cores to whoever reads the answers.
    threads = settings.threads or (1 if config.parameters < SMALL else available_cores())
    workers = []
    for number, (replica, cache) in enumerate(zip(replicas, caches, strict=True)):
        pool = BlockPool(cache.num_blocks, BLOCK_SIZE, reuse=settings.enable_prefix_caching)
        workers.append(
            Worker(
                number,
                Runner(replica.model, cache),
                Scheduler(pool, rules),
                inbox,
                threads=max(1, threads // max(1, on_cpu)),
            )
        )
        log.info(
            "%s on %s: KV cache for %d tokens (%.0f MiB)",
            info.id,
            replica.device,
            cache.num_blocks * BLOCK_SIZE,
            cache.num_blocks * BLOCK_SIZE * bytes_per_token(config, cache.dtype) / 2**20,
        )
    return LocalEngine(
        replace(info, context_length=context), tokenizer, inbox, workers, end_ids=end_ids
    )


def warm_up(replica: Replica) -> None:
    """Run one decode and one prefill, so that the first request does not pay for what libraries
    prepare on first use."""
    cache = KVCache(replica.model.config, 2, dtype=replica.kv_dtype, device=replica.device)
    sequence = Sequence([0] * 20, 20, blocks=[0, 1])
    runner = Runner(replica.model, cache)
    for start, count in ((0, 19), (19, 1)):
        runner.run([Slice(sequence, start, count)])
