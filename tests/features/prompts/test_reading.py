"""Templates are read strictly: every problem at once, with file and line, in both languages."""

import json

import pytest

from qwen_app.features.prompts.model import Both, CheckSpec, Example, Template, Values, Variable
from qwen_app.features.prompts.reading import read_templates

GOOD = """\
- kind: length
  name: characters
  title: {zh: 限定字数, en: Characters}
  about: {zh: 不超过若干字, en: At most so many}
  text: {zh: "不超过 {{limit}} 字。", en: "At most {{limit}} characters."}
  variables:
    - {name: limit, type: integer, title: {zh: 字数, en: Limit}, default: 200, min: 10, max: 900}
  example:
    task: {zh: 介绍长城, en: The Great Wall}
    variables: {limit: 100}
  checks:
    - {type: length, unit: characters, most: "{{limit}}"}
"""


def test_a_template() -> None:
    reading = read_templates(GOOD, "a.yaml")
    assert reading.problems == ()
    assert reading.templates == (
        Template(
            "length",
            "characters",
            Both("限定字数", "Characters"),
            Both("不超过若干字", "At most so many"),
            Both("不超过 {{limit}} 字。", "At most {{limit}} characters."),
            (
                Variable(
                    "limit",
                    "integer",
                    Both("字数", "Limit"),
                    Values(200, 200),
                    None,
                    (),
                    10,
                    900,
                ),
            ),
            (CheckSpec("length", {"unit": "characters", "most": "{{limit}}"}, 12),),
            Example(Both("介绍长城", "The Great Wall"), {"limit": Values(100, 100)}),
            "a.yaml",
            1,
        ),
    )


def test_a_text_in_one_language_stands_in_both() -> None:
    (template,) = read_templates(
        "- {kind: role, name: 我的角色, title: {zh: 角色}, text: 你是猫。}", "a.yaml"
    ).templates
    assert template.title == Both("角色", "角色")
    assert template.text == Both("你是猫。", "你是猫。")


def test_json_is_read_too() -> None:
    data = [{"kind": "role", "name": "x", "title": '😀 \t"\\', "text": "你好\n世界"}]
    for text in (
        json.dumps(data),
        json.dumps(data, ensure_ascii=False),
        json.dumps(data, indent="\t"),
    ):
        reading = read_templates(text, "a.json")
        assert reading.problems == (), text
        assert reading.templates[0].title.en == '😀 \t"\\'.strip()
        assert reading.templates[0].text.zh == "你好\n世界"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("kind: length", "kind: size", 1, "there is no kind `size`"),
        ("kind: length", "Kind: length", 1, "unknown key `Kind` in `template`"),
        ("  name: characters\n", "", 1, "`template` lacks `name`"),
        ("name: characters", "name: a b", 2, "only letters, digits"),
        ("name: characters", "name: 12", 2, "is a number; put"),
        ("name: characters", "name: [a]", 2, "`name` must be a text"),
        ("title: {zh: 限定字数, en: Characters}", "title: {zh: 限定, de: X}", 3, "key `de`"),
        ("title: {zh: 限定字数, en: Characters}", "title: yes", 3, "truth value"),
        ("title: {zh: 限定字数, en: Characters}", "title: {}", 3, "lacks its text"),
        ("At most {{limit}} c", "At most {{limits}} c", 5, "variable `limits`, which is not"),
        ("At most {{limit}} c", "At most {{limit} c", 5, "belong to no variable"),
        ("name: limit,", "name: l imit,", 7, "the variable's name"),
        ("type: integer,", "type: number,", 7, "there is no type `number`"),
        ("default: 200", "default: 5", 7, "`limit.default` must be a whole number from 10"),
        ("default: 200", "default: '200'", 7, "`limit.default` must be a whole number"),
        ("default: 200", "defualt: 200", 7, "unknown key `defualt`"),
        ("default: 200", "options: [a]", 7, "and no other, has `options`"),
        ("min: 10, max: 900", "min: 99, max: 9", 7, "greater than"),
        ("variables: {limit: 100}", "variables: {limt: 100}", 10, "`limt`, which is not declared"),
        ("    task: {zh: 介绍长城, en: The Great Wall}\n", "", 9, "`example` lacks `task`"),
        ("type: length", "type: size", 12, "there is no check `size`"),
        ("type: length, ", "", 12, "there is no check"),
        ("unit: characters", "unit: letters", 12, "must be one of characters"),
        ("unit: characters, ", "", 12, "`check length` lacks `unit`"),
        ('most: "{{limit}}"', 'most: "{{limits}}"', 12, "`limits`, which is not declared"),
        ('most: "{{limit}}"', "most: many", 12, "must be a whole number from 0"),
        (', most: "{{limit}}"', "", 12, "needs `least` or `most`"),
        ('most: "{{limit}}"', 'most: "{{limit}}", moist: 3', 12, "unknown key `moist`"),
        ("  name: characters", "  name: x\n  name: y", 3, "stands twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    problems = read_templates(GOOD.replace(old, new, 1), "a.yaml").problems
    assert any(each.line == line and said in each.en for each in problems), [
        each.text_en() for each in problems
    ]
    for each in problems:
        assert each.file == "a.yaml"
        assert each.zh
        assert each.text_zh().startswith("a.yaml")


def test_all_problems_come_at_once() -> None:
    text = GOOD.replace("kind: length", "kind: size").replace("default: 200", "default: 5")
    text += GOOD.replace("unit: characters", "unit: letters")
    problems = read_templates(text, "a.yaml").problems
    assert [each.line for each in problems] == [1, 7, 24]


def test_names_are_unique_within_a_kind() -> None:
    (problem,) = read_templates(GOOD + GOOD, "a.yaml").problems
    assert problem.line == 13
    assert "called `characters` already, in a.yaml:1" in problem.en
    other = GOOD.replace("kind: length", "kind: role")
    assert read_templates(GOOD + other, "a.yaml").problems == ()


def test_a_variable_is_declared_once_and_used() -> None:
    twice = GOOD.replace(
        "  example:", "    - {name: limit, type: text, title: x, default: y}\n  example:"
    )
    unused = GOOD.replace(
        "  example:", "    - {name: spare, type: text, title: x, default: y}\n  example:"
    )
    assert any("declared twice" in each.en for each in read_templates(twice, "a").problems)
    (problem,) = read_templates(unused, "a").problems
    assert "`spare` is declared and used nowhere" in problem.en


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- &a x\n- *a", "anchors"),
        ("a: *b", "anchors"),
        ("- !!python/object:os.system {}", "the tag"),
        ("a\n---\nb", "no YAML"),
        ("[" * 100_000, "nested"),
        ("{a: " * 1000, "nested"),
        ("- a: [1\n", "no YAML"),
        ("- \x07", "U+0007"),
        ("", "is empty"),
        ("a: b", "`templates` must be a list"),
        ("- 3", "`template` must be a mapping"),
        ("- <<: {kind: role}", "a key must be a text"),
        ("- {? [a] : b}", "a key must be a text"),
        ('[{"kind": "role", "name": "x", "title": "\\ud83d", "text": "y"}]', "surrogate"),
        ("x" * 500_000, "500000 characters"),
    ],
)
def test_hostile_texts_are_refused_quickly(text: str, said: str) -> None:
    reading = read_templates(text, "a.yaml")
    assert reading.templates == ()
    assert said in reading.problems[0].en, reading.problems[0]
