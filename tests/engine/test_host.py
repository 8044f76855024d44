"""The host: a server that is up while its model loads."""

import threading

import pytest

from qwen_app.engine.host import EngineHost, Progress
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import CheckpointError, EngineClosed, ModelFailed, ModelLoading
from qwen_app.messages import Request


def test_before_the_model_is_there_requests_are_told_how_far_it_is() -> None:
    go, reported = threading.Event(), threading.Event()

    def load(progress: Progress) -> ScriptedEngine:
        progress(0.4, "reading weights", "正在读取权重")
        reported.set()
        go.wait(10)
        return ScriptedEngine()

    host = EngineHost(load).start()
    assert reported.wait(10)
    state = host.state
    assert (state.phase, state.progress) == ("loading", 0.4)
    with pytest.raises(ModelLoading) as caught:
        host.stream(Request("hi"))
    assert "40%" in caught.value.en
    assert "正在读取权重" in caught.value.zh
    go.set()
    assert host.settled.wait(10)
    assert host.state.phase == "ready"
    assert "".join(d.text for d in host.stream(Request("hi"))) == "hi"
    host.close()


@pytest.mark.parametrize("error", [CheckpointError("no weights", "没有权重"), ValueError("odd")])
def test_a_failed_load_is_a_state_and_an_error_with_the_reason(error: Exception) -> None:
    def load(_: Progress) -> ScriptedEngine:
        raise error

    host = EngineHost(load).start()
    assert host.settled.wait(10)
    assert host.state.phase == "failed"
    with pytest.raises(ModelFailed) as caught:
        host.stream(Request("hi"))
    assert str(error) in caught.value.en
    host.close()


def test_closing_while_loading_closes_the_engine_that_comes_late() -> None:
    go, closed = threading.Event(), threading.Event()

    class Late(ScriptedEngine):
        def close(self) -> None:
            closed.set()

    def load(_: Progress) -> ScriptedEngine:
        go.wait(10)
        return Late()

    host = EngineHost(load).start()
    host.close()
    with pytest.raises(EngineClosed):
        host.stream(Request("hi"))
    go.set()
    assert closed.wait(10)
