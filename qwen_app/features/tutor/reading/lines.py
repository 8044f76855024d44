"""From the tokens of a line to its chains: where a formula begins in the prose, where it ends, and
which of its sides can be taken at their word."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from qwen_app.features.tutor.reading import units
from qwen_app.features.tutor.reading.cursor import Choice, Doubt
from qwen_app.features.tutor.reading.limits import MOST_SIDES
from qwen_app.features.tutor.reading.setting import Setting, setting
from qwen_app.features.tutor.reading.sides import Side, read_side
from qwen_app.features.tutor.reading.starts import heading, is_clean, is_start, matches, skipped
from qwen_app.features.tutor.reading.tokens import Token
from qwen_app.features.tutor.reading.tree import (
    Blank,
    Negative,
    Number,
    Quantity,
    Ratio,
    Relation,
    Symbol,
    Tuple,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Sides that belong together, before the prose around them is looked at."""

    sides: tuple[Side, ...]
    operators: tuple[Relation, ...]
    first: int
    """Index of its first token."""
    after: int
    """Index behind its last token."""
    is_open: bool = False
    """Whether a relation stands behind the last side, with nothing after it."""
    others: tuple["Piece", ...] = ()
    """The same text in other readings."""


@dataclass(slots=True)
class _Run:
    """Sides as they were met; None is one that could not be read."""

    sides: list[Side | None] = field(default_factory=list)
    operators: list[Token] = field(default_factory=list)
    end: int = 0
    is_open: bool = False


