"""What queries give, and which cells it came from."""

import threading
import time
from decimal import Decimal

import pytest

from qwen_app.errors import AppError
from qwen_app.features.tables.query import database
from qwen_app.features.tables.query.database import Database
from qwen_app.features.tables.query.errors import InvalidQuery, QueryFailed
from qwen_app.features.tables.query.execute import Result, execute, execute_on
from qwen_app.features.tables.query.literals import as_number
from qwen_app.features.tables.query.scope import Fields
from qwen_app.features.tables.table import Kind, Table
from tests.features.tables.making import GAMES, PEOPLE, column


def shown(query: str, table: Table) -> list[str]:
    return [" | ".join(texts) for texts in execute(query, table).texts]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT 姓名 FROM t WHERE 年龄 > 26", ["张三", "李四"]),
        ("SELECT 姓名, 年龄 FROM t ORDER BY 年龄 LIMIT 1", ["王五 | 25"]),
        ("SELECT 姓名 FROM t ORDER BY 年龄 DESC LIMIT 1 OFFSET 1", ["张三"]),
        ("SELECT * FROM t WHERE 城市 = '北京'", ["李四 | 32 | 北京"]),
        ("SELECT 姓名 FROM t WHERE 年龄 = '28岁'", ["张三"]),
        ("SELECT COUNT(*) FROM t", ["3"]),
        ("SELECT AVG(年龄) FROM t", ["28.3333333333"]),
        ("SELECT ROUND(AVG(年龄), 1), SUM(年龄), MEDIAN(年龄) FROM t", ["28.3 | 85 | 28"]),
        ("SELECT MAX(年龄) - MIN(年龄) FROM t", ["7"]),
        ("SELECT 年龄 FROM t WHERE 年龄 = (SELECT MAX(年龄) FROM t)", ["32"]),
        ("SELECT (SELECT COUNT(*) FROM t WHERE 年龄 > 26) / (SELECT COUNT(*) FROM t) * 100",
         ["66.6666666667"]),
        ("SELECT EXISTS (SELECT * FROM t WHERE 年龄 > 30)", ["true"]),
        ("SELECT EXISTS (SELECT * FROM t WHERE 年龄 > 40)", ["false"]),
        ("SELECT 姓名 FROM t WHERE row = (SELECT row FROM t WHERE 姓名 = '张三') + 1", ["李四"]),
        ("SELECT 姓名 FROM t WHERE row IN (1, (SELECT MAX(row) FROM t))", ["张三", "王五"]),
        ("SELECT name FROM cells WHERE NUMBER(value) > 30", ["年龄"]),
        ("SELECT CASE WHEN 年龄 > 30 THEN '老' ELSE '少' END FROM t", ["少", "老", "少"]),
        ("SELECT 1 / 0", [""]),
        ("SELECT 姓名 FROM t WHERE HAS(姓名, '五')", ["王五"]),
    ],
)  # fmt: skip
def test_people(query: str, rows: list[str]) -> None:
    assert shown(query, PEOPLE) == rows


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        # Texts: case, width and spaces do not matter; shown as they stand.
        ("SELECT DISTINCT Team FROM t WHERE team = ' REDS '", ["Reds"]),
        ("SELECT COUNT(*) FROM t WHERE Team LIKE 'b%'", ["2"]),
        ("SELECT COUNT(*) FROM t WHERE Scorers LIKE '%al%'", ["2"]),
        ("SELECT COUNT(*) FROM t WHERE Score LIKE '_-%'", ["4"]),
        ("SELECT COUNT(*) FROM t WHERE Scorers LIKE '%.%' OR Scorers LIKE '\\_i'", ["0"]),
        # Dates against days, months and years.
        ("SELECT COUNT(*) FROM t WHERE Day = '2021-03'", ["2"]),
        ("SELECT COUNT(*) FROM t WHERE Day > '2021'", ["2"]),
        ("SELECT COUNT(*) FROM t WHERE Day >= 2021", ["4"]),
        ("SELECT COUNT(*) FROM t WHERE Day BETWEEN '2021-03-15' AND '2022-01-02'", ["2"]),
        ("SELECT Team FROM t WHERE YEAR(Day) = 2022 AND MONTH(Day) = 5", ["Greens"]),
        ("SELECT MAX(Day) - MIN(Day) FROM t", ["456"]),
        ("SELECT MIN(Day) FROM t", ["2021-03-01"]),
        # Missing cells are in no comparison; what is no number is not missing.
        ("SELECT Team FROM t WHERE Day IS NULL AND Team != 'Total'", ["Blues"]),
        ("SELECT COUNT(*) FROM t WHERE Goals IS NOT NULL", ["5"]),
        ("SELECT COUNT(Goals) FROM t", ["4"]),
        ("SELECT Team FROM t WHERE Goals = 'dnf'", ["Greens"]),
        ("SELECT Fee FROM t WHERE Fee IS NULL", ["—"]),
        # Totals are left out where rows are put together or ranked, unless they are asked for.
        ("SELECT SUM(Goals) FROM t", ["10"]),
        ("SELECT Team FROM t ORDER BY Goals DESC LIMIT 1", ["Blues"]),
        ("SELECT Goals FROM t WHERE Team = 'Total'", ["10"]),
        ("SELECT SUM(Goals) FROM t WHERE Team = 'Total'", ["10"]),
        # Groups.
        ("SELECT Team, SUM(Goals) FROM t GROUP BY Team ORDER BY SUM(Goals) DESC",
         ["Reds | 5", "Blues | 5", "Greens | "]),
        ("SELECT Team FROM t GROUP BY Team HAVING COUNT(*) > 1", ["Reds", "Blues"]),
        ("SELECT COUNT(*) FROM (SELECT Team FROM t GROUP BY Team HAVING COUNT(*) > 1)", ["2"]),
        ("SELECT MAX(value) FROM (SELECT SUM(Goals) FROM t GROUP BY Team)", ["5"]),
        ("SELECT COUNT(DISTINCT Team) FROM t", ["3"]),
        ("SELECT YEAR(Day), COUNT(*) FROM t WHERE Day IS NOT NULL GROUP BY YEAR(Day)",
         ["2021 | 2", "2022 | 2"]),
        # Cells with several numbers or values.
        ("SELECT NUMBER(Score, 2) FROM t WHERE row = 1", ["1"]),
        ("SELECT Team FROM t WHERE NUMBER(Score, 1) = NUMBER(Score, 2)", ["Blues"]),
        ("SELECT PART(Scorers, 2), PARTS(Scorers) FROM t WHERE row = 1", ["Bo | 3"]),
        ("SELECT PART(Scorers, -1) FROM t WHERE row = 5", ["Ed"]),
        # Order of rows.
        ("SELECT PREV(Team), NEXT(Goals) FROM t WHERE row = 2", ["Reds | 2"]),
        ("SELECT MAX(RUN(Team)) FROM t", ["1"]),
        # Sums of decimals are exact.
        ("SELECT SUM(Fee) FROM t", ["4.05"]),
        ("SELECT 0.1 + 0.2", ["0.3"]),
    ],
)  # fmt: skip
def test_games(query: str, rows: list[str]) -> None:
    assert shown(query, GAMES) == rows


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT SUM(Team) FROM t", 'NUMBER("Team")'),
        ("SELECT SUM(Day) FROM t", 'YEAR("Day")'),
        ("SELECT Team FROM t WHERE Goals > 'many'", "'many' is none"),
        ("SELECT Team FROM t WHERE Day > 'soon'", "Write '2024-05-31'"),
        ("SELECT Team FROM t WHERE Team > 3", "cannot be compared"),
        ("SELECT Team FROM t WHERE Team", "is no condition"),
        ("SELECT Team, MAX(Goals) FROM t", "GROUP BY"),
        ("SELECT Team FROM t WHERE COUNT(*) > 1", "HAVING"),
        ("SELECT Team FROM t HAVING Goals > 1", "HAVING needs GROUP BY"),
        ("SELECT LENGTH(Goals + 1) FROM t", "needs a column"),
        ("SELECT Team FROM t WHERE Team > '¥100'", "NUMBER("),
        ("SELECT NUMBER(Score, 0) FROM t", "whole number"),
        ("SELECT ROUND(Fee, Goals) FROM t", "digits"),
        ("SELECT (SELECT Team, Goals FROM t)", "one value"),
        ("SELECT CASE WHEN Goals > 1 THEN 1 ELSE 'x' END FROM t", "all numbers"),
        ("SELECT 1 WHERE 1 = 1", "FROM t is missing"),
    ],
)
def test_what_makes_no_sense_is_said(query: str, hint: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        execute(query, GAMES)
    assert hint in caught.value.en
    assert any("\u4e00" <= c <= "\u9fff" for c in caught.value.zh)


def test_a_query_for_one_value_that_gives_several() -> None:
    with pytest.raises(QueryFailed, match="several rows"):
        execute("SELECT Team FROM t WHERE Goals = (SELECT Goals FROM t)", GAMES)


def test_a_subtotal_does_not_count_as_one_of_its_group() -> None:
    table = Table(
        (
            column("Club", "text", ["A", "A", "A", "B", "All"]),
            column("Season", "text", ["1", "2", "Sum", "1", "Sum"]),
            column("Goals", "integer", ["2", "3", "5", "4", "9"]),
        ),
        totals=(2, 4),
    )
    assert shown("SELECT SUM(Goals) FROM t WHERE Club = 'A'", table) == ["5"]
    assert shown("SELECT SUM(Goals) FROM t WHERE Season != 'Sum'", table) == ["9"]
    assert shown("SELECT SUM(Goals) FROM t WHERE Season = 'sum' AND Club = 'A'", table) == ["5"]
    assert shown("SELECT MAX(Goals) FROM t WHERE Club LIKE '%All%'", table) == ["9"]


def test_rows_of_totals_are_no_answer_unless_they_are_asked_for() -> None:
    assert shown("SELECT Team FROM t WHERE Goals > 3", GAMES) == ["Blues"]
    assert shown("SELECT DISTINCT Team FROM t", GAMES) == ["Reds", "Blues", "Greens"]
    assert shown("SELECT Goals FROM t WHERE Team = 'total'", GAMES) == ["10"]
    assert shown("SELECT EXISTS (SELECT * FROM t WHERE Goals > 4)", GAMES) == ["false"]


@pytest.mark.parametrize(
    ("texts", "query", "value"),
    [
        (["1234567890123", "2234567890123", "1"], "SUM(n)", "3469135780247"),
        (["1234567890123", "1"], "MAX(n)", "1234567890123"),
        (["1234567890123.45", "0.1"], "SUM(n)", "1234567890123.55"),
        (["35000.45", "35000.4"], "MAX(n) - MIN(n)", "0.05"),
        (["0.1"] * 1000, "SUM(n)", "100"),
        (["2.675", "2.675"], "ROUND(AVG(n), 2)", "2.68"),
        (["-2.675"], "ROUND(MIN(n), 2)", "-2.68"),
        (["1.1"], "SUM(n) * 1.1", "1.21"),
    ],
)
def test_figures_are_exact_in_all_their_digits(texts: list[str], query: str, value: str) -> None:
    table = Table((column("n", "decimal", texts),))
    assert shown(f"SELECT {query} FROM t", table) == [value]


@pytest.mark.parametrize(
    ("text", "number"),
    [("¥1.5万", 15_000), ("4.5万亿", 4.5e12), ("€1,234.5", 1234.5), ("2,5", 2.5), ("40%", 40),
     ("28岁", 28), ("$3 million", 3e6), ("x1y", None), ("", None), ("2-3", None)],
)  # fmt: skip
def test_numbers_in_quotes_are_read_as_cells_are(text: str, number: float | None) -> None:
    assert as_number(text) == number


@pytest.mark.parametrize("kind", ["year", "rank", "time"])
def test_what_does_not_add_up_is_not_summed(kind: Kind) -> None:
    table = Table((column("n", kind, ["2001", "2003"]),))
    with pytest.raises(InvalidQuery, match="sum means nothing"):
        execute("SELECT SUM(n) FROM t", table)


# --- provenance -----------------------------------------------------------------------------


def cells(query: str, table: Table) -> set[tuple[int, str]]:
    return set(execute(query, table).cells)


def test_cells_of_rows_are_those_that_the_query_looks_at() -> None:
    assert cells("SELECT 姓名 FROM t ORDER BY 年龄 LIMIT 1", PEOPLE) == {(2, "姓名"), (2, "年龄")}


def test_cells_of_an_aggregate_are_the_aggregated_ones() -> None:
    found = cells("SELECT SUM(Goals) FROM t WHERE Team = 'Reds'", GAMES)
    assert found == {(0, "Team"), (0, "Goals"), (2, "Team"), (2, "Goals")}


def test_cells_of_an_extreme_are_those_that_have_it() -> None:
    assert cells("SELECT MAX(年龄) FROM t", PEOPLE) == {(1, "年龄")}


def test_cells_of_a_difference_are_those_of_both_sides() -> None:
    query = (
        "SELECT (SELECT 年龄 FROM t WHERE 姓名 = '李四') - (SELECT 年龄 FROM t WHERE 姓名 = '王五')"
    )
    assert cells(query, PEOPLE) == {(1, "姓名"), (1, "年龄"), (2, "姓名"), (2, "年龄")}


def test_cells_of_cells() -> None:
    assert cells("SELECT name FROM cells WHERE value = '深圳'", PEOPLE) == {(2, "城市")}


def test_cells_of_groups_within_a_query() -> None:
    query = "SELECT COUNT(*) FROM (SELECT Team FROM t GROUP BY Team HAVING COUNT(*) > 1)"
    assert cells(query, GAMES) == {(row, "Team") for row in (0, 1, 2, 4)}


def test_a_tie_at_the_limit_is_told() -> None:
    def tied(query: str) -> bool:
        return execute(query, GAMES).tied

    assert tied("SELECT Team FROM t GROUP BY Team ORDER BY SUM(Goals) DESC LIMIT 1")
    assert not tied("SELECT Team FROM t ORDER BY Goals DESC LIMIT 1")
    assert not tied("SELECT Team FROM t ORDER BY Goals DESC")
    assert not tied("SELECT Team FROM t ORDER BY Team LIMIT 1")  # the next one shows the same
    assert tied("SELECT Team, Goals FROM t ORDER BY Team LIMIT 1")


def test_values_keep_their_types() -> None:
    result = execute(
        "SELECT Team, Day, Goals, Fee, COUNT(*) > 1 FROM t GROUP BY Team, Day, Goals, Fee", GAMES
    )
    first = result.rows[0]
    assert first == ("Reds", GAMES.columns[1].values[0], 3, Decimal("1.5"), False)
    assert isinstance(first[3], Decimal)
    assert [output.sort for output in result.outputs] == [
        "text",
        "date",
        "number",
        "number",
        "truth",
    ]


# --- limits ---------------------------------------------------------------------------------


def long_table(rows: int) -> Table:
    return Table(
        (
            column("city", "text", [f"City {i % 3000}" for i in range(rows)]),
            column("name", "text", [f"Name {i}" for i in range(rows)]),
            column("value", "integer", [str(i * 7 % 1000) for i in range(rows)]),
        )
    )


def test_a_hundred_thousand_rows_answer_in_seconds() -> None:
    table = long_table(100_000)
    start = time.perf_counter()
    result = execute("SELECT city, AVG(value) FROM t WHERE name LIKE '%7%' GROUP BY city", table)
    everything = execute("SELECT * FROM t", table)
    assert time.perf_counter() - start < 8  # on a busy machine; 0.6 s on an idle one
    assert result.truncated
    assert len(result.rows) == len(everything.rows) == 1000
    assert len(everything.cells) <= 500


def test_a_query_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TIME_LIMIT_S", 0.2)
    slow = "SELECT count(*) FROM range(100000000) a, range(1000) b WHERE a.range % 7 = b.range"
    with Database(PEOPLE) as opened:
        start = time.perf_counter()
        with pytest.raises(QueryFailed, match=r"0\.2 s"):
            opened.run(slow, Fields(), uses_cells=False)
        assert time.perf_counter() - start < 5
        assert execute_on("SELECT COUNT(*) FROM t", opened).texts == (("3",),)
    assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())


