"""How table answers are measured: the data set's format and its way of comparing."""

import os
from pathlib import Path

import pytest

from qwen_app.bench.tables import Asked, measure, reach
from qwen_app.bench.wtq import is_right, load_table, normalise, read_items, values_of
from qwen_app.bench.wtq_queries import QUERIES, SIZE
from qwen_app.engine.scripted import ScriptedEngine
from qwen_app.features.tables.query.execute import execute
from qwen_app.features.tables.query.parse import parse
from qwen_app.features.tables.query.write import write
from qwen_app.messages import Message, Request
from tests.features.tables.making import PEOPLE

WTQ = Path(os.environ.get("QWEN_APP_DATA", "nowhere")) / "wtq"


@pytest.mark.parametrize(
    ("found", "targets", "right"),
    [
        (["Bob"], ("bob",), True),
        (["Zoë"], ("Zoe",), True),
        (["1997–1998"], ("1997-1998",), True),
        (['"Heavy"'], ("Heavy",), True),
        (["Bob (captain)"], ("Bob",), True),
        (["Bob[1]"], ("Bob",), True),
        (["1,000"], ("1000",), True),
        (["3.0"], ("3",), True),
        (["34"], ("34 years",), True),
        (["50"], ("50%",), True),
        (["b", "a", "a"], ("a", "b"), True),
        (["a"], ("a", "b"), False),
        (["a", "b"], ("a",), False),
        (["34"], ("35 years",), False),
        (["34 years"], ("35",), False),
        ([], ("0",), False),
    ],
)
def test_answers_are_compared_as_the_data_set_does(
    found: list[str], targets: tuple[str, ...], right: bool
) -> None:
    assert is_right(found, targets) is right


def test_normal_forms() -> None:
    assert normalise(" “É” ") == normalise('"e"') == "e"
    assert normalise("x (a) (b)[3]†") == "x"


def test_the_format(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "1.csv").write_text("City,People\nRome,3\nParis,2\n", encoding="utf-8")
    lines = ["id\tutterance\tcontext\ttargetValue", "x-1\twhich\\n?\tt/1.csv\tRome|a\\pb"]
    (tmp_path / "questions.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (item,) = read_items(tmp_path)
    assert (item.id, item.question, item.targets) == ("x-1", "which\n?", ("Rome", "a|b"))
    table = load_table(tmp_path, item.context)
    assert values_of(execute("SELECT City FROM t ORDER BY People DESC LIMIT 1", table)) == ["Rome"]
    assert values_of(execute("SELECT EXISTS (SELECT * FROM t)", table)) == ["yes"]


def test_shares(capsys: pytest.CaptureFixture[str]) -> None:
    def script(request: Request) -> str:
        last = request.prompt[-1]
        assert isinstance(last, Message)
        if "none" in last.content:
            return "SELECT 姓名 FROM t WHERE 年龄 > 99"
        return "SELECT COUNT(*) FROM t"

    engine = ScriptedEngine(script)
    questions = [
        Asked("en", PEOPLE, "how many?", lambda result: result.rows == ((3,),)),
        Asked("en", PEOPLE, "how many wrong?", lambda result: result.rows == ((4,),)),
        Asked("zh", PEOPLE, "none", lambda result: True),  # noqa: ARG005
        Asked("zh", PEOPLE, " ", lambda result: True),  # noqa: ARG005
    ]
    rows = measure(engine, questions, samples=2, guide=False)
    engine.close()
    shares = [
        (row["questions"], row["answered %"], row["verified %"], row["right %"], row["errors"])
        for row in rows
    ]
    assert shares == [("en", 100, 100, 50, 0), ("zh", 0, 0, 0, 1), ("all", 50, 50, 25, 1)]
    assert "how many wrong?" in capsys.readouterr().err


def test_hand_written_queries_are_of_the_language() -> None:
    assert len(QUERIES) <= SIZE
    for query in QUERIES.values():
        tree = parse(query)
        assert parse(write(tree)) == tree


@pytest.mark.skipif(not WTQ.is_dir(), reason="QWEN_APP_DATA has no wtq")
def test_reach_of_the_language() -> None:
    (row,) = reach(WTQ)
    assert row["sample"] == SIZE
    assert isinstance(share := row["right %"], float)
    assert share >= 85
