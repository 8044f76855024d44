"""Word problems by level."""

from qwen_app.features.tutor.practice.problem import Kinds
from qwen_app.features.tutor.practice.stories_equation import (
    ages,
    chickens_and_rabbits,
    meeting,
    sum_and_difference,
    sum_and_multiple,
)
from qwen_app.features.tutor.practice.stories_one import boxes, fewer, more, shares
from qwen_app.features.tutor.practice.stories_two import (
    average,
    boxes_left,
    change,
    journey,
    saving,
    times_as_many,
    two_kinds,
)

KINDS: Kinds = {
    1: (more, fewer, boxes, shares),
    2: (change, two_kinds, boxes_left, times_as_many, saving, journey, average),
    3: (sum_and_multiple, sum_and_difference, ages, chickens_and_rabbits, meeting),
}
