"""Expressions among the words of prose, by precedence.

Words after a number name what is counted and are passed over up to the next sign (``5 bags + 3
bags``, ``12 元 × 5``); what would change the value is doubtful and left unread.
"""

from qwen_app.features.tutor.reading import brackets, commands, names, operands
from qwen_app.features.tutor.reading.cursor import Cursor
from qwen_app.features.tutor.reading.tree import (
    FUNCTIONS,
    Binary,
    Blank,
    Call,
    Derivative,
    Expression,
    Negative,
    Number,
    PlusMinus,
    Quantity,
    Symbol,
)
from qwen_app.features.tutor.reading.words import changes_value

SUM, PRODUCT, IMPLICIT, SIGN, POWER = 1, 2, 3, 4, 5


class Parser(Cursor):
    def expression(self, level: int = 0) -> Expression:
        self.enter()
        left = self._prefix()
        while True:
            self.count()
            token = self.token
            if token.kind == "op":
                following = self._infix(left, level)
            elif token.kind == "word" and token.text == "of" and operands.is_share(left):
                following = self._share(left, level)
            elif token.kind == "word" and token.text == "mod" and level <= PRODUCT:
                self.take()
                following = Binary("mod", left, self.expression(IMPLICIT))
            elif self._is_implicit(left):
                following = self._implicit(left, level)
            else:
                break
            if following is None:
                break
            left = following
        self.leave()
        return left

    def _infix(self, left: Expression, level: int) -> Expression | None:
        sign = self.token.text
        if is_hyphen(self) or is_sign_after_words(self):
            return None
        if sign in ("+", "-", "±", "∓", "+-"):
            if level > SUM:
                return None
            self.take()
            self._pass_words(sign)
            right = self.expression(PRODUCT)
            if sign in ("±", "+-"):
                return PlusMinus(left, right)
            if sign == "∓":
                return PlusMinus(left, right, minus_first=True)
            return Binary("+" if sign == "+" else "-", left, right)
        if sign in ("*", "/", "÷"):
            if level > PRODUCT:
                return None
            taken = self.take()
            self._pass_words(sign)
            if sign == "*":
                return Binary("*", left, self.expression(IMPLICIT))
            if fraction := operands.glued_fraction(self, taken):
                return Binary("/", left, fraction)
            return Binary("/", left, self._divisor(left))
        return None

    def _divisor(self, left: Expression) -> Expression:
        """What stands below a slash: ``1/2x`` may mean half of x."""
        start = self.at
        divisor = self.expression(SIGN)
        if not self._is_implicit(divisor):
            return divisor
        self.met.add("tight")
        usual = not (isinstance(left, Number) and isinstance(divisor, Number))
        if usual == ("tight" in self.choices):
            return divisor
        self.at = start
        return self.expression(IMPLICIT)

    def _pass_words(self, sign: str) -> None:
        """After a plus, a few words may lead to the number: ``+ Lydia ate 24 ounces``."""
        if sign != "+" or not self.is_kind("word") or self.token.math:
            return
        ahead = 0
        while self.peek(ahead).kind == "word" and ahead < 5:
            ahead += 1
        first = self.peek(0).text
        if first.lower() in FUNCTIONS:
            return
        if ahead == 1 and len(first) == 1 and first not in ("a", "A"):
            return
        if self.peek(ahead).kind in ("number", "currency") and not any(
            changes_value(self.peek(index).text) for index in range(ahead)
        ):
            self.at += ahead

    def _share(self, left: Expression, level: int) -> Expression | None:
        """``20% of 50``, ``1/3 of the 36 guests``; ``2/3 of a mile`` has no number after it."""
        ahead = 1
        while self.peek(ahead).kind == "word" and ahead < 4:
            ahead += 1
        if self.peek(ahead).kind not in ("number", "currency", "open") or level > PRODUCT:
            if self.peek(ahead).kind in ("number", "currency", "open"):
                return None
            operands.label(self)
            return left if self.token.kind in ("op",) else None
        if any(changes_value(self.peek(index).text) for index in range(1, ahead)):
            raise self.doubt()
        self.at += ahead
        return Binary("*", left, self.expression(IMPLICIT), "of")

    def _is_implicit(self, left: Expression) -> bool:
        """Whether a factor follows without a sign."""
        token, before = self.token, self.peek(-1)
        if self.wordy or isinstance(left, Blank) or (isinstance(left, Symbol) and left.is_word):
            return False
        if token.kind == "open":
            if token.text == "\\{" or brackets.is_remark(self):
                return False
            if token.text == "[" and not token.math and token.spaced:
                return False
            return not token.spaced or token.math or before.kind != "number"
        if token.kind == "command":
            return commands.begins_factor(token)
        if token.kind == "root":
            return self.peek().kind not in ("break", "stop", "comma")
        if token.kind == "word":
            if before.kind == "number" and isinstance(left, Quantity):
                return False
            return names.is_factor(self)
        if token.kind == "number" and before.kind == "close" and before.text == "}" and token.math:
            return not token.spaced
        return False

    def _implicit(self, left: Expression, level: int) -> Expression | None:
        if level > IMPLICIT:
            return None
        if mixed := operands.mixed_in_brackets(self, left):
            return mixed
        return Binary("*", left, self.expression(SIGN), "implicit")

    def _prefix(self) -> Expression:
        self.count()
        self.wordy = False
        token = self.token
        if token.kind == "op":
            self.take()
            if token.text == "-":
                return Negative(self.expression(IMPLICIT))
            if token.text == "+":
                return self.expression(IMPLICIT)
            if token.text in ("±", "+-"):
                return PlusMinus(None, self.expression(IMPLICIT))
            if token.text == "∓":
                return PlusMinus(None, self.expression(IMPLICIT), minus_first=True)
            self.at -= 1
            raise self.doubt()
        inner = self._primary()
        return self._postfix(inner)

    def _primary(self) -> Expression:
        token = self.token
        match token.kind:
            case "number" | "currency" | "percent":
                return operands.number(self)
            case "ordinal" if self.peek(-1).kind == "rel":
                self.take()
                assert token.number is not None
                operands.label(self)
                return token.number
            case "open":
                return brackets.bracketed(self)
            case "bar":
                return brackets.absolute(self)
            case "root":
                self.take()
                return operands.root(int(token.text), self.expression(SIGN))
            case "command":
                return commands.command(self)
            case "blank":
                self.take()
                operands.label(self)
                return Blank()
            case "word" | "han" | "text":
                return names.name(self)
            case _:
                raise self.doubt()

    def _postfix(self, inner: Expression) -> Expression:
        while True:
            token = self.token
            if token.is_op("^") and not (
                self.peek().is_op("+", "-") and self.peek(2).kind == "close"
            ):
                self.take()
                inner = Binary("^", inner, self.exponent())
            elif token.kind == "bang" and not token.spaced:
                if not self._is_factorial(inner):
                    self.take()
                    return inner
                self.take()
                inner = Call("factorial", (inner,))
            elif token.kind == "percent" and not isinstance(inner, Quantity):
                if self._is_hundredfold():
                    self.met.add("percent")
                self.take()
                if not (self._is_hundredfold(-1) and "percent" in self.choices):
                    inner = operands.percent(inner, token.text)
            elif token.kind == "degree":
                inner = operands.degrees(self, inner)
            elif token.kind == "prime" and not token.spaced and token.text == "'":
                if not isinstance(inner, Symbol | Binary | Call | Negative):
                    return inner
                order = 0
                while self.is_kind("prime") and order < 4:
                    self.take()
                    order += 1
                inner = Derivative(inner, None, order)
            elif token.kind == "sub" and self.peek(-1).text == "]":
                return brackets.evaluated(self, inner)
            else:
                break
        return operands.measured(self, inner)

    def _is_hundredfold(self, shift: int = 0) -> bool:
        """Whether the percentage is the result of ``× 100``, as in 0.95 × 100 = 95%."""
        number, relation = self.peek(shift - 1), self.peek(shift - 2)
        hundred, times = self.peek(shift - 3), self.peek(shift - 4)
        return (
            number.kind == "number"
            and relation.kind == "rel"
            and hundred.text == "100"
            and times.is_op("*")
        )

    def exponent(self) -> Expression:
        self.enter()
        token = self.token
        if token.is_op("-", "+"):
            self.take()
            inner = self.exponent()
            self.leave()
            return Negative(inner) if token.text == "-" else inner
        self.count()
        if token.kind == "word" and len(token.text) == 1:
            self.take()
            inner = names.constant(self, token)
        elif token.kind == "number":
            self.take()
            assert token.number is not None
            inner = token.number
        else:
            inner = self._primary()
        if self.token.is_op("^"):
            self.take()
            inner = Binary("^", inner, self.exponent())
        self.leave()
        return inner

    def _is_factorial(self, inner: Expression) -> bool:
        after = self.peek()
        if after.kind in ("op", "close", "rel", "bang", "open", "comma"):
            return True
        if not isinstance(inner, Number):
            return True
        self.met.add("bang")
        return "bang" in self.choices


_SOLVING = (
    "solve by equation inequality system simplify evaluate factor expand add subtract get gives"
    " compute calculate 方程 不等式 组 以 上 去 解 求 计算 化简"
)
_BEFORE_SIGNS = tuple(_SOLVING.split())
"""After other words a minus may take away from a quantity that they name: ``面积 -5``."""


def is_sign_after_words(cursor: Cursor) -> bool:
    """Whether a minus belongs to what follows it, and prose stands before it: ``解方程 -2x = 6``,
    ``divide both sides by -9``."""
    token, before, after = cursor.token, cursor.peek(-1), cursor.peek()
    if not token.is_op("-") or not token.spaced or after.spaced or token.math:
        return False
    if before.kind == "han":
        return before.text.endswith(_BEFORE_SIGNS)
    return before.kind == "word" and before.text.lower() in _BEFORE_SIGNS


def is_hyphen(cursor: Cursor) -> bool:
    """Whether a sign joins two words: ``mail-in``, ``aunt/uncle``."""
    token, before, after = cursor.token, cursor.peek(-1), cursor.peek()
    if not token.is_op("-", "/") or token.spaced or after.spaced or token.math:
        return False
    return before.kind == after.kind == "word" and len(before.text) > 1 and len(after.text) > 1
