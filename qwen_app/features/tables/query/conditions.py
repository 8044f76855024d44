"""Expressions and conditions of a query; `parse` adds the clauses around them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from qwen_app.features.tables.query.errors import invalid
from qwen_app.features.tables.query.tokens import Token
from qwen_app.features.tables.query.tree import (
    AGGREGATES,
    FUNCTIONS,
    Aggregate,
    Arithmetic,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Compute,
    Exists,
    Expression,
    IsNull,
    Like,
    Logic,
    Member,
    Negative,
    Not,
    Number,
    Operator,
    Pseudo,
    Query,
    Scalar,
    Text,
)

_DEEPEST = 24
"""Parentheses within parentheses. A person needs three; Python's stack holds far more."""
_MOST_NODES = 400
"""Expressions in a query: bounds the work of everything that walks it."""
_OPERATORS: dict[str, Operator] = {
    "=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip
_SUMS: dict[str, Arithmetic] = {"+": "+", "-": "-"}
_PRODUCTS: dict[str, Arithmetic] = {"*": "*", "/": "/"}
_RESERVED = {
    "SELECT", "DISTINCT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "BY", "LIMIT", "OFFSET",
    "AND", "OR", "NOT", "IN", "IS", "LIKE", "ILIKE", "BETWEEN", "NULL", "EXISTS", "CASE",
    "WHEN", "THEN", "ELSE", "END", "ASC", "DESC", "UNION", "JOIN", "WITH", "AS", "ON", "OVER",
}  # fmt: skip


class Conditions(ABC):
    """A parser of expressions over a list of tokens."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._nodes = 0

    @abstractmethod
    def query(self) -> Query: ...

    @abstractmethod
    def unexpected(self) -> Exception:
        """What to raise because of the next token."""

    # --- tokens ---------------------------------------------------------------------------

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    def advance(self) -> Token:
        token = self.next
        self._at += 1
        return token

    def at_word(self, *words: str) -> bool:
        return self.next.is_word(*words)

    def take_word(self, *words: str) -> bool:
        if not self.at_word(*words):
            return False
        self._at += 1
        return True

    def take_sign(self, *signs: str) -> bool:
        if not self.next.is_sign(*signs):
            return False
        self._at += 1
        return True

    def expect_word(self, word: str) -> None:
        if not self.take_word(word):
            raise self._missing(word)

    def expect_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise self._missing(sign)

    def _missing(self, what: str) -> Exception:
        if self.next.sort == "end" or self.next.sort in ("name", "text", "number"):
            return invalid(
                f"{what} is missing at character {self.next.at + 1}.",
                f"第 {self.next.at + 1} 个字符处缺少 {what}。",
            )
        return self.unexpected()

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise invalid(
                f"Parentheses are nested more than {_DEEPEST} deep.",
                f"括号嵌套超过 {_DEEPEST} 层。",
            )
        yield
        self._depth -= 1

    # --- conditions -----------------------------------------------------------------------

    def expression(self) -> Expression:
        left = self._and()
        while self.take_word("OR"):
            left = Logic("OR", left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self.take_word("AND"):
            left = Logic("AND", left, self._not())
        return left

    def _not(self) -> Expression:
        if self.take_word("NOT"):
            with self.deeper():
                return Not(self._not())
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        if self.next.sort == "sign" and self.next.text in _OPERATORS:
            return Compare(_OPERATORS[self.advance().text], left, self._sum())
        if self.take_word("IS"):
            negated = self.take_word("NOT")
            self.expect_word("NULL")
            return IsNull(left, negated)
        negated = self.take_word("NOT")
        if self.take_word("BETWEEN"):
            low = self._sum()
            self.expect_word("AND")
            return Between(left, low, self._sum(), negated)
        if self.take_word("IN"):
            return Member(left, self._options(), negated)
        if self.take_word("LIKE", "ILIKE"):
            if self.next.sort != "text":
                raise invalid(
                    "LIKE needs a text in single quotes, such as '%abc%'.",
                    "LIKE 后需要单引号中的文本，例如 '%abc%'。",
                )
            return Like(left, self.advance().text, negated)
        if negated:
            raise self.unexpected()
        return left

    def _options(self) -> tuple[Expression, ...] | Query:
        self.expect_sign("(")
        with self.deeper():
            if self.at_word("SELECT"):
                options: tuple[Expression, ...] | Query = self.query()
            else:
                found = [self._sum()]
                while self.take_sign(","):
                    found.append(self._sum())
                options = tuple(found)
        self.expect_sign(")")
        return options

    # --- values ---------------------------------------------------------------------------

    def _sum(self) -> Expression:
        left = self._product()
        while self.next.sort == "sign" and self.next.text in _SUMS:
            left = Compute(_SUMS[self.advance().text], left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while self.next.sort == "sign" and self.next.text in _PRODUCTS:
            left = Compute(_PRODUCTS[self.advance().text], left, self._signed())
        return left

    def _signed(self) -> Expression:
        if not self.take_sign("-"):
            return self._atom()
        with self.deeper():
            inner = self._signed()
        return Number(-inner.value) if isinstance(inner, Number) else Negative(inner)

    def _atom(self) -> Expression:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise invalid("The query is too long.", "查询过长。")
        token = self.next
        if token.sort == "number":
            self.advance()
            return Number(int(token.text) if token.text.isdigit() else float(token.text))
        if token.sort == "text":
            self.advance()
            return Text(token.text)
        if token.sort == "name":
            self.advance()
            return Column(token.text)
        if self.take_sign("("):
            with self.deeper():
                inner = Scalar(self.query()) if self.at_word("SELECT") else self.expression()
            self.expect_sign(")")
            return inner
        if token.sort == "word":
            return self._word()
        raise self.unexpected()

    def _word(self) -> Expression:
        word = self.next.text.upper()
        if word == "CASE":
            return self._case()
        if word == "EXISTS":
            self.advance()
            self.expect_sign("(")
            with self.deeper():
                query = self.query()
            self.expect_sign(")")
            return Exists(query)
        if word in _RESERVED:
            raise self.unexpected()
        name = self.advance().text
        if self.take_sign("("):
            with self.deeper():
                call = self._call(word)
            self.expect_sign(")")
            return call
        if word == "T" and self.take_sign("."):
            return self._atom()
        if name.lower() in ("row", "name", "value"):
            return Pseudo(name.lower())  # type: ignore[arg-type]
        return Column(name)

    def _call(self, name: str) -> Expression:
        if name in AGGREGATES:
            distinct = self.take_word("DISTINCT")
            if self.take_sign("*"):
                if name != "COUNT" or distinct:
                    raise invalid(
                        f"{name} needs a column; only COUNT(*) takes a star.",
                        f"{name} 需要一列，只有 COUNT(*) 可以用星号。",
                    )
                return Aggregate("COUNT", None)
            return Aggregate(name, self.expression(), distinct)
        if name not in FUNCTIONS:
            known = ", ".join((*AGGREGATES, *FUNCTIONS))
            raise invalid(
                f"There is no function {name}; there are {known}.",
                f"没有函数 {name}；可用的有：{known}。",
            )
        arguments = [self.expression()]
        while self.take_sign(","):
            arguments.append(self.expression())
        fewest, most = FUNCTIONS[name]
        if not fewest <= len(arguments) <= most:
            number = str(most) if fewest == most else f"{fewest}-{most}"
            raise invalid(
                f"{name} takes {number} arguments, not {len(arguments)}.",
                f"{name} 需要 {number} 个参数，而不是 {len(arguments)} 个。",
            )
        return Call(name, tuple(arguments))

    def _case(self) -> Expression:
        self.expect_word("CASE")
        with self.deeper():
            branches = []
            while self.take_word("WHEN"):
                condition = self.expression()
                self.expect_word("THEN")
                branches.append((condition, self.expression()))
            otherwise = self.expression() if self.take_word("ELSE") else None
        self.expect_word("END")
        if not branches:
            raise invalid("CASE needs WHEN ... THEN ....", "CASE 需要 WHEN … THEN …。")
        return Case(tuple(branches), otherwise)
