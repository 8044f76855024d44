"""A user's own conversations, one JSON object a line.

Either form may stand in a line::

    {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}
    {"prompt": "...", "response": "..."}             and, if wanted, "system": "..."

Questions to measure with have what a right answer contains; of a list, one of its strings::

    {"prompt": "...", "facts": ["15 days", ["Monday", "Mondays"]]}
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from qwen_app.errors import InvalidInput
from qwen_app.messages import Message, Role

T = TypeVar("T")

_MOST_SHOWN = 5


class _BadLineError(Exception):
    """What is wrong with a line, in English and Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


@dataclass(frozen=True, slots=True)
class Numbered:
    """A conversation that ends with an answer, and its line in the file."""

    line: int
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what its answer must contain: of each group at least one string."""

    prompt: str
    facts: tuple[tuple[str, ...], ...]

    def is_answered_by(self, text: str) -> bool:
        """Case and spaces do not matter."""
        flat = _flat(text)
        return all(any(_flat(fact) in flat for fact in group) for group in self.facts)


def read_pairs(path: Path) -> list[Numbered]:
    """Raises:
    InvalidInput: the file cannot be read, is empty, or has lines that are no conversation; the
        error names the first of them by number.
    """
    found = _read(path, _conversation, "conversations", "对话")
    return [Numbered(line, messages) for line, messages in found]


def read_questions(path: Path) -> list[Question]:
    """Raises:
    InvalidInput: as for `read_pairs`.
    """
    return [question for _, question in _read(path, _question, "questions", "问题")]


def _read(path: Path, parse: Callable[[Any], T], en: str, zh: str) -> list[tuple[int, T]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror}.",
            f"无法读取 {path}：{error.strerror}。",
            param="data",
        ) from error
    found: list[tuple[int, T]] = []
    bad: list[tuple[int, _BadLineError]] = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append((number, parse(_json(line))))
        except _BadLineError as error:
            bad.append((number, error))
    if bad:
        shown = bad[:_MOST_SHOWN]
        more = len(bad) - len(shown)
        raise InvalidInput(
            f"{path} has lines that cannot be used:\n"
            + "\n".join(f"  line {number}: {error.en}" for number, error in shown)
            + (f"\n  and {more} more" if more else ""),
            f"{path} 中有无法使用的行：\n"
            + "\n".join(f"  第 {number} 行：{error.zh}" for number, error in shown)
            + (f"\n  另有 {more} 行" if more else ""),
            param="data",
        )
    if not found:
        raise InvalidInput(f"{path} has no {en}.", f"{path} 中没有{zh}。", param="data")
    return found


def _json(line: bytes) -> Any:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _BadLineError("it is not UTF-8", "不是 UTF-8 编码") from error
    except (ValueError, RecursionError) as error:
        raise _BadLineError(f"it is not JSON: {error}", f"不是 JSON：{error}") from error
    if not isinstance(value, dict):
        raise _BadLineError("it is not a JSON object", "不是 JSON 对象")
    return value


def _conversation(value: dict[str, Any]) -> tuple[Message, ...]:
    if "messages" in value:
        _only(value, ("messages",))
        return _messages(value["messages"])
    _only(value, ("prompt", "response", "system"))
    system = (Message("system", _text(value, "system")),) if "system" in value else ()
    asked, answered = _text(value, "prompt"), _text(value, "response")
    return (*system, Message("user", asked), Message("assistant", answered))


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise _BadLineError("“messages” is not a list with messages", "“messages” 不是消息列表")
    found = []
    for one in value:
        if not isinstance(one, dict):
            raise _BadLineError("a message is not a JSON object", "有消息不是 JSON 对象")
        _only(one, ("role", "content"))
        found.append(Message(_role(one.get("role")), _text(one, "content")))
    roles = [message.role for message in found]
    turns = roles[1:] if roles[0] == "system" else roles
    if not turns or turns != (["user", "assistant"] * len(turns))[: len(turns)] or len(turns) % 2:
        raise _BadLineError(
            "the roles must be user and assistant by turns, ending with assistant, after a "
            "system message at most",
            "角色应为 user 与 assistant 交替并以 assistant 结束，开头最多有一条 system",
        )
    return tuple(found)


def _role(value: Any) -> Role:
    roles: tuple[Role, ...] = ("system", "user", "assistant")
    for role in roles:
        if value == role:
            return role
    raise _BadLineError(
        f"the role {value!r} is none of system, user and assistant",
        f"角色 {value!r} 不是 system、user、assistant 之一",
    )


def _question(value: dict[str, Any]) -> Question:
    _only(value, ("prompt", "facts"))
    facts = value.get("facts")
    groups = [[one] if isinstance(one, str) else one for one in facts or ()]
    if not isinstance(facts, list) or not groups or not all(map(_is_group, groups)):
        raise _BadLineError(
            "“facts” must be a list of strings, or of lists of strings of which one must occur",
            "“facts” 应为字符串列表，或若干“出现其一即可”的字符串列表",
        )
    return Question(_text(value, "prompt"), tuple(tuple(group) for group in groups))


def _is_group(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, str) and bool(one.strip()) for one in value)
    )


def _only(value: dict[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(value.keys() - set(known))
    if unknown:
        names = ", ".join(known)
        raise _BadLineError(
            f"unknown key {unknown[0]!r}; there are {names}",
            f"未知的键 {unknown[0]!r}；可用的有 {names}",
        )


def _text(value: dict[str, Any], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str) or not text.strip():
        raise _BadLineError(
            f"“{key}” is missing, empty or no text", f"“{key}” 缺失、为空或不是文本"
        )
    return text


def _flat(text: str) -> str:
    return "".join(text.lower().split())
