"""The shipped model with the tutor's checker, for tests that ask it what users ask."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from qwen_app.engine.create import create_engine
from qwen_app.engine.local import LocalEngine
from qwen_app.engine.settings import EngineSettings
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.events import Solution, Solved
from qwen_app.features.tutor.solving.solve import solve
from qwen_app.features.tutor.solving.task import TutorTask

EMBEDDED: Final = Path(__file__).parents[2] / "assets" / "embedded"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with Checker(limit_s=20) as checker:
        yield checker


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    settings = EngineSettings(devices=("cpu",), max_batch_size=16)
    engine = create_engine("embedded", EMBEDDED, settings, is_demo=True)
    yield engine
    engine.close()


def solved(engine: LocalEngine, checker: Checker, task: TutorTask) -> Solution:
    *_, last = solve(engine, checker, task)
    assert isinstance(last, Solved)
    return last.solution
