"""What the model reads: small, stable from question to question, and helpful."""

from pathlib import Path

import pytest

from qwen_app.features.tables.prompt import Turn, build_prompt
from qwen_app.features.tables.query.link import dates, mentions, numbers
from qwen_app.features.tables.table import Table
from qwen_app.messages import Message
from qwen_app.text.tokenizer import Tokenizer
from tests.features.tables.making import GAMES, PEOPLE, column

EMBEDDED = Path(__file__).parents[3] / "assets" / "embedded"


def test_the_prompt_of_a_small_table() -> None:
    assert build_prompt(PEOPLE, "北京的人几岁？") == (
        Message(
            "system",
            "Write one SQL query for the question. Table t, rows: 3\n"
            "\"姓名\" text '张三', '李四', '王五'\n"
            '"年龄" number 28, 32, 25\n'
            "\"城市\" text '杭州', '北京', '深圳'",
        ),
        Message("user", "北京的人几岁？\n\"城市\" = '北京'"),
    )


def test_a_small_table_takes_few_tokens() -> None:
    tokenizer = Tokenizer.from_folder(EMBEDDED)
    messages = build_prompt(PEOPLE, "谁是最年轻的人？")
    assert sum(len(tokenizer.encode(message.content)) + 5 for message in messages) < 200


def test_follow_ups_keep_the_start_of_the_prompt() -> None:
    turns = [Turn("谁最小？", 'SELECT "姓名" FROM t ORDER BY "年龄" LIMIT 1')]
    first = build_prompt(PEOPLE, "谁最小？")
    second = build_prompt(PEOPLE, "那最大呢？", turns)
    assert second[:2] == first
    assert second[2].role == "assistant"
    assert second[2].content == turns[0].query
    assert second[3].content == "那最大呢？"


def test_only_the_last_turns_are_told() -> None:
    turns = [Turn(f"q{i}", f"SELECT {i}") for i in range(9)]
    assert [m.content for m in build_prompt(PEOPLE, "q", turns)][1::2] == ["q6", "q7", "q8", "q"]


def test_the_guide_is_for_models_that_do_not_know_the_language() -> None:
    assert "LIMIT 1" in build_prompt(PEOPLE, "q", guide=True)[0].content
    assert "LIMIT 1" not in build_prompt(PEOPLE, "q")[0].content


def test_a_wide_table_shows_fewer_samples() -> None:
    wide = Table(tuple(column(f"c{i}", "text", ["aa", "bb", "cc"]) for i in range(40)))
    content = build_prompt(wide, "q")[0].content
    assert "'aa'" in content
    assert "'bb'" not in content


@pytest.mark.parametrize(
    ("question", "links", "parts"),
    [
        ("谁住在北京？", {("城市", "北京")}, set()),
        ("张三和李四谁大？", {("姓名", "张三"), ("姓名", "李四")}, set()),
        ("谁姓赵？", set(), set()),
    ],
)
def test_values_of_the_table_in_a_question(
    question: str, links: set[tuple[str, str]], parts: set[tuple[str, str]]
) -> None:
    found = mentions(PEOPLE, question)
    assert {(link.column, link.text) for link in found.links} == links
    assert {(part.column, part.text) for part in found.parts} == parts


def test_whole_words_only_and_parts_of_longer_values() -> None:
    table = Table((column("Film", "text", ["Anna Karenina", "War and Peace", "Art"]),))
    found = mentions(table, "Which party shows karenina?")
    assert found.links == ()  # "Art" stands inside "party"
    assert [(part.column, part.text) for part in found.parts] == [("Film", "karenina")]
    assert mentions(table, "who made ART?").links[0].text == "Art"


def test_values_of_several_lines_stand_on_one() -> None:
    table = Table((column("City", "text", ["New\nYork", "Rome"]),))
    system, user = build_prompt(table, "who lives in new york?")
    assert system.content.endswith("\"City\" text 'New York', 'Rome'")
    assert user.content.endswith("\n\"City\" = 'New York'")


def test_the_longer_of_two_values_is_meant() -> None:
    table = Table((column("City", "text", ["New York", "York"]),))
    assert [link.text for link in mentions(table, "who is in new york?").links] == ["New York"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("more than 1,000 and less than 2.5", (1000, 2.5)),
        ("超过5万的有几个", (50000, 5)),
        ("3 million people", (3_000_000, 3)),
        ("the first two of the 1990s", (1, 2, 1990, 1999)),
        ("90年代", (90, 1990, 1999)),
        ("二十五岁到三十岁", (25, 30)),
        ("十个", (10,)),
        ("no number here", ()),
        ("9" * 60, ()),
    ],
)
def test_numbers_of_a_question(question: str, expected: tuple[float, ...]) -> None:
    assert set(expected) == set(numbers(question))


def test_dates_of_a_question() -> None:
    assert dates("since March 10, 2011 or 5 May 2012, 2013年1月2日, 2014-13-01") == (
        "2013-01-02",
        "2011-03-10",
        "2012-05-05",
    )


def test_numbers_that_are_not_written_in_digits_are_told() -> None:
    assert build_prompt(GAMES, "超过5万的")[-1].content == "超过5万的\n50000"
    assert build_prompt(GAMES, "over 30")[-1].content == "over 30"
    assert build_prompt(GAMES, "on 1 May 2021")[-1].content == "on 1 May 2021\n'2021-05-01'"
