"""Errors as OpenAI's clients expect them: ``{"error": {"message", "type", "param", "code"}}``."""

import logging

from fastapi.responses import Response
from starlette.requests import Request

from qwen_app.api.responses import ErrorBody, ErrorResponse
from qwen_app.errors import AppError, EngineBusy, InvalidInput, Language, NotAuthorized

log = logging.getLogger(__name__)

# Statuses that only HTTP knows; the tree in qwen_app.errors holds what the rest of the app raises.


class BodyTooLarge(InvalidInput):
    status = 413
    code = "body_too_large"


class UnsupportedMediaType(InvalidInput):
    status = 415
    code = "unsupported_media_type"


class UnknownRoute(InvalidInput):
    status = 404
    code = "unknown_route"


class MethodNotAllowed(InvalidInput):
    status = 405
    code = "method_not_allowed"

    def __init__(self, en: str, zh: str, *, allowed: frozenset[str]) -> None:
        super().__init__(en, zh)
        self.allowed = allowed


def as_app_error(error: Exception) -> AppError:
    """What a caller is told; of a fault of ours no more than that, the details are logged."""
    if isinstance(error, AppError):
        return error
    log.error("a request failed", exc_info=error)
    return AppError(
        "The server failed on this request. Its log says why; try again, and report it if it "
        "happens again.",
        "服务器处理此请求时出错，原因见服务器日志。请重试；如再次出现，请反馈。",
    )


def preferred_language(accept_language: str) -> Language:
    """Of the two languages that we speak, the one the header ranks first; English by default."""
    best: Language = "en"
    best_quality = 0.0
    for entry in accept_language.split(","):
        tag, _, parameter = entry.partition(";")
        primary = tag.strip().partition("-")[0].lower()
        if primary not in ("zh", "en", "*"):
            continue
        name, _, value = parameter.partition("=")
        quality = 1.0
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
        if quality > best_quality:
            best, best_quality = ("zh" if primary == "zh" else "en"), quality
    return best


def language_of(request: Request) -> Language:
    return preferred_language(request.headers.get("accept-language", ""))


def error_body(error: AppError, language: Language) -> ErrorResponse:
    return ErrorResponse(
        error=ErrorBody(
            message=error.text(language),
            type="invalid_request_error" if error.status < 500 else "server_error",
            param=error.param,
            code=error.code,
        )
    )


def error_response(error: AppError, language: Language) -> Response:
    headers = {}
    if error.status == 503:
        headers["retry-after"] = "1" if isinstance(error, EngineBusy) else "5"
    if isinstance(error, NotAuthorized):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(sorted(error.allowed))
    return Response(
        error_body(error, language).model_dump_json(),
        status_code=error.status,
        headers=headers,
        media_type="application/json",
    )
