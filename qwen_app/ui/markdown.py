"""Markdown of a model's answer as HTML that is safe to put into the page, whole or streaming.

What a model writes is untrusted. Raw HTML is shown as text, images are not loaded (their link
is shown instead), and only http, https and mailto links become links.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from qwen_app.ui.math_rule import math_plugin

_JSON_BEGINS: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*(?:[{\"\]]|-?\d+ *,))")
"""An object, or an array of objects, texts or numbers; a link in Markdown begins otherwise."""
_MOST_HIGHLIGHTED: Final = 20_000
"""Characters of a code block beyond which colour is not worth the time."""


def render(text: str) -> str:
    """The whole of ``text`` as HTML."""
    plain = _plain_lines(text)
    return "".join(html for _, html in _blocks(_with_json_fenced(plain) or plain))


def render_inline(text: str) -> str:
    """One line of ``text``, without blocks such as lists and headings."""
    html: str = _parser().renderInline(text)
    return html


class StreamingMarkdown:
    """The same, piece by piece, without rendering again what can no longer change.

    Law: after any number of pieces, ``"".join(blocks) + tail`` equals `render` of the pieces
    joined, and a block once in ``blocks`` stays as it is.
    """

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.tail = ""
        self._source = ""  # Of the tail.

    def feed(self, piece: str) -> None:
        self._source += _plain_lines(piece)
        if not self.blocks and (fenced := _with_json_fenced(self._source)) is not None:
            # One block from its first line to its last, which is never long.
            self.tail = "".join(html for _, html in _blocks(fenced))
            return
        blocks = _blocks(self._source)
        # A top-level block is final once another one begins below it, provided that the line
        # where that one begins is complete: "#" may still become "#tag", which is no heading
        # but goes on with the paragraph above.
        complete = self._source.count("\n")
        final = max((i for i, (line, _) in enumerate(blocks) if line < complete), default=0)
        self.blocks.extend(html for _, html in blocks[:final])
        self.tail = "".join(html for _, html in blocks[final:])
        if final:
            self._source = "\n".join(self._source.split("\n")[blocks[final][0] :])


def _with_json_fenced(text: str) -> str | None:
    """An answer that is JSON, or begins with it, with that in a block of code; None for others."""
    if not _JSON_BEGINS.match(text):
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(text, len(text) - len(text.lstrip()))
    except (ValueError, RecursionError):  # Not complete yet.
        return f"```json\n{text}"
    return f"```json\n{text[:end].strip()}\n```\n{text[end:]}"


def _plain_lines(text: str) -> str:
    return text.replace("\r", "")


def _blocks(text: str) -> list[tuple[int, str]]:
    """Top-level blocks: the line where each begins, and its HTML."""
    md = _parser()
    env: dict[str, Any] = {}
    tokens = md.parse(text, env)
    blocks: list[tuple[int, str]] = []
    start = depth = 0
    for i, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            group = tokens[start : i + 1]
            line = group[0].map[0] if group[0].map else 0
            blocks.append((line, md.renderer.render(group, md.options, env)))
            start = i + 1
    return blocks


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Line breaks stay, as people expect of a chat. References ([x]: url) would let a later
    # line change an earlier one, which a stream cannot show.
    md = MarkdownIt("commonmark", {"html": False, "breaks": True})
    md.enable(["table", "strikethrough"]).disable(["image", "reference"])
    md.use(math_plugin)
    md.validateLink = _is_safe_link  # type: ignore[method-assign]
    md.add_render_rule("fence", _render_code)
    md.add_render_rule("code_block", _render_code)
    md.add_render_rule("link_open", _render_link)
    md.add_render_rule("table_open", lambda *_: '<div class="table" tabindex="0"><table>\n')
    md.add_render_rule("table_close", lambda *_: "</table></div>\n")
    md.core.ruler.push("shift_headings", _shift_headings)
    return md


def _is_safe_link(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return (parts.scheme in ("http", "https") and bool(parts.netloc)) or parts.scheme == "mailto"


def _shift_headings(state: Any) -> None:
    """The page has its own h1 and h2; an answer's headings stand below them."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _render_link(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    tokens[idx].attrSet("target", "_blank")
    tokens[idx].attrSet("rel", "noopener noreferrer nofollow")
    return self.renderToken(tokens, idx, options, env)


def _render_code(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    del self, options, env
    token = tokens[idx]
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    return (
        f'<div class="code"><div class="code-head">{escapeHtml(language)}</div>'
        f'<pre tabindex="0"><code>{highlight(token.content, language)}</code></pre></div>\n'
    )


def highlight(code: str, language: str) -> str:
    """HTML of a program, each token in a span of Pygments' short class names; plain if the
    language is unknown."""
    # Pygments is slow to import and many answers have no code.
    from pygments import highlight as pygments_highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > _MOST_HIGHLIGHTED:
        return escapeHtml(code)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escapeHtml(code)
    html: str = pygments_highlight(code, lexer, HtmlFormatter(nowrap=True))
    return html
