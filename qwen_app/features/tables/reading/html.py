"""Tables of HTML: a fragment, a page with several, or what a browser's clipboard holds.

The parser is lxml's. Of 500,000 cells it makes a tree in 0.6 s and 320 MB; BeautifulSoup needs 18 s
and more than 1 GB, with any of its parsers. It also ends markup that nests too deep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.reading.arrange import Arranged, arrange
from qwen_app.features.tables.reading.cell_text import PLAIN, CellStyle, cell_text, is_hidden
from qwen_app.features.tables.reading.grid import Grid, read_grid
from qwen_app.features.tables.reading.limits import (
    MAX_TABLES,
    MAX_TAGS,
    TableTooLarge,
    check_bytes,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LAYOUT_CLASSES = frozenset({"navbox", "infobox", "metadata", "toc", "sidebar", "ambox", "mbox"})


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """One table of a page, with what stands around it.

    Attributes:
        arranged: its header and rows.
        title: its caption, else the row above its header, else the heading before it; may be "".
        score: how likely it is the table that is meant; higher is likelier, 0 for layout.
    """

    arranged: Arranged
    title: str
    score: float


def read_html(html: str, style: CellStyle | None = None) -> list[HtmlTable]:
    """All tables of a page that hold something, the likeliest first.

    Args:
        html: a page or a fragment, whole or broken.
        style: how much of the markup a cell's text tells.

    Raises:
        TableTooLarge: beyond a limit.
        InvalidInput: markup that nests too deep.
    """
    style = style or CellStyle()
    found: list[HtmlTable] = []
    heading = ""
    for element in _visible(_parse(html)):
        if element.tag in _HEADINGS:
            heading = cell_text(element, CellStyle(icons=False))
        elif len(found) < MAX_TABLES:
            grid = read_grid(element, style)
            arranged = arrange(grid)
            if arranged.header and (arranged.rows or len(arranged.header) > 1):
                title = _caption(element) or " ".join(arranged.titles) or heading
                score = _score(element, arranged, grid)
                found.append(HtmlTable(arranged, " ".join(title.split()), score))
    found.sort(key=lambda table: -table.score)  # stable: page order among equals
    return found


def read_html_rows(html: str) -> list[list[str]]:
    """The likeliest table of a page as rows of text, header first, levels joined by a line break.

    Text nodes alone: pictures say nothing, raised digits are digits, footnote marks that are not
    references stay. Rows that span the table (titles, sections, notes) are left out.

    Raises:
        TableTooLarge: beyond a limit.
        InvalidInput: markup that nests too deep.
    """
    tables = read_html(html, PLAIN)
    if not tables:
        return []
    arranged = tables[0].arranged
    return [["\n".join(levels) for levels in arranged.header], *arranged.rows]


def _parse(html: str) -> "_Element | None":
    check_bytes(len(html))
    if html.count("<") > MAX_TAGS:
        raise TableTooLarge(
            f"The page has more than {MAX_TAGS:,} tags. Send the table alone, or as CSV.",
            f"网页的标签超过 {MAX_TAGS:,} 个。请只提交表格本身，或改用 CSV。",
        )
    from lxml import etree

    parser = etree.HTMLParser(
        huge_tree=False, remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(html.encode("utf-8", "replace") or b"<p/>", parser)
    except etree.XMLSyntaxError:  # nothing in it that the parser takes for markup
        root = None
    for entry in parser.error_log:
        if "depth" in entry.message.lower():
            raise InvalidInput(
                "The page's markup nests too deep. Send the table alone.",
                "网页的标签嵌套过深。请只提交表格本身。",
            )
    return root


def _visible(element: "_Element | None") -> Iterator["_Element"]:
    """Headings and tables in the order of the page, without those kept from view."""
    if element is None:
        return
    stack = [element]
    while stack:
        current = stack.pop()
        if not isinstance(current.tag, str) or is_hidden(current):
            continue
        if current.tag == "table" or current.tag in _HEADINGS:
            yield current
        stack.extend(reversed(current))


def _caption(table: "_Element") -> str:
    caption = table.find("caption")
    if caption is None or is_hidden(caption):
        return ""
    return cell_text(caption, CellStyle(icons=False))


def _score(table: "_Element", arranged: Arranged, grid: Grid) -> float:
    """Filled cells count, on a scale that flattens; layout counts nothing."""
    if table.get("role") in ("presentation", "none"):
        return 0.0
    filled = sum(1 for row in arranged.rows for text in row if text)
    score = float(min(filled, 1000))
    if len(arranged.header) < 2:
        score *= 0.2
    classes = set((table.get("class") or "").lower().split())
    if classes & _LAYOUT_CLASSES:
        score *= 0.1
    if any(True for _ in table.iterdescendants("table")):
        inner = max(len(list(nested.iter("tr"))) for nested in table.iterdescendants("table"))
        if inner >= len(arranged.rows):  # a frame around the table that is meant
            score *= 0.05
    if any(box is not None and box.header for row in grid.rows[:3] for box in row):
        score *= 2
    return score
