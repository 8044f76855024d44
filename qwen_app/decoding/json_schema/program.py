"""A schema made ready for one tokenizer, shared by all answers under it."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from llguidance import LLMatcher, LLParserLimits

from qwen_app.decoding.grammar import reason, vocabulary
from qwen_app.decoding.json_schema.closing import Closer, Completion
from qwen_app.decoding.json_schema.compile import CompiledSchema, compile_schema
from qwen_app.decoding.json_schema.judge import Judge
from qwen_app.decoding.json_schema.reader import Reader
from qwen_app.decoding.json_schema.shape import Shape
from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.decoding.json_schema.vocabulary import Vocabulary
from qwen_app.errors import InvalidConstraint
from qwen_app.text.tokenizer import Tokenizer

_KEPT = 64
"""Programs remembered for each tokenizer."""
_MOST_IN_ROW = 20_000
"""Of the engine's parser: an object of a thousand optional properties needs four thousand."""
_MOST_EXAMPLE = 200
"""Tokens."""
_MOST_LEAST = 40_000
"""Tokens; a schema whose least document is longer is refused."""


@dataclass(frozen=True, slots=True)
class Program:
    """What `compile_schema` made of a schema, and what decoding under it needs."""

    compiled: CompiledSchema
    vocabulary: Vocabulary
    shape: Shape
    closer: Closer
    matcher: LLMatcher
    """At the beginning; take a copy."""
    least: Completion
    """A least document."""
    pretty: bool

    def reader(self) -> Reader:
        return Reader(self.shape, paths=not self.compiled.exact)


class Programs:
    """The programs of one tokenizer, the least recently used forgotten; get it by
    ``Tokenizer.derive``."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._programs: OrderedDict[JsonSchema, Program] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, spec: JsonSchema) -> Program:
        """What is common to all texts that the schema may be filled from.

        Raises:
            InvalidConstraint: the schema cannot be used.
        """
        spec = replace(spec, source=None)
        with self._lock:
            if (known := self._programs.get(spec)) is not None:
                self._programs.move_to_end(spec)
                return known
        program = make_program(
            compile_schema(spec.schema), self._tokenizer, pretty=spec.layout == "pretty"
        )
        with self._lock:
            self._programs[spec] = program
            while len(self._programs) > _KEPT:
                self._programs.popitem(last=False)
        return program


def make_program(
    compiled: CompiledSchema, tokenizer: Tokenizer, *, pretty: bool = False
) -> Program:
    """Raises:
    InvalidConstraint: the grammar engine refuses the schema, or no document was found.
    """
    words = tokenizer.derive(Vocabulary)
    matcher = _matcher(compiled.grammar_schema, tokenizer, pretty=pretty)
    shape = Shape(compiled.grammar_schema, partial(_example, tokenizer, words))
    closer = Closer(shape, words.spell, pretty=pretty)
    least = closer.complete(Reader(shape).start, Judge(matcher.deep_copy(), words.eos), _MOST_LEAST)
    if least is None:
        raise InvalidConstraint(
            "No document of reasonable length was found that satisfies the JSON schema. "
            "Look for minimums that are very large, patterns, and references to itself.",
            "没有找到长度合理且满足该 JSON Schema 的文档。请检查过大的最小值、正则表达式和自引用。",
            param="constraint",
        )
    return Program(compiled, words, shape, closer, matcher, least, pretty)


def _matcher(schema: Any, tokenizer: Tokenizer, *, pretty: bool = False) -> LLMatcher:
    grammar = LLMatcher.grammar_from_json_schema(
        schema if isinstance(schema, dict) else {},
        overrides={
            "whitespace_flexible": pretty,
            "whitespace_pattern": r"[ \n]+" if pretty else None,
            "item_separator": ",",
            "key_separator": ":",
        },
    )
    matcher = LLMatcher(
        tokenizer.derive(vocabulary),
        grammar,
        log_level=0,
        limits=LLParserLimits(max_items_in_row=_MOST_IN_ROW, verbose_errors=False),
    )
    matcher.compute_bitmask()
    if matcher.is_error():
        en, zh = reason(matcher.get_error())
        raise InvalidConstraint(
            f"The JSON schema cannot be enforced: {en}",
            f"无法执行该 JSON Schema：{zh}",
            param="constraint",
        )
    return matcher


def _example(tokenizer: Tokenizer, words: Vocabulary, rules: Mapping[str, Any]) -> str | None:
    """A string that the engine accepts under rules that `shape` cannot read."""
    shape = Shape({**rules, "type": "string"})
    try:
        judge = Judge(_matcher(dict(rules), tokenizer), words.eos)
    except InvalidConstraint:
        return None
    found = Closer(shape, words.spell).search(Reader(shape).start, judge, _MOST_EXAMPLE)
    return None if found is None else found.data.decode()
