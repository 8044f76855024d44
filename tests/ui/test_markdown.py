"""Markdown of untrusted text: what is shown, what can never be, and the law of streaming."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen_app.ui.markdown import StreamingMarkdown, render

SNIPPETS = [
    "a", "好", " ", "\n", "\n\n", "# ", "#", "- ", "1. ", "2) ", "> ", "    ", "\t", "`",
    "```", "~~~", "```py\n", "|a|b|\n", "|-|-|\n", "===", "---", "*", "**", "_", "$", "$$",
    "\\[", "\\]", "\\(", "\\)", "\\", "<", ">", "<b>", "</b>", "<!--", "-->", "[x](", ")",
    "[x]: http://a.b", "![", "]", "https://a.b", "&amp;", "\r\n", "x=1", "5",
]  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(SNIPPETS), max_size=30)


class Elements(HTMLParser):
    """The elements and attributes that a browser would make of it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add((tag, name))
            if name == "href":
                self.links.append(value or "")


ALLOWED_TAGS = {
    "p", "br", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "div",
    "span", "em", "strong", "s", "a", "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {"class", "href", "target", "rel", "title", "tabindex", "start", "style"}


def assert_inert(source: str) -> None:
    elements = Elements(render(source))
    assert elements.tags <= ALLOWED_TAGS
    assert {name for _, name in elements.attributes} <= ALLOWED_ATTRIBUTES
    # The style is markdown-it's alignment of table cells, nothing from the text.
    assert {tag for tag, name in elements.attributes if name == "style"} <= {"th", "td"}
    assert all(re.match(r"https?://|mailto:", link) for link in elements.links)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<style>body{display:none}</style>",
    "<b onmouseover=alert(1)>x</b>",
    "<!-- <img src=x> -->",
    "![x](https://evil.example/a.png)",
    "![x][r]\n\n[r]: https://evil.example/a.png",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/relative)",
    "[x](https:javascript)",
    "[x](http://[bad)",
    "<javascript:alert(1)>",
    '[x](https://a.b "><img src=x onerror=alert(1)>")',
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    "```html\n<script>alert(1)</script>\n```",
    "`<script>`",
    "$<img src=x onerror=alert(1)>$",
    "\\[<img src=x onerror=alert(1)>\\]",
    "$$\n<img src=x onerror=alert(1)>\n",
    "|<script>|<img src=x>|\n|-|-|\n|<svg onload=x>|$<b>$|",
    "<div>\n\n<script>\nalert(1)\n</script>\n\n</div>",
    "\x00<script>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_text_is_inert(source: str) -> None:
    assert_inert(source)


@given(MARKDOWN, st.sampled_from(HOSTILE), MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_hostile_text_is_inert_wherever_it_stands(
    before: list[str], hostile: str, after: list[str]
) -> None:
    assert_inert("".join(before) + hostile + "".join(after))


def test_html_is_shown_as_it_was_written() -> None:
    shown = re.sub(r"<[^>]*>", "", render("a <b>bold</b> move"))
    assert html.unescape(shown).strip() == "a <b>bold</b> move"


def formulas(source: str) -> list[tuple[str, bool]]:
    """(source, displayed) of every formula."""
    found = re.findall(r'<(?:span|div) class="(math[^"]*)">(.*?)</', render(source), re.DOTALL)
    return [(html.unescape(text), "display" in kind) for kind, text in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("so $x+1$ it is", [("x+1", False)]),
        (r"so \(x+1\) it is", [("x+1", False)]),
        ("$$x^2$$", [("x^2", True)]),
        (r"\[x^2\]", [("x^2", True)]),
        ("\\[\n2x = 12\n\\]", [("2x = 12", True)]),
        ("Then\n\\[\n\\begin{aligned}a&=b\\\\c&=d\\end{aligned}\n\\]\nand", None),
        ("a\n$$\nx<y\n$$\nb", [("x<y", True)]),
        (r"in a \[ w \] sentence", [("w", True)]),
        ("- item $y$\n- \\[z\\]", [("y", False), ("z", True)]),
        ("由$x=6$得", [("x=6", False)]),
        ("$a_1$ and $b_1$", [("a_1", False), ("b_1", False)]),
        ("costs $5 and $6", []),
        ("5$ and 6$", []),
        ("$5-$6, $7/$8", []),
        ("一个苹果$5，两个$9，共$14。", []),
        ("was $6, or 5$ less", []),
        ("卖$9。共$x+1$元", [("x+1", False)]),
        (r"$5 \text{元}$, $5 + 3$", [(r"5 \text{元}", False), ("5 + 3", False)]),
        (r"\$x$ and $y\$", []),
        (r"\\[x]", []),
        ("`$x$` and `\\(x\\)`", []),
        ("```\n$$x$$\n\\[y\\]\n```", []),
        ("$ x $", []),
        ("$$ $$", []),
        (r"\[ never closed", []),
        (r"\( never closed", []),
        ("$never closed", []),
        ("\\[\nx\n\ny\n\\]", []),
    ],
)
def test_what_is_a_formula(source: str, expected: list[tuple[str, bool]] | None) -> None:
    if expected is None:
        assert formulas(source)[0][0].startswith(r"\begin{aligned}")
    else:
        assert formulas(source) == expected


