"""How long a text is, counted as people count. One rule for limits that are held while decoding
and for the verdict afterwards.

``characters``
    In Chinese 字: each Han character, kana, Hangul syllable, punctuation sign or symbol counts one
    (half-width signs too), and so does a run of letters or digits, also one with a point, comma
    or apostrophe inside (``3.14``, ``1,000``, ``don't``); a run of more than 30 letters counts
    one for each 30 begun. White space and the marks of Markdown (``*``, ``#``, `` ` ``, ``|``,
    ``~``, ``_``, ``\\``, ``$``, bullets) count nothing. In English every character counts, spaces
    and marks too, but not the white space around the text.
``words``
    What stands between white space, as word processors count; each Chinese character is one.
``sentences``
    What ends with 。！？ or . ! ? (not the point of an abbreviation, a number or a list), or with
    its line; the last one counts even if it was begun only.
``items``, ``lines``, ``paragraphs``
    Entries of lists, numbered or bulleted; lines with text; blocks between empty lines.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from qwen_app.errors import Language

Unit = Literal["characters", "words", "sentences", "items", "lines", "paragraphs"]

RUN: Final = 30
"""Letters of a run that count one."""
_MARKS: Final = frozenset("*#`|~_\\$")
_JOINS: Final = frozenset(".,'’")
CLOSERS: Final = "”’\"'）)】〕』」》〉*_`~"
"""What may follow the sign that ends a sentence and still belongs to it."""
_CJK: Final = re.compile(
    "[\u2e80-\u303f\u3040-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00020000-\U0003ffff]"
)
ITEM: Final = re.compile(
    r"^[ \t>]*(?:[-*+•·][ \t]+|\d{1,3}(?:[.)．][ \t]+|、[ \t]*)|[（(]\d{1,3}[)）][ \t]*)(?=\S)",
    re.MULTILINE,
)
"""The marker of an entry of a list, and that something follows it."""
_BULLET: Final = re.compile(r"^[ \t>]*(?:[-+•·]|>)(?=\s)")
_SHORT_FORMS: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|approx|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|Fig|Eq|Inc|Ltd|U\.S)"
    r"|\b[A-Z]|^[ \t>]*(?:[-*+][ \t]+)?(?:\*\*)?\d{1,3})\Z",
    re.MULTILINE,
)
"""Before a point that ends no sentence."""
_END: Final = re.compile(
    rf"(?:[。！？]+|[.!?]+(?=[{re.escape(CLOSERS)}]*(?:\s|\Z|{_CJK.pattern}))|[.!?]*…+(?=\s|\Z))"
    rf"[。！？…]*[{re.escape(CLOSERS)}]*"
)


def count(text: str, unit: Unit, language: Language) -> int:
    """How many there are."""
    match unit:
        case "characters":
            return _signs(text) if language == "zh" else len(text.strip())
        case "words":
            return sum(_words_in(piece) for piece in text.split())
        case "sentences":
            return len(sentences(text))
        case "items":
            return len(ITEM.findall(text))
        case "lines":
            return sum(bool(line.strip()) for line in text.splitlines())
        case "paragraphs":
            return len([part for part in re.split(r"\n[ \t]*\n", text) if part.strip()])


def sentence_ends(text: str) -> list[int]:
    """Where sentences end by their punctuation: places after the sign and what closes with it."""
    ends = []
    for match in _END.finditer(text):
        sign = text[match.start()]
        if sign == "." and match[0].rstrip(CLOSERS) == ".":
            line = text.rfind("\n", 0, match.start()) + 1
            if _SHORT_FORMS.search(text[max(line, match.start() - 30) : match.start()]):
                continue
        ends.append(match.end())
    return ends


def sentences(text: str) -> list[str]:
    """The sentences of a text, also the one that was begun last."""
    places = [0, *sentence_ends(text), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    lines = [line.strip() for piece in pieces for line in piece.splitlines()]
    return [line for line in lines if has_text(line)]


def has_text(text: str) -> bool:
    """Whether there is a letter, a digit or a character of a script, not marks alone."""
    return any(map(str.isalnum, text))


def is_cjk(character: str) -> bool:
    """Of Chinese, Japanese or Korean, or one of their full-width signs."""
    return _CJK.match(character) is not None


def _words_in(piece: str) -> int:
    """Of a text without white space."""
    if piece.isascii():
        return -(-len(piece) // RUN) if len(piece) > RUN else 1
    total, run = 0, 0
    for character in piece:
        if is_cjk(character):
            # A full-width sign belongs to the word before it, if there is one.
            total += character.isalnum() or (not total and not run)
            run = 0
        else:
            total += run % RUN == 0 and not (not run and total and not character.isalnum())
            run += 1
    return total


def _signs(text: str) -> int:
    return sum(_signs_in(line) for line in text.split("\n"))


@lru_cache(maxsize=256)
def _signs_in(line: str) -> int:
    bullet = _BULLET.match(line)
    total = run = 0
    last = len(line) - 1
    for place in range(bullet.end() if bullet else 0, len(line)):
        character = line[place]
        if is_cjk(character):
            total += not character.isspace()
            run = 0
        elif character.isalnum():
            total += run % RUN == 0
            run += 1
        elif run and character in _JOINS and place < last and _continues(line[place + 1]):
            pass
        elif character.isspace() or character in _MARKS:
            run = 0
        elif unicodedata.category(character) in ("Mn", "Me", "Cf"):
            pass  # an accent, or what joins parts of an emoji
        else:
            total += 1
            run = 0
    return total


def _continues(character: str) -> bool:
    return character.isalnum() and not is_cjk(character)
