"""JSON pointers (RFC 6901)."""

from collections.abc import Iterator
from typing import Any


def step(token: str | int) -> str:
    """One step of a pointer, its slash included."""
    return "/" + str(token).replace("~", "~0").replace("/", "~1")


def pointer(*tokens: str | int) -> str:
    """A pointer from the root; ``""`` is the root itself."""
    return "".join(map(step, tokens))


def places(value: Any) -> dict[int, str]:
    """The pointer of every object in a JSON value, by the object's id."""
    found: dict[int, str] = {}
    open_ = [("", value)]
    while open_:
        path, item = open_.pop()
        if isinstance(item, dict):
            found[id(item)] = path
            open_ += [(path + pointer(key), part) for key, part in item.items()]
        elif isinstance(item, list):
            open_ += [(path + pointer(i), part) for i, part in enumerate(item)]
    return found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, itself included."""
    open_ = [value]
    while open_:
        item = open_.pop()
        if isinstance(item, dict):
            yield item
            open_ += item.values()
        elif isinstance(item, list):
            open_ += item


def exists(value: Any, path: str) -> bool:
    """Whether a pointer leads somewhere in a JSON value."""
    for token in path.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return False
    return True
