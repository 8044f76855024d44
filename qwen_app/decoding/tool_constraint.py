"""The live constraint of an answer that may call functions.

Once the marker of a call stands there, everything up to the call's end is constrained: a name
among those that were offered, then a JSON document under that function's schema. A call is begun
only where there is room to complete it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from qwen_app.decoding.constraint import Bitmask, Constraint, Supervisor, start
from qwen_app.decoding.json_schema.constraint import JsonConstraint, start_json
from qwen_app.decoding.json_schema.program import Program, Programs
from qwen_app.decoding.marker import Marker
from qwen_app.decoding.tools import CLOSE, MOST_CALLS, OPEN, ToolCalls
from qwen_app.errors import GenerationFailed, InvalidConstraint
from qwen_app.text.tokenizer import Tokenizer

_NO_LIMIT: Final = 1_000_000_000
_MOST_SECONDS: Final = 5.0
"""Of work on the schemas of one answer's functions, each of which has limits of its own."""


@dataclass(frozen=True, slots=True)
class _Path:
    """Tokens that may come next, all of them, and what is then."""

    tokens: tuple[int, ...]
    then: Callable[[], None]


class ToolConstraint:
    """Implements `qwen_app.decoding.constraint.Supervisor`.

    At every moment one of three has the word: free text; a set of paths, each a sequence of
    tokens, of which no one is the beginning of another; or the constraint of a document.

    Args:
        programs: of the functions, in their order.
    """

    def __init__(self, spec: ToolCalls, programs: Sequence[Program], tokenizer: Tokenizer) -> None:
        self._spec = spec
        self._tokenizer = tokenizer
        self._marker = tokenizer.derive(Marker)
        self._programs = programs
        self._tail = tuple(tokenizer.encode_exactly("}\n" + CLOSE))
        self._known_beginnings: dict[str, list[tuple[int, ...]]] = {}
        self._least_call = self._least("")
        self._budget = _NO_LIMIT
        self._used = 0
        self._calls = 0
        self._matched = 0
        """Bytes of the marker at the end of the text."""
        self._paths: list[_Path] = []
        self._at = 0
        """Tokens of the paths that are behind."""
        self._document: Supervisor | None = None
        self._used_before = 0
        """Tokens before the document."""
        self._in_call = False
        self._past_rewinds = 0
        self._ended = False
        if spec.answer is not None:
            self._document = start_json(spec.answer, tokenizer)
        if spec.required or spec.answer is not None:
            self._paths = self._calls_from(OPEN)

    # --- the protocol ---------------------------------------------------------------------------

    def limit(self, tokens: int) -> None:
        self._budget = tokens
        if self._document is not None:
            self._document.limit(tokens)
        if self._paths:
            self._paths = self._calls_from(OPEN)
            if self._spec.required and not self._paths:
                least = self._least(OPEN)
                raise InvalidConstraint(
                    f"max_tokens leaves room for {tokens} tokens, and the shortest call of a "
                    f"tool needs {least}. Raise max_tokens, or shorten the prompt.",
                    f"max_tokens 只留下 {tokens} 个 token，而最短的工具调用需要 {least} 个。"
                    "请调大 max_tokens，或缩短提示词。",
                    param="max_tokens",
                )

    def forced(self) -> Sequence[int]:
        if self._document is not None:
            return () if self._paths else self._document.forced()
        if len(self._paths) == 1:
            return self._paths[0].tokens[self._at :]
        forced = []
        for column in zip(*(path.tokens[self._at :] for path in self._paths), strict=False):
            if len(set(column)) > 1:
                break
            forced.append(column[0])
        return forced

    def fill_mask(self, mask: Bitmask) -> bool:
        if self._document is not None:
            self._document.fill_mask(mask)
        elif self._paths or self._ended:
            mask[:] = 0
        else:
            return self._marker.fill(mask, self._matched, may_complete=self._has_room())
        for path in self._paths:
            token = path.tokens[self._at]
            mask[token // 32] |= np.uint32(1 << token % 32)
        return True

    def turns_down(self, token_id: int) -> bool:
        if self._document is None or self._on_path(token_id):
            return False
        return self._document.turns_down(token_id)

    def accept(self, token_id: int) -> None:
        self._used += 1
        if self._paths and (self._document is None or self._on_path(token_id)):
            self._document = None
            self._follow(token_id)
        elif self._document is not None:
            self._paths = []
            self._document.accept(token_id)
        elif self._ended:
            raise _not_allowed(token_id)
        else:
            self._read(token_id)

    def take_back(self) -> int:
        if self._document is None:
            return 0
        count = self._document.take_back()
        self._used -= count
        if self._in_call and not count and self._document.done:
            self._past_rewinds += self._document.rewinds
            self._document = None
            self._paths, self._at = [_Path(self._tail, self._end_call)], 0
        return count

    @property
    def certain(self) -> int:
        if self._document is None:
            return self._used
        return self._used_before + self._document.certain

    @property
    def rewinds(self) -> int:
        now = self._document.rewinds if self._document is not None else 0
        return self._past_rewinds + now

    @property
    def done(self) -> bool:
        if self._document is not None and not self._in_call:
            return self._document.done
        return self._ended

    # --- moving ---------------------------------------------------------------------------------

    def _read(self, token_id: int) -> None:
        """Free text goes on."""
        data = self._tokenizer.token_bytes(token_id)
        self._matched, complete = self._marker.read(self._matched, data)
        if complete is None:
            return
        self._paths, self._at = self._calls_from(""), 0
        if complete < len(data) or not self._paths:
            raise _not_allowed(token_id)

    def _follow(self, token_id: int) -> None:
        self._paths = [path for path in self._paths if path.tokens[self._at] == token_id]
        if not self._paths:
            raise _not_allowed(token_id)
        self._at += 1
        if len(self._paths[0].tokens) == self._at:
            path = self._paths[0]
            self._paths, self._at = [], 0
            path.then()

    def _on_path(self, token_id: int) -> bool:
        return any(path.tokens[self._at] == token_id for path in self._paths)

    def _begin_arguments(self, place: int) -> None:
        document = JsonConstraint(self._programs[place])
        document.limit(self._budget - self._used - len(self._tail))
        self._document, self._used_before, self._in_call = document, self._used, True

    def _end_call(self) -> None:
        self._in_call = False
        self._calls += 1
        if self._spec.parallel and self._calls < MOST_CALLS:
            self._paths = self._calls_from("\n" + OPEN)
        if not self._paths:
            self._end()
            return
        self._paths += [_Path((eos,), self._end) for eos in self._tokenizer.eos_ids]

    def _end(self) -> None:
        self._ended = True

    # --- room -----------------------------------------------------------------------------------

    def _calls_from(self, before: str) -> list[_Path]:
        """The beginnings of calls, ``before`` first, for which there is room."""
        return [
            _Path(tokens, partial(self._begin_arguments, place))
            for place, tokens in enumerate(self._beginnings(before))
            if self._used + self._cost(place, tokens) <= self._budget
        ]

    def _has_room(self) -> bool:
        """For a call, if the next token completes the marker."""
        return self._used + 1 + self._least_call <= self._budget

    def _least(self, before: str) -> int:
        """Tokens of the shortest call."""
        return min(self._cost(*beginning) for beginning in enumerate(self._beginnings(before)))

    def _cost(self, place: int, tokens: tuple[int, ...]) -> int:
        return len(tokens) + len(self._programs[place].least) + len(self._tail)

    def _beginnings(self, before: str) -> list[tuple[int, ...]]:
        if before not in self._known_beginnings:
            self._known_beginnings[before] = [
                tuple(
                    self._tokenizer.encode_exactly(
                        f'{before}\n{{"name": "{function.name}", "arguments": '
                    )
                )
                for function in self._spec.functions
            ]
        return self._known_beginnings[before]


class TextConstraint:
    """Free text without the marker. Implements `qwen_app.decoding.constraint.Constraint`."""

    done = False

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._marker = tokenizer.derive(Marker)
        self._matched = 0

    def forced(self) -> Sequence[int]:
        return ()

    def fill_mask(self, mask: Bitmask) -> bool:
        return self._marker.fill(mask, self._matched, may_complete=False)

    def accept(self, token_id: int) -> None:
        data = self._tokenizer.token_bytes(token_id)
        self._matched, complete = self._marker.read(self._matched, data)
        if complete is not None:
            raise _not_allowed(token_id)


def _not_allowed(token_id: int) -> GenerationFailed:
    return GenerationFailed(
        f"Token {token_id} is not allowed at this place of a tool call.",
        f"工具调用的此处不允许出现词元 {token_id}。",
    )


@start.register
def _start_tools(spec: ToolCalls, tokenizer: Tokenizer) -> Constraint:
    if not spec.functions:
        return TextConstraint(tokenizer)
    known = tokenizer.derive(Programs)
    programs = []
    began = time.thread_time()
    for place, function in enumerate(spec.functions):
        if time.thread_time() - began > _MOST_SECONDS:
            raise InvalidConstraint(
                "The schemas of the functions are too complex together. Offer fewer functions, or "
                "simplify their parameters.",
                "这些函数的 schema 合起来过于复杂。请减少函数的数量，或简化其参数。",
                param="functions",
            )
        try:
            programs.append(known.get(function.arguments))
        except InvalidConstraint as error:
            raise InvalidConstraint(
                f"The parameters of the function {function.name}: {error.en}",
                f"函数 {function.name} 的参数：{error.zh}",
                param=f"functions[{place}]",
            ) from error
    return ToolConstraint(spec, programs, tokenizer)
