# ruff: noqa: E501 - a text and its translation belong on one line
"""Texts and examples of the Tables tab, in English and Chinese."""

from dataclasses import dataclass
from typing import Final

TABLE_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "table.new": ("New table", "新表格"),
    "table.history": ("Tables and questions", "表格与提问"),
    "table.history.none": ("No tables yet. They are kept in this browser only.", "还没有表格。表格只保存在此浏览器中。"),
    "table.untitled": ("Table", "表格"),
    "table.gone": ("This table is no longer in this browser.", "此浏览器中已没有这个表格。"),
    "table.storage.full": ("The browser's storage is full or off: what is new here is kept only while the page is open.", "浏览器存储空间已满或不可用：新内容仅在页面打开期间保留。"),
    # Where a table comes from
    "table.empty.title": ("Ask a table", "向表格提问"),
    "table.empty.text": ("Answers are computed from the table by a query that you can see and change. The model only writes the query.", "答案由查询从表格中计算得出，查询可见、可改。模型只负责写查询。"),
    "table.paste": ("The table's source", "表格内容"),
    "table.paste.placeholder": ("Paste a table here: cells of a spreadsheet, part of a web page, HTML, CSV or Markdown", "在此粘贴表格：电子表格的单元格、网页片段、HTML、CSV 或 Markdown"),
    "table.read": ("Read the table", "读取表格"),
    "table.file": ("Choose a file", "选择文件"),
    "table.formats": ("or drop one here: CSV, TSV, Excel, HTML, Markdown, up to {size} MB", "也可拖放到此处：CSV、TSV、Excel、HTML、Markdown，最大 {size} MB"),
    "table.file.large": ("This file has {size} MB; at most {most} MB are read. Choose a part of it.", "此文件有 {size} MB，最多读取 {most} MB。请只选取其中一部分。"),
    "table.file.unreadable": ("The browser could not read this file.", "浏览器无法读取此文件。"),
    # The table
    "table.panel": ("The table", "表格"),
    "table.size": ("{rows} rows, {columns} columns", "{rows} 行，{columns} 列"),
    "table.found": ("{count} tables found; work with", "找到 {count} 个表格，使用"),
    "table.choose": ("Which of the tables found", "选择找到的表格"),
    "table.clear": ("Clear questions", "清空提问"),
    "table.notes": ("What reading did ({count})", "读取说明（{count}）"),
    "table.grid": ("Table of {rows} rows and {columns} columns; the sources of the answer are marked", "{rows} 行 {columns} 列的表格，答案的来源单元格带有标记"),
    "table.row": ("Row", "行号"),
    "table.marked": ("Source: ", "来源："),
    "table.exceptions": ("{count} cells are not of this kind; they count as missing", "有 {count} 个单元格不符合此类型，按缺失处理"),
    "table.kind.of": ("Kind of “{column}”", "“{column}”的类型"),
    "table.kind.hint": ("What the values of this column are. Correct it if it is wrong.", "此列值的类型。如果不对请更正。"),
    "table.kind.text": ("Text", "文本"),
    "table.kind.integer": ("Whole number", "整数"),
    "table.kind.decimal": ("Decimal", "小数"),
    "table.kind.percent": ("Percentage", "百分比"),
    "table.kind.currency": ("Money", "金额"),
    "table.kind.rank": ("Rank", "名次"),
    "table.kind.year": ("Year", "年份"),
    "table.kind.date": ("Date", "日期"),
    "table.kind.datetime": ("Date and time", "日期时间"),
    "table.kind.time": ("Time of day", "时刻"),
    "table.kind.duration": ("Duration", "时长"),
    "table.kind.range": ("Range", "范围"),
    "table.kind.score": ("Score", "比分"),
    "table.kind.boolean": ("Yes or no", "是/否"),
    # Asking
    "table.thread": ("Questions and answers", "提问与回答"),
    "table.ask.first": ("Ask about this table below. Check the kinds of its columns first: a wrong one makes wrong answers.", "在下方就此表格提问。请先看看各列的类型：类型不对，答案也会不对。"),
    "table.mode": ("What you want", "想要什么"),
    "table.question.mode": ("Question", "提问"),
    "table.question.label": ("Your question about the table", "关于表格的问题"),
    "table.question.placeholder": ("Ask about the table, in English or Chinese", "用中文或英文就表格提问"),
    "table.fields.mode": ("JSON fields", "JSON 字段"),
    "table.fields.label": ("The fields that you want, or a JSON Schema", "想要的字段，或 JSON Schema"),
    "table.fields.placeholder": ("A field a line, with its question: average_age: What is the average age? – or a JSON Schema", "每行一个字段及其问题，例如 平均年龄: 平均年龄是多少？也可填 JSON Schema"),
    "table.computing": ("Computing", "正在计算"),
    "table.agreement": ("{votes} of {of} samples agree", "{of} 次采样中 {votes} 次一致"),
    "table.votes": ("{count} samples", "{count} 次采样"),
    "table.by.reader": ("Query by hand", "查询为手动编写"),
    "table.alternatives": ("Other readings of the question:", "对问题的其他理解："),
    "table.words": ("Answer in the model's own words instead (not verified)", "改由模型直接回答（未经核对）"),
    "table.query": ("Query", "查询"),
    "table.query.hint": ("Change it, Enter runs it", "可修改，按 Enter 运行"),
    "table.query.run": ("Run", "运行"),
    "table.query.copy": ("Copy query", "复制查询"),
    "table.show.cells": ("Source cells ({count})", "来源单元格（{count}）"),
    "table.result": ("Result", "结果"),
    "table.result.more": ("The first {shown} of {total} rows", "共 {total} 行，显示前 {shown} 行"),
    "table.result.cut": ("There are more rows than the {shown} kept here; narrow the query to see them.", "结果多于此处保留的 {shown} 行，请缩小查询范围。"),
    "table.csv": ("Download the result as CSV", "下载结果（CSV）"),
    "table.turn.remove": ("Delete this question", "删除此提问"),
    "table.chart.bars": ("Bar chart of {name} for {count} values of {label}: most {most} with {high}, least {least} with {low}.", "柱状图：{count} 个{label}的{name}，最大为{most}（{high}），最小为{least}（{low}）。"),
    "table.chart.line": ("Line chart of {name} over {label}, {count} points: highest at {most} with {high}, lowest at {least} with {low}.", "折线图：{name}随{label}的变化，共 {count} 个点，最高在{most}（{high}），最低在{least}（{low}）。"),
    "table.export": ("Save all:", "全部保存："),
    "table.export.json": ("JSON", "JSON"),
    "table.export.md": ("Markdown", "Markdown"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableExample:
    """A table and a question about it that the empty tab offers to click."""

    title: str
    question: str
    source: str


_PEOPLE_ZH = """<table>
<tr><th>姓名</th><th>年龄</th><th>城市</th></tr>
<tr><td>张三</td><td>28</td><td>杭州</td></tr>
<tr><td>李四</td><td>32</td><td>北京</td></tr>
<tr><td>王五</td><td>25</td><td>深圳</td></tr>
</table>"""
_PEOPLE_EN = """<table>
<tr><th>Name</th><th>Age</th><th>City</th></tr>
<tr><td>Zhang San</td><td>28</td><td>Hangzhou</td></tr>
<tr><td>Li Si</td><td>32</td><td>Beijing</td></tr>
<tr><td>Wang Wu</td><td>25</td><td>Shenzhen</td></tr>
</table>"""
_SALES_ZH = """门店,地区,月份,销售额
春熙路店,成都,3月,"¥86,400"
太古里店,成都,3月,"¥73,250"
天河店,广州,3月,"¥91,800"
北京路店,广州,3月,"¥58,600"
新街口店,南京,3月,"¥64,900"
夫子庙店,南京,3月,"¥47,300"
"""
_SALES_EN = """Shop,City,Month,Sales
Station Road,Leeds,March,"$86,400"
Old Market,Leeds,March,"$73,250"
Harbour,Bristol,March,"$91,800"
Queen Square,Bristol,March,"$58,600"
West Gate,York,March,"$64,900"
Minster,York,March,"$47,300"
"""
_CLIMATE_ZH = """| 月份 | 平均气温 | 降水量 |
| --- | --- | --- |
| 2024-01 | 5.1 ℃ | 47 mm |
| 2024-03 | 11.6 ℃ | 94 mm |
| 2024-05 | 21.3 ℃ | 118 mm |
| 2024-07 | 30.2 ℃ | 171 mm |
| 2024-09 | 25.8 ℃ | 86 mm |
| 2024-11 | 14.0 ℃ | 52 mm |
"""
_CLIMATE_EN = """| Month | Temperature | Rainfall |
| --- | --- | --- |
| 2024-01 | 5.1 °C | 47 mm |
| 2024-03 | 11.6 °C | 94 mm |
| 2024-05 | 21.3 °C | 118 mm |
| 2024-07 | 30.2 °C | 171 mm |
| 2024-09 | 25.8 °C | 86 mm |
| 2024-11 | 14.0 °C | 52 mm |
"""

TABLE_EXAMPLES: Final[tuple[tuple[TableExample, TableExample], ...]] = (
    (
        TableExample("Three people (HTML)", "Who is the youngest person?", _PEOPLE_EN),
        TableExample("三个人（HTML）", "谁是最年轻的人？", _PEOPLE_ZH),
    ),
    (
        TableExample(
            "Sales of six shops (CSV)", "What are the total sales of each city?", _SALES_EN
        ),
        TableExample("六家门店的销售额（CSV）", "每个地区的总销售额是多少？", _SALES_ZH),
    ),
    (
        TableExample(
            "Weather of a year (Markdown)", "Which month has the most rainfall?", _CLIMATE_EN
        ),
        TableExample("一年的天气（Markdown）", "哪个月份的降水量最多？", _CLIMATE_ZH),
    ),
)
"""English and Chinese."""
