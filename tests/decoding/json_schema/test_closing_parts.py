"""What completions are made of: least numbers and strings, also of what is begun."""

import re
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.decoding.json_schema import regexp, regexp_syntax
from qwen_app.decoding.json_schema.least_scalars import numbers

PATTERNS = (
    r"^\d{4}-\d{2}$",
    r"^[A-Z]{3}(-[0-9]{2})?$",
    r"^(red|green|blue)(/[a-z]+)*$",
    r"[0-9]+%",
    r"^x?y*$",
    r"^(a|b){5,9}$",
    r"^[^/]+/.*$",
    r"^[a-z]+@[a-z]+\.com$",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_a_beginning_is_completed_to_a_match(pattern: str, data: st.DataObject) -> None:
    tree = regexp_syntax.parse(pattern)
    whole = data.draw(st.from_regex(re.compile(pattern.replace("$", r"\Z"), re.ASCII)))
    begin = whole[: data.draw(st.integers(0, len(whole)))]
    rest = regexp.shortest(regexp.after_text(tree, begin))
    assert rest is not None
    assert re.search(pattern, begin + rest, re.ASCII), (begin, rest)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("least", [0, 3, 6, 8])
def test_a_string_of_some_length(pattern: str, least: int) -> None:
    text = regexp.shortest(regexp_syntax.parse(pattern), least)
    if text is not None:
        assert len(text) >= least
        assert re.search(pattern, text, re.ASCII)


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", r"\bword", "a(", "[", r"a^b", "*"])
def test_what_cannot_be_read_says_so(pattern: str) -> None:
    with pytest.raises(regexp_syntax.Unreadable):
        regexp_syntax.parse(pattern)


@pytest.mark.parametrize("name", sorted(regexp_syntax.FORMATS))
def test_a_format_has_a_shortest_string(name: str) -> None:
    tree = regexp_syntax.format_expression(name)
    text = regexp.shortest(tree)
    assert text
    assert regexp.nullable(regexp.after_text(tree, text))


@given(
    rules=st.fixed_dictionaries(
        {},
        optional={
            "minimum": st.integers(-10_000, 100),
            "maximum": st.integers(101, 10_000),
            "multipleOf": st.sampled_from([1, 3, 7, 0.5, 0.25]),
        },
    ),
    whole=st.booleans(),
    written=st.sampled_from(["", "1", "15", "-", "-2", "0", "0.", "5.", "12.3"]),
)
def test_numbers_begin_as_written_and_obey(
    rules: dict[str, Any], whole: bool, written: str
) -> None:
    for text in islice(numbers(rules, whole, written), 5):
        assert text.startswith(written)
        assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text)
        value = float(text)
        assert rules.get("minimum", value) <= value <= rules.get("maximum", value)
        assert value % rules.get("multipleOf", 0.0001 if not whole else 1) in (0,) or (
            "multipleOf" not in rules
        )
        assert not whole or value == int(value)


def test_a_number_that_is_begun_finds_its_end() -> None:
    assert next(numbers({"minimum": 1000, "multipleOf": 7}, True, "15")) == "1505"
    assert next(numbers({"minimum": 1000, "maximum": 2000}, True, "1")) == "1000"
    assert next(numbers({"exclusiveMinimum": 5, "multipleOf": 0.01}, False, "5.")) == "5.1"
    assert next(numbers({"maximum": -3}, True, "-"), None) == "-3"
