"""Templates composed: texts in order, variables filled in, constraints combined."""

from pathlib import Path
from typing import Any

import pytest

from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.errors import InvalidInput
from qwen_app.features.chat import ChatTask
from qwen_app.features.prompts.compose import Composed, compose
from qwen_app.features.prompts.library import load_library
from qwen_app.features.prompts.model import Composition
from qwen_app.features.prompts.reading import read_templates
from qwen_app.features.prompts.task import PromptTask
from qwen_app.messages import Message, SamplingParams

LIBRARY = load_library(Path(__file__).parents[3] / "prompts")
ARTICLE = Composition(
    role="math-teacher",
    thinking="step-by-step",
    format="bold-answer",
    length="characters",
    variables={"limit": 300, "level": "primary"},
)


def composed(**fields: Any) -> Composed:
    return compose(LIBRARY, Composition(**fields))


def test_the_combined_prompt_of_the_article() -> None:
    result = compose(LIBRARY, ARTICLE)
    paragraphs = result.system.split("\n\n")
    assert paragraphs[0].startswith("你是一位耐心的小学数学老师。")
    assert paragraphs[1].startswith("请一步一步地思考")
    assert paragraphs[2].startswith("最后另起一行，写“答案：”")
    assert paragraphs[3] == "回答不超过 300 字。"
    assert result.constraint == LengthGuard("characters", 300, 0, "zh")
    assert len(result.checks) == 3
    assert [message.role for message in result.messages("求面积。")] == ["system", "user"]


def test_nothing_chosen_is_the_task_alone() -> None:
    result = composed()
    assert result.messages("Hi ") == (Message("user", "Hi"),)
    assert result.constraint is None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"format": "json"}, JsonSchema),
        ({"format": "yes-no"}, Choice),
        ({"format": "table"}, Together),
        ({"format": "plain-text"}, Regex),
        ({"thinking": "answer-first"}, Regex),
        ({"thinking": "answer-first", "length": "sentences"}, Together),
        ({"format": "numbered-list", "length": "characters"}, Together),
        ({"role": "translator"}, type(None)),
    ],
)
def test_what_can_be_held_is_held(fields: dict[str, str], kind: type) -> None:
    assert type(composed(**fields).constraint) is kind


def test_what_a_role_asks_gives_way_to_a_format_that_is_all() -> None:
    alone = composed(role="python-engineer")
    assert len(alone.checks) == 1
    with_format = composed(role="python-engineer", format="json", thinking="direct")
    assert [type(check).__name__ for check in with_format.checks] == ["Excludes", "Json"]
    assert isinstance(with_format.constraint, JsonSchema)


def test_values_are_put_in_once_and_never_read_as_templates() -> None:
    result = composed(
        role="customer-service", variables={"company": "{{limit}} & {{company}}"}, language="en"
    )
    assert "customers for {{limit}} & {{company}}." in result.system


def test_lists_and_choices_read_well_in_both_languages() -> None:
    options = {"options": ["好评", "差评"]}
    assert "好评、差评" in composed(format="choice", variables=options).system
    assert "好评, 差评" in composed(format="choice", variables=options, language="en").system
    assert "翻译成法语" in composed(role="translator", variables={"target": "fr"}).system
    english = composed(role="translator", variables={"target": "fr"}, language="en")
    assert "into French" in english.system


