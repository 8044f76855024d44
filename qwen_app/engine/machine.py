"""What this process may really use: the machine's memory and cores, or its container's if those
are less."""

import math
import os
from pathlib import Path

import psutil
import torch

CGROUP = Path("/sys/fs/cgroup")


def free_memory(device: str) -> int:
    """Bytes that can still be taken on this device."""
    kind = torch.device(device).type
    if kind == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if kind == "mps":
        limit = torch.mps.recommended_max_memory()
        return max(0, int(limit) - int(torch.mps.driver_allocated_memory()))
    return min(psutil.virtual_memory().available, left_in_cgroup(CGROUP))


def best_device() -> str:
    """The device to use if none was named."""
    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def available_cores() -> int:
    """Cores that this process may keep busy, at least 1."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(cores, cores_of_cgroup(CGROUP)))


def cores_of_cgroup(root: Path) -> int:
    """The container's share of processor time, rounded up to cores; a huge number without one.

    More threads than that would be paused by the kernel in the middle of every operation.
    """
    try:
        quota, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (root / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (root / "cpu/cpu.cfs_period_us").read_text().strip()
        except OSError:
            return 2**31
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return 2**31
    return max(1, math.ceil(int(quota) / int(period)))


def left_in_cgroup(root: Path) -> int:
    """What the container may still take; a huge number where there is no limit.

    Version 2 has memory.max and memory.current, version 1 the same under older names. Page
    cache counts as used by the kernel but is given back under pressure, so it is free here.
    """
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            limit = (root / limit_name).read_text().strip()
            used = int((root / used_name).read_text())
        except (OSError, ValueError):
            continue
        if limit.isdigit():
            return max(0, int(limit) - used + _page_cache((root / used_name).parent))
    return 2**62


def _page_cache(group: Path) -> int:
    try:
        lines = (group / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    stats = dict(line.split() for line in lines if len(line.split()) == 2)
    return int(stats.get("inactive_file", 0))
