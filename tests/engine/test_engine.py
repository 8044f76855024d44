"""The laws of the generator, on a real engine over a tiny random model."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from qwen_app.engine.local import LocalEngine
from qwen_app.errors import (
    ContextTooLong,
    DeadlineExceeded,
    EngineBusy,
    EngineClosed,
    GenerationFailed,
    InvalidInput,
)
from qwen_app.messages import Message, Request, SamplingParams
from qwen_app.text.tokenizer import Tokenizer
from tests.engine.tiny import (
    CONTEXT,
    ask,
    causal,
    join,
    tiny_engine,
    tiny_model,
    tiny_tokenizer,
    uncached_greedy,
)

PROMPTS = [
    "你好，世界",
    "Solve 2x + 5 = 17",
    "a",
    "the lazy dog " * 9,
    '{"name": "Alice"}',
    "🙂🙃" * 5,
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    return tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer) -> Iterator[LocalEngine]:
    engine = tiny_engine(tokenizer)
    yield engine
    engine.close()


def settled(engine: LocalEngine) -> None:
    """Nothing is left behind: no slot, no block, no account."""
    done = threading.Event()
    for _ in range(1000):
        stats = engine.stats
        if stats.running == stats.waiting == stats.kv_blocks_used == 0:
            return
        done.wait(0.01)
    pytest.fail(f"still busy after ten seconds: {engine.stats}")


@pytest.mark.parametrize("prompt", PROMPTS)
def test_cached_decoding_equals_uncached(engine: LocalEngine, prompt: str) -> None:
    model = tiny_model(engine.tokenizer.vocabulary_size)
    ids = engine.tokenizer.render(prompt)
    expected = uncached_greedy(model, ids, 40, engine.tokenizer.vocabulary_size)
    for _ in range(2):  # the second time from the prefix cache
        assert ask(engine, prompt, temperature=0, max_tokens=40)[1] == expected


@pytest.mark.parametrize("chunk", [1, 3, 16, 1000])
def test_chunked_prefill_equals_whole(tokenizer: Tokenizer, chunk: int) -> None:
    engine = tiny_engine(tokenizer, prefill_chunk_size=chunk)
    ids = tokenizer.render(PROMPTS[3])
    expected = uncached_greedy(
        tiny_model(tokenizer.vocabulary_size), ids, 10, tokenizer.vocabulary_size
    )
    assert ask(engine, PROMPTS[3], temperature=0, max_tokens=10)[1] == expected
    engine.close()


def test_batched_equals_single_greedy_and_sampled_together(engine: LocalEngine) -> None:
    jobs = [(p, t, s) for p in PROMPTS for t in (0.0, 1.0) for s in (1, 2)]

    def run(job: tuple[str, float, int]) -> list[int]:
        return ask(engine, job[0], temperature=job[1], seed=job[2], max_tokens=30)[1]

    single = [run(job) for job in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        assert list(pool.map(run, jobs)) == single


def test_preemption_changes_no_text(tokenizer: Tokenizer) -> None:
    roomy, tight = tiny_engine(tokenizer), tiny_engine(tokenizer, blocks=17)
    jobs = [(p, i) for i, p in enumerate(PROMPTS)]

    def run(engine: LocalEngine, job: tuple[str, int]) -> list[int]:
        return ask(engine, job[0], temperature=1.0, seed=job[1], max_tokens=90)[1]

    expected = [run(roomy, job) for job in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        assert list(pool.map(lambda job: run(tight, job), jobs)) == expected
    assert tight.stats.preemptions > 0
    settled(tight)
    roomy.close()
    tight.close()


def test_same_seed_same_text_other_seed_other_text(engine: LocalEngine) -> None:
    one = ask(engine, "hello", seed=7, max_tokens=30)[1]
    assert ask(engine, "hello", seed=7, max_tokens=30)[1] == one
    assert ask(engine, "hello", seed=8, max_tokens=30)[1] != one


def test_the_receipt_names_a_seed_that_replays_the_answer(engine: LocalEngine) -> None:
    _, ids, receipt = ask(engine, "hello", max_tokens=20)
    assert receipt.sampling.seed is not None
    assert ask(engine, "hello", seed=receipt.sampling.seed, max_tokens=20)[1] == ids


def test_temperature_zero_ignores_the_seed(engine: LocalEngine) -> None:
    answers = {tuple(ask(engine, "hi", temperature=0, seed=s, max_tokens=20)[1]) for s in range(4)}
    assert len(answers) == 1


def test_streamed_pieces_joined_are_the_decoded_tokens(engine: LocalEngine) -> None:
    for seed in range(30):
        text, ids, _ = ask(engine, "你好🙂", temperature=1.5, seed=seed, max_tokens=40)
        assert text == engine.tokenizer.decode(ids)


def test_choices_replay_as_single_requests_with_their_seeds(engine: LocalEngine) -> None:
    deltas = list(engine.stream(Request("hello", SamplingParams(seed=5, max_tokens=20), n=4)))
    for index in range(4):
        _, ids, receipt = join(deltas, index)
        assert receipt.sampling.seed == 5 + index
        assert ask(engine, "hello", seed=5 + index, max_tokens=20)[1] == ids


def test_an_answer_ends_at_an_end_token_which_is_not_in_its_text(tokenizer: Tokenizer) -> None:
    free = tiny_engine(tokenizer)
    _, ids, _ = ask(free, "hello", temperature=0, max_tokens=30)
    free.close()
    end = ids[10]
    at = ids.index(end)
    engine = tiny_engine(tokenizer, end_ids=frozenset([end]))
    text, stopped, receipt = ask(engine, "hello", temperature=0, max_tokens=30)
    assert stopped == ids[: at + 1]
    assert text == tokenizer.decode(ids[:at])
    assert receipt.finish_reason == "stop"
    assert ask(engine, "hello", temperature=0, max_tokens=30, ignore_eos=True)[1] == ids
    assert (
        ask(
            engine, "hello", temperature=0, max_tokens=30, ignore_eos=True, stop_token_ids=(ids[5],)
        )[2].finish_reason
        == "stop"
    )
    engine.close()


def test_a_stop_string_ends_the_answer_before_it(engine: LocalEngine) -> None:
    whole = ask(engine, "hello", temperature=0, max_tokens=40)[0]
    middle = len(whole) // 2
    stop = whole[middle : middle + 3]
    text, _, receipt = ask(engine, "hello", temperature=0, max_tokens=40, stop=(stop, "never"))
    assert text == whole[: whole.index(stop)]
    assert receipt.finish_reason == "stop"


def test_a_truncated_answer_says_so(engine: LocalEngine) -> None:
    _, ids, receipt = ask(engine, "hello", temperature=0, max_tokens=7)
    assert len(ids) == receipt.completion_tokens == 7
    assert receipt.finish_reason == "length"


def test_the_context_is_a_limit_too(engine: LocalEngine) -> None:
    _, ids, receipt = ask(engine, "hello", temperature=0)
    assert receipt.prompt_tokens + len(ids) == CONTEXT == receipt.context_length
    assert receipt.finish_reason == "length"


def test_the_next_turn_computes_only_what_is_new(engine: LocalEngine) -> None:
    talk: tuple[Message, ...] = (
        Message("system", "the quick brown fox " * 6),
        Message("user", "hi"),
    )
    first = ask(engine, talk, temperature=0, max_tokens=16)[2]
    talk += (Message("assistant", "hello"), Message("user", "again"))
    second = ask(engine, talk, temperature=0, max_tokens=4)[2]
    assert second.cached_tokens >= first.prompt_tokens - 16 - 16


def test_an_answer_goes_on_from_the_last_message(engine: LocalEngine) -> None:
    prompt = (Message("user", "Solve 2x = 4"), Message("assistant", "so x "))
    (last, *_) = reversed(
        list(engine.stream(Request(prompt, SamplingParams(max_tokens=1), continue_final=True)))
    )
    assert last.receipt is not None
    open_ids = engine.tokenizer.render(prompt, continue_final=True)
    assert last.receipt.prompt_tokens == len(open_ids) < engine.count_tokens(prompt)
    with pytest.raises(InvalidInput, match="assistant"):
        engine.stream(Request(prompt[:1], continue_final=True))


def test_logprobs_are_those_of_the_raw_logits(engine: LocalEngine) -> None:
    request = Request("hello", SamplingParams(temperature=0, max_tokens=5, top_logprobs=3))
    deltas = list(engine.stream(request))
    given = [p for d in deltas for p in d.logprobs]
    assert len(given) == 5
    vocabulary = engine.tokenizer.vocabulary_size
    ids = engine.tokenizer.render("hello") + [p.token_id for p in given]
    model = tiny_model(vocabulary)
    with torch.inference_mode():
        logits = model(torch.tensor(ids), torch.arange(len(ids)), causal)[:, :vocabulary]
    expected = logits.log_softmax(-1)[len(ids) - 6 : -1]
    for row, entry in zip(expected, given, strict=True):
        assert entry.logprob == pytest.approx(float(row[entry.token_id]), abs=1e-3)
        assert [t.token_id for t in entry.top] == row.topk(3).indices.tolist()


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request(""), InvalidInput),
        (Request("long " * 500), ContextTooLong),
        (Request("x", n=0), InvalidInput),
        (Request((10**9,)), InvalidInput),
        (Request("x", SamplingParams(temperature=-1.0)), InvalidInput),
        (Request("x", SamplingParams(temperature=float("nan"))), InvalidInput),
        (Request("x", SamplingParams(logit_bias={10**6: 1.0})), InvalidInput),
    ],
)
def test_what_cannot_be_served_is_refused_at_once(
    engine: LocalEngine, request_: Request, error: type[Exception]
) -> None:
    with pytest.raises(error):
        engine.stream(request_)


def test_a_full_queue_says_busy_and_serves_again_later(tokenizer: Tokenizer) -> None:
    engine = tiny_engine(tokenizer, max_batch_size=2, max_queue_size=3)
    hold = Request("hi", SamplingParams(temperature=0))
    streams = []

    def flood() -> None:
        for _ in range(50):
            streams.append(engine.stream(hold))  # noqa: PERF401 - the error ends the loop

    with pytest.raises(EngineBusy):
        flood()
    assert len(streams) >= 3
    assert all(join(list(s))[2].completion_tokens for s in streams)
    assert ask(engine, "hi", max_tokens=1)[1]
    engine.close()


def test_a_deadline_ends_the_answer_and_frees_its_place(engine: LocalEngine) -> None:
    with pytest.raises(DeadlineExceeded):
        list(engine.stream(Request("hi", deadline_s=0.0)))
    settled(engine)


def test_closing_ends_everything_with_an_error(tokenizer: Tokenizer) -> None:
    engine = tiny_engine(tokenizer, max_batch_size=1)
    streams = [engine.stream(Request("hi")) for _ in range(3)]
    engine.close()
    for stream in streams:
        with pytest.raises(EngineClosed):
            list(stream)
    with pytest.raises(EngineClosed):
        engine.stream(Request("hi"))


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_thousand_requests_with_random_cancels_leave_nothing_behind(
    tokenizer: Tokenizer, replicas: int
) -> None:
    engine = tiny_engine(
        tokenizer,
        replicas=replicas,
        blocks=40,
        max_queue_size=1000,
        max_batch_size=8,
        prefill_chunk_size=32,
    )
    rng = random.Random(replicas)
    jobs = [
        (rng.choice(PROMPTS), rng.randint(1, 24), rng.choice([None, 0, 1, 3]), rng.randint(1, 3))
        for _ in range(1000 // replicas)
    ]

    def run(job: tuple[str, int, int | None, int]) -> bool:
        prompt, tokens, leave_after, n = job
        request = Request(prompt, SamplingParams(max_tokens=tokens, seed=1), n=n)
        with engine.stream(request) as stream:
            for seen, _ in enumerate(stream):
                if leave_after is not None and seen >= leave_after:
                    return False
        return True

    with ThreadPoolExecutor(32) as pool:
        finished = list(pool.map(run, jobs))
    assert any(finished)
    assert not all(finished)
    settled(engine)
    stats = engine.stats
    assert stats.failed == 0
    assert ask(engine, "hello", temperature=0, max_tokens=5)[1]
    engine.close()


def test_replicas_share_the_work(tokenizer: Tokenizer) -> None:
    engine = tiny_engine(tokenizer, replicas=2, max_batch_size=1)
    streams = [
        engine.stream(Request(p, SamplingParams(temperature=0, max_tokens=60))) for p in PROMPTS
    ]
    together = [join(list(s))[1] for s in streams]
    assert all(worker.stats.requests > 0 for worker in engine.workers)
    engine.close()
    single = tiny_engine(tokenizer)
    assert [ask(single, p, temperature=0, max_tokens=60)[1] for p in PROMPTS] == together
    single.close()


POISON = 7


class PoisonedEmbedding(torch.nn.Module):
    """A token that makes the model fail, or gives NaN."""

    def __init__(self, inner: torch.nn.Module, *, nan: bool) -> None:
        super().__init__()
        self.inner, self.nan = inner, nan

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        found = ids == POISON
        if found.any() and not self.nan:
            raise RuntimeError("broken on purpose")
        out: torch.Tensor = self.inner(ids)
        return out.masked_fill(found[..., None], float("nan"))


@pytest.mark.parametrize("nan", [False, True])
def test_one_failing_request_fails_alone_and_spoils_no_memory(
    tokenizer: Tokenizer, nan: bool
) -> None:
    model = tiny_model(tokenizer.vocabulary_size)
    greedy = {"temperature": 0.0, "max_tokens": 100, "logit_bias": {POISON: -100.0}}
    healthy = tiny_engine(tokenizer, model=model)
    expected = [ask(healthy, p, **greedy)[1] for p in PROMPTS]
    healthy.close()
    model.embed_tokens = PoisonedEmbedding(model.embed_tokens, nan=nan)  # type: ignore[assignment]
    engine = tiny_engine(tokenizer, model=model, blocks=64)
    sampling = SamplingParams(**greedy)  # type: ignore[arg-type]
    good = [engine.stream(Request(p, sampling)) for p in PROMPTS]
    bad = [engine.stream(Request((*range(8, 40), POISON, 9), sampling)) for _ in range(3)]
    for stream in bad:
        with pytest.raises(GenerationFailed):
            list(stream)
    assert [join(list(s))[1] for s in good] == expected
    settled(engine)
    # All blocks are used again, several times over: a NaN left in one would fail these too.
    for seed in range(6):
        assert len(ask(engine, "a", seed=seed, **greedy | {"max_tokens": 200})[1]) == 200
    engine.close()


def test_the_loop_recovers_from_its_own_crash(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tiny_engine(tokenizer)
    worker = engine.workers[0]
    expected = ask(engine, "hello", temperature=0, max_tokens=9)[1]
    crashed = threading.Event()
    schedule = worker.scheduler.schedule

    def crash() -> list[object]:
        crashed.set()
        raise KeyError("a bug")

    monkeypatch.setattr(worker.scheduler, "schedule", crash)
    with pytest.raises(GenerationFailed):
        list(engine.stream(Request("hello")))
    assert crashed.is_set()
    assert schedule is not worker.scheduler.schedule
    assert ask(engine, "hello", temperature=0, max_tokens=9)[1] == expected
    settled(engine)
    engine.close()