@pytest.mark.parametrize(
    ("fields", "param", "said"),
    [
        ({"role": "x"}, "role", "no role called `x`"),
        ({"length": "characters", "variables": {"limit": "many"}}, "variables.limit", "whole"),
        ({"length": "characters", "variables": {"limit": True}}, "variables.limit", "whole"),
        ({"format": "choice", "variables": {"options": ["a", "a"]}}, "variables.options", "twice"),
        ({"format": "choice", "variables": {"options": ["a"]}}, "variables.options", "2 to 50"),
        ({"format": "choice", "variables": {"options": "a"}}, "variables.options", "a list"),
        ({"role": "translator", "variables": {"target": "xx"}}, "variables.target", "one of zh"),
        ({"role": "customer-service", "variables": {"company": " "}}, "variables.company", "text"),
        ({"format": "json-schema", "variables": {"schema": "{"}}, "variables.schema", "no JSON"),
        ({"format": "json-schema", "variables": {"schema": "3"}}, "variables.schema", "object"),
        ({"format": "yes-no", "thinking": "step-by-step"}, "thinking", "exclude each other"),
        ({"format": "json", "length": "words"}, "length", "cannot be cut"),
        ({"role": "email-assistant", "thinking": "answer-first"}, "role", "exclude each other"),
        (
            {"length": "characters-range", "variables": {"least": 300, "limit": 200}},
            "length",
            "At least 300",
        ),
    ],
)
def test_what_is_wrong_names_the_field(fields: dict[str, Any], param: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        composed(**fields)
    assert caught.value.param == param
    assert caught.value.zh


def test_all_variables_that_are_wrong_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        composed(
            format="choice",
            length="characters",
            role="translator",
            variables={"limit": 1, "target": "xx", "other": 1},
        )
    for name in ("`limit`", "`target`", "`other`", "`options` is missing"):
        assert name in caught.value.en


def test_a_variable_that_two_templates_have_is_named_with_its_kind() -> None:
    text = (
        "- {kind: KIND, name: own, title: x, text: 'KIND {{n}}',"
        " variables: [{name: n, type: integer, title: n, default: 1}]}\n"
    )
    own = read_templates(
        text.replace("KIND", "role") + text.replace("KIND", "thinking"), "own"
    ).templates
    library = LIBRARY.with_own(own)
    with pytest.raises(InvalidInput, match=r"ambiguous; write role\.n / thinking\.n"):
        compose(library, Composition(role="own", thinking="own", variables={"n": 2}))
    both = Composition(role="own", thinking="own", variables={"thinking.n": 2, "role.n": 3})
    assert compose(library, both).system == "role 3\n\nthinking 2"


def test_a_task_asks_holds_and_judges() -> None:
    task = PromptTask(
        ChatTask((Message("user", "求面积。"),), system="请用简体中文。"), compose(LIBRARY, ARTICLE)
    )
    prepared = task.prepare(
        defaults=SamplingParams(repetition_penalty=1.1),
        context_length=4096,
        count_tokens=lambda _: 10,
    )
    assert isinstance(prepared.request.prompt[0], Message)
    assert prepared.request.prompt[0].content.endswith("300 字。\n\n请用简体中文。")
    assert prepared.request.constraint == LengthGuard("characters", 300, 0, "zh")
    assert prepared.request.sampling.repetition_penalty == 1.1
    good = task.verify("1. 设宽为 x。\n2. 2(3x + x) = 48，x = 6。\n答案：**108 cm²**")
    assert (good.status, good.claim, good.is_shown) == ("right", "kept", True)
    assert "最后一行有加粗的答案" in good.zh
    bad = task.verify("108")
    assert bad.status == "wrong"
    assert bad.en.startswith("Not as asked: 0 steps (at least 2); no bold answer")
    assert "Kept: 1 characters (at most 300)." in bad.en


def test_a_format_of_its_own_is_not_punished_for_repeating() -> None:
    task = PromptTask(ChatTask((Message("user", "x"),)), composed(format="table"))
    prepared = task.prepare(
        defaults=SamplingParams(repetition_penalty=1.1),
        context_length=4096,
        count_tokens=lambda _: 10,
    )
    assert prepared.request.sampling.repetition_penalty == 1.0


def test_what_has_nothing_to_check_is_not_checked() -> None:
    task = PromptTask(ChatTask((Message("user", "x"),)), composed(role="editor"))
    assert task.verify("anything").status == "unchecked"
