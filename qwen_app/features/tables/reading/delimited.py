"""CSV, TSV, and what a spreadsheet's clipboard holds."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from qwen_app.features.tables.reading.limits import TableTooLarge, check_cell, check_size

_SEPARATORS = ("\t", ";", "|", ",", "，")
_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 100


def read_delimited(text: str, separator: str | None = None) -> list[list[str]]:
    """Rows of one width, without empty ones; the separator is found out unless given.

    Raises:
        TableTooLarge: beyond the limits of rows, columns, cells or a cell's length.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = separator or find_separator(text)
    rows: list[list[str]] = []
    width = count = 0
    for row in _rows(text, separator):
        cells = [cell.strip() for cell in row]
        if any(cells):
            rows.append(cells)
            count += len(cells)
            width = max(width, len(cells))
            if width > 500 or len(rows) % 1000 == 0:
                check_size(len(rows), width)
    check_size(len(rows), width)
    for cells in rows:
        if len(cells) < width:
            cells.extend([""] * (width - len(cells)))
    filled = [any(row[column] for row in rows) for column in range(width)]
    if not all(filled):
        rows = [[cell for cell, full in zip(row, filled, strict=True) if full] for row in rows]
    return rows


def find_separator(text: str) -> str:
    """The separator that cuts the first rows most evenly; white space if none does, "" for none."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, best_score = "", 0.0
    for separator in _SEPARATORS:
        if separator not in sample:
            continue
        score = _evenness([len(row) for row in _some(sample, separator)])
        if score > best_score:
            best, best_score = separator, score
    if best_score < 0.9:
        spaces = [len(line.split()) for line in sample.splitlines()[:_SAMPLE_ROWS] if line.strip()]
        if len(spaces) > 1 and len(set(spaces)) == 1 and spaces[0] > 1:
            return " "
    return best


def _some(sample: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in _rows(sample, separator):
            if any(row):
                rows.append(row)
            if len(rows) == _SAMPLE_ROWS:
                break
    except TableTooLarge:
        return []
    return rows


def _evenness(widths: list[int]) -> float:
    """The share of rows that have the commonest width; 0 when that is one column."""
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    return count / len(widths) if width > 1 else 0.0


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    if separator == " ":
        yield from (line.split() for line in text.splitlines())
        return
    quoted = text.count('"') % 2 == 0  # else one is an inch or a slip, and would swallow the rest
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator or "\x1f",
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        escapechar="\\" if quoted and '\\"' in text else None,
        skipinitialspace=separator != "\t",
    )
    try:
        for row in reader:
            for cell in row:
                check_cell(cell)
            yield row
    except csv.Error:  # a field beyond the module's own limit
        raise TableTooLarge(
            "A cell is longer than can be read. Is a quote not closed, or the separator unusual?",
            "有单元格过长，无法读取。是否有引号没有闭合，或使用了少见的分隔符？",
        ) from None
