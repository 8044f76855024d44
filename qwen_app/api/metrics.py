"""Prometheus metrics of the API and of the engine behind it."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from qwen_app.engine.base import Engine
from qwen_app.messages import Receipt

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5)


class Metrics:
    """One registry for one app.

    Law: every choice that was asked for of the engine is counted in
    ``qwen_choices_total`` exactly once, with how it ended.
    """

    def __init__(self, engine: Engine) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_EngineCollector(engine))
        self._requests = Counter(
            "qwen_http_requests",
            "Requests by route and by the status that was sent (499: the client left first).",
            ("route", "status"),
            registry=self._registry,
        )
        self._choices = Counter(
            "qwen_choices",
            "Answers by how they ended: stop, length, error, cancelled.",
            ("finish_reason",),
            registry=self._registry,
        )
        self._first_token = Histogram(
            "qwen_time_to_first_token_seconds",
            "From submission to the first token.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._token = Histogram(
            "qwen_time_per_output_token_seconds",
            "Mean time between the tokens of an answer.",
            buckets=_TOKEN_SECONDS,
            registry=self._registry,
        )
        self._whole = Histogram(
            "qwen_request_duration_seconds",
            "From the request to the end of its answer, of requests that were answered whole.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def responded(self, route: str, status: int) -> None:
        self._requests.labels(route, status).inc()

    def ended(
        self,
        receipts: Iterable[Receipt],
        *,
        missing: int,
        failed: bool,
        seconds: float,
    ) -> None:
        """A generation is over.

        Args:
            receipts: of the choices that are complete.
            missing: how many are not.
            failed: whether that is because of an error; otherwise the client left.
            seconds: since the request came.
        """
        for receipt in receipts:
            self._choices.labels(receipt.finish_reason).inc()
            self._first_token.observe(receipt.time_to_first_token_s)
            if receipt.tokens_per_second > 0:
                self._token.observe(1 / receipt.tokens_per_second)
        if missing:
            self._choices.labels("error" if failed else "cancelled").inc(missing)
        else:
            self._whole.observe(seconds)

    def expose(self, accept: str) -> tuple[bytes, str]:
        """The metrics and their content type, in the format that the scraper accepts."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _EngineCollector(Collector):
    """Reads the engine's own account whenever somebody looks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        stats = self._engine.stats
        ready = self._engine.state.phase == "ready"
        gauges = (
            ("ready", "1 if a model is loaded.", int(ready)),
            ("running", "Sequences on the model now.", stats.running),
            ("waiting", "Sequences in the queue.", stats.waiting),
            ("kv_blocks_total", "Blocks of the KV cache.", stats.kv_blocks_total),
            ("kv_blocks_used", "Blocks of the KV cache in use.", stats.kv_blocks_used),
        )
        counters = (
            ("requests", "Requests that reached the model, page included.", stats.requests),
            ("failed", "Of these, ended by an error.", stats.failed),
            ("cancelled", "Of these, ended by who asked.", stats.cancelled),
            ("preemptions", "Sequences that gave their blocks back.", stats.preemptions),
            ("prompt_tokens", "Tokens of prompts.", stats.prompt_tokens),
            ("cached_tokens", "Of these, taken from the prefix cache.", stats.cached_tokens),
            ("generated_tokens", "Tokens of answers.", stats.generated_tokens),
            ("forced_tokens", "Of these, without asking the model.", stats.forced_tokens),
        )
        for name, text, value in gauges:
            yield GaugeMetricFamily(f"qwen_engine_{name}", text, value=value)
        for name, text, value in counters:
            yield CounterMetricFamily(f"qwen_engine_{name}", text, value=value)
