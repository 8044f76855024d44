"""Reading tables of texts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_app.errors import InvalidInput
from qwen_app.features.json_mode.batch import MOST_BYTES, MOST_ROWS, Sheet, read_sheet


def texts(sheet: Sheet, column: str = "text") -> list[tuple[int, str | None]]:
    at = sheet.columns.index(column)
    return [(row.number, row.values[at] if row.values else "!") for row in sheet.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_told_apart(encoding: str) -> None:
    sheet = read_sheet("id,text\n1,你好，世界\n2,“引号”\n".encode(encoding), "a.csv")
    assert texts(sheet) == [(1, "你好，世界"), (2, "“引号”")]
    assert sheet.encoding == encoding.removesuffix("-sig").upper()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_quotes_commas_and_line_breaks_are_read(delimiter: str) -> None:
    line = delimiter.join(["7", '"a, b; ""c""\r\nd"'])
    sheet = read_sheet(f"id{delimiter}text\r\n{line}\r\n\r\n".encode())
    assert sheet.kind == "csv"
    assert texts(sheet) == [(1, 'a, b; "c"\r\nd')]


def test_a_bad_row_keeps_its_number_and_costs_the_others_nothing() -> None:
    sheet = read_sheet(b'id,text\n1,one\n2,two, too\n3,"th"ree\n4,four\n5,"five\n6,six')
    assert texts(sheet) == [(1, "one"), (2, "!"), (3, "!"), (4, "four"), (5, "!")]
    problems = [row.problem for row in sheet.rows if row.problem]
    assert "Line 3 has 3 fields" in problems[0][0]
    assert "第 4 行" in problems[1][1]


def test_lines_of_json_are_read() -> None:
    lines = ['{"text": "one", "n": 1}', "", "{broken", '{"n": [2]}', "3", '{"text": "five"}']
    sheet = read_sheet("\n".join(lines).encode())
    assert sheet.kind == "jsonl"
    assert sheet.columns == ("text", "n")
    assert texts(sheet) == [(1, "one"), (3, "!"), (4, None), (5, "!"), (6, "five")]
    assert sheet.rows[2].values == (None, "[2]")
    assert texts(read_sheet(b'"a"\n"b"', "x.jsonl")) == [(1, "a"), (2, "b")]


def test_the_column_with_the_most_text_is_suggested() -> None:
    sheet = read_sheet(b"id,note,body\n1,x,long long text\n2,,another one")
    assert sheet.columns[sheet.suggested] == "body"
    assert sheet.to_json()["rows"][1] == {
        "row": 2,
        "values": ["2", "", "another one"],
        "problem": None,
    }


def test_columns_without_a_name_or_with_the_same_get_one() -> None:
    assert read_sheet(b"a,,a\n1,2,3").columns == ("a", "column 2", "a (3)")


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "", "no rows"),
        (b" \n ", "a.csv", "no rows"),
        (b"text\n", "a.csv", "no rows below"),
        (b"PK\x03\x04rest", "a.xlsx", "Excel"),
        (b"\xff\xff\xff", "", "UTF-8"),
        (b"a\0b", "", "UTF-8"),
        (b"1\n2", "a.jsonl", "No line"),
        (b"x" * (MOST_BYTES + 1), "", "Split"),
        (b"t\n" + b"x\n" * (MOST_ROWS + 1), "", "Split"),
        (b",".join([b"a"] * 201) + b"\n1", "a.csv", "201 columns"),
    ],
)
def test_what_is_no_table_of_texts_is_refused(data: bytes, name: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_sheet(data, name)
    assert says in caught.value.en
    assert caught.value.zh != caught.value.en


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_an_error(data: bytes) -> None:
    try:
        sheet = read_sheet(data)
    except InvalidInput:
        return
    assert all(len(row.values) == len(sheet.columns) or row.problem for row in sheet.rows)
    json.dumps(sheet.to_json())
