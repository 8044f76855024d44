"""What is wrong with a document, in words, with its place in document and schema."""

from dataclasses import dataclass
from typing import Any

from qwen_app.decoding.json_schema.dialects import Dialect, Json
from qwen_app.decoding.json_schema.patterns import PatternTimeout
from qwen_app.decoding.json_schema.pointers import places, pointer
from qwen_app.decoding.json_schema.validation import Exhausted, limited, safe_class
from qwen_app.decoding.json_schema.words import words

MOST_VIOLATIONS = 20
"""Reported of one document: whoever mends these may ask again."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a document is not valid."""

    path: str
    """JSON pointer into the document."""
    keyword: str
    """The keyword that fails; ``false`` where the schema allows nothing at all, and empty where
    the check did not come to an end."""
    schema_path: str
    """JSON pointer of that keyword in the schema."""
    en: str
    zh: str


class DocumentValidator:
    """Validates documents against one schema. Safe to share between threads."""

    def __init__(self, value: dict[str, Json] | bool, dialect: Dialect) -> None:
        from referencing import Registry

        registry: Any = Registry()  # without a way to retrieve anything
        self._validator = safe_class(dialect)(value, registry=registry)
        self._places = places(value)

    def violations(self, document: Json) -> list[Violation]:
        """What is wrong, the most telling first; empty if the document is valid. At most
        `MOST_VIOLATIONS`."""
        from jsonschema.exceptions import best_match, relevance

        found: list[Any] = []
        try:
            with limited():
                for error in self._validator.iter_errors(document):
                    found.append(best_match([error]))
                    if len(found) == MOST_VIOLATIONS:
                        break
        except Exhausted:
            return [_unfinished("takes too many steps", "所需步骤过多")]
        except PatternTimeout as error:
            return [_unfinished(f"takes too long in pattern {error}", f"在正则 {error} 上耗时过长")]
        except RecursionError:
            return [_unfinished("goes too deep", "嵌套过深")]
        return [self._violation(error) for error in sorted(found, key=relevance, reverse=True)]

    def _violation(self, error: Any) -> Violation:
        keyword = "false" if error.validator is None else str(error.validator)
        path = pointer(*error.absolute_path)
        holder = getattr(error, "holder", None)
        if holder is not None:
            schema, steps = holder
            schema_path = self._places.get(id(schema), "") + pointer(*steps)
        else:
            schema_path = self._places.get(id(error.schema), "") + pointer(keyword)
        en, zh = words(keyword, error)
        return Violation(
            path, keyword, schema_path, f"{path or 'The document'} {en}", zh_at(path, zh)
        )


def zh_at(path: str, zh: str) -> str:
    return f"{path or '整个文档'} {zh}"


def _unfinished(en: str, zh: str) -> Violation:
    return Violation(
        "",
        "",
        "",
        f"The document was not checked to its end: the check {en}.",
        f"文档未能校验完毕：{zh}。",
    )
