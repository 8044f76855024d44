"""The article's four worked examples, each asked in many word orders of the shipped model.

With the tutor's limit of characters, the tables' queries and fields, and the seed fixed, so that
an answer is the same on every run.
"""

from typing import Final

import pytest

from qwen_app.engine.local import LocalEngine
from qwen_app.features.tables.answering import ask_table
from qwen_app.features.tables.fields import FieldsTask, fill
from qwen_app.features.tables.reading import read_table
from qwen_app.features.tables.wanted_text import read_wanted
from qwen_app.features.tutor.checking.checker import Checker
from qwen_app.features.tutor.solving.task import TutorTask
from qwen_app.text.counting import count
from tests.features.conftest import solved

PEOPLE: Final = "姓名,年龄,城市\n张三,28,杭州\n李四,32,北京\n王五,25,深圳"
PEOPLE_EN: Final = "name,age,city\nAnna,28,Oslo\nBen,32,Bern\nCarla,25,Rome"
SEED: Final = {"seed": 1}


@pytest.mark.parametrize(
    "problem",
    [
        "解方程 2x+5=17",
        "2x+5=17，求 x",
        "求方程 2x+5=17 的解",
        "方程 2x+5=17 的解是多少？",
        "2x+5=17，x 等于多少？",
        "x 满足 2x+5=17，x 是几？",
        "已知 2x+5=17，请求出 x 的值",
        "请解 2x+5=17 这个方程",
        "请一步一步地解这个方程：2x+5=17",
        "如果 2x+5=17，那么 x 是多少？",
        "Solve 2x+5=17 for x.",
        "If 2x+5=17, what is x?",
        "What is the solution of 2x+5=17?",
        "2x+5=17. Find x.",
    ],
)
def test_the_equation(engine: LocalEngine, checker: Checker, problem: str) -> None:
    solution = solved(engine, checker, TutorTask(problem, overrides=SEED))
    assert {line.verdict.status for line in solution.lines} == {"holds"}, solution.text
    assert (solution.state, solution.answer) == ("verified", "x = 6"), solution.text


@pytest.mark.parametrize(
    "problem",
    [
        "一个长方形的长是宽的3倍，周长是48cm，求面积",
        "长方形周长48cm，长是宽的3倍，面积是多少？",
        "求面积：一个长方形，周长是48cm，长是宽的3倍",
        "一个长方形，长是宽的3倍，它的周长是48cm，它的面积是多少？",
        "周长是48cm的长方形，长是宽的3倍，求它的面积",
        "已知长方形的周长是48cm，长是宽的3倍，求长方形的面积",
        "长是宽的3倍的长方形，周长为48cm，面积是多少平方厘米？",
        "有一个长方形，它的长是宽的3倍，周长48cm。请算出面积",
        "一个长方形的周长是48cm，它的长是宽的3倍。它的面积是多少？",
        "如果长方形的长是宽的3倍，周长等于48cm，那么面积是多少？",
        "A rectangle is 3 times as long as it is wide, its perimeter is 48 cm. What is the area?",
        "A rectangle has a perimeter of 48 cm and is 3 times as long as wide. What is its area?",
        "Find the area of a rectangle whose perimeter is 48 cm and whose length is 3 times its width.",  # noqa: E501
        "What is the area of a rectangle that is 3 times as long as it is wide, with a perimeter of 48 cm?",  # noqa: E501
    ],
)
def test_the_rectangle_under_the_combined_prompt(
    engine: LocalEngine, checker: Checker, problem: str
) -> None:
    solution = solved(engine, checker, TutorTask(problem, limit=300, overrides=SEED))
    assert solution.answer is not None, solution.text
    assert checker.equivalent(solution.answer, "108 cm²").is_right, solution.text
    assert all(line.verdict.status != "fails" for line in solution.lines), solution.text
    assert count(solution.text, "characters", solution.language) <= 300


