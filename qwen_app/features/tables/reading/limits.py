"""What one source may hold. Beyond it reading ends with an error that says so.

Half a million cells of HTML need 280 MB and 5 s of one busy core, a million of CSV 230 MB and 10 s
(half of that when nothing else runs); a workbook is the slowest. The limits follow from that.
"""

from qwen_app.errors import InvalidInput

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELLS = 800_000
MAX_EXCEL_CELLS = 500_000
MAX_TAGS = 1_500_000  # opening and closing ones of one HTML source
MAX_TABLES = 200  # read of one page or workbook; the ones after them are left unread
MAX_CELL = 10_000  # characters of one cell


class TableTooLarge(InvalidInput):
    """The source holds more than we read."""

    code = "table_too_large"


def check_bytes(size: int) -> None:
    """Raises ``TableTooLarge`` for a source of more than ``MAX_BYTES`` bytes or characters."""
    if size > MAX_BYTES:
        mib = MAX_BYTES // (1024 * 1024)
        raise TableTooLarge(
            f"The table's source has {size / 1024 / 1024:.0f} MiB; at most {mib} MiB are read. "
            "Send a part of it.",
            f"表格来源有 {size / 1024 / 1024:.0f} MiB，最多读取 {mib} MiB。请只提交其中一部分。",
        )


def check_size(rows: int, columns: int, cells: int = MAX_CELLS) -> None:
    """Raises ``TableTooLarge`` for a table beyond the limits of rows, columns or cells."""
    for count, limit, en, zh in (
        (rows, MAX_ROWS, "rows", "行"),
        (columns, MAX_COLUMNS, "columns", "列"),
        (rows * columns, cells, "cells", "个单元格"),
    ):
        if count > limit:
            raise TableTooLarge(
                f"The table has {count:,} {en} or more; at most {limit:,} are read. "
                "Leave out what the question does not need.",
                f"表格至少有 {count:,} {zh}，最多读取 {limit:,} {zh}。请去掉与问题无关的部分。",
            )


def check_cell(text: str) -> None:
    """Raises ``TableTooLarge`` for a cell of more than ``MAX_CELL`` characters."""
    if len(text) > MAX_CELL:
        raise TableTooLarge(
            f"A cell has {len(text):,} characters; at most {MAX_CELL:,} are read. It begins: "
            f"{text[:40]!r}",
            f"有一个单元格长达 {len(text):,} 个字符，最多 {MAX_CELL:,} 个。开头是：{text[:40]!r}",
        )
