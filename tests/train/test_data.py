"""The generators' laws: repeatable, right, and nothing held out leaks into training."""

import contextlib
import io
import random
from fractions import Fraction

import pytest

from qwen_app.train.data.arithmetic import WORKINGS
from qwen_app.train.data.checking import evaluate, lines_hold, stated_root
from qwen_app.train.data.equations import draw, solution
from qwen_app.train.data.example import Families, Language, Split, is_held_out
from qwen_app.train.data.frames import FRAMES, PARTS
from qwen_app.train.data.grammar import compose, count, parse
from qwen_app.train.data.intents import INTENTS
from qwen_app.train.data.mix import SKILLS, document
from qwen_app.train.data.refusals import topic
from qwen_app.train.data.snippets import SNIPPETS
from qwen_app.train.data.texts import families, questions, read

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SPLITS: tuple[Split, ...] = ("train", "held_out")


def test_grammar_composes_every_derivation_and_no_other() -> None:
    template = "[a|b[1|2]]-[|c]{x}"
    rng = random.Random(0)
    seen = {compose(template, rng, x="[|]") for _ in range(300)}
    assert seen == {f"{left}-{c}[|]" for left in ("a", "b1", "b2") for c in ("", "c")}
    assert count(template) == len(seen)


@pytest.mark.parametrize("template", ["[a|b", "a]b"])
def test_unbalanced_grammar_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"[\[\]]"):
        parse(template)


def test_documents_depend_on_seed_and_number_alone() -> None:
    assert [document(1, n) for n in range(50)] == [document(1, n) for n in range(50)]
    assert document(1, 0, long=True) == document(1, 0, long=True)
    assert [document(1, n) for n in range(50)] != [document(2, n) for n in range(50)]


def test_documents_are_conversations() -> None:
    for number in range(200):
        messages = document(3, number)
        roles = [m.role for m in messages]
        turns = roles[1:] if roles[0] == "system" else roles
        assert turns == ["user", "assistant"] * (len(turns) // 2)
        assert all(m.content == m.content.strip() and m.content for m in messages)


@pytest.mark.parametrize("skill", SKILLS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_state_their_own_facts(skill: str, language: Language) -> None:
    rng = random.Random(5)
    for split in SPLITS:
        for _ in range(150):
            exchange = SKILLS[skill][0](rng, language, split)
            assert exchange.facts
            for turn in (exchange, *exchange.follow_ups):
                assert turn.is_answered_by(turn.answer), turn
                assert not turn.is_answered_by("")


def test_every_line_of_a_solution_is_true() -> None:
    rng = random.Random(6)
    for split in SPLITS:
        for _ in range(1500):
            equation = draw(rng, split)
            for language in LANGUAGES:
                text = solution(equation, language)
                assert lines_hold(text, equation.root, equation.letter), text
                assert stated_root(text) == (equation.letter, equation.root)


def test_the_root_solves_the_equation_as_written() -> None:
    rng = random.Random(7)
    for _ in range(1500):
        equation = draw(rng, "train")
        left, right = equation.text.split("=")
        values = {equation.letter: equation.root}
        assert evaluate(left, values) == evaluate(right, values) is not None


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("17 - 5", "17 - 6"), ("= 2x + 5", "= 3x + 5"), ("2x = 12", "2x = 13"), ("x = 6", "x = 7")],
)
def test_a_false_line_is_found(wrong: str, right: str) -> None:
    good = (
        "解方程 2x + 5 = 17：\n\n1. 两边同时减去 5：2x + 5 - 5 = 17 - 5，得 2x = 12\n\n"
        "检验：17 = 2x + 5 ✓\n\n答案：**x = 6**"
    )
    assert wrong in good
    assert lines_hold(good, Fraction(6), "x")
    assert not lines_hold(good.replace(wrong, right), Fraction(6), "x")


def test_an_answer_without_equalities_does_not_hold() -> None:
    assert not lines_hold("我不知道", Fraction(6), "x")


