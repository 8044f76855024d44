"""Stop strings: everything before the first one, nothing after it, nothing too early."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.text.stop import StopStrings


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text made of pieces of its own stop strings, over few letters: false starts everywhere."""
    alphabet = draw(st.sampled_from(["ab", "a你", "👍\u200d👩"]))
    stops = draw(st.lists(st.text(alphabet, min_size=1, max_size=6), max_size=4))
    prefixes = [stop[:end] for stop in stops for end in range(1, len(stop))]
    piece = st.text(alphabet, max_size=3)
    text = draw(st.lists(st.sampled_from(prefixes) | piece if prefixes else piece, max_size=12))
    end = draw(st.sampled_from([*stops, ""]))
    return "".join(text) + end, stops


def expected(text: str, stops: Iterable[str]) -> str:
    return text[: min((at for stop in stops if (at := text.find(stop)) >= 0), default=len(text))]


def feed(stops: list[str], pieces: list[str]) -> tuple[list[str], bool]:
    watch = StopStrings(stops)
    passed = [*(watch.append(piece) for piece in pieces), watch.flush()]
    return passed, watch.stopped


@given(case=cases(), cuts=st.lists(st.integers(0, 40)))
@example(case=("abcd", ["bc", "abcd"]), cuts=[3])
@example(case=("abc", ["bc", "abcd"]), cuts=[])
@example(case=("abcdx", ["bc", "abcde", "cd"]), cuts=[])
@example(case=("xabcx", ["bc", "abcd"]), cuts=[4])
@example(case=("aaab", ["aab"]), cuts=[1, 2])
def test_the_text_up_to_the_first_stop_string_passes(
    case: tuple[str, list[str]], cuts: list[int]
) -> None:
    text, stops = case
    ends = [*sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    passed, stopped = feed(stops, pieces)
    assert "".join(passed) == expected(text, stops)
    assert stopped == any(stop in text for stop in stops)


@given(case=cases())
def test_held_back_is_only_what_may_still_belong_to_a_stop_string(
    case: tuple[str, list[str]],
) -> None:
    """After each character, whatever passed is the longest text that no continuation takes back."""
    text, stops = case
    watch = StopStrings(stops)
    passed = ""
    for end, character in enumerate(text, start=1):
        passed += watch.append(character)
        seen = text[:end]
        starts = [
            at
            for at in range(end)
            if any(stop.startswith(seen[at:]) or seen.startswith(stop, at) for stop in stops)
        ]
        first = min(starts, default=end)
        assert passed == seen[:first]
        assert watch.stopped == any(seen.startswith(stop, first) for stop in stops)
        if watch.stopped:
            break


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
