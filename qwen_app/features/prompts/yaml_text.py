"""YAML with line numbers, strictly: one reading finds every problem, each with file and line.

PyYAML's safe nodes are read, never its Python objects. Anchors and aliases, by which a small text
can become a huge one, tags, several documents and deep nesting are refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MOST_CHARACTERS: Final = 400_000
_MOST_DEPTH: Final = 12
_KINDS: Final = {
    "tag:yaml.org,2002:int": ("a number", "数字"),
    "tag:yaml.org,2002:float": ("a number", "数字"),
    "tag:yaml.org,2002:bool": ("a truth value in YAML", "YAML 中的真假值"),
    "tag:yaml.org,2002:null": ("empty", "空值"),
    "tag:yaml.org,2002:timestamp": ("a date", "日期"),
    "tag:yaml.org,2002:merge": ("YAML's merge key", "YAML 的合并键"),
    "tag:yaml.org,2002:value": ("YAML's value key", "YAML 的取值键"),
}
_HALF: Final = re.compile("[\ud800-\udfff]")
_SURROGATES: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab]..)\\u(d[c-f]..)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file."""

    file: str
    line: int
    """From 1; 0 if it is about the whole file."""
    en: str
    zh: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def text_en(self) -> str:
        return f"{self.where}: {self.en}"

    def text_zh(self) -> str:
        return f"{self.where}：{self.zh}"


