"""Rectangles and squares."""

import random
from fractions import Fraction

from qwen_app.features.tutor.practice.measures import formula, length_unit, square
from qwen_app.features.tutor.practice.problem import Problem, Slip, Step, Words, same, so, step

RATIOS = (2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 9)


def rectangle_ratio(rng: random.Random) -> Problem:
    """The length is k times the width; the perimeter is known, the area is asked."""
    k = rng.choice(RATIOS)
    width = rng.randint(1, 15) if rng.random() < 0.85 else rng.randint(16, 40)
    return solve_rectangle_ratio(k, 2 * (k + 1) * width, length_unit(rng))


def solve_rectangle_ratio(k: int, perimeter: int, unit: Words) -> Problem:
    parts = 2 * (k + 1)
    width = perimeter // parts
    length = k * width
    return Problem(
        topic="geometry",
        kind="rectangle_ratio",
        level=2,
        text=Words(
            f"一个长方形的长是宽的 {k} 倍，周长是 {perimeter} {unit.zh}，求它的面积。",
            f"The length of a rectangle is {k} times its width and its perimeter is "
            f"{perimeter} {unit.en}. Find its area.",
        ),
        answer=square(unit).after(length * width),
        steps=(
            step(
                f"设宽为 x，则长为 {k}x",
                f"Let the width be x, so the length is {k}x",
                "",
                f"长是宽的 {k} 倍",
                f"the length is {k} times the width",
            ),
            step(
                "列方程",
                "Write the equation",
                f"2(x + {k}x) = {perimeter}",
                "周长 = 2 × (长 + 宽)",
                "perimeter = 2 × (length + width)",
            ),
            step(
                "合并同类项",
                "Combine like terms",
                so(f"2 × (1 + {k}) = {parts}", f"{parts}x = {perimeter}"),
                f"x + {k}x 是 1 + {k} 个 x",
                f"x + {k}x is 1 + {k} times x",
            ),
            step(
                "求宽",
                "Find the width",
                f"x = {perimeter} ÷ {parts} = {width}",
                f"两边同时除以 {parts}",
                f"divide both sides by {parts}",
            ),
            step(
                "求长",
                "Find the length",
                f"{k} × {width} = {length}",
                f"长是宽的 {k} 倍",
                f"it is {k} times the width",
            ),
            _area(length, width),
        ),
        check=_perimeter_check(length, width),
        slots={"k": str(k), "p": str(perimeter), "u": unit},
    )


def rectangle_difference(rng: random.Random) -> Problem:
    """The length is d more than the width; the perimeter is known, the area is asked."""
    d, width, unit = rng.randint(1, 12), rng.randint(1, 20), length_unit(rng)
    length = width + d
    half, perimeter, rest = length + width, 2 * (length + width), 2 * width
    return Problem(
        topic="geometry",
        kind="rectangle_difference",
        level=2,
        text=Words(
            f"一个长方形的长比宽多 {d} {unit.zh}，周长是 {perimeter} {unit.zh}，求它的面积。",
            f"A rectangle is {d} {unit.en} longer than it is wide, and its perimeter is "
            f"{perimeter} {unit.en}. Find its area.",
        ),
        answer=square(unit).after(length * width),
        steps=(
            step(
                f"设宽为 x，则长为 x + {d}",
                f"Let the width be x, so the length is x + {d}",
                "",
                f"长比宽多 {d}",
                f"the length is {d} more than the width",
            ),
            step(
                "长与宽的和",
                "Length and width together",
                f"{perimeter} ÷ 2 = {half}",
                "周长 = 2 × (长 + 宽)",
                "perimeter = 2 × (length + width)",
            ),
            step(
                "列方程",
                "Write the equation",
                f"x + x + {d} = {half}",
                "长 + 宽 = 周长的一半",
                "length + width = half the perimeter",
            ),
            step(
                f"两边同时减去 {d}",
                f"Subtract {d} from both sides",
                f"2x = {half} - {d} = {rest}",
                "只留下含 x 的项",
                "only the terms with x stay",
            ),
            step(
                "求宽",
                "Find the width",
                f"x = {rest} ÷ 2 = {width}",
                "两边同时除以 2",
                "divide both sides by 2",
            ),
            step(
                "求长",
                "Find the length",
                f"{width} + {d} = {length}",
                f"长比宽多 {d}",
                f"it is {d} more than the width",
            ),
            _area(length, width),
        ),
        check=_perimeter_check(length, width),
        slots={"d": str(d), "p": str(perimeter), "u": unit},
    )


