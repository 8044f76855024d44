"""What checking a document made of a table showed."""

from qwen_app.features.tables.fields import FieldsAnswer
from qwen_app.features.verdict import Verdict


def fields_verdict(filled: FieldsAnswer) -> Verdict:
    """The document is right if every field was filled and most of its queries agree."""
    if filled.problems:
        return Verdict(
            "wrong",
            "The document is not what was asked for: "
            + "; ".join(problem.en.rstrip(".") for problem in filled.problems)
            + ".",
            "文档不符合要求：" + "；".join(p.zh.rstrip("。") for p in filled.problems) + "。",
        )
    unsure = [each.field.name for each in filled.fields if each.answer.status != "agreed"]
    if unsure:
        return Verdict(
            "unchecked",
            f"Computed from the table, but the queries for {', '.join(unsure)} do not agree:"
            " look at them.",
            f"由表格计算得出，但 {'、'.join(unsure)} 的查询结果不一致，请查看。",
        )
    return Verdict(
        "right",
        "Each field was computed from the table by its query, most of the queries drawn agree,"
        " and the document fits what was asked for.",
        "每个字段都由各自的查询从表格计算得出，多数查询结果一致，文档符合要求。",
        claim="computed",
    )
