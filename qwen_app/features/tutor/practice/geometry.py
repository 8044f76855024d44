"""Perimeters, areas, volumes, angles and right triangles."""

import random
from collections.abc import Callable
from fractions import Fraction

from qwen_app.features.tutor.practice.problem import Level, Problem, Step, Words, same
from qwen_app.features.tutor.practice.writing import decimal

UNITS = ("cm", "cm", "cm", "m", "m", "dm", "mm", "km")
_ZH_UNITS = {"cm": "厘米", "m": "米", "dm": "分米", "mm": "毫米", "km": "千米"}
_ZH_SHARE = 0.3

RATIOS = (2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 9)


def rectangle_ratio(rng: random.Random) -> Problem:
    """The length is k times the width; the perimeter is known, the area is asked."""
    k = rng.choice(RATIOS)
    width = rng.randint(1, 15) if rng.random() < 0.85 else rng.randint(16, 40)
    return solve_rectangle_ratio(k, 2 * (k + 1) * width, unit(rng))


def solve_rectangle_ratio(k: int, perimeter: int, unit: Words) -> Problem:
    parts = 2 * (k + 1)
    width = perimeter // parts
    length = k * width
    area = square(unit)
    return Problem(
        "geometry",
        "rectangle_ratio",
        2,
        Words(
            f"一个长方形的长是宽的 {k} 倍，周长是 {perimeter} {unit.zh}，求它的面积。",
            f"The length of a rectangle is {k} times its width and its perimeter is "
            f"{perimeter} {unit.en}. Find its area.",
        ),
        Words(f"{length * width} {area.zh}", f"{length * width} {area.en}"),
        (
            Step(
                Words(f"设宽为 x，则长为 {k}x", f"Let the width be x, so the length is {k}x"),
                why=Words(f"长是宽的 {k} 倍", f"the length is {k} times the width"),
            ),
            Step(
                Words("列方程", "Write the equation"),
                same(f"2(x + {k}x) = {perimeter}"),
                Words("周长 = 2 × (长 + 宽)", "perimeter = 2 × (length + width)"),
            ),
            Step(
                Words("合并同类项", "Combine like terms"),
                Words(
                    f"2 × (1 + {k}) = {parts}，所以 {parts}x = {perimeter}",
                    f"2 × (1 + {k}) = {parts}, so {parts}x = {perimeter}",
                ),
                Words(f"x + {k}x 是 1 + {k} 个 x", f"x + {k}x is 1 + {k} times x"),
            ),
            Step(
                Words("求宽", "Find the width"),
                same(f"x = {perimeter} ÷ {parts} = {width}"),
                Words(f"两边同时除以 {parts}", f"divide both sides by {parts}"),
            ),
            Step(
                Words("求长", "Find the length"),
                same(f"{k} × {width} = {length}"),
                Words(f"长是宽的 {k} 倍", f"it is {k} times the width"),
            ),
            Step(
                Words("求面积", "Find the area"),
                same(f"{length} × {width} = {length * width}"),
                Words("面积 = 长 × 宽", "area = length × width"),
            ),
        ),
        Words(
            f"周长 2 × ({length} + {width}) = {perimeter}",
            f"perimeter 2 × ({length} + {width}) = {perimeter}",
        ),
        slots={"k": str(k), "p": str(perimeter), "u": unit},
    )


def rectangle_difference(rng: random.Random) -> Problem:
    """The length is d more than the width; the perimeter is known, the area is asked."""
    d, width, u = rng.randint(1, 12), rng.randint(1, 20), unit(rng)
    length = width + d
    perimeter = 2 * (length + width)
    half, rest = length + width, 2 * width
    area = square(u)
    return Problem(
        "geometry",
        "rectangle_difference",
        2,
        Words(
            f"一个长方形的长比宽多 {d} {u.zh}，周长是 {perimeter} {u.zh}，求它的面积。",
            f"A rectangle is {d} {u.en} longer than it is wide, and its perimeter is "
            f"{perimeter} {u.en}. Find its area.",
        ),
        Words(f"{length * width} {area.zh}", f"{length * width} {area.en}"),
        (
            Step(
                Words(f"设宽为 x，则长为 x + {d}", f"Let the width be x, so the length is x + {d}"),
                why=Words(f"长比宽多 {d}", f"the length is {d} more than the width"),
            ),
            Step(
                Words("长与宽的和", "Length and width together"),
                same(f"{perimeter} ÷ 2 = {half}"),
                Words("周长 = 2 × (长 + 宽)", "perimeter = 2 × (length + width)"),
            ),
            Step(
                Words("列方程", "Write the equation"),
                same(f"x + x + {d} = {half}"),
                Words("长 + 宽 = 周长的一半", "length + width = half the perimeter"),
            ),
            Step(
                Words(f"两边同时减去 {d}", f"Subtract {d} from both sides"),
                same(f"2x = {half} - {d} = {rest}"),
                Words("只留下含 x 的项", "only the terms with x stay"),
            ),
            Step(
                Words("求宽", "Find the width"),
                same(f"x = {rest} ÷ 2 = {width}"),
                Words("两边同时除以 2", "divide both sides by 2"),
            ),
            Step(
                Words("求长", "Find the length"),
                same(f"{width} + {d} = {length}"),
                Words(f"长比宽多 {d}", f"it is {d} more than the width"),
            ),
            Step(
                Words("求面积", "Find the area"),
                same(f"{length} × {width} = {length * width}"),
                Words("面积 = 长 × 宽", "area = length × width"),
            ),
        ),
        Words(
            f"周长 2 × ({length} + {width}) = {perimeter}",
            f"perimeter 2 × ({length} + {width}) = {perimeter}",
        ),
        slots={"d": str(d), "p": str(perimeter), "u": u},
    )


