"""From the text of a query to its tree, by recursive descent."""

from typing import Literal

from qwen_app.features.tables.query.conditions import Conditions
from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.tokens import Token, tokens
from qwen_app.features.tables.query.tree import Expression, Order, Query

_MOST_ROWS = 1_000_000
"""For LIMIT and OFFSET."""

_REFUSED = {
    "WITH": ("SELECT", "SELECT"),
    "UNION": ("OR in WHERE, or two queries", "WHERE 中的 OR，或两个查询"),
    "JOIN": (
        "the one table t; a query in parentheses can look up a value in it",
        "唯一的表 t；可用括号中的子查询取值",
    ),
    "AS": ("the expression itself where it is needed again", "在需要处重复表达式本身"),
    "OVER": ("PREV, NEXT or RUN", "PREV、NEXT 或 RUN"),
}
"""Words of SQL that people try, with what to use instead."""


def parse(query: str) -> Query:
    """The tree of a query. Names of columns are as written: `resolve` looks them up.

    Raises:
        InvalidQuery: it is not of the language.
    """
    return _Parser(tokens(query)).statement()


class _Parser(Conditions):
    def statement(self) -> Query:
        if not self.at_word("SELECT"):
            raise invalid(
                "A query begins with SELECT; other statements are not allowed.",
                "查询须以 SELECT 开头，不支持其他语句。",
            )
        query = self.query()
        self.take_sign(";")
        if self.next.sort != "end":
            raise self.unexpected()
        return query

    def query(self) -> Query:
        self.expect_word("SELECT")
        distinct = self.take_word("DISTINCT")
        outputs = () if self.take_sign("*") else self._list()
        source = self._source() if self.take_word("FROM") else None
        if source is None and not outputs:
            raise invalid("SELECT * needs FROM t.", "SELECT * 后需要 FROM t。")
        where = self.expression() if self.take_word("WHERE") else None
        group = self._list() if self._take_by("GROUP") else ()
        having = self.expression() if self.take_word("HAVING") else None
        order = self._orders() if self._take_by("ORDER") else ()
        limit = self._rows() if self.take_word("LIMIT") else None
        offset = self._rows() if self.take_word("OFFSET") else 0
        return Query(outputs, source, distinct, where, group, having, order, limit, offset)

    def _source(self) -> 'Literal["t", "cells"] | Query':
        if self.take_sign("("):
            with self.deeper():
                query = self.query()
            self.expect_sign(")")
            return query
        if self.next.sort in ("word", "name"):
            if self.next.text.lower() == "t":
                self.advance()
                return "t"
            if self.next.text.lower() == "cells":
                self.advance()
                return "cells"
        word = self.next.text
        raise invalid(
            f"There is no table {word!r}: the table is called t (or cells, cell by cell).",
            f"没有名为“{word}”的表：表名是 t（逐个单元格查询用 cells）。",
        )

    def _take_by(self, word: str) -> bool:
        if not self.take_word(word):
            return False
        self.expect_word("BY")
        return True

    def _list(self) -> tuple[Expression, ...]:
        found = [self.expression()]
        while self.take_sign(","):
            found.append(self.expression())
        return tuple(found)

    def _orders(self) -> tuple[Order, ...]:
        found = [self._order()]
        while self.take_sign(","):
            found.append(self._order())
        return tuple(found)

    def _order(self) -> Order:
        by = self.expression()
        descending = self.take_word("DESC")
        if not descending:
            self.take_word("ASC")
        return Order(by, descending)

    def _rows(self) -> int:
        token = self.next
        if token.sort != "number" or not token.text.isdigit() or int(token.text) > _MOST_ROWS:
            raise invalid(
                f"LIMIT and OFFSET need a whole number up to {_MOST_ROWS}, not {token.text!r}.",
                f"LIMIT 和 OFFSET 需要不超过 {_MOST_ROWS} 的整数，而不是“{token.text}”。",
            )
        self.advance()
        return int(token.text)

    def unexpected(self) -> Exception:
        token: Token = self.next
        if token.sort == "end":
            return invalid("The query ends too early.", "查询不完整。")
        if token.sort == "word" and token.text.upper() in _REFUSED:
            en, zh = _REFUSED[token.text.upper()]
            word = token.text.upper()
            return invalid(
                f"{word} is not in this language; use {en}.", f"不支持 {word}，请改用{zh}。"
            )
        return invalid(
            f"{token.text!r} (character {token.at + 1}) was not expected here.",
            f"第 {token.at + 1} 个字符处的“{token.text}”不应出现在这里。",
        )
