"""Tables written for download: what a spreadsheet opens must not become a formula."""

import html
import re
from collections.abc import Iterable, Sequence

from qwen_app.features.tables.table import Table

_FORMULA = re.compile(r"[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[-+]?[\d.,]+%?")
_SEPARATED = re.compile(r"[\n\r\"]")


def harmless(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula."""
    if _FORMULA.match(text.lstrip()) and not _PLAIN_NUMBER.fullmatch(text) and len(text) > 1:
        return "'" + text
    return text


def rows_of(table: Table) -> list[tuple[str, ...]]:
    """Header and rows as shown; a column without header by its name."""
    return [tuple(column.header or column.name for column in table.columns), *table.texts()]


def to_csv(rows: Iterable[Sequence[str]], separator: str = ",") -> str:
    """CSV or TSV with line feeds, for spreadsheets: see ``harmless``."""
    return "".join(
        separator.join(_field(harmless(text), separator) for text in row) + "\n" for row in rows
    )


def _field(text: str, separator: str) -> str:
    if separator in text or _SEPARATED.search(text) or text != text.strip() or not text:
        return '"' + text.replace('"', '""') + '"'
    return text


def to_markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; the first row is its header. Nothing in a cell acts as markup."""
    lines = ["| " + " | ".join(map(_markdown, row)) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines) + "\n"


def _markdown(text: str) -> str:
    text = re.sub(r"([\\|`*_\[\]<>&])", r"\\\1", text)
    return text.replace("\n", "<br>")


def to_html(rows: Sequence[Sequence[str]]) -> str:
    """A table of HTML; the first row is its header."""
    head = "".join(f"<th>{_html(text)}</th>" for text in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_html(text)}</td>" for text in row) + "</tr>\n" for row in rows[1:]
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def _html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
