"""The API on the engine that runs a model, a tiny one with random weights."""

import json
import math
from collections.abc import Iterator

import httpx
import pytest
import tokenizers
from tokenizers import AddedToken

from qwen_app.api.app import build_api
from qwen_app.api.settings import ApiSettings
from qwen_app.engine.local import LocalEngine
from qwen_app.text.tokenizer import Tokenizer
from tests.api.support import (
    CHAT,
    COMPLETIONS,
    HELLO,
    Json,
    browserless,
    events,
    eventually,
    serving,
)
from tests.api.test_tools import assembled
from tests.engine.tiny import tiny_engine, tiny_tokenizer
from tests.tokenizers_for_tests import tiny_tokenizer_folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    tokenizer = tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))
    engine = tiny_engine(tokenizer, end_ids=frozenset(tokenizer.eos_ids))
    yield engine
    engine.close()


async def ask(engine: LocalEngine, path: str, **body: object) -> httpx.Response:
    async with browserless(engine) as client:
        return await client.post(path, json=body, timeout=60)


async def answer(engine: LocalEngine, **more: object) -> Json:
    response = await ask(engine, CHAT, **{**HELLO, "max_tokens": 12, **more})
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


async def test_whole_and_streamed_answers_are_the_same(engine: LocalEngine) -> None:
    whole = await answer(engine, seed=5, n=3, temperature=1.5)
    streamed = await ask(
        engine, CHAT, **HELLO, max_tokens=12, seed=5, n=3, temperature=1.5, stream=True
    )
    texts = ["", "", ""]
    for chunk in events(streamed.text)[:-1]:
        (choice,) = chunk["choices"]
        texts[choice["index"]] += choice["delta"].get("content", "")
    assert texts == [choice["message"]["content"] for choice in whole["choices"]]
    assert len(set(texts)) == 3


async def test_a_receipt_replays_its_answer(engine: LocalEngine) -> None:
    first = (await answer(engine, temperature=1.5))["choices"][0]
    seed = first["receipt"]["seed"]
    again = (await answer(engine, temperature=1.5, seed=seed))["choices"][0]
    assert again["message"] == first["message"]


async def test_the_prompts_cached_tokens_are_counted(engine: LocalEngine) -> None:
    prompt = [300 + number for number in range(64)]
    first, second = [
        (await ask(engine, COMPLETIONS, prompt=prompt, max_tokens=2)).json()["usage"]
        for _ in range(2)
    ]
    assert first["prompt_tokens"] == second["prompt_tokens"] == 64
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] > 0


async def test_log_probabilities_are_those_of_a_distribution(engine: LocalEngine) -> None:
    body = await answer(engine, temperature=0, logprobs=True, top_logprobs=5)
    (choice,) = body["choices"]
    entries = choice["logprobs"]["content"]
    assert len(entries) == body["usage"]["completion_tokens"]
    for entry in entries:
        rivals = [rival["logprob"] for rival in entry["top_logprobs"]]
        assert entry["logprob"] == rivals[0] == max(rivals)
        assert 0 < sum(map(math.exp, rivals)) <= 1.000_01


@pytest.mark.parametrize("stream", [False, True])
async def test_guided_answers(engine: LocalEngine, stream: bool) -> None:
    guides: list[tuple[Json, set[str]]] = [
        ({"guided_choice": ["正确", "错误"]}, {"正确", "错误"}),
        ({"guided_regex": "[ab]{3}"}, {x + y + z for x in "ab" for y in "ab" for z in "ab"}),
    ]
    for guide, allowed in guides:
        response = await ask(engine, CHAT, **HELLO, **guide, stream=stream)
        if stream:
            text = "".join(
                chunk["choices"][0]["delta"].get("content", "")
                for chunk in events(response.text)[:-1]
            )
        else:
            text = response.json()["choices"][0]["message"]["content"]
        assert text in allowed


# --- tools -------------------------------------------------------------------------------------

