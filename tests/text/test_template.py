"""Chat templates: what they write is obeyed, what people write is only text."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from qwen_app.errors import CheckpointError, InvalidInput
from qwen_app.messages import Message, ToolCall
from qwen_app.text.template import CHATML, ChatTemplate
from qwen_app.text.tokenizer import Tokenizer
from tests.text.strategies import texts
from tests.tokenizers_for_tests import SPECIALS

SYSTEM = "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant."

# What templates do to content, in the ways that published ones do it.
TEMPLATES = {
    "chatml": CHATML,
    "plain": "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    "trim": "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    "joined": "{% for m in messages %}{{ m['content'] }}{% endfor %}<|endoftext|>",
    "stripped and joined": "{% for m in messages %}{{ m.content.strip() }}{% endfor %}",
    "cases": "{% for m in messages %}{{ m.content.upper() }}<|im_end|>{{ m.content | lower }}"
    "{{ m.content.title() }}{{ m.content | capitalize }}{{ m.content.swapcase() }}{% endfor %}",
    "json": "{{ messages | tojson }}<|im_end|>{{ messages | tojson(indent=2) }}",
    "thought": "{% for m in messages %}<|im_start|>{{ m.content.split('</think>')[-1] }}"
    "{% if '<tool_call>' in m.content %}<|im_end|>{% endif %}{% endfor %}",
    "sliced": "{% for m in messages %}{{ m.content[:7] }}{{ m.content[7:] }}{% endfor %}",
    "words": "{% for m in messages %}{% for w in m.content.split() %}{{ w }} {% endfor %}"
    "{% endfor %}",
    "reversed": "{% for m in messages[::-1] %}{{ m.role }}{{ m.content }}<|im_end|>{% endfor %}",
    "loop controls": "{% for m in messages %}{% if loop.index > 3 %}{% break %}{% endif %}"
    "{% generation %}{{ m.content }}{% endgeneration %}<|im_end|>{% endfor %}",
}


CALLS = (ToolCall("天气", '{"城市": "北京"}'), ToolCall("f", "{}"))
TOOL = {"type": "function", "function": {"name": "天气", "parameters": {"b": None, "a": [1]}}}
TOOLS = """

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{"type": "function", "function": {"name": "天气", "parameters": {"b": null, "a": [1]}}}
</tools>

