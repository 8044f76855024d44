"""The form of an answer: lists, tables, headings, code, steps."""

import ast
import json
import re
import warnings
from dataclasses import dataclass
from typing import Final, Literal

from qwen_app.decoding.grammar import Regex
from qwen_app.errors import Language
from qwen_app.features.prompts.checks.base import Finding

ListStyle = Literal["numbered", "bulleted"]
_MARKERS: Final = {
    "numbered": re.compile(r"\d{1,3}(?:[.．)]\s+|、\s*)\S"),
    "bulleted": re.compile(r"[-*+•]\s+\S"),
}
_STEP: Final = re.compile(
    r"^\s*(?:\*\*)?(?:\d{1,2}[.)、．]|[（(]\d{1,2}[)）]|第[一二三四五六七八九十\d]+步|step\s*\d+"
    r"|首先|其次|然后|接着|最后|first|second|third|then|next|finally)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_FENCE: Final = re.compile(r"\A```([\w+#.-]*)\n(.*?)\n?```\Z", re.DOTALL)
_MOST_ITEMS: Final = 50
_NO: Final = r"\x00-\x1f\x7f\x{85}\x{2028}\x{2029}"
"""Characters that end or spoil a line, for use in a class."""
_ITEM: Final = rf"[^\s{_NO}][^{_NO}]{{0,400}}"
_CELL: Final = rf" [^\s|{_NO}][^|{_NO}]{{0,160}} \|"
"""Bounded, so that a model that does not come to an end there comes to the next entry."""
_BODY: Final = rf"[^\s#{_NO}][^{_NO}]*\n"
"""A line that is neither empty nor a heading."""
_CODE: Final = r"[^\x00-\x08\x0b-\x1f\x7f\n]*"
"""The rest of a line of code, which may hold tabs."""


@dataclass(frozen=True, slots=True)
class List:
    """Nothing but a list, an entry a line."""

    style: ListStyle
    least: int | None = None
    most: int | None = None
    is_whole = True

    def constraint(self, language: Language) -> Regex:  # noqa: ARG002
        low = max(1, self.least or 1)
        high = max(low, self.most or _MOST_ITEMS)
        numbered = self.style == "numbered"
        entries = [(f"{n}\\. " if numbered else "- ") + _ITEM for n in range(1, high + 1)]
        pattern = ""
        for entry in reversed(entries[low:]):
            pattern = f"(?:\n{entry}{pattern})?"
        return Regex("\n".join(entries[:low]) + pattern)

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        marker = _MARKERS[self.style]
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        found = sum(marker.match(line) is not None for line in lines)
        style_en = self.style
        style_zh = "编号" if self.style == "numbered" else "项目符号"
        if found < len(lines) or not lines:
            return Finding(
                False,
                f"not a {style_en} list alone: {len(lines) - found} other lines",
                f"不是纯{style_zh}列表：另有 {len(lines) - found} 行",
            )
        ok = (self.least or 1) <= found <= (self.most or found)
        bound_en, bound_zh = _bounds(self.least, self.most)
        return Finding(
            ok,
            f"{style_en} list of {found} entries{bound_en}",
            f"{style_zh}列表，共 {found} 条{bound_zh}",
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Nothing but a Markdown table, perhaps with columns of these names."""

    columns: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    is_whole = True

    def constraint(self, language: Language) -> Regex:  # noqa: ARG002
        low, high = max(1, self.least or 1), max(self.least or 1, self.most or _MOST_ITEMS)
        if self.columns:
            names = " | ".join(_quoted(_plain(name)) for name in self.columns).replace(
                " | ", r" \| "
            )
            number = len(self.columns)
            head = rf"\| {names} \|" + "\n" + r"\|" + r" --- \|" * number
            row = r"\|" + _CELL * number
            return Regex(f"{head}(?:\n{row}){{{low},{high}}}")
        tables = []
        for number in range(2, 7):
            cells = r"\|" + _CELL * number
            rule = r"\|" + r" --- \|" * number
            tables.append(f"{cells}\n{rule}(?:\n{cells}){{{low},{high}}}")
        return Regex("|".join(f"(?:{table})" for table in tables))

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        lines = [line.strip() for line in text.strip().split("\n")]
        rows = [_cells(line) for line in lines]
        if len(lines) < 3 or not all(line.startswith("|") and line.endswith("|") for line in lines):
            return Finding(False, "not a Markdown table alone", "不是单独的 Markdown 表格")
        if not all(re.fullmatch(r":?-{3,}:?", cell) for cell in rows[1]):
            return Finding(False, "no line |---| below the header", "表头下方没有 |---| 分隔行")
        if len({len(row) for row in rows}) > 1:
            return Finding(
                False, "the rows differ in their number of cells", "各行的单元格数不一致"
            )
        wanted = [_plain(name) for name in self.columns]
        if wanted and rows[0] != wanted:
            return Finding(
                False,
                f"the columns are {', '.join(rows[0])} and not {', '.join(wanted)}",
                f"列为 {'、'.join(rows[0])}，而不是 {'、'.join(wanted)}",
            )
        number = len(rows) - 2
        ok = (self.least or 1) <= number <= (self.most or number)
        bound_en, bound_zh = _bounds(self.least, self.most)
        return Finding(
            ok,
            f"Markdown table of {number} rows{bound_en}",
            f"Markdown 表格，共 {number} 行{bound_zh}",
        )


@dataclass(frozen=True, slots=True)
class Headings:
    """Sections under these headings, all of them in this order."""

    headings: tuple[str, ...]
    is_whole = True

    def constraint(self, language: Language) -> Regex:  # noqa: ARG002
        parts = [f"## {_quoted(name)}\n\n(?:{_BODY}(?:\n)?){{1,30}}" for name in self.headings[:-1]]
        last = f"## {_quoted(self.headings[-1])}\n\n(?:{_BODY}(?:\n)?){{0,30}}[^\\s#{_NO}][^{_NO}]*"
        return Regex("".join(parts) + last)

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        found = [match[1].strip() for match in _HEADING.finditer(text)]
        wanted = list(self.headings)
        if found != wanted:
            missing = [name for name in wanted if name not in found]
            if missing:
                return Finding(
                    False,
                    f"headings missing: {', '.join(missing)}",
                    f"缺少标题：{'、'.join(missing)}",
                )
            return Finding(
                False,
                "the headings are not exactly these in this order",
                "标题与要求的不完全一致或顺序不对",
            )
        parts = [part.strip() for part in _HEADING.split(text)[2::2]]
        if not all(parts):
            return Finding(False, "a section is empty", "有的小节没有内容")
        return Finding(
            True, f"all {len(wanted)} headings in order", f"{len(wanted)} 个标题齐全有序"
        )


@dataclass(frozen=True, slots=True)
class Code:
    """Nothing but one fenced block of code; Python and JSON must have no syntax error."""

    language: str
    is_whole = True

    def constraint(self, language: Language) -> Regex:  # noqa: ARG002
        first, line = rf"[^`\s{_NO}]{_CODE}", rf"(?:[^`{_NO}]{_CODE}|\t{_CODE})?"
        return Regex(f"```{_quoted(self.language)}\n{first}\n(?:{line}\n){{0,400}}```")

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        match = _FENCE.match(text.strip())
        if match is None or "\n```" in match[2]:
            return Finding(False, "not one block of code alone", "不是单独的一个代码块")
        name, code = match[1], match[2]
        if name.lower() != self.language.lower():
            return Finding(
                False,
                f"the block is marked {name or 'nothing'} and not {self.language}",
                f"代码块标记为 {name or '无'}，而不是 {self.language}",
            )
        if (fault := _fault(self.language.lower(), code)) is not None:
            return Finding(False, f"syntax error: {fault}", f"语法错误：{fault}")
        if self.language.lower() in ("python", "json"):
            return Finding(
                True,
                f"{self.language} code alone, without a syntax error",
                f"仅有 {self.language} 代码，语法正确",
            )
        return Finding(True, f"{self.language} code alone", f"仅有 {self.language} 代码")


@dataclass(frozen=True, slots=True)
class Steps:
    """The way to the answer in at least so many steps."""

    least: int = 2
    is_whole = False

    def constraint(self, language: Language) -> None:  # noqa: ARG002
        return None

    def judge(self, text: str, language: Language) -> Finding:  # noqa: ARG002
        found = len(_STEP.findall(text))
        return Finding(
            found >= self.least,
            f"{found} steps (at least {self.least})",
            f"{found} 个步骤（至少 {self.least} 个）",
        )


def _fault(language: str, code: str) -> str | None:
    """What is wrong with the syntax; None if nothing is, or nobody here can tell."""
    if language == "json":
        try:
            json.loads(code)
        except (ValueError, RecursionError) as error:
            return str(error)
    if language == "python":
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes in strings: no error
                ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return str(error)[:200]
    return None


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _plain(name: str) -> str:
    """A name that can stand in a cell."""
    return " ".join(name.replace("|", "/").split())


def _quoted(text: str) -> str:
    """A pattern for this text, for Rust's engine and Python's alike."""
    return re.sub(
        r"[^\w\s]|_", lambda match: "\\" + match[0] if match[0].isascii() else match[0], text
    )


def _bounds(least: int | None, most: int | None) -> tuple[str, str]:
    if least is None and most is None:
        return "", ""
    if least == most:
        return f" (exactly {least})", f"（要求 {least}）"
    if most is None:
        return f" (at least {least})", f"（至少 {least}）"
    if least is None:
        return f" (at most {most})", f"（最多 {most}）"
    return f" ({least} to {most})", f"（要求 {least} 到 {most}）"
