"""Recipes side by side: what each got right of the same held-out questions, and its loss on
held-out answers, from the reports that the evaluate stage wrote."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qwen_app.errors import InvalidInput
from qwen_app.train.card import GROUPS

NAME = "distillation.json"
"""The table beside the weights that it speaks of."""

Report = dict[str, Any]
"""An evaluation.json."""

_CONFIDENCE = 1.96
"""Standard errors to each side: 19 times of 20 chance alone stays within."""


def read_report(path: Path) -> Report:
    """Raises:
    InvalidInput: no such file, or it is no report of the evaluate stage.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        for score in report["scores"]:
            score["skill"], score["split"], score["language"]
            _ = 0 <= score["right"] <= score["asked"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path} is no report of the evaluate stage: {error}",
            f"{path} 不是 evaluate 阶段的评测报告：{error}",
            param="report",
        ) from error
    found: Report = report
    return found


def compare(reports: Sequence[tuple[str, Report]]) -> dict[str, Any]:
    """The table as JSON values; ``reports`` are (name, report), at least two.

    "share" of a group is the share of its held-out questions that were answered rightly with the
    aids of the app, "share" of a recipe the mean over its groups; the better one has the largest,
    or with equal ones the lower loss. "chance" is how far two recipes' shares lie apart by chance,
    19 times of 20 at most.

    Raises:
        InvalidInput: fewer than two, a name twice, or reports on different questions.
    """
    names = [name for name, _ in reports]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidInput(
            "Give two reports or more, each with a name of its own: --report NAME=FILE.",
            "请给出至少两份报告，名称各不相同：--report 名称=文件。",
            param="report",
        )
    asked = [_asked(report) for _, report in reports]
    for name, own in zip(names, asked, strict=True):
        if not own or own != asked[0]:
            raise InvalidInput(
                f"The reports are not on the same held-out questions: {names[0]} has "
                f"{sum(asked[0].values())}, {name} {sum(own.values())}. Evaluate all with the same "
                "--skills and --per-skill.",
                f"各报告的留出题目不同：{names[0]} 有 {sum(asked[0].values())} 题，"
                f"{name} 有 {sum(own.values())} 题。请用相同的 --skills 和 --per-skill 评测。",
                param="report",
            )
    rows = [_row(name, report) for name, report in reports]
    best = max(rows, key=lambda row: (row["share"], -row["loss"].get("all", math.inf)))
    errors = [_error(row) for row in rows]
    widest = max(a**2 + b**2 for n, a in enumerate(errors) for b in errors[n + 1 :])
    return {
        "recipes": rows,
        "better": best["name"],
        "chance": round(_CONFIDENCE * math.sqrt(widest), 4),
    }


def table(compared: dict[str, Any]) -> str:
    """What `compare` gave, as Markdown: shares in per cent and loss in nats a token."""
    rows = compared["recipes"]
    heads = [f"{row['name']} | loss" for row in rows]
    lines = [f"| held out | {' | '.join(heads)} |", f"| --- |{' ---: | ---: |' * len(rows)}"]

    def line(title: str, cells: list[str], bold: str = "") -> None:
        lines.append(f"| {bold}{title}{bold} | {' | '.join(cells)} |")

    for group in rows[0]["groups"]:
        line(group, [f"**{row['groups'][group]['share']:.1%}** |" for row in rows], "**")
        for skill in rows[0]["groups"][group]["skills"]:
            line(skill, [_cell(row, group, skill) for row in rows])
    cells = [f"**{row['share']:.1%}** | {_loss(row, 'all')}" for row in rows]
    line("mean of the groups", cells, "**")
    if all(row["tokens"] is not None for row in rows):
        line("million tokens", [f"{row['tokens'] / 1e6:.2f} |" for row in rows])
        line("minutes", [f"{row['seconds'] / 60:.0f} |" for row in rows])
    return "\n".join(lines)