def test_code_is_coloured_and_its_text_unchanged() -> None:
    code = "def f(x):\n    return '<b>' + x  # 注释\n"
    shown = render(f"```python\n{code}```")
    assert 'class="k"' in shown
    inside = re.search(r"<code>(.*)</code>", shown, re.DOTALL)
    assert inside is not None
    assert html.unescape(re.sub(r"</?span[^>]*>", "", inside.group(1))) == code


@pytest.mark.parametrize("language", ["no-such-language", "", "c++", "<x>"])
def test_a_program_in_any_language_is_shown(language: str) -> None:
    assert "x = 1" in re.sub(r"</?span[^>]*>", "", render(f"```{language}\nx = 1\n```"))


def check_streaming(pieces: list[str]) -> None:
    stream, seen = StreamingMarkdown(), ""
    shown: list[str] = []
    for piece in pieces:
        stream.feed(piece)
        seen += piece
        assert stream.blocks[: len(shown)] == shown, "a finished block changed"
        shown = list(stream.blocks)
        assert "".join(stream.blocks) + stream.tail == render(seen)


@given(MARKDOWN)
@settings(max_examples=400, deadline=None)
def test_streamed_pieces_joined_equal_the_whole(pieces: list[str]) -> None:
    check_streaming(pieces)


@pytest.mark.parametrize(
    "text",
    [
        "> a\n#b",
        "para\n#\n#x",
        "a\n\n\\[ x\n# h\n\\]\nb",
        "1. a\n\n   b\n2. c\n\npara\n\n```py\nx\n\ny\n```\n# H\n|a|\n|-|\n|1|\n\nend",
        "- a\n\n-\n\n---\n",
        "a\r\nb\r\n\r\nc",
        '{"a": "```\\n", "b": [1, 2]}\n\nAnd *so* on.\n\n# h\nx',
        '[\n\n{"a": 1}]\n\nx\n\ny',
        "[\n\n-1\n\n, 2]\n\nx",
        "[link](https://a.b)\n\nx",
        "{not json}\n\nx",
    ],
)
def test_streaming_character_by_character(text: str) -> None:
    check_streaming(list(text))


@pytest.mark.parametrize("text", ['{"a": "<b>*x*</b>"}', '\n{ "a', "[1, 2]", '["x"]', "{}"])
def test_an_answer_in_json_is_shown_as_it_is_written(text: str) -> None:
    shown = render(text)
    inside = re.search(r"<code>(.*)</code>", shown, re.DOTALL)
    assert inside is not None
    assert html.unescape(re.sub(r"</?span[^>]*>", "", inside.group(1))).strip() == text.strip()
    assert "<em>" not in shown


def test_what_follows_a_document_is_markdown() -> None:
    shown = render('{"a": 1}\n\nThat is *all*.')
    assert shown.count("<pre") == 1
    assert shown.endswith("<p>That is <em>all</em>.</p>\n")


def test_a_long_answer_is_not_rendered_again_from_its_start() -> None:
    stream = StreamingMarkdown()
    for _ in range(50):
        stream.feed("A paragraph.\n\n")
    assert len(stream.blocks) == 49
    assert stream.tail == "<p>A paragraph.</p>\n"
