"""From the chains of a text to statements: with the prose around them, joined where they belong
together."""

import re
from dataclasses import replace

from qwen_app.features.tutor.reading.context import GIVEN, GIVEN_END, WHEN, context
from qwen_app.features.tutor.reading.lines import Line, Piece
from qwen_app.features.tutor.reading.prepare import prepare
from qwen_app.features.tutor.reading.tokens import Token, tokens
from qwen_app.features.tutor.reading.tree import Chain, Context, Statement, Symbol, System

_ANSWER_LINE = re.compile(
    r"^[\s*#>-]*(?:####|(?:所以|因此|故|最终|最后)?[，,]?\s*(?:答案|答)\s*(?:是|为)?\s*[:：]?"
    r"|(?:so|thus|therefore|hence)?,?\s*(?:the\s+)?(?:final\s+)?answer\s*(?:is)?\s*[:：]?)",
    re.IGNORECASE,
)


class Reading:
    """The statements of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = prepare(tokens(text))
        self.line = Line(self.tokens)

        self.values: list[Piece] = []
        """Expressions that stand alone, or before a relation with nothing behind it."""

    def statements(self) -> tuple[Statement, ...]:
        chains: list[Chain] = []
        spans: list[tuple[int, int]] = []
        for piece in self.line.pieces():
            if len(piece.sides) == 1:
                self.values.append(piece)
                continue
            chain = self._chain(piece, chains[-1].end if chains else 0)
            if chain.context.continues and chains and self._is_next(chains[-1].end, chain.start):
                sides = (chains[-1].sides[-1], *chain.sides[1:])
                chain = replace(chain, sides=sides, context=replace(chain.context, continues=False))
            chains.append(chain)
            spans.append((piece.first, piece.after))
        if not chains:
            return self._answer([piece for piece in self.values if not piece.is_open])
        return self._grouped(self._given(chains), spans)

    def _chain(self, piece: Piece, previous: int) -> Chain:
        start = self.tokens[piece.first].start
        end = self.tokens[piece.after - 1].end
        line = self.text.rfind("\n", 0, start) + 1
        before = self.text[max(previous, line) : start]
        newline = self.text.find("\n", end)
        after = self.text[end : newline if newline >= 0 else len(self.text)]
        last = piece.sides[-1].first
        between = self.text[self.tokens[last - 1].start : self.tokens[last].end]
        found = context(before, after, is_next=previous > line, last=between)
        if self.tokens[piece.first].kind == "rel":
            found = replace(found, continues=True)
        return self.made(piece, found)

    def _is_next(self, end: int, start: int) -> bool:
        """Whether at most the end of a line stands between."""
        between = self.text[end:start]
        return between.count("\n") <= 2 and not re.search(r"[A-Za-z\u4e00-\u9fff]{2}", between)

    def made(self, piece: Piece, found: Context) -> Chain:
        """The chain of a piece; of one that is left open, what is there."""
        return Chain(
            tuple(side.expression for side in piece.sides),
            piece.operators[: len(piece.sides) - 1],
            self.tokens[piece.first].start,
            self.tokens[piece.after - 1].end,
            found,
            tuple(self.made(other, found) for other in piece.others),
        )

    def _given(self, chains: list[Chain]) -> list[Chain]:
        """Chains with the conditions under which they are said to hold: 当x=3时."""
        result: list[Chain] = []
        given: tuple[Chain, ...] = ()
        edge = 0
        for chain in chains:
            before = self.text[edge : chain.start]
            after = self.text[chain.end : chain.end + 12]
            if re.search(r"[。\n;；]|\. ", before):
                given = ()
            is_condition = WHEN.search(after) or (GIVEN.search(before) and GIVEN_END.search(after))
            if is_condition and len(chain.sides) == 2 and isinstance(chain.sides[0], Symbol):
                found = replace(chain.context, role="suppose")
                given = (*given, replace(chain, context=found))
                result.append(given[-1])
                edge = chain.end
                continue
            if given:
                chain = replace(chain, context=replace(chain.context, given=given))
            result.append(chain)
            edge = chain.end
        return result

    def _grouped(self, chains: list[Chain], spans: list[tuple[int, int]]) -> tuple[Statement, ...]:
        """Chains that a brace or an "or" joins, as systems."""
        result: list[Statement] = []
        index = 0
        while index < len(chains):
            end = self._brace(spans, index)
            joined = "and"
            if end == index + 1:
                while end < len(chains) and self._is_or(chains[end - 1], chains[end]):
                    end += 1
                joined = "or"
            if end > index + 1:
                group = tuple(chains[index:end])
                first, last = group[0], group[-1]
                found = first.context
                if joined == "and":
                    result.append(System(group, "and", first.start, last.end, found))
                else:
                    result.append(System(group, "or", first.start, last.end, found))
            else:
                result.append(chains[index])
            index = end
        return tuple(result)

    def _is_or(self, left: Chain, right: Chain) -> bool:
        between = self.text[left.end : right.start]
        return right.context.link == "or" and len(between) < 30

    def _brace(self, spans: list[tuple[int, int]], index: int) -> int:
        """Index after the last chain that stands in the same brace as this one."""
        first = spans[index][0]
        opening = next(
            (
                at
                for at in range(first - 1, max(-1, first - 4), -1)
                if self.tokens[at].kind == "break"
            ),
            None,
        )
        if opening is None or self.tokens[opening].note != "cases":
            return index + 1
        end = index
        at = first
        while end < len(spans):
            while at < spans[end][0]:
                if self.tokens[at].note == "end":
                    return end
                at += 1
            at = spans[end][1]
            end += 1
        return end

    def _answer(self, values: list[Piece]) -> tuple[Statement, ...]:
        """The one value that a line names as the answer."""
        if "\\boxed" in self.text:
            box = self.text.rfind("\\boxed")
            values = [piece for piece in values if self.tokens[piece.first].start > box][:1]
        elif not _ANSWER_LINE.match(self.text):
            return ()
        if len(values) != 1:
            return ()
        return (self.made(values[0], Context(role="answer")),)
