"""What each check accepts and refuses, and that what its grammar allows it accepts."""

import random

import pytest

from qwen_app.decoding.together import Together
from qwen_app.errors import Language
from qwen_app.features.prompts.checks import Check
from qwen_app.features.prompts.checks.content import (
    BoldAnswer,
    Contains,
    Excludes,
    FirstLine,
    Json,
    LastLine,
    OneOf,
    Script,
)
from qwen_app.features.prompts.checks.lengths import Length
from qwen_app.features.prompts.checks.structure import Code, Headings, List, Steps, Table
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.driving import allowed, drive

TABLE = "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (Length("characters", None, 5), "你好世界！", "你好，世界！"),
        (Length("words", 2, 3), "one two", "one"),
        (Length("items", 1, None), "- a", "a"),
        (List("numbered", 2, 2), "1. 早睡\n2. 早起", "1. 早睡"),
        (List("numbered", 2, 3), "1. 早睡\n2. 早起", "建议：\n1. 早睡\n2. 早起"),
        (List("bulleted"), "- a\n- b", "1. a\n2. b"),
        (List("bulleted"), "- a", ""),
        (Table(), TABLE, TABLE.replace("| --- | --- |\n", "")),
        (Table(("a", "b")), TABLE, TABLE.replace("| a |", "| x |")),
        (Table(("a", "b"), 1, 1), TABLE, TABLE + "\n| 3 | 4 |"),
        (Table(), TABLE, TABLE + "\n| 3 |"),
        (Table(), TABLE, "Here it is:\n" + TABLE),
        (Table(), TABLE, ""),
        (Headings(("甲", "乙")), "## 甲\n\nx\n\n## 乙\n\ny", "## 甲\n\nx"),
        (Headings(("甲", "乙")), "## 甲\nx\n## 乙\ny", "## 乙\n\nx\n\n## 甲\n\ny"),
        (Headings(("甲", "乙")), "## 甲\nx\n## 乙\ny", "## 甲\n\n## 乙\n\ny"),
        (Code("python"), "```python\nx = 1\n```", "```python\nx = \n```"),
        (Code("python"), "```python\nx = 1\n```", "Sure:\n```python\nx = 1\n```"),
        (Code("python"), "```python\nx = 1\n```", "```\nx = 1\n```"),
        (Code("json"), '```json\n{"a": 1}\n```', "```json\n{a: 1}\n```"),
        (Code("go"), "```go\nfunc (\n```", "```go\nx\n```\n```go\ny\n```"),
        (Steps(2), "1. 设 x。\n2. 求解。", "x = 6"),
        (Steps(2), "首先设 x。\n然后求解。", "首先设 x。"),
        (Json(), '{"a": 1}', "{}"),
        (Json(), '{"a": 1}', '{"a": 1'),
        (Json('{"type": "array"}'), "[]", "{}"),
        (OneOf(("是", "否")), "是\n", "是的"),
        (FirstLine("答案：", "Answer:"), "**答案：** 6\n因为", "6，因为答案：6"),
        (FirstLine("答案：", "Answer:"), "答案：6", "答案："),
        (LastLine("检查：", "Check:"), "x = 6\n检查：2 × 6 = 12", "检查：好\nx = 6"),
        (BoldAnswer(), "所以\n答案：**6**", "**所以**\n答案：6"),
        (BoldAnswer(), "**6 cm**", "** 6**"),
        (Contains(("例如", "for example")), "For Example, x", "x"),
        (Excludes(("as an AI",)), "hello", "As an ai model"),
        (Script("en"), "Hello, world 好", "你好，世界 ok"),
        (Script("ja"), "今日は良い天気です。", "今天天气很好。"),
        (Script("zh"), "今天天气很好。", "今日は良い天気です。"),
        (Script("ko"), "안녕하세요", "hello"),
        (Script("ru"), "Привет", "123"),
    ],
)
def test_verdicts(check: Check, good: str, bad: str) -> None:
    said = check.judge(good, "zh")
    assert said.ok, said
    refused = check.judge(bad, "zh")
    assert not refused.ok, refused
    for finding in (said, refused):
        assert finding.en
        assert finding.zh


@pytest.mark.parametrize(
    "check",
    [
        List("numbered", 3, 3),
        List("bulleted", 1, 4),
        Table(("姓名", "a|b (c)")),
        Table((), 1, 2),
        Headings(("背景 *1*", "分析")),
        Code("c++"),
        OneOf(("是", "否")),
        FirstLine("答案：", "Answer:"),
        Excludes(("*", "#", "\\", "]", "^")),
    ],
    ids=lambda check: type(check).__name__,
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_held_passes(tokenizer: Tokenizer, check: Check, language: Language) -> None:
    """Whatever the model would choose: the grammar allows nothing that the check refuses."""
    spec = check.constraint(language)
    assert spec is not None
    complete = 0
    for seed in range(16):
        rng = random.Random(seed)
        ends = set(tokenizer.eos_ids)

        def choose(mask: object, rng: random.Random = rng, ends: set[int] = ends) -> int:
            may = allowed(mask, tokenizer)  # type: ignore[arg-type]
            signs = [t for t in may if 0 < len(tokenizer.token_bytes(t)) <= 2]
            signs = [t for t in signs if not tokenizer.token_bytes(t).strip(b" |#`\n")]
            if ends & set(may) and rng.random() < 0.3:
                return tokenizer.eos_ids[0]
            return rng.choice(signs if signs and rng.random() < 0.5 else may)

        driven = drive(spec, tokenizer, choose, max_tokens=300)
        if driven.receipt.finish_reason == "stop" and "\ufffd" not in driven.text:
            complete += 1
            finding = check.judge(driven.text, language)
            assert finding.ok, (finding, driven.text)
    assert complete > 2


def test_a_limit_and_a_format_go_together(tokenizer: Tokenizer) -> None:
    spec = Together.of(
        [
            each
            for check in (Length("characters", None, 80), List("bulleted", 1, 3))
            if (each := check.constraint("zh")) is not None
        ]
    )
    assert spec is not None
    for seed in range(20):
        rng = random.Random(seed)
        driven = drive(spec, tokenizer, lambda mask, r=rng: r.choice(allowed(mask, tokenizer)))  # type: ignore[misc]
        assert Length("characters", None, 80).judge(driven.text, "zh").ok


def test_no_text_makes_a_check_fail_itself() -> None:
    checks: list[Check] = [
        Json(),
        Code("python"),
        Code("json"),
        Table(),
        Headings(("a",)),
        List("numbered"),
        BoldAnswer(),
        LastLine("a", "b"),
        Script("ja"),
    ]
    texts = [
        "",
        "\n",
        "\x00",
        "|",
        "##",
        "```",
        "[" * 100_000,
        "```python\n" + "(" * 5000 + "\n```",
    ]
    for check in checks:
        for text in texts:
            assert check.judge(text, "en").en
