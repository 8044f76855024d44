"""Start the server: page and OpenAI-compatible API on one port, over one engine.

    python app.py            # then open http://127.0.0.1:8000
    python app.py --help     # every setting

The port is taken first, then the page is put up, then the model loads behind it. Libraries are
imported when their turn comes: two that are imported at the same time in two threads take as long
as one after the other, and the page would wait for both.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qwen_app.config import Settings
    from qwen_app.engine.base import Engine
    from qwen_app.engine.host import Progress
    from qwen_app.features.prompts.library import Library

HERE = Path(__file__).resolve().parent
EMBEDDED = HERE / "assets" / "embedded"
PROMPTS = HERE / "prompts"
RATES = HERE / "assets" / "prompt_rates.json"
log = logging.getLogger("qwen_app")


def main(argv: list[str]) -> int:
    """Run until a signal ends it.

    Returns:
        The exit status: 0 after Ctrl-C or SIGTERM, 2 if the settings do not allow a start.
    """
    from qwen_app import __version__
    from qwen_app.config import load
    from qwen_app.errors import ConfigError

    try:
        settings = load(argv, default_file=HERE / "config.yaml")
        set_up_log(settings.log_level)
        from qwen_app.features.prompts.library import load_library

        library = load_library(PROMPTS, *([settings.prompts] if settings.prompts else ()))
        from qwen_app.server import listen

        listener = listen(settings.host, settings.port)
    except ConfigError as error:
        print(f"{error.en}\n{error.zh}", file=sys.stderr)
        return 2
    log.info("Starting 正在启动 (%s)", __version__)
    serve(settings, library, listener)
    return 0


def serve(settings: "Settings", library: "Library", listener: socket.socket) -> None:
    """Build engine, API and page around each other, and answer until a signal comes."""
    started = time.perf_counter()
    from qwen_app.engine.host import EngineHost

    host = EngineHost(lambda progress: load_model(settings, progress))

    from qwen_app.server import Server, end_tunnels, import_gradio_fast, is_local, share, url_of

    import_gradio_fast()

    from qwen_app.api.app import build_api
    from qwen_app.api.settings import ApiSettings
    from qwen_app.features.prompts.rates import load_rates
    from qwen_app.features.tutor.checking.checker import Checker
    from qwen_app.ui.page import PageSettings, mount

    rates = load_rates(RATES)
    checker = Checker()
    app = build_api(
        host,
        ApiSettings(
            api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
            request_timeout_s=settings.request_timeout_s,
            cors_origins=settings.cors_origins,
        ),
        checker=checker,
        library=library,
        rates=rates,
    )
    mount(
        app,
        host,
        PageSettings(root_path=settings.root_path),
        checker=checker,
        library=library,
        rates=rates,
    )
    ended = threading.Event()

    def announce() -> None:
        log.info("Open in a browser 请在浏览器中打开: %s", url_of(listener))
        log.info("FastAPI server running on /v1/chat/completions")
        log.debug("%.1f s from the settings to the page", time.perf_counter() - started)
        if not settings.api_keys and (settings.share or not is_local(listener)):
            log.warning(
                "Others can reach the API, and it asks for no key; QWEN_APP_API_KEYS sets some. "
                "其他人可以访问 API 且无需密钥；可用 QWEN_APP_API_KEYS 设置密钥。"
            )
        host.start()
        if settings.share:
            share(listener, lambda link: log.info("Public link 公开链接: %s", link))

    def end() -> None:
        host.close()
        checker.close()
        ended.set()

    Server(
        app,
        root_path=settings.root_path,
        log_requests=settings.log_level == "debug",
        on_started=announce,
        on_ending=end,
    ).run(sockets=[listener])
    end_tunnels()
    ended.wait(timeout=5)


def load_model(settings: "Settings", progress: "Progress") -> "Engine":
    """Find or fetch the model and load it. Runs while the page is already up.

    Raises:
        AppError: there is no such model, it cannot be fetched, or it cannot be used here.
    """
    started = time.perf_counter()
    from qwen_app.engine.create import create_engine
    from qwen_app.engine.machine import best_device
    from qwen_app.engine.settings import EngineSettings
    from qwen_app.model.catalogue import download, resolve

    source = resolve(settings.model, embedded=EMBEDDED, cache_dir=settings.cache_dir)
    folder, fetched = source.folder, 0.0
    if folder is None:
        log.info("Downloading 正在下载: %s", source.id)
        fetched = 0.8
        folder = download(
            source.id,
            hub=settings.model_source,
            cache_dir=settings.cache_dir,
            progress=lambda share: progress(fetched * share, "downloading", "正在下载"),
        )
    engine = create_engine(
        source.id,
        folder,
        EngineSettings(
            devices=settings.devices or (best_device(),),
            quant=settings.quant,
            max_batch_size=settings.max_batch_size,
            max_seq_len=settings.max_seq_len,
            enable_chunked_prefill=settings.enable_chunked_prefill,
            prefill_chunk_size=settings.prefill_chunk_size,
            enable_prefix_caching=settings.enable_prefix_caching,
            kv_cache_memory=settings.kv_cache_memory,
            max_queue_size=settings.max_queue_size,
            threads=settings.threads,
        ),
        is_demo=source.is_demo,
        progress=lambda share, en, zh: progress(fetched + (1 - fetched) * share, en, zh),
    )
    info = engine.info
    log.info(
        "Model ready 模型就绪: %s, %s on %s (%.1f s)",
        info.id,
        info.quantization,
        info.device,
        time.perf_counter() - started,
    )
    return engine


def set_up_log(level: str) -> None:
    """One format for all. Libraries are heard from a warning upwards."""
    own = getattr(logging, level.upper())
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=max(own, logging.WARNING)
    )
    logging.captureWarnings(True)
    log.setLevel(own)
    if level == "debug":
        logging.getLogger("uvicorn").setLevel(logging.INFO)


if __name__ == "__main__":
    # Until the server stands, Ctrl-C just ends the process: an exception in the middle of an
    # import would leave a traceback, or be lost in a library.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    status = main(sys.argv[1:])
    # All that needs an end has had it. Taking the interpreter apart would last seconds, and crash
    # where a thread is still inside torch, reading a model.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
