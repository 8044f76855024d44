"""A list of fields, as one would write it down, to a JSON Schema.

    # A meeting                     comments become descriptions
    title: str
    start: datetime
    people: list[str] 1..20         bounds: of numbers, of the length of texts and lists
    room: str?                      may be left out
    kind: "talk" | "review"         one of these
    topics: list                    what is indented below describes each item
      name: str
      minutes: int > 0

Chinese names of the types and full-width punctuation mean the same. Every object is closed: what
is not in the list is not in the document.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from qwen_app.features.json_mode.field_types import line_error, read_type

_MOST_FIELDS: Final = 500
_DEEPEST: Final = 12

# Full-width signs that an input method writes for the ones of the language.
_NARROW: Final = str.maketrans("：＃？｜［］【】＞＜＝“”", ':#?|[][]><=""')


def schema_of_fields(text: str) -> dict[str, Any]:
    """The schema of the documents that have these fields.

    Raises:
        InvalidInput: the text is no such list; ``param`` is ``line N``, and the message says
            what to write there.
    """
    root = _Field("", "", 0, -1, is_object=True)
    branch = [root]
    count = 0
    for line, raw in enumerate(text.splitlines(), start=1):
        code, comment = _split_comment(raw)
        if not code.strip():
            if comment and not count:
                root.comment = " ".join(filter(None, (root.comment, comment)))
            continue
        found = _Field.read(line, code, comment)
        count += 1
        if count > _MOST_FIELDS:
            raise line_error(
                line, f"more than {_MOST_FIELDS} fields.", f"字段超过 {_MOST_FIELDS} 个。"
            )
        _place(branch, found)
    if not count:
        raise line_error(
            1,
            "there is no field yet. Write one a line, for example `name: str`.",
            "还没有字段。请每行写一个，例如 `姓名: 文本`。",
        )
    return root.schema()


@dataclass(slots=True)
class _Field:
    name: str
    type: str
    line: int
    indent: int
    comment: str = ""
    is_object: bool = False
    is_optional: bool = False
    children: list["_Field"] = field(default_factory=list)

    @classmethod
    def read(cls, line: int, code: str, comment: str) -> "_Field":
        indent = len(code) - len(code.lstrip(" "))
        name, rest = _split_name(line, code.strip())
        optional = name.endswith("?")
        if optional:
            name = name[:-1].rstrip()
        return cls(name, rest, line, indent, comment, is_optional=optional)

    def schema(self) -> dict[str, Any]:
        """Of the field's value; sets `is_optional` where its type says so."""
        if self.is_object:
            made = self._object()
        else:
            made, optional = read_type(self.line, self.type)
            self.is_optional |= optional
            if self.children:
                made = self._nest(made)
        if self.comment:
            made["description"] = self.comment
        return made

    def _nest(self, made: dict[str, Any]) -> dict[str, Any]:
        if made.get("type") == "object":
            return made | self._object()
        if made.get("type") == "array" and made.get("items", {}).get("type") in (None, "object"):
            return {"type": "array", "items": self._object()} | {
                k: v for k, v in made.items() if k in ("minItems", "maxItems")
            }
        raise line_error(
            self.line,
            f"{self.name} has fields indented below it, so its type must be `object` or `list`,"
            f" not `{self.type}`.",
            f"{self.name} 下面有缩进的字段，所以它的类型应为“对象”或“列表”，而不是 `{self.type}`。",
        )

    def _object(self) -> dict[str, Any]:
        if not self.children:
            raise line_error(
                self.line,
                f"{self.name} has neither a type nor fields indented below it. Write for example"
                f" `{self.name}: str`.",
                f"{self.name} 既没有类型，下面也没有缩进的字段。可以写成 `{self.name}: 文本`。",
            )
        properties = {child.name: child.schema() for child in self.children}
        required = [child.name for child in self.children if not child.is_optional]
        return {
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }


def _place(branch: list[_Field], found: _Field) -> None:
    """Put a field under its parent; ``branch`` are the fields above it, outermost first."""
    siblings_at = None
    while found.indent <= branch[-1].indent:
        siblings_at = branch.pop().indent
    parent = branch[-1]
    if siblings_at is None and parent.children:
        siblings_at = parent.children[0].indent
    if siblings_at is not None and siblings_at != found.indent:
        raise line_error(
            found.line,
            "the indentation fits no line above. Indent fields of one object by the same number"
            " of spaces.",
            "缩进与上文不一致。同一对象的字段请使用相同数量的空格。",
        )
    if len(branch) > _DEEPEST:
        raise line_error(
            found.line, f"nested more than {_DEEPEST} deep.", f"嵌套超过 {_DEEPEST} 层。"
        )
    if any(other.name == found.name for other in parent.children):
        raise line_error(
            found.line,
            f"{found.name} is there twice. Give one of them another name.",
            f"{found.name} 出现了两次。请改用另一个名称。",
        )
    parent.children.append(found)
    if not found.type:
        found.is_object = True
    branch.append(found)


def _split_comment(raw: str) -> tuple[str, str]:
    """The line without its comment, with plain punctuation and spaces; and the comment."""
    line = raw.expandtabs(4).replace("\u3000", "  ").replace("\ufeff", "")
    in_text = False
    made: list[str] = []
    for i, character in enumerate(line):
        plain = character.translate(_NARROW)
        if plain == '"' and not (in_text and line[i - 1] == "\\"):
            in_text = not in_text
        elif in_text:
            plain = character
        elif plain == "#":
            return "".join(made), line[i + 1 :].strip()
        made.append(plain)
    return "".join(made), ""


def _split_name(line: int, code: str) -> tuple[str, str]:
    if code.startswith('"'):
        match = re.match(r'("(?:[^"\\]|\\.)*")\s*(\??)\s*:(.*)', code)
        if match:
            try:
                return json.loads(match[1]) + match[2], match[3].strip()
            except ValueError:
                pass
    else:
        name, colon, rest = code.partition(":")
        if colon and name.strip(" ?") and '"' not in name:
            return name.strip(), rest.strip()
    raise line_error(
        line,
        "write a name, a colon and a type, for example `city: str`.",
        "请写成“名称: 类型”，例如 `城市: 文本`。",
    )
