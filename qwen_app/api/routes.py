"""What each route does. `qwen_app.api.app` says where they are."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial

from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Route

from qwen_app.api.auth import ApiKeys
from qwen_app.api.body import read_body
from qwen_app.api.chat import ChatFormat
from qwen_app.api.completions import CompletionFormat
from qwen_app.api.connection import EventStream, while_connected
from qwen_app.api.convert import ALIAS, Job, calls_of, chat_job, check_model, completion_job
from qwen_app.api.errors import (
    MethodNotAllowed,
    UnknownRoute,
    as_app_error,
    error_body,
    error_response,
    language_of,
)
from qwen_app.api.generation import Generation
from qwen_app.api.metrics import Metrics
from qwen_app.api.prompts import listed
from qwen_app.api.render import Envelope, Format, usage
from qwen_app.api.requests import ChatCompletionRequest, CompletionRequest, PreflightRequest
from qwen_app.api.responses import Health, ModelCard, ModelList, PreflightBody, Usage
from qwen_app.api.settings import ApiSettings
from qwen_app.decoding.json_schema.report import preflight
from qwen_app.engine.base import Engine, ModelInfo
from qwen_app.errors import AppError, Language
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.rates import Rates
from qwen_app.messages import Delta

Handler = Callable[[Request], Awaitable[Response]]

CLIENT_LEFT = 499
"""Nobody reads this status but the log and the metrics; nginx coined it."""


class Routes:
    """The handlers, around one engine."""

    def __init__(
        self,
        engine: Engine,
        settings: ApiSettings,
        library: Library = Library(()),  # noqa: B008 - frozen
        rates: Rates = Rates(),  # noqa: B008 - frozen
    ) -> None:
        self._engine = engine
        self._library = library
        self._rates = rates
        self._settings = settings
        self._keys = ApiKeys(settings.api_keys)
        self.counted = Metrics(engine)
        """What the routes did; those of other modules count into it too."""
        self._created = int(time.time())

    def guarded(self, route: str, handler: Handler, *, asks_for_key: bool = True) -> Handler:
        """``handler`` behind the keys, with every error it raises as a response, counted."""

        async def guarded(request: Request) -> Response:
            response: Response
            try:
                if asks_for_key:
                    self._keys.check(request)
                response = await handler(request)
            except ClientDisconnect:
                response = Response(status_code=CLIENT_LEFT)
            except Exception as error:
                response = error_response(as_app_error(error), language_of(request))
            self.counted.responded(route, response.status_code)
            response.headers["x-request-id"] = uuid.uuid4().hex
            return response

        return guarded

    # --- generation ---------------------------------------------------------------------------

    async def chat(self, request: Request) -> Response:
        body = await read_body(request, ChatCompletionRequest, self._settings.max_body_bytes)
        info = self._engine.info
        job = chat_job(body, info, self._settings, self._library)
        answer = ChatFormat(
            Envelope.new("chatcmpl", info),
            logprobs=body.logprobs,
            announce_usage=job.include_usage,
            calls=calls_of(job),
            composed=job.composed,
        )
        return await self._generate(request, job, answer)

    async def completions(self, request: Request) -> Response:
        body = await read_body(request, CompletionRequest, self._settings.max_body_bytes)
        info = self._engine.info
        job = completion_job(body, info, self._settings)
        answer = CompletionFormat(
            Envelope.new("cmpl", info),
            logprobs=body.logprobs is not None,
            announce_usage=job.include_usage,
        )
        return await self._generate(request, job, answer)

    async def _generate(self, request: Request, job: Job, answer: Format) -> Response:
        try:
            return await self._generated(request, job, answer)
        except AppError as error:
            job.name_field(error)
            raise

    async def _generated(self, request: Request, job: Job, answer: Format) -> Response:
        came = time.perf_counter()
        try:
            generation = await while_connected(
                request.receive, Generation.start(self._engine, job.requests, job.n)
            )
        except ClientDisconnect:
            # Whether the engine has the requests yet, nobody knows; nobody waits for them.
            self.counted.ended(
                (),
                missing=len(job.requests) * job.n,
                failed=False,
                seconds=time.perf_counter() - came,
            )
            raise
        end = partial(self._end, generation, came)
        if not job.stream:
            try:
                body = await while_connected(request.receive, _whole(generation, answer))
                return _json(body)
            finally:
                end()
        try:
            # What fails before the first token gets a status of its own, unless that takes so
            # long that the connection has to be shown alive.
            await while_connected(request.receive, generation.wait(self._settings.keep_alive_s))
            generation.raise_early_error()
        except BaseException:
            end()
            raise
        events = _events(
            generation,
            answer,
            job,
            keep_alive_s=self._settings.keep_alive_s,
            language=language_of(request),
        )
        return EventStream(events, on_end=end)

    def _end(self, generation: Generation, came: float) -> None:
        generation.close()
        self.counted.ended(
            generation.receipts.values(),
            missing=generation.choices - len(generation.receipts),
            failed=generation.error is not None,
            seconds=time.perf_counter() - came,
        )

    # --- schemas ------------------------------------------------------------------------------

    async def preflight(self, request: Request) -> Response:
        body = await read_body(request, PreflightRequest, self._settings.max_body_bytes)
        report = await while_connected(request.receive, asyncio.to_thread(preflight, body.schema_))
        return _json(PreflightBody.model_validate(report.to_json()))

    # --- prompts ------------------------------------------------------------------------------

    async def prompts(self, request: Request) -> Response:  # noqa: ARG002
        ready = self._engine.state.phase == "ready"
        model = self._engine.info.id if ready else ""
        return _json(listed(self._library, self._rates, model))

    # --- the rest -----------------------------------------------------------------------------

    async def models(self, request: Request) -> Response:  # noqa: ARG002
        info = self._engine.info
        names = dict.fromkeys((info.id, ALIAS))
        return _json(ModelList(object="list", data=[self._card(name, info) for name in names]))

    async def model(self, request: Request) -> Response:
        name = request.path_params["model"]
        info = self._engine.info
        check_model(name, info)
        return _json(self._card(name, info))

    def _card(self, name: str, info: ModelInfo) -> ModelCard:
        return ModelCard(
            id=name,
            object="model",
            created=self._created,
            owned_by=info.id.partition("/")[0] if "/" in info.id else "local",
            root=info.id,
            is_demo=info.is_demo,
            parameters=info.parameters,
            quantization=info.quantization,
            dtype=info.dtype,
            device=info.device,
            context_length=info.context_length,
        )

    async def health(self, request: Request) -> Response:
        state = self._engine.state
        ready = state.phase == "ready"
        body = Health(
            status=state.phase,
            progress=1.0 if ready else state.progress,
            detail=state.detail_zh if language_of(request) == "zh" else state.detail_en,
            model=self._engine.info.id if ready else None,
            running=state.running,
            waiting=state.waiting,
        )
        response = _json(body, 200 if ready else 503)
        if not ready:
            response.headers["retry-after"] = "5"
        return response

    async def metrics(self, request: Request) -> Response:
        content, content_type = self.counted.expose(request.headers.get("accept", ""))
        return Response(content, headers={"content-type": content_type})

    async def unknown(self, request: Request) -> Response:
        # Not request.url: a malformed Host header makes that raise.
        path, method = request.scope["path"][:200], request.method
        allowed = frozenset[str]().union(
            *(
                route.methods or ()
                for route in request.app.routes
                if isinstance(route, Route) and route.matches(request.scope)[0] == Match.PARTIAL
            )
        )
        if allowed:
            listed = ", ".join(sorted(allowed))
            raise MethodNotAllowed(
                f"{method} is not allowed on {path}; use {listed}.",
                f"{path} 不支持 {method}，请使用 {listed}。",
                allowed=allowed,
            )
        raise UnknownRoute(
            f"There is no {path} here. /openapi.json lists the routes.",
            f"没有 {path} 这个地址。/openapi.json 列出了所有地址。",
        )


async def _whole(generation: Generation, answer: Format) -> BaseModel:
    choices: list[list[Delta]] = [[] for _ in range(generation.choices)]
    while await generation.wait():
        deltas = generation.take()
        if not deltas:
            break
        for choice, delta in deltas:
            choices[choice].append(delta)
    return answer.whole(choices, _usage(generation))


async def _events(
    generation: Generation,
    answer: Format,
    job: Job,
    *,
    keep_alive_s: float,
    language: Language,
) -> AsyncGenerator[bytes, None]:
    """Server-sent events as OpenAI sends them. An error is an event too, and then the last."""
    try:
        while True:
            if not await generation.wait(keep_alive_s):
                yield b": waiting for the model\n\n"
                continue
            deltas = generation.take()
            if not deltas:
                break
            events = [
                _event(chunk) for choice, delta in deltas for chunk in answer.chunks(choice, delta)
            ]
            if events:
                yield b"".join(events)
    except Exception as error:
        generation.error = error  # or the answer was a failure by its text
        told = as_app_error(error)
        job.name_field(told)
        yield _event(error_body(told, language))
        return
    if job.include_usage:
        yield _event(answer.usage_chunk(_usage(generation)))
    yield b"data: [DONE]\n\n"


def _usage(generation: Generation) -> Usage:
    return usage(generation.receipts.values(), generation.prompt_receipts())


_LINE_ENDS = ("\u0085", "\u2028", "\u2029")
"""No line ends in the sense of server-sent events, yet many clients split lines at them."""


def _event(body: BaseModel) -> bytes:
    text = body.model_dump_json(exclude_unset=True)
    for character in _LINE_ENDS:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"data: {text}\n\n".encode()


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(
        body.model_dump_json(exclude_unset=True),
        status_code=status,
        media_type="application/json",
    )
