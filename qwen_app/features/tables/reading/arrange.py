"""From a grid to a header and rows: what is title, header, section, note, and what is a column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qwen_app.features.tables.reading.grid import Box, Grid, GridRow


@dataclass(slots=True)
class Arranged:
    """A table with its parts told apart.

    Attributes:
        header: of each column the texts of its header's levels, top first; may be empty.
        rows: the body's texts, each as wide as the header.
        titles: texts of the rows above the header that span the table.
        sections: rows within the body that spanned the table: index of the row that follows each,
            and its text.
        footers: texts of spanning rows after the last row.
        dropped: headers of columns that had no content.
    """

    header: list[tuple[str, ...]]
    rows: list[list[str]]
    titles: list[str] = field(default_factory=list)
    sections: list[tuple[int, str]] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def arrange(grid: Grid) -> Arranged:
    """Tells a grid's parts apart. Nothing is lost but empty rows and columns without content."""
    rows: list[tuple[bool, GridRow]] = []  # whether in the head, and the row
    previous: GridRow = []
    for index, row in enumerate(grid.rows):
        if any(box is not None and box.text for box in row) and row != previous:
            rows.append((index < grid.heads, row))
        previous = row
    width = grid.width
    wide = [width > 1 and _is_wide(row) for _, row in rows]
    if all(wide):
        wide = [False] * len(rows)
    first = wide.index(False) if rows else 0
    while first + 1 < len(rows) and not wide[first + 1] and _is_repeated(rows[first][1]):
        wide[first] = True  # one title over each half of the table
        first += 1
    header, body_from = _header_rows(rows, wide, first)
    result = Arranged([], [], [_wide_text(row) for _, row in rows[:first]])
    body: list[GridRow] = []
    for (_, row), is_wide in zip(rows[body_from:], wide[body_from:], strict=True):
        if is_wide:
            result.sections.append((len(body), _wide_text(row)))
        else:
            body.append(row)
    while result.sections and result.sections[-1][0] == len(body):
        result.footers.insert(0, result.sections.pop()[1])
    _columns(result, header, body, width)
    return result


def _is_wide(row: GridRow) -> bool:
    """Whether one box is all there is in a row: it spans the table, or stands alone in it."""
    filled = [box for box in row if box is not None]
    return all(box is filled[0] for box in filled)


def _is_repeated(row: GridRow) -> bool:
    """Whether a row of header cells says the same in each, over several columns each."""
    boxes = {id(box): box for box in row if box is not None}
    return (
        1 < len(boxes) < len(row)
        and len({box.text for box in boxes.values()}) == 1
        and all(box.header for box in boxes.values())
    )


def _wide_text(row: GridRow) -> str:
    return next(box.text for box in row if box is not None)


def _header_rows(
    rows: Sequence[tuple[bool, GridRow]], wide: Sequence[bool], first: int
) -> tuple[list[GridRow], int]:
    """The header's rows, and where the body begins."""
    if first >= len(rows):
        return [], first
    end = first
    while end < len(rows) and not wide[end] and (rows[end][0] or _is_header(rows[end][1])):
        end += 1
    if end >= len(rows):  # header cells throughout: they say nothing
        end = first
    end = _covered(rows, max(end, first + 1))
    if end >= len(rows) and end > first + 1:
        end = first + 1
    return [row for _, row in rows[first:end]], end


def _is_header(row: GridRow) -> bool:
    """Whether a row's texts all stand in header cells, and most of its cells are such."""
    boxes = list({id(box): box for box in row if box is not None}.values())
    filled = [box for box in boxes if box.text]
    if not filled or not all(box.header and not box.row_header for box in filled):
        return False
    return 2 * sum(box.header for box in boxes) >= len(boxes)


def _covered(rows: Sequence[tuple[bool, GridRow]], end: int) -> int:
    """Where the header ends when the rows that its cells reach into belong to it."""
    marked = any(_any_header(row) for _, row in rows)
    while end < len(rows):
        last, row = rows[end - 1][1], rows[end][1]
        above = {id(box) for box in last if box is not None}
        shared = [box for box in row if box is not None and id(box) in above]
        if marked and not _any_header(shared):
            break
        if not shared and not (not marked and end == 1 and _is_split(last, row)):
            break
        end += 1
    return end


def _is_split(above: GridRow, below: GridRow) -> bool:
    """Whether the row below only divides what stands above: "2023" over "Q1" and "Q2"."""
    wide = {id(a) for a, b in pairwise(above) if a is not None and a is b}
    divided = False
    for a, b in zip(above, below, strict=True):
        if id(a) in wide:
            divided = divided or b is not None
        elif b is not None and b is not a and b.text:
            return False
    return divided


def _any_header(row: Sequence[Box | None]) -> bool:
    return any(box is not None and box.header for box in row)


def _columns(
    result: Arranged, header: Sequence[GridRow], body: Sequence[GridRow], width: int
) -> None:
    """Fills in header and rows: indents merged, columns without content dropped."""
    heads = [_levels(header, column) for column in range(width)]
    columns: list[list[Box | None]] = [[row[column] for row in body] for column in range(width)]
    alone = [
        sum(1 for box in {id(b): b for b in row if b}.values() if box.text) == 1 for row in body
    ]
    keep: list[int] = []
    texts: dict[int, list[str]] = {}
    for column in range(width):
        boxes = columns[column]
        head = heads[column]
        text = [box.text if box is not None else "" for box in boxes]
        left = keep[-1] if keep else None
        if left is not None and _may_merge(heads[left], head, columns[left], boxes, alone):
            same = head if head else heads[left]
            merged = [new or old for old, new in zip(texts[left], text, strict=True)]
            keep[-1] = column
            heads[column] = same
            columns[column] = [
                new if new is not None and new.text else old
                for old, new in zip(columns[left], boxes, strict=True)
            ]
            texts[column] = merged
            continue
        keep.append(column)
        texts[column] = text
    for column in keep:
        labels = tuple(box.text for box in heads[column])
        if body and not any(texts[column]):
            if any(labels):
                result.dropped.append(" ".join(label for label in labels if label))
            continue
        result.header.append(labels)
    kept = [texts[c] for c in keep if not body or any(texts[c])]
    result.rows = [list(row) for row in zip(*kept, strict=True)] if body else []


def _levels(header: Sequence[GridRow], column: int) -> list[Box]:
    """The boxes over a column, each once, without empty ones."""
    boxes = {id(row[column]): row[column] for row in header}
    return [box for box in boxes.values() if box is not None and box.text]


def _may_merge(
    left_head: list[Box],
    head: list[Box],
    left: Sequence[Box | None],
    right: Sequence[Box | None],
    alone: Sequence[bool],
) -> bool:
    """Whether two neighbours are one column to a reader: colour bars, indents, spans too wide.

    They share their header, or one has none; and no row has a text of its own in each.
    """
    same = len(left_head) == len(head) and all(a is b for a, b in zip(left_head, head, strict=True))
    if not same and left_head and head:
        return False
    left_filled = right_filled = False
    for row, (a, b) in enumerate(zip(left, right, strict=True)):
        if a is b:
            continue
        a_text = a is not None and a.text
        b_text = b is not None and b.text
        if a_text and b_text:
            return False
        if a_text and not same and not alone[row]:
            return False
        left_filled = left_filled or bool(a_text)
        right_filled = right_filled or bool(b_text)
    if same:
        return True
    if not left_head:  # a column without header on the left: an indent over a filled column
        return right_filled or not left_filled
    return not right_filled
