"""The pre-flight report: what becomes of each keyword of a schema, before a token is spent."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One remark about one keyword of the schema."""

    keyword: str
    path: str
    """JSON pointer of the keyword (or of the subschema) in the schema, ``""`` for its root."""
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a schema before generating."""

    ok: bool
    """The schema can be used; else `problems` says why not."""
    dialect: str
    """``draft-03`` to ``2020-12``; empty if the text is no schema at all."""
    problems: tuple[Entry, ...] = ()
    """Why it cannot be used: invalid, unsatisfiable, too large."""
    enforced: tuple[Entry, ...] = ()
    """Keywords that the grammar guarantees while decoding."""
    checked: tuple[Entry, ...] = ()
    """Keywords that the finished document is validated against."""
    warnings: tuple[Entry, ...] = ()
    """Parts that are unbounded, can never be met, or say less than they seem to."""
    least_tokens: int | None = None
    """A budget of so many tokens has room for some valid document: the UTF-8 bytes of the
    shortest one, since a token has at least one byte. None: not known."""
    most_tokens: int | None = None
    """No compact document needs more tokens than this; None: there is no bound."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the page and the API."""
        return asdict(self)


def preflight(text: str) -> Report:
    """The report of any text. Never raises."""
    from qwen_app.decoding.json_schema.compile import report_of

    return report_of(text)