def write(compared: dict[str, Any], to: Path) -> None:
    """As JSON or as Markdown, by the ending of ``to``.

    Raises:
        InvalidInput: another ending.
    """
    if to.suffix not in (".json", ".md"):
        raise InvalidInput(
            f"{to} must end in .json or .md.", f"{to} 应以 .json 或 .md 结尾。", param="to"
        )
    json_text = json.dumps(compared, ensure_ascii=False, indent=1)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text((json_text if to.suffix == ".json" else table(compared)) + "\n", "utf-8")


def section_beside(folder: Path) -> str:
    """`section` of the table that lies in ``folder`` as distillation.json; empty if there is none.

    Raises:
        InvalidInput: the file is something else.
    """
    path = folder / NAME
    if not path.exists():
        return ""
    try:
        return section(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvalidInput(
            f"{path} is no table of the compare stage: {error}",
            f"{path} 不是 compare 阶段的表格：{error}",
            param=NAME,
        ) from error


def section(compared: dict[str, Any]) -> str:
    """What the model card says of the comparison, whichever recipe came out ahead."""
    rows = sorted(compared["recipes"], key=lambda row: -row["share"])
    first, second = rows[0], rows[1]
    apart, chance = first["share"] - second["share"], compared["chance"]
    verdict = "more than" if apart > chance else "no more than"
    judged = "超出" if apart > chance else "未超出"
    return f"""## Distillation
Recipes compared on the same held-out questions, with the aids of the app; loss in nats a token on
held-out answers. The published weights are those of the better one, **{compared["better"]}**. The
first two lie {100 * apart:.1f} points apart, which is {verdict} what chance may make of it
({100 * chance:.1f} points, 19 times of 20).

在相同的留出题目上比较各训练方案（使用应用的辅助）；损失为留出答案上每词元的 nats。
发布的是较好的一个：**{compared["better"]}**。
前两名相差 {100 * apart:.1f} 个百分点，{judged}偶然波动的范围
（{100 * chance:.1f} 个百分点，20 次中有 19 次在此之内）。

{table(compared)}
"""


def _asked(report: Report) -> dict[tuple[str, str], int]:
    """Held-out questions by skill and language."""
    return {
        (score["skill"], score["language"]): score["asked"]
        for score in report["scores"]
        if score["split"] == "held_out"
    }


def _row(name: str, report: Report) -> dict[str, Any]:
    held_out = [score for score in report["scores"] if score["split"] == "held_out"]
    groups: dict[str, Any] = {}
    for group, skills in GROUPS.items():
        own = [score for score in held_out if score["skill"] in skills]
        if own:
            groups[group] = {
                "share": _share(own),
                "asked": sum(score["asked"] for score in own),
                "skills": {
                    skill: _share([score for score in own if score["skill"] == skill])
                    for skill in dict.fromkeys(score["skill"] for score in own)
                },
            }
    progress = report.get("progress") or {}
    return {
        "name": name,
        "share": sum(group["share"] for group in groups.values()) / len(groups),
        "groups": groups,
        "loss": report.get("held_out_loss") or {},
        "tokens": progress.get("tokens"),
        "seconds": progress.get("seconds"),
    }


def _share(scores: list[dict[str, Any]]) -> float:
    right: int = sum(score["right"] for score in scores)
    asked: int = sum(score["asked"] for score in scores)
    return right / asked


def _error(row: dict[str, Any]) -> float:
    """Standard error of a recipe's share, as if its questions were drawn one by one."""
    groups = row["groups"].values()
    variance = sum(g["share"] * (1 - g["share"]) / g["asked"] for g in groups)
    return math.sqrt(variance) / len(groups)


def _cell(row: dict[str, Any], group: str, skill: str) -> str:
    return f"{row['groups'][group]['skills'][skill]:.0%} | {_loss(row, skill)}"


def _loss(row: dict[str, Any], skill: str) -> str:
    """Empty where it was not measured."""
    return f"{row['loss'][skill]:.4f}" if skill in row["loss"] else ""
