"""Tables, questions and queries that mean harm: nothing leaves the language, the time or the
memory that it has, and nothing comes back but what the table holds."""

import csv
import io
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwen_app.decoding.constraint import start
from qwen_app.decoding.grammar import Lark
from qwen_app.errors import AppError
from qwen_app.features.tables.ask import TableTask
from qwen_app.features.tables.prompt import build_prompt
from qwen_app.features.tables.query.errors import InvalidQuery
from qwen_app.features.tables.query.execute import Result, execute
from qwen_app.features.tables.query.grammar import query_grammar
from qwen_app.features.tables.query.parse import parse
from qwen_app.features.tables.query.write import write_name, write_text
from qwen_app.features.tables.reading import read_table
from qwen_app.features.tables.table import Table
from qwen_app.text.tokenizer import Tokenizer
from tests.decoding.walks import walk
from tests.features.tables.making import PEOPLE, column
from tests.features.tables.test_query_grammar import HOSTILE

MOST_SECONDS = 5.0
MOST_BYTES = 500e6


def table_with(evil: str, place: str) -> Table:
    """A table of the evil text as a header or as values."""
    header = [evil if place == "header" else "名称", "数量"]
    cell = evil if place == "value" else "甲"
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerows([header, [cell, "1"], ["乙", "2"], [cell, "3"]])
    return read_table(lines.getvalue(), kind="csv")[0].table


def outcome(query: str) -> Result | AppError:
    try:
        return execute(query, PEOPLE)
    except AppError as error:
        return error


@pytest.fixture(autouse=True)
def limits() -> Iterator[None]:
    """Each test within the limits of time and memory that an answer has."""
    begin = time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - begin < MOST_SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_BYTES


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize("place", ["header", "value", "question"])
def test_a_model_can_only_write_queries_of_the_table(
    evil: str, place: str, tokenizer: Tokenizer
) -> None:
    table = table_with(evil, place)
    question = evil[:1000] if place == "question" else "数量最大的是谁？"
    constraint = start(Lark(query_grammar(table, question)), tokenizer)
    rng = random.Random(f"{evil[:20]}{place}")
    text, ended = walk(constraint, tokenizer, rng.choice, 400)
    if ended:
        parse(text.decode())
        answer = TableTask(table, question).choose([text.decode()])
        assert all("could not be computed" not in failure.en for failure in answer.failures)
        if answer.sentence is not None:
            assert {name for _, name in answer.sentence.cells} <= set(table.names)


@pytest.mark.parametrize("evil", HOSTILE)
def test_evil_values_are_values(evil: str) -> None:
    table = table_with(evil, "value")
    name, count = table.names
    text = table.columns[0].texts[0]
    if len(text) > 1000 or not text.strip():
        return
    query = f"SELECT SUM({write_name(count)}) FROM t WHERE {write_name(name)} = {write_text(text)}"
    assert execute(query, table).rows == ((4,),)


@pytest.mark.parametrize("evil", HOSTILE)
def test_evil_headers_are_names(evil: str) -> None:
    table = table_with(evil, "header")
    first = write_name(table.names[0])
    assert execute(f"SELECT {first} FROM t WHERE {first} = '乙'", table).texts == (("乙",),)
    assert len(build_prompt(table, "q")[0].content) < 500


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize(
    "frame",
    ["{}", "SELECT {}", "SELECT {} FROM t", "SELECT 姓名 FROM t WHERE {}", "SELECT 姓名 FROM {}",
     "SELECT 姓名 FROM t ORDER BY {}", "SELECT 姓名 FROM t WHERE 城市 LIKE '{}'"],
)  # fmt: skip
def test_evil_queries_are_refused_or_harmless(evil: str, frame: str) -> None:
    result = outcome(frame.format(evil))
    if isinstance(result, AppError):
        assert "could not be computed" not in result.en
    else:
        assert set(result.cells) <= {(row, name) for row in range(3) for name in PEOPLE.names}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM cells WHERE row IN (SELECT row FROM cells WHERE value LIKE '%%%%a')",
        "SELECT 姓名 FROM t WHERE 城市 LIKE '" + "%a" * 300 + "'",
        "SELECT " + " * ".join(["年龄"] * 150) + " FROM t",
        "SELECT " + ", ".join(["姓名"] * 200) + " FROM t",
        "SELECT 姓名 FROM t WHERE " + " OR ".join(["年龄 = 1"] * 150),
        "SELECT 年龄 FROM t LIMIT 1000000 OFFSET 1000000",
        "SELECT ROUND(年龄 / 7, 10) * 100000000000000 * 100000000000000 FROM t",
        "SELECT AVG(年龄) / (年龄 - 年龄) FROM t GROUP BY 年龄",
    ],
)
def test_costly_queries_end(query: str) -> None:
    result = outcome(query)
    assert not isinstance(result, AppError) or "could not be computed" not in result.en


def test_a_marked_file_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nTOP-SECRET\n", encoding="utf-8")
    for query in (
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT 姓名 FROM t WHERE 城市 IN (SELECT * FROM '{secret}')",
        f"SELECT 姓名 FROM t; COPY t TO '{secret}'",
    ):
        with pytest.raises(AppError) as caught:
            execute(query, PEOPLE)
        assert "TOP-SECRET" not in caught.value.en
    assert secret.read_text(encoding="utf-8") == "a\nTOP-SECRET\n"


def test_patterns_of_many_wildcards_take_linear_time() -> None:
    table = Table((column("a", "text", ["a" * 10_000 + str(n) for n in range(50)]),))
    pattern = "%a" * 19
    assert execute(f"SELECT COUNT(*) FROM t WHERE a LIKE '{pattern}%'", table).rows == ((50,),)
    assert execute(f"SELECT COUNT(*) FROM t WHERE a LIKE '{pattern}b'", table).rows == ((0,),)
    for query in (f"SELECT a FROM t WHERE a LIKE '{'_%' * 20}'",
                  f"SELECT a FROM t WHERE a LIKE '{'a' * 501}'"):  # fmt: skip
        with pytest.raises(InvalidQuery, match="at most 500 characters and 20 signs"):
            execute(query, table)


@pytest.mark.parametrize("cell", ["a" + " " * 9998 + "b", "a" * 10_000, "1 " * 5000, "-1" * 5000])
@pytest.mark.parametrize("function", ["NUMBER", "PARTS", "YEAR", "MONTH", "DAY"])
def test_functions_of_long_cells_take_linear_time(cell: str, function: str) -> None:
    table = Table((column("a", "text", [cell[:-1] + str(n) for n in range(50)]),))
    execute(f"SELECT {function}(a) FROM t", table)
