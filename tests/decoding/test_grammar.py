"""Constraints from grammars: what comes out matches, whatever is chosen among what is allowed."""

import contextlib
import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen_app.decoding.constraint import Bitmask, start
from qwen_app.decoding.grammar import Choice, Regex
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.messages import ConstraintSpec
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.walks import allowed_by, walk
from tests.text.strategies import HARD_PIECES
from tests.tokenizers_for_tests import tiny_tokenizer_folder

# Patterns that mean the same to Python's re, which judges the results.
PATTERNS = (
    r"[a-z]+ [a-z]+",
    r"\d{3}-\d{4}",
    r"(yes|no|maybe)( please)?!{0,3}",
    r"x = -?\d+(\.\d+)?",
    r"(a|ab|abc)(bc|c)?",
    r"[你好世界]{2,4}，?(ok)?",
    r"[^\x00-\x7f]{1,3}",
    r"(?:👍|👩‍👩‍👧|🇨🇳)+",
    r'\{"name": "[^"\\]{0,10}", "age": [1-9]\d?\}',
    r"(?s:.{0,5})",
    r"a/b\\c\"d",
    r"line\n(\t|  )end",
    r"(?i:hello)",
    r"<\|im_end\|>x*",
    "e\u0301\uf900(\u0301|a)",
    r"|a",
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_whatever_is_chosen_the_answer_matches(tokenizer: Tokenizer, pattern: str) -> None:
    finished = 0
    for seed in range(30):
        constraint = start(Regex(pattern), tokenizer)
        text, done = walk(constraint, tokenizer, random.Random(seed).choice, most=100)
        if done:
            finished += 1
            assert re.fullmatch(pattern, text.decode()), text
    assert finished


@settings(max_examples=60)
@given(
    options=st.lists(
        st.lists(st.sampled_from([*HARD_PIECES, "ab", "b"]), max_size=4).map("".join),
        min_size=1,
        max_size=6,
    ),
    seed=st.integers(),
)
def test_a_choice_is_one_of_the_options(
    tokenizer: Tokenizer, options: list[str], seed: int
) -> None:
    constraint = start(Choice(tuple(options)), tokenizer)
    text, done = walk(constraint, tokenizer, random.Random(seed).choice, most=1_000)
    assert done
    assert text.decode() in options


@pytest.mark.parametrize(
    "options",
    [("是", "不是", "是的"), ("a", "ab", "abc"), ("", "x"), ("e\u0301", "é"), ("same",) * 3],
)
def test_every_option_can_be_chosen(tokenizer: Tokenizer, options: tuple[str, ...]) -> None:
    for option in options:
        constraint = start(Choice(options), tokenizer)
        for byte in option.encode():
            constraint.accept(_byte_token(tokenizer, byte))
        if not constraint.done:
            assert tokenizer.eos_ids[0] in allowed_by(constraint, tokenizer)
            constraint.accept(tokenizer.eos_ids[0])
        assert constraint.done


def test_a_literal_is_forced_and_ends_the_answer(tokenizer: Tokenizer) -> None:
    for text in ("Hello, how are you?", "你好<|im_end|>", "e\u0301\u212b"):
        constraint = start(Choice((text,)), tokenizer)
        while forced := constraint.forced():
            constraint.accept(forced[0])
        spelled, done = walk(constraint, tokenizer, min, most=10)
        assert done
        assert tokenizer.special_ids.isdisjoint(constraint.forced())
        assert (spelled == b"") or text.encode().endswith(spelled)


def test_forced_tokens_are_all_accepted_in_order(tokenizer: Tokenizer) -> None:
    constraint = start(Regex(r"[xy] the quick brown fox, [0-9]"), tokenizer)
    assert not constraint.forced()
    constraint.accept(_byte_token(tokenizer, ord("x")))
    forced = list(constraint.forced())
    assert len(forced) > 1
    for index, token in enumerate(forced):
        assert list(constraint.forced())[: len(forced) - index] == forced[index:]
        assert token in allowed_by(constraint, tokenizer)
        constraint.accept(token)


def test_a_forced_token_is_allowed_also_within_a_character(tokenizer: Tokenizer) -> None:
    # Its last two bytes are one token of the small vocabulary.
    constraint = start(Regex("ab\U0001ec42(c|d)"), tokenizer)
    text, done = walk(constraint, tokenizer, random.Random(0).choice, most=100)
    assert done
    assert text.decode() in ("ab\U0001ec42c", "ab\U0001ec42d")


def test_another_spelling_than_the_forced_one_is_followed(tokenizer: Tokenizer) -> None:
    constraint = start(Choice(("the quick brown fox",)), tokenizer)
    assert tokenizer.token_bytes(constraint.forced()[0]) != b"t"
    constraint.accept(_byte_token(tokenizer, ord("t")))
    rest, done = walk(constraint, tokenizer, min, most=30)
    assert (rest, done) == (b"he quick brown fox", True)


def test_a_token_that_is_not_allowed_fails(tokenizer: Tokenizer) -> None:
    constraint = start(Regex("[0-9]+"), tokenizer)
    with pytest.raises(GenerationFailed):
        constraint.accept(_byte_token(tokenizer, ord("x")))
    assert not constraint.done
    assert allowed_by(constraint, tokenizer) == []


def test_nothing_follows_a_complete_answer(tokenizer: Tokenizer) -> None:
    constraint = start(Regex("[ab]"), tokenizer)
    constraint.accept(_byte_token(tokenizer, ord("a")))
    assert constraint.done
    with pytest.raises(GenerationFailed):
        constraint.accept(_byte_token(tokenizer, ord("a")))


def test_a_mask_for_a_padded_vocabulary_is_written_to_its_end(tokenizer: Tokenizer) -> None:
    mask: Bitmask = np.full(100, 0xFFFFFFFF, dtype=np.uint32)
    assert start(Regex("[0-9]"), tokenizer).fill_mask(mask)
    assert int(np.bitwise_count(mask).sum()) == 10


def test_two_answers_do_not_share_a_state(tokenizer: Tokenizer) -> None:
    first, second = (start(Regex("ab|cd"), tokenizer) for _ in range(2))
    before = allowed_by(second, tokenizer)
    first.accept(_byte_token(tokenizer, ord("a")))
    assert allowed_by(second, tokenizer) == before


# --- what cannot be enforced ------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec",
    [
        Regex("a("),
        Regex("["),
        Regex("*"),
        Regex("a{3,2}"),
        Regex("\\"),
        Regex("a\\\\\\"),
        Regex(r"(?=a)b"),
        Regex(r"(?<!a)b"),
        Regex(r"(a)\1"),
        Regex(r"\bword\b"),
        Regex(r"a^b"),
        Regex(r"\p{Klingon}"),
        Regex(r"[^\s\S]"),
        Regex("limit("),
        Regex("\ud83d"),
        Regex("a" * 100_001),
        Regex(".{0,500}" * 200),
        Regex("(" * 5_000 + "a" + ")" * 5_000),
        Choice(()),
        Choice(("\ud83d",)),
        Choice(("a" * 60_000, "b" * 60_000)),
    ],
    ids=lambda spec: repr(spec)[:40],
)
def test_what_cannot_be_enforced_is_refused(tokenizer: Tokenizer, spec: ConstraintSpec) -> None:
    with pytest.raises(InvalidConstraint) as caught:
        start(spec, tokenizer)
    assert caught.value.param == "constraint"
    assert len(caught.value.en) < 500


