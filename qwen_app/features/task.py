"""What every job of the app is to those who run it: prepare a request, verify the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from qwen_app.features.verdict import Verdict
from qwen_app.messages import Prompt, Request, SamplingParams

CountTokens = Callable[[Prompt], int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The request, and what had to be left out to make it fit."""

    request: Request
    dropped: int = 0
    """How many of the oldest messages were not sent; the page says so."""


class Task(Protocol):
    """A frozen value; both calls may take their time, so no event loop should wait for them."""

    def prepare(
        self, *, defaults: SamplingParams, context_length: int, count_tokens: CountTokens
    ) -> Prepared:
        """Raises InvalidInput where the task cannot be done as it is."""

    def verify(self, text: str) -> Verdict:
        """What a program can say about the finished answer. Never raises."""