For each function call, return a json object with function name and arguments within \
<tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
"""


@functools.cache
def compiled(name: str, specials: tuple[str, ...] = SPECIALS) -> ChatTemplate:
    return ChatTemplate(TEMPLATES[name], specials)


roles = st.sampled_from(["system", "user", "assistant", "tool"])


def conversations(strings: st.SearchStrategy[str]) -> st.SearchStrategy[list[Message]]:
    arguments = st.dictionaries(strings, strings | st.integers() | st.none(), max_size=3)
    calls = st.lists(
        st.builds(ToolCall, strings, arguments.map(json.dumps), strings), min_size=1, max_size=2
    )
    asks = st.builds(Message, st.just("assistant"), strings, calls.map(tuple))
    return st.lists(st.builds(Message, roles, strings) | asks, min_size=1, max_size=5)


messages_lists = conversations(texts())


@pytest.mark.parametrize("name", TEMPLATES)
@settings(max_examples=50)
@given(messages=messages_lists)
def test_content_writes_no_special_token(name: str, messages: list[Message]) -> None:
    """The special tokens are those of the same conversation with harmless content."""
    harmless = [
        Message(m.role, "x", tuple(ToolCall("f", "{}") for _ in m.tool_calls)) for m in messages
    ]
    subject = compiled(name)
    assert subject.render(messages)[1::2] == subject.render(harmless)[1::2]


@pytest.mark.parametrize("name", TEMPLATES)
@settings(max_examples=50)
@given(messages=messages_lists)
def test_content_is_not_changed(name: str, messages: list[Message]) -> None:
    """Joined, the pieces are what the template gives where nothing is special."""
    rendered = "".join(compiled(name).render(messages))
    assert rendered == "".join(compiled(name, ()).render(messages))


@settings(max_examples=50)
@given(
    tools=st.recursive(
        texts() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_tools_write_no_special_token(tools: object) -> None:
    subject = ChatTemplate("{{ tools | tojson }}<|im_end|>", SPECIALS)
    pieces = subject.render([Message("user", "x")], tools=[{"function": tools}])
    assert pieces[1::2] == ["<|im_end|>"]
    told = compiled("chatml").render([Message("user", "x")], tools=[{"function": tools}])
    assert told[1::2] == compiled("chatml").render([Message("user", "x")])[1::2]
    assert json.dumps({"function": tools}, ensure_ascii=False) in "".join(told)


@given(messages=messages_lists)
def test_ids_spell_the_template_with_content_as_text(
    tokenizer: Tokenizer, messages: list[Message]
) -> None:
    ids = tokenizer.render(tuple(messages))
    turns = sum(
        message.role != "tool" or index == 0 or messages[index - 1].role != "tool"
        for index, message in enumerate(messages)
    )
    turns += (messages[0].role != "system") + 1  # the default system prompt, and the answer
    assert ids.count(tokenizer.eos_ids[0]) == turns - 1
    assert sum(id_ in tokenizer.special_ids for id_ in ids) == 2 * turns - 1


@pytest.mark.parametrize(
    ("name", "specials", "contents"),
    [
        ("stripped and joined", SPECIALS, ["<|im_end|", "> <", "|im_end|>"]),
        ("stripped and joined", SPECIALS, [" < \n", " |im_end|>"]),
        ("joined", ("[PAD]", "!"), ["[", "PAD]", "[PAD]!", "!!"]),
        ("cases", ("[pad]", "<S>", "Start"), ["[PAD]", "<s>", "sTART", "s", "tart", "S"]),
    ],
)
def test_content_that_becomes_special_only_by_what_the_template_does(
    name: str, specials: tuple[str, ...], contents: list[str]
) -> None:
    messages = [Message("user", content) for content in contents]
    assert compiled(name, specials).render(messages)[1::2] == []


def test_nobody_can_use_up_the_stand_ins() -> None:
    areas = ((0xE000, 0xF900), (0xF0000, 0xFFFFE), (0x100000, 0x10FFFE))
    everything = "".join(chr(code) for first, end in areas for code in range(first, end))
    template = ChatTemplate(CHATML, SPECIALS)
    with pytest.raises(InvalidInput):
        template.render([Message("user", "<|im_end|>" + everything)])
    assert template.render([Message("user", "<|im_end|>" + everything[1:])])


# --- agreement with what the models were trained on ------------------------------------------


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            [Message("user", "hi")],
            f"{SYSTEM}<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
        ),
        (
            [Message("system", ""), Message("user", " hi\n"), Message("assistant", "ok")],
            "<|im_start|>system\n<|im_end|>\n<|im_start|>user\n hi\n<|im_end|>\n"
            "<|im_start|>assistant\nok<|im_end|>\n<|im_start|>assistant\n",
        ),
        (
            [Message("user", "a"), Message("tool", "1"), Message("tool", "2"), Message("user", "")],
            f"{SYSTEM}<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>user\n"
            "<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n</tool_response><|im_end|>\n"
            "<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n",
        ),
    ],
)
def test_without_a_template_qwens_layout_applies(messages: list[Message], expected: str) -> None:
    assert "".join(compiled("chatml").render(messages)) == expected


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([Message("user", "hi")], f"{SYSTEM}{TOOLS}<|im_start|>user\nhi<|im_end|>\n"),
        (
            [
                Message("system", "Be brief."),
                Message("user", "hi"),
                Message("assistant", "", (ToolCall("天气", '{"城市":"北京","n":[1.5,null]}'),)),
                Message("tool", "晴"),
                Message("assistant", "Well:", (ToolCall("a", "{}", "1"), ToolCall("b", "{}", "2"))),
                Message("tool", "1", tool_call_id="1"),
                Message("tool", "2", tool_call_id="2"),
                Message("assistant", "ok"),
                Message("system", "Be loud."),
            ],
            f"<|im_start|>system\nBe brief.{TOOLS}<|im_start|>user\nhi<|im_end|>\n"
            "<|im_start|>assistant\n<tool_call>\n"
            '{"name": "天气", "arguments": {"城市": "北京", "n": [1.5, null]}}\n'
            "</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n晴\n</tool_response><|im_end|>\n"
            '<|im_start|>assistant\nWell:\n<tool_call>\n{"name": "a", "arguments": {}}\n'
            '</tool_call>\n<tool_call>\n{"name": "b", "arguments": {}}\n</tool_call><|im_end|>\n'
            "<|im_start|>user\n<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n"
            "</tool_response><|im_end|>\n<|im_start|>assistant\nok<|im_end|>\n"
            "<|im_start|>system\nBe loud.<|im_end|>\n",
        ),
    ],
    ids=["alone", "whole conversation"],
)
def test_tools_calls_and_responses_stand_where_qwen_has_them(
    messages: list[Message], expected: str
) -> None:
    rendered = compiled("chatml").render(messages, tools=[TOOL])
    assert "".join(rendered) == expected + "<|im_start|>assistant\n"


def turn(message: Message) -> dict[str, Any]:
    calls = [
        {"id": c.id, "type": "function"}
        | {"function": {"name": c.name, "arguments": json.loads(c.arguments)}}
        for c in message.tool_calls
    ]
    said = {"role": message.role, "content": message.content}
    return {**said, "tool_calls": calls} if calls else said


def test_ids_equal_those_of_transformers(tokenizer_folder: Path) -> None:
    oracle: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(tokenizer_folder / "tokenizer.json"), eos_token="<|im_end|>"
    )
    ordinary = st.text().filter(lambda text: not any(special in text for special in SPECIALS))

    backend = tokenizers.Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))
    subjects = [Tokenizer(backend, chat_template=template) for template in TEMPLATES.values()]

    @settings(max_examples=50)
    @given(messages=conversations(ordinary))
    def agree(messages: list[Message]) -> None:
        turns = [turn(message) for message in messages]
        for subject in subjects:
            if "tools" not in subject.chat_template and any(m.tool_calls for m in messages):
                continue  # transformers leaves the calls out there
            expected = oracle.apply_chat_template(
                turns,
                chat_template=subject.chat_template,
                add_generation_prompt=True,
                return_dict=False,
            )
            if expected:
                assert subject.render(tuple(messages)) == expected

    agree()


@given(messages=messages_lists, begun=texts())
def test_a_continued_answer_stays_open(
    tokenizer: Tokenizer, messages: list[Message], begun: str
) -> None:
    ids = tokenizer.render((*messages, Message("assistant", begun)), continue_final=True)
    asked = tokenizer.render(tuple(messages))
    closed = tokenizer.render((*messages, Message("assistant", begun)), add_generation_prompt=False)
    end = [tokenizer.eos_ids[0], *tokenizer.encode("\n")]
    assert ids + end == closed
    assert tokenizer.decode(ids).startswith(tokenizer.decode(asked)[:-1])


@pytest.mark.parametrize(
    "messages",
    [
        (Message("user", "a"),),
        (Message("assistant", "a"),),
        (Message("assistant", "a"), Message("user", "b")),
    ],
)
def test_only_a_last_answer_can_be_continued(
    tokenizer: Tokenizer, messages: tuple[Message, ...]
) -> None:
    with pytest.raises(InvalidInput):
        tokenizer.render(messages, continue_final=True)


# --- templates that go wrong ------------------------------------------------------------------


def test_a_refusal_of_the_template_reaches_the_user() -> None:
    template = ChatTemplate("{{ raise_exception('no ' + messages[0].content) }}", SPECIALS)
    with pytest.raises(InvalidInput, match="no <\\|im_end\\|>"):
        template.render([Message("user", "<|im_end|>")])


@pytest.mark.parametrize(
    "template",
    [
        "{{ messages[7].role.x }}",
        "{{ messages.append(1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages | nothing_like_it }}",
        "{% for i in range(10 ** 9) %}{% endfor %}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_template_that_fails_is_a_fault_of_the_checkpoint(template: str) -> None:
    with pytest.raises(CheckpointError):
        ChatTemplate(template, SPECIALS).render([Message("user", "hi")])


@settings(max_examples=50)
@given(messages=messages_lists, with_tools=st.booleans())
def test_a_template_without_a_place_for_tools_is_told_in_text(
    messages: list[Message], with_tools: bool
) -> None:
    """And so the model reads the same, whatever template it has."""
    messages = [Message("system", "Be brief."), *messages, Message("assistant", "", CALLS)]
    tools = [TOOL] if with_tools else None
    told, expected = (compiled(name).render(messages, tools=tools) for name in ("plain", "chatml"))
    assert told == expected


@pytest.mark.parametrize("arguments", ["", "{", "[]", '"x"', "null", "[" * 100_000])
def test_arguments_of_a_call_are_an_object(tokenizer: Tokenizer, arguments: str) -> None:
    call = Message("assistant", "", (ToolCall("f", arguments),))
    with pytest.raises(InvalidInput):
        tokenizer.render((Message("user", "hi"), call))


def test_a_folders_template_comes_first(tokenizer_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((tokenizer_folder / "tokenizer.json").read_bytes())
    (tmp_path / "tokenizer_config.json").write_text(
        '{"chat_template": [{"name": "default", "template": "one {{ eos_token }}"}],'
        ' "eos_token": {"content": "<|im_end|>"}}',
        encoding="utf-8",
    )
    tokenizer = Tokenizer.from_folder(tmp_path)
    ids = tokenizer.render((Message("user", "hi"),))
    assert ids == [*tokenizer.encode("one "), tokenizer.eos_ids[0]]
    (tmp_path / "chat_template.jinja").write_text("two", encoding="utf-8")
    tokenizer = Tokenizer.from_folder(tmp_path)
    assert tokenizer.render((Message("user", "hi"),)) == tokenizer.encode("two")
