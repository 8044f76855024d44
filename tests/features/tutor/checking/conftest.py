"""One checker for all tests: its process starts once."""

from collections.abc import Iterator

import pytest

from qwen_app.features.tutor.checking.checker import Checker


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    # A busy machine must not make a verdict.
    with Checker(limit_s=20.0) as checker:
        yield checker
