"""Tables of texts: CSV or JSON Lines, as files and spreadsheets bring them.

A row that cannot be read is kept with its number and the reason, so that it costs the others
nothing.
"""

import csv
import io
import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from typing import Any, Final, Literal

from qwen_app.errors import InvalidInput

MOST_BYTES: Final = 8_000_000
MOST_ROWS: Final = 10_000
_MOST_COLUMNS: Final = 200
_ONLY_COLUMN: Final = "text"
"""Name of the column of a file whose lines are JSON strings."""

Kind = Literal["csv", "jsonl"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row; the first below the header is number 1, in JSON Lines the first line is."""

    number: int
    values: tuple[str | None, ...] = ()
    """One a column; None where the row has no such field."""
    problem: tuple[str, str] | None = None
    """English and Chinese: why there are no values."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that has been read."""

    kind: Kind
    encoding: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def suggested(self) -> int:
        """The column with the most text in it."""
        sizes = [
            sum(len(row.values[i] or "") for row in self.rows if row.values)
            for i in range(len(self.columns))
        ]
        return max(range(len(sizes)), key=sizes.__getitem__, default=0)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the page."""
        return {
            "kind": self.kind,
            "encoding": self.encoding,
            "columns": list(self.columns),
            "suggested": self.suggested,
            "rows": [
                {
                    "row": row.number,
                    "values": list(row.values),
                    "problem": row.problem and {"en": row.problem[0], "zh": row.problem[1]},
                }
                for row in self.rows
            ],
        }


def read_sheet(data: bytes, name: str = "") -> Sheet:
    """Read a file, or what was pasted.

    Args:
        data: UTF-8, UTF-16 with a mark, or GB18030.
        name: the file's; its ending decides the kind. Without one, the content does.

    Raises:
        InvalidInput: this is no table of texts, or it is too large.
    """
    if len(data) > MOST_BYTES:
        raise _error(
            f"The file has {len(data):,} bytes and may have {MOST_BYTES:,}. Split it.",
            f"文件有 {len(data):,} 字节，最多允许 {MOST_BYTES:,} 字节。请拆分后再试。",
        )
    text, encoding = _decode(data)
    if not text.strip():
        raise _error("There are no rows in it.", "其中没有任何数据行。")
    kind = _kind_of(text, name)
    columns, rows = _read_csv(text) if kind == "csv" else _read_lines(text)
    if not rows:
        raise _error(
            "There is a header and no rows below it. The first line of a CSV names the columns.",
            "只有表头而没有数据行。CSV 的第一行应为列名。",
        )
    return Sheet(kind, encoding, columns, tuple(rows))


def _decode(data: bytes) -> tuple[str, str]:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _error(
            "This is an Excel file. Save it as CSV (UTF-8) and try again.",
            "这是 Excel 文件。请另存为 CSV（UTF-8）后再试。",
        )
    marks = ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))
    marked = [name for mark, name in marks if data.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding.removesuffix("-sig").upper()
    raise _error(
        "This is not text in UTF-8, UTF-16 or GB18030. Save it as CSV (UTF-8) and try again.",
        "这不是 UTF-8、UTF-16 或 GB18030 编码的文本。请另存为 CSV（UTF-8）后再试。",
    )


def _kind_of(text: str, name: str) -> Kind:
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending in ("jsonl", "ndjson", "json"):
        return "jsonl"
    if ending in ("csv", "tsv"):
        return "csv"
    first = text.lstrip().split("\n", 1)[0].strip()
    try:
        return "jsonl" if isinstance(json.loads(first), dict) else "csv"
    except (ValueError, RecursionError):
        return "csv"


def _read_csv(text: str) -> tuple[tuple[str, ...], list[Row]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    columns: tuple[str, ...] | None = None
    rows: list[Row] = []
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return columns or (), rows
        except csv.Error as error:
            if columns is None:
                raise _error(
                    f"The header in line {line} cannot be read: {error}.",
                    f"第 {line} 行的表头无法读取：{error}。",
                ) from None
            problem = (
                f"Line {line} is no CSV ({error}). Texts with a comma, a quote or a line break"
                " stand in double quotes, and quotes in them are doubled.",
                f"第 {line} 行不是有效的 CSV（{error}）。含有逗号、引号或换行的文本需用双引号"
                "括起，其中的双引号要写两次。",
            )
            rows.append(Row(len(rows) + 1, problem=problem))
            continue
        if not any(value.strip() for value in values):
            continue
        if columns is None:
            columns = _named(values)
        elif len(values) != len(columns):
            problem = (
                f"Line {line} has {len(values)} fields and the header {len(columns)}. Put texts"
                " with a comma into double quotes.",
                f"第 {line} 行有 {len(values)} 个字段，而表头有 {len(columns)} 个。含有逗号的"
                "文本请用双引号括起。",
            )
            rows.append(Row(len(rows) + 1, problem=problem))
        else:
            rows.append(Row(len(rows) + 1, tuple(values)))
        _check_count(len(rows))


def _delimiter(text: str) -> str:
    """The one that the header has most of."""
    header = text.lstrip().split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _named(header: list[str]) -> tuple[str, ...]:
    """Names of the columns, made different from each other."""
    if len(header) > _MOST_COLUMNS:
        raise _error(
            f"The table has {len(header)} columns and may have {_MOST_COLUMNS}.",
            f"表格有 {len(header)} 列，最多允许 {_MOST_COLUMNS} 列。",
        )
    names: list[str] = []
    for i, name in enumerate(header, start=1):
        plain = name.strip() or f"column {i}"
        names.append(plain if plain not in names else f"{plain} ({i})")
    return tuple(names)


def _read_lines(text: str) -> tuple[tuple[str, ...], list[Row]]:
    found: list[dict[str, str] | tuple[str, str] | None] = []
    columns: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        found.append(_read_line(number, line))
        if isinstance(one := found[-1], dict):
            columns.update(dict.fromkeys(one))
        _check_count(number)
    if len(columns) > _MOST_COLUMNS:
        raise _error(
            f"The objects have {len(columns)} different fields; at most {_MOST_COLUMNS} are read.",
            f"各行对象共有 {len(columns)} 个不同字段，最多读取 {_MOST_COLUMNS} 个。",
        )
    if not columns:
        raise _error(
            'No line is a JSON object or a JSON string, such as {"text": "..."}.',
            '没有一行是 JSON 对象或字符串，例如 {"text": "……"}。',
        )
    rows = []
    for number, one in enumerate(found, start=1):
        if isinstance(one, dict):
            rows.append(Row(number, tuple(one.get(name) for name in columns)))
        elif one is not None:
            rows.append(Row(number, problem=one))
    return tuple(columns), rows


def _read_line(number: int, line: str) -> dict[str, str] | tuple[str, str] | None:
    """The fields of a line, why it cannot be read, or None if it is blank."""
    if not line.strip():
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return (
            f"Line {number} is not JSON ({error}).",
            f"第 {number} 行不是有效的 JSON（{error}）。",
        )
    if isinstance(value, str):
        return {_ONLY_COLUMN: value}
    if isinstance(value, dict):
        return {
            name: of if isinstance(of, str) else json.dumps(of, ensure_ascii=False)
            for name, of in value.items()
        }
    return (
        f"Line {number} is neither a JSON object nor a string.",
        f"第 {number} 行既不是 JSON 对象，也不是字符串。",
    )


def _check_count(rows: int) -> None:
    if rows > MOST_ROWS:
        raise _error(
            f"The file has more than {MOST_ROWS:,} rows. Split it.",
            f"文件超过 {MOST_ROWS:,} 行。请拆分后再试。",
        )


def _error(en: str, zh: str) -> InvalidInput:
    return InvalidInput(en, zh, param="file")
