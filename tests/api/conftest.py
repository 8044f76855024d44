from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.scripted import ScriptedEngine
from tests.api.support import serving

Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server around an engine and gives its URL; everything ends with the test."""
    with ExitStack() as stack:

        def start(engine: ScriptedEngine, settings: ApiSettings | None = None) -> str:
            stack.callback(engine.close)
            return stack.enter_context(serving(build_api(engine, settings or ApiSettings())))

        yield start
