"""The functions of the training data do what they say, and a model's code cannot do more."""

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from qwen_app.train.data.example import Exchange, Language, Split
from qwen_app.train.data.functions import FUNCTIONS, Function, asked, function, threshold
from qwen_app.train.data.reference import REFERENCE
from qwen_app.train.data.running import code_of, is_plain, python_passes

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SPLITS: tuple[Split, ...] = ("train", "held_out")


@pytest.mark.parametrize("chosen", FUNCTIONS, ids=lambda function: function.name)
def test_every_function_returns_what_it_must(chosen: Function) -> None:
    least, most = chosen.k or (0, 0)
    for k in {least, most, (least + most) // 2}:
        space: dict[str, object] = {}
        exec(chosen.code(chosen.name).replace("{k}", str(k)), space)  # our own code
        code = SimpleNamespace(**space)
        for args, wanted in chosen.cases(k if chosen.k else None):
            found = getattr(code, chosen.name)(*args)
            exact = not isinstance(wanted, float)
            assert found == (wanted if exact else pytest.approx(wanted, rel=1e-3)), args


def test_every_function_has_a_reference_and_no_two_a_name() -> None:
    assert sorted(f.name for f in FUNCTIONS) == sorted(REFERENCE)


@pytest.mark.parametrize("chosen", FUNCTIONS[::8], ids=lambda function: function.name)
def test_the_answers_pass_in_a_process_of_their_own(chosen: Function) -> None:
    rng = random.Random(1)
    exchange = asked(chosen, threshold(chosen, rng, "train"), rng, "zh", "train")
    assert python_passes(exchange, exchange.answer)


def test_every_answer_is_plain_code() -> None:
    rng = random.Random(2)
    for split in SPLITS:
        for language in LANGUAGES:
            for _ in range(300):
                answer = function(rng, language, split).answer
                code = code_of(answer)
                assert code is not None, answer
                assert is_plain(code), answer


def test_thresholds_of_the_splits_differ() -> None:
    rng = random.Random(3)
    wide = [f for f in FUNCTIONS if f.k and f.k[1] - f.k[0] > 25]
    assert wide
    for chosen in wide:
        trained = {threshold(chosen, rng, "train") for _ in range(800)}
        assert trained.isdisjoint(threshold(chosen, rng, "held_out") for _ in range(100))


def test_the_questions_and_answers_name_the_threshold() -> None:
    rng = random.Random(4)
    for chosen in FUNCTIONS:
        if chosen.k:
            for language in LANGUAGES:
                exchange = asked(chosen, 7, rng, language, "train")
                assert "7" in exchange.question
                assert "7" in exchange.answer
                assert "{" not in exchange.question


ADD = Exchange("python", "", "", "en", ((),), cases=(((1, 2), 3), ((0.1, 0.2), 0.3)))


def fenced(code: str) -> str:
    return f"```python\n{code}\n```"


def test_another_way_of_writing_passes() -> None:
    assert python_passes(ADD, fenced("def add(a, b):\n    return a + b"))
    assert python_passes(
        ADD, fenced("def f(x, y):\n    s = 0\n    for n in [x, y]:\n        s += n\n    return s")
    )
    assert python_passes(
        ADD, "Here:\n" + fenced("def h(x):\n    return x\ndef f(x, y):\n    return h(x) + h(y)")
    )


@pytest.mark.parametrize(
    "code",
    [
        "def add(a, b):\n    return a - b",
        "def add(a):\n    return a",
        "def add(a, b):\n    return a + c",
        "def add(a, b):\n    return 'three'",
        "def add(a, b):\n    return [a] * 10 ** 12",
        "def add(a, b):\n    return add(a, b)",
        "add = 3",
        "def add(a, b) return a + b",
        "",
    ],
)
def test_what_is_wrong_fails(code: str) -> None:
    assert not python_passes(ADD, fenced(code))


def test_an_answer_without_code_fails() -> None:
    assert not python_passes(ADD, "def add(a, b): return a + b")


def test_a_function_without_end_is_ended() -> None:
    assert not python_passes(ADD, fenced("def add(a, b):\n    while True:\n        pass"))


@pytest.mark.parametrize(
    "code",
    [
        "import os\ndef f():\n    return 1",
        "def f():\n    return __import__('os')",
        "def f():\n    return ().__class__",
        "def f():\n    return '{0.__class__}'.format(1)",
        "def f():\n    return f'{f.__globals__}'",
        "def f():\n    global x",
        "@staticmethod\ndef f():\n    return 1",
        "def f(__x):\n    return 1",
        "class C:\n    pass\ndef f():\n    return 1",
        "def f():\n    with x as y:\n        pass",
        "def f():\n    try:\n        pass\n    except Exception:\n        pass",
        "def f():\n    yield 1",
        "async def f():\n    pass",
        "def f():\n    return (lambda: 1).gi_frame",
        "def f():\n    return 1\n" + "#" * 3000,
        "def f():\n    return " + "-" * 20000 + "1",
        "def f():\n    return '\0'",
        "x = 1",
    ],
)
def test_code_that_reaches_further_is_not_run(code: str) -> None:
    assert not is_plain(code)


def test_builtins_that_reach_further_are_not_there() -> None:
    none = replace(ADD, cases=(((), None),))
    assert python_passes(none, fenced("def f():\n    return None"))
    for name in (
        "open",
        "eval",
        "exec",
        "getattr",
        "type",
        "vars",
        "input",
        "object",
        "breakpoint",
    ):
        assert not python_passes(none, fenced(f"def f():\n    {name}\n    return None")), name


def test_lines_without_cases_must_state_the_facts() -> None:
    lines = Exchange("python", "", "", "en", (("print(1)",),))
    assert python_passes(lines, "```python\nprint(1)\n```")
    assert not python_passes(lines, "```python\nprint(2)\n```")
