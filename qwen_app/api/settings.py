"""What the operator decides about the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Settings of the HTTP API; the defaults suit one person on their own machine."""

    api_keys: tuple[str, ...] = ()
    """Keys of which every call of /v1 and /metrics must bring one. Empty: no key is asked."""
    request_timeout_s: float | None = 600.0
    """Seconds after which a request ends with ``deadline_exceeded``; None is no limit."""
    cors_origins: tuple[str, ...] = ()
    """Web origins whose pages may call /v1 from a browser, ``*`` for all of them."""
    max_n: int = 16
    """Most answers to one prompt."""
    max_prompts: int = 64
    """Most prompts in one call of /v1/completions."""
    max_body_bytes: int = 8 * 1024 * 1024
    keep_alive_s: float = 10.0
    """A stream that has nothing to say for so many seconds sends a comment, so that no proxy
    takes the connection for dead. It is also how long a stream may wait for its first token
    before its status is sent: an error that comes earlier has a status of its own."""
