"""How results are shown and kept."""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from qwen_app.engine.machine import available_cores

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "asimddp")
"""Of /proc/cpuinfo: those that decide which kernels run."""


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    import torch

    model, flags = _cpu()
    found: dict[str, object] = {
        "cpu": model,
        "cores": available_cores(),
        "flags": [flag for flag in FLAGS if flag in flags],
        "load": round(os.getloadavg()[0], 2),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "command": "python -m qwen_app.bench " + " ".join(sys.argv[1:]),
    }
    if torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
    return found


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of equal keys as aligned columns, a Markdown table; floats with one or two digits."""
    if not rows:
        return "(nothing was measured)"
    columns = list(rows[0])
    cells = [columns, *([_cell(row[name]) for name in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    lines = [
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in cells
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def save(path: Path, results: Mapping[str, object]) -> None:
    """Write results and machine as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **results}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return "-" if value is None else str(value)


def _cpu() -> tuple[str, set[str]]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine(), set()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    by_name = {name.strip(): value.strip() for name, value in fields.items()}
    return by_name.get("model name", platform.machine()), set(by_name.get("flags", "").split())
