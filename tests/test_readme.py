"""What README says about the settings and files of the project holds.

``python -m tests.test_readme`` writes the tables of settings anew.
"""

import re
from pathlib import Path

import pytest

from qwen_app.config.settings import Option, allowed, options

ROOT = Path(__file__).resolve().parents[1]
HEADS = {
    "README.md": "| setting | flag | default | meaning |",
    "README.zh-CN.md": "| 设置 | 参数 | 默认值 | 含义 |",
}
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.S)


def row(option: Option, *, chinese: bool) -> str:
    """One line of the table: key and variable, flag, default, meaning and what is allowed."""
    none = "无" if chinese else "none"
    flag = f"`{option.flag}`" if not option.is_secret else none
    if option.is_switch:
        flag = f"`{option.flag}`, `--no-{option.flag.removeprefix('--')}`"
    default = f"`{option.default}`" if option.default else ("空" if chinese else "empty")
    meaning = option.doc.zh if chinese else option.doc.en
    values = allowed(option.key)[chinese]
    said = f"{meaning}。允许值：{values}" if chinese else f"{meaning}. Allowed: {values}"
    if option.is_switch:
        said = meaning
    return f"| `{option.key}`<br>`{option.variable}` | {flag} | {default} | {said} |"


def table(name: str) -> str:
    rows = [row(option, chinese=name != "README.md") for option in options()]
    return "\n".join(["", HEADS[name], "| --- | --- | --- | --- |", *rows, "", ""])


@pytest.mark.parametrize("name", HEADS)
def test_the_table_of_settings_is_what_the_program_knows(name: str) -> None:
    found = TABLE.search((ROOT / name).read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == table(name), "run python -m tests.test_readme"


@pytest.mark.parametrize("name", HEADS)
def test_what_is_linked_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    targets += re.findall(r"-r (requirements\S*\.txt)", text)
    assert targets
    for target in targets:
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", HEADS)
def test_flags_and_variables_in_the_text_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"`python -m [^`]*`", "", text)  # commands with flags of their own
    known = {"--help", "--version", "--config", "--build-arg"}
    known |= {option.flag for option in options()}
    known |= {"--no-" + option.flag.removeprefix("--") for option in options() if option.is_switch}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known
    variables = {option.variable for option in options()} | {"QWEN_APP_CONFIG"}
    assert set(re.findall(r"QWEN_APP_[A-Z_]+", text)) <= variables


def test_both_languages_have_the_same_parts() -> None:
    counts = []
    for name in HEADS:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        headings = [line.count("#") for line in lines if re.match(r"#+ ", line)]
        rows = sum(line.startswith("|") for line in lines)
        counts.append((headings, rows, sum(line.startswith("```") for line in lines)))
    assert counts[0] == counts[1]


if __name__ == "__main__":
    for name in HEADS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        found = TABLE.search(text)
        assert found is not None
        path.write_text(text.replace(found[0], table(name)), encoding="utf-8")
