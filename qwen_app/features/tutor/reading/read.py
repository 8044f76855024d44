"""The statements of a line, and of an unfinished line."""

from qwen_app.features.tutor.reading.limits import MOST_CHARACTERS
from qwen_app.features.tutor.reading.lines import Line, Piece
from qwen_app.features.tutor.reading.prepare import prepare
from qwen_app.features.tutor.reading.statements import Reading
from qwen_app.features.tutor.reading.tokens import tokens
from qwen_app.features.tutor.reading.tree import Chain, Statement


def read_line(text: str) -> tuple[Statement, ...]:
    """What the line states, in the order in which it is written; spans never overlap.

    Text of several lines is read as one line each; spans count from the start of ``text``.
    Of a text longer than `limits.MOST_CHARACTERS` only the beginning is read.
    """
    text = text[:MOST_CHARACTERS]
    return Reading(text).statements()


def read_open(text: str) -> Chain | None:
    """The chain that ``text`` leaves open: it ends in ``=`` or ``≈``, and the sides are those
    before the sign. None where the text ends otherwise or what is there is doubtful.

    A chain of n sides has n operators here. Of a long text the end is read.
    """
    line = text.rsplit("\n", 1)[-1]
    shift = len(text) - len(line)
    if len(line) > MOST_CHARACTERS:
        cut = line.rfind("。", 0, len(line) - MOST_CHARACTERS // 4)
        cut = max(cut, line.rfind(". ", 0, len(line) - MOST_CHARACTERS // 4)) + 1
        if len(line) - cut > MOST_CHARACTERS:
            return None
        line, shift = line[cut:], shift + cut
    found = prepare(tokens(line))
    last: Piece | None = None
    for piece in Line(found).pieces():
        last = piece
    if last is None or not last.is_open or last.others or last.sides[-1].is_name:
        return None
    sides = tuple(side.expression for side in last.sides)
    start, end = found[last.first].start, found[last.after - 1].end
    return Chain(sides, last.operators, start + shift, end + shift)


def unread(text: str, statements: tuple[Statement, ...]) -> tuple[tuple[int, int], ...]:
    """Places of relations that belong to none of the statements, which were read from the same
    text: a line that has some is not checked as a whole, however its statements are judged."""
    places = []
    found = prepare(tokens(text[:MOST_CHARACTERS]))
    read = found[-1].start
    if read < len(text) and any(sign in text[read:] for sign in "=≈<>≤≥＝"):
        places.append((read, len(text)))
    for token in found:
        if token.kind != "rel" or token.note:
            continue
        if not any(each.start <= token.start < each.end for each in statements):
            places.append((token.start, token.end))
    return tuple(places)
