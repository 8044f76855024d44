"""From the text of a schema to a grammar's schema, a validator and a report.

The normal form of `CompiledSchema.grammar_schema`, on which the live constraint relies:

- Every node is ``true``, ``false`` (only as a property that must not appear, or as
  ``additionalProperties`` / ``items``), or a dict of exactly one of these kinds:
    - ``{"$ref": "#/$defs/NAME"}`` and nothing beside it; NAME is made of ``[A-Za-z0-9_]``.
      ``$defs`` stands at the root only (beside the root's own keywords, which may be ``$ref``).
    - ``{"anyOf": [...]}`` of at least two nodes, nothing beside it.
    - ``{"enum": [...]}`` of at least one JSON value, nothing beside it (``const`` is one value).
    - one ``type`` (a string, never a list), with only the keywords of that type:
        - ``null``, ``boolean``: none;
        - ``integer``, ``number``: ``minimum``, ``maximum``, ``exclusiveMinimum``,
          ``exclusiveMaximum`` (numbers), ``multipleOf``;
        - ``string``: ``minLength``, ``maxLength``, ``pattern`` (Rust syntax, searched; `\\d` and
          `\\w` are ASCII), ``format`` (only those in `formats.ENFORCED`);
        - ``array``: ``prefixItems``, ``items``, ``minItems``, ``maxItems``;
        - ``object``: ``properties`` (in the order of generation; every required key is among
          them; a key that must not appear is ``false``), ``required``, ``patternProperties``
          (pairwise disjoint), ``additionalProperties`` (absent is ``true``), and
          ``minProperties`` / ``maxProperties`` where every property is required.
- No ``allOf``, ``oneOf``, ``not``, ``if``, ``const``, no annotations, no ``$id``.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.document import SchemaRefused, read_schema
from qwen_app.decoding.json_schema.report import Report
from qwen_app.decoding.json_schema.violations import DocumentValidator, Violation

__all__ = ["CompiledSchema", "Violation", "compile_schema", "report_of"]


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    grammar_schema: dict[str, Json] | bool
    """In the normal form above; allows every valid document, and maybe more."""
    exact: bool
    """It allows nothing else: no keyword is left to check."""
    report: Report
    _validator: DocumentValidator = field(repr=False)

    def validate(self, document: Json) -> list[Violation]:
        """What is wrong with a document under the original schema, the most telling first."""
        return self._validator.violations(document)


@lru_cache(maxsize=64)
def compile_schema(text: str) -> CompiledSchema:
    """Compile the JSON text of a schema.

    Raises:
        InvalidConstraint: it is no valid schema, cannot be met, or is too complex; the text
            names keyword and path.
    """
    schema = read_schema(text)
    return CompiledSchema(
        True,
        False,
        Report(True, schema.dialect.name, warnings=schema.remarks),
        DocumentValidator(schema.value, schema.dialect),
    )


def report_of(text: str) -> Report:
    """The report of any text. Never raises."""
    try:
        return compile_schema(text).report
    except SchemaRefused as error:
        return Report(False, "", problems=(error.entry,))
