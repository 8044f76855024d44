"""API keys."""

import hashlib
import hmac

from starlette.requests import Request

from qwen_app.errors import NotAuthorized


class ApiKeys:
    """Lets a request pass that brings a key in ``Authorization: Bearer`` or ``X-API-Key``.

    One right key is enough: some hosts put a token of their own into Authorization, and the
    caller's key then travels in X-API-Key.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._digests = tuple(_digest(key.encode()) for key in keys)

    def check(self, request: Request) -> None:
        """
        Raises:
            NotAuthorized: keys are set, and the request brings none of them.
        """
        if not self._digests:
            return
        offered = _offered(request)
        # Every key is compared with every offer, and digests are of equal length, so that the
        # time tells nothing about a key.
        matches = [
            hmac.compare_digest(_digest(candidate), digest)
            for candidate in offered
            for digest in self._digests
        ]
        if any(matches):
            return
        if offered:
            raise NotAuthorized(
                "This API key is not valid. Send one that the server was started with, as "
                "'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
                "API 密钥无效。请使用服务器启动时设置的密钥，"
                "通过 'Authorization: Bearer KEY' 或 'X-API-Key: KEY' 发送。",
            )
        raise NotAuthorized(
            "This server asks for an API key. Send it as 'Authorization: Bearer KEY' or "
            "'X-API-Key: KEY'.",
            "此服务器需要 API 密钥，请通过 'Authorization: Bearer KEY' 或 'X-API-Key: KEY' 发送。",
        )


def _offered(request: Request) -> list[bytes]:
    offered = []
    for name, value in request.headers.raw:
        if name == b"x-api-key":
            offered.append(value.strip())
        elif name == b"authorization":
            scheme, _, token = value.strip().partition(b" ")
            if scheme.lower() == b"bearer":
                offered.append(token.strip())
    return [token for token in offered if token]


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
