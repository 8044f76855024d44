"""What columns are taken for, and what their cells are worth."""

import datetime
import random
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.build import build_table, find_totals, retype
from qwen_app.features.tables.kinds.clean import plain, without_notes
from qwen_app.features.tables.kinds.infer import infer, read_as
from qwen_app.features.tables.names import MAX_NAME, name_columns
from qwen_app.features.tables.table import KINDS, Kind

D = Decimal
DATE = datetime.date

CASES: list[tuple[str, list[str], Kind, str, list[Any]]] = [
    ("年龄", ["28", "32", "25"], "integer", "", [28, 32, 25]),
    ("年龄", ["28岁", "32 岁", "25岁"], "integer", "岁", [28, 32, 25]),
    ("重量", ["12 kg", "13.5kg", "—"], "decimal", "kg", [D(12), D("13.5"), None]),
    ("area (km²)", ["12", "13"], "integer", "km²", [12, 13]),
    ("people", ["1,234", "12,345,678"], "integer", "", [1234, 12345678]),
    ("people", ["18 520", "627 848"], "integer", "", [18520, 627848]),
    ("people", ["1'234", "5'678"], "integer", "", [1234, 5678]),
    ("people", ["12,34,567", "1,00,000"], "integer", "", [1234567, 100000]),
    ("量", ["１２３", "４５６"], "integer", "", [123, 456]),
    ("量", ["3.5万", "12万", "800"], "integer", "", [35000, 120000, 800]),
    ("额", ["1.2亿元", "3000万元"], "currency", "¥", [D(120000000), D(30000000)]),
    ("价", ["¥12", "￥1,234.5"], "currency", "¥", [D(12), D("1234.5")]),
    ("价", ["12美元", "3 美元"], "currency", "$", [D(12), D(3)]),
    ("gross", ["$4.5m", "$300 million"], "currency", "$", [D(4500000), D(300000000)]),
    ("gross", ["US$1,200", "US$3"], "currency", "US$", [D(1200), D(3)]),
    ("share", ["45.2%", "3 %", "7％"], "percent", "", [D("45.2"), D(3), D(7)]),
    ("%", ["12", "13.5"], "percent", "", [D(12), D("13.5")]),
    ("x", ["1.234,5", "2,5"], "decimal", "", [D("1234.5"), D("2.5")]),
    ("x", ["1,234.5", "2.5"], "decimal", "", [D("1234.5"), D("2.5")]),
    ("x", ["+5.78", "-13.51", "–4.05", "−0.07"], "decimal", "",
     [D("5.78"), D("-13.51"), D("-4.05"), D("-0.07")]),
    ("x", ["(1,234)", "567"], "integer", "", [-1234, 567]),
    ("x", ["45[2]", "1,234*", "12†", "7[a]"], "integer", "", [45, 1234, 12, 7]),
    ("x", ["1×10⁶", "2e3"], "integer", "", [1000000, 2000]),
    ("x", ["1 (by definition)", "1.5", "2.5"], "decimal", "", [D(1), D("1.5"), D("2.5")]),
    ("x", ["约12万", "13万"], "integer", "", [120000, 130000]),
    ("x", ["1", "2", "N/A", "无", "?", ""], "integer", "", [1, 2, None, None, None, None]),
    ("Year", ["1995", "2013"], "year", "", [1995, 2013]),
    ("届", ["1999", "2003", "2010"], "year", "", [1999, 2003, 2010]),
    ("成立", ["1998年", "2004年"], "year", "", [1998, 2004]),
    ("工龄", ["5年", "12年"], "integer", "年", [5, 12]),
    ("d", ["2024年5月1日", "2023年12月3号"], "date", "", [DATE(2024, 5, 1), DATE(2023, 12, 3)]),
    ("d", ["May 1, 2024", "Jun. 3rd, 2023"], "date", "", [DATE(2024, 5, 1), DATE(2023, 6, 3)]),
    ("d", ["1 May 2024", "2-Jun-2023"], "date", "", [DATE(2024, 5, 1), DATE(2023, 6, 2)]),
    ("d", ["2024-05-01", "2024/6/2"], "date", "", [DATE(2024, 5, 1), DATE(2024, 6, 2)]),
    ("d", ["5/1/2024", "6/2/2024"], "date", "", [DATE(2024, 5, 1), DATE(2024, 6, 2)]),
    ("d", ["5/1/2024", "26/2/2024"], "date", "", [DATE(2024, 1, 5), DATE(2024, 2, 26)]),
    ("d", ["5.1.2024", "6.2.2024"], "date", "", [DATE(2024, 1, 5), DATE(2024, 2, 6)]),
    ("d", ["May 2024", "2023年1月"], "date", "month", [DATE(2024, 5, 1), DATE(2023, 1, 1)]),
    ("日期", ["20240501", "20240612"], "date", "", [DATE(2024, 5, 1), DATE(2024, 6, 12)]),
    ("d", ["Monday, May 6, 2024"], "date", "", [DATE(2024, 5, 6)]),
    ("d", ["2024-05-01 12:30", "2024-05-02T08:00:11"], "datetime", "",
     [datetime.datetime(2024, 5, 1, 12, 30), datetime.datetime(2024, 5, 2, 8, 0, 11)]),
    ("at", ["12:30", "8:05"], "time", "", [datetime.time(12, 30), datetime.time(8, 5)]),
    ("at", ["2:30 pm", "12:05 a.m."], "time", "", [datetime.time(14, 30), datetime.time(0, 5)]),
    ("Length", ["3:45", "4:10"], "duration", "", [D(225), D(250)]),
    ("t", ["1:23.4", "1:02:33"], "duration", "", [D("83.4"), D(3753)]),
    ("t", ["3h 20m", "45 min", "2小时5分"], "duration", "", [D(12000), D(2700), D(7500)]),
    ("t", ["90分钟", "100分钟"], "integer", "分钟", [90, 100]),
    ("r", ["10-20", "20~30", "5至8"], "range", "", [(10, 20), (20, 30), (5, 8)]),
    ("r", ["10~20岁", "20~30岁"], "range", "岁", [(10, 20), (20, 30)]),
    ("s", ["1983–84", "1999–00"], "range", "", [(1983, 1984), (1999, 2000)]),
    ("s", ["3–1", "2–2", "0–1"], "score", "", [(3, 1), (2, 2), (0, 1)]),
    ("比分", ["1:2", "3:4"], "score", "", [(1, 2), (3, 4)]),
    ("r", ["1st", "2nd", "4th"], "rank", "", [1, 2, 4]),
    ("r", ["第3名", "第十二名", "第二十一"], "rank", "", [3, 12, 21]),
    ("r", ["No. 1", "#2", "3"], "rank", "", [1, 2, 3]),
    ("b", ["是", "否", ""], "boolean", "", [True, False, None]),
    ("b", ["Yes", "no"], "boolean", "", [True, False]),
    ("b", ["✓", "✗"], "boolean", "", [True, False]),
    ("b", ["有", "无"], "boolean", "", [True, False]),
    ("t", ["x", "y"], "text", "", ["x", "y"]),
    ("t", ["张三[1]", "N/A", "无"], "text", "", ["张三", None, "无"]),
    ("t", ["3 Idiots", "12 Monkeys"], "text", "", ["3 Idiots", "12 Monkeys"]),
    ("t", ["007", "012"], "text", "", ["007", "012"]),
    ("电话", ["13800138000"], "text", "", ["13800138000"]),
    ("t", ["110101199003078888"], "text", "", ["110101199003078888"]),
    ("t", ["¥12", "$3"], "text", "", ["¥12", "$3"]),
    ("t", ["180cm", "1.8m"], "text", "", ["180cm", "1.8m"]),
    ("t", ["1.2.3", "10.0.0.1"], "text", "", ["1.2.3", "10.0.0.1"]),
    ("t", ["2024-13-45", "2023-02-30"], "text", "", ["2024-13-45", "2023-02-30"]),
]  # fmt: skip


