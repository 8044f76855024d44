"""Names of columns: unique, short, and safe to be written in a query."""

import re
import unicodedata
from collections.abc import Sequence

from qwen_app.features.tables.kinds.clean import visible, without_notes

MAX_NAME = 64
_UNSAFE = re.compile(r"[\"`'’‘“”\[\]\\;\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def name_columns(headers: Sequence[str]) -> list[str]:
    """A name for each header; the laws are those of ``Column.name``.

    A header without text becomes "column 2" (列2 when others are Chinese), a repeated one "Year 2".

    >>> name_columns(["Year", "year", ""])
    ['Year', 'year 2', 'column 3']
    """
    empty = "列{}" if any(map(_HAN.search, headers)) else "column {}"
    bases = [_base(header) or empty.format(place) for place, header in enumerate(headers, 1)]
    taken: set[str] = set()
    names: list[str] = []
    wanted = {base.casefold() for base in bases}
    for base in bases:
        name, number = base, 1
        while name.casefold() in taken or (number > 1 and name.casefold() in wanted):
            number += 1
            suffix = f" {number}"
            name = base[: MAX_NAME - len(suffix)].rstrip() + suffix
        taken.add(name.casefold())
        names.append(name)
    return names


def _base(header: str) -> str:
    text = unicodedata.normalize("NFC", visible(without_notes(header)))
    text = " ".join(_UNSAFE.sub(" ", text).split())
    return text[:MAX_NAME].rstrip()


def is_chinese(texts: Sequence[str]) -> bool:
    """Whether Chinese stands in any of the texts."""
    return any(_HAN.search(text) for text in texts)
