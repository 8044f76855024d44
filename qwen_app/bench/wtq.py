"""WikiTableQuestions' format, and its way of comparing answers.

A folder holds ``questions.tsv`` (id, utterance, context, targetValue, tab-separated with a header;
several target values are joined by ``|``) and the tables that ``context`` names; beside a CSV its
HTML, which is what is read if it is there.

Values are compared as the data set's own evaluator does it: accents, kinds of quotes and dashes,
case, footnotes and remarks in parentheses at the end do not matter, numbers and dates are compared
as such, and lists regardless of their order. One rule is added: a target that is a number with a
unit ("34 years", "50%") is met by the number, since a query gives numbers, and the app adds the
unit afterwards.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from qwen_app.features.tables.query.execute import Result
from qwen_app.features.tables.reading import read_table
from qwen_app.features.tables.table import Table

_ESCAPES = {"\\n": "\n", "\\p": "|", "\\\\": "\\"}
_NUMBER = re.compile(r"[-+]?[$£€¥]?\s*[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?")
_WITH_UNIT = re.compile(r"([-+]?[\d,]*\.?\d+)\s*(?:%|[a-z]+)")


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the data set."""

    id: str
    question: str
    context: str
    targets: tuple[str, ...]


def read_items(folder: Path) -> list[Item]:
    """Raises:
    OSError: there is no such file.
    """
    lines = (folder / "questions.tsv").read_text(encoding="utf-8").splitlines()[1:]
    items = []
    for line in lines:
        id_, question, context, target = line.split("\t")
        targets = tuple(map(_unescape, target.split("|")))
        items.append(Item(id_, _unescape(question), context, targets))
    return items


def load_table(folder: Path, context: str) -> Table:
    """The likeliest table of the file, as the app reads it."""
    path = folder / context
    html = path.with_suffix(".html")
    path = html if html.exists() else path
    return read_table(path.read_bytes(), filename=path.name)[0].table


def values_of(result: Result) -> list[str]:
    """The first output of each row, as texts."""
    found = []
    for values, texts in zip(result.rows, result.texts, strict=True):
        if isinstance(values[0], bool):
            found.append("yes" if values[0] else "no")
        else:
            found.append(texts[0])
    return found


def is_right(found: list[str], targets: tuple[str, ...]) -> bool:
    """Whether each target is among the found values, and there are no others."""
    unique = {normalise(value): value for value in found}
    wanted = {normalise(value) for value in targets}
    return len(unique) == len(wanted) and all(
        any(_same(value, target) for value in unique) for target in wanted
    )


def normalise(text: str) -> str:
    """The form in which texts are compared."""
    text = "".join(
        c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn"
    )
    text = re.sub("[‘’´`]", "'", text)
    text = re.sub("[“”]", '"', text)
    text = re.sub("[‐‑‒–—−]", "-", text)
    before = ""
    while before != text:
        before = text
        text = re.sub(r"((?<!^)\[[^\]]*\]|\[\d+\]|[•♦†‡*#+])*$", "", text.strip())
        text = re.sub(r"(?<!^)( \([^)]*\))*$", "", text.strip())
        text = re.sub(r'^"([^"]*)"$', r"\1", text.strip())
    text = text.removesuffix(".")
    return re.sub(r"\s+", " ", text).lower().strip()


def _same(value: str, target: str) -> bool:
    if value == target:
        return True
    one, other = _number(value), _number(target)
    if one is not None and other is None and (unit := _WITH_UNIT.fullmatch(target)):
        other = _number(unit[1])
    return one is not None and other is not None and abs(one - other) < 1e-6


def _number(text: str) -> float | None:
    if not any(c.isdigit() for c in text) or not _NUMBER.fullmatch(text):
        return None
    return float(re.sub(r"[,$£€¥\s]", "", text))


def _unescape(text: str) -> str:
    return re.sub(r"\\[np\\]", lambda match: _ESCAPES[match.group()], text)
