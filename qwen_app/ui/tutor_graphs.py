"""Pictures for a problem and the lines of its solution."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qwen_app.features.tutor.graph.choose import graphs
from qwen_app.features.tutor.reading.read import read_line


def draw(texts: Sequence[str]) -> list[dict[str, Any]]:
    """At most a few graphs, empty where nothing is worth one. The first text is the problem."""
    return [asdict(graph) for graph in graphs([(text, read_line(text)) for text in texts])]
