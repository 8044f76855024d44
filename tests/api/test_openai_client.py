"""The real `openai` client against a server on a real socket."""

import asyncio
from collections.abc import Callable

import openai
import pytest

from qwen_app.api.settings import ApiSettings
from qwen_app.engine.base import EngineState
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.errors import (
    AppError,
    ContextTooLong,
    DeadlineExceeded,
    EngineBusy,
    GenerationFailed,
    InvalidConstraint,
    ModelFailed,
    ModelLoading,
)
from qwen_app.messages import Message, Request
from tests.api.conftest import Serve

CHINESE = "请逐步求解方程：2x + 5 = 17 👩‍🏫"


def client_of(url: str, **options: object) -> openai.OpenAI:
    settings: dict[str, object] = {"api_key": "none", "max_retries": 0, "timeout": 30.0, **options}
    return openai.OpenAI(base_url=f"{url}/v1", **settings)  # type: ignore[arg-type]


def reply(text: str) -> Callable[[Request], str]:
    return lambda _: text


def test_the_call_of_the_readme_works_as_written(serve: Serve) -> None:
    engine = ScriptedEngine(reply("x = 6"))
    with client_of(serve(engine)) as client:
        completion = client.chat.completions.create(
            model="qwen2.5-0.5b-instruct",
            messages=[
                {"role": "system", "content": "你是一个擅长数学推理的助教"},
                {"role": "user", "content": CHINESE},
            ],
            temperature=0.3,
            max_tokens=256,
        )
    assert completion.choices[0].message.content == "x = 6"
    assert completion.choices[0].message.role == "assistant"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "scripted"
    assert completion.object == "chat.completion"
    assert completion.system_fingerprint
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 5
    assert completion.usage.prompt_tokens == 13 + len(CHINESE)
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + 5
    request = engine.requests[0]
    assert request.prompt == (
        Message("system", "你是一个擅长数学推理的助教"),
        Message("user", CHINESE),
    )
    assert (request.sampling.temperature, request.sampling.max_tokens) == (0.3, 256)


def test_streamed_pieces_joined_are_the_answer(serve: Serve) -> None:
    with (
        client_of(serve(ScriptedEngine())) as client,
        client.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": CHINESE}],
            stream=True,
            stream_options={"include_usage": True},
        ) as stream,
    ):
        chunks = list(stream)
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert choices[0].delta.role == "assistant"
    assert all(choice.delta.role is None for choice in choices[1:])
    assert "".join(choice.delta.content or "" for choice in choices) == CHINESE
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["stop"]
    assert choices[-1].finish_reason == "stop"
    assert not chunks[-1].choices
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(CHINESE)
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_clients_own_stream_helper_understands_us(serve: Serve) -> None:
    with (
        client_of(serve(ScriptedEngine())) as client,
        client.chat.completions.stream(
            model="scripted", messages=[{"role": "user", "content": "你好"}]
        ) as stream,
    ):
        assert stream.get_final_completion().choices[0].message.content == "你好"


def test_several_answers_stop_strings_and_seed_reach_the_engine(serve: Serve) -> None:
    engine = ScriptedEngine(reply("one END two"))
    with client_of(serve(engine)) as client:
        completion = client.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": "go"}],
            n=3,
            seed=7,
            stop=["two", " END"],
        )
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert {choice.message.content for choice in completion.choices} == {"one"}
    receipts = [(choice.model_extra or {})["receipt"] for choice in completion.choices]
    assert [receipt["seed"] for receipt in receipts] == [7, 8, 9]
    assert engine.requests[0].n == 3
    assert engine.requests[0].sampling.stop == ("two", " END")
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == 2
    assert completion.usage.completion_tokens == 9


def test_log_probabilities_of_a_chat(serve: Serve) -> None:
    with client_of(serve(ScriptedEngine(reply("你👍")))) as client:
        completion = client.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": "go"}],
            logprobs=True,
            top_logprobs=3,
        )
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert [entry.token for entry in logprobs.content] == ["你", "👍"]
    assert logprobs.content[1].bytes == list("👍".encode())
    assert all(len(entry.top_logprobs) == 3 for entry in logprobs.content)


def test_completions_of_several_prompts(serve: Serve) -> None:
    with client_of(serve(ScriptedEngine())) as client:
        completion = client.completions.create(
            model="default", prompt=["你好", "hello"], n=2, logprobs=2, max_tokens=3
        )
    assert [choice.text for choice in completion.choices] == ["你好", "你好", "hel", "hel"]
    assert [choice.index for choice in completion.choices] == [0, 1, 2, 3]
    assert [choice.finish_reason for choice in completion.choices] == ["stop"] * 2 + ["length"] * 2
    logprobs = completion.choices[2].logprobs
    assert logprobs is not None
    assert logprobs.tokens == ["h", "e", "l"]
    assert logprobs.text_offset == [0, 1, 2]
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == 2 + 5


