"""A limit of length holds whatever the model writes, and the text ends as a text does."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from qwen_app.decoding.constraint import start
from qwen_app.decoding.length.markup import open_spans
from qwen_app.decoding.length_guard import LEAST_TOKENS, LengthGuard
from qwen_app.errors import InvalidConstraint, Language
from qwen_app.text.counting import Unit, count
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.driving import Chooser, allowed, drive

ZH = (
    "首先，我们设长方形的宽为 $x$ 厘米，则长为 $3x$ 厘米。",
    "因为周长是 48 厘米，所以 $2(x+3x)=48$，解得 $x=6$。",
    "**答案：面积是 108 平方厘米。**",
    "- 今天天气很好\n- 我们去公园\n",
    "\n\n1. 打开文件\n2. 保存\n",
    "\n\n| 姓名 | 年龄 |\n| --- | --- |\n| 张三 | 28 |\n| 李四 | 32 |\n\n",
    "\n```python\ndef f(x):\n    return x + 1\n```\n",
    "她说：“我们明天再来吧。”然后她就走了。",
    "人工智能正在改变我们的生活方式和工作方式并且影响着每一个人的未来",
    "价格是 $5，不贵。",
)
EN = (
    "First, let the width be $x$ cm and the length $3x$ cm. ",
    "Since the perimeter is 48 cm, we get $2(x + 3x) = 48$, so $x = 6$. ",
    "**Answer: the area is 108 square centimetres.** ",
    "\n- buy milk\n- go home\n",
    "\n\n| Name | Age |\n| --- | --- |\n| Ann | 28 |\n\n",
    "\n```python\ndef f(x):\n    return x + 1\n```\n",
    "“We will come back tomorrow,” she said, and then she left. ",
    "Artificial intelligence is changing the way we live and work and it affects us all ",
    "It costs $5, e.g. at Dr. Smith's shop. ",
)


def reciter(tokenizer: Tokenizer, parts: Sequence[str], rng: random.Random) -> Chooser:
    """A model that goes on with one of these texts after the other, token by token."""
    waiting: list[int] = []

    def choose(mask: object) -> int:
        del mask
        while not waiting:
            waiting.extend(tokenizer.encode_exactly(rng.choice(parts)))
        return waiting.pop(0)

    return choose


def babbler(tokenizer: Tokenizer, rng: random.Random) -> Chooser:
    """A model that writes any token but an end."""
    tokens = [i for i in range(tokenizer.vocabulary_size) if i not in tokenizer.special_ids]
    return lambda _: rng.choice(tokens)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("seed", range(5))
def test_no_limit_is_exceeded_and_nothing_is_cut_within_a_word(
    tokenizer: Tokenizer, language: Language, seed: int
) -> None:
    rng = random.Random(f"{language}{seed}")
    parts = ZH if language == "zh" else EN
    words = set(re.findall(r"[A-Za-z]+|\d+", " ".join(parts)))
    for _ in range(15):
        unit: Unit = rng.choice(["characters", "characters", "words"])
        spec = LengthGuard(unit, rng.randint(20, 500), 0, language)
        driven = drive(spec, tokenizer, reciter(tokenizer, parts, rng), max_tokens=4000)
        assert count(driven.text, unit, language) <= (spec.most or 0)
        assert driven.receipt.finish_reason == "stop"
        last = re.findall(r"[A-Za-z]+|\d+", driven.text)[-1:]
        assert set(last) <= words, driven.text
        assert not open_spans(driven.text), driven.text
        assert driven.text.count("```") % 2 == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_not_language_at_all_is_held_too(tokenizer: Tokenizer, language: Language) -> None:
    rng = random.Random(language)
    for _ in range(100):
        spec = LengthGuard("characters", rng.randint(20, 500), 0, language)
        most = rng.choice([LEAST_TOKENS, 60, 1000])
        driven = drive(spec, tokenizer, babbler(tokenizer, rng), max_tokens=most)
        assert count(driven.text, "characters", language) <= (spec.most or 0)
        assert driven.receipt.completion_tokens <= most


@pytest.mark.parametrize("unit", ["sentences", "items", "lines", "paragraphs"])
def test_units_that_are_counted_one_by_one(tokenizer: Tokenizer, unit: Unit) -> None:
    rng = random.Random(unit)
    for _ in range(40):
        language: Language = rng.choice(["zh", "en"])
        parts = ZH if language == "zh" else EN
        spec = LengthGuard(unit, rng.randint(2, 6), 0, language)
        driven = drive(spec, tokenizer, reciter(tokenizer, parts, rng), max_tokens=2000)
        assert count(driven.text, unit, language) <= (spec.most or 0), driven.text


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        # The next sentence does not fit: it is taken back as a whole.
        (
            "今天天气很好，我们去公园。明天可能会下雨，所以要带伞。",
            20,
            "今天天气很好，我们去公园。",
        ),
        # No sentence ends in time: a clause ends with a full stop.
        ("北京是中国的首都，也是全国的政治中心和文化中心，历史悠久。", 20, "北京是中国的首都。"),
        # Bold that is open is closed.
        (
            "**北京是中国的首都，也是全国的政治中心和文化中心，历史悠久。**",
            20,
            "**北京是中国的首都。**",
        ),
        # A formula is never cut.
        ("我们得到 $\\frac{a+b+c+d+e+f+g+h}{i+j+k+l+m+n+o+p}$。", 20, "我们得到。"),
    ],
)
def test_where_a_text_ends(tokenizer: Tokenizer, text: str, most: int, expected: str) -> None:
    spec = LengthGuard("characters", most, 0, "zh")
    driven = drive(spec, tokenizer, reciter(tokenizer, [text], random.Random(0)))
    assert driven.text == expected


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("The cat sat on the mat. The dog ran away from it quickly.", 9, "The cat sat on the mat."),
        ("The cat sat on the mat, and the dog ran away from it", 9, "The cat sat on the mat."),
        ("one two three four five six seven", 4, "one two three four."),
        ("Pi is about 3.14 and e is about 2.71 as you know", 4, "Pi is about 3.14."),
    ],
)
def test_where_an_english_text_ends(
    tokenizer: Tokenizer, text: str, most: int, expected: str
) -> None:
    spec = LengthGuard("words", most, 0, "en")
    driven = drive(spec, tokenizer, reciter(tokenizer, [text + " "], random.Random(0)))
    assert driven.text == expected


def test_far_from_the_limit_every_token_is_shown_at_once(tokenizer: Tokenizer) -> None:
    text = "今天天气很好，我们去公园。" * 60
    driven = drive(
        LengthGuard("characters", 500, 0, "zh"),
        tokenizer,
        reciter(tokenizer, [text], random.Random(0)),
    )
    shown = 0
    for piece in driven.pieces:
        assert len(piece) <= 80
        shown += len(piece)
        if shown < 300:
            assert len(piece) <= 4
    assert 450 <= shown <= 500


def test_a_budget_of_tokens_ends_a_sentence_too(tokenizer: Tokenizer) -> None:
    parts = ["今天天气很好，我们去公园。", "明天可能会下雨，所以要带伞。"]
    for budget in (40, 64, 150):
        driven = drive(
            LengthGuard("characters", 5000, 0, "zh"),
            tokenizer,
            reciter(tokenizer, parts, random.Random(budget)),
            max_tokens=budget,
        )
        assert driven.text.endswith("。")
        assert driven.receipt.completion_tokens <= budget


def test_the_model_may_not_end_before_the_least(tokenizer: Tokenizer) -> None:
    words = tokenizer.encode_exactly("今天很好。")

    def choose(mask: object) -> int:
        """Ends as soon as it may."""
        may = allowed(mask, tokenizer)  # type: ignore[arg-type]
        if tokenizer.eos_ids[0] in may:
            return tokenizer.eos_ids[0]
        words.append(words.pop(0))
        return words[-1]

    driven = drive(LengthGuard("characters", 100, 30, "zh"), tokenizer, choose)
    assert count(driven.text, "characters", "zh") == 30


def test_what_the_model_leaves_open_is_closed(tokenizer: Tokenizer) -> None:
    for text, expected in (
        ("**答案是 6", "**答案是 6**"),
        ("```python\nx = 1", "```python\nx = 1\n```"),
        ("所以 $x = \\frac{1}{2", "所以 $x = \\frac{1}{2}$"),
        ("今天很好。", "今天很好。"),
    ):
        tokens = [*tokenizer.encode_exactly(text), tokenizer.eos_ids[0]]
        driven = drive(LengthGuard("characters", 100, 0, "zh"), tokenizer, _one_by_one(tokens))
        assert driven.text == expected
        assert driven.receipt.finish_reason == "stop"


def _one_by_one(tokens: list[int]) -> Callable[[object], int]:
    left = list(tokens)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_what_cannot_be_held_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(InvalidConstraint, match="At most 10 and at least 20"):
        start(LengthGuard("characters", 10, 20), tokenizer)
    guard = LengthGuard("characters", 100)
    with pytest.raises(InvalidConstraint, match="at least 12") as caught:
        drive(guard, tokenizer, lambda _: 0, max_tokens=LEAST_TOKENS - 1)
    assert caught.value.param == "max_tokens"
    assert replace(guard, most=50) == LengthGuard("characters", 50)
