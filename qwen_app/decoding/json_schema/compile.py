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

import logging
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from qwen_app.decoding.json_schema import findings
from qwen_app.decoding.json_schema.build import Builder, bounded, inhabited, reachable
from qwen_app.decoding.json_schema.dialects import Json
from qwen_app.decoding.json_schema.document import SchemaRefused, read_schema
from qwen_app.decoding.json_schema.emit import Emitter
from qwen_app.decoding.json_schema.graph import Graph
from qwen_app.decoding.json_schema.lengths import least_bytes, most_bytes
from qwen_app.decoding.json_schema.order import in_order
from qwen_app.decoding.json_schema.relax import within_engine
from qwen_app.decoding.json_schema.report import Entry, Report
from qwen_app.decoding.json_schema.violations import DocumentValidator, Violation

__all__ = ["CompiledSchema", "Violation", "compile_schema", "report_of"]


logger = logging.getLogger(__name__)


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

    def in_order(self, document: Json) -> Json:
        """The document with its keys in the order in which the grammar has them."""
        return in_order(self.grammar_schema, document)

    def resolve(self, node: dict[str, Json] | bool) -> dict[str, Json] | bool:
        """A node of the grammar's schema, references followed."""
        while isinstance(node, dict) and "$ref" in node:
            assert isinstance(self.grammar_schema, dict)
            node = self.grammar_schema["$defs"][node["$ref"].rpartition("/")[2]]
        return node


def compile_schema(text: str) -> CompiledSchema:
    """Compile the JSON text of a schema; kept for the next time.

    Raises:
        InvalidConstraint: it is no valid schema, cannot be met, or is too complex; the text
            names keyword and path.
    """
    found = _compiled(text)
    if isinstance(found, Entry):
        raise SchemaRefused(found)
    return found


def report_of(text: str) -> Report:
    """The report of any text. Never raises."""
    found = _compiled(text)
    return found.report if isinstance(found, CompiledSchema) else Report(False, "", (found,))


@lru_cache(maxsize=64)
def _compiled(text: str) -> CompiledSchema | Entry:
    """Refusals are kept as well: hostile schemas come again."""
    with _lock:  # one at a time, which bounds the memory of hostile ones
        try:
            return _compile(text)
        except SchemaRefused as error:
            return error.entry
        except RecursionError:
            return Entry("", "", "it is nested too deeply.", "嵌套过深。")
        except Exception:  # a fault of ours must not become one of whoever sent the schema
            logger.exception("A JSON schema could not be compiled")
            return Entry(
                "",
                "",
                "compiling it failed unexpectedly; the log has more.",
                "编译时发生意外错误，详情见日志。",
            )


_lock = threading.Lock()


def _compile(text: str) -> CompiledSchema:
    schema = read_schema(text)
    graph = Graph(schema.value, schema.dialect)
    builder = Builder(graph)
    root = builder.key([graph.root])
    forms = reachable(builder, root)
    possible = inhabited(forms)
    if root not in possible:
        keyword, path, en, zh = findings.why_empty(schema.value, forms, possible, root)
        raise SchemaRefused(
            Entry(
                keyword,
                path,
                f"no document is valid under it: at {path or 'the root'}, {en}.",
                f"没有文档能满足它：{path or '根'} 处，{zh}。",
            )
        )
    grammar: Any = Emitter(forms, possible, root).schema()
    checked = findings.checked(schema.value, forms.values())
    grammar, relaxed = within_engine(grammar)
    if relaxed:
        for form in forms.values():
            for node in form.nodes:
                for keyword in relaxed & set(node.keywords):
                    form.dropped[keyword, node.path] = "engine"
        checked = findings.checked(schema.value, forms.values())
    limits = bounded(forms)
    report = Report(
        True,
        schema.dialect.name,
        (),
        findings.shortened(findings.enforced(forms.values(), checked)),
        findings.shortened(list(checked.values())),
        findings.shortened([*schema.remarks, *findings.warnings(graph, forms, possible, limits)]),
        least_bytes(grammar),
        most_bytes(grammar),
    )
    return CompiledSchema(
        grammar, not checked, report, DocumentValidator(schema.value, schema.dialect)
    )