class Line:
    """The chains of one line."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.setting: Setting = setting(found)
        self._matches = matches(found)
        self._fresh = -1
        """Index of a token right behind the number of a step."""

    def pieces(self) -> Iterator[Piece]:
        """In order; a piece of one side is a value that stands alone."""
        at = skipped(self.tokens, 0)
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind == "break":
                at = skipped(self.tokens, at + 1)
                continue
            if token.kind == "rel" and (at == 0 or self.tokens[at - 1].kind == "break"):
                continued = self._continued(at)
                yield from self._split(continued)
                at = max(continued.end, at + 1)
                continue
            if length := heading(self.tokens, at):
                at = skipped(self.tokens, at + length)
                self._fresh = at
                continue
            if not is_start(self.tokens, at, self._matches):
                at += 1
                continue
            run = self._run(at)
            if run is None:
                at += 1
                continue
            for piece in self._split(run):
                yield self._with_others(piece, at)
            at = max(run.end, at + 1)

    def _run(self, at: int, choices: Collection[Choice] = ()) -> _Run | None:
        """The sides from a token on; None where none begins there after all."""
        run = _Run()
        position = at
        while True:
            side: Side | None
            try:
                side = self._side(position, choices, run)
                position = side.after
            except Doubt as doubt:
                if not run.sides and (doubt.at <= at or self._is_prose(at)):
                    return None
                side = None
                position = self._recover(max(doubt.at, position))
            if (
                not run.sides
                and side is not None
                and not (at == self._fresh or is_clean(self.tokens, at))
            ):
                side = None
            run.sides.append(side)
            token = self.tokens[position]
            if token.kind != "rel":
                break
            run.operators.append(token)
            position += 1
            if len(run.sides) >= MOST_SIDES:
                # Nobody writes so many: the rest is passed over.
                position = self._passed(position)
                break
            while self.tokens[position].kind == "rel" and token.text == "=":
                # "= ≈" is ≈
                run.operators[-1] = token = self.tokens[position]
                position += 1
            if self._is_end(position):
                run.is_open = True
                break
        run.end = position
        self._add_values(run, choices)
        return run

    def _add_values(self, run: _Run, choices: Collection[Choice]) -> None:
        """More values of a letter, behind the last side: ``x = 3 或 -2``, ``x = 2, 3``."""
        last = run.sides[-1]
        is_letter = len(run.sides) > 1 and isinstance(
            getattr(run.sides[0], "expression", 0), Symbol
        )
        if not is_letter or last is None or run.operators[-1].text != "=":
            return
        items, at = [last.expression], last.after
        while (joint := self._joint(at)) and is_start(self.tokens, joint, self._matches):
            try:
                side = read_side(self.tokens, joint, self.setting, choices)
            except Doubt:
                return
            after = self.tokens[side.after]
            is_listed = self.tokens[at].kind == "comma"
            ends = after.kind in ("break", "stop", "comma") or self._joint(side.after)
            if after.kind == "rel" or not ends or (is_listed and not side.is_bare):
                return
            items.append(side.expression)
            at = side.after
            last = replace(last, expression=Tuple(tuple(items)), after=at, last=side.last)
        if len(items) > 1:
            run.sides[-1] = last
            run.end = at

    def _joint(self, at: int) -> int:
        """Index behind a word or comma that joins values; 0 where none stands there."""
        token = self.tokens[at]
        is_or = token.text in ("或", "或者") or token.text.lower() == "or"
        return at + 1 if is_or or (token.kind == "comma" and token.text == ",") else 0

    def _side(self, at: int, choices: Collection[Choice], run: _Run) -> Side:
        """The side at a token. A colon behind a number may lead to what follows: 除以 2：x = 6."""
        side = read_side(self.tokens, at, self.setting, choices)
        if not isinstance(side.expression, Ratio):
            return side
        if run.sides:
            has_ratio = any(each and isinstance(each.expression, Ratio) for each in run.sides)
            is_explained = self.tokens[side.after].kind == "rel" and not has_ratio
        else:
            is_explained = self._is_explained(at, side, side.expression)
        if is_explained:
            return read_side(self.tokens, at, self.setting, choices, ratios=False)
        return side

    def _is_explained(self, at: int, side: Side, ratio: Ratio) -> bool:
        """Whether the first colon of a line's formula leads to it.

        Raises:
            Doubt: it may, and it may not.
        """
        if at == 0 or self.tokens[at - 1].kind not in ("han", "word"):
            return False
        after = self.tokens[side.after + 1 : side.after + 4]
        if self.tokens[side.after].kind == "rel" and "colon" in [token.kind for token in after]:
            return False
        if not all(isinstance(part, Number) for part in ratio.parts):
            return True
        if any(token.text == "：" for token in self.tokens[at : side.after]):
            raise Doubt(side.after)
        return False

    def _passed(self, at: int) -> int:
        while self.tokens[at].kind not in ("break", "stop"):
            at += 1
        return at

    def _continued(self, at: int) -> _Run:
        """A line that begins with a relation: its first side is what came last."""
        token = self.tokens[at]
        rest = self._run(at + 1)
        run = _Run([Side(Blank(), at, at, at, False, frozenset())], [token], at + 1)
        if rest is not None:
            run.sides += rest.sides
            run.operators += rest.operators
            run.end, run.is_open = rest.end, rest.is_open
        return run

    def _is_prose(self, at: int) -> bool:
        return self.tokens[at].kind in ("word", "han", "text") and not self.tokens[at].math

    def _is_end(self, at: int) -> bool:
        return all(
            token.kind in ("break", "stop", "colon") for token in self.tokens[at : at + 2]
        ) or (self.tokens[at].kind == "break")

    def _recover(self, at: int) -> int:
        at = min(at, len(self.tokens) - 1)
        while self.tokens[at].kind not in ("rel", "break", "stop", "comma"):
            at += 1
        return at

    def _split(self, run: _Run) -> Iterator[Piece]:
        """The parts of a run that can be taken at their word."""
        cuts = [self._is_cut(run, index) for index in range(len(run.operators))]
        start = 0
        count = len(run.sides)
        while start < count:
            end = start
            while end + 1 < count and not cuts[end] and run.sides[end] and run.sides[end + 1]:
                end += 1
            sides = [side for side in run.sides[start : end + 1] if side is not None]
            is_open = run.is_open and end == count - 1
            if sides and (len(sides) > 1 or is_open or count == 1):
                operators = [_relation(token) for token in run.operators[start:end]]
                if is_open:
                    operators.append(_relation(run.operators[-1]))
                first, after = sides[0].first, sides[-1].last
                yield Piece(tuple(sides), tuple(operators), first, after, is_open)
            start = end + 1

    def _is_cut(self, run: _Run, index: int) -> bool:
        """Whether two sides are not said to be equal, as in ``4 weeks = 4 × 7``."""
        operator = run.operators[index]
        left = run.sides[index]
        if index + 1 >= len(run.sides):
            return left is None
        right = run.sides[index + 1]
        if left is None or right is None:
            return True
        if operator.note == "worded":
            if left.is_bare or left.is_name or not right.is_bare:
                return True
            return self._is_compared(right.after) or _is_proper_fraction(left)
        if operator.text not in ("=", "≈"):
            return False
        if left.is_bare and (left.wordy or right.is_bare):
            return not self._is_same(left, right)
        if left.is_bare and _unit(left) is not None:
            return not right.is_name
        return False

    def _is_compared(self, at: int) -> bool:
        """Whether the number before is only the difference to another: "is 5 more than"."""
        words = [token.text.lower() for token in self.tokens[at : at + 3]]
        return bool(
            {"more", "less", "fewer", "times", "of", "percent", "older", "younger", "than"}
            & set(words)
        ) or any(word.startswith(("倍", "比")) for word in words)

    def _is_same(self, left: Side, right: Side) -> bool:
        """Whether two sides, the left one a number, measure the same thing."""
        own, other = _unit(left), _unit(right)
        if own is None and other is None:
            return not left.wordy
        if own is None or other is None or not right.is_bare:
            return False
        first, second = units.measure(own), units.measure(other)
        if own == other:
            return True
        return first.known and second.known and first.dimensions == second.dimensions

    def _with_others(self, piece: Piece, at: int) -> Piece:
        """The piece with its other readings."""
        met = sorted({choice for side in piece.sides for choice in side.met})
        others: list[Piece] = []
        for choice in met:
            run = self._run(at, (choice,))
            if run is None:
                continue
            for other in self._split(run):
                is_whole = (other.first, other.after) == (piece.first, piece.after)
                if is_whole and other.operators == piece.operators and other != piece:
                    others.append(other)
        if not others:
            return piece
        return Piece(
            piece.sides, piece.operators, piece.first, piece.after, piece.is_open, tuple(others)
        )


def _relation(token: Token) -> Relation:
    found: dict[str, Relation] = {
        "=": "=",
        "≈": "≈",
        "≠": "≠",
        "<": "<",
        "≤": "≤",
        ">": ">",
        "≥": "≥",
        "∈": "∈",
    }
    return found[token.text]


def _unit(side: Side) -> Unit | None:
    """The unit of a bare side that measures or counts something; 万 and dozen do not."""
    inner = side.expression
    if isinstance(inner, Negative):
        inner = inner.inner
    if not isinstance(inner, Quantity):
        parts = getattr(inner, "parts", ())
        return parts[0].unit if parts and isinstance(parts[0], Quantity) else None
    measure = units.measure(inner.unit)
    return inner.unit if measure.dimensions or not measure.known else None


def _is_proper_fraction(side: Side) -> bool:
    """1/3 alone: "1/3 is 5 pounds" tells of a whole."""
    inner = side.expression
    if isinstance(inner, Quantity):
        inner = inner.inner
    left, right = getattr(inner, "left", None), getattr(inner, "right", None)
    return (
        getattr(inner, "operator", "") == "/"
        and isinstance(left, Number)
        and isinstance(right, Number)
        and left.value < right.value
    )