def test_memory_is_limited() -> None:
    hungry = "SELECT list(a.range || repeat('x', 1000)) FROM range(100000000) a"
    with Database(PEOPLE) as opened, pytest.raises(QueryFailed, match="memory"):
        opened.run(hungry, Fields(), uses_cells=False)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY t TO '/tmp/out.csv'",
        "ATTACH '/tmp/out.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET threads = 8",
        "SELECT getenv('HOME')",
        "SELECT * FROM glob('/*')",
        "EXPORT DATABASE '/tmp/out'",
    ],
)
def test_even_foreign_sql_would_not_get_out(sql: str) -> None:
    with Database(PEOPLE) as opened, pytest.raises(QueryFailed):
        opened.run(sql, Fields(), uses_cells=False)


def test_cells_of_a_large_table_are_refused() -> None:
    with pytest.raises(AppError, match="cells"):
        execute("SELECT name FROM cells", long_table(100_001))


def test_one_database_serves_several_queries() -> None:
    with Database(GAMES) as opened:
        first: Result = execute_on("SELECT SUM(Goals) FROM t", opened)
        second = execute_on("SELECT name FROM cells WHERE value = 'di'", opened)
        third = execute_on("SELECT SUM(Fee), SUM(Goals) FROM t", opened)
    assert (first.texts, second.texts) == ((("10",),), (("Scorers",),))
    assert third.texts == (("4.05", "10"),)


def test_a_column_without_any_text_is_a_column_of_texts() -> None:
    table = Table((column("c", "text", ["", ""]), column("n", "integer", ["1", "2"])))
    assert execute("SELECT n FROM t WHERE c LIKE '%a%'", table).rows == ()
    assert execute("SELECT COUNT(*) FROM t WHERE c IS NULL", table).rows == ((2,),)
