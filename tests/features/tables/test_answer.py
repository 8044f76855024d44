"""The sentence: in the question's language, with no figure that the result does not hold."""

import re
from decimal import Decimal

import pytest

from qwen_app.features.tables.answer import language_of, say
from qwen_app.features.tables.build import build_table
from qwen_app.features.tables.figures import asked_digits, rounded, show_figure
from qwen_app.features.tables.query.execute import execute
from qwen_app.features.tables.table import Table
from tests.features.tables.making import GAMES, PEOPLE, column


def said(question: str, query: str, table: Table) -> str:
    return say(question, table, execute(query, table)).text


@pytest.mark.parametrize(
    ("question", "query", "sentence"),
    [
        ("谁最年轻？", "SELECT 姓名, 年龄 FROM t ORDER BY 年龄 LIMIT 1", "王五，年龄 25 岁。"),
        ("谁是最年轻的人？", "SELECT 姓名 FROM t ORDER BY 年龄 LIMIT 1", "王五，年龄 25 岁。"),
        ("李四住在哪？", "SELECT 城市 FROM t WHERE 姓名 = '李四'", "北京。"),
        ("平均年龄？", "SELECT AVG(年龄) FROM t", "年龄的平均值是 28.3 岁。"),
        ("平均年龄，保留两位小数", "SELECT AVG(年龄) FROM t", "年龄的平均值是 28.33 岁。"),
        ("平均年龄，四舍五入到整数", "SELECT AVG(年龄) FROM t", "年龄的平均值是 28 岁。"),
        ("What is the average age? Two decimals.", "SELECT AVG(年龄) FROM t",
         "The average of 年龄 is 28.33 岁."),
        ("有几个人？", "SELECT COUNT(*) FROM t", "共有 3 个。"),
        ("How many?", "SELECT COUNT(*) FROM t", "The number is 3."),
        ("几种城市？", "SELECT COUNT(DISTINCT 城市) FROM t", "共有 3 种不同的城市。"),
        ("相差几岁？", "SELECT MAX(年龄) - MIN(年龄) FROM t", "相差 7 岁。"),
        ("合起来几岁？",
         "SELECT (SELECT 年龄 FROM t WHERE row = 1) + (SELECT 年龄 FROM t WHERE row = 2)",
         "合计 60 岁。"),
        ("超过26岁的占百分之几？保留一位小数",
         "SELECT (SELECT COUNT(*) FROM t WHERE 年龄 > 26) / (SELECT COUNT(*) FROM t) * 100",
         "占比是 66.7%。"),
        ("What is the ratio?", "SELECT MAX(年龄) / MIN(年龄) FROM t", "The ratio is 1.28."),
        ("What is twice that?", "SELECT MAX(年龄) * 2 FROM t", "The result is 64."),
        ("有人超过30岁吗？", "SELECT EXISTS (SELECT * FROM t WHERE 年龄 > 30)", "是。"),
        ("Is anyone over 40?", "SELECT EXISTS (SELECT * FROM t WHERE 年龄 > 40)", "No."),
        ("谁大？", "SELECT CASE WHEN MAX(年龄) > 30 THEN '老' ELSE '少' END FROM t", "老。"),
        ("有哪些人？", "SELECT 姓名 FROM t", "张三、李四、王五。"),
        ("每个城市几人？", "SELECT 城市, COUNT(*) FROM t GROUP BY 城市",
         "杭州：1；北京：1；深圳：1。"),
        ("谁超过100岁？", "SELECT 姓名 FROM t WHERE 年龄 > 100", "表中没有符合条件的内容。"),
        ("Who is over 100?", "SELECT 姓名 FROM t WHERE 年龄 > 100",
         "The table has nothing that fits."),
    ],
)  # fmt: skip
def test_sentences(question: str, query: str, sentence: str) -> None:
    assert said(question, query, PEOPLE) == sentence


def test_the_sentence_names_the_cells_that_it_shows() -> None:
    query = "SELECT 姓名 FROM t ORDER BY 年龄 LIMIT 1"
    sentence = say("谁是最年轻的人？", PEOPLE, execute(query, PEOPLE))
    assert sentence.cells == ((2, "姓名"), (2, "年龄"))


def test_shares_differ_by_points() -> None:
    table = Table((column("p", "percent", ["30", "50.5"]),))
    query = "SELECT MAX(p) - MIN(p) FROM t"
    assert said("相差多少？", query, table) == "相差 20.5 个百分点。"
    assert said("By how much?", query, table) == "The difference is 20.5 percentage points."


def test_dates_are_early_or_late() -> None:
    assert said("从哪天起？", "SELECT MIN(Day) FROM t", GAMES) == "最早的Day是 2021-03-01。"
    assert said("when?", "SELECT MAX(Day) FROM t", GAMES) == "The latest Day is 2022-05-31."


def test_a_tie_is_said() -> None:
    query = "SELECT Team FROM t GROUP BY Team ORDER BY SUM(Goals) DESC LIMIT 1"
    assert said("Which team?", query, GAMES) == "Reds. Others are equal to the last one."


def test_a_long_list_is_cut_and_counted() -> None:
    table = Table((column("n", "integer", [str(i) for i in range(100, 150)]),))
    text = said("list them", "SELECT n FROM t", table)
    assert text.endswith("111 … (50 in all).")


