"""The types of a field list: `int >= 0`, `list[str] <= 5`, `"low" | "high"`, `日期?`."""

import difflib
import json
import re
from typing import Any, Final

from qwen_app.errors import InvalidInput

TYPES: Final[dict[str, dict[str, Any]]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    # The standard's ``time`` demands seconds and a time zone, which hardly any text tells.
    "time": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    "datetime": {"type": "string", "format": "date-time"},
    "email": {"type": "string", "format": "email"},
    "url": {"type": "string", "format": "uri"},
    "null": {"type": "null"},
    "any": {},
    "object": {"type": "object"},
    "list": {"type": "array"},
}
"""Name of a type to what it is in a schema."""

ALIASES: Final = {
    **{"string": "str", "text": "str", "integer": "int", "number": "float", "decimal": "float"},
    **{"boolean": "bool", "uri": "url", "none": "null", "dict": "object", "array": "list"},
    **{"文本": "str", "字符串": "str", "文字": "str", "整数": "int", "小数": "float"},
    **{"数字": "float", "数值": "float", "是否": "bool", "布尔": "bool", "日期": "date"},
    **{"时间": "time", "日期时间": "datetime", "邮箱": "email", "电子邮件": "email"},
    **{"网址": "url", "链接": "url", "空": "null", "任意": "any", "对象": "object"},
    **{"列表": "list", "数组": "list"},
}
_CHINESE: Final = "文本、整数、小数、日期、时间、日期时间、是否、邮箱、网址、列表、对象"
_BOUNDS: Final = {
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
}
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")
        |(?P<number>-?\d+(?:\.(?!\.)\d+)?(?:[eE][+-]?\d+)?)
        |(?P<sign>\.\.|>=|<=|[≥≤><|?\[\]])
        |(?P<word>[^\W\d][\w-]*)
        |(?P<other>\S))""",
    re.VERBOSE,
)
_SIGNS: Final = {"≥": ">=", "≤": "<="}


def line_error(line: int, en: str, zh: str) -> InvalidInput:
    """Param is ``line N``."""
    return InvalidInput(f"Line {line}: {en}", f"第 {line} 行：{zh}", param=f"line {line}")


def read_type(line: int, text: str) -> tuple[dict[str, Any], bool]:
    """The schema of a type, and whether it is marked with ``?``.

    Raises:
        InvalidInput: there is no such type; ``param`` is ``line N``.
    """
    return _Parser(line, text).whole()


class _Parser:
    """By recursive descent."""

    def __init__(self, line: int, text: str) -> None:
        self._line, self._text = line, text
        self._tokens = [
            (match.lastgroup or "other", _SIGNS.get(token := match[match.lastgroup or 0], token))
            for match in _TOKEN.finditer(text)
        ]
        self._at = 0
        self._in_list = 0
        self._optional = False

    def whole(self) -> tuple[dict[str, Any], bool]:
        made = self._union()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return made, self._optional

    def _union(self) -> dict[str, Any]:
        choices = [self._bounded()]
        while self._take("|"):
            choices.append(self._bounded())
        if len(choices) == 1:
            return choices[0]
        if all("enum" in choice or choice == {"type": "null"} for choice in choices):
            values = [v for c in choices for v in c.get("enum", [None])]
            return {"enum": [v for i, v in enumerate(values) if _place_of(v, values) == i]}
        return {"anyOf": choices}

    def _bounded(self) -> dict[str, Any]:
        made = self._single()
        while True:
            kind, token = self._peek()
            if token in (">", "<", ">=", "<="):
                self._at += 1
                self._bound(made, token, self._number())
            elif kind == "number" and "enum" not in made:
                low = self._number()
                if not self._take(".."):
                    raise self._unexpected()
                self._bound(made, ">=", low)
                self._bound(made, "<=", self._number())
            elif not self._in_list and self._take("?"):  # Before or after the bounds.
                self._optional = True
            else:
                return made

    def _single(self) -> dict[str, Any]:
        kind, token = self._peek()
        self._at += 1
        if kind == "text":
            try:
                return {"enum": [json.loads(token)]}
            except ValueError:
                pass
        if kind == "number":
            return {"enum": [json.loads(token)]}
        if token in ("true", "false"):
            return {"enum": [token == "true"]}
        if kind == "word":
            return self._named(token)
        self._at -= 1
        raise self._unexpected()

    def _named(self, word: str) -> dict[str, Any]:
        name = ALIASES.get(word.lower(), word.lower())
        if name not in TYPES:
            near = difflib.get_close_matches(word.lower(), [*TYPES, *ALIASES], n=1)
            quoted = f"`{near[0]}`" if near else ""
            raise line_error(
                self._line,
                f"`{word}` is no type"
                + (f"; did you mean {quoted}?" if near else ".")
                + f" Types are {', '.join(TYPES)}; a fixed word stands in quotes.",
                f"`{word}` 不是类型"
                + (f"，是否想写 {quoted}？" if near else "。")
                + f"可用的类型：{_CHINESE}；固定的词请加引号。",
            )
        made = dict(TYPES[name])
        if name == "list" and self._take("["):
            self._in_list += 1
            made["items"] = self._union()
            self._in_list -= 1
            if not self._take("]"):
                raise self._unexpected("]")
        while self._peek() == ("sign", "[") and self._peek(1) == ("sign", "]"):
            self._at += 2
            made = {"type": "array", "items": made}
        return made

    def _bound(self, made: dict[str, Any], sign: str, number: int | float) -> None:
        kind = made.get("type", "")
        if kind not in _BOUNDS or "format" in made or "pattern" in made:
            raise line_error(
                self._line,
                f"`{sign} {number}` fits numbers, texts and lists only.",
                f"`{sign} {number}` 只能用于数字、文本和列表。",
            )
        low, high = _BOUNDS[kind]
        if kind in ("string", "array"):
            if not isinstance(number, int) or number < 0:
                raise line_error(
                    self._line,
                    f"a length is a whole number from 0, not {number}.",
                    f"长度应为不小于 0 的整数，而不是 {number}。",
                )
            number += {">": 1, "<": -1}.get(sign, 0)
            made[low if ">" in sign else high] = number
        else:
            end = low if ">" in sign else high
            made[end if "=" in sign else f"exclusive{end.title()}"] = number
        least = made.get(low, made.get("exclusiveMinimum"))
        most = made.get(high, made.get("exclusiveMaximum"))
        if least is not None and most is not None and least > most:
            raise line_error(
                self._line,
                f"nothing is at least {least} and at most {most}.",
                f"没有值能同时不小于 {least} 且不大于 {most}。",
            )

    def _number(self) -> int | float:
        kind, token = self._peek()
        if kind != "number":
            raise self._unexpected("0")
        self._at += 1
        value: int | float = json.loads(token)
        return value

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("end", "")

    def _take(self, sign: str) -> bool:
        taken = self._peek() == ("sign", sign)
        self._at += taken
        return taken

    def _unexpected(self, wanted: str = "") -> InvalidInput:
        _, token = self._peek()
        en = f"`{token}` cannot stand here" if token else "something is missing at the end"
        zh = f"`{token}` 不能写在这里" if token else "行尾缺少内容"
        return line_error(
            self._line,
            f"{en} (in `{self._text}`)."
            + (f" `{wanted}` was expected." if wanted else "")
            + ' Write for example `int >= 0`, `list[str] <= 5` or `"low" | "high"`.',
            f"{zh}（位于 `{self._text}`）。"
            + (f"此处应为 `{wanted}`。" if wanted else "")
            + '可以写成 `整数 >= 0`、`列表[文本] <= 5` 或 `"低" | "高"`。',
        )


def _place_of(value: Any, values: list[Any]) -> int:
    """Of its first equal; 1 and true are not equal here."""
    return next(i for i, v in enumerate(values) if v == value and type(v) is type(value))
