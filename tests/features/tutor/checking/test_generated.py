"""Problems of the practice generator: no verdict is wrong, on right or wrong solutions."""

from qwen_app.bench.tutor_check import measure_generated
from qwen_app.features.tutor.checking.checker import Checker


def test_no_wrong_verdict(checker: Checker) -> None:
    tally = measure_generated(60, checker, seed=5)
    assert tally.wrong == []
    assert tally.holding >= 0.9 * tally.lines
    assert tally.verified + tally.partly == tally.solutions
    assert tally.found >= 0.97 * tally.mistakes