@pytest.mark.parametrize(
    ("text", "oldest", "question"),
    [
        (PEOPLE, "李四", "谁的年龄最大？"),
        (PEOPLE, "李四", "年龄最大的是谁？"),
        (PEOPLE, "李四", "谁最年长？"),
        (PEOPLE, "李四", "最年长的人是谁？"),
        (PEOPLE, "李四", "年龄最大的人叫什么名字？"),
        (PEOPLE, "李四", "请问这里面谁年纪最大？"),
        (PEOPLE, "李四", "表里年龄最大的人是哪一位？"),
        (PEOPLE, "李四", "这三个人里，年纪最大的是哪个？"),
        (PEOPLE, "李四", "找出年龄最大的人"),
        (PEOPLE, "李四", "所有人中，谁岁数最大？"),
        (PEOPLE_EN, "Ben", "Who is the oldest?"),
        (PEOPLE_EN, "Ben", "Which person is the oldest?"),
        (PEOPLE_EN, "Ben", "What is the name of the oldest person?"),
        (PEOPLE_EN, "Ben", "Of these people, who is the oldest?"),
    ],
)
def test_the_oldest_of_a_table(engine: LocalEngine, text: str, oldest: str, question: str) -> None:
    table = read_table(text)[0].table
    answer = ask_table(engine, table, question, seed=1)
    assert answer.sentence is not None
    named = [name for name in table.columns[0].texts if name in answer.sentence.text]
    assert named == [oldest], answer
    assert {row for row, _ in answer.sentence.cells} == {1}


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (PEOPLE, ("最年长者的名字", "最年长者的所在城市", "平均年龄")),
        (PEOPLE, ("最年长者的名字是什么？", "最年长者在哪个城市？", "平均年龄是多少？")),
        (PEOPLE, ("谁最年长？", "最年长的人住在哪里？", "大家的平均年龄是多少？")),
        (PEOPLE, ("年龄最大的人的姓名", "年龄最大的人的城市", "所有人的平均年龄")),
        (PEOPLE, ("年龄最大的是谁？", "年龄最大的人在哪个城市？", "年龄的平均值是多少？")),
        (PEOPLE, ("姓名：年龄最大的人", "城市：年龄最大的人", "年龄：平均值")),
        (PEOPLE, ("谁的年龄最大？", "谁的年龄最大？他在哪个城市？", "他们平均多大？")),
        (PEOPLE, ("岁数最大的人叫什么？", "岁数最大的人住在哪个城市？", "平均岁数是多少？")),
        (PEOPLE, ("请给出年龄最大者的姓名", "请给出年龄最大者的城市", "请给出平均年龄")),
        (PEOPLE, ("最年长的人是哪一位？", "哪个城市有最年长的人？", "平均下来，年龄是多少？")),
        # Names alone: the page asks "What is the name of the oldest person?" and so on.
        (PEOPLE, ("", "", "")),
        (PEOPLE_EN, ("", "", "")),
        (PEOPLE_EN, ("the oldest person's name", "the oldest person's city", "the average age")),
    ],
)
def test_the_document_over_a_table(
    engine: LocalEngine, text: str, questions: tuple[str, str, str]
) -> None:
    names = ("oldest_person.name", "oldest_person.city", "average_age")
    wanted = read_wanted("\n".join(f"{n}: {q}" for n, q in zip(names, questions, strict=True)))
    table = read_table(text)[0].table
    info = engine.info
    rounding = "保留一位小数" if text == PEOPLE else "one decimal place"
    answer = fill(
        engine,
        FieldsTask(table, wanted, rounding, guide=not info.is_demo, seed=1),
        defaults=info.defaults,
        context_length=info.context_length,
        count_tokens=engine.count_tokens,
    )
    name, city = ("李四", "北京") if text == PEOPLE else ("Ben", "Bern")
    assert answer.document == {
        "oldest_person": {"name": name, "city": city},
        "average_age": 28.3,
    }
    assert answer.is_valid
