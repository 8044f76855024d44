"""Laws of the compiler, over random schemas and random documents of the same small world."""

import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from qwen_app.decoding.json_schema.compile import CompiledSchema, compile_schema
from qwen_app.decoding.json_schema.report import preflight
from tests.decoding.json_schema.grammars import Grammar

KEYS = ("a", "b", "c")
scalars = st.sampled_from(
    [None, True, False, 0, 1, 2, 3, -1, 1.5, "", "a", "ab", "b", "中", 'a"', "\\"]
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=6,
)
names = st.sampled_from(KEYS)
counts = st.integers(0, 3)
types = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
patterns = st.sampled_from(["^a", "b$", "^[ab]*$", "^(?!a)", "a|b", "^..?$", "c", '^[^"]*$'])


def _some(keywords: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Up to three of the keywords, in any order."""
    return st.lists(st.sampled_from(sorted(keywords)), max_size=3, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({name: keywords[name] for name in chosen})
    )


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(names, inner, max_size=3)
    return _some(
        {
            **FLAT,
            "properties": named,
            "patternProperties": st.dictionaries(patterns, inner, max_size=2),
            "additionalProperties": inner,
            "propertyNames": inner,
            "dependentSchemas": st.dictionaries(names, inner, max_size=2),
            "unevaluatedProperties": inner,
            "items": inner,
            "prefixItems": several,
            "contains": inner,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "$ref": st.sampled_from(["#/$defs/x", "#/$defs/y"]),
        }
    )


FLAT: dict[str, st.SearchStrategy[Any]] = {
    "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
    "const": scalars,
    "enum": st.lists(documents, min_size=1, max_size=4, unique_by=json.dumps),
    "minimum": st.integers(-1, 3),
    "maximum": st.integers(-1, 3),
    "exclusiveMinimum": st.sampled_from([-1, 0, 0.5, 2]),
    "exclusiveMaximum": st.sampled_from([0, 1, 1.5, 3]),
    "multipleOf": st.sampled_from([1, 2, 3, 0.5]),
    "minLength": counts,
    "maxLength": counts,
    "pattern": patterns,
    "minItems": counts,
    "maxItems": counts,
    "uniqueItems": st.booleans(),
    "minProperties": counts,
    "maxProperties": counts,
    "required": st.lists(names, max_size=2, unique=True),
    "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True)),
}
plain = _some(FLAT) | st.booleans()
inner = st.recursive(plain, _deeper, max_leaves=5)
schemas = st.builds(
    lambda top, x, y: {**top, "$defs": {"x": x, "y": y}}, _deeper(inner), inner, inner
)


def compiled(schema: Any) -> CompiledSchema | None:
    """None: no document is valid under it."""
    text = json.dumps(schema)
    report = preflight(text)
    if report.ok:
        return compile_schema(text)
    reason = report.problems[0].en
    assume("refers to itself" not in reason)
    assert "no document is valid" in reason
    return None


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(schema=schemas, found=st.lists(documents, min_size=1, max_size=12))
def test_the_grammar_allows_every_valid_document_and_no_other_where_it_is_exact(
    schema: Any, found: list[Any]
) -> None:
    ready = compiled(schema)
    stock = validator_for(schema)(schema)
    if ready is None:
        assert not any(stock.is_valid(document) for document in found)
        return
    grammar = Grammar(ready.grammar_schema)
    for document in found:
        valid = ready.validate(document) == []
        assert valid == stock.is_valid(document)
        allowed = grammar.allows(ready.in_order(document))
        if valid:
            assert allowed
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            most = ready.report.most_tokens
            assert most is None or len(text.encode()) <= most
        elif ready.exact:
            assert not allowed
