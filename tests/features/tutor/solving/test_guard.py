"""Whatever a model would write, what it calculates is right; all else is left to it."""

import random
import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from qwen_app.decoding.constraint import start
from qwen_app.errors import Language
from qwen_app.features.tutor.practice.problem import solution
from qwen_app.features.tutor.practice.topics import TITLES, make
from qwen_app.features.tutor.solving.guard import ArithmeticGuard, computed
from qwen_app.text.tokenizer import Tokenizer
from qwen_app.train.data.checking import evaluate


def guarded(
    tokenizer: Tokenizer,
    wanted: str,
    *,
    spec: ArithmeticGuard | None = None,
    instead: random.Random | None = None,
) -> str:
    """What becomes of the text that a model wants to write: tokens that are not allowed are left
    out, or others take their place, and forced ones are put in."""
    constraint = start(spec or ArithmeticGuard(), tokenizer)
    mask = np.zeros(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32)
    todo = tokenizer.encode_exactly(wanted)
    out: list[int] = []
    room = 4 * len(todo) + 60
    while len(out) < room:
        mask[:] = 0xFFFFFFFF
        masked = constraint.fill_mask(mask)
        bits = np.unpackbits(mask.view(np.uint8), bitorder="little").astype(bool)
        assert masked or bits.all(), "the mask was to be left alone"
        forced = list(constraint.forced())
        may_end = bool(bits[tokenizer.eos_ids[0]])
        if forced:
            assert bits[forced[0]], "what is forced must be allowed"
            token = forced[0]
            if todo and todo[0] == token:
                todo.pop(0)
        elif not todo and may_end:
            break
        elif todo and bits[todo[0]]:
            token = todo.pop(0)
        elif may_end:
            todo.pop(0)
            if instead is None or instead.random() < 0.3:
                continue
            token = _any(bits, tokenizer, instead)
        else:  # within a value; of a wrong one the model lets go
            if todo and re.fullmatch(rb" ?[-+=(]*[0-9.]?", tokenizer.token_bytes(todo[0])):
                todo.pop(0)
            token = _any(bits, tokenizer, instead, b"0123456789- ")
        constraint.accept(token)
        out.append(token)
    return tokenizer.decode(out)


def _any(
    bits: np.ndarray, tokenizer: Tokenizer, rng: random.Random | None, rather: bytes = b""
) -> int:
    """One of the tokens that are allowed; without ``rng`` the first that begins as wanted."""
    outside = tokenizer.special_ids | set(tokenizer.eos_ids)
    for _ in range(500 if rng is not None else 0):
        assert rng is not None
        id_ = rng.randrange(tokenizer.vocabulary_size)
        if bits[id_] and id_ not in outside:
            return id_
    ids = [int(i) for i in np.flatnonzero(bits[: tokenizer.vocabulary_size])]
    ids = [id_ for id_ in ids if id_ not in outside]
    assert ids, "something must be allowed"
    if rng is not None:
        return rng.choice(ids)
    return next((id_ for id_ in ids if tokenizer.token_bytes(id_)[0] in rather), ids[0])


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        # values
        ("2x = 17 - 5 = 13", "2x = 17 - 5 = 12"),
        ("x = 12÷2=7，所以", "x = 12÷2=6，所以"),
        ("周长 = 2 × (18 + 6) = 2 × 25 = 50", "周长 = 2 × (18 + 6) = 2 × 24 = 48"),
        ("2 × 6 + 5 = 12 + 5 = 18 ✓", "2 × 6 + 5 = 12 + 5 = 17 ✓"),
        ("24 cm ÷ 2 = 13 cm", "24 cm ÷ 2 = 12 cm"),
        ("18 × 6 = 118（平方厘米）", "18 × 6 = 108（平方厘米）"),
        ("$5 × 3 = $16.", "$5 × 3 = $15."),
        ("7 ÷ 3 ≈ 2.44", "7 ÷ 3 ≈ 2.3"),
        ("\\(2 \\times 3 = 7\\)", "\\(2 \\times 3 = 6\\)"),
        ("3 × 4 = **13**", "3 × 4 = **12**"),
        ("3 + 4 等于 8。", "3 + 4 等于 7。"),
        ("左边 = 2 × 6 + 5 = 17 = 右边", "左边 = 2 × 6 + 5 = 17 = 右边"),
        ("7 ÷ 2 = 3……1", "7 ÷ 2 = 3.5"),
        ("余数：7 ÷ 2 = 3……1", "余数：7 ÷ 2 = 3……1"),
        ("2 × 3 + 4 = 6 + 4 =  8", "2 × 3 + 4 = 6 + 4 = 10"),
        ("2 × 3 + 4 = 6 + 4 = 左边", "2 × 3 + 4 = 6 + 4 = 10左边"),
        ("√16 + 3 = 8", "√16 + 3 = 7"),
        # nothing may make another number of the value
        ("3 × 4 = 120", "3 × 4 = 12"),
        ("3 × 4 = 12.5", "3 × 4 = 12."),
        ("3 × 4 = 12,000 人", "3 × 4 = 12, 人"),
        ("3 × 4 = 12%。", "3 × 4 = 12。"),
        ("3 × 4 = 12万", "3 × 4 = 12"),
        ("3 × 4 = 12 =13", "3 × 4 = 12 =12"),
    ],
)
def test_what_becomes_of_a_calculation(tokenizer: Tokenizer, wanted: str, written: str) -> None:
    assert guarded(tokenizer, wanted).replace(" ", "").startswith(written.replace(" ", ""))