def test_figures_are_those_of_the_result() -> None:
    queries = ("SELECT Team, Day, Fee FROM t", "SELECT SUM(Fee) FROM t", "SELECT AVG(Goals) FROM t")
    for query in queries:
        result = execute(query, GAMES)
        held = " ".join(str(value) for row in result.rows for value in row if value is not None)
        for figure in re.findall(r"\d+", said("what?", query, GAMES).partition(" Left out")[0]):
            assert figure in held


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("保留一位小数", 1),
        ("结果保留 2 位小数", 2),
        ("精确到小数点后三位", 3),
        ("四舍五入取整", 0),
        ("rounded to 2 decimal places", 2),
        ("with one decimal", 1),
        ("to the nearest whole number", 0),
        ("保留99位小数", 10),
        ("一位老师", None),
        ("how many have two decimals in mind", 2),
        ("nothing asked", None),
    ],
)
def test_rounding_that_was_asked_for(text: str, digits: int | None) -> None:
    assert asked_digits(text) == digits


def test_rounding_is_half_away_from_zero() -> None:
    assert rounded(Decimal("2.345"), 2) == Decimal("2.35")
    assert rounded(Decimal("-2.5"), 0) == -3
    assert rounded(Decimal("28.04"), 1) == 28
    assert rounded("text", 1) == "text"
    assert rounded(True, 1) is True


@pytest.mark.parametrize(
    ("texts", "kind", "unit", "value", "shown"),
    [
        (["12.5%"], "percent", "", Decimal("40"), "40%"),
        (["¥5"], "currency", "¥", Decimal("12.50"), "¥12.5"),
        (["$5"], "currency", "$", Decimal("-3"), "-$3"),
        (["1,200", "3"], "integer", "", 1234567, "1,234,567"),
        (["3万", "5万"], "integer", "", 45000, "4.5万"),
        (["12 kg"], "integer", "kg", 3, "3 kg"),
        (["2487万", "1.2亿"], "integer", "", 173_760_000, "1.7376亿"),
        (["2487万", "1.2亿"], "integer", "", 5_000, "0.5万"),
        (["4.7万亿", "2.4万亿"], "integer", "", 3_800_000_000_000, "3.8万亿"),
        (["$1.2 million", "$3 million"], "currency", "$", 2_233_333, "$2.2333 million"),
        (["3万", "5"], "integer", "", 45000, "45000"),
        (["1.234,5", "2,25"], "decimal", "", Decimal("3738.25"), "3.738,25"),
        (["HK$5"], "currency", "HK$", -3, "-HK$3"),
        (["1999"], "year", "", 2001, "2001"),
    ],
)
def test_figures_are_written_as_their_column(
    texts: list[str], kind: str, unit: str, value: int | Decimal, shown: str
) -> None:
    from typing import cast

    from qwen_app.features.tables.table import Column, Kind

    like = Column("c", "c", cast(Kind, kind), tuple(texts), tuple(None for _ in texts), unit)
    assert show_figure(value, like, "en") == shown


@pytest.mark.parametrize(
    ("question", "texts", "query", "sentence"),
    [
        ("影片", ["2小时5分", "1小时30分", "1小时45分"], "AVG(c)", "c的平均值是 1小时46分40秒。"),
        ("x", ["3:45.0", "4:10", "1:02:05"], "SUM(c)", "The total of c is 1:10:00."),
        ("x", ["8:30", "14:05", "9:15 pm"], "MIN(c)", "The lowest of c is 08:30."),
        ("x", ["8:30", "14:05", "9:15"], "MAX(c) - MIN(c)", "The difference is 5 h 35 min."),
        ("x", ["2001-05-01", "2001-05-03"], "MAX(c) - MIN(c)", "The difference is 2 days."),
        ("差", ["2001-05-01", "2001-05-03"], "MAX(c) - MIN(c)", "相差 2 天。"),
        ("x", ["$10", "$20", "$20.01"], "AVG(c)", "The average of c is $16.67."),
        ("价", ["¥10", "¥21", "看情况"], "AVG(c)",
         "c的平均值是 ¥15.5。（“c”列有 1 个单元格不是金额，未计入。）"),
        ("价", ["¥10", "¥21", "面议"], "AVG(c)", "c的平均值是 ¥15.5。"),
        ("x", ["9,007,199,254,740,993", "1"], "SUM(c)",
         "The total of c is 9,007,199,254,740,990. Its digits after the fifteenth are not exact."),
    ],
)  # fmt: skip
def test_figures_are_said_as_what_they_count(
    question: str, texts: list[str], query: str, sentence: str
) -> None:
    table = build_table(["c"], [[text] for text in texts])
    assert said(question, f"SELECT {query} FROM t", table) == sentence


def test_an_empty_cell_is_not_the_same_as_no_row() -> None:
    query = "SELECT Fee FROM t WHERE Goals = 4"
    assert said("what?", query, GAMES) == "There is no value there."
    assert said("多少？", query, GAMES) == "该处没有值。"


def test_a_bare_number_has_the_unit_of_its_column() -> None:
    table = build_table(["身高(cm)", "占比(%)"], [["170.50", "12.0"], ["181", "88"]])
    assert said("多高？", 'SELECT "身高(cm)" FROM t WHERE row = 1', table) == "170.50 cm。"
    assert said("多少？", 'SELECT "占比(%)" FROM t WHERE row = 1', table) == "12.0%。"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("谁最年轻？", "zh"),
        ("Who is youngest?", "en"),
        ("How old is '张三'?", "en"),
        ("Team A 得了几分", "zh"),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert language_of(question) == language
