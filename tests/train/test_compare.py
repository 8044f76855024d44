"""Recipes side by side, from the reports of the evaluate stage."""

import json
from pathlib import Path
from typing import Any

import pytest

from qwen_app.errors import InvalidInput
from qwen_app.train.__main__ import main
from qwen_app.train.compare import NAME, compare, section, section_beside, table

Report = dict[str, Any]


def report(equations: int, tables: int, chat: int, **more: Any) -> Report:
    def score(skill: str, right: int, split: str = "held_out", language: str = "zh") -> Report:
        names = {"skill": skill, "split": split, "language": language}
        return {**names, "asked": 50, "right": right, "lines_right": None, "free_right": 1}

    rights = {"equations": equations, "tables": tables, "chat": chat}
    scores = [score(*item) for item in rights.items()]
    # What was trained on does not count.
    scores += [score("chat", 50, "train"), score("chat", chat, language="en")]
    return {
        "progress": {"tokens": 3_000_000, "seconds": 600.0, "step": 1},
        "held_out_loss": {"all": 0.5, "chat": 0.25},
        "scores": scores,
        **more,
    }


def test_the_better_has_the_larger_mean_of_groups() -> None:
    compared = compare([("plain", report(40, 20, 25)), ("experts", report(30, 40, 25))])
    plain, experts = compared["recipes"]
    assert plain["groups"]["Mathematics"] == {
        "share": 0.8,
        "asked": 50,
        "skills": {"equations": 0.8},
    }
    assert plain["groups"]["Language and Python"]["asked"] == 100
    assert plain["share"] == pytest.approx((0.8 + 0.4 + 0.5) / 3)
    assert experts["share"] == pytest.approx((0.6 + 0.8 + 0.5) / 3)
    assert compared["better"] == "experts"
    # By hand: the standard errors of the two, together, 1.96 times.
    variance = sum(p * (1 - p) / n for p, n in ((0.8, 50), (0.4, 50), (0.5, 100))) / 9
    variance += sum(p * (1 - p) / n for p, n in ((0.6, 50), (0.8, 50), (0.5, 100))) / 9
    assert compared["chance"] == pytest.approx(1.96 * variance**0.5, abs=1e-4)


def test_of_two_alike_the_lower_loss_is_better() -> None:
    lower = report(20, 20, 20, held_out_loss={"all": 0.4})
    one, other, unmeasured = report(20, 20, 20), lower, report(20, 20, 20, held_out_loss={})
    assert compare([("one", one), ("other", other)])["better"] == "other"
    assert compare([("none", unmeasured), ("one", one)])["better"] == "one"


def test_the_table_and_the_section_say_it_whichever_came_out_ahead() -> None:
    ahead = compare([("plain", report(45, 45, 45)), ("experts", report(5, 5, 5))])
    text = table(ahead)
    assert "| equations | 90% |  | 10% |  |" in text
    assert "| chat | 90% | 0.2500 | 10% | 0.2500 |" in text
    assert "| **mean of the groups** | **90.0%** | 0.5000 | **10.0%** | 0.5000 |" in text
    assert "| million tokens | 3.00 | | 3.00 | |" in text
    columns = {line.count("|") for line in text.splitlines()}
    assert columns == {6}
    assert "**plain**" in section(ahead)
    assert "80.0 points apart, which is more than" in " ".join(section(ahead).split())
    near = compare([("plain", report(25, 25, 25)), ("experts", report(26, 25, 25))])
    assert "**experts**" in section(near)
    assert "which is no more than" in " ".join(section(near).split())
    assert "未超出" in section(near)


def test_other_questions_cannot_be_compared() -> None:
    fewer = report(20, 20, 20)
    fewer["scores"] = fewer["scores"][1:]
    with pytest.raises(InvalidInput, match="not on the same") as caught:
        compare([("one", report(20, 20, 20)), ("two", fewer)])
    assert "题目不同" in caught.value.zh
    with pytest.raises(InvalidInput, match="two reports"):
        compare([("one", fewer)])
    with pytest.raises(InvalidInput, match="two reports"):
        compare([("one", fewer), ("one", fewer)])


def test_the_command_writes_both_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, right in (("a", 20), ("b", 30)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(report(right, right, right)), encoding="utf-8")
    command = ["compare", "--report", f"plain={tmp_path}/a.json"]
    command += ["--report", f"0.7 KL + 0.3 CE={tmp_path}/b.json"]
    main([*command, "--to", f"{tmp_path}/out/{NAME}", f"{tmp_path}/out/distillation.md"])
    assert "Better: 0.7 KL + 0.3 CE" in capsys.readouterr().out
    written = (tmp_path / "out" / "distillation.md").read_text(encoding="utf-8")
    compared = json.loads((tmp_path / "out" / NAME).read_text(encoding="utf-8"))
    assert written == table(compared) + "\n"
    assert section_beside(tmp_path / "out") == section(compared)
    assert section_beside(tmp_path) == ""


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--report", "two"], "名称=文件"),
        (["--report", "two=missing.json"], "评测报告"),
        (["--report", "two=README.md"], "评测报告"),
        (["--report", "two=a.json", "--to", "table.txt"], "结尾"),
    ],
)
def test_bad_input_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], text: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(report(1, 2, 3)), encoding="utf-8")
    (tmp_path / "README.md").write_text("# no report", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=text):
        main(["compare", "--report", "one=a.json", "--to", "table.md", *more])


def test_a_table_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"recipes": []}', encoding="utf-8")
    with pytest.raises(InvalidInput, match="no table of the compare stage"):
        section_beside(tmp_path)
