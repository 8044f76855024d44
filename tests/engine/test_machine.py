"""Limits of a container, read from control-group files as the kernel writes them."""

from pathlib import Path

import pytest

from qwen_app.engine.machine import available_cores, cores_of_cgroup, free_memory, left_in_cgroup
from qwen_app.engine.settings import EngineSettings, pool_blocks
from qwen_app.errors import ConfigError

UNLIMITED = 2**31


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, UNLIMITED),
        ({"cpu.max": "max 100000"}, UNLIMITED),
        ({"cpu.max": "200000 100000"}, 2),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "10000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, UNLIMITED),
        ({"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000"}, 4),
        ({"cpu.max": "nonsense"}, UNLIMITED),
    ],
)
def test_cores(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    write(tmp_path, files)
    assert min(cores_of_cgroup(tmp_path), UNLIMITED) == cores


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({}, None),
        ({"memory.max": "max", "memory.current": "5"}, None),
        ({"memory.max": "1000", "memory.current": "400"}, 600),
        (
            {
                "memory.max": "1000",
                "memory.current": "400",
                "memory.stat": "anon 100\ninactive_file 300\n",
            },
            900,
        ),
        ({"memory.max": "1000", "memory.current": "1400"}, 0),
        (
            {"memory/memory.limit_in_bytes": "1000", "memory/memory.usage_in_bytes": "100"},
            900,
        ),
    ],
)
def test_memory(tmp_path: Path, files: dict[str, str], left: int | None) -> None:
    write(tmp_path, files)
    found = left_in_cgroup(tmp_path)
    assert found == left if left is not None else found > 2**50


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_this_machine_has_something() -> None:
    assert available_cores() >= 1
    assert free_memory("cpu") > 2**20


@pytest.mark.parametrize(
    ("bound", "free", "blocks"),
    [
        (None, 10**12, 16 * 512),  # a full batch of full contexts is enough
        (None, 2 * 1000 * 100, 1000),  # half of what is free
        (100 * 999, 10**12, 999),  # a bound is kept to
    ],
)
def test_the_cache_is_sized_by_need_memory_and_bound(
    bound: int | None, free: int, blocks: int
) -> None:
    settings = EngineSettings(kv_cache_memory=bound)
    found = pool_blocks(settings, context_length=8192, block_bytes=100, block_size=16, free=free)
    assert found == blocks


def test_too_little_memory_is_an_error_that_says_how_much() -> None:
    with pytest.raises(ConfigError) as caught:
        pool_blocks(
            EngineSettings(), context_length=8192, block_bytes=2**20, block_size=16, free=2**24
        )
    assert "32 MiB" in caught.value.en
    assert caught.value.param == "kv_cache_memory"
