"""A checkpoint's chat template: a conversation in, text and special tokens in order out.

What the template writes may become special tokens; what people and models wrote may not, or a
message that contains ``<|im_end|>`` would end its turn and speak for the system. So wherever
content could begin a special token, the first character is exchanged for a private-use character
that occurs nowhere in the input, and put back after the rendered text was cut at the special
tokens. No filter of a template can tell such a character from a letter, and nobody can forge it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

import jinja2
import jinja2.ext
import jinja2.meta
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.messages import Message
from qwen_app.text.plain_tools import AFTER_TOOLS, BEFORE_TOOLS, arguments_of, spelled_out

CHATML = """\
{%- set own_system = messages[0].role == 'system' %}
{{- '<|im_start|>system\\n' }}
{%- if own_system %}
{{- messages[0].content }}
{%- else %}
{{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
{%- endif %}
{%- if tools %}
{{- '\\n\\n' ~ BEFORE_TOOLS }}
{%- for tool in tools %}
{{- '\\n' ~ (tool | tojson) }}
{%- endfor %}
{{- AFTER_TOOLS }}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- for message in (messages[1:] if own_system else messages) %}
{%- if message.role == 'tool' %}
{%- if loop.previtem is not defined or loop.previtem.role != 'tool' %}
{{- '<|im_start|>user' }}
{%- endif %}
{{- '\\n<tool_response>\\n' ~ message.content ~ '\\n</tool_response>' }}
{%- if loop.nextitem is not defined or loop.nextitem.role != 'tool' %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- elif message.tool_calls %}
{{- '<|im_start|>assistant' }}
{%- if message.content %}
{{- '\\n' ~ message.content }}
{%- endif %}
{%- for call in message.tool_calls %}
{{- '\\n<tool_call>\\n{"name": "' ~ call.function.name ~ '", "arguments": ' }}
{{- (call.function.arguments | tojson) ~ '}\\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\\n' }}
{%- else %}
{{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}
""".replace("BEFORE_TOOLS", json.dumps(BEFORE_TOOLS)).replace(
    "AFTER_TOOLS", json.dumps(AFTER_TOOLS)
)
"""How Qwen2.5 lays out a conversation; used when a checkpoint brings no template."""

_PRIVATE_USE = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))

T = TypeVar("T")


class ChatTemplate:
    """A compiled template. Thread-safe.

    Args:
        source: Jinja, as in ``tokenizer_config.json`` or ``chat_template.jinja``.
        specials: literals of the special tokens.
        variables: further names that the template may use, such as ``eos_token``.

    Raises:
        CheckpointError: the source is not a template.
    """

    def __init__(
        self, source: str, specials: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> None:
        self.source = source
        self._variables = dict(variables or {})
        self._guard = _Guard(source, specials)
        environment = _environment()
        try:
            names = jinja2.meta.find_undeclared_variables(environment.parse(source))
            self._template = environment.from_string(source)
        except jinja2.TemplateSyntaxError as error:
            raise CheckpointError(
                f"The model's chat template has a syntax error in line {error.lineno}: "
                f"{error.message}. Download the model's files again.",
                f"模型的对话模板第 {error.lineno} 行有语法错误：{error.message}。"
                "请重新下载模型文件。",
                param="chat_template",
            ) from error
        self._knows_tools = "tools" in names

    def render(
        self,
        messages: Sequence[Message],
        *,
        tools: list[dict[str, Any]] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[str]:
        """Text at even places, special-token literals at odd ones; joined, the whole prompt.

        A template that has no place for tools gets them, their calls and responses as text.

        Raises:
            InvalidInput: the template refuses this conversation, and says why; or the arguments
                of a tool call are no JSON object.
            CheckpointError: the template failed.
        """
        if not self._knows_tools and (tools or any(m.tool_calls for m in messages)):
            messages, tools = spelled_out(messages, tools or []), None
        turns = [_turn(message) for message in messages]
        turns, tools, restore = self._guard.protect((turns, tools))
        try:
            rendered = self._template.render(
                self._variables,
                messages=turns,
                tools=tools,
                documents=None,
                add_generation_prompt=add_generation_prompt,
            )
        except _Refused as refusal:
            raise InvalidInput(
                f"The model's chat template refuses this conversation: {restore(str(refusal))}",
                f"模型的对话模板不接受此对话：{restore(str(refusal))}",
                param="messages",
            ) from refusal
        except Exception as error:
            # Whatever a foreign template raises is a fault of the template, not of the request.
            raise CheckpointError(
                f"The model's chat template failed on this conversation: {restore(str(error))}",
                f"模型的对话模板处理此对话时出错：{restore(str(error))}",
                param="chat_template",
            ) from error
        return [restore(piece) for piece in self._guard.split(rendered)]


def _turn(message: Message) -> dict[str, Any]:
    """A message as templates written for transformers read it."""
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        turn["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": arguments_of(call)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        turn["tool_call_id"] = message.tool_call_id
    return turn


class _Guard:
    """Keeps special tokens out of content. See the module's text for how.

    A special token can come out of content only where its first two characters stand in it, or
    where its first one ends it and a template puts other content after that.
    """

    def __init__(self, source: str, specials: Sequence[str]) -> None:
        self._source = source
        longest_first = sorted(filter(None, specials), key=len, reverse=True)
        self._special = re.compile(f"({'|'.join(map(re.escape, longest_first)) or '(?!)'})")
        starts = {
            f"{re.escape(literal[0])}(?={re.escape(literal[1:2])}|\\s*\\Z)"
            for literal in longest_first
        }
        # A template may change the case of what it is given, so case does not count here.
        self._start = re.compile("|".join(sorted(starts)) or "(?!)", re.IGNORECASE)

    def split(self, rendered: str) -> list[str]:
        return self._special.split(rendered)

    def protect(
        self, values: tuple[list[dict[str, Any]], list[dict[str, Any]] | None]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None, Callable[[str], str]]:
        """The same values without any start of a special token, and what undoes it in a text."""
        starts = {found for text in _texts(values) for found in self._start.findall(text)}
        if not starts:
            return *values, lambda text: text
        used = set(self._source).union(*map(set, _texts(values)))
        stand_ins = dict(zip(sorted(starts), _unused(used), strict=False))
        if len(stand_ins) < len(starts):
            raise InvalidInput(
                "The messages use every private-use character of Unicode; remove some of them.",
                "消息中使用了 Unicode 的全部私有区字符，请删去一些。",
                param="messages",
            )
        back = str.maketrans({stand_in: start for start, stand_in in stand_ins.items()})

        def hide(text: str) -> str:
            return self._start.sub(lambda match: stand_ins[match[0]], text)

        messages, tools = values
        return _map_texts(messages, hide), _map_texts(tools, hide), lambda t: t.translate(back)


def _texts(value: object) -> Iterator[str]:
    """Every string in nested lists and dicts, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _map_texts(value: T, change: Callable[[str], str]) -> T:
    result: Any = value
    if isinstance(value, str):
        result = change(value)
    elif isinstance(value, Mapping):
        result = {_map_texts(k, change): _map_texts(v, change) for k, v in value.items()}
    elif isinstance(value, list | tuple):
        result = [_map_texts(item, change) for item in value]
    return result  # type: ignore[no-any-return]


def _unused(used: set[str]) -> Iterator[str]:
    codes = chain.from_iterable(range(first, last + 1) for first, last in _PRIVATE_USE)
    return (character for code in codes if (character := chr(code)) not in used)


# --- what templates written for transformers expect to find ---------------------------------


class _Refused(jinja2.TemplateError):
    """A template called ``raise_exception``."""


class _Generation(jinja2.ext.Extension):
    """``{% generation %}`` marks the assistant's text for training; rendering ignores it."""

    tags: set[str] = {"generation"}  # noqa: RUF012 - jinja2's own declaration

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_Generation, "jinja2.ext.loopcontrols"],
    )
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    environment.filters["tojson"] = _tojson
    return environment


def _raise_exception(message: str) -> None:
    raise _Refused(message)


def _strftime_now(pattern: str) -> str:
    return datetime.now().strftime(pattern)


def _tojson(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )
