"""One text, one schema, one document."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from qwen_app.decoding.json_schema.compile import compile_schema
from qwen_app.decoding.json_schema.report import Entry
from qwen_app.decoding.json_schema.spec import JsonSchema, Layout
from qwen_app.errors import ContextTooLong, InvalidConstraint, InvalidInput
from qwen_app.features.chat import apply_overrides
from qwen_app.features.json_mode.grounding import Grounding, grounding
from qwen_app.features.json_mode.prompt import build_messages
from qwen_app.features.task import CountTokens, Prepared
from qwen_app.features.verdict import Verdict
from qwen_app.messages import Request, SamplingParams

DOCUMENT_TOKENS: Final = 1024
"""Limit of a document unless the reader sets one."""
_LEAST_ROOM: Final = 16
"""Tokens without which not even a small document could be written."""
_MOST_VIOLATIONS: Final = 3
_LONGEST_SHOWN: Final = 30


def json_defaults(model: SamplingParams) -> SamplingParams:
    """What JSON mode uses where the reader sets nothing.

    What a text says is read, not made up, so the likeliest token is taken; and a penalty on
    repetition would punish the keys and brackets that documents repeat by nature.
    """
    return replace(
        model,
        temperature=0.0,
        repetition_penalty=1.0,
        presence_penalty=0.0,
        frequency_penalty=0.0,
        max_tokens=DOCUMENT_TOKENS,
    )


@dataclass(frozen=True, slots=True)
class JsonTask:
    """Read ``text`` and answer with a document of ``schema``.

    Args:
        text: what to read.
        schema: JSON text of a JSON Schema.
        instructions: what the reader wants besides.
        layout: of the document.
        overrides: sampling parameters that the reader set, by name.
        grounded: strings and numbers are taken from the text; for reading, not for summaries or
            translations.
    """

    text: str
    schema: str
    instructions: str = ""
    layout: Layout = "pretty"
    overrides: Mapping[str, object] = field(default_factory=dict)
    grounded: bool = False

    def prepare(
        self, *, defaults: SamplingParams, context_length: int, count_tokens: CountTokens
    ) -> Prepared:
        """Raises:
        InvalidInput: there is no text, or a setting is out of range.
        InvalidConstraint: the schema cannot be used; the text says why.
        ContextTooLong: text and schema leave no room for a document.
        """
        if not self.text.strip():
            raise InvalidInput(
                "There is no text to read: write or paste one.",
                "没有可读取的文本：请输入或粘贴一段文本。",
                param="text",
            )
        sampling = apply_overrides(json_defaults(defaults), self.overrides)
        compile_schema(self.schema)  # Its errors before any work.
        messages = build_messages(self.text, self.schema, self.instructions)
        used = count_tokens(messages)
        room = context_length - used
        if room < _LEAST_ROOM:
            raise ContextTooLong(
                f"Text and schema have {used} tokens, and the context holds {context_length}:"
                " there is no room for a document. Shorten the text or the schema.",
                f"文本与 Schema 共 {used} 个 token，而上下文只有 {context_length} 个，"
                "没有留给文档的空间。请缩短文本或 Schema。",
                param="text",
            )
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens or room, room))
        source = self.text if self.grounded else None
        return Prepared(Request(messages, sampling, JsonSchema(self.schema, self.layout, source)))

    def verify(self, text: str) -> Verdict:
        """Whether the document is valid, and what of that was enforced and what checked."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            return Verdict(
                "wrong",
                f"This is not one complete JSON document ({error}).",
                f"这不是一个完整的 JSON 文档（{error}）。",
                is_shown=True,
            )
        try:
            compiled = compile_schema(self.schema)
        except InvalidConstraint as error:
            return Verdict("unchecked", error.en, error.zh, is_shown=True)
        if violations := compiled.validate(document)[:_MOST_VIOLATIONS]:
            return Verdict(
                "wrong",
                "The document is not valid: " + "; ".join(v.en for v in violations) + ".",
                "文档不符合 Schema：" + "；".join(v.zh for v in violations) + "。",
                is_shown=True,
            )
        report = compiled.report
        held_en, held_zh = _held(grounding(document, compiled, self.text))
        return Verdict(
            "right",
            "The document is valid under the schema."
            f" {_listed(report.enforced, 'Enforced while it was written: {}.')}"
            f" {_listed(report.checked, 'Checked when it was complete: {}.')}".rstrip()
            + f"{held_en} Whether each value is the right one for its key is not checked.",
            "文档符合 Schema。"
            f"{_listed(report.enforced, '生成时强制：{}。', '、')}"
            f"{_listed(report.checked, '完成后检查：{}。', '、')}"
            f"{held_zh}各项内容是否填对了字段未核对。",
            is_shown=True,
            claim="valid",
        )


def _held(found: Grounding) -> tuple[str, str]:
    """What of the values stands in the text, in both languages."""
    if not found.looked_for:
        return "", ""
    if not found.missing:
        return (
            f" Its names and numbers ({found.looked_for}) all stand in the text.",
            f"其中 {found.looked_for} 处文字与数字均见于原文。",
        )
    shown = [_shortened(value) for value in found.missing[:_MOST_VIOLATIONS]]
    count = len(found.missing)
    return (
        f" Not in the text as they stand: {', '.join(shown)}"
        f"{' and others' if count > len(shown) else ''}"
        f" ({count} of {found.looked_for} names and numbers).",
        f"原文中没有：{'、'.join(shown)}{'等' if count > len(shown) else ''}"
        f"（{found.looked_for} 处文字与数字中的 {count} 处）。",
    )


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"


def _listed(entries: Sequence[Entry], sentence: str, comma: str = ", ") -> str:
    keywords = dict.fromkeys(entry.keyword for entry in entries)
    return sentence.format(comma.join(keywords)) if keywords else ""
