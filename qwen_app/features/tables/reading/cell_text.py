"""The text of a cell of HTML: what a person sees in it."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")  # of the source: line breaks in it are not shown
_BREAK = "\x00"  # a shown line break; no parsed text holds this character
_AROUND_BREAK = re.compile(r" *\x00[ \x00]*")


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


def cell_text(cell: "_Element", style: CellStyle) -> str:
    """The seen text of an element: white space folded, line breaks kept, no footnote marks."""
    if not len(cell):
        return _fold(cell.text) if cell.text else ""
    parts: list[str] = []
    icons: list[str] = []
    _collect(cell, style, parts, icons)
    text = _fold("".join(parts))
    if not text and style.icons:
        text = " ".join(dict.fromkeys(icons))
    return text


def _fold(text: str) -> str:
    """One space for each run of them, none around a line break."""
    text = _SPACES.sub(" ", text)
    return _AROUND_BREAK.sub("\n", text).strip() if _BREAK in text else text.strip()


def _collect(element: "_Element", style: CellStyle, parts: list[str], icons: list[str]) -> None:
    """Appends the texts below an element; at most as deep as the parser lets markup nest."""
    if element.text:
        parts.append(element.text)
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in _UNSEEN_TAGS and not is_hidden(child):
            if tag == "br":
                parts.append(_BREAK)
            elif tag == "img":
                description = (child.get("alt") or child.get("title") or "").strip()
                if description and not _FILE_NAME.search(description):
                    icons.append(_SPACES.sub(" ", description)[:100])
            elif tag == "sup":
                _collect_raised(child, style, parts, icons)
            elif tag in _BLOCKS:
                parts.append(_BREAK)
                _collect(child, style, parts, icons)
                parts.append(_BREAK)
            else:
                _collect(child, style, parts, icons)
        if child.tail:
            parts.append(child.tail)


def _collect_raised(
    element: "_Element", style: CellStyle, parts: list[str], icons: list[str]
) -> None:
    classes = (element.get("class") or "").split()
    if not _NOTE_CLASSES.isdisjoint(classes):
        return
    inner: list[str] = []
    _collect(element, style, inner, icons)
    text = "".join(inner).strip()
    if not style.marks and _is_mark(element, classes, text):
        return
    if style.powers and _POWER.fullmatch(text):
        text = text.translate(_SUPERSCRIPT)
        parts.append(text)
    else:
        parts.extend(inner)


def _is_mark(element: "_Element", classes: list[str], text: str) -> bool:
    """Whether raised text is a footnote's mark: it links within the page, or is bracketed."""
    if "Inline-Template" in classes:
        return True
    links = [link.get("href") or "" for link in element.iter("a")]
    if links and all(link.startswith("#") for link in links):
        return True
    return text.startswith("[") and text.endswith("]") and _MARK.fullmatch(text) is not None
