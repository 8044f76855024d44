"""Patterns: one reading, two engines that agree, and no way to blow up."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.decoding.json_schema import languages
from qwen_app.decoding.json_schema.patterns import (
    BadPattern,
    PatternTimeout,
    anything_but,
    compile_pattern,
)

CASES = [
    (r"^\d+$", ["12"], ["", "١", "12\n"]),
    (r"^\w+$", ["a_1"], ["é", "a b"]),
    (r"^\S$", ["a"], [" ", "\u3000", "\ufeff"]),
    ("a|b$", ["ax", "xb"], ["x", "bc"]),
    ("^a.c$", ["abc", "a中c"], ["a\nc", "ac"]),
    (r"[a-z\d.-]+@[^\s@]+", ["x-1@y"], ["@y", "A@"]),
    (r"^[^\x00-\x1f]*$", ["", "ab"], ["\n"]),
    (r"^\u4e2d\u{6587}\x21$", ["中文!"], ["中文"]),
    (r"^\ud83d\ude00$", ["😀"], ["x"]),
    (r"^[\W_]$", ["_", "-"], ["a"]),
    (r"^\p{Lu}\P{L}$", ["A1"], ["AA", "a1"]),
    (r"^(?<y>a+)(?:b)(?:c)??$", ["aab", "abc"], ["b"]),
    (r"^a{2,3}?$", ["aa", "aaa"], ["a"]),
    (r"^{x}$", ["{x}"], ["x"]),
    (r"^[]a]$", ["]", "a"], ["b"]),
    (r"^[[&&~~]$", ["[", "&", "~"], ["a"]),
    (r"^\/\-\.$", ["/-."], ["/-a"]),
    (r"\A\Z", [""], ["a"]),
    (r"^\cJ\0\t$", ["\n\0\t"], ["x"]),
]


@pytest.mark.parametrize(("pattern", "found", "missed"), CASES)
def test_both_engines_read_a_pattern_alike(
    pattern: str, found: list[str], missed: list[str]
) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.rust is not None
    for text in found:
        assert compiled.search(text), text
        assert languages.matches(compiled.rust, text), text
    for text in missed:
        assert not compiled.search(text), text
        assert not languages.matches(compiled.rust, text), text


IRREGULAR = [
    (r"^(?=.*\d)[a-z\d]+$", "a1", "ab"),
    (r"^(?!foo)", "bar", "foo"),
    (r"(?<=a)b", "ab", "bb"),
    (r"(?<!a)b", "b", "ab"),
    (r"^(a|b)\1$", "aa", "ab"),
    (r"^(?<x>a|b)\k<x>$", "bb", "ab"),
    (r"\bfoo\b", "a foo", "food"),
    (r"o\B", "oo", "o"),
]


@pytest.mark.parametrize(("pattern", "found", "missed"), IRREGULAR)
def test_what_the_grammar_cannot_say_is_searched_all_the_same(
    pattern: str, found: str, missed: str
) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.rust is None
    assert compiled.search(found)
    assert not compiled.search(missed)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "[",
        "[b-a]",
        "\\",
        "*",
        "a{3,2}",
        "(?<a",
        "(?Z)",
        r"\ud83dx\ud83d\u0041",
        "(" * 3000,
    ],
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["((a{999}){999}){999}", "(" * 50 + "a" + "){2}" * 50])
def test_repetitions_are_not_written_out_without_end(pattern: str) -> None:
    start = time.process_time()
    with pytest.raises(BadPattern, match="repetitions"):
        compile_pattern(pattern)
    assert time.process_time() - start < 1


def test_a_search_that_blows_up_ends() -> None:
    compiled = compile_pattern("^(([a-z])+.)+[A-Z]([a-z])+$")
    with pytest.raises(PatternTimeout):
        compiled.search("a" * 5000)


@given(
    st.lists(st.text('ab中"\\', max_size=3), min_size=1, max_size=5), st.text('ab中"\\', max_size=4)
)
def test_anything_but_some_strings(excluded: list[str], text: str) -> None:
    pattern = anything_but(excluded)
    compiled = compile_pattern(pattern)
    assert compiled.loose == any(character in text for text in excluded for character in '"\\')
    if not compiled.loose or text not in excluded:
        assert languages.matches(pattern, text) == (text not in excluded)
    assert compile_pattern(pattern).search(text) == (text not in excluded)