@pytest.mark.parametrize(("header", "texts", "kind", "unit", "values"), CASES)
def test_kinds(header: str, texts: list[str], kind: Kind, unit: str, values: list[Any]) -> None:
    column = infer("c", header, texts).column
    assert (column.kind, column.unit, list(column.values)) == (kind, unit, values)
    assert column.texts == tuple(texts)
    assert [type(value) for value in column.values] == [type(value) for value in values]


def test_exceptions_keep_their_text_and_are_noted() -> None:
    inferred = infer("n", "n", ["1", "2", "3", "4", "five"])
    assert inferred.column.values == (1, 2, 3, 4, None)
    assert inferred.column.exceptions == (4,)
    assert inferred.column.texts[4] == "five"
    assert "row 5" in inferred.notes[0].en
    assert "第 5 行" in inferred.notes[0].zh
    assert infer("n", "n", ["1", "2", "three", "four"]).column.kind == "text"


def test_an_unclear_date_is_noted() -> None:
    assert "month first" in infer("d", "d", ["5/1/2024", "6/2/2024"]).notes[0].en
    assert infer("d", "d", ["5/1/2024", "26/2/2024"]).notes == ()


def test_totals_are_found_typed_and_left_out_of_the_verdict() -> None:
    table = build_table(["地区", "销量"], [["北京", "10"], ["上海", "20"], ["合计", "30"]])
    assert table.totals == (2,)
    assert table.column("销量").values == (10, 20, 30)
    assert "合计" in table.notes[0].zh
    table = build_table(["Round", "GP"], [["1", "4"], ["2", "6"], ["Total", "Best: 3"]])
    assert table.column("GP").kind == "integer"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (["a", "b", "Average"], (2,)),
        (["a", "Total", "b", "c"], ()),  # it may be a name
        (["a", "小计", "b", "小计", "总计"], (1, 3, 4)),
        (["a", "b", "Total", "Average"], (2, 3)),
        (["Total", "a"], ()),
    ],
)
def test_totals(first: list[str], expected: tuple[int, ...]) -> None:
    assert find_totals([first, ["1"] * len(first)]) == expected


