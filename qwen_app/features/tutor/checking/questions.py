"""What is asked of the process that holds SymPy, and what it answers."""

from dataclasses import dataclass
from typing import Literal

from qwen_app.features.tutor.checking.knowledge import Knowledge
from qwen_app.features.tutor.checking.readings import Part
from qwen_app.features.tutor.reading.tree import Expression, Symbol


@dataclass(frozen=True, slots=True)
class LineQuestion:
    """Judge the parts in turn. The answer is a tuple of a `Judged` each."""

    parts: tuple[Part, ...]
    knowledge: Knowledge


@dataclass(frozen=True, slots=True)
class SolveQuestion:
    """Work out ``target``, or solve what is stated for the letters wanted. The answer is a `Solved`
    or None."""

    known: Knowledge
    target: Expression | None
    kind: Literal["solve", "evaluate", "simplify", "factor", "expand", "find"]
    wanted: tuple[Symbol, ...]
