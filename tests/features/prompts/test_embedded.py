"""The library on the embedded model: what must hold whatever a model writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qwen_app.bench.prompts import limits, measure
from qwen_app.engine.base import Engine
from qwen_app.engine.create import create_engine
from qwen_app.engine.settings import EngineSettings
from qwen_app.features.prompts.library import Library, load_library

ROOT = Path(__file__).parents[3]
LIBRARY = load_library(ROOT / "prompts")
HELD = ("yes-no", "choice", "plain-text")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = create_engine(
        "embedded", ROOT / "assets" / "embedded", EngineSettings(devices=("cpu",), quant="fp32")
    )
    yield engine
    engine.close()


def test_no_limit_is_exceeded(engine: Engine) -> None:
    rows = limits(engine, LIBRARY, 32)
    assert sum(int(str(row["runs"])) for row in rows) == 32
    assert all(row["over"] == 0 for row in rows)


def test_formats_that_a_grammar_holds(engine: Engine) -> None:
    formats = Library(tuple(LIBRARY.get("format", name) for name in HELD))
    for kept in measure(engine, formats, seeds=3, max_tokens=200):
        assert kept.passed == kept.runs, kept
