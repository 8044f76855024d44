"""One entry for every source: what it is, and the tables in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import Literal

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.build import build_table
from qwen_app.features.tables.kinds.infer import infer
from qwen_app.features.tables.names import is_chinese
from qwen_app.features.tables.reading.arrange import Arranged, arrange
from qwen_app.features.tables.reading.delimited import read_delimited
from qwen_app.features.tables.reading.encoding import decode
from qwen_app.features.tables.reading.limits import check_bytes
from qwen_app.features.tables.reading.markdown import has_markdown, read_markdown
from qwen_app.features.tables.table import Note, Table

Format = Literal["html", "csv", "tsv", "excel", "markdown"]

_SUFFIXES: dict[str, Format] = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".csv": "csv", ".tsv": "tsv",
    ".tab": "tsv", ".xlsx": "excel", ".xlsm": "excel", ".md": "markdown",
    ".markdown": "markdown",
}  # fmt: skip
_TABLE_TAG = re.compile(r"<table[\s>]", re.I)
_ROW_TAG = re.compile(r"<(?:tr|td|th)[\s>]", re.I)
_SAMPLE = 200  # rows by which a header is told from data
_LONGEST_SECTION = 80


@dataclass(frozen=True, slots=True)
class Found:
    """One table of a source.

    Attributes:
        table: the table; its caption is its title on the page, its sheet's name, or "".
        source: the format it came in.
    """

    table: Table
    source: Format


def read_table(
    source: bytes | str, *, filename: str | None = None, kind: Format | None = None
) -> list[Found]:
    """The tables of a page, a file or a paste, the one that is most likely meant first.

    Args:
        source: a file's bytes, or text.
        filename: its suffix tells the format when the content does not.
        kind: the format, if it is known.

    Raises:
        TableTooLarge: beyond the limits of ``limits``.
        InvalidInput: no table in it, a damaged file, an encoding that is not recognised.
    """
    check_bytes(len(source))
    kind = kind or _SUFFIXES.get(PurePath(filename or "").suffix.lower())
    if isinstance(source, bytes):
        if source.startswith(b"PK\x03\x04") or kind == "excel":
            return _some(_excel(source))
        if source.startswith(b"\xd0\xcf\x11\xe0"):
            raise InvalidInput(
                "Workbooks of old Excel (.xls) are not read. Save it as .xlsx or CSV.",
                "不支持旧版 Excel（.xls）文件。请另存为 .xlsx 或 CSV。",
                param="file",
            )
        source = decode(source)
    text = source.removeprefix("\ufeff").replace("\x00", "")
    if kind is None:
        kind = _format(text)
    if kind == "excel":
        raise InvalidInput(
            "An Excel workbook is bytes, not text.", "Excel 工作簿应以文件提交，而不是文本。"
        )
    if kind == "html":
        return _some(_html(text))
    if kind == "markdown":
        return _some(_markdown(text))
    return _some(_delimited(text, kind))


def _some(found: list[Found]) -> list[Found]:
    if not found:
        raise InvalidInput(
            "No table was found. Paste rows with a header, HTML with <table>, CSV, or Markdown.",
            "没有找到表格。请粘贴带表头的若干行、含 <table> 的 HTML、CSV 或 Markdown。",
            param="table",
        )
    return found


def _format(text: str) -> Format | None:
    if _TABLE_TAG.search(text) or (_ROW_TAG.search(text) and "</" in text):
        return "html"
    return "markdown" if has_markdown(text) else None


def _html(text: str) -> list[Found]:
    from qwen_app.features.tables.reading.html import read_html

    if not _TABLE_TAG.search(text):
        text = f"<table>{text}</table>"
    return [Found(_from_arranged(table.arranged, table.title), "html") for table in read_html(text)]


def _excel(data: bytes) -> list[Found]:
    from qwen_app.features.tables.reading.excel import read_excel

    found = []
    for sheet in read_excel(data):
        arranged = arrange(sheet.grid)
        if arranged.header:
            title = " ".join(arranged.titles) or sheet.title
            found.append(Found(_from_arranged(arranged, title, doubt=True), "excel"))
    return found


def _markdown(text: str) -> list[Found]:
    tables = [table for table in read_markdown(text) if any(table.header) or table.rows]
    tables.sort(key=lambda table: -len(table.rows) * len(table.header))
    return [
        Found(build_table(table.header, table.rows, caption=table.title), "markdown")
        for table in tables
    ]


def _delimited(text: str, kind: Format | None) -> list[Found]:
    rows = read_delimited(text, "\t" if kind == "tsv" else None)
    if not rows or (len(rows) == 1 and len(rows[0]) == 1):
        return []
    title = ""
    notes: list[Note] = []
    if (
        len(rows) > 2
        and len(rows[0]) > 1
        and sum(map(bool, rows[0])) == 1 < sum(map(bool, rows[1]))
    ):
        title = next(cell for cell in rows.pop(0) if cell)
        notes.append(_title_note(title))
    header, body = _split_header([rows[0]], rows[1:], notes)
    source: Format = "tsv" if kind == "tsv" or "\t" in text[:1000] else "csv"
    return [Found(build_table(header, body, caption=title, notes=notes), source)]


def _split_header(
    levels: Sequence[Sequence[str]], body: list[list[str]], notes: list[Note]
) -> tuple[list[str], list[list[str]]]:
    """The header, or none and all rows when the first row is of the same kinds as the others."""
    first = list(levels[0])
    if len(levels) > 1 or not _is_data(first, body):
        return first, body
    notes.append(Note("There is no header; columns are numbered.", "没有表头，各列按序号命名。"))
    word = "列{}" if is_chinese(first) else "column {}"
    return [word.format(n) for n in range(1, len(first) + 1)], [first, *body]


def _is_data(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    if not body:
        return False
    like = unlike = 0
    years = []
    for column, text in enumerate(first):
        texts = [row[column] for row in body[:_SAMPLE]]
        kind = infer("c", "", texts).column.kind
        if kind == "text":
            continue
        own = infer("c", "", [*texts, text]).column
        if own.kind == kind and own.values[-1] is not None:
            like += 1
            if re.fullmatch(r"(?:19|20)\d\d年?", text):
                years.append(int(text[:4]))
        elif text:
            unlike += 1
    if len(years) > 1 and len(years) == like and len({b - a for a, b in pairwise(years)}) == 1:
        return False  # a header of years
    return like > unlike


def _from_arranged(arranged: Arranged, title: str, *, doubt: bool = False) -> Table:
    """A table of what a page or a sheet held.

    Args:
        arranged: its parts.
        title: its title.
        doubt: the source does not mark headers, so the first row may be data.
    """
    notes = [_title_note(text) for text in arranged.titles]
    # A level that says the same again, as a repeated head does, adds nothing.
    header = [" ".join(dict.fromkeys("\n".join(levels).split("\n"))) for levels in arranged.header]
    header = [" ".join(text.split()) for text in header]
    rows = arranged.rows
    if doubt and all(len(levels) < 2 for levels in arranged.header):
        header, rows = _split_header([header], rows, notes)
    rows, sections = _without_repeated(header, rows, arranged.sections, notes)
    if sections and all(len(text) <= _LONGEST_SECTION for _, text in sections):
        name = "分组" if is_chinese([*header, *(text for _, text in sections)]) else "section"
        header, rows = [name, *header], _with_sections(rows, sections)
        notes.append(
            Note(
                f'{len(sections)} rows that spanned the table became the column "{name}".',
                f"{len(sections)} 个横跨整行的小标题成为“{name}”列。",
            )
        )
    else:
        notes.extend(_aside_note(text) for _, text in sections)
    notes.extend(_aside_note(text) for text in arranged.footers)
    if arranged.dropped:
        names = ", ".join(arranged.dropped)[:200]
        notes.append(Note(f"Left out as empty: {names}.", f"空列已略去：{names}。"))
    return build_table(header, rows, caption=title, notes=notes)


def _with_sections(rows: list[list[str]], sections: list[tuple[int, str]]) -> list[list[str]]:
    starts = dict(sections)  # of several before one row the last
    current = ""
    out = []
    for index, row in enumerate(rows):
        current = starts.get(index, current)
        out.append([" ".join(current.split()), *row])
    return out


def _without_repeated(
    header: list[str],
    rows: list[list[str]],
    sections: list[tuple[int, str]],
    notes: list[Note],
) -> tuple[list[list[str]], list[tuple[int, str]]]:
    """Leaves out rows that repeat the header, as long tables do."""
    again = {
        index
        for index, row in enumerate(rows)
        if row[0] == header[0] and [" ".join(cell.split()) for cell in row] == header
    }
    if not again or len(header) < 2:
        return rows, sections
    notes.append(
        Note(f"{len(again)} repeated header rows left out.", f"略去 {len(again)} 行重复的表头。")
    )
    moved = [(at - sum(row < at for row in again), text) for at, text in sections]
    return [row for index, row in enumerate(rows) if index not in again], moved


def _title_note(text: str) -> Note:
    text = " ".join(text.split())[:200]
    return Note(f"Taken as the title: {text}", f"作为标题：{text}")


def _aside_note(text: str) -> Note:
    text = " ".join(text.split())[:300]
    return Note(f"A remark in the table: {text}", f"表中的说明：{text}")
