"""The second tier: what the grammar could not express is checked, and taken back if it is wrong.

A document that is not complete is checked as well: completed with the least text that would end
it, and only what lies in its finished parts counts. So a wrong value is found when it ends, not
when the whole document does.

To take back is to return to an earlier token with one choice excluded: the last one that the
model made in the offending value. If that does not help, the return goes to the value's
beginning, and then to that of the value around it. Exclusions belong to the text before them, so
other ways remain open; where none is left, the choice before is excluded. So few values that could
stand somewhere are gone through one by one.
"""

import json
from collections.abc import Sequence
from typing import Any

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.json_schema.compile import CompiledSchema, Violation
from qwen_app.decoding.json_schema.reader import Key, Now, Place, frames
from qwen_app.decoding.json_schema.values import same
from qwen_app.errors import NoValidDocument

MOST_REWINDS = 100
"""For one value: a model that has failed so often at a rule will not meet it by chance; each
return costs a fraction of the answer."""
_MOST_WORK = 4
"""Tokens thrown away, as a multiple of the budget, before the answer is given up."""
_LEAST_WORK = 1_000
_MOST_EARLY = 16_000
"""Bytes; a longer document is only checked at its end, since every check reads all of it."""
_LOCAL = frozenset({"format", "pattern"})
"""Keywords that a string alone meets or fails: text before it is certain."""
_MISSING = frozenset({"contains", "minContains"})
"""An array is not begun anew for what may yet come: other items are tried at its end."""
_AT_THE_END = _MISSING | {"uniqueItems"}
"""All before the last item may stay."""
_PATIENCE = 4
"""Returns to one value before the value around it is begun anew."""


