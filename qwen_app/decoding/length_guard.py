"""A limit of length that holds while decoding."""

from dataclasses import dataclass

from qwen_app.errors import Language
from qwen_app.messages import ConstraintSpec
from qwen_app.text.counting import Unit


@dataclass(frozen=True, slots=True)
class LengthGuard(ConstraintSpec):
    """The answer has at most ``most`` and at least ``least`` of a unit, and ends with a sentence.

    `qwen_app.text.counting` says what is counted how.
    """

    unit: Unit
    most: int | None = None
    least: int = 0
    language: Language = "zh"
    """Of the rule for characters, and of the full stop that ends what has none."""
