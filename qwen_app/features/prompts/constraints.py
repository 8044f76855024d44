"""What holds a composition's checks while decoding, and which checks exclude each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.errors import InvalidInput, Language
from qwen_app.features.prompts.checks import Check
from qwen_app.features.prompts.checks.content import Excludes, FirstLine, Json, OneOf
from qwen_app.features.prompts.checks.lengths import Length
from qwen_app.features.prompts.checks.structure import Code, Headings, List, Table
from qwen_app.features.prompts.model import Kind
from qwen_app.messages import ConstraintSpec

_CLOSED: Final = (List, Table, Headings, Code)
"""Formats that would be broken, were they cut off anywhere."""


@dataclass(frozen=True, slots=True)
class Held:
    """The checks that count, and what holds them."""

    checks: Mapping[Kind, tuple[Check, ...]]
    constraint: ConstraintSpec | None


def held(checks: Mapping[Kind, Sequence[Check]], language: Language) -> Held:
    """What a role asks of its answers does not count where a format leaves room for nothing else
    (a Python engineer may be asked for JSON).

    Raises:
        InvalidInput: two of them exclude each other, or one leaves no possible length; ``param``
            is the kind of one.
    """
    whole = next((kind for kind, each in checks.items() if any(c.is_whole for c in each)), None)
    counting = {
        kind: () if whole is not None and kind == "role" != whole else tuple(each)
        for kind, each in checks.items()
    }
    pairs = [(kind, check) for kind, each in counting.items() for check in each]
    _check_bounds(pairs)
    _check_agreement(pairs)
    specs = [spec for _, check in pairs if (spec := check.constraint(language)) is not None]
    guards = [spec for spec in specs if isinstance(spec, LengthGuard)]
    if not guards and any(isinstance(check, _CLOSED) for _, check in pairs):
        # Where max_tokens is used up, rows and blocks are complete all the same.
        guards = [LengthGuard("characters", None, 0, language)]
    rest = [spec for spec in specs if not isinstance(spec, LengthGuard)]
    return Held(counting, Together.of([*guards, *rest]))


def _check_bounds(pairs: Sequence[tuple[Kind, Check]]) -> None:
    for kind, check in pairs:
        least, most = getattr(check, "least", None), getattr(check, "most", None)
        if least is not None and most is not None and least > most:
            raise InvalidInput(
                f"At least {least} and at most {most} leaves nothing to choose.",
                f"至少 {least}、最多 {most}，没有可行的取值。",
                param=kind,
            )


def _check_agreement(pairs: Sequence[tuple[Kind, Check]]) -> None:
    for place, (kind, check) in enumerate(pairs):
        for other_kind, other in pairs[:place]:
            if kind != other_kind and _disagree(check, other):
                if isinstance(check, Length) or isinstance(other, Length):
                    raise _no_length(isinstance(check, Length) and isinstance(other, Length))
                raise InvalidInput(
                    f"The chosen {other_kind} and {kind} exclude each other: one leaves no room"
                    " for the other.",
                    f"所选的 {other_kind} 与 {kind} 相互排斥：其中一个没有给另一个留下空间。",
                    param=other_kind,
                )


def _disagree(one: Check, other: Check) -> bool:
    if isinstance(one, Length) and isinstance(other, Length):
        return True
    for check, beside in ((one, other), (other, one)):
        if isinstance(check, Length):
            return isinstance(beside, Json | OneOf)
        if check.is_whole:
            return not isinstance(beside, Excludes)
    return isinstance(one, FirstLine) and isinstance(other, FirstLine) and one != other


def _no_length(both: bool) -> InvalidInput:
    if both:
        return InvalidInput(
            "Two of the templates limit the length; leave one of them out.",
            "有两个模板都限制了长度，请去掉其中一个。",
            param="length",
        )
    return InvalidInput(
        "A JSON document or a choice cannot be cut to a length: leave out the length, or choose"
        " another format.",
        "JSON 文档或选项无法按长度截断：请去掉长度要求，或换一种格式。",
        param="length",
    )
