"""Several constraints on one answer: masks intersected, the length's ending before all."""

import random

import pytest

from qwen_app.decoding.constraint import start
from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.features.tutor.solving.guard import ArithmeticGuard
from qwen_app.text.counting import count
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.driving import Chooser, allowed, drive

LIMIT = LengthGuard("characters", 60, 0, "zh")


def anything(tokenizer: Tokenizer, rng: random.Random) -> Chooser:
    return lambda mask: rng.choice(allowed(mask, tokenizer))


def faithful(tokenizer: Tokenizer, text: str, rng: random.Random) -> Chooser:
    """Recites as far as it may, else anything."""
    waiting: list[int] = []

    def choose(mask: object) -> int:
        if not waiting:
            waiting.extend(tokenizer.encode_exactly(text))
        may = allowed(mask, tokenizer)  # type: ignore[arg-type]
        token = waiting.pop(0)
        return token if token in may else rng.choice(may)

    return choose


def test_a_format_and_a_limit_hold_together(tokenizer: Tokenizer) -> None:
    for seed in range(40):
        rng = random.Random(seed)
        driven = drive(
            Together((LIMIT, Regex(r"答案：[^\n]+\n(?s:.*)"))), tokenizer, anything(tokenizer, rng)
        )
        assert count(driven.text, "characters", "zh") <= 60
        assert driven.text.startswith("答案：")
        assert driven.receipt.forced_tokens > 0


def test_the_format_may_complete_the_answer_first(tokenizer: Tokenizer) -> None:
    driven = drive(
        Together((LIMIT, Choice(("是。", "不是。")))),
        tokenizer,
        anything(tokenizer, random.Random(1)),
    )
    assert driven.text in ("是。", "不是。")
    assert driven.receipt.finish_reason == "stop"


def test_sums_stay_right_under_a_limit(tokenizer: Tokenizer) -> None:
    text = "我们算出 12 + 30 = 50。"
    for most in range(20, 60, 3):
        spec = Together((LengthGuard("characters", most, 0, "zh"), ArithmeticGuard()))
        driven = drive(spec, tokenizer, faithful(tokenizer, text, random.Random(most)))
        assert count(driven.text, "characters", "zh") <= most
        assert "= 42" in driven.text.replace("**", "")
        assert "= 50" not in driven.text


def test_masks_are_intersected(tokenizer: Tokenizer) -> None:
    driven = drive(
        Together((Regex("[ab]+|好"), Regex("[bc]+|世"))),
        tokenizer,
        anything(tokenizer, random.Random(2)),
        max_tokens=20,
    )
    assert set(driven.text) == {"b"}


def test_what_contradicts_itself_fails_with_an_error(tokenizer: Tokenizer) -> None:
    constraint = start(Together((Choice(("世界",)), Choice(("你好",)))), tokenizer)
    assert list(constraint.forced()) == []
    import numpy as np

    mask = np.ones(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32)
    assert constraint.fill_mask(mask)
    assert not mask.any()  # of which the sampler makes an error of this answer
    with pytest.raises(GenerationFailed):
        constraint.accept(tokenizer.encode_exactly("你好")[0])


@pytest.mark.parametrize(
    ("specs", "said"),
    [
        ((LIMIT, JsonSchema("{}")), "decides alone"),
        ((LIMIT, LengthGuard("words", 3)), "Two limits"),
        ((), "give 1 to 8"),
    ],
)
def test_what_cannot_be_combined_is_refused(
    tokenizer: Tokenizer, specs: tuple[LengthGuard, ...], said: str
) -> None:
    with pytest.raises(InvalidConstraint, match=said):
        start(Together(specs), tokenizer)


def test_the_document_alone_is_no_matter(tokenizer: Tokenizer) -> None:
    assert isinstance(start(JsonSchema("{}"), tokenizer), JsonConstraint)


def test_one_needs_no_company() -> None:
    assert Together.of([]) is None
    assert Together.of([LIMIT]) is LIMIT
    assert Together.of([LIMIT, Regex("a")]) == Together((LIMIT, Regex("a")))
