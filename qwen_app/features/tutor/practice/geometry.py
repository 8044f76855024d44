"""Problems of geometry by level."""

from qwen_app.features.tutor.practice.problem import Kinds
from qwen_app.features.tutor.practice.rectangles import (
    rectangle_difference,
    rectangle_mixed_units,
    rectangle_ratio,
    rectangle_sides,
    square_from_perimeter,
    square_sides,
)
from qwen_app.features.tutor.practice.shapes import (
    angles,
    circle,
    cuboid,
    diagonal,
    path_around,
    right_triangle,
    trapezoid,
    triangle,
)

KINDS: Kinds = {
    1: (rectangle_sides, square_sides, triangle, angles),
    2: (
        rectangle_ratio,
        rectangle_difference,
        rectangle_mixed_units,
        square_from_perimeter,
        trapezoid,
        circle,
        cuboid,
    ),
    3: (right_triangle, diagonal, path_around),
}
