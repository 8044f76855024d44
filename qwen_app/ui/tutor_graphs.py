"""Pictures for a problem and the lines of its solution."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qwen_app.features.tutor.graph.choose import graphs
from qwen_app.features.tutor.reading.read import read_line, read_problem


def draw(texts: Sequence[str]) -> list[dict[str, Any]]:
    """At most a few graphs, empty where nothing is worth one. The first text is the problem."""
    if not texts:
        return []
    problem, *lines = texts
    read = [(problem, read_problem(problem).statements)]
    read += [(line, read_line(line)) for line in lines]
    return [asdict(graph) for graph in graphs(read)]