def rectangle_sides(rng: random.Random) -> Problem:
    """Both sides are known; the perimeter or the area is asked."""
    width = rng.randint(2, 30)
    length = width + rng.randint(1, 20)
    u = unit(rng)
    slots = {"a": str(length), "b": str(width), "u": u}
    given = Words(
        f"一个长方形长 {length} {u.zh}，宽 {width} {u.zh}",
        f"A rectangle is {length} {u.en} long and {width} {u.en} wide",
    )
    if rng.random() < 0.5:
        return _formula(
            "rectangle_area",
            1,
            given,
            Words("它的面积是多少？", "What is its area?"),
            Words("面积 = 长 × 宽", "area = length × width"),
            f"{length} × {width} = {length * width}",
            Fraction(length * width),
            square(u),
            slots,
        )
    return _formula(
        "rectangle_perimeter",
        1,
        given,
        Words("它的周长是多少？", "What is its perimeter?"),
        Words("周长 = 2 × (长 + 宽)", "perimeter = 2 × (length + width)"),
        f"2 × ({length} + {width}) = {2 * (length + width)}",
        Fraction(2 * (length + width)),
        u,
        slots,
    )


def square_sides(rng: random.Random) -> Problem:
    """The side is known; the area or the perimeter is asked."""
    side, u = rng.randint(2, 40), unit(rng)
    given = Words(f"一个正方形的边长是 {side} {u.zh}", f"A square has a side of {side} {u.en}")
    slots: dict[str, str | Words] = {"a": str(side), "u": u}
    if rng.random() < 0.5:
        return _formula(
            "square_area",
            1,
            given,
            Words("它的面积是多少？", "What is its area?"),
            Words("面积 = 边长 × 边长", "area = side × side"),
            f"{side} × {side} = {side * side}",
            Fraction(side * side),
            square(u),
            slots,
        )
    return _formula(
        "square_perimeter",
        1,
        given,
        Words("它的周长是多少？", "What is its perimeter?"),
        Words("周长 = 4 × 边长", "perimeter = 4 × side"),
        f"4 × {side} = {4 * side}",
        Fraction(4 * side),
        u,
        slots,
    )


def square_from_perimeter(rng: random.Random) -> Problem:
    """The perimeter is known, the area is asked."""
    side, u = rng.randint(2, 40), unit(rng)
    area = square(u)
    return Problem(
        "geometry",
        "square_from_perimeter",
        2,
        Words(
            f"一个正方形的周长是 {4 * side} {u.zh}，求它的面积。",
            f"The perimeter of a square is {4 * side} {u.en}. Find its area.",
        ),
        Words(f"{side * side} {area.zh}", f"{side * side} {area.en}"),
        (
            Step(
                Words("求边长", "Find the side"),
                same(f"{4 * side} ÷ 4 = {side}"),
                Words("正方形四条边相等", "the four sides of a square are equal"),
            ),
            Step(
                Words("求面积", "Find the area"),
                same(f"{side} × {side} = {side * side}"),
                Words("面积 = 边长 × 边长", "area = side × side"),
            ),
        ),
        Words(f"周长 4 × {side} = {4 * side}", f"perimeter 4 × {side} = {4 * side}"),
        slots={"p": str(4 * side), "u": u},
    )


def triangle(rng: random.Random) -> Problem:
    base, height, u = rng.randint(2, 30), rng.randint(2, 30), unit(rng)
    area = Fraction(base * height, 2)
    return _formula(
        "triangle_area",
        1,
        Words(
            f"一个三角形的底是 {base} {u.zh}，高是 {height} {u.zh}",
            f"A triangle has a base of {base} {u.en} and a height of {height} {u.en}",
        ),
        Words("它的面积是多少？", "What is its area?"),
        Words("面积 = 底 × 高 ÷ 2", "area = base × height ÷ 2"),
        f"{base} × {height} ÷ 2 = {decimal(area)}",
        area,
        square(u),
        {"a": str(base), "h": str(height), "u": u},
    )


