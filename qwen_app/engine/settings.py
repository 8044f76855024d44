"""What the engine can be told, and the sizes that follow from it."""

from dataclasses import dataclass

from qwen_app.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """See README for the meaning of each; the names are those of config.yaml."""

    devices: tuple[str, ...] = ("cpu",)
    """A model is loaded for each entry; the same device twice gives it two replicas."""
    quant: str = "auto"
    max_batch_size: int = 16
    """Sequences that run at once on each device."""
    max_seq_len: int = 8192
    """Tokens of prompt and answer; a model with a shorter context lowers it."""
    enable_chunked_prefill: bool = True
    prefill_chunk_size: int = 256
    """Prefill tokens in one step, shared by all prompts."""
    enable_prefix_caching: bool = True
    kv_cache_memory: int | None = None
    """Bytes for keys and values on each device; None: from the memory that is free."""
    max_queue_size: int = 64
    """Requests that may wait; the next one is told that the server is busy."""
    threads: int | None = None
    """CPU threads for all replicas together; None: one a core."""


AUTO_SHARE = 0.5
"""Of the memory that is free after loading, at most so much goes to keys and values."""


def pool_blocks(
    settings: EngineSettings, *, context_length: int, block_bytes: int, block_size: int, free: int
) -> int:
    """How many blocks the KV cache gets.

    Automatic: enough for a full batch of full contexts, but at most `AUTO_SHARE` of the free
    memory. A bound that was set is kept to exactly.

    Args:
        free: bytes that are free now on the device.

    Raises:
        ConfigError: not even a small conversation (512 tokens, or the context if it is
            shorter) fits.
    """
    wanted = settings.max_batch_size * -(-context_length // block_size)
    if settings.kv_cache_memory is not None:
        blocks = min(settings.kv_cache_memory // block_bytes, wanted * 4)
    else:
        blocks = min(int(free * AUTO_SHARE) // block_bytes, wanted)
    least = -(-min(512, context_length) // block_size)
    if blocks < least:
        have = (settings.kv_cache_memory or int(free * AUTO_SHARE)) / 2**20
        need = least * block_bytes / 2**20
        raise ConfigError(
            f"{have:.0f} MiB for the KV cache are too few: this model needs at least "
            f"{need:.0f} MiB. Raise kv_cache_memory, or free memory on the device.",
            f"KV 缓存只有 {have:.0f} MiB，不够用：该模型至少需要 {need:.0f} MiB。"
            "请调大 kv_cache_memory，或释放设备内存。",
            param="kv_cache_memory",
        )
    return blocks