def test_streamed_completions_keep_their_prompts_apart(serve: Serve) -> None:
    prompts = ["first", "第二"]
    with client_of(serve(ScriptedEngine())) as client:
        chunks = list(client.completions.create(model="default", prompt=prompts, stream=True))
    texts = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    assert texts == prompts


def test_models_say_which_one_answers(serve: Serve) -> None:
    with client_of(serve(ScriptedEngine())) as client:
        assert [model.id for model in client.models.list()] == [
            "scripted",
            "qwen2.5-0.5b-instruct",
        ]
        alias = client.models.retrieve("qwen2.5-0.5b-instruct")
        assert (alias.model_extra or {})["root"] == "scripted"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("Qwen/Qwen2.5-7B")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "expected", "param"),
    [
        (ContextTooLong("long", "长", param="messages"), openai.BadRequestError, "messages"),
        (InvalidConstraint("no", "不", param="constraint"), openai.BadRequestError, "guided_regex"),
        (EngineBusy("busy", "忙"), openai.InternalServerError, None),
        (ModelLoading("loading", "加载"), openai.InternalServerError, None),
        (ModelFailed("failed", "失败"), openai.InternalServerError, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, AppError) else "",
)
def test_what_the_engine_refuses_has_its_status(
    serve: Serve,
    error: AppError,
    expected: type[openai.APIStatusError],
    param: str | None,
    stream: bool,
) -> None:
    engine = ScriptedEngine()
    engine.refusal = error
    with client_of(serve(engine)) as client, pytest.raises(expected) as caught:
        client.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": "go"}],
            stream=stream,
            extra_body={"guided_regex": "a"},
        )
    assert caught.value.status_code == error.status
    assert caught.value.code == error.code
    assert caught.value.param == param
    assert (caught.value.response.headers.get("retry-after") is not None) == (error.status == 503)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("error", [GenerationFailed("no", "不"), DeadlineExceeded("late", "迟")])
def test_an_error_before_the_first_token_has_its_status(
    serve: Serve, error: AppError, stream: bool
) -> None:
    with (
        client_of(serve(ScriptedEngine(lambda _: error))) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": "go"}], stream=stream
        )
    assert caught.value.status_code == error.status


def test_an_error_in_mid_stream_is_raised_by_the_client(serve: Serve) -> None:
    engine = ScriptedEngine(lambda _: ("half an ans", GenerationFailed("broken", "坏了")))
    with client_of(serve(engine)) as client:
        stream = client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": "go"}], stream=True
        )
        received = [next(stream).choices[0].delta.content for _ in range(1 + len("half an ans"))]
        with pytest.raises(openai.APIError) as caught:
            next(stream)
    assert "".join(text or "" for text in received) == "half an ans"
    assert caught.value.code == "generation_failed"


def test_a_fault_of_ours_is_a_500_that_tells_no_internals(serve: Serve) -> None:
    engine = ScriptedEngine(lambda _: RuntimeError("secret path"))
    with client_of(serve(engine)) as client, pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(
            model="default", messages=[{"role": "user", "content": "go"}]
        )
    assert caught.value.code == "internal_error"
    assert "secret" not in caught.value.response.text


def test_a_field_that_we_do_not_know_is_named(serve: Serve) -> None:
    with (
        client_of(serve(ScriptedEngine())) as client,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        client.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": "go"}],
            extra_body={"num_beams": 4},
        )
    assert (caught.value.code, caught.value.param) == ("unsupported_field", "num_beams")


def test_a_model_that_we_do_not_have_is_not_found(serve: Serve) -> None:
    with (
        client_of(serve(ScriptedEngine())) as client,
        pytest.raises(openai.NotFoundError) as caught,
    ):
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "go"}])
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    assert "scripted" in caught.value.response.text


def test_keys(serve: Serve) -> None:
    url = serve(ScriptedEngine(), ApiSettings(api_keys=("first", "second")))
    with client_of(url, api_key="first") as client:
        assert client.models.list().data
    with client_of(url, api_key="wrong") as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
        assert caught.value.code == "invalid_api_key"
        assert caught.value.response.headers["www-authenticate"] == "Bearer"
        assert client.with_options(default_headers={"X-API-Key": "first"}).models.list().data


async def test_many_streams_at_once(serve: Serve) -> None:
    url = serve(ScriptedEngine(state=EngineState("ready", 1.0)))

    async def ask(client: openai.AsyncOpenAI, number: int) -> str:
        text = ""
        stream = await client.chat.completions.create(
            model="default",
            messages=[{"role": "user", "content": f"流 {number} 🙂" * 5}],
            stream=True,
        )
        async for chunk in stream:
            text += chunk.choices[0].delta.content or ""
        return text

    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", timeout=60) as client:
        answers = await asyncio.gather(*(ask(client, number) for number in range(40)))
    assert answers == [f"流 {number} 🙂" * 5 for number in range(40)]
