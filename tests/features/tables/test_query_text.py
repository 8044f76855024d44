"""The text of queries: what is read, how it is written, and what is said of what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import AppError
from qwen_app.features.tables.query.parse import parse
from qwen_app.features.tables.query.resolve import resolve
from qwen_app.features.tables.query.tree import (
    Aggregate,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Compute,
    Exists,
    Expression,
    IsNull,
    Like,
    Logic,
    Member,
    Not,
    Number,
    Order,
    Pseudo,
    Query,
    Scalar,
    Text,
)
from qwen_app.features.tables.query.write import write
from tests.features.tables.making import PEOPLE


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("select 姓名 from t", 'SELECT "姓名" FROM t'),
        ("SELECT `a` , \"b c\" FROM T;", 'SELECT "a", "b c" FROM t'),
        ("SELECT a FROM t WHERE b <> ‘x’", "SELECT \"a\" FROM t WHERE \"b\" != 'x'"),
        ("SELECT COUNT（*） FROM t", "SELECT COUNT(*) FROM t"),
        ("SELECT a FROM t ORDER BY a ASC", 'SELECT "a" FROM t ORDER BY "a"'),
        ("SELECT t.a FROM t WHERE t.b == 1", 'SELECT "a" FROM t WHERE "b" = 1'),
        ("SELECT -1, 1.50, - 2 FROM t", "SELECT -1, 1.5, -2 FROM t"),
        ("SELECT (a - (b - c)) FROM t", 'SELECT "a" - ("b" - "c") FROM t'),
        ("SELECT (a - b) - c FROM t", 'SELECT "a" - "b" - "c" FROM t'),
        ("SELECT a FROM t WHERE (a=1 AND b=2) OR c=3",
         'SELECT "a" FROM t WHERE "a" = 1 AND "b" = 2 OR "c" = 3'),
        ("SELECT a FROM t WHERE a=1 AND (b=2 OR c=3)",
         'SELECT "a" FROM t WHERE "a" = 1 AND ("b" = 2 OR "c" = 3)'),
        ("SELECT a FROM t WHERE NOT (a=1 OR b ILIKE '%x%')",
         "SELECT \"a\" FROM t WHERE NOT (\"a\" = 1 OR \"b\" LIKE '%x%')"),
        ("SELECT a FROM t WHERE b = 'it''s'", "SELECT \"a\" FROM t WHERE \"b\" = 'it''s'"),
    ],
)  # fmt: skip
def test_what_people_write_is_read_and_written_in_one_way(written: str, canonical: str) -> None:
    assert write(parse(written)) == canonical
    assert parse(canonical) == parse(written)


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("", "begins with SELECT"),
        ("DROP TABLE t", "begins with SELECT"),
        ("SELECT a FROM t; DELETE FROM t", "not expected"),
        ("SELECT a FROM t -- x", "not expected"),
        ("SELECT a FROM users", "called t"),
        ("SELECT a FROM t JOIN t ON 1", "JOIN is not in this language"),
        ("SELECT a AS b FROM t", "AS is not in this language"),
        ("SELECT a FROM t UNION SELECT b FROM t", "UNION is not in this language"),
        ("SELECT read_csv('/etc/passwd') FROM t", "no function READ_CSV"),
        ("SELECT a FROM 'file.csv'", "called t"),
        ("SELECT a FROM t WHERE b = 'x", "not closed"),
        ("SELECT a FROM t LIMIT -1", "whole number"),
        ("SELECT a FROM t WHERE", "too early"),
        ("SELECT SUM(*) FROM t", "needs a column"),
        ("SELECT PART(a) FROM t", "takes 2 arguments"),
        ("SELECT a FROM t WHERE b LIKE c", "needs a text"),
        ("SELECT " + "(" * 500 + "1" + ")" * 500, "deep"),
        ("SELECT " + "-" * 500 + "1", "deep"),
        ("SELECT a FROM t WHERE " + "NOT " * 500 + "a", "deep"),
        ("SELECT " + "1+" * 600 + "1", "too long"),
        ("SELECT " + "1" * 40, "digits"),
        ("SELECT '" + "x" * 5000 + "'", "characters"),
        ("SELECT a FROM t WHERE a ~ 1", "means nothing"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(query: str, hint: str) -> None:
    with pytest.raises(AppError) as caught:
        parse(query)
    assert hint in caught.value.en
    assert any("\u4e00" <= c <= "\u9fff" for c in caught.value.zh)


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ('SELECT "年领" FROM t', 'Did you mean "年龄"?'),
        ('SELECT "x" FROM t', '"姓名", "年龄", "城市"'),
        ("SELECT value FROM t", "need FROM cells"),
        ("SELECT row", "needs FROM t"),
        ("SELECT * FROM cells", "SELECT * needs FROM t"),
        ('SELECT "年龄" FROM (SELECT "年龄" FROM t)', "has only value"),
    ],
)
def test_names_that_are_not_there(query: str, hint: str) -> None:
    with pytest.raises(AppError) as caught:
        resolve(parse(query), PEOPLE)
    assert hint in caught.value.en


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_an_error_of_ours(text: str) -> None:
    for query in (text, f"SELECT {text}", f'SELECT "a" FROM t WHERE {text}'):
        try:
            tree = parse(query)
        except AppError:
            continue
        assert parse(write(tree)) == tree


# --- every tree is written so that it is read again -----------------------------------------

_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
_atoms: st.SearchStrategy[Expression] = st.one_of(
    _names.map(Column),
    st.sampled_from([Pseudo("row"), Pseudo("name"), Pseudo("value")]),
    st.integers(-(10**14), 10**14).map(Number),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 6)).filter(lambda x: x != int(x)).map(Number),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(Text),
    st.just(Aggregate("COUNT", None)),
)


def _queries(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Query]:
    return st.builds(
        Query,
        outputs=st.lists(inner, min_size=1, max_size=2).map(tuple),
        source=st.sampled_from(["t", "cells"]),
        distinct=st.booleans(),
        where=st.none() | inner,
        group=st.lists(inner, max_size=1).map(tuple),
        having=st.none() | inner,
        order=st.lists(st.builds(Order, inner, st.booleans()), max_size=2).map(tuple),
        limit=st.none() | st.integers(0, 99),
        offset=st.integers(0, 5),
    )


def _compound(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    flag = st.booleans()
    return st.one_of(
        st.builds(Compute, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(Logic, st.sampled_from(["AND", "OR"]), inner, inner),
        st.builds(Not, inner),
        st.builds(Between, inner, inner, inner, flag),
        st.builds(Member, inner, several, flag),
        st.builds(Member, inner, _queries(inner), flag),
        st.builds(Like, inner, st.text("ab%_'\\", max_size=5), flag),
        st.builds(IsNull, inner, flag),
        st.builds(lambda a: Call("ABS", (a,)), inner),
        st.builds(lambda a, b: Call("ROUND", (a, b)), inner, inner),
        st.builds(Aggregate, st.sampled_from(["SUM", "MIN", "COUNT"]), inner, flag),
        st.builds(lambda pairs, last: Case(pairs, last),
                  st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple),
                  st.none() | inner),
        _queries(inner).map(Scalar),
        _queries(inner).map(Exists),
    )  # fmt: skip


@given(_queries(st.recursive(_atoms, _compound, max_leaves=8)))
def test_a_tree_that_is_written_is_read_as_itself(tree: Query) -> None:
    text = write(tree)
    if len(text) < 4000:
        assert parse(text) == tree