class Review:
    """What one answer's tokens were, and which choices are excluded.

    Args:
        compiled: validates documents.
    """

    def __init__(self, compiled: CompiledSchema) -> None:
        self._compiled = compiled
        self._tokens: list[int] = []
        self._free: list[bool] = []  # chosen by the model
        self._ends: list[int] = []  # bytes of the document up to and with each token
        self._data = bytearray()
        self._begun: dict[tuple[Key, ...], int] = {}  # path: token that begins the value
        self._excluded: dict[tuple[int, ...], set[int]] = {}
        self._lengths: set[int] = set()
        self._spent: set[tuple[int, ...]] = set()
        """Texts after which every choice is excluded."""
        self._failures: dict[tuple[Key, ...], int] = {}
        self._thrown = 0
        checked = {entry.keyword for entry in compiled.report.checked}
        self._local = bool(checked) and checked <= _LOCAL
        self.rewinds = 0

    def keep(self, token: int, data: bytes, *, free: bool) -> None:
        """A token joined the answer."""
        self._tokens.append(token)
        self._free.append(free)
        self._data += data
        self._ends.append(len(self._data))

    def begin(self, paths: Sequence[tuple[Key, ...]]) -> None:
        """Values that the last token begins."""
        for path in paths:
            self._begun[path] = len(self._tokens) - 1

    def certain(self, place: Place) -> int:
        """How many tokens from the beginning cannot be taken back any more."""
        if not self._local:
            return 0
        if place.now in (Now.AFTER, Now.END):
            return len(self._tokens)
        return self._begun.get(place.path, len(self._tokens))

    def exclude(self, mask: Bitmask) -> None:
        """Clear what is excluded after the text so far, unless nothing would be left."""
        if len(self._tokens) not in self._lengths:
            return
        text = tuple(self._tokens)
        tokens = self._excluded.get(text)
        if not tokens:
            return
        kept = mask.copy()
        for token in tokens:
            mask[token // 32] &= ~(1 << (token % 32)) & 0xFFFFFFFF
        if not mask.any():
            mask[:] = kept
            self._spent.add(text)

    def go_on_back(self) -> int:
        """How many tokens more to give back, because after the text so far, with which `exclude`
        has just dealt, every choice is excluded."""
        if tuple(self._tokens) not in self._spent or (last := self._last_choice()) is None:
            return 0
        self._exclude(last)
        return self._drop(len(self._tokens) - last)

    def look(self, place: Place, rest: bytes, budget: int, *, done: bool) -> int:
        """Check what is finished.

        Args:
            place: where the document has come to.
            rest: completes the document.
            budget: of the answer, in tokens.
            done: the document is complete.

        Returns:
            How many tokens the answer must give back, mostly 0.

        Raises:
            NoValidDocument: that has happened too often.
        """
        if not done and len(self._data) > _MOST_EARLY:
            return 0
        document = json.loads(bytes(self._data) + rest, strict=False)
        for violation in self._compiled.validate(document):
            path = _path(violation, document)
            if done or _is_finished(path, place):
                return self._return_before(path, violation, budget)
        return 0

    def _return_before(self, path: tuple[Key, ...], violation: Violation, budget: int) -> int:
        failures = self._failures[path] = self._failures.get(path, 0) + 1
        self.rewinds += 1
        last = self._last_choice(self._begun.get(path, 0) if self._local else 0)
        if failures > MOST_REWINDS or last is None:
            raise _given_up(violation)
        self._exclude(last)
        wider = 0 if self._local or violation.keyword in _AT_THE_END else failures // _PATIENCE
        around = path[: max(0, len(path) - wider)]
        # By turns: another end of this value, another value.
        again = failures % 2 == 0 and violation.keyword not in _MISSING
        target = min(last, self._begun.get(around, last)) if again else last
        count = self._drop(len(self._tokens) - target)
        if self._thrown > max(_LEAST_WORK, _MOST_WORK * budget):
            raise _given_up(violation)
        return count

    def _last_choice(self, begin: int = 0) -> int | None:
        """The last token from there on that the model chose, where it has another choice left."""
        for place in range(len(self._tokens) - 1, begin - 1, -1):
            if self._free[place] and (
                place not in self._lengths or tuple(self._tokens[:place]) not in self._spent
            ):
                return place
        return None

    def _exclude(self, place: int) -> None:
        self._excluded.setdefault(tuple(self._tokens[:place]), set()).add(self._tokens[place])
        self._lengths.add(place)

    def _drop(self, count: int) -> int:
        left = len(self._tokens) - count
        del self._tokens[left:], self._free[left:], self._ends[left:]
        del self._data[self._ends[-1] if self._ends else 0 :]
        self._begun = {path: token for path, token in self._begun.items() if token < left}
        self._thrown += count
        return count


def _path(violation: Violation, document: Any) -> tuple[Key, ...]:
    """Where a document is at fault, as keys and indices: of items that repeat others, the first."""
    keys: list[Key] = []
    for part in violation.path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            index = int(name)
            keys.append(index)
            document = document[index] if index < len(document) else None
        else:
            keys.append(name)
            document = document.get(name) if isinstance(document, dict) else None
    if violation.keyword == "uniqueItems" and isinstance(document, list):
        seen: set[str] = set()
        for index, item in enumerate(document):
            if (text := same(item)) in seen:
                return (*keys, index)
            seen.add(text)
    return tuple(keys)


def _is_finished(path: tuple[Key, ...], place: Place) -> bool:
    """Whether the value at a path is written to its end."""
    open_frames = list(frames(place))[::-1]
    for key, frame in zip(path, open_frames, strict=False):
        if frame.is_object:
            if key in frame.written:
                return True
        elif isinstance(key, int) and key < frame.count:
            return True
        if key != frame.at:
            return False
    return False


def _given_up(violation: Violation) -> NoValidDocument:
    where = violation.path or "/"
    return NoValidDocument(
        f"No valid document came about: at {where}, {violation.keyword} was not met after up to "
        f"{MOST_REWINDS} attempts. Simplify this rule, describe it in the prompt, or raise "
        "max_tokens.",
        f"未能生成有效的文档：在 {where} 处多次尝试后仍不满足 {violation.keyword}"
        f"（上限 {MOST_REWINDS} 次）。请简化该规则、在提示词中说明它，或调大 max_tokens。",
        param=violation.keyword,
    )
