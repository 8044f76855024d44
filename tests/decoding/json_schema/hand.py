"""Schemas in normal form, with a validator of their own, for tests of the live constraint."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.json_schema.compile import CompiledSchema
from qwen_app.decoding.json_schema.constraint import JsonConstraint
from qwen_app.decoding.json_schema.program import Program, make_program
from qwen_app.decoding.json_schema.report import Entry, Report
from qwen_app.decoding.json_schema.violations import Violation
from qwen_app.text.tokenizer import Tokenizer

Schema = dict[str, Any] | bool


@dataclass
class Hand:
    """Stands for a `CompiledSchema`.

    Args:
        grammar_schema: normal form.
        rules: what documents are validated against; None: nothing beyond the grammar.
        checked: keywords of the second tier.
    """

    grammar_schema: Schema
    rules: Schema | None = None
    checked: tuple[str, ...] = ()
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        entries = tuple(Entry(keyword, "", "", "") for keyword in self.checked)
        self.report = Report(True, "2020-12", checked=entries)

    @property
    def exact(self) -> bool:
        return self.rules is None

    def validate(self, document: object) -> list[Violation]:
        checker = Draft202012Validator.FORMAT_CHECKER
        errors = Draft202012Validator(
            self.grammar_schema if self.rules is None else self.rules, format_checker=checker
        ).iter_errors(document)
        return [
            Violation(
                "".join(f"/{_escaped(part)}" for part in error.absolute_path),
                str(error.validator),
                "",
                error.message,
                error.message,
            )
            for error in errors
        ]


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def program(
    tokenizer: Tokenizer,
    schema: Schema,
    *,
    rules: Schema | None = None,
    checked: tuple[str, ...] = (),
    pretty: bool = False,
) -> Program:
    compiled = cast(CompiledSchema, Hand(schema, rules, checked))
    return make_program(compiled, tokenizer, pretty=pretty)


def run(
    constraint: JsonConstraint,
    tokenizer: Tokenizer,
    budget: int,
    choose: Callable[[list[int]], int],
) -> list[int]:
    """An answer as the engine would take it, checking on the way what a constraint promises."""
    out: list[int] = []
    mask: Bitmask = np.zeros(-(-tokenizer.vocabulary_size // 32), dtype=np.uint32)
    while not constraint.done:
        forced = list(constraint.forced())
        if forced:
            token = forced[0]
        else:
            assert constraint.fill_mask(mask)
            bits = np.unpackbits(mask.view(np.uint8), bitorder="little")
            allowed = [int(id_) for id_ in np.flatnonzero(bits)]
            assert allowed, "an answer that is not done must be able to go on"
            token = choose(allowed)
            if constraint.turns_down(token):
                if back := constraint.take_back():
                    del out[-back:]
                continue
        constraint.accept(token)
        out.append(token)
        if back := constraint.take_back():
            del out[-back:]
        assert len(out) <= budget
        assert constraint.certain <= len(out)
    assert constraint.certain == len(out), "an answer that is done is shown to its end"
    return out


def chooser(tokenizer: Tokenizer, seed: int) -> Callable[[list[int]], int]:
    """A model of a kind, by seed: one that likes anything, long tokens, brackets, or digits."""
    rng = random.Random(seed)
    liked = rng.choice([None, b'",:{[]}', b"0123456789.eE-", b"[{", b" \n\\", None])

    def choose(allowed: list[int]) -> int:
        if liked is not None and rng.random() < 0.8:
            some = [t for t in allowed if tokenizer.token_bytes(t)[:1] in _one(liked)]
            if some:
                return rng.choice(some)
        return rng.choice(allowed)

    return choose


def _one(data: bytes) -> set[bytes]:
    return {bytes([byte]) for byte in data}


def text_of(tokenizer: Tokenizer, tokens: list[int]) -> str:
    """Strictly: an answer in UTF-8."""
    return b"".join(map(tokenizer.token_bytes, tokens)).decode()


def loads(text: str) -> Any:
    """As JSON has it: no NaN, no infinity, no half of a surrogate pair, no key twice."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(members)) == len(members), f"a key stands twice in {text}"
        return dict(members)

    value = json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


# --- random schemas -------------------------------------------------------------------------

_KEYS = st.sampled_from(["a", "b", "name", "名字", "a b", 'q"', "long_key_name", "é"])
_SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            {"type": "null"},
            {"type": "boolean"},
            {"type": "integer"},
            {"type": "number"},
            {"type": "string"},
            {"type": "integer", "minimum": 12, "maximum": 4711},
            {"type": "integer", "exclusiveMinimum": -20, "maximum": -3},
            {"type": "number", "minimum": 0.5, "maximum": 0.75},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            {"type": "integer", "minimum": 1000, "multipleOf": 7},
            {"type": "number", "multipleOf": 0.25},
            {"type": "string", "minLength": 7},
            {"type": "string", "maxLength": 3},
            {"type": "string", "minLength": 2, "maxLength": 5},
            {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
            {"type": "string", "pattern": "^(red|green|blue)(/[a-z]+)*$"},
            {"type": "string", "pattern": "[0-9]+%"},
            {"type": "string", "pattern": "^[你好世界]{2,4}$"},
            {"type": "string", "format": "email"},
            {"type": "string", "format": "uuid"},
            {"type": "string", "format": "ipv4"},
        ]
    ),
    st.lists(
        st.sampled_from(
            ["a", "ab", "abc", "名字", 'q"\n', 3, 34, -1.5, None, True, [1, "x"], {"k": []}]
        ),
        min_size=1,
        max_size=4,
    ).map(lambda values: {"enum": values}),
)


def _objects(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def build(parts: tuple[dict[str, Any], Any, Any]) -> dict[str, Any]:
        properties, chosen, extra = parts
        required = [key for key, wanted in zip(properties, chosen, strict=False) if wanted]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": extra,
        }

    return st.tuples(
        st.dictionaries(_KEYS, children, max_size=4),
        st.lists(st.booleans(), min_size=4, max_size=4),
        st.one_of(st.just(False), st.just(False), children),
    ).map(build)


def _arrays(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def build(parts: tuple[Any, list[Any], int, int]) -> dict[str, Any]:
        items, prefix, least, more = parts
        schema = {"type": "array", "items": items, "minItems": least, "maxItems": least + more}
        return schema | ({"prefixItems": prefix} if prefix else {})

    return st.tuples(
        children, st.lists(children, max_size=2), st.integers(0, 3), st.integers(0, 4)
    ).map(build)


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    alternatives = st.lists(children, min_size=2, max_size=3).map(lambda some: {"anyOf": some})
    return st.one_of(_objects(children), _arrays(children), alternatives)


schemas: st.SearchStrategy[Any] = st.recursive(_SCALARS, _nested, max_leaves=8)

TREE: dict[str, Any] = {
    "$ref": "#/$defs/T",
    "$defs": {
        "T": {
            "type": "object",
            "properties": {
                "value": {"type": "number"},
                "kids": {"type": "array", "items": {"$ref": "#/$defs/T"}},
            },
            "required": ["value", "kids"],
            "additionalProperties": False,
        }
    },
}
SHAPES: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"kind": {"enum": [kind]}, key: node},
            "required": ["kind", key],
            "additionalProperties": False,
        }
        for kind, key, node in (
            ("circle", "radius", {"type": "number", "exclusiveMinimum": 0}),
            ("text", "words", {"type": "string", "minLength": 30}),
            ("path", "points", {"type": "array", "items": {"type": "integer"}, "minItems": 3}),
        )
    ]
}
