"""Problems, their wording and the conversations of the tutor: right, varied, nothing leaks."""

import random
import re

import pytest

from qwen_app.features.tutor.practice.mistakes import lines
from qwen_app.features.tutor.practice.problem import solution
from qwen_app.features.tutor.practice.topics import LEVELS, make
from qwen_app.features.tutor.prompt import EXPLAIN
from qwen_app.train.data import equations, problems
from qwen_app.train.data.checking import evaluate, lines_hold
from qwen_app.train.data.equations import SHOWN, linear_equation
from qwen_app.train.data.example import Families, Language, Split
from qwen_app.train.data.grammar import compose, count
from qwen_app.train.data.mending import again_conversation, explain_conversation
from qwen_app.train.data.problems import (
    SHARES,
    SHOWN_RECTANGLES,
    UNTAUGHT,
    any_problem,
    ask,
    phrasings,
    rectangle,
)
from qwen_app.train.data.texts import families, read
from qwen_app.train.data.tutoring import fitting, tutor_conversation
from qwen_app.train.data.wording import dress

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SPLITS: tuple[Split, ...] = ("train", "held_out")


def _phrasings() -> dict[str, Families]:
    told = {f"{topic}-{kind}": by for topic in SHARES for kind, by in phrasings(topic).items()}
    told |= {
        f"{name}-{kind}": families(raw)
        for name in ("equations", "tutoring")
        for kind, raw in read(name).items()
    }
    return {f"{name}-{lang}": by[lang] for name, by in told.items() for lang in LANGUAGES}


@pytest.mark.parametrize("name", _phrasings())
def test_held_out_phrasings_do_not_leak(name: str) -> None:
    rng = random.Random(1)
    told = _phrasings()[name]
    trained = {compose(t, rng) for t in told.train for _ in range(300)}
    assert trained.isdisjoint(compose(t, rng) for t in told.held_out for _ in range(100))


@pytest.mark.parametrize("language", LANGUAGES)
def test_equations_and_the_shown_rectangle_are_asked_for_in_thousands_of_ways(
    language: Language,
) -> None:
    solve = families(read("equations")["solve"])[language]
    told = phrasings("geometry")["rectangle_ratio"][language]
    assert sum(map(count, solve.train)) > 500
    assert len(solve.train) >= 35
    assert len(told.train) >= 15
    rng = random.Random(2)
    asked = {
        dress(
            compose(rng.choice(solve.train), rng, eq="2x + 5 = 17", v="x"), rng, language, "train"
        )
        for _ in range(5000)
    }
    assert len(asked) > 2000


def test_every_kind_that_is_taught_is_told_in_several_ways() -> None:
    for topic in SHARES:
        kinds = {make(topic, level, seed).kind for level in LEVELS for seed in range(150)}
        assert kinds - UNTAUGHT == set(phrasings(topic)) - UNTAUGHT
        for kind, told in phrasings(topic).items():
            for language in LANGUAGES:
                assert sum(map(count, told[language].train)) >= 2, kind
                assert told[language].held_out, kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_in_other_words_keeps_its_numbers(language: Language) -> None:
    rng = random.Random(3)
    for split in SPLITS:
        for _ in range(1500):
            problem = any_problem(rng, split)
            told = ask(problem, rng, language, split)
            assert "{" not in told
            asked = _numbers(told)
            assert _numbers(problem.text.of(language)) - {"3.14"} <= asked, told


def test_numbers_of_held_out_problems_are_never_trained_on() -> None:
    rng = random.Random(4)
    trained = {any_problem(rng, "train").key for _ in range(6000)}
    held_out = {any_problem(rng, "held_out").key for _ in range(1500)}
    assert not trained & held_out
    assert len(held_out) > 100


