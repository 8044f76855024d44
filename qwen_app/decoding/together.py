"""Several constraints on one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from qwen_app.messages import ConstraintSpec


@dataclass(frozen=True, slots=True)
class Together(ConstraintSpec):
    """The answer obeys all of these; where they disagree, the first has the last word."""

    specs: tuple[ConstraintSpec, ...]

    @classmethod
    def of(cls, specs: Sequence[ConstraintSpec]) -> ConstraintSpec | None:
        """Of any number: none is no constraint, and one needs no company."""
        if len(specs) < 2:
            return specs[0] if specs else None
        return cls(tuple(specs))
