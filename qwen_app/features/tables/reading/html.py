"""Tables of HTML: a fragment, a page with several, or what a browser's clipboard holds.

The parser is lxml's. Of 500,000 cells it makes a tree in 0.6 s and 320 MB; BeautifulSoup needs 18 s
and more than 1 GB, with any of its parsers. It also ends markup that nests too deep.
"""

import re
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
_SMALL = 100_000  # characters, in which not even one tag of attributes alone takes long
_MANY_ATTRIBUTES = re.compile(
    # The parser's time grows with the square of a tag's attributes. Possessive, hence linear.
    r"""<[a-zA-Z][^\s/>]{0,64}+
    (?:[\s/]++[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++))?+){500}""",
    re.X,
)


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
    heading: _Element | None = None
    for element in _visible(_parse(html)):
        if element.tag in _HEADINGS:
            heading = element
            continue
        try:
            grid = read_grid(element, style)
        except TableTooLarge:
            if element.find(".//table") is not None:
                continue  # the frame of a whole page; the tables in it are read on their own
            raise
        arranged = arrange(grid)
        if arranged.header and (arranged.rows or len(arranged.header) > 1):
            title = _title(element, arranged, heading)
            found.append(HtmlTable(arranged, title, _score(element, arranged, grid)))
            if len(found) == MAX_TABLES:
                break
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
    if len(html) > _SMALL and _MANY_ATTRIBUTES.search(html):
        raise InvalidInput(
            "The page has a tag with more than 500 attributes. Send the table alone.",
            "网页中有一个标签的属性超过 500 个。请只提交表格本身。",
        )
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


def _visible(root: "_Element | None") -> Iterator["_Element"]:
    """Headings and tables in the order of the page, without those kept from view."""
    if root is None:
        return
    for element in root.iter("table", *_HEADINGS):
        if not is_hidden(element) and not any(map(is_hidden, element.iterancestors())):
            yield element


def _title(table: "_Element", arranged: Arranged, heading: "_Element | None") -> str:
    plain = CellStyle(icons=False)
    caption = table.find("caption")
    title = cell_text(caption, plain) if caption is not None and not is_hidden(caption) else ""
    title = title or " ".join(arranged.titles)
    if not title and heading is not None:
        title = cell_text(heading, plain)
    return " ".join(title.split())[:300]


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
    if table.find(".//table") is not None:
        inner = max(len(list(nested.iter("tr"))) for nested in table.iterdescendants("table"))
        if inner >= len(arranged.rows):  # a frame around the table that is meant
            score *= 0.05
    if any(box is not None and box.header for row in grid.rows[:3] for box in row):
        score *= 2
    return score
