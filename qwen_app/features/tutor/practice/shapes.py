"""Triangles, trapezoids, circles and boxes."""

import random
from fractions import Fraction

from qwen_app.features.tutor.practice.measures import cube, formula, length_unit, square
from qwen_app.features.tutor.practice.problem import Problem, Slip, Words, same, step
from qwen_app.features.tutor.practice.writing import decimal

_PI = Fraction(314, 100)
_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))


def triangle(rng: random.Random) -> Problem:
    base, height, unit = rng.randint(2, 30), rng.randint(2, 30), length_unit(rng)
    area = decimal(Fraction(base * height, 2))
    return formula(
        "triangle_area",
        1,
        Words(
            f"一个三角形的底是 {base} {unit.zh}，高是 {height} {unit.zh}",
            f"A triangle has a base of {base} {unit.en} and a height of {height} {unit.en}",
        ),
        Words("它的面积是多少？", "What is its area?"),
        Words("面积 = 底 × 高 ÷ 2", "area = base × height ÷ 2"),
        f"{base} × {height} ÷ 2 = {area}",
        square(unit).after(area),
        {"a": str(base), "h": str(height), "u": unit},
    )


def angles(rng: random.Random) -> Problem:
    a, b = rng.randint(20, 80), rng.randint(20, 90)
    third = 180 - a - b
    return formula(
        "triangle_angle",
        1,
        Words(
            f"三角形的两个内角分别是 {a}° 和 {b}°",
            f"Two angles of a triangle are {a}° and {b}°",
        ),
        Words("第三个角是多少度？", "How large is the third angle?"),
        Words("三角形内角和是 180°", "the angles of a triangle add up to 180°"),
        f"180 - {a} - {b} = {third}",
        same(f"{third}°"),
        {"a": str(a), "b": str(b)},
    )


def trapezoid(rng: random.Random) -> Problem:
    top, height, unit = rng.randint(2, 15), rng.randint(2, 20), length_unit(rng)
    bottom = top + rng.randint(1, 15)
    total = top + bottom
    area = decimal(Fraction(total * height, 2))
    return Problem(
        topic="geometry",
        kind="trapezoid_area",
        level=2,
        text=Words(
            f"一个梯形的上底是 {top} {unit.zh}，下底是 {bottom} {unit.zh}，"
            f"高是 {height} {unit.zh}，求它的面积。",
            f"A trapezoid has parallel sides of {top} {unit.en} and {bottom} {unit.en} and a "
            f"height of {height} {unit.en}. Find its area.",
        ),
        answer=square(unit).after(area),
        steps=(
            step(
                "上底与下底的和",
                "Add the parallel sides",
                f"{top} + {bottom} = {total}",
                "梯形面积用到两底之和",
                "the area needs their sum",
            ),
            step(
                "求面积",
                "Find the area",
                f"{total} × {height} ÷ 2 = {area}",
                "面积 = (上底 + 下底) × 高 ÷ 2",
                "area = sum of the sides × height ÷ 2",
            ),
        ),
        slots={"a": str(top), "b": str(bottom), "h": str(height), "u": unit},
    )


def circle(rng: random.Random) -> Problem:
    """π is taken as 3.14, as the text says."""
    radius, unit = rng.randint(1, 20), length_unit(rng)
    given = Words(
        f"一个圆的半径是 {radius} {unit.zh}（π 取 3.14）",
        f"A circle has a radius of {radius} {unit.en} (take π as 3.14)",
    )
    slots: dict[str, str | Words] = {"r": str(radius), "u": unit}
    if rng.random() < 0.5:
        around = decimal(2 * _PI * radius)
        return formula(
            "circle_circumference",
            2,
            given,
            Words("它的周长是多少？", "What is its circumference?"),
            Words("周长 = 2 × π × 半径", "circumference = 2 × π × radius"),
            f"2 × 3.14 × {radius} = {around}",
            unit.after(around),
            slots,
        )
    area = decimal(_PI * radius**2)
    return formula(
        "circle_area",
        2,
        given,
        Words("它的面积是多少？", "What is its area?"),
        Words("面积 = π × 半径 × 半径", "area = π × radius × radius"),
        f"3.14 × {radius} × {radius} = {area}",
        square(unit).after(area),
        slots,
    )


def cuboid(rng: random.Random) -> Problem:
    a, b, h, unit = rng.randint(2, 20), rng.randint(2, 15), rng.randint(2, 12), length_unit(rng)
    return formula(
        "cuboid_volume",
        2,
        Words(
            f"一个长方体长 {a} {unit.zh}，宽 {b} {unit.zh}，高 {h} {unit.zh}",
            f"A box is {a} {unit.en} long, {b} {unit.en} wide and {h} {unit.en} high",
        ),
        Words("它的体积是多少？", "What is its volume?"),
        Words("体积 = 长 × 宽 × 高", "volume = length × width × height"),
        f"{a} × {b} × {h} = {a * b * h}",
        cube(unit).after(a * b * h),
        {"a": str(a), "b": str(b), "h": str(h), "u": unit},
    )


