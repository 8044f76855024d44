"""The words of a query as a person may write them: also with full-width signs, as Chinese input
methods give them, and with other quotes than ours."""

import re
from dataclasses import dataclass
from typing import Literal

from qwen_app.features.tables.query.errors import invalid

MOST_CHARACTERS = 4000
"""Of a query: many times what the grammar can produce."""
_MOST_DIGITS = 15
"""Of a number: what a double holds exactly."""

Sort = Literal["word", "name", "text", "number", "sign", "end"]

_SIGNS = ("<=", ">=", "<>", "!=", "==", "=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".", ";")
_WIDE = str.maketrans("（），；＝＜＞＋－＊／．", "(),;=<>+-*/.")
_QUOTES = {'"': '"', "`": "`", "“": "”", "”": "”", "'": "'", "‘": "’", "’": "’", "＇": "＇"}
_NAME_QUOTES = '"`“”'
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    sort: Sort
    text: str
    """Of a word or sign as written, of a name, text or number what it means."""
    at: int
    """Index of its first character."""

    def is_word(self, *words: str) -> bool:
        return self.sort == "word" and self.text.upper() in words

    def is_sign(self, *signs: str) -> bool:
        return self.sort == "sign" and self.text in signs


def tokens(query: str) -> list[Token]:
    """The tokens, with one of sort ``end`` at the end.

    Raises:
        InvalidQuery: too long, a quote that is not closed, a sign that means nothing.
    """
    if len(query) > MOST_CHARACTERS:
        raise invalid(
            f"The query has {len(query)} characters; at most {MOST_CHARACTERS} are allowed.",
            f"查询共有 {len(query)} 个字符，最多允许 {MOST_CHARACTERS} 个。",
        )
    found = []
    at = 0
    while at < len(query):
        if query[at].isspace():
            at += 1
            continue
        token, at = _token(query, at)
        found.append(token)
    return [*found, Token("end", "", len(query))]


def _token(query: str, at: int) -> tuple[Token, int]:
    character = query[at]
    if character in _QUOTES:
        text, end = _quoted(query, at)
        return Token("name" if character in _NAME_QUOTES else "text", text, at), end
    if number := _NUMBER.match(query, at):
        digits = number.group()
        if len(digits) > _MOST_DIGITS:
            raise invalid(
                f"{digits[:20]}… has too many digits; at most {_MOST_DIGITS} are allowed.",
                f"数字 {digits[:20]}… 位数过多，最多 {_MOST_DIGITS} 位。",
            )
        return Token("number", digits, at), number.end()
    narrow = query[at : at + 2].translate(_WIDE)
    for sign in _SIGNS:
        if narrow.startswith(sign):
            return Token("sign", sign, at), at + len(sign)
    if character.isalnum() or character == "_":
        end = at
        while end < len(query) and (query[end].isalnum() or query[end] == "_"):
            end += 1
        return Token("word", query[at:end], at), end
    raise invalid(
        f"{character!r} means nothing here. Put names of columns in double quotes and texts in"
        " single quotes.",
        f"无法识别字符“{character}”。列名请用英文双引号，文本请用英文单引号。",
    )


def _quoted(query: str, start: int) -> tuple[str, int]:
    """(the text between the quotes, index after them); a doubled quote stands for itself."""
    close = _QUOTES[query[start]]
    parts = []
    at = start + 1
    while True:
        end = query.find(close, at)
        if end < 0:
            raise invalid(
                f"The quote {query[start : start + 12]}… is not closed.",
                f"引号 {query[start : start + 12]}… 没有闭合。",
            )
        parts.append(query[at:end])
        if query[end + 1 : end + 2] != close:
            return close.join(parts), end + 1
        at = end + 2
