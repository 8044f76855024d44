"""What holds a composition's checks while decoding."""

from collections.abc import Mapping, Sequence

from qwen_app.decoding.length_guard import LengthGuard
from qwen_app.decoding.together import Together
from qwen_app.errors import InvalidInput, Language
from qwen_app.features.prompts.checks import Check
from qwen_app.features.prompts.checks.content import Json, OneOf
from qwen_app.features.prompts.checks.lengths import Length
from qwen_app.features.prompts.model import Kind
from qwen_app.messages import ConstraintSpec


def combined(checks: Mapping[Kind, Sequence[Check]], language: Language) -> ConstraintSpec | None:
    """One constraint for all of them; None if there is nothing that can be held while decoding.

    Raises:
        InvalidInput: two of them exclude each other; ``param`` is the kind of one.
    """
    whole = [(kind, check) for kind, each in checks.items() for check in each if check.is_whole]
    others = [
        (kind, check) for kind, each in checks.items() for check in each if not check.is_whole
    ]
    if len(whole) > 1:
        raise _exclude(whole[0][0], whole[1][0])
    for kind, check in others:
        if not whole or kind == whole[0][0]:
            continue
        if isinstance(check, Length):
            if isinstance(whole[0][1], Json | OneOf):
                raise InvalidInput(
                    "A JSON document or a choice cannot be cut to a length: leave out the length,"
                    " or choose another format.",
                    "JSON 文档或选项无法按长度截断：请去掉长度要求，或换一种格式。",
                    param="length",
                )
        elif kind == "thinking":
            raise _exclude(kind, whole[0][0])
    specs = [
        spec for _, check in (*others, *whole) if (spec := check.constraint(language)) is not None
    ]
    guards = [spec for spec in specs if isinstance(spec, LengthGuard)]
    rest = [spec for spec in specs if not isinstance(spec, LengthGuard)]
    ordered = (*guards, *rest)  # the length has the last word
    return Together.of(ordered)


def _exclude(one: Kind, other: Kind) -> InvalidInput:
    return InvalidInput(
        f"The chosen {one} and {other} exclude each other: one leaves no room for the other.",
        f"所选的 {one} 与 {other} 相互排斥：其中一个没有给另一个留下空间。",
        param=one,
    )
