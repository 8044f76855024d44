"""One way in which a value may be valid."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One way in which a value may be valid. Compared by identity: `Shape` makes each once."""

    type: str
    """As in JSON Schema, ``integer`` included; ``literal`` for a scalar of an ``enum``."""
    rules: Mapping[str, Any]
    literal: str = ""
    """The scalar's JSON text."""

    @property
    def kind(self) -> str:
        """The type that the value's first character tells: integers are numbers."""
        if self.type == "literal":
            return {'"': "string", "n": "null", "t": "boolean", "f": "boolean"}.get(
                self.literal[0], "number"
            )
        return "number" if self.type == "integer" else self.type


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def literal_option(value: Any) -> Option:
    """An option for exactly this value; arrays and objects become schemas of their parts."""
    if isinstance(value, dict):
        return Option(
            "object",
            {
                "properties": {key: {"enum": [child]} for key, child in value.items()},
                "required": list(value),
                "additionalProperties": False,
            },
        )
    if isinstance(value, list):
        return Option(
            "array",
            {
                "prefixItems": [{"enum": [child]} for child in value],
                "items": False,
                "minItems": len(value),
                "maxItems": len(value),
            },
        )
    return Option("literal", {}, dumps(value))
