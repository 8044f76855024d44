"""Workbooks of Excel (.xlsx): each sheet a table, cells as the sheet shows them."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.reading.grid import Box, Grid, GridRow
from qwen_app.features.tables.reading.limits import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_EXCEL_CELLS,
    MAX_ROWS,
    MAX_TABLES,
    TableTooLarge,
    check_cell,
    check_size,
)

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_MAX_UNPACKED = 96 * 1024 * 1024  # bytes of all parts of a workbook, unpacked
_MOST_MERGED = 1000
_LONGEST_TAG = 200
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_CHUNK = 1 << 20
_Area: TypeAlias = tuple[int, int, int, int]  # first and last row, first and last column, from 1
_MONEY = re.compile(r"[¥￥$€£₩]|US\$|HK\$")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet that holds something."""

    title: str
    grid: Grid


def read_excel(data: bytes) -> list[Sheet]:
    """The visible sheets of a workbook in their order, each from its first filled cell.

    Of a formula the last computed value is taken; without one its text, which is never executed.

    Raises:
        TableTooLarge: beyond a limit, or an archive that unpacks to too much.
        InvalidInput: no workbook of Excel, or a damaged one.
    """
    formulas = _check_archive(data)
    import openpyxl

    def load(*, values: bool) -> "Workbook":
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)

    try:
        book = load(values=True)
        written = load(values=False) if formulas else None
        sheets: list[Sheet] = []
        for sheet in book.worksheets[:MAX_TABLES]:
            if sheet.sheet_state != "visible":
                continue
            source = written[sheet.title] if written is not None else None
            grid = _read_sheet(sheet, source, _merged(data, sheet))
            if grid.rows:
                sheets.append(Sheet(sheet.title, grid))
        book.close()
    except (InvalidInput, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever its parts raise on a damaged file
        raise _no_workbook() from error
    return sheets


def _no_workbook() -> InvalidInput:
    return InvalidInput(
        "The file is not an Excel workbook (.xlsx), or it is damaged. Save it again, or as CSV.",
        "文件不是 Excel 工作簿（.xlsx），或已损坏。请重新保存，或另存为 CSV。",
        param="file",
    )


def _check_archive(data: bytes) -> bool:
    """Whether there are formulas; refuses bombs and declared entities."""
    unpacked = 0
    formulas = False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                raise _no_workbook()
            for info in archive.infolist():
                unpacked += info.file_size
                if unpacked > _MAX_UNPACKED:
                    raise TableTooLarge(
                        f"The workbook unpacks to more than {_MAX_UNPACKED >> 20} MiB.",
                        f"工作簿解压后超过 {_MAX_UNPACKED >> 20} MiB。",
                        param="file",
                    )
            for info in archive.infolist():
                if not info.filename.endswith((".xml", ".rels")):
                    continue
                with archive.open(info) as part:
                    tail = b""
                    while chunk := part.read(_CHUNK):
                        block = tail + chunk
                        if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
                            raise _no_workbook()
                        formulas = formulas or b"<f>" in block or b"<f " in block
                        tail = chunk[-16:]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise _no_workbook() from error
    return formulas


def _read_sheet(sheet: Any, written: Any, areas: list[_Area]) -> Grid:
    """The filled rows and columns of a sheet; ``written`` is the same with formulas."""
    rows: dict[int, GridRow] = {}
    width = 0
    sources = _lines(written) if written is not None else repeat(())
    for number, (row, source) in enumerate(zip(_lines(sheet), sources, strict=False), 1):
        out: GridRow = []
        for column, cell in enumerate(row):
            value = cell.value
            is_number = isinstance(value, int | float)
            text = shown(value, cell.number_format if is_number else "General")
            if not text and column < len(source):
                formula = source[column].value
                text = formula if isinstance(formula, str) and formula[:1] == "=" else ""
            if len(text) > MAX_CELL:
                check_cell(text)
            out.append(Box(text) if text else None)
        while out and out[-1] is None:
            out.pop()
        if out:
            rows[number] = out
            width = max(width, len(out))
            if width > MAX_COLUMNS or len(rows) * width > MAX_EXCEL_CELLS:
                check_size(len(rows), width, MAX_EXCEL_CELLS)
    check_size(len(rows), width)
    for out in rows.values():
        out.extend([None] * (width - len(out)))
    for area in areas:
        _spread(rows, width, area)
    filled = [column for column in range(width) if any(row[column] for row in rows.values())]
    return Grid([[row[column] for column in filled] for row in rows.values()])


def _lines(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file claims may be a million rows
    return iter(sheet.iter_rows())


def _merged(data: bytes, sheet: Any) -> list[_Area]:
    """The merged areas of a sheet, which openpyxl does not tell while it streams."""
    path = getattr(sheet, "_worksheet_path", None)
    if path is None:
        return []
    found: list[_Area] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(path) as part:
        tail = b""
        while chunk := part.read(_CHUNK):
            block = tail + chunk
            end = block.rfind(b">") + 1
            tail = block[end:][-_LONGEST_TAG:]
            for match in _MERGED.finditer(block, 0, end):
                first, last, left, right = match[2], match[4], match[1], match[3]
                found.append((int(first), int(last), _column(left), _column(right)))
                if len(found) == _MOST_MERGED:
                    return found
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _spread(rows: dict[int, GridRow], width: int, area: _Area) -> None:
    """Lets the box of a merged area stand in all its places, as far as there are rows."""
    top, bottom, left, right = area
    if top not in rows or left > width:
        return
    box = rows[top][left - 1]
    for number in range(top, min(bottom, MAX_ROWS + top) + 1):
        if number in rows:
            for column in range(left - 1, min(right, width)):
                rows[number][column] = box


def shown(value: object, number_format: str) -> str:
    """A cell's value as the sheet shows it, as far as its kind goes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\x00", "").strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, int | float):
        if "%" in number_format:
            return f"{value * 100:.12g}%"
        text = f"{value:.15g}" if isinstance(value, float) else str(value)
        if number_format == "General":
            return text
        plain = re.sub(r"\[\$([^\]-]*)[^\]]*\]", r"\1", number_format).replace('"', "")
        if (sign := _MONEY.search(plain)) and "e" not in text:
            return f"-{sign[0]}{text[1:]}" if text.startswith("-") else sign[0] + text
        return text
    return str(value)