def trapezoid(rng: random.Random) -> Problem:
    top, height, u = rng.randint(2, 15), rng.randint(2, 20), unit(rng)
    bottom = top + rng.randint(1, 15)
    total = top + bottom
    area = Fraction(total * height, 2)
    shown = square(u)
    return Problem(
        "geometry",
        "trapezoid_area",
        2,
        Words(
            f"一个梯形的上底是 {top} {u.zh}，下底是 {bottom} {u.zh}，高是 {height} {u.zh}，"
            "求它的面积。",
            f"A trapezoid has parallel sides of {top} {u.en} and {bottom} {u.en} and a height of "
            f"{height} {u.en}. Find its area.",
        ),
        Words(f"{decimal(area)} {shown.zh}", f"{decimal(area)} {shown.en}"),
        (
            Step(
                Words("上底与下底的和", "Add the parallel sides"),
                same(f"{top} + {bottom} = {total}"),
                Words("梯形面积用到两底之和", "the area needs their sum"),
            ),
            Step(
                Words("求面积", "Find the area"),
                same(f"{total} × {height} ÷ 2 = {decimal(area)}"),
                Words("面积 = (上底 + 下底) × 高 ÷ 2", "area = sum of the sides × height ÷ 2"),
            ),
        ),
        slots={"a": str(top), "b": str(bottom), "h": str(height), "u": u},
    )


def circle(rng: random.Random) -> Problem:
    """π is taken as 3.14, as the text says."""
    radius, u = rng.randint(1, 20), unit(rng)
    pi = Fraction(314, 100)
    given = Words(
        f"一个圆的半径是 {radius} {u.zh}（π 取 3.14）",
        f"A circle has a radius of {radius} {u.en} (take π as 3.14)",
    )
    slots = {"r": str(radius), "u": u}
    if rng.random() < 0.5:
        around = 2 * pi * radius
        return _formula(
            "circle_circumference",
            2,
            given,
            Words("它的周长是多少？", "What is its circumference?"),
            Words("周长 = 2 × π × 半径", "circumference = 2 × π × radius"),
            f"2 × 3.14 × {radius} = {decimal(around)}",
            around,
            u,
            slots,
        )
    area = pi * radius**2
    return _formula(
        "circle_area",
        2,
        given,
        Words("它的面积是多少？", "What is its area?"),
        Words("面积 = π × 半径 × 半径", "area = π × radius × radius"),
        f"3.14 × {radius} × {radius} = {decimal(area)}",
        area,
        square(u),
        slots,
    )


def cuboid(rng: random.Random) -> Problem:
    a, b, h, u = rng.randint(2, 20), rng.randint(2, 15), rng.randint(2, 12), unit(rng)
    return _formula(
        "cuboid_volume",
        2,
        Words(
            f"一个长方体长 {a} {u.zh}，宽 {b} {u.zh}，高 {h} {u.zh}",
            f"A box is {a} {u.en} long, {b} {u.en} wide and {h} {u.en} high",
        ),
        Words("它的体积是多少？", "What is its volume?"),
        Words("体积 = 长 × 宽 × 高", "volume = length × width × height"),
        f"{a} × {b} × {h} = {a * b * h}",
        Fraction(a * b * h),
        cube(u),
        {"a": str(a), "b": str(b), "h": str(h), "u": u},
    )


def angles(rng: random.Random) -> Problem:
    a, b = rng.randint(20, 80), rng.randint(20, 90)
    return _formula(
        "triangle_angle",
        1,
        Words(
            f"三角形的两个内角分别是 {a}° 和 {b}°",
            f"Two angles of a triangle are {a}° and {b}°",
        ),
        Words("第三个角是多少度？", "How large is the third angle?"),
        Words("三角形内角和是 180°", "the angles of a triangle add up to 180°"),
        f"180 - {a} - {b} = {180 - a - b}",
        Fraction(180 - a - b),
        same("°"),
        {"a": str(a), "b": str(b)},
    )


_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))


