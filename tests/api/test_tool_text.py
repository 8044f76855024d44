"""Calls cut out of an answer's text, however it comes in pieces."""

import json
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from qwen_app.api.tool_text import Arguments, CallBegins, CallEnds, Content, Event, ToolText
from qwen_app.errors import GenerationFailed


def call(name: str, arguments: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'


def read(pieces: Sequence[str], *, or_document: bool = False) -> list[Event]:
    """Events, neighbouring pieces of one kind joined."""
    text = ToolText(or_document=or_document)
    events = [event for piece in pieces for event in text.append(piece)]
    joined: list[Event] = []
    for event in (*events, *text.flush()):
        last = joined[-1] if joined else None
        if isinstance(event, Content) and isinstance(last, Content):
            joined[-1] = Content(last.text + event.text)
        elif isinstance(event, Arguments) and isinstance(last, Arguments):
            joined[-1] = Arguments(last.text + event.text)
        else:
            joined.append(event)
    return joined


def called(name: str, arguments: str) -> list[Event]:
    return [CallBegins(name), Arguments(arguments), CallEnds()]


TRICKY = r'{"a":"}</tool_call>\"{[\\","b":[{"c":{}}],"中":"👍🏽\u00e9"}'

CASES: dict[str, tuple[str, list[Event]]] = {
    "nothing": ("", []),
    "text": ("  hello\n", [Content("  hello\n")]),
    "one call": (call("f", "{}"), called("f", "{}")),
    "text and a call": ("好的。\n\n" + call("f", "{}"), [Content("好的。"), *called("f", "{}")]),
    "only white space before": ("\n " + call("f", "{}"), called("f", "{}")),
    "two calls": (
        call("f", '{"a":1}') + "\n" + call("g-2_X", TRICKY) + "\n",
        [*called("f", '{"a":1}'), *called("g-2_X", TRICKY)],
    ),
    "text after": (call("f", "{}") + "\n done ", [*called("f", "{}"), Content("done ")]),
    "laid out": (
        call("f", '{\n  "a": {\n    "b": "}"\n  }\n}'),
        called("f", '{\n  "a": {\n    "b": "}"\n  }\n}'),
    ),
    "no marker after all": ("a < b <tool_cal> <tool_", [Content("a < b <tool_cal> <tool_")]),
    "marker begun twice": ("<tool<tool_call", [Content("<tool<tool_call")]),
    "cut in the head": ('x<tool_call>\n{"name": "f"', [Content("x")]),
    "cut in the arguments": (
        '<tool_call>\n{"name": "f", "arguments": {"a',
        [CallBegins("f"), Arguments('{"a')],
    ),
    "cut in the tail": (call("f", "{}")[:-3], [CallBegins("f"), Arguments("{}")]),
}


@pytest.mark.parametrize("text, events", CASES.values(), ids=CASES)  # noqa: PT006
def test_what_an_answer_says(text: str, events: list[Event]) -> None:
    assert read([text]) == events
    assert read(list(text)) == events


@given(data=st.data(), name=st.sampled_from(sorted(CASES)))
def test_pieces_make_no_difference(data: st.DataObject, name: str) -> None:
    text, events = CASES[name]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read(pieces) == events


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    arguments=st.dictionaries(st.text(), json_values, max_size=4),
    ascii_only=st.booleans(),
    indent=st.none() | st.just(2),
    size=st.integers(1, 9),
)
def test_any_object_comes_out_as_it_went_in(
    arguments: dict[str, object], ascii_only: bool, indent: int | None, size: int
) -> None:
    written = json.dumps(arguments, ensure_ascii=ascii_only, indent=indent)
    text = "x\n" + call("f", written)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert read(pieces) == [Content("x"), *called("f", written)]


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    "text",
    [
        call("f g", "{}"),
        call("f" * 300, "{}"),
        "<tool_call>\nlet me think " + "x" * 300,
        '<tool_call>\n{"arguments": {}, "name": "f"}\n</tool_call>' + " " * 200,
        call("f", "{a:1}"),
        call("f", '{"a":[}]'),
        call("f", '{"a":1}') .replace("}}", "} and more than that}"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_never_a_call(text: str, size: int) -> None:
    with pytest.raises(GenerationFailed):
        read([text[at : at + size] for at in range(0, len(text), size)])


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ('{"a":"<tool_call>"}', [Content('{"a":"<tool_call>"}')]),
        ('"<tool_call>', [Content('"<tool_call>')]),
        (call("f", "{}"), called("f", "{}")),
        (
            call("f", "{}") + "\n" + call("g", "{}"),
            [*called("f", "{}"), *called("g", "{}")],
        ),
        ("", []),
    ],
)
def test_in_a_document_a_marker_is_text(text: str, events: list[Event]) -> None:
    assert read([text], or_document=True) == events
    assert read(list(text), or_document=True) == events


def test_nothing_is_held_longer_than_need_be() -> None:
    text = ToolText()
    seen = [list(text.append(piece)) for piece in ("a b", " <", "b> ", "c")]
    assert seen == [[Content("a b")], [], [Content(" <b>")], [Content(" c")]]