MARKER = "<tool_call>"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    }
    for name in ("look", "find")
]


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """In its vocabulary the markers of calls are tokens of their own, as in Qwen2.5's."""
    folder = tiny_tokenizer_folder(tmp_path_factory.mktemp("caller"))
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    backend.add_tokens([AddedToken(text, normalized=False) for text in (MARKER, "</tool_call>")])
    template = (
        "{% if tools %}T{% endif %}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"
    )
    tokenizer = Tokenizer(backend, chat_template=template)
    engine = tiny_engine(tokenizer, end_ids=frozenset(tokenizer.eos_ids))
    yield engine
    engine.close()


@pytest.mark.parametrize("seed", range(8))
async def test_a_model_that_begins_a_call_completes_it(caller: LocalEngine, seed: int) -> None:
    """After some text or at once; whole and streamed alike, within any budget."""
    (marker,) = caller.tokenizer.encode(MARKER)
    body: Json = {
        **HELLO,
        "tools": TOOLS,
        "seed": seed,
        "temperature": 1.5,
        "logit_bias": {str(marker): 9},
        "max_tokens": 40 + 20 * seed,
    }
    whole = (await ask(caller, CHAT, **body)).json()["choices"][0]
    calls = whole["message"].get("tool_calls", [])
    content = whole["message"]["content"]
    assert MARKER not in (content or "")
    assert (content is None) <= bool(calls)
    assert whole["finish_reason"] == ("tool_calls" if calls else "length")
    assert calls or whole["receipt"]["completion_tokens"] == body["max_tokens"]
    for call in calls:
        assert call["function"]["name"] in ("look", "find")
        assert set(json.loads(call["function"]["arguments"])) <= {"a"}
    streamed = await ask(caller, CHAT, **body, stream=True)
    (choice,) = assembled(streamed)
    assert choice["content"] == content
    assert choice["finish"] == whole["finish_reason"]
    assert [{k: c[k] for k in ("name", "arguments")} for c in choice["calls"]] == [
        c["function"] for c in calls
    ]


async def test_a_marker_that_the_model_wants_is_there_only_if_calls_are(
    caller: LocalEngine,
) -> None:
    (marker,) = caller.tokenizer.encode(MARKER)
    bias = {str(marker): 100}
    body: Json = {**HELLO, "tools": TOOLS, "logit_bias": bias, "max_tokens": 80}
    called = (await ask(caller, CHAT, **body)).json()["choices"][0]
    assert called["finish_reason"] == "tool_calls"
    assert called["message"]["content"] is None
    forbidden = (await ask(caller, CHAT, **body, tool_choice="none")).json()["choices"][0]
    assert MARKER not in forbidden["message"]["content"]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (CHAT, {"messages": [{"role": "user", "content": "x " * 400}]}, "messages"),
        (COMPLETIONS, {"prompt": [5] * 300}, "prompt"),
        (COMPLETIONS, {"prompt": [999_999]}, "prompt"),
        (CHAT, {**HELLO, "guided_regex": "(unclosed"}, "guided_regex"),
        (COMPLETIONS, {"prompt": "x", "guided_choice": ["x" * 200_000]}, "guided_choice"),
        (CHAT, {**HELLO, "logit_bias": {"999999": 1}}, "logit_bias"),
    ],
    ids=["long chat", "long prompt", "no such token", "regex", "choice", "bias"],
)
async def test_what_only_the_engine_can_refuse(
    engine: LocalEngine, path: str, body: Json, param: str
) -> None:
    response = await ask(engine, path, **body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


def test_a_dropped_connection_frees_the_engine(engine: LocalEngine) -> None:
    cancelled = engine.stats.cancelled
    with serving(build_api(engine, ApiSettings())) as url:
        body = {**HELLO, "stream": True, "ignore_eos": True, "n": 16}
        with httpx.stream("POST", f"{url}{CHAT}", json=body, timeout=60) as response:
            next(response.iter_lines())
        eventually(lambda: engine.stats.cancelled == cancelled + 1)
        eventually(lambda: engine.stats.running == engine.stats.waiting == 0)
