"""Lengths as people count them."""

import pytest

from qwen_app.errors import Language
from qwen_app.text.counting import Unit, count, sentences


@pytest.mark.parametrize(
    ("text", "unit", "language", "expected"),
    [
        ("你好，世界！", "characters", "zh", 6),
        ("2x + 5 = 17，所以 x = 6。", "characters", "zh", 12),
        ("圆周率约为 3.14，不是 1,000。", "characters", "zh", 11),
        ("**答案：x = 6**", "characters", "zh", 6),
        ("- 第一\n- 第二", "characters", "zh", 4),
        ("# 标题\n\n`代码`", "characters", "zh", 4),
        ("Qwen 是模型", "characters", "zh", 4),
        ("a" * 61, "characters", "zh", 3),
        ("👩‍👩‍👧好", "characters", "zh", 4),  # of an emoji each figure counts
        ("", "characters", "zh", 0),
        ("  Hello, world.\n", "characters", "en", 13),
        ("Hello, world.", "words", "en", 2),
        ("well-known, isn't it?", "words", "en", 3),
        ("我爱 Python 编程", "words", "en", 5),
        ("x = 6", "words", "en", 3),
        ("第一句。第二句！第三句", "sentences", "zh", 3),
        ("Dr. Smith is 3.5 years old. He left, e.g. today.", "sentences", "en", 2),
        ("1. Do it.\n2. Stop", "sentences", "en", 2),
        ("“好。”他说。", "sentences", "zh", 2),
        ("- a\n* b\n3. c\n4) d\n（5）e\n6、f\n3.14 is no item\n-\n", "items", "zh", 6),
        ("a\n\nb\n  \nc\nd", "lines", "en", 4),
        ("a\n\nb\n  \nc\nd", "paragraphs", "en", 3),
    ],
)
def test_counts(text: str, unit: Unit, language: Language, expected: int) -> None:
    assert count(text, unit, language) == expected


def test_words_are_never_fewer_than_the_pieces_between_spaces() -> None:
    for text in ("a - b", "你好 world，ok 。 再见", "x=1 , y", "** a", "， 。", "é ü"):
        assert count(text, "words", "en") >= len(text.split())


def test_sentences_are_the_text() -> None:
    text = "今天 3.5 度。真的吗？！是的……\nNo. 5 is U.S. made. Right!"
    assert "".join(sentences(text)).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert sentences(text)[:2] == ["今天 3.5 度。", "真的吗？！"]
