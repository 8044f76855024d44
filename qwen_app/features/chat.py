"""Free conversation: from what the page holds to one request of the generator."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from qwen_app.errors import ContextTooLong, InvalidInput, UnsupportedField
from qwen_app.features.json_mode.demand import Demand, demand_of
from qwen_app.features.task import CountTokens, Prepared
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Message, Request, SamplingParams

ANSWER_TOKENS: Final = 1024
"""Limit of an answer unless the reader sets one: a small model that repeats itself would
otherwise go on until the context is full."""


@dataclass(frozen=True, slots=True)
class SamplingField:
    """A sampling parameter that the reader may set, with the range that the page offers."""

    name: str
    """A field of `SamplingParams`."""
    low: float
    high: float
    step: float
    """1 means whole numbers."""


SAMPLING_FIELDS: Final = (
    SamplingField("temperature", 0, 2, 0.05),
    SamplingField("top_p", 0.05, 1, 0.05),
    SamplingField("top_k", 0, 200, 1),
    SamplingField("min_p", 0, 1, 0.01),
    SamplingField("repetition_penalty", 0.5, 2, 0.05),
    SamplingField("presence_penalty", -2, 2, 0.1),
    SamplingField("frequency_penalty", -2, 2, 0.1),
    SamplingField("max_tokens", 1, 32_768, 1),
    SamplingField("seed", 0, 2**31 - 1, 1),
)


def chat_defaults(model: SamplingParams) -> SamplingParams:
    """What a chat uses where the reader sets nothing: the model's own, and a bounded answer."""
    if model.max_tokens is not None:
        return model
    return replace(model, max_tokens=ANSWER_TOKENS)


def apply_overrides(defaults: SamplingParams, overrides: Mapping[str, object]) -> SamplingParams:
    """``defaults`` with what the reader set.

    Raises:
        UnsupportedField: a name that is not in `SAMPLING_FIELDS`.
        InvalidInput: not a number, or out of its range.
    """
    fields = {f.name: f for f in SAMPLING_FIELDS}
    values: dict[str, float | int] = {}
    for name, value in overrides.items():
        if name not in fields:
            raise UnsupportedField(
                f"{name} is not a setting of the chat; use one of {', '.join(fields)}.",
                f"对话没有名为 {name} 的设置；可用的有：{', '.join(fields)}。",
                param=name,
            )
        values[name] = _in_range(fields[name], value)
    # The names were checked above, which the type checker cannot see through `**`.
    return replace(defaults, **values)  # type: ignore[arg-type]


def _in_range(spec: SamplingField, value: object) -> float | int:
    number = (
        value
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        else None
    )
    whole = spec.step == 1
    if number is None or not spec.low <= number <= spec.high or (whole and number != int(number)):
        low, high = f"{spec.low:g}", f"{spec.high:.10g}"
        kind_en, kind_zh = ("a whole number", "整数") if whole else ("a number", "数字")
        raise InvalidInput(
            f"{spec.name} must be {kind_en} from {low} to {high}, not {value!r}.",
            f"{spec.name} 必须是 {low} 到 {high} 之间的{kind_zh}，而不是 {value!r}。",
            param=spec.name,
        )
    return int(number) if whole else float(number)


@dataclass(frozen=True, slots=True)
class ChatTask:
    """One turn of a conversation.

    Args:
        messages: user and assistant in turn, the newest last, which is the user's.
        system: the system prompt; empty leaves it to the model's chat template.
        overrides: sampling parameters that the reader set, by name.
    """

    messages: tuple[Message, ...]
    system: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)

    def prepare(
        self, *, defaults: SamplingParams, context_length: int, count_tokens: CountTokens
    ) -> Prepared:
        """Render the turn into a request that fits the context.

        Raises:
            InvalidInput: no message to answer, or a setting out of range.
            ContextTooLong: the last message alone (with the system prompt) is too long.
        """
        if not self.messages or self.messages[-1].role != "user":
            raise InvalidInput(
                "There is no message to answer: the last one must be the user's.",
                "没有要回答的消息：最后一条必须是用户的消息。",
                param="messages",
            )
        demand = self._demand()
        usual = chat_defaults(defaults)
        if demand is not None:  # Keys and brackets are repeated by nature.
            usual = replace(usual, repetition_penalty=1.0)
        sampling = apply_overrides(usual, self.overrides)
        room = min(sampling.max_tokens or ANSWER_TOKENS, context_length // 2)
        budget = context_length - room
        dropped = self._to_drop(budget, count_tokens)
        constraint = demand.constraint() if demand is not None else None
        return Prepared(Request(self._prompt(dropped), sampling, constraint), dropped)

    def verify(self, text: str) -> Verdict:
        """A free answer makes no claim that a program could check; one that was to be JSON is."""
        demand = self._demand()
        if demand is not None:
            return demand.verify(text)
        return Verdict(
            "unchecked",
            "Free text cannot be checked by a program. A model of this size is often wrong:"
            " check what matters.",
            "自由文本无法由程序核对。这种规模的模型常会出错，重要内容请自行核实。",
        )

    def _demand(self) -> Demand | None:
        """The JSON that the last message asks for, or the system prompt for all of them."""
        last = self.messages[-1].content if self.messages else ""
        return demand_of(last) or demand_of(self.system)

    def _prompt(self, dropped: int) -> tuple[Message, ...]:
        system = (Message("system", self.system),) if self.system.strip() else ()
        return system + self.messages[dropped:]

    def _to_drop(self, budget: int, count_tokens: CountTokens) -> int:
        """How many of the oldest messages to leave out, so that the prompt has at most
        ``budget`` tokens.

        Dropping just enough would move the start of the prompt at every turn, and the prefix
        cache would never match again. So the excess is rounded up to a quarter of the budget:
        the start stays where it is until the conversation has grown by that much.
        """
        total = count_tokens(self._prompt(0))
        if total <= budget:
            return 0
        quarter = max(1, budget // 4)
        target = total - math.ceil((total - budget) / quarter) * quarter
        # Only before a user's message may a conversation begin.
        starts = [i for i, m in enumerate(self.messages) if m.role == "user"]
        low, high = 0, len(starts) - 1
        while low < high:  # The count falls as more is dropped: search by halves.
            middle = (low + high) // 2
            if count_tokens(self._prompt(starts[middle])) <= target:
                high = middle
            else:
                low = middle + 1
        left = count_tokens(self._prompt(starts[low]))
        if left > budget:
            raise ContextTooLong(
                f"This message has {left} tokens with the system prompt, and the context has"
                f" room for {budget}. Shorten it, or lower max_tokens.",
                f"这条消息连同系统提示词有 {left} 个 token，而上下文只容得下 {budget} 个。"
                "请缩短消息，或调低 max_tokens。",
                param="messages",
            )
        return starts[low]
