"""When two texts count as the same: case, width and spaces do not matter."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-"})


def fold(text: str) -> str:
    """The form in which texts are compared. ``fold(fold(x)) == fold(x)``."""
    if text.isascii():  # most cells, and the rest is slow
        return " ".join(text.lower().split())
    wide = unicodedata.normalize("NFKC", text).translate(_MARKS)
    folded = unicodedata.normalize("NFKC", wide.casefold())
    return _SPACES.sub(" ", folded).strip()


def one_line(text: str) -> str:
    """The text with its white space as single spaces; it folds to the same."""
    return " ".join(text.split())