def test_the_examples_of_the_page_are_trained_on_and_never_held_out() -> None:
    rng = random.Random(5)
    shown = {f"rectangle_ratio:{k},{p}" for k, p, _ in SHOWN_RECTANGLES}
    assert shown <= {rectangle(rng, "train").key for _ in range(500)}
    assert shown.isdisjoint({rectangle(rng, "held_out").key for _ in range(2000)})
    texts = {f"{a}x {'+' if b > 0 else '-'} {abs(b)} = {c}" for a, b, c in SHOWN}
    assert texts <= {equations.draw(rng, "train").text for _ in range(2000)}
    assert texts.isdisjoint({equations.draw(rng, "held_out").text for _ in range(3000)})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_limit_is_kept_by_the_solution_that_follows(language: Language) -> None:
    rng = random.Random(7)
    limited = 0
    for _ in range(1500):
        *asked, answer = tutor_conversation(rng, language)
        prompt = "\n".join(message.content for message in asked)
        named = re.search(
            r"(?:不超过|不要超过|不得超过|控制在|限|最多|少于) ?(\d+) ?[字个]|(\d+)字以内"
            r"|(\d+) characters",
            prompt,
        )
        if named:
            limited += 1
            assert len(answer.content) <= int(next(filter(None, named.groups())))
    assert limited > 200


def test_a_solution_that_does_not_fit_is_cut_by_parts_never_within_a_line() -> None:
    problem = rectangle(random.Random(8), "train")
    full = solution(problem, "zh")
    assert fitting(problem, "zh", len(full), reasons=False) == full
    shorter = fitting(problem, "zh", len(full) - 1, reasons=False)
    assert shorter is not None
    assert set(shorter.splitlines()) < set(full.splitlines())
    assert fitting(problem, "zh", 10, reasons=False) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_conversations_end_with_a_bold_answer_or_the_right_step(language: Language) -> None:
    rng = random.Random(9)
    explained = 0
    for _ in range(300):
        for split in SPLITS:
            *asked, answer = tutor_conversation(rng, language, split)
            assert [m.role for m in asked] in (["system", "user"], ["user"])
            assert answer.role == "assistant"
            if asked[0].content == EXPLAIN[language]:
                explained += 1
                assert "\n" not in answer.content
                continue
            last = answer.content.splitlines()[-1]
            assert re.fullmatch(r"(答案：|Answer: )\*\*.+\*\*", last), last
    assert explained > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_step_written_anew_is_right_and_an_explanation_says_how_it_reads(
    language: Language,
) -> None:
    rng = random.Random(12)
    for _ in range(400):
        problem = any_problem(rng, "train")
        question = problem.text.of(language)
        *_, asked, answer = again_conversation(problem, question, rng, language)
        assert question in asked.content
        assert answer.content == solution(problem, language)
        *_, asked, answer = explain_conversation(problem, question, rng, language)
        right = lines(solution(problem, language))
        steps = [line.rpartition("：" if language == "zh" else ": ")[2] for line in right]
        assert any(step and step in answer.content for step in steps), answer.content
        assert "{" not in answer.content


@pytest.mark.parametrize("language", LANGUAGES)
def test_carelessly_typed_questions_are_answered_with_true_lines(language: Language) -> None:
    rng = random.Random(10)
    for split in SPLITS:
        for _ in range(500):
            exchange = linear_equation(rng, language, split)
            found = re.search(r"\*\*([a-z]) = (-?\d+(?:/\d+)?)\*\*", exchange.answer)
            assert found
            root = evaluate(found[2], {})
            assert root is not None
            assert lines_hold(exchange.answer, root, found[1]), exchange.answer


@pytest.mark.parametrize("draw", [problems.geometry_problem, problems.story_problem])
def test_a_right_answer_needs_the_number(draw: object) -> None:
    assert callable(draw)
    exchange = draw(random.Random(11), "en", "train")
    assert exchange.is_answered_by(exchange.answer)
    assert not exchange.is_answered_by(exchange.answer.replace("**", ""))


def _numbers(text: str) -> set[str]:
    plain = text.translate(str.maketrans("０１２３４５６７８９．", "0123456789."))
    return set(re.findall(r"[0-9]+(?:\.[0-9]+)?", plain))
