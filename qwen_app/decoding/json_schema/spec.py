"""What an answer in JSON must look like, as a plain value."""

import json
from dataclasses import dataclass
from typing import Any, Literal, Self

from qwen_app.messages import ConstraintSpec

Layout = Literal["compact", "pretty"]
"""``compact``: no whitespace outside strings. ``pretty``: one member a line, indented by two."""


@dataclass(frozen=True, slots=True)
class JsonSchema(ConstraintSpec):
    """The answer is one JSON document that is valid under a schema."""

    schema: str
    """JSON text of the schema, its key order kept: objects are generated in that order. ``true``
    or ``{}`` allows any value; ``{"type":"object"}`` any object."""
    layout: Layout = "compact"
    source: str | None = None
    """The text that the document is about. If given, strings are taken from it word for word and
    numbers are such as it states, as far as the schema leaves them open; see `source`."""

    @classmethod
    def of(cls, schema: dict[str, Any] | bool, layout: Layout = "compact") -> Self:
        """From a schema as Python values."""
        return cls(json.dumps(schema, ensure_ascii=False), layout)