def right_triangle(rng: random.Random) -> Problem:
    a, b, c = rng.choice(_TRIPLES)
    scale = rng.randint(1, 6)
    a, b, c = a * scale, b * scale, c * scale
    if rng.random() < 0.5:
        a, b = b, a
    u = unit(rng)
    return Problem(
        "geometry",
        "right_triangle",
        3,
        Words(
            f"直角三角形的两条直角边分别是 {a} {u.zh} 和 {b} {u.zh}，求斜边。",
            f"The legs of a right triangle are {a} {u.en} and {b} {u.en}. Find the hypotenuse.",
        ),
        Words(f"{c} {u.zh}", f"{c} {u.en}"),
        (
            Step(
                Words("两条直角边的平方和", "Add the squares of the legs"),
                same(f"{a}² + {b}² = {c * c}"),
                Words("勾股定理", "Pythagoras' theorem"),
            ),
            Step(
                Words("开平方", "Take the square root"),
                same(f"√{c * c} = {c}"),
                Words("斜边是平方和的算术平方根", "the hypotenuse is the root of the sum"),
            ),
        ),
        same(f"{c}² = {c * c}"),
        slots={"a": str(a), "b": str(b), "u": u},
    )


def path_around(rng: random.Random) -> Problem:
    """A frame: the area between two rectangles."""
    inner_a, inner_b = rng.randint(6, 30), rng.randint(4, 20)
    w, u = rng.randint(1, 3), same(rng.choice(("m", "m", "cm")))
    outer_a, outer_b = inner_a + 2 * w, inner_b + 2 * w
    outer, inner = outer_a * outer_b, inner_a * inner_b
    area = square(u)
    return Problem(
        "geometry",
        "path_around",
        3,
        Words(
            f"一块长 {inner_a} {u.zh}、宽 {inner_b} {u.zh} 的长方形草地，四周有一条宽 {w} {u.zh} "
            "的小路，求小路的面积。",
            f"A lawn of {inner_a} {u.en} by {inner_b} {u.en} has a path {w} {u.en} wide all around "
            "it. Find the area of the path.",
        ),
        Words(f"{outer - inner} {area.zh}", f"{outer - inner} {area.en}"),
        (
            Step(
                Words("外面的长", "Length with the path"),
                same(f"{inner_a} + 2 × {w} = {outer_a}"),
                Words("两头各多一个路宽", "the path adds its width at both ends"),
            ),
            Step(
                Words("外面的宽", "Width with the path"),
                same(f"{inner_b} + 2 × {w} = {outer_b}"),
                Words("两边各多一个路宽", "the path adds its width on both sides"),
            ),
            Step(
                Words("外面的面积", "Area with the path"),
                same(f"{outer_a} × {outer_b} = {outer}"),
                Words("面积 = 长 × 宽", "area = length × width"),
            ),
            Step(
                Words("草地的面积", "Area of the lawn"),
                same(f"{inner_a} × {inner_b} = {inner}"),
                Words("面积 = 长 × 宽", "area = length × width"),
            ),
            Step(
                Words("小路的面积", "Area of the path"),
                same(f"{outer} - {inner} = {outer - inner}"),
                Words("从总面积中减去草地", "the lawn is taken away from the whole"),
            ),
        ),
        slots={"a": str(inner_a), "b": str(inner_b), "w": str(w), "u": u},
    )


def unit(rng: random.Random) -> Words:
    en = rng.choice(UNITS)
    return Words(_ZH_UNITS[en] if rng.random() < _ZH_SHARE else en, en)


def square(unit: Words) -> Words:
    """The unit of an area."""
    zh = f"平方{unit.zh}" if unit.zh in _ZH_UNITS.values() else f"{unit.zh}²"
    return Words(zh, f"{unit.en}²")


def cube(unit: Words) -> Words:
    """The unit of a volume."""
    zh = f"立方{unit.zh}" if unit.zh in _ZH_UNITS.values() else f"{unit.zh}³"
    return Words(zh, f"{unit.en}³")


def _formula(
    kind: str,
    level: Level,
    given: Words,
    asked: Words,
    rule: Words,
    work: str,
    value: Fraction,
    unit: Words,
    slots: dict[str, str | Words],
) -> Problem:
    """One formula, one line."""
    space = "" if unit.en == "°" else " "
    return Problem(
        "geometry",
        kind,
        level,
        Words(f"{given.zh}，{asked.zh}", f"{given.en}. {asked.en}"),
        Words(f"{decimal(value)}{space}{unit.zh}", f"{decimal(value)}{space}{unit.en}"),
        (
            Step(Words("公式", "Formula"), rule),
            Step(
                Words("代入数字", "Put the numbers in"),
                same(work),
                Words("题目给出了这些数", "the problem gives these numbers"),
            ),
        ),
        slots=slots,
    )


KINDS: dict[Level, tuple[Callable[[random.Random], Problem], ...]] = {
    1: (rectangle_sides, square_sides, triangle, angles),
    2: (rectangle_ratio, rectangle_difference, square_from_perimeter, trapezoid, circle, cuboid),
    3: (right_triangle, path_around),
}
