"""The text of a cell of HTML: what a person sees in it."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qwen_app.features.tables.reading.limits import MAX_CELL, check_cell

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSEEN_TAGS = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "select", "object", "svg", "link"}
)
_UNSEEN_CLASSES = frozenset(
    {"sortkey", "sr-only", "visually-hidden", "visuallyhidden", "mw-editsection"}
)
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "figcaption", "figure"}
    | {"footer", "form", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
    | {"caption", "td", "th"}
    | _HEADINGS
)
_NOTE_CLASSES = frozenset({"reference", "footnote", "footnote-ref", "fn-ref"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.I)
_MARK = re.compile(
    r"\[?(?:[0-9]{1,3}|[a-z]{1,2}|note \d+|nb \d+|注 ?\d*|citation needed|来源请求)\]?", re.I
)
_POWER = re.compile(r"[-−+]?[0-9]{1,4}")
_SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_FILE_NAME = re.compile(r"\.(?:svg|png|jpe?g|gif|webp)$", re.I)
_BREAK = "\x00"  # a shown line break; no parsed text holds this character


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How much of a cell's markup its text tells.

    Attributes:
        marks: keep footnote marks that link within the page ("Cup¹"); the marks of references
            ("[3]") are never kept.
        powers: write ``10<sup>6</sup>`` as "10⁶" and not as "106".
        icons: a cell without text shows its pictures' descriptions (a flag, a tick).
    """

    marks: bool = False
    powers: bool = True
    icons: bool = True


PLAIN = CellStyle(marks=True, powers=False, icons=False)
"""Text nodes alone."""


def is_hidden(element: "_Element") -> bool:
    """Whether an element is kept from view by its own style, attribute or a well-known class."""
    style = element.get("style")
    if style is not None and _HIDDEN.search(style):
        return True
    if element.get("hidden") is not None:
        return True
    classes = element.get("class")
    return classes is not None and not _UNSEEN_CLASSES.isdisjoint(classes.split())


class _Parts(list[str]):
    """Pieces of a cell's text, and the descriptions of its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.icons: list[str] = []
        self.left = 4 * MAX_CELL  # what may still come, white space of the source included

    def add(self, text: str) -> None:
        self.left -= len(text) + 1
        if self.left < 0:
            self.append(text[:MAX_CELL])
            check_cell(_fold("".join(self)).ljust(MAX_CELL + 1))
        self.append(text)


def cell_text(cell: "_Element", style: CellStyle) -> str:
    """The seen text of an element: white space folded, line breaks kept, no footnote marks.

    Raises ``TableTooLarge`` for more than ``MAX_CELL`` characters.
    """
    if not len(cell):
        text = cell.text
        if text is None:
            return ""
        text = " ".join(text.split())
    else:
        parts = _Parts()
        _collect(cell, style, parts)
        text = _fold("".join(parts))
        if not text and style.icons:
            text = " ".join(dict.fromkeys(parts.icons))
    if len(text) > MAX_CELL:
        check_cell(text)
    return text


def _fold(text: str) -> str:
    """One space for each run of them, none around a line break."""
    return "\n".join(line for part in text.split(_BREAK) if (line := " ".join(part.split())))


def _collect(element: "_Element", style: CellStyle, parts: _Parts) -> None:
    """Adds the texts below an element; at most as deep as the parser lets markup nest."""
    if element.text:
        parts.add(element.text)
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in _UNSEEN_TAGS and not is_hidden(child):
            if tag == "br":
                parts.add(_BREAK)
            elif tag == "img":
                description = " ".join((child.get("alt") or child.get("title") or "").split())
                if description and not _FILE_NAME.search(description):
                    parts.icons.append(description[:100])
            elif tag == "sup":
                _collect_raised(child, style, parts)
            elif tag in _BLOCKS:
                parts.add(_BREAK)
                _collect(child, style, parts)
                parts.add(_BREAK)
            else:
                _collect(child, style, parts)
        if child.tail:
            parts.add(child.tail)


def _collect_raised(element: "_Element", style: CellStyle, parts: _Parts) -> None:
    classes = (element.get("class") or "").split()
    if not _NOTE_CLASSES.isdisjoint(classes):
        return
    before = len(parts)
    _collect(element, style, parts)
    text = "".join(parts[before:]).strip()
    if not style.marks and _is_mark(element, classes, text):
        del parts[before:]
    elif style.powers and _POWER.fullmatch(text):
        parts[before:] = [text.translate(_SUPERSCRIPT)]


def _is_mark(element: "_Element", classes: list[str], text: str) -> bool:
    """Whether raised text is a footnote's mark: it links within the page, or is bracketed."""
    if "Inline-Template" in classes:
        return True
    links = [link.get("href") or "" for link in element.iter("a")]
    if links and all(link.startswith("#") for link in links):
        return True
    return text.startswith("[") and text.endswith("]") and _MARK.fullmatch(text) is not None
