"""JSON Schema, compiled in two tiers: what a grammar enforces, and what is checked afterwards.

Begin with `spec` (what a request says), `compile` (`compile_schema`: text to `CompiledSchema`, and
the normal form of the grammar's schema, on which both halves below rely) and `constraint` (one
answer, token by token).

From a schema to its grammar, in the order in which `compile` uses them:

- reading: `document` (limits, draft), `dialects`, `metaschema` and `plainly` (is it a schema),
  `graph` (subschemas and references), `pointers`, `values`;
- normal form: `build` goes over conjunctions of subschemas; `expand` makes alternatives of them,
  with `negation`, `evaluated` and `obvious`; `merge` puts each together by type, with `scalars`,
  `containers`, `counts` and `names`; the outcome is in `forms`;
- strings: `patterns` (ECMA-262 to the engine's syntax and to `regex`), `formats`, `languages`;
- grammar: `emit`, `relax` (what the engine refuses is left to the check), `order` (of keys);
- what is said of it: `report`, `findings`, `lengths`;
- documents: `validation` (jsonschema, limited), `violations`, `words`.

From a grammar to an answer:

- `program` is a compiled schema made ready for one tokenizer, with `vocabulary`;
- `reader` knows where the text has come to, `layout` which whitespace pretty output has there;
- `closing` finds the least text that completes it, from what `shape` says of the grammar's schema
  in `option`, `least_scalars`, `regexp` and `regexp_syntax`; `judge` asks the engine about it;
- `source` keeps a document to what a text says: what is `asked` of each string and number, which
  are `stated`, and which `addresses`;
- `review` is the second tier: it decides how far to take an answer back.
"""
