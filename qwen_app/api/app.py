"""The HTTP API as a FastAPI app; whoever serves it may mount a page beside it.

Everything that belongs to the API (keys, limits, errors) sits in its own routes, so that a page
mounted at / is not touched by any of it. /v1 and /metrics ask for a key if keys are set, /health
and /openapi.json never do. There is no /docs: its scripts would come from another host.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from qwen_app import __version__
from qwen_app.api.math import MathRoute
from qwen_app.api.math_bodies import CheckBody, CheckRequest, SolutionBody, SolveRequest
from qwen_app.api.prompt_bodies import PromptList
from qwen_app.api.requests import ChatCompletionRequest, CompletionRequest, PreflightRequest
from qwen_app.api.responses import (
    ChatCompletion,
    ChatCompletionChunk,
    Completion,
    ErrorResponse,
    Health,
    ModelCard,
    ModelList,
    PreflightBody,
)
from qwen_app.api.routes import Routes
from qwen_app.api.settings import ApiSettings
from qwen_app.api.table_bodies import TableAnswerBody, TableRequest
from qwen_app.api.tables import TableRoute
from qwen_app.engine.base import Engine
from qwen_app.features.prompts.library import Library
from qwen_app.features.prompts.rates import Rates
from qwen_app.features.tutor.checking.checker import Checker

_REF = "#/components/schemas/{model}"
_ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def build_api(
    engine: Engine,
    settings: ApiSettings,
    *,
    checker: Checker | None = None,
    library: Library = Library(()),  # noqa: B008 - frozen
    rates: Rates = Rates(),  # noqa: B008 - frozen
) -> FastAPI:
    """The API around an engine, which the caller closes.

    Args:
        checker: that of the server, which closes it; without one the API has its own.
        library: the templates that ``prompt_template`` may name.
        rates: how often models kept them.
    """
    app = FastAPI(
        title="Qwen app",
        summary="A server that speaks OpenAI's protocol.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
    )
    routes = Routes(engine, settings, library, rates)

    chat, completions = "/v1/chat/completions", "/v1/completions"
    app.add_api_route(
        chat,
        routes.guarded(chat, routes.chat),
        methods=["POST"],
        summary="Answer a conversation",
        operation_id="chat_completions",
        tags=["generation"],
        responses=_responses(ChatCompletion, stream=ChatCompletionChunk),
        openapi_extra=_body(ChatCompletionRequest),
    )
    app.add_api_route(
        completions,
        routes.guarded(completions, routes.completions),
        methods=["POST"],
        summary="Go on from a raw text",
        operation_id="completions",
        tags=["generation"],
        responses=_responses(Completion, stream=Completion),
        openapi_extra=_body(CompletionRequest),
    )
    app.add_api_route(
        "/v1/json/preflight",
        routes.guarded("/v1/json/preflight", routes.preflight),
        methods=["POST"],
        summary="What becomes of a JSON Schema, before a token is spent on it",
        operation_id="json_preflight",
        tags=["generation"],
        responses=_responses(PreflightBody),
        openapi_extra=_body(PreflightRequest),
    )
    app.add_api_route(
        "/v1/prompts",
        routes.guarded("/v1/prompts", routes.prompts),
        methods=["GET"],
        summary="The templates that `prompt_template` may name",
        operation_id="list_prompts",
        tags=["generation"],
        responses=_responses(PromptList),
    )
    tables = "/v1/tables/ask"
    app.add_api_route(
        tables,
        routes.guarded(tables, TableRoute(engine, settings, routes.counted).ask),
        methods=["POST"],
        summary="Answer a question about a table by a query that is run",
        operation_id="ask_table",
        tags=["tables"],
        responses=_responses(TableAnswerBody),
        openapi_extra=_body(TableRequest),
    )
    mathematics = MathRoute(engine, checker or Checker(), settings, routes.counted)
    for path, handler, summary, name, answer, body in (
        (
            "/v1/math/solve",
            mathematics.solve,
            "Solve a problem, every line of the solution judged",
            "solve_math",
            SolutionBody,
            SolveRequest,
        ),
        (
            "/v1/math/check",
            mathematics.check,
            "Judge a student's steps or final answer",
            "check_math",
            CheckBody,
            CheckRequest,
        ),
    ):
        app.add_api_route(
            path,
            routes.guarded(path, handler),
            methods=["POST"],
            summary=summary,
            operation_id=name,
            tags=["mathematics"],
            responses=_responses(answer),
            openapi_extra=_body(body),
        )
    app.add_api_route(
        "/v1/models",
        routes.guarded("/v1/models", routes.models),
        methods=["GET"],
        summary="The names under which a model answers",
        operation_id="list_models",
        tags=["models"],
        responses=_responses(ModelList),
    )
    app.add_api_route(
        "/v1/models/{model:path}",
        routes.guarded("/v1/models/{model}", routes.model),
        methods=["GET"],
        summary="The model that answers under a name",
        operation_id="retrieve_model",
        tags=["models"],
        responses=_responses(ModelCard),
        openapi_extra={
            "parameters": [
                {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
            ]
        },
    )
    for path in ("/v1", "/v1/{path:path}"):
        app.add_api_route(
            path,
            routes.guarded("unknown", routes.unknown),
            methods=_ALL_METHODS,
            include_in_schema=False,
        )
    health = routes.guarded("/health", routes.health, asks_for_key=False)
    app.add_api_route("/health", health, methods=["HEAD"], include_in_schema=False)
    app.add_api_route(
        "/health",
        health,
        methods=["GET"],
        summary="Whether a model is loaded; 503 while it is not",
        operation_id="health",
        tags=["operation"],
        responses={200: {"model": Health}, 503: {"model": Health}},
    )
    app.add_api_route(
        "/metrics",
        routes.guarded("/metrics", routes.metrics),
        methods=["GET"],
        summary="Metrics for Prometheus",
        operation_id="metrics",
        tags=["operation"],
        response_class=PlainTextResponse,
    )
    if settings.cors_origins:
        app.add_middleware(_ApiCors, origins=settings.cors_origins)
    _document(app)
    return app


class _ApiCors:
    """CORS for /v1 alone: the page beside it has rules of its own."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._with_cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["x-request-id", "retry-after"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        inside = scope["type"] == "http" and (path == "/v1" or path.startswith("/v1/"))
        await (self._with_cors if inside else self._app)(scope, receive, send)


