"""What is open at the end of a text in Markdown: code, mathematics, bold, a row of a table."""

import re
from dataclasses import dataclass
from typing import Final, Literal

_FENCE: Final = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})([^`\n]*)(?:\n|\Z)", re.MULTILINE)
_AMOUNT: Final = re.compile(r"\$\d[\d,.]*(?=\Z|[^\w\\^{=+*/<>-])(?!\s*[=+*/<>^\\-])")
"""A price, unless a closing dollar follows."""
_BRACE: Final = re.compile(r"\\[{}\\]|\\(?:begin|end)\{(\w+\*?)\}|\\left\\?.|\\right\\?.|[{}]")
_COMMAND: Final = re.compile(r"\\[A-Za-z]*\Z|[\^_]\s*\Z")

SpanKind = Literal["fence", "math", "code", "bold"]


@dataclass(frozen=True, slots=True)
class Span:
    """Something that was opened and not closed."""

    kind: SpanKind
    begin: int
    """Where its opening sign begins."""
    mark: str
    """Its opening sign."""


def open_spans(text: str) -> tuple[Span, ...]:
    """What is open at the end, the outermost first. In a fence nothing else counts."""
    place = 0
    while (opening := _FENCE.search(text, place)) is not None:
        mark = opening[1]
        closing = re.compile(
            rf"^[ ]{{0,3}}{mark[0]}{{{len(mark)},}}[ \t]*(?:\n|\Z)", re.MULTILINE
        ).search(text, opening.end())
        if closing is None:
            return (Span("fence", opening.start(), mark),)
        place = closing.end()
    # Other spans do not go beyond their block.
    block = max(place, text.rfind("\n\n") + 2 if "\n\n" in text else 0)
    return _inline(text, block)


def closers(text: str, spans: tuple[Span, ...]) -> str:
    """What closes the spans that are open at the end of the text."""
    out = ""
    for span in reversed(spans):
        inside = text[span.begin + len(span.mark) :]
        match span.kind:
            case "fence":
                out += ("" if text.endswith("\n") else "\n") + span.mark
            case "math":
                out += _close_braces(inside) + {"\\(": "\\)", "\\[": "\\]"}.get(
                    span.mark, span.mark
                )
            case _:
                out += span.mark
    return out


def missing_cells(text: str) -> str:
    """What completes the row of a table in which the text ends; empty if it is in none."""
    begin = text.rfind("\n\n") + 2 if "\n\n" in text else 0
    lines = text[begin:].split("\n")
    last = lines[-1].strip()
    if not last.startswith("|") or (last.endswith("|") and len(last) > 1):
        return ""
    first = next(line.strip() for line in lines if line.strip().startswith("|"))
    columns = max(1, first.strip("|").count("|") + 1) if first is not lines[-1].strip() else 1
    begun = last.count("|")
    return " |" * max(1, columns - begun + 1)


def _inline(text: str, place: int) -> tuple[Span, ...]:
    bold: list[Span] = []
    end = len(text)
    while place < end:
        character = text[place]
        if character == "\\":
            mark = text[place : place + 2]
            if mark in ("\\(", "\\["):
                closing = text.find("\\)" if mark == "\\(" else "\\]", place + 2)
                if closing < 0:
                    return (*bold, Span("math", place, mark))
                place = closing
            place += 2
        elif character == "`":
            run = _run(text, place)
            closing = _same_run(text, place + len(run), run)
            if closing < 0:
                return (*bold, Span("code", place, run))
            place = closing + len(run)
        elif character == "$":
            mark = "$$" if text.startswith("$$", place) else "$"
            if mark == "$" and text[place + 1 : place + 2].isspace():
                place += 1
                continue
            closing = _dollar(text, place + len(mark), mark)
            if closing < 0:
                if mark == "$" and (_AMOUNT.match(text, place) or "\n" in text[place:]):
                    place += 1
                    continue
                return (*bold, Span("math", place, mark))
            place = closing + len(mark)
        elif character == "*":
            run = _run(text, place)
            if len(run) == 4 and bold and bold[-1].mark == "**":  # one ends, the next begins
                bold.pop()
                run = "**"
                place += 2
            if len(run) in (2, 3):
                before = text[place - 1 : place] if place else ""
                after = text[place + len(run) : place + len(run) + 1]
                if bold and bold[-1].mark == run and before and not before.isspace():
                    bold.pop()
                elif not after.isspace():
                    bold.append(Span("bold", place, run))
            place += len(run)
        else:
            place += 1
    return tuple(bold)


def _run(text: str, place: int) -> str:
    end = place
    while end < len(text) and text[end] == text[place]:
        end += 1
    return text[place:end]


def _same_run(text: str, place: int, run: str) -> int:
    while (place := text.find(run, place)) >= 0:
        found = _run(text, place)
        if len(found) == len(run):
            return place
        place += len(found)
    return -1


def _dollar(text: str, place: int, mark: str) -> int:
    """Where the closing sign is; for a single dollar by Pandoc's rule, within the line."""
    if mark == "$$":
        return text.find("$$", place)
    while (place := text.find("$", place)) >= 0:
        if text[place - 1] != "\\" and not text[place - 1].isspace():
            return place if not text[place + 1 : place + 2].isdigit() else -1
        place += 1
    return -1


def _close_braces(formula: str) -> str:
    """Closes what is open in LaTeX; a command that was begun only is completed by nothing, so it
    gets an empty group where it may want one."""
    stack: list[str] = []
    for match in _BRACE.finditer(formula):
        sign = match[0]
        if sign == "{":
            stack.append("}")
        elif sign.startswith("\\begin"):
            stack.append(f"\\end{{{match[1]}}}")
        elif sign.startswith("\\left"):
            stack.append("\\right.")
        elif sign == "}" or sign.startswith(("\\end", "\\right")):
            kind = sign if sign == "}" else sign[:4]
            if stack and stack[-1].startswith(kind):
                stack.pop()
    begun = _COMMAND.search(formula)
    return ("{}" if begun else "") + "".join(reversed(stack))
