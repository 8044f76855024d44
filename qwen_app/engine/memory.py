"""How much memory is really free: the machine's, or its container's if that is less."""

from pathlib import Path

import psutil
import torch


def free_memory(device: str) -> int:
    """Bytes that can still be taken on this device."""
    kind = torch.device(device).type
    if kind == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if kind == "mps":
        limit = torch.mps.recommended_max_memory()
        return max(0, int(limit) - int(torch.mps.driver_allocated_memory()))
    return min(psutil.virtual_memory().available, _left_in_cgroup(Path("/sys/fs/cgroup")))


def _left_in_cgroup(root: Path) -> int:
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
