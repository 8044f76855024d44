r"""Mathematics in Markdown: ``$…$``, ``\(…\)`` inline, ``$$…$$``, ``\[…\]`` displayed.

The rules only find the source and mark it; the page typesets it with KaTeX. Dollars follow
Pandoc's rule (no space inside the opening and closing sign, no digit on their outer sides), and
what reads as an amount in prose is none, so that "$5 and $6" stays a price.
"""

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_DELIMITERS: Final = ((r"\(", r"\)", False), (r"\[", r"\]", True), ("$$", "$$", True))
_MOST: Final = 4000
"""Longer "formulas" are a lost delimiter."""
_AMOUNT: Final = re.compile(r"\d[\d.,]*\s+(?:[A-Za-z]{2}|\d)")
_CJK: Final = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


def math_plugin(md: MarkdownIt) -> None:
    """Add the inline and the block rule and how their tokens are shown."""
    md.inline.ruler.before("escape", "math", _inline)
    md.block.ruler.before(
        "fence", "math_block", _block, {"alt": ["paragraph", "blockquote", "list"]}
    )
    md.add_render_rule("math", _render_inline)
    md.add_render_rule("math_block", _render_block)


def _inline(state: StateInline, silent: bool) -> bool:
    found = _delimited(state.src, state.pos, state.posMax) or _dollars(
        state.src, state.pos, state.posMax
    )
    if found is None:
        return False
    content, display, end = found
    if not silent:
        token = state.push("math", "math", 0)
        token.content = content
        token.meta = {"display": display}
    state.pos = end
    return True


def _delimited(src: str, start: int, stop: int) -> tuple[str, bool, int] | None:
    """Content, whether displayed, and where it ends, of a formula in unambiguous delimiters."""
    for opening, closing, display in _DELIMITERS:
        if src.startswith(opening, start):
            begin = start + len(opening)
            end = src.find(closing, begin, min(stop, begin + _MOST))
            if end >= 0 and src[begin:end].strip():
                return src[begin:end].strip(), display, end + len(closing)
    return None


def _dollars(src: str, start: int, stop: int) -> tuple[str, bool, int] | None:
    """A formula in single dollars, if it is one and not a price."""
    if src[start] != "$" or (start > 0 and (src[start - 1].isdigit() or src[start - 1] == "$")):
        return None
    begin = start + 1
    if begin >= stop or src[begin].isspace() or src[begin] == "$":
        return None
    end = begin
    while (end := src.find("$", end, min(stop, begin + _MOST))) >= 0:
        before, after = src[end - 1], src[end + 1 : end + 2]
        if before == "\\":
            end += 1
            continue
        if before.isspace() or after.isdigit() or after == "$" or "`" in src[begin:end]:
            return None
        content = src[begin:end]
        return None if _is_prose(content) else (content, False, end + 1)
    return None


def _is_prose(content: str) -> bool:
    """Two amounts in one sentence look like a formula: "$6, or 5$", "$9。共$". A command,
    as in ``$5 \\text{元}$``, tells that it is one."""
    return "\\" not in content and bool(_AMOUNT.match(content) or _CJK.search(content))


def _block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    first = _line(state, start_line)
    delimiters = (d for d in _DELIMITERS if d[2] and first.startswith(d[0]))
    opening, closing, _ = next(delimiters, ("", "", False))
    if not opening:
        return False
    lines = [first[len(opening) :]]
    if closing in lines[0] and not _ends(lines[0], closing):
        return False  # The formula ends within a sentence: the inline rule takes it.
    line = start_line
    closed = _ends(lines[0], closing)
    if closed and not lines[0].rstrip()[: -len(closing)].strip():
        return False
    while not closed and line + 1 < end_line:
        inside = not state.isEmpty(line + 1) and state.sCount[line + 1] >= state.blkIndent
        if not inside:
            break
        line += 1
        lines.append(_line(state, line))
        closed = _ends(lines[-1], closing)
    # An unclosed formula is a block of its own up to the blank line, shown as it was written:
    # were it a paragraph, a later line would decide whether an earlier one is a heading, and
    # blocks that were already shown would have to be taken back.
    if silent:
        return True
    source = "\n".join(lines)
    content = source.rstrip()[: -len(closing)].strip() if closed else opening + source
    token = state.push("math_block", "math", 0)
    token.block = True
    token.map = [start_line, line + 1]
    token.content = content
    token.meta = {"closed": closed}
    state.line = line + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _ends(line: str, closing: str) -> bool:
    return line.rstrip().endswith(closing)


def _render_inline(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    del self, options, env
    token = tokens[idx]
    kind = "math math-display" if token.meta["display"] else "math"
    return f'<span class="{kind}">{escapeHtml(token.content)}</span>'


def _render_block(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    del self, options, env
    token = tokens[idx]
    text = escapeHtml(token.content)
    if not token.meta["closed"]:
        return f"<p>{text}</p>\n"
    return f'<div class="math math-display">{text}</div>\n'