# --- the description at /openapi.json ---------------------------------------------------------


def _responses(
    answer: type[BaseModel], *, stream: type[BaseModel] | None = None
) -> dict[int | str, dict[str, Any]]:
    success: dict[str, Any] = {"model": answer}
    if stream is not None:
        schema = {"$ref": _REF.format(model=stream.__name__)}
        success["content"] = {"text/event-stream": {"schema": schema}}
        success["description"] = "The answer; with `stream: true`, events with a chunk each."
    return {200: success, "4XX": {"model": ErrorResponse}, "5XX": {"model": ErrorResponse}}


def _body(model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _document(app: FastAPI) -> None:
    """Describe the bodies, which the routes read by themselves and FastAPI so cannot see."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, summary=app.summary, version=app.version, routes=app.routes
            )
            _, definitions = models_json_schema(
                [
                    (ChatCompletionRequest, "validation"),
                    (CompletionRequest, "validation"),
                    (TableRequest, "validation"),
                    (SolveRequest, "validation"),
                    (CheckRequest, "validation"),
                    (PreflightRequest, "validation"),
                    (ChatCompletionChunk, "serialization"),
                ],
                ref_template=_REF,
            )
            components = schema["components"]
            components["schemas"] = {**definitions["$defs"], **components["schemas"]}
            components["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            }
            schema["security"] = [{}, {"bearer": []}, {"header": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