class YamlText:
    """One file: its nodes, and what was found wrong in them so far."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.root = self._compose(text)
        """None if it could not be read at all, and `problems` says why."""

    # --- what is wrong --------------------------------------------------------------------------

    def problem(self, at: Node | int, en: str, zh: str) -> None:
        line = at if isinstance(at, int) else line_of(at)
        self.problems.append(Problem(self.file, line, en, zh))

    # --- what is there --------------------------------------------------------------------------

    def mapping(
        self, node: Node, what: str, *, needed: tuple[str, ...] = (), known: tuple[str, ...] = ()
    ) -> dict[str, Node]:
        """The entries of a mapping.

        Args:
            what: how messages call it, a word that is the same in both languages.
            needed: keys that must be there.
            known: keys that may be there besides; an empty one and no needed ones: any.
        """
        if not isinstance(node, MappingNode):
            self.problem(node, f"`{what}` must be a mapping", f"`{what}` 须为映射（键: 值）")
            return {}
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = self._key(key)
            if name is None:
                continue
            if (needed or known) and name not in (*needed, *known):
                listed = ", ".join((*needed, *known))
                self.problem(
                    key,
                    f"unknown key `{name}` in `{what}`; there are {listed}",
                    f"`{what}` 中有未知的键 `{name}`；可用的键：{listed}",
                )
            elif name in found:
                self.problem(
                    key,
                    f"`{name}` stands twice in `{what}`, first in line {line_of(found[name])}",
                    f"`{what}` 中 `{name}` 出现两次，前一次在第 {line_of(found[name])} 行",
                )
            else:
                found[name] = value
        for name in needed:
            if name not in found:
                self.problem(node, f"`{what}` lacks `{name}`", f"`{what}` 缺少 `{name}`")
        return found

    def sequence(self, node: Node, what: str) -> list[Node]:
        if not isinstance(node, SequenceNode):
            self.problem(node, f"`{what}` must be a list", f"`{what}` 须为列表")
            return []
        return list(node.value)

    def text(self, node: Node, what: str, *, most: int) -> str | None:
        """A text that is not empty, without white space around it."""
        value = self.value(node, what)
        if value is None:
            return None
        if not isinstance(value, str):
            if isinstance(node, ScalarNode):
                en, zh = _KINDS.get(node.tag, ("no text", "非文本"))
                self.problem(
                    node,
                    f"`{what}` must be a text, and {node.value!r} is {en}; put it in quotes",
                    f"`{what}` 须为文本，而 {node.value!r} 是{zh}；请加引号",
                )
            else:
                self.problem(node, f"`{what}` must be a text", f"`{what}` 须为文本")
            return None
        value = value.strip()
        if not value:
            self.problem(node, f"`{what}` is empty", f"`{what}` 为空")
            return None
        if len(value) > most:
            self.problem(
                node,
                f"`{what}` has {len(value)} characters; at most {most} are allowed",
                f"`{what}` 有 {len(value)} 个字符，最多 {most} 个",
            )
            return None
        return value

    def integer(self, node: Node, what: str) -> int | None:
        value = self.value(node, what)
        if isinstance(value, int):
            return value
        if value is not None:
            self.problem(node, f"`{what}` must be a whole number", f"`{what}` 须为整数")
        return None

    def value(self, node: Node, what: str) -> str | int | list[str] | None:
        """A text, a whole number or a list of texts; else a problem, and None."""
        if isinstance(node, SequenceNode):
            texts = [
                self.text(entry, f"{what}[{i}]", most=200) for i, entry in enumerate(node.value)
            ]
            return [text for text in texts if text is not None]
        if isinstance(node, ScalarNode):
            if node.tag == "tag:yaml.org,2002:str":
                if _HALF.search(node.value):
                    self.problem(
                        node,
                        f"`{what}` holds half of a surrogate pair",
                        f"`{what}` 含有不成对的代理字符",
                    )
                    return None
                return str(node.value)
            if node.tag == "tag:yaml.org,2002:int" and re.fullmatch(r"-?\d{1,9}", node.value):
                return int(node.value)
            en, zh = _KINDS.get(node.tag, ("of a kind that is not allowed", "不允许的类型"))
            self.problem(
                node,
                f"`{what}`: {node.value!r} is {en}; put texts in quotes",
                f"`{what}`：{node.value!r} 是{zh}；文本请加引号",
            )
            return None
        self.problem(
            node,
            f"`{what}` must be a text, a whole number or a list of texts",
            f"`{what}` 须为文本、整数或文本列表",
        )
        return None

    # --- reading --------------------------------------------------------------------------------

    def _key(self, key: Node) -> str | None:
        if isinstance(key, ScalarNode) and key.tag == "tag:yaml.org,2002:str":
            return str(key.value)
        self.problem(key, "a key must be a text", "键须为文本")
        return None

    def _compose(self, text: str) -> Node | None:
        if len(text) > MOST_CHARACTERS:
            self.problem(
                0,
                f"has {len(text)} characters; at most {MOST_CHARACTERS} are allowed",
                f"有 {len(text)} 个字符，最多 {MOST_CHARACTERS} 个",
            )
            return None
        text = _as_yaml(text.removeprefix("\ufeff"))
        try:
            node: Node | None = yaml.compose(text, Loader=_StrictLoader)
        except _Refused as error:
            self.problem(error.line, error.en, error.zh)
            return None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, int(error.position)) + 1
            self.problem(
                line,
                f"the character U+{int(error.character):04X} may not stand in YAML",
                f"YAML 中不允许字符 U+{int(error.character):04X}",
            )
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(filter(None, (error.context, error.problem)))
            line = mark.line + 1 if mark is not None else 0
            self.problem(line, f"this is no YAML: {what}", f"不是合法的 YAML：{what}")
            return None
        except (yaml.YAMLError, ValueError) as error:
            self.problem(0, f"this is no YAML: {error}", f"不是合法的 YAML：{error}")
            return None
        if node is None:
            self.problem(0, "is empty", "内容为空")
        return node


class _Refused(Exception):
    """Something that YAML allows and a template may not hold."""

    def __init__(self, event: yaml.Event, en: str, zh: str) -> None:
        super().__init__(en)
        self.line = event.start_mark.line + 1 if event.start_mark is not None else 0
        self.en = en
        self.zh = zh


class _StrictLoader(yaml.SafeLoader):
    """Refuses before it builds."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(
                event,
                "anchors (&) and aliases (*) are not allowed; quote texts that begin so",
                "不允许锚点（&）和别名（*）；以它们开头的文本请加引号",
            )
        if tag := getattr(event, "tag", None):
            raise _Refused(event, f"the tag {tag} is not allowed", f"不允许标签 {tag}")
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise _Refused(
                event,
                f"is nested more than {_MOST_DEPTH} levels deep",
                f"嵌套超过 {_MOST_DEPTH} 层",
            )
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def line_of(node: Node) -> int:
    line: int = node.start_mark.line
    return line + 1


def _as_yaml(text: str) -> str:
    """JSON is YAML but for two things: tabs between values, and characters beyond U+FFFF that are
    written as two escapes."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    return _SURROGATES.sub(_joined, text).replace("\t", " ")


def _joined(match: re.Match[str]) -> str:
    pair = bytes.fromhex(match[2] + match[3])
    return match[1] + pair.decode("utf-16-be")


def listed(problems: list[Problem] | tuple[Problem, ...]) -> Mapping[str, str]:
    """All problems as one text in each language, a line each, in the order of the lines."""
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line))
    return {
        "en": "\n".join(problem.text_en() for problem in ordered),
        "zh": "\n".join(problem.text_zh() for problem in ordered),
    }
