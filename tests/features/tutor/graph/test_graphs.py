"""Pictures: what is drawn of which text, and that nothing is drawn that is not so."""

import json
import math
from dataclasses import asdict
from itertools import pairwise

import pytest

from qwen_app.features.tutor.graph.choose import MOST_GRAPHS, graphs
from qwen_app.features.tutor.graph.shapes import Graph, Mark, NumberLine, Plot
from qwen_app.features.tutor.reading.read import read_line


def drawn(*texts: str) -> tuple[Graph, ...]:
    return graphs([(text, read_line(text)) for text in texts])


def plot(*texts: str) -> Plot:
    (graph,) = drawn(*texts)
    assert isinstance(graph, Plot)
    return graph


def line(text: str) -> NumberLine:
    (graph,) = drawn(text)
    assert isinstance(graph, NumberLine)
    return graph


def texts(marks: tuple[Mark, ...], kind: str) -> list[str]:
    return [mark.text for mark in marks if mark.kind == kind]


def test_a_parabola_has_its_roots_its_intercept_and_its_vertex() -> None:
    for text in ("y = x² - 5x + 6", "f(x) = x^2 - 5x + 6", "x² - 5x + 6 = 0"):
        graph = plot(text)
        assert texts(graph.marks, "root") == ["(2, 0)", "(3, 0)"]
        assert texts(graph.marks, "intercept") == ["(0, 6)"]
        assert texts(graph.marks, "vertex") == ["(2.5, −0.25)"]
        assert len(graph.curves[0].segments) == 1
        assert all(mark.text in graph.en and mark.text in graph.zh for mark in graph.marks)


def test_a_root_that_is_no_fraction_is_marked_as_rounded() -> None:
    assert texts(plot("y = x² - 2").marks, "root") == ["≈ (−1.414, 0)", "≈ (1.414, 0)"]
    assert texts(plot("y = x³ - 3x").marks, "vertex") == ["(−1, 2)", "(1, −2)"]


def test_a_touching_root_is_found_and_a_near_miss_is_not() -> None:
    assert texts(plot("y = (x - 1)²").marks, "root") == ["(1, 0)"]
    assert texts(plot("y = (x - 1)² + 0.001").marks, "root") == []


def test_a_pole_is_not_joined() -> None:
    graph = plot("y = 1/(x - 2)")
    assert graph.asymptotes == (2.0,)
    assert len(graph.curves[0].segments) == 2
    for segment in graph.curves[0].segments:
        assert max(x for x, _ in segment) < 2 or min(x for x, _ in segment) > 2
    assert "x = 2" in graph.en


def test_a_hole_is_a_hole_and_no_pole() -> None:
    graph = plot("y = (x² - 1)/(x - 1)")
    assert graph.asymptotes == ()
    assert [(mark.x, mark.y) for mark in graph.marks if mark.kind == "hole"] == [(1.0, 2.0)]


@pytest.mark.parametrize("text", ["y = tan(x)", "y = floor(x)", "y = |x|/x"])
def test_jumps_are_not_joined(text: str) -> None:
    graph = plot(text)
    tall = graph.y[1] - graph.y[0]
    assert len(graph.curves[0].segments) > 1
    steep = [
        abs(b - d) / (c - a)
        for segment in graph.curves[0].segments
        for (a, b), (c, d) in pairwise(segment)
    ]
    assert max(steep) < 1e4 * tall


def test_a_curve_ends_where_it_is_defined_no_more() -> None:
    graph = plot("y = sqrt(x - 4)")
    x, y = graph.curves[0].segments[0][0]
    assert math.isclose(x, 4, abs_tol=1e-6)
    assert math.isclose(y, 0, abs_tol=1e-3)
    assert graph.x[0] > 3


def test_an_equation_is_two_curves_that_meet_at_its_solutions() -> None:
    graph = plot("x² = 2x + 3")
    assert [curve.label for curve in graph.curves] == ["y = x²", "y = 2x + 3"]
    assert texts(graph.marks, "intersection") == ["(−1, 1)", "(3, 9)"]
    assert len(graph.marks) == 2