def rectangle_sides(rng: random.Random) -> Problem:
    """Both sides are known; the perimeter or the area is asked."""
    width = rng.randint(2, 30)
    length = width + rng.randint(1, 20)
    unit = length_unit(rng)
    slots: dict[str, str | Words] = {"a": str(length), "b": str(width), "u": unit}
    given = Words(
        f"一个长方形长 {length} {unit.zh}，宽 {width} {unit.zh}",
        f"A rectangle is {length} {unit.en} long and {width} {unit.en} wide",
    )
    if rng.random() < 0.5:
        return formula(
            "rectangle_area",
            1,
            given,
            Words("它的面积是多少？", "What is its area?"),
            Words("面积 = 长 × 宽", "area = length × width"),
            f"{length} × {width} = {length * width}",
            square(unit).after(length * width),
            slots,
        )
    around = 2 * (length + width)
    return formula(
        "rectangle_perimeter",
        1,
        given,
        Words("它的周长是多少？", "What is its perimeter?"),
        Words("周长 = 2 × (长 + 宽)", "perimeter = 2 × (length + width)"),
        f"2 × ({length} + {width}) = {around}",
        unit.after(around),
        slots,
    )


def rectangle_mixed_units(rng: random.Random) -> Problem:
    """One side in metres, the other in centimetres."""
    metres = Fraction(rng.randint(11, 49), 10)
    centimetres = rng.randint(2, 19) * 5
    long = int(metres * 100)
    shown = f"{long // 100}.{long % 100 // 10}"
    if long % 100 == 0:
        shown = str(long // 100)
    converted = step(
        "统一单位",
        "Use one unit",
        so(f"{shown} × 100 = {long}", f"{shown} m = {long} cm"),
        "1 m = 100 cm",
        "1 m = 100 cm",
        Slip("unit", so(f"{shown} × 10 = {long // 10}", f"{shown} m = {long // 10} cm")),
    )
    return Problem(
        topic="geometry",
        kind="rectangle_mixed_units",
        level=2,
        text=Words(
            f"一个长方形长 {shown} m，宽 {centimetres} cm，面积是多少平方厘米？",
            f"A rectangle is {shown} m long and {centimetres} cm wide. What is its area in cm²?",
        ),
        answer=same(f"{long * centimetres} cm²"),
        steps=(converted, _area(long, centimetres)),
        slots={"a": shown, "b": str(centimetres)},
    )


def square_sides(rng: random.Random) -> Problem:
    """The side is known; the area or the perimeter is asked."""
    side, unit = rng.randint(2, 40), length_unit(rng)
    given = Words(
        f"一个正方形的边长是 {side} {unit.zh}", f"A square has a side of {side} {unit.en}"
    )
    slots: dict[str, str | Words] = {"a": str(side), "u": unit}
    if rng.random() < 0.5:
        return formula(
            "square_area",
            1,
            given,
            Words("它的面积是多少？", "What is its area?"),
            Words("面积 = 边长 × 边长", "area = side × side"),
            f"{side} × {side} = {side * side}",
            square(unit).after(side * side),
            slots,
        )
    return formula(
        "square_perimeter",
        1,
        given,
        Words("它的周长是多少？", "What is its perimeter?"),
        Words("周长 = 4 × 边长", "perimeter = 4 × side"),
        f"4 × {side} = {4 * side}",
        unit.after(4 * side),
        slots,
    )


def square_from_perimeter(rng: random.Random) -> Problem:
    """The perimeter is known, the area is asked."""
    side, unit = rng.randint(2, 40), length_unit(rng)
    around = 4 * side
    return Problem(
        topic="geometry",
        kind="square_from_perimeter",
        level=2,
        text=Words(
            f"一个正方形的周长是 {around} {unit.zh}，求它的面积。",
            f"The perimeter of a square is {around} {unit.en}. Find its area.",
        ),
        answer=square(unit).after(side * side),
        steps=(
            step(
                "求边长",
                "Find the side",
                f"{around} ÷ 4 = {side}",
                "正方形四条边相等",
                "the four sides of a square are equal",
            ),
            step(
                "求面积",
                "Find the area",
                f"{side} × {side} = {side * side}",
                "面积 = 边长 × 边长",
                "area = side × side",
            ),
        ),
        check=Words(f"周长 4 × {side} = {around}", f"perimeter 4 × {side} = {around}"),
        slots={"p": str(around), "u": unit},
    )


def _area(length: int, width: int) -> Step:
    return step(
        "求面积",
        "Find the area",
        f"{length} × {width} = {length * width}",
        "面积 = 长 × 宽",
        "area = length × width",
    )


def _perimeter_check(length: int, width: int) -> Words:
    work = f"2 × ({length} + {width}) = {2 * (length + width)}"
    return Words(f"周长 {work}", f"perimeter {work}")
