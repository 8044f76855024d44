"""What the grammar's schema allows, asked of llguidance byte by byte."""

import json
from typing import Any

from llguidance import LLMatcher, LLTokenizer

BYTES = LLTokenizer("byte")


class Grammar:
    """The documents that a schema in normal form allows, written compactly."""

    def __init__(self, schema: Any) -> None:
        options = {"whitespace_flexible": False}
        whole = {"x-guidance": options, **schema} if isinstance(schema, dict) else schema
        self._matcher = LLMatcher(
            BYTES, LLMatcher.grammar_from_json_schema(json.dumps(whole)), log_level=0
        )
        self._matcher.compute_bitmask()
        assert not self._matcher.is_error(), (schema, self._matcher.get_error()[:300])

    def allows(self, document: Any) -> bool:
        return self.allows_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")))

    def allows_text(self, text: str) -> bool:
        matcher, raw = self._matcher.deep_copy(), list(text.encode())
        return bool(matcher.try_consume_tokens(raw) == len(raw) and matcher.is_accepting())