def test_two_equations_are_two_lines_that_meet() -> None:
    graph = plot("x + y = 5, x - y = 1")
    assert texts(graph.marks, "intersection") == ["(3, 2)"]
    assert graph.names == ("x", "y")


def test_periodic_functions_show_two_periods() -> None:
    graph = plot("y = sin(x)")
    assert graph.x == (-2 * math.pi, 2 * math.pi)
    assert len(texts(graph.marks, "root")) == 5


@pytest.mark.parametrize(
    ("text", "en"),
    [
        ("2x + 3 < 7", "x < 2"),
        ("-2x ≥ 6", "x ≤ −3"),
        ("3x - 1 > 0", "x > 1/3"),
        ("-1 < 2x + 1 ≤ 5", "−1 < x ≤ 2"),
        ("x² - 5x + 6 ≥ 0", "x ≤ 2 or x ≥ 3"),
        ("x² - 5x + 6 < 0", "2 < x < 3"),
        ("x² ≤ 0", "x = 0"),
        ("x² < 0", "there are none"),
        ("x² ≥ 0", "all real numbers"),
        ("(x - 1)² > 0", "x < 1 or x > 1"),
        ("x² < 2", "≈ −1.414 < x < ≈ 1.414"),
        ("1/x ≥ 1", "0 < x ≤ 1"),
        ("|x - 2| < 3", "−1 < x < 5"),
    ],
)
def test_an_inequality_is_its_solutions(text: str, en: str) -> None:
    assert line(text).en == f"Number line of the solutions: {en}."


def test_open_and_closed_ends() -> None:
    (piece,) = line("-1 < x ≤ 2").pieces
    assert (piece.low, piece.high, piece.low_closed, piece.high_closed) == (-1, 2, False, True)
    graph = line("x > 100")
    assert graph.x[0] < 100 < graph.x[1]
    assert [tick.text for tick in graph.ticks] == ["100"]


def test_the_line_agrees_with_the_inequality_everywhere() -> None:
    def inside(graph: NumberLine, x: float) -> bool:
        return any(
            (piece.low is None or x > piece.low) and (piece.high is None or x < piece.high)
            for piece in graph.pieces
        )

    graph = line("(x + 3)(x - 1)(x - 4) > 0")
    for tenth in range(-100, 101):
        x = tenth / 10 + 0.05
        assert inside(graph, x) == ((x + 3) * (x - 1) * (x - 4) > 0)


@pytest.mark.parametrize(
    "text", ["2x + 5 = 17", "面积 = 长 × 宽 = 18 × 6 = 108", "3 + 4 = 7", "x + y = z", "", "你好"]
)
def test_what_is_worth_no_picture_has_none(text: str) -> None:
    assert drawn(text) == ()


def test_the_solution_is_looked_at_if_the_problem_says_nothing() -> None:
    assert plot("画出图像", "1. 函数 y = 2x + 1").curves[0].label.endswith("y = 2x + 1")
    assert len(drawn("y = x²", "y = 2x")) == 1
    assert len(drawn("y = x², x² > 4, x³ = 8")) <= MOST_GRAPHS


@pytest.mark.parametrize(
    "text",
    [
        "y = 10^10^10^x",
        "y = x^999999999",
        "y = 1/(x - x)",
        "y = ln(-x² - 1)",
        "y = sin(1/x)",
        "y = tan(1000x)",
        "1/(x - x) > 0",
        "sin(x) > 0",
        "y = " + "+".join(["x"] * 200),
        "x^(1/0) > 0",
    ],
)
def test_hostile_functions_cost_little_and_break_nothing(text: str) -> None:
    for graph in drawn(text):
        described = json.dumps(asdict(graph), allow_nan=False)
        assert len(described) < 200_000