@pytest.mark.parametrize(
    ("expression", "value"),
    [("2x + 5", 17), ("3(x - 1)", 15), ("6 ÷ 4", Fraction(3, 2)), ("-x × (-2)", 12)],
)
def test_evaluate(expression: str, value: Fraction) -> None:
    assert evaluate(expression, {"x": Fraction(6)}) == value


@pytest.mark.parametrize("expression", ["", "2 +", "y", "1/0", "__import__('os')", "2 ** 9"])
def test_evaluate_refuses_what_is_not_plain_arithmetic(expression: str) -> None:
    assert evaluate(expression, {"x": Fraction(6)}) is None


@pytest.mark.parametrize("sign", WORKINGS)
def test_every_written_sum_is_true(sign: str) -> None:
    rng = random.Random(8)
    for _ in range(400):
        b = rng.randint(2, 12)
        a = b * rng.randint(1, 80)
        steps, result = WORKINGS[sign](max(a, b), min(a, b))
        exact = {"+": a + b, "-": a - b, "×": a * b, "÷": Fraction(a, b)}[sign]
        assert result == exact
        for line in steps[0].splitlines():
            sums = line.split("：")[-1].removeprefix("因为 ").removeprefix("借 1，")
            values = {evaluate(part.split("，")[0], {}) for part in sums.split(" = ")}
            assert len(values) == 1, line
            assert None not in values, line


def test_held_out_numbers_do_not_leak() -> None:
    rng = random.Random(9)
    trained = {draw(rng, "train").text for _ in range(4000)}
    held_out = {draw(rng, "held_out").text for _ in range(1000)}
    assert not trained & held_out
    assert {topic(rng, "zh", "train") for _ in range(3000)}.isdisjoint(
        topic(rng, "zh", "held_out") for _ in range(1000)
    )


def _phrasings() -> dict[str, Families]:
    """Every set of phrasings there is, by name."""
    requests = {kind: families(raw) for kind, raw in read("refusals")["requests"].items()}
    asked = {skill: questions(skill) for skill in read("questions")}
    asked |= {f"phrase-{kind}": families(raw) for kind, raw in read("phrase_questions").items()}
    asked["python"] = families(read("code_questions")["python"])
    intents = {intent.name: intent.phrasings for intent in INTENTS}
    frames = {f"frames-{part}": FRAMES[part] for part in PARTS}
    return {
        f"{name}-{language}": by_language[language]
        for name, by_language in (requests | asked | intents | frames).items()
        for language in LANGUAGES
    }


_PHRASINGS = _phrasings()


@pytest.mark.parametrize("name", _PHRASINGS)
def test_held_out_phrasings_do_not_leak(name: str) -> None:
    rng = random.Random(10)
    phrasings = _PHRASINGS[name]
    trained = {compose(t, rng) for t in phrasings.train for _ in range(300)}
    assert trained.isdisjoint(compose(t, rng) for t in phrasings.held_out for _ in range(100))


def test_held_out_is_a_stable_tenth() -> None:
    share = sum(is_held_out("a", n) for n in range(5000)) / 5000
    assert 0.08 < share < 0.12
    assert is_held_out("a", 7) is is_held_out("a", 7)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_many_phrasings(language: Language) -> None:
    for intent in INTENTS:
        own, frames = intent.phrasings[language], intent.framed[language]
        assert sum(map(count, (*own.train, *frames.train))) >= 30, intent.name


@pytest.mark.parametrize("code", [snippet.code for snippet in SNIPPETS])
def test_snippets_run(code: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {"__name__": "__main__"})
    assert printed.getvalue()


@pytest.mark.parametrize("skill", ["equations", "arithmetic", "percentages"])
def test_a_right_answer_needs_the_number(skill: str) -> None:
    exchange = SKILLS[skill][0](random.Random(11), "en", "train")
    assert not exchange.is_answered_by(exchange.answer.replace("**", ""))