def test_a_person_corrects_a_kind() -> None:
    table = build_table(["code", "n"], [["007", "1"], ["012", "x"], ["013", "3"]])
    assert table.column("code").kind == "text"
    assert retype(table, "code", "integer").column("code").values == (7, 12, 13)
    assert retype(table, "n", "text").column("n").values == ("1", "x", "3")
    with pytest.raises(InvalidInput, match='row 1 "007"') as raised:
        retype(table, "code", "date")
    assert "第 1 行“007”" in raised.value.zh
    with pytest.raises(InvalidInput, match="no column"):
        retype(table, "none", "date")


def test_names() -> None:
    assert name_columns(["Year", "year", "", "Year"]) == ["Year", "year 2", "column 3", "Year 3"]
    assert name_columns(["姓名", "", 'a"b`[xyz]']) == ["姓名", "列2", "a b xyz"]


@given(st.lists(st.text(max_size=80), min_size=1, max_size=12))
def test_names_keep_their_laws(headers: list[str]) -> None:
    names = name_columns(headers)
    assert len({name.casefold() for name in names}) == len(headers)
    for name in names:
        assert 0 < len(name) <= MAX_NAME
        assert name == " ".join(name.split())
        assert not set(name) & set("\"'`’‘[]\\")


@given(
    st.lists(
        st.text(max_size=30)
        | st.text("0123456789,.-:/ %年月日万亿¥$()[]*第", max_size=20)
        | st.from_regex(r"\d{1,4}[-/:.]\d{1,4}[-/:.]?\d{0,4}", fullmatch=True),
        max_size=8,
    ),
    st.sampled_from(KINDS),
)
def test_any_text_is_read_or_left(texts: list[str], kind: Kind) -> None:
    column = infer("c", "", texts).column
    asked, misfits = read_as(column, kind)
    for read in (column, asked):
        assert len(read.values) == len(texts)
        assert all(read.values[row] is None for row in read.exceptions)
    assert asked.kind == kind
    assert misfits == asked.exceptions
    kinds = {"text": str, "integer": int, "decimal": Decimal, "boolean": bool, "year": int}
    if column.kind in kinds:
        wanted = kinds[column.kind]
        assert all(value is None or type(value) is wanted for value in column.values)


@given(st.text(max_size=300))
def test_plain_texts_are_stable(text: str) -> None:
    assert without_notes(text) or not text.strip()
    assert "\n" not in plain(text) or len(text) > 200


@pytest.mark.parametrize(
    "text",
    ["*" * 9999 + "a", "[1]" * 3000, "1" * 9999, "1 " * 4999, "1," * 4999, "a" + "(" * 9999 + ")",
     "1d " * 20, "1.1" * 21, "-" * 64, "1" + " " * 9998 + "x", "¥" * 64, "1e999", "10^999"],
)  # fmt: skip
def test_hostile_cells_take_no_time(text: str) -> None:
    start = time.process_time()
    for kind in KINDS:
        read_as(infer("c", "c", [text]).column, kind)
    assert time.process_time() - start < 0.5


def test_a_hundred_thousand_rows() -> None:
    random.seed(1)
    texts = [f"¥{random.randrange(10**6):,}.50" for _ in range(100_000)]
    start = time.process_time()
    assert infer("c", "c", texts).column.kind == "currency"
    assert time.process_time() - start < 4  # 0.9 s when nothing else runs
