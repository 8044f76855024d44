"""Where a text may end that has to end now."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from qwen_app.decoding.length.markup import closers, missing_cells, open_spans
from qwen_app.errors import Language
from qwen_app.text.counting import RUN, has_text, is_cjk, sentence_ends

_CLAUSE: Final = re.compile(
    r"[，；：、,;:—–](?!\d)|——|[，、,]?\s(?=(?:and|but|or|which|because|so)\b)"
)
_OPEN_ENDS: Final = tuple("：:，,、；;（([{“‘「『《—–-+=×÷*/<>≤≥≈|\\#&·")
"""With these a line is not complete."""
_MARKER: Final = re.compile(r"^[ \t>]*(?:[-*+•·]|\d{1,3}[.)．、]|[（(]\d{1,3}[)）]|#{1,6})?[ \t]*$")
_HEADING: Final = re.compile(r"^[ ]{0,3}#{1,6}\s|^\s*\*\*[^*]+\*\*[：:]?\s*$")
_RULE: Final = re.compile(r"^\s*\|?[\s|:-]+\|?\s*$")
_BEFORE: Final = frozenset("的和与及或在是而但并把被让使以从对就也都还要会能可因所为则")
"""Characters before which a word has mostly ended."""
_AFTER: Final = frozenset("了吗呢吧啊着")
_STOPS: Final = tuple("。！？.!?…")


@dataclass(frozen=True, slots=True)
class End:
    """A way to end: the text up to ``cut``, then ``suffix``."""

    cut: int
    suffix: str
    rank: int
    """0: with a sentence or line; 1: with a clause; 2: with a word; 3: anywhere."""


def sentence_cuts(text: str, low: int) -> list[int]:
    """Places from ``low`` on where a sentence, an entry of a list, a row or a line of code has
    ended, in order. What the end of the text leaves open (is this a point or the beginning of a
    fraction?) is no place yet."""
    places = {
        place
        for place in sentence_ends(text)
        if place >= low and (place < len(text) or text[place - 1] not in ".!?\"')*_`~")
    }
    for match in re.finditer(r"\n", text[low:]):
        place = low + match.start()
        begin = text.rfind("\n", 0, place) + 1
        if _is_complete(text, begin, place):
            places.add(place)
    trimmed = {_before_bold(text, place) for place in places}
    return sorted(place for place in trimmed if place >= low and _is_whole(text, place))


def ends(text: str, low: int, language: Language) -> Iterator[End]:
    """Ways to end, none before ``low``; of each rank the latest first, and last the place
    ``low`` itself."""
    for cut in reversed(sentence_cuts(text, low)):
        yield _closed(text, cut, "", 0)
    clauses = [match.start() for match in _CLAUSE.finditer(text, low)]
    for rank, places in ((1, reversed(clauses)), (2, _words(text, low))):
        for cut in places:
            if cut >= low and cut and _can_stop(text, cut):
                yield _closed(text, cut, _stop(text, cut, language), rank)
    stop = "" if text[:low].rstrip().endswith(_STOPS) else _stop(text, low, language)
    yield _closed(text, low, stop, 3)


def word_begun(text: str) -> int:
    """Where the word begins that may go on after the text; its end if there is none."""
    place = len(text)
    while place and len(text) - place < RUN and _goes_on(text[place - 1]):
        place -= 1
    return place


def entry_begun(text: str) -> int:
    """The text's end, without white space, and without what may be the marker of a next entry of
    a list."""
    line = text.rfind("\n") + 1
    return len((text if has_text(text[line:]) else text[:line]).rstrip())


def _goes_on(character: str) -> bool:
    return (character.isalnum() or character in ".,'’_-") and not is_cjk(character)


def _closed(text: str, cut: int, stop: str, rank: int) -> End:
    """With everything closed that is open there."""
    head = text[:cut]
    spans = open_spans(head)
    if any(span.kind == "fence" for span in spans):
        return End(cut, closers(head, spans), rank)
    if cells := missing_cells(head):
        return End(cut, closers(head, spans) + cells, rank)
    if spans and spans[-1].kind != "bold":
        return End(cut, closers(head, spans) + stop, rank)
    return End(cut, stop + closers(head + stop, spans), rank)


def _before_bold(text: str, place: int) -> int:
    """Without a sign of bold that opens just there: it belongs to what follows."""
    if text[place - 1] != "*":
        return place
    spans = open_spans(text[:place])
    opened = spans and spans[-1].kind == "bold" and spans[-1].begin + len(spans[-1].mark) == place
    return spans[-1].begin if opened else place


def _is_complete(text: str, begin: int, end: int) -> bool:
    """Whether the line may be the last one."""
    line = text[begin:end].rstrip()
    if not has_text(line) or _MARKER.match(line) or _HEADING.match(line):
        return False
    if line.lstrip().startswith(("```", "~~~")):  # opens a block, which would be empty
        return False
    if line.lstrip().startswith("|"):
        if not line.endswith("|") or len(line.strip()) < 3:
            return False
        following = text[end + 1 :].split("\n", 1)[0]
        previous = text[:begin].rstrip("\n").rsplit("\n", 1)[-1]
        is_first = not previous.lstrip().startswith("|")
        return not is_first and not _RULE.match(line) and not _RULE.match(following or "x")
    if any(span.kind == "fence" for span in open_spans(text[:end])):
        return True
    return not line.endswith(_OPEN_ENDS)


def _is_whole(text: str, place: int) -> bool:
    """Whether the place is in no formula or inline code, nor in the row of a table."""
    head = text[:place]
    if missing_cells(head):
        return False
    return not any(span.kind in ("math", "code") for span in open_spans(head))


def _can_stop(text: str, cut: int) -> bool:
    head = text[:cut].rstrip()
    line = head[head.rfind("\n") + 1 :]
    if len(head) < cut and text[cut - 1] == "\n":
        return False
    if not head or head.endswith(_OPEN_ENDS) or head.endswith(_STOPS) or _MARKER.match(line):
        return False
    if _HEADING.match(line) or line.lstrip().startswith("|"):
        return False
    if not head[-1].isalnum() and head[-1] not in "”’」』》）)]%°":
        return False
    spans = open_spans(text[:cut])
    return not any(
        span.kind != "bold" or span.begin + len(span.mark) >= len(head) for span in spans
    )


def _words(text: str, low: int) -> list[int]:
    """Places between words, the better ones first, then the latest."""
    places: list[tuple[int, int]] = []
    for place in range(max(low, 1), len(text)):
        before, after = text[place - 1], text[place]
        if after.isspace() and not before.isspace():
            places.append((0, -place))
        elif is_cjk(before) and before.isalnum() and after.isalnum():
            good = after in _BEFORE or before in _AFTER or not is_cjk(after)
            places.append((0 if good else 1, -place))
        elif before.isalnum() and is_cjk(after):
            places.append((0, -place))
    return [-place for _, place in sorted(places)]


def _stop(text: str, cut: int, language: Language) -> str:
    """A full stop in the script of what stands before it."""
    head = text[:cut].rstrip()
    if not has_text(head):
        return ""
    for character in reversed(head[-12:]):
        if character.isalpha():
            return "。" if is_cjk(character) else "."
    return "。" if language == "zh" else "."
