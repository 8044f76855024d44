"""Tables of Markdown, with the heading before each."""

import re
from dataclasses import dataclass

from qwen_app.features.tables.reading.limits import MAX_TABLES, check_cell, check_size

_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*+\|?\s*")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*\s*")
_CUT = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,500}\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.{1,500}?)(?<=\S)\1")
_CODE = re.compile(r"`([^`]{1,500})`")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HOLD = 0xF0000  # where escaped characters stand while marks are taken off: a private plane
_HELD = re.compile(f"[{chr(_HOLD)}-{chr(_HOLD + 0x7F)}]")
_BREAK = re.compile(r"<br\s*/?>", re.I)


@dataclass(frozen=True, slots=True)
class MarkdownTable:
    """One table; rows are as wide as the header."""

    header: list[str]
    rows: list[list[str]]
    title: str


def has_markdown(text: str) -> bool:
    """Whether a text holds a header line over a rule of dashes."""
    lines = text.splitlines()
    return any(_is_start(lines, n) for n in range(len(lines) - 1))


def read_markdown(text: str) -> list[MarkdownTable]:
    """All tables of a document, in its order. Raises ``TableTooLarge`` beyond the limits."""
    lines = text.splitlines()
    found: list[MarkdownTable] = []
    title = ""
    n = 0
    while n < len(lines) and len(found) < MAX_TABLES:
        if heading := _HEADING.fullmatch(lines[n][:300]):
            title = heading[1]
        if not _is_start(lines, n):
            n += 1
            continue
        header = _cells(lines[n])
        n += 2
        rows: list[list[str]] = []
        while n < len(lines) and "|" in lines[n]:
            cells = _cells(lines[n])[: len(header)]
            rows.append(cells + [""] * (len(header) - len(cells)))
            check_size(len(rows), len(header))
            n += 1
        found.append(MarkdownTable(header, rows, title))
    return found


def _is_start(lines: list[str], n: int) -> bool:
    if n + 1 >= len(lines) or "|" not in lines[n] or "-" not in lines[n + 1]:
        return False
    rule = lines[n + 1]
    return _RULE.fullmatch(rule) is not None and len(_raw(rule)) == len(_raw(lines[n]))


def _raw(line: str) -> list[str]:
    line = line.strip()
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return _CUT.split(line)


def _cells(line: str) -> list[str]:
    cells = [_text(cell) for cell in _raw(line)]
    for cell in cells:
        check_cell(cell)
    return cells


def _text(cell: str) -> str:
    """What a cell shows: without marks of links, strength and code."""
    text = _ESCAPED.sub(lambda match: chr(_HOLD + ord(match[1])), cell.strip())
    if "`" in text:
        text = _CODE.sub(r"\1", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "**" in text or "__" in text:
        text = _STRONG.sub(r"\2", text)
    text = _BREAK.sub("\n", text)
    return _HELD.sub(lambda match: chr(ord(match[0]) - _HOLD), text)
