"""Workbooks of Excel (.xlsx): each sheet a table, cells as the sheet shows them."""

import datetime
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.reading.grid import Box, Grid, GridRow
from qwen_app.features.tables.reading.limits import (
    MAX_CELL,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TABLES,
    TableTooLarge,
    check_cell,
    check_size,
)

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

_MAX_UNPACKED = 96 * 1024 * 1024  # bytes of all parts of a workbook, unpacked
_WHOLE = 6 * 1024 * 1024  # a workbook up to this is read whole, which tells its merged cells
_CHUNK = 1 << 20
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
    unpacked, formulas = _check_archive(data)
    import openpyxl

    streamed = unpacked > _WHOLE

    def load(*, values: bool) -> "Workbook":
        return openpyxl.load_workbook(io.BytesIO(data), read_only=streamed, data_only=values)

    try:
        book = load(values=True)
        written = load(values=False) if formulas and not streamed else None
        sheets: list[Sheet] = []
        for sheet in book.worksheets[:MAX_TABLES]:
            if sheet.sheet_state != "visible":
                continue
            source = written[sheet.title] if written is not None else None
            grid = _read_sheet(sheet, source)
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


def _check_archive(data: bytes) -> tuple[int, bool]:
    """Unpacked size, and whether there are formulas; refuses bombs and declared entities."""
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
    return unpacked, formulas


def _read_sheet(sheet: Any, written: Any) -> Grid:
    rows: list[GridRow] = []
    width = 0
    for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1)):
        out: GridRow = []
        for column, cell in enumerate(row):
            text = shown(cell.value, getattr(cell, "number_format", "General") or "General")
            if not text and written is not None:
                formula = written.cell(number + 1, column + 1).value
                text = formula if isinstance(formula, str) and formula[:1] == "=" else ""
            if len(text) > MAX_CELL:
                check_cell(text)
            out.append(Box(text) if text else None)
        while out and out[-1] is None:
            out.pop()
        rows.append(out)
        width = max(width, len(out))
        if len(rows) * width > MAX_CELLS:
            check_size(len(rows), width)
    while rows and not rows[-1]:
        rows.pop()
    check_size(len(rows), width)
    for out in rows:
        out.extend([None] * (width - len(out)))
    merged = getattr(sheet, "merged_cells", None)
    for area in merged.ranges if merged is not None else ():
        _spread(rows, width, area)
    filled = [column for column in range(width) if any(row[column] for row in rows)]
    return Grid([[row[column] for column in filled] for row in rows if any(row)])


def _spread(rows: list[GridRow], width: int, area: Any) -> None:
    """Lets the box of a merged area stand in all its places."""
    if area.min_row > len(rows) or area.min_col > width:
        return
    box = rows[area.min_row - 1][area.min_col - 1]
    for row in range(area.min_row - 1, min(area.max_row, len(rows))):
        for column in range(area.min_col - 1, min(area.max_col, width)):
            rows[row][column] = box


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
        plain = re.sub(r"\[\$([^\]-]*)[^\]]*\]", r"\1", number_format).replace('"', "")
        if (sign := _MONEY.search(plain)) and "e" not in text:
            return f"-{sign[0]}{text[1:]}" if text.startswith("-") else sign[0] + text
        return text
    return str(value)
