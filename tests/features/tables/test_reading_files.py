"""CSV, TSV, pastes, Markdown, Excel, encodings; and what is written reads back."""

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.reading import read_table
from qwen_app.features.tables.reading.excel import shown
from qwen_app.features.tables.table import Table
from qwen_app.features.tables.writing import harmless, rows_of, to_csv, to_html, to_markdown

PEOPLE = [
    ["姓名", "年龄", "城市"],
    ["张三", "28", "杭州"],
    ["李四", "32", "北京"],
    ["王五", "25", "深圳"],
]


def texts(table: Table) -> list[list[str]]:
    return [list(row) for row in rows_of(table)]


def lines(separator: str, rows: list[list[str]] = PEOPLE) -> str:
    return "\n".join(separator.join(row) for row in rows)


@pytest.mark.parametrize("separator", [",", "\t", ";", "|", "，", " "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_separators_and_encodings_are_found(separator: str, encoding: str) -> None:
    if encoding == "utf-16-le":
        rows = [["name", "age"], ["Ann", "28"], ["Bob", "32"]]
        assert texts(read_table(lines(separator, rows).encode(encoding))[0].table) == rows
        return
    assert texts(read_table(lines(separator).encode(encoding))[0].table) == PEOPLE
    assert texts(read_table(lines(separator))[0].table) == PEOPLE


def test_a_decimal_comma() -> None:
    table = read_table("name;value\na;1,5\nb;2,25\n")[0].table
    assert [str(value) for value in table.column("value").values] == ["1.5", "2.25"]


def test_no_header() -> None:
    table = read_table("张三,28\n李四,32\n王五,25")[0].table
    assert table.names == ("列1", "列2")
    assert table.rows == 3
    assert "没有表头" in table.notes[0].zh
    years = read_table("country,2001,2002\nA,1,2\nB,3,4")[0].table
    assert years.names == ("country", "2001", "2002")


def test_title_ragged_rows_and_quotes() -> None:
    table = read_table('Sales,,\nproduct,q1,q2\n"a, b",1\n"say ""hi""",3,4,5\n\n')[0].table
    assert table.caption == "Sales"
    assert table.names == ("product", "q1", "q2", "column 4")
    assert list(table.texts()) == [("a, b", "1", "", ""), ('say "hi"', "3", "4", "5")]


def test_a_stray_quote_swallows_nothing() -> None:
    table = read_table('pipe,size\n"a,1\nb,2\nc,3')[0].table
    assert table.column("size").values == (1, 2, 3)


def test_markdown() -> None:
    found = read_table(
        "# People\ntext | not a table\n\n| a | b |\n|:--|--:|\n| **x** | 1 |\n"
        "| [y](http://z) | 2 |\n"
        "\n## More\nc | d | e\n--- | --- | ---\n1 | `2` | x\\|y\n3 | 4\n5|6|7\n"
    )
    assert [item.table.caption for item in found] == ["More", "People"]
    assert texts(found[0].table)[1] == ["1", "2", "x|y"]
    assert texts(found[1].table) == [["a", "b"], ["x", "1"], ["y", "2"]]


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_excel() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet.title = "销售"
        sheet.append(["2024 年销售"])
        sheet.merge_cells("A1:C1")
        for row in (["产品", "占比", "日期"], ["甲", 0.25, datetime.date(2024, 5, 1)],
                    ["乙", 0.5, datetime.date(2024, 6, 1)], ["丙", "=1+1", None]):  # fmt: skip
            sheet.append(row)
        for number in (3, 4):
            sheet.cell(number, 2).number_format = "0.0%"
        second = book.create_sheet("levels")
        levels: list[list[Any]] = [["Region", "2023", None], [None, "Q1", "Q2"]]
        for line in [*levels, ["N", 1, 2], ["S", 3.5, 4]]:
            second.append(line)
        second.merge_cells("A1:A2")
        second.merge_cells("B1:C1")
        second.cell(900_000, 2).value = None
        hidden = book.create_sheet("hidden")
        hidden.append(["x", "y"])
        hidden.sheet_state = "hidden"

    first, second = (found.table for found in read_table(workbook(fill), filename="a.xlsx"))
    assert first.caption == "2024 年销售"
    assert texts(first) == [
        ["产品", "占比", "日期"],
        ["甲", "25%", "2024-05-01"],
        ["乙", "50%", "2024-06-01"],
        ["丙", "=1+1", ""],
    ]
    assert second.caption == "levels"
    assert second.names == ("Region", "2023 Q1", "2023 Q2")
    assert list(second.texts()) == [("N", "1", "2"), ("S", "3.5", "4")]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1234.5, '"¥"#,##0.00', "¥1234.5"),
        (-3, "[$$-409]#,##0", "-$3"),
        (0.1 + 0.2, "General", "0.3"),
        (True, "General", "TRUE"),
        (datetime.datetime(2024, 5, 1, 8, 30), "General", "2024-05-01 08:30:00"),
        (datetime.time(8, 30), "General", "08:30:00"),
    ],
)
def test_cells_of_excel(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for n in range(10):
            archive.writestr(f"xl/{n}.xml", b"0" * (11 << 20))
    return out.getvalue()


def entities() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", '<!DOCTYPE a [<!ENTITY b "c">]><Types>&b;</Types>')
    return out.getvalue()


BAD = {
    "bomb": (bomb, "unpacks to more"),
    "entities": (entities, "not an Excel"),
    "no workbook": (lambda: b"PK\x03\x04abc", "not an Excel"),
    "old Excel": (lambda: b"\xd0\xcf\x11\xe0abc", r"\.xls"),
    "broken UTF-16": (lambda: b"\xff\xfe\x00", "utf-16"),
    "nothing": (lambda: b"", "No table"),
    "a word": (lambda: b"hello", "No table"),
    "too much": (lambda: b"a,b\n" * 9_000_000, "32 MiB"),
    "one line": (lambda: b"x" * 30_000_000, "characters|longer"),
    "many columns": (lambda: b"a," * 600 + b"\n1,2", "columns"),
    "many rows": (lambda: b"a,b\n" * 200_002, "rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_say_what_is_wrong(name: str) -> None:
    make, message = BAD[name]
    with pytest.raises(InvalidInput, match=message) as raised:
        read_table(make())
    assert raised.value.zh


def test_nul_bytes_vanish() -> None:
    assert texts(read_table("a,b\n1\x00,2\n3,4")[0].table)[1] == ["1", "2"]


def test_formulas_stay_text_and_are_disarmed_on_the_way_out() -> None:
    table = read_table("n,f\n1,=SUM(A1)\n2,\"=cmd|' /C calc'!A0\"")[0].table
    assert table.column("f").texts == ("=SUM(A1)", "=cmd|' /C calc'!A0")
    assert "\n1,'=SUM(A1)\n" in to_csv(rows_of(table))
    assert [harmless(text) for text in ("-5", "+3.5%", "-", "@x", "  =1", "a=1")] == [
        "-5", "+3.5%", "-", "'@x", "'  =1", "a=1",
    ]  # fmt: skip


WORD = st.text("abcXYZ张三李四城市", min_size=1, max_size=8)
CELL = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn"))
    | st.sampled_from("ab,;|\"'<>&\\*_`[]()#!~- \n"),
    max_size=12,
).map(lambda text: "\n".join(" ".join(line.split()) for line in text.split("\n") if line.split()))


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Header and rows: no empty row or column, no cell that a spreadsheet takes for a formula."""
    header = draw(st.lists(WORD, min_size=2, max_size=4, unique=True))
    width = len(header)
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5))
    safe = [["w" + cell for cell in row] for row in rows]
    return [header, *safe]


@given(tables())
def test_csv_and_tsv_read_back(rows: list[list[str]]) -> None:
    assert texts(read_table(to_csv(rows), kind="csv")[0].table)[1:] == rows[1:]
    assert texts(read_table(to_csv(rows, "\t"), kind="tsv")[0].table)[1:] == rows[1:]


@given(tables())
def test_markdown_reads_back(rows: list[list[str]]) -> None:
    assert texts(read_table(to_markdown(rows), kind="markdown")[0].table) == rows


@given(tables())
def test_html_reads_back(rows: list[list[str]]) -> None:
    read = texts(read_table(to_html(rows), kind="html")[0].table)
    assert [row for row in read if row != rows[0]] == [row for row in rows if row != rows[0]]
