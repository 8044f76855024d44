"""The second path: what no query answers. Definitions and summaries are free text, which no
program can check, and are marked so."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from qwen_app.errors import ContextTooLong, InvalidInput, Language
from qwen_app.features.chat import chat_defaults
from qwen_app.features.prompts.compose import Composed
from qwen_app.features.prompts.verdict import judge
from qwen_app.features.tables.prompt import Turn
from qwen_app.features.tables.table import Table
from qwen_app.features.task import CountTokens, Prepared
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Message, Request, SamplingParams

Path = Literal["query", "text"]

_TEXT: Final = re.compile(
    r"总结|概括|概述|归纳|解释|什么意思|是什么含义|介绍一下|描述一下|说明一下|这张表(?:讲|说|是)"
    r"|\b(?:summar|describe|explain|define|overview|what does .{1,60} mean|meaning of"
    r"|what is this table|tell me about)",
    re.IGNORECASE,
)
_MOST_ROWS: Final = 30
_ANSWER_TOKENS: Final = 512
_UNCHECKED: Final[dict[Language, str]] = {
    "en": "Free text about the table, without a query: its figures and names were not checked.",
    "zh": "这是关于表格的自由文本，没有经过查询：其中的数字与名称未经核对。",
}
_INSTRUCTION: Final = "Answer the question about this table in its language, briefly."


def path_of(question: str) -> Path:
    """Which way a question goes unless the reader says otherwise."""
    return "text" if _TEXT.search(question) else "query"


@dataclass(frozen=True, slots=True)
class TableTextTask:
    """A question that is answered in free text from the table's first rows."""

    table: Table
    question: str
    turns: tuple[Turn, ...] = ()
    composed: Composed | None = None
    """From the prompt library: its text stands before the table, and its limits hold."""

    def prepare(
        self, *, defaults: SamplingParams, context_length: int, count_tokens: CountTokens
    ) -> Prepared:
        """The table is shortened row by row until it fits; ``dropped`` counts earlier turns,
        none of which are sent.

        Raises:
            InvalidInput: there is no question.
            ContextTooLong: not even the header fits.
        """
        if not self.question.strip():
            raise InvalidInput("There is no question.", "请输入一个问题。", param="question")
        sampling = chat_defaults(defaults)
        constraint = None
        if self.composed is not None:
            constraint = self.composed.constraint
            if self.composed.is_whole:  # Keys, cells and list markers are repeated by nature.
                sampling = replace(sampling, repetition_penalty=1.0)
        room = min(sampling.max_tokens or _ANSWER_TOKENS, context_length // 2)
        for rows in (_MOST_ROWS, 15, 7, 3, 1, 0):
            messages = self._messages(rows)
            if count_tokens(messages) + room <= context_length:
                return Prepared(Request(messages, sampling, constraint), len(self.turns))
        raise ContextTooLong(
            "The table's columns do not fit this model's context.",
            "表格的列数超出了该模型的上下文。",
            param="table",
        )

    def verify(self, text: str) -> Verdict:
        kept = judge(self.composed, text).verdict if self.composed is not None else None
        if kept is not None and kept.status == "wrong":
            return kept
        return Verdict(
            "unchecked",
            _UNCHECKED["en"] + (f" {kept.en}" if kept is not None else ""),
            _UNCHECKED["zh"] + (kept.zh if kept is not None else ""),
            is_shown=True,
        )

    def _messages(self, rows: int) -> tuple[Message, ...]:
        lines = [" | ".join(self.table.names)]
        for _, row in zip(range(rows), self.table.texts(), strict=False):
            lines.append(" | ".join(text[:60].replace("\n", " ") for text in row))
        if self.table.rows > rows:
            lines.append(f"… ({self.table.rows})")
        caption = [self.table.caption[:200]] if self.table.caption else []
        told = [self.composed.system] if self.composed is not None else []
        content = "\n".join([*told, _INSTRUCTION, *caption, *lines])
        return Message("system", content), Message("user", self.question.strip())
