"""A line of a solution as HTML: Markdown within the line, and mathematics in plain text set as
formulas where the reader of the checker has understood it."""

import re
from typing import Final

from markdown_it.common.utils import escapeHtml

from qwen_app.ui.markdown import render_inline
from qwen_app.ui.tutor_formulas import with_formulas

MOST_CHARACTERS: Final = 4000
"""Of a line that is rendered; what is longer is shown as it is."""
_HEAD: Final = re.compile(r"\s*(?:#{1,6}\s+|[-*+]\s+|>\s+)?(?:(\d{1,3})[.、)．]\s*(?=\D))?")
_DISPLAY: Final = re.compile(r"\s*(\\\[|\$\$)(.+?)(\\\]|\$\$)\s*", re.DOTALL)


def line_html(text: str) -> str:
    """The line without marks of lists and headings; its number, if it has one, is a span. Of a
    text of several lines, all of them."""
    if "\n" in text and not _DISPLAY.fullmatch(text):
        return "<br>".join(line_html(line) for line in text.splitlines())
    if len(text) > MOST_CHARACTERS:
        return f"<span>{escapeHtml(text)}</span>"
    head = _HEAD.match(text)
    number = head.group(1) if head else None
    rest = text[head.end() :] if head else text
    label = f'<span class="step-number">{number}.</span> ' if number else ""
    if (display := _DISPLAY.fullmatch(rest)) is not None:
        return (
            f'{label}<span class="math math-display">{escapeHtml(display.group(2).strip())}</span>'
        )
    return label + render_inline(with_formulas(rest))


def answer_html(text: str) -> str:
    """An answer as plain text ("x = 6"), set as a formula where it reads as one."""
    return render_inline(with_formulas(text[:MOST_CHARACTERS]))
