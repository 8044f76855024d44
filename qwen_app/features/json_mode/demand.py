"""Whether a message of a conversation asks for an answer in JSON, and for which fields.

Conservative: a message that only speaks of JSON (a question about it, code that is to return it)
gets a free answer. A demand that is missed costs a certainty that nobody was promised; a demand
that is imagined spoils an answer.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from qwen_app.decoding.json_schema.spec import JsonSchema
from qwen_app.features.verdict import Verdict

_CLAUSE: Final = re.compile(r"[。！？!?；;，,\n]|\.(?=\s|$)|:(?=\s|$)|：")
_FLAGS: Final = re.IGNORECASE | re.VERBOSE

_JSON: Final = r"JSON (?!\s*[-_.]?\s*(?:schema|parser|librar|file|example|syntax|web\s?token|path|api|viewer|editor|string|data\s+type|文件|解析|教程|示例|例子|库|接口|函数|语法|数据集))"  # noqa: E501
_KIND: Final = r"(?:\s+(?:a|an|one|the|valid|strict|single|raw|plain|pure|well-formed))*\s+"

_DEMANDS: Final = tuple(
    re.compile(pattern.replace("JSON_", _JSON), _FLAGS)
    for pattern in (
        # Answer in JSON; return the following information as a JSON object
        rf"""^(?:please|now|then|and|also|finally|so|but|could\syou|would\syou|can\syou\splease|\s)*
        (?:only\s|just\s|always\s)?
        (?:answer|reply|respond|return|output|give|provide|produce|format|present|extract|list
        |summari[sz]e|put|write|show|send)\b
        (?:\s+[^\s,]+){{0,12}}?\s+(?:in|as|with|using){_KIND}JSON_""",
        # Return only valid JSON
        rf"""^(?:please|now|then|and|also|finally|so|but|could\syou|would\syou|can\syou\splease|\s)*
        (?:only\s|just\s|always\s)?
        (?:return|output|give|provide|produce|send|reply|respond|answer)
        (?:\s+(?:me|us|back|with|only|just|nothing\sbut))*{_KIND}JSON_""",
        # Your answer must be JSON
        rf"""\b(?:answer|reply|response|output|result)s?\s+(?:must|should|has\sto|have\sto|shall)\s+be
        (?:\s+(?:only|just|in|returned\sin|returned\sas|given\sas))*{_KIND}JSON_""",
        # JSON only
        r"^\s*(?:in\s+|as\s+)?JSON\s+(?:format\s+)?(?:only|please)\b",
        r"^\s*(?:only|just|pure)\s+JSON\s*$",
        r"^\s*(?:in|as)\s+(?:valid\s+)?JSON(?:\s+(?:format|object))?\s*$",
        # 以 JSON 格式返回以下信息
        r"""(?:以|用|按|按照|使用|采用)\s*(?:如下|以下|标准的?|合法的?|有效的?)?\s*JSON_
        \s*(?:的?(?:格式|形式|对象|结构|数组))?\s*(?:来)?\s*
        (?:返回|输出|回答|给出|回复|提供|列出|呈现|写出|总结|告诉|作答|整理)""",
        # 只返回 JSON
        r"""(?:返回|输出|回复|给出|给我|回答)\s*
        (?:一个|一段|一份|合法的?|有效的?|纯|标准的?|格式良好的?|\s)*JSON_""",
        # 结果用 JSON 表示
        r"(?:结果|答案|回答|输出|回复)\s*(?:请|要|应|应该|必须|需|需要|都)?\s*(?:以|用|为|是|采用)\s*JSON_",
        r"^\s*(?:只要|仅要|只需|仅需)\s*JSON_",
    )
)
_ABOUT: Final = re.compile(
    r"""\b(?:how|what|why|which|when|whether|does|do|is|are|did|should\si|function|script|code|program|apis?
    |endpoints?|server|class|method|parser|converter|regex|regular\sexpression|instead\sof|difference)\b
    |\b(?:don't|do\snot|never|not|without|no)\b.*\bJSON
    |怎么|如何|怎样|什么是|是什么|为什么|是否|能否|哪|吗|区别|函数|代码|程序|脚本|接口|编写|实现|教程|服务器
    |(?:不要|别|不用|无需|不需要|请勿|不能|不必|而不是|而非)[^，。]*JSON""",
    _FLAGS,
)
_ARRAY: Final = re.compile(r"JSON\s*(?:array|list|数组|列表)", re.IGNORECASE)

_NAME: Final = r"[\"“”'`]?[A-Za-z_一-鿿][\w一-鿿]{0,30}[\"“”'`]?"
_NAMES: Final = rf"{_NAME}(?:(?:\s*[,，、]\s*(?:and\s+)?|\s+and\s+|\s*[和与及]\s*){_NAME}){{0,19}}"
_FIELDS: Final = (
    re.compile(
        rf"\b(?:with|having|containing)\s+(?:the\s+|these\s+)?(?:following\s+)?"
        rf"(?:fields?|keys?|properties)\s*:?\s*({_NAMES})",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:fields?|keys?|properties)(?:\s+are)?\s*:\s*({_NAMES})", re.IGNORECASE),
    re.compile(
        rf"(?:字段|键|属性)名?(?:为|包括|包含|分别是|如下)?\s*(?:(?<=[为括含是])|[:：])\s*({_NAMES})"
    ),
    re.compile(
        rf"(?:包含|包括|含有?)\s*({_NAMES})\s*(?:这?[一二两三四五六七八九十几]?个)?(?:字段|键|属性)"
    ),
)
_QUOTES: Final = "\"“”'`"


@dataclass(frozen=True, slots=True)
class Demand:
    """What a message asks for."""

    is_array: bool = False
    """A JSON array, else an object."""
    fields: tuple[str, ...] = ()
    """Names that the message lists, in its order; empty if it lists none."""

    def schema(self) -> dict[str, Any]:
        """What the answer is held to: an array, an object, or an object of these fields."""
        if self.is_array:
            return {"type": "array"}
        if not self.fields:
            return {"type": "object", "minProperties": 1}
        return {
            "type": "object",
            "properties": {name: {} for name in self.fields},
            "required": list(self.fields),
            "additionalProperties": False,
        }

    def constraint(self) -> JsonSchema:
        return JsonSchema(json.dumps(self.schema(), ensure_ascii=False), "pretty")

    def verify(self, text: str) -> Verdict:
        """Whether the answer is that JSON. What it says cannot be checked."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            return Verdict(
                "wrong",
                f"You asked for JSON, and this is not one complete document ({error}).",
                f"你要求以 JSON 回答，但这不是一个完整的文档（{error}）。",
                is_shown=True,
            )
        kind_en, kind_zh = ("array", "数组") if self.is_array else ("object", "对象")
        names = list(value) if isinstance(value, dict) else []
        if isinstance(value, list) != self.is_array or (
            self.fields and sorted(names) != sorted(self.fields)
        ):
            return Verdict(
                "wrong",
                f"This is JSON, but not the {kind_en} that you asked for.",
                f"这是 JSON，但不是你要求的{kind_zh}。",
                is_shown=True,
            )
        of_en = f" with the fields {', '.join(self.fields)}" if self.fields else ""
        of_zh = f"，字段为 {'、'.join(self.fields)}" if self.fields else ""
        return Verdict(
            "unchecked",
            f"You asked for JSON: a valid {kind_en}{of_en} was enforced. Whether its contents"
            " are right is not checked.",
            f"你要求以 JSON 回答：已强制为有效的 JSON {kind_zh}{of_zh}。内容是否正确未核对。",
            is_shown=True,
        )


def demand_of(message: str) -> Demand | None:
    """What JSON the message asks for; None if it asks for none."""
    clauses = _CLAUSE.split(message)
    # The sign after a clause tells a question.
    signs = [*(match[0] for match in _CLAUSE.finditer(message)), ""]
    for clause, sign in zip(clauses, signs, strict=True):
        if "json" not in clause.lower() or len(clause) > 400:
            continue
        polite = re.match(r"\s*(?:could|would|can)\syou", clause, re.IGNORECASE)
        if sign in "?？" and sign and not polite:
            continue
        if any(d.search(clause) for d in _DEMANDS) and not _ABOUT.search(clause):
            array = bool(_ARRAY.search(clause))
            return Demand(array, () if array else _fields(message))
    return None


def _fields(message: str) -> tuple[str, ...]:
    for pattern in _FIELDS:
        if match := pattern.search(message):
            parts = re.split(r"\s*[,，、]\s*(?:and\s+)?|\s+and\s+|\s*[和与及]\s*", match[1])
            names = [part.strip(_QUOTES + " ") for part in parts]
            return tuple(dict.fromkeys(name for name in names if name))
    return ()
