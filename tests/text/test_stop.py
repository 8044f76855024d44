"""Stop strings: everything before the first one, nothing after it, nothing too early."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.text.stop import StopStrings

# Two letters make overlaps and false starts likely; the rest are characters of several bytes.
texts = st.text(alphabet="ab", max_size=40) | st.text(alphabet="ab你👍\u200d\n", max_size=20)
stops_lists = st.lists(
    st.text(alphabet="ab", min_size=1, max_size=6) | st.text(alphabet="ab你👍", min_size=1),
    max_size=4,
)


def expected(text: str, stops: Iterable[str]) -> str:
    return text[: min((at for stop in stops if (at := text.find(stop)) >= 0), default=len(text))]


def feed(stops: list[str], pieces: list[str]) -> tuple[list[str], bool]:
    watch = StopStrings(stops)
    passed = [*(watch.append(piece) for piece in pieces), watch.flush()]
    return passed, watch.stopped


@given(text=texts, stops=stops_lists, cuts=st.lists(st.integers(0, 40)))
@example(text="abcd", stops=["bc", "abcd"], cuts=[3])
@example(text="abc", stops=["bc", "abcd"], cuts=[])
@example(text="aab", stops=["ab"], cuts=[1, 2])
def test_the_text_up_to_the_first_stop_string_passes(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    ends = [*sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    passed, stopped = feed(stops, pieces)
    assert "".join(passed) == expected(text, stops)
    assert stopped == any(stop in text for stop in stops)


@given(text=texts, stops=stops_lists)
def test_held_back_is_only_what_may_still_belong_to_a_stop_string(
    text: str, stops: list[str]
) -> None:
    """After each character, whatever passed is the longest text that no continuation takes back."""
    watch = StopStrings(stops)
    passed = ""
    for end, character in enumerate(text, start=1):
        passed += watch.append(character)
        if watch.stopped:
            break
        seen = text[:end]
        starts = [
            at
            for at in range(end)
            if any(stop.startswith(seen[at:]) or seen.startswith(stop, at) for stop in stops)
        ]
        assert passed == seen[: min(starts, default=end)]


def test_nothing_passes_after_the_stop_string() -> None:
    watch = StopStrings(["\n\n"])
    assert watch.append("one\n") == "one"
    assert watch.append("\ntwo") == ""
    assert watch.stopped
    assert watch.append("three") == ""
    assert watch.flush() == ""


def test_without_stop_strings_all_text_passes_at_once() -> None:
    watch = StopStrings([])
    assert watch.append("你好") == "你好"
    assert watch.flush() == ""
    assert not watch.stopped


def test_an_empty_stop_string_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        StopStrings(["a", ""])
    assert caught.value.param == "stop"
