"""The library that comes with the app, and folders of one's own."""

from dataclasses import replace
from pathlib import Path

import pytest

from qwen_app.errors import ConfigError, InvalidInput, Language
from qwen_app.features.prompts.compose import compose, example_composition
from qwen_app.features.prompts.library import Library, load_library
from qwen_app.features.prompts.model import KINDS, Template
from qwen_app.features.prompts.rates import Rate, Rates, load_rates
from qwen_app.features.prompts.reading import read_templates
from qwen_app.features.prompts.writing import write_templates

FOLDER = Path(__file__).parents[3] / "prompts"
LIBRARY = load_library(FOLDER)
OWN = "- {kind: role, name: cat, title: {zh: 猫, en: Cat}, text: {zh: 猫。, en: You are a cat.}}\n"


def test_there_is_something_of_every_kind() -> None:
    numbers = {kind: len(LIBRARY.of_kind(kind)) for kind in KINDS}
    assert numbers["role"] >= 16
    assert numbers["format"] >= 8
    assert numbers["length"] >= 5
    assert numbers["thinking"] >= 3


@pytest.mark.parametrize("template", LIBRARY.templates, ids=lambda each: f"{each.kind}.{each.name}")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_template_is_whole_and_can_be_tried(template: Template, language: Language) -> None:
    for text in (template.title, template.about, template.text):
        assert text.zh != text.en or template.title.en.isascii()
        assert any("一" <= character <= "鿿" for character in text.zh)
    assert template.example is not None
    composition, task = example_composition(template, language)
    composed = compose(LIBRARY, composition)
    assert task
    assert "{{" not in composed.system
    assert composed.messages(task)[-1].content == task
    if language == "en":
        shown = composed.system.replace("画蛇添足", "")
        assert not any("一" <= character <= "鿿" for character in shown)
    assert len(composed.checks) == len(template.checks)


def test_the_translator_knows_the_29_languages() -> None:
    (variable,) = LIBRARY.get("role", "translator").variables
    assert len(variable.options) == 29
    assert len({option.title.en for option in variable.options}) == 29


def test_what_is_exported_reads_back_the_same() -> None:
    reading = read_templates(write_templates(LIBRARY.templates), "export")
    assert reading.problems == ()
    assert [_bare(each) for each in reading.templates] == [_bare(t) for t in LIBRARY.templates]


def _bare(template: Template) -> Template:
    checks = tuple(replace(spec, line=0) for spec in template.checks)
    return replace(template, file="", line=0, checks=checks)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match="no role called `wizard`; there are python-engineer"):
        LIBRARY.get("role", "wizard")


def test_own_templates_win() -> None:
    own = read_templates(OWN.replace("cat,", "editor,"), "own").templates
    library = LIBRARY.with_own(own)
    assert library.get("role", "editor").text.en == "You are a cat."
    assert len(library.templates) == len(LIBRARY.templates)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(OWN, encoding="utf-8")
    (tmp_path / "readme.txt").write_text("no template", encoding="utf-8")
    library = load_library(FOLDER, tmp_path)
    assert library.get("role", "cat").title.zh == "猫"


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("\n\n- {kind: rolle}", encoding="utf-8")
    (tmp_path / "b.yaml").write_bytes(b"- a\n- \xff\xfe")
    (tmp_path / "c.yaml").write_text(OWN.replace("cat,", "editor,"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_library(FOLDER, tmp_path, tmp_path / "none")
    lines = caught.value.en.splitlines()
    assert any(line.startswith(f"{tmp_path / 'a.yaml'}:3: there is no kind") for line in lines)
    assert any(line.startswith(f"{tmp_path / 'b.yaml'}:2: this is no UTF-8") for line in lines)
    assert any(
        line.startswith(f"{tmp_path / 'c.yaml'}:1: there is a role called") for line in lines
    )
    assert any("cannot be read" in line for line in lines)
    assert len(caught.value.zh.splitlines()) == len(lines)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has 0 \.yaml files"):
        load_library(tmp_path)


def test_rates_are_those_of_the_model_that_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    path.write_text(
        '{"models": {"m": {"templates": [{"kind": "length", "name": "characters",'
        ' "language": "zh", "passed": 3, "runs": 4}]}}}',
        encoding="utf-8",
    )
    rates = load_rates(path)
    template = LIBRARY.get("length", "characters")
    assert rates.of("m", template, "zh") == Rate(3, 4)
    assert rates.of("m", template, "en") is None
    assert rates.of("other", template, "zh") is None
    assert load_rates(tmp_path / "none.json") == Rates()
    path.write_text('{"models": 3}', encoding="utf-8")
    assert load_rates(path) == Rates()
    assert Library(()).templates == ()
