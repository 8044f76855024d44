"""Solutions that people wrote, where QWEN_APP_DATA names a folder that has them."""

import json
import os
import re
from fractions import Fraction
from pathlib import Path

import pytest

from qwen_app.features.tutor.reading.read import read_line
from qwen_app.features.tutor.reading.tree import Chain, Expression, Number, Quantity, System

FOLDER = Path(os.environ.get("QWEN_APP_DATA", "nowhere")) / "math"
CALCULATION = re.compile(r"<<([^<>]*[-+*/][^<>]*)=([^<>]*)>>")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="QWEN_APP_DATA has no math")


def value(side: Expression) -> Fraction | None:
    if isinstance(side, Quantity):
        return value(side.inner)
    return side.value if isinstance(side, Number) else None


def results(line: str) -> list[Fraction | None]:
    """The values that the line's statements give to something that is more than a number."""
    found: list[Fraction | None] = []
    for statement in read_line(line):
        chains = statement.chains if isinstance(statement, System) else (statement,)
        for chain in chains:
            assert isinstance(chain, Chain)
            if value(chain.sides[0]) is None:
                found += map(value, chain.sides[1:])
    return found


def test_calculations_of_prose_are_read() -> None:
    stated = read = 0
    for row in (FOLDER / "gsm8k_train_300.jsonl").read_text(encoding="utf-8").splitlines():
        for line in json.loads(row)["answer"].splitlines():
            prose = re.sub(r"<<[^<>]*>>", "", line)
            assert read_line(prose) == read_line(line)
            for _, result in CALCULATION.findall(line):
                stated += 1
                read += Fraction(result.replace(",", "")) in results(prose)
    assert stated > 500
    assert read >= 0.98 * stated


def test_equations_are_read_whole() -> None:
    whole = 0
    rows = (FOLDER / "ape210k_valid_300.jsonl").read_text(encoding="utf-8").splitlines()
    for row in rows:
        equation = json.loads(row)["equation"]
        statements = read_line(equation)
        whole += len(statements) == 1 and statements[0].end == len(equation.rstrip())
    assert whole >= 0.98 * len(rows)
