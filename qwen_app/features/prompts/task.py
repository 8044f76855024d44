"""A turn of a conversation under a composition of templates."""

from dataclasses import dataclass, replace

from qwen_app.features.chat import ChatTask
from qwen_app.features.prompts.compose import Composed
from qwen_app.features.prompts.verdict import judge
from qwen_app.features.task import CountTokens, Prepared
from qwen_app.features.verdict import Verdict
from qwen_app.messages import SamplingParams


@dataclass(frozen=True, slots=True)
class PromptTask:
    """Implements `qwen_app.features.task.Task`.

    Args:
        chat: the turn as it would be without a composition. Its own system prompt stands after
            that of the composition.
        composed: what `qwen_app.features.prompts.compose.compose` gave.
    """

    chat: ChatTask
    composed: Composed

    def prepare(
        self, *, defaults: SamplingParams, context_length: int, count_tokens: CountTokens
    ) -> Prepared:
        """
        Raises:
            InvalidInput: see `ChatTask.prepare`.
            ContextTooLong: the message and the composition are too long.
        """
        if self.composed.is_whole:  # Keys, cells and list markers are repeated by nature.
            defaults = replace(defaults, repetition_penalty=1.0)
        system = "\n\n".join(filter(None, (self.composed.system, self.chat.system.strip())))
        prepared = replace(self.chat, system=system).prepare(
            defaults=defaults, context_length=context_length, count_tokens=count_tokens
        )
        if self.composed.constraint is None:
            return prepared
        request = replace(prepared.request, constraint=self.composed.constraint)
        return replace(prepared, request=request)

    def verify(self, text: str) -> Verdict:
        """Whether the answer keeps what the composition asks of it."""
        return judge(self.composed, text).verdict or self.chat.verify(text)