def right_triangle(rng: random.Random) -> Problem:
    a, b, c = rng.choice(_TRIPLES)
    scale, unit = rng.randint(1, 6), length_unit(rng)
    a, b, c = a * scale, b * scale, c * scale
    if rng.random() < 0.5:
        a, b = b, a
    return Problem(
        topic="geometry",
        kind="right_triangle",
        level=3,
        text=Words(
            f"直角三角形的两条直角边分别是 {a} {unit.zh} 和 {b} {unit.zh}，求斜边。",
            f"The legs of a right triangle are {a} {unit.en} and {b} {unit.en}. "
            "Find the hypotenuse.",
        ),
        answer=unit.after(c),
        steps=(
            step(
                "两条直角边的平方和",
                "Add the squares of the legs",
                f"{a}² + {b}² = {c * c}",
                "勾股定理",
                "Pythagoras' theorem",
            ),
            step(
                "开平方",
                "Take the square root",
                f"√{c * c} = {c}",
                "斜边是平方和的算术平方根",
                "the hypotenuse is the root of the sum",
            ),
        ),
        check=same(f"{c}² = {c * c}"),
        slots={"a": str(a), "b": str(b), "u": unit},
    )


def diagonal(rng: random.Random) -> Problem:
    """The diagonal of a rectangle, rounded."""
    a, b, unit = rng.randint(2, 12), rng.randint(2, 12), length_unit(rng)
    total = a * a + b * b
    root = total**0.5
    if root == int(root):
        return diagonal(rng)
    rounded = round(root, 2)
    return Problem(
        topic="geometry",
        kind="diagonal",
        level=3,
        text=Words(
            f"长方形长 {max(a, b)} {unit.zh}，宽 {min(a, b)} {unit.zh}，"
            "求对角线的长（保留两位小数）。",
            f"A rectangle is {max(a, b)} {unit.en} long and {min(a, b)} {unit.en} wide. Find its "
            "diagonal to 2 decimal places.",
        ),
        answer=unit.after(f"{rounded:.2f}"),
        steps=(
            step(
                "两边的平方和",
                "Add the squares of the sides",
                f"{max(a, b)}² + {min(a, b)}² = {total}",
                "勾股定理",
                "Pythagoras' theorem",
            ),
            step(
                "开平方",
                "Take the square root",
                f"√{total} ≈ {rounded:.2f}",
                "对角线是平方和的算术平方根",
                "the diagonal is the root of the sum",
                Slip("rounding", same(f"√{total} ≈ {rounded + 0.02:.2f}")),
            ),
        ),
        slots={"a": str(max(a, b)), "b": str(min(a, b)), "u": unit},
    )


def path_around(rng: random.Random) -> Problem:
    """A frame: the area between two rectangles."""
    a, b, width = rng.randint(6, 30), rng.randint(4, 20), rng.randint(1, 3)
    unit = same(rng.choice(("m", "m", "cm")))
    long, wide = a + 2 * width, b + 2 * width
    outer, inner = long * wide, a * b
    return Problem(
        topic="geometry",
        kind="path_around",
        level=3,
        text=Words(
            f"一块长 {a} {unit.zh}、宽 {b} {unit.zh} 的长方形草地，四周有一条宽 {width} {unit.zh} "
            "的小路，求小路的面积。",
            f"A lawn of {a} {unit.en} by {b} {unit.en} has a path {width} {unit.en} wide all "
            "around it. Find the area of the path.",
        ),
        answer=square(unit).after(outer - inner),
        steps=(
            step(
                "连路的长",
                "Length with the path",
                f"{a} + 2 × {width} = {long}",
                "两头各多一个路宽",
                "the path adds its width at both ends",
            ),
            step(
                "连路的宽",
                "Width with the path",
                f"{b} + 2 × {width} = {wide}",
                "两边各多一个路宽",
                "the path adds its width on both sides",
            ),
            step(
                "连路的面积",
                "Area with the path",
                f"{long} × {wide} = {outer}",
                "面积 = 长 × 宽",
                "area = length × width",
            ),
            step(
                "草地的面积",
                "Area of the lawn",
                f"{a} × {b} = {inner}",
                "面积 = 长 × 宽",
                "area = length × width",
            ),
            step(
                "小路的面积",
                "Area of the path",
                f"{outer} - {inner} = {outer - inner}",
                "从总面积中减去草地",
                "the lawn is taken away from the whole",
            ),
        ),
        slots={"a": str(a), "b": str(b), "w": str(width), "u": unit},
    )
