"""An engine that is still being made: the server is up while the model loads."""

import logging
import threading
from collections.abc import Callable

from qwen_app.engine.base import Engine, EngineState, EngineStats, ModelInfo
from qwen_app.engine.stream import Stream
from qwen_app.errors import AppError, EngineClosed, ModelFailed, ModelLoading
from qwen_app.messages import Prompt, Request

log = logging.getLogger(__name__)

Progress = Callable[[float, str, str], None]
"""(share done from 0 to 1, the step in English, the step in Chinese)"""


class EngineHost:
    """Implements `qwen_app.engine.base.Engine` around one that a background thread makes.

    Args:
        load: makes the engine and reports its progress; an error it raises is the state
            ``failed`` with the reason, never a crash.
    """

    def __init__(self, load: Callable[[Progress], Engine]) -> None:
        self._load = load
        self._engine: Engine | None = None
        self._state = EngineState("loading", 0.0, "starting", "正在启动")
        self._closed = False
        self._lock = threading.Lock()
        self.settled = threading.Event()
        """Set once loading has ended, well or not."""
        self._thread = threading.Thread(target=self._run, name="load-model", daemon=True)

    def start(self) -> "EngineHost":
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            engine = self._load(self._report)
        except AppError as error:
            log.error("the model could not be loaded: %s", error)
            self._state = EngineState("failed", 0.0, error.en, error.zh)
        except Exception as error:
            log.exception("the model could not be loaded")
            name = type(error).__name__
            self._state = EngineState(
                "failed",
                0.0,
                f"Loading the model failed ({name}: {error}). The log has the details.",
                f"加载模型失败（{name}：{error}）。详细信息见日志。",
            )
        else:
            with self._lock:
                self._engine = engine
                late = self._closed
            if late:
                engine.close()
            self._state = EngineState("ready", 1.0)
        self.settled.set()

    def _report(self, progress: float, en: str, zh: str) -> None:
        self._state = EngineState("loading", min(max(progress, 0.0), 1.0), en, zh)

    def _ready(self) -> Engine:
        engine, state = self._engine, self._state
        if engine is not None:
            return engine
        if self._closed:
            raise EngineClosed("The server is shutting down.", "服务器正在关闭。")
        if state.phase == "failed":
            raise ModelFailed(state.detail_en, state.detail_zh)
        raise ModelLoading(
            f"The model is still loading ({state.progress:.0%}: {state.detail_en}). "
            "Try again in a moment.",
            f"模型仍在加载（{state.progress:.0%}：{state.detail_zh}）。请稍后再试。",
        )

    @property
    def info(self) -> ModelInfo:
        return self._ready().info

    @property
    def state(self) -> EngineState:
        return self._engine.state if self._engine is not None else self._state

    @property
    def stats(self) -> EngineStats:
        return self._engine.stats if self._engine is not None else EngineStats()

    def count_tokens(self, prompt: Prompt) -> int:
        return self._ready().count_tokens(prompt)

    def stream(self, request: Request) -> Stream:
        return self._ready().stream(request)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            engine = self._engine
        if engine is not None:
            engine.close()
