"""A query that a person wrote, run without asking the model."""

from dataclasses import dataclass

from qwen_app.features.tables.answer import Sentence, say
from qwen_app.features.tables.query.execute import Result, execute
from qwen_app.features.tables.table import Table
from qwen_app.features.verdict import Verdict


@dataclass(frozen=True, slots=True)
class HandAnswer:
    """What a query gave, and how that is said."""

    question: str
    result: Result
    sentence: Sentence

    @property
    def verdict(self) -> Verdict:
        cells = len(self.sentence.cells)
        return Verdict(
            "right",
            f"Computed from the table by exactly this query ({cells} cells).",
            f"由这条查询从表格计算得出（涉及 {cells} 个单元格）。",
            claim="computed",
        )


def run_query(table: Table, query: str, question: str = "") -> HandAnswer:
    """
    Args:
        question: what the query answers; the sentence is in its language.

    Raises:
        InvalidQuery: it is not of the language or does not fit the table.
        QueryFailed: too slow, too large, or a query in parentheses gave several rows.
    """
    result = execute(query, table)
    return HandAnswer(question, result, say(question, table, result))