HOSTILE = (
    "(((a{1,100}){1,100}){1,100}){1,100}",
    "(.*a.{50}){5}",
    ".*a.{300}",
    "(.*a.{200}|.*b.{201}|.*c.{202})",
    "(a?){1000}a{1000}",
    "((((((a+)+)+)+)+)+)+b",
    "(x+x+)+y",
    "a{1000000000}",
    "(a{100000}b{100000}){100000}",
    r"(\p{L}{1,50} ){1,500}",
    "(?i:" + "[a-z]{0,500}" * 50 + ")",
    "|".join(f"x{n}" for n in range(5_000)),
)


@pytest.mark.parametrize("pattern", HOSTILE, ids=lambda pattern: pattern[:30])
def test_hostile_patterns_end_in_an_error_or_in_a_constraint(
    tokenizer: Tokenizer, pattern: str
) -> None:
    _start_and_walk(tokenizer, pattern)


@settings(max_examples=200)
@given(
    pattern=st.lists(
        st.sampled_from(
            [
                *r"abc.|()[]{}*+?^$\/-,&~# 0123456789",
                *("(?:", "(?i)", "(?s:", "[^", "{1,3}", "{2,}", r"\d", r"\w", r"\s", r"\p{Han}"),
                *(r"\n", r"\x{4f60}", "你", "👍", "\n", "\u0301"),
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_pattern_ends_in_an_error_or_in_a_constraint(
    tokenizer: Tokenizer, pattern: str
) -> None:
    _start_and_walk(tokenizer, pattern)


def _start_and_walk(tokenizer: Tokenizer, pattern: str) -> None:
    """Nothing but the two errors may come out of this."""
    with contextlib.suppress(InvalidConstraint, GenerationFailed):
        constraint = start(Regex(pattern), tokenizer)
        for _ in range(20):
            allowed = allowed_by(constraint, tokenizer)
            if constraint.done or not allowed:
                break
            constraint.accept(random.Random(1).choice(allowed))


def _byte_token(tokenizer: Tokenizer, byte: int) -> int:
    return next(
        id_
        for id_ in range(tokenizer.vocabulary_size)
        if tokenizer.token_bytes(id_) == bytes([byte])
    )


@pytest.mark.parametrize("spec", [Regex("[a-z ]{1,9}"), JsonSchema('{"type":"string"}')])
def test_an_end_token_that_looks_like_text_stands_in_no_answer(
    tmp_path: Path, spec: ConstraintSpec
) -> None:
    folder = tiny_tokenizer_folder(tmp_path)
    plain = Tokenizer.from_folder(folder).encode(" the")
    assert len(plain) == 1
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": plain}))
    tokenizer = Tokenizer.from_folder(folder)
    constraint = start(spec, tokenizer)
    for character in '"a' if isinstance(spec, JsonSchema) else "a":
        forced = constraint.forced()
        constraint.accept(forced[0] if forced else tokenizer.encode(character)[0])
    allowed = allowed_by(constraint, tokenizer)
    may_end = not isinstance(constraint, JsonConstraint)
    assert (plain[0] in allowed) == may_end
    assert tokenizer.encode("t")[0] in allowed