@pytest.mark.parametrize(
    "text",
    [
        "解方程 2x + 5 = 17：\n\n1. 两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = 12\n",
        "面积 = 长 × 宽，周长 = 2(a + b) = 2a + 2b",
        "x = 5, so y = 2x + 1 = 11 and f(x) = 3x - 4",
        "The year 2024 was good; call 555 1234 (or 5 of us).",
        "if a >= b + 4: print(a != 7)  # |x - 2| = 3",
        "50% = 0.5, 120 cm = 1.2 m，1 小时 = 60 分钟",
        "设长为 3x，则 2(3x + x) = 48，8x = 48，x = 6",
        "S = πr² = 9π，sin 30° = 1/2",
    ],
)
def test_leaves_text_without_arithmetic_alone(tokenizer: Tokenizer, text: str) -> None:
    constraint = start(ArithmeticGuard(), tokenizer)
    mask = np.full(-(-tokenizer.vocabulary_size // 32), 0x5A5A5A5A, dtype=np.uint32)
    for token in tokenizer.encode_exactly(text):
        assert not constraint.forced()
        if constraint.fill_mask(mask):  # only where a sum might yet be given a value
            assert "17 - 5" in text
            mask[:] = 0x5A5A5A5A
        assert (mask == 0x5A5A5A5A).all()
        constraint.accept(token)
    assert not constraint.done


@pytest.mark.parametrize("wanted", ["3 + 4 =-8", "3 + 4 == 8", "3 + 4=(8)", "(3 + 4)=-8"])
def test_no_token_with_a_sign_of_equality_slips_past(tokenizer: Tokenizer, wanted: str) -> None:
    written = guarded(tokenizer, wanted)
    assert "=" not in written or re.search(r"= ?7", written)


@pytest.mark.parametrize("topic", sorted(TITLES))
def test_does_not_stand_in_the_way_of_a_right_solution(tokenizer: Tokenizer, topic: str) -> None:
    languages: tuple[Language, ...] = ("zh", "en")
    for seed, language in product(range(6), languages):
        problem = make(topic, 1 + seed % 3, seed)
        constraint = start(ArithmeticGuard(problem.text.of(language)), tokenizer)
        mask = np.zeros(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32)
        written: list[int] = []
        for token in tokenizer.encode_exactly(solution(problem, language)):
            assert token == next(iter(constraint.forced()), token), tokenizer.decode(written)
            if constraint.fill_mask(mask):
                assert mask[token // 32] >> np.uint32(token % 32) & 1, tokenizer.decode(written)
            constraint.accept(token)
            written.append(token)


def test_quotes_an_equation_of_the_problem(tokenizer: Tokenizer) -> None:
    spec = ArithmeticGuard(problem="解方程 17 - 5 = 2x")
    assert guarded(tokenizer, "解方程 17 - 5 = 2x：", spec=spec) == "解方程 17 - 5 = 2x："
    assert guarded(tokenizer, "解方程 17 - 5 = 2x：") != "解方程 17 - 5 = 2x："


def test_goes_on_from_what_is_written(tokenizer: Tokenizer) -> None:
    assert guarded(tokenizer, " = 13", spec=ArithmeticGuard(written="x = 17 - 5")) == " = 12"


def test_takes_what_another_constraint_forces(tokenizer: Tokenizer) -> None:
    constraint = start(ArithmeticGuard(), tokenizer)
    for token in tokenizer.encode_exactly("3 + 4 = 8，5 + 5 ="):
        constraint.accept(token)
    assert tokenizer.decode(constraint.forced()).strip() in ("10", "")
    constraint.accept(tokenizer.eos_ids[0])
    assert constraint.done


# --- the law ----------------------------------------------------------------------------------

_NUMBER = r"\d+(?:\.\d+)?"
_PLAIN = re.compile(
    rf"(?:^|[，。：\n]|so )[ ]*(\(*-?\(*{_NUMBER}(?:\s*[-+×÷*/]\s*\(*-?{_NUMBER}\)*)+)"
    rf"\s*=\s*(?:\*\*)?(-?{_NUMBER}(?:/\d+)?)(?![\w.,/%:∶]|\s*[-+×÷*/^(\\])",
    re.MULTILINE,
)
_JUNK = (
    *"0123456789.,+-*/×÷=≈()（）%²[]_|x",
    *(" ", "12", " + ", " × ", "= ", " = ", "==", "=-", "=(", " cm", "元", "^2", "**", "$", "\n"),
    *("\\frac{", "}{", "}", "\\times ", "\\(", "\\)", "，", "。", "：", "so ", "得", "✓", "等于"),
    *(" x ", "约等于", "&=", "\\approx ", "……", "余", "万", "-", ",000", ".5"),
)


def _expression(rng: random.Random, depth: int = 0) -> str:
    space = rng.choice(("", " "))

    def number() -> str:
        text = str(rng.randint(0, rng.choice((9, 30, 500))))
        return f"({rng.choice(('-', ''))}{text})" if rng.random() < 0.1 else text

    text = number()
    for _ in range(rng.randint(1, 3)):
        nested = depth < 2 and rng.random() < 0.2
        operand = f"({_expression(rng, depth + 1)})" if nested else number()
        text += space + rng.choice("+-×÷*/") + space + operand
    return text


def _babble(rng: random.Random) -> str:
    """What a careless model would write: calculations with wrong values, and junk."""
    text = ""
    for _ in range(rng.randint(1, 3)):
        text += rng.choice(("", "1. ", "所以", "so ", "，", "检验：", "x = ", "面积 = ", "- "))
        text += _expression(rng) + rng.choice((" = ", " =", "=", "= ", " = **"))
        text += rng.choice((str(rng.randint(0, 40)), _expression(rng), rng.choice(_JUNK)))
        text += "".join(rng.choices(_JUNK, k=rng.randint(0, 3)))
        text += rng.choice(("\n", "，", "。", " ✓", " ", "", "=", " = ", "×3", "**"))
    return text


def test_every_plain_calculation_is_true(tokenizer: Tokenizer) -> None:
    rng = random.Random(20)
    seen = 0
    for _ in range(300):
        text = guarded(tokenizer, _babble(rng), instead=rng)
        for found in _PLAIN.finditer(text):
            left, right = found.groups()
            # 8 ÷ 300/16 is read in two ways, and so is left alone.
            is_plain = "." not in left and not ("÷" in left and "/" in left)
            value = evaluate(left, {}) if is_plain else None
            if value is not None:
                seen += 1
                said = Fraction(right) if "." in right else evaluate(right, {})
                assert said == value, (found[0], text)
    assert seen > 10


def test_says_which_values_it_calculated() -> None:
    line = "检验：2 × 6 + 5 = 17 ✓，3 × 4 = **12**，7 ÷ 3 ≈ 2.33，x = 6，3 + 4 = 8"
    assert [line[start:end] for start, end in computed(line)] == ["17", "12", "2.33"]
