"""The curves of a run as a picture."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from qwen_app.errors import InvalidInput
from qwen_app.train.curves import draw_curves

NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_every_curve_is_drawn(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n * 1000},{n},{2 / n},1.0\n" for n in range(1, 9))
    (tmp_path / "curve.csv").write_text("step,tokens,seconds,loss,rate\n" + rows)
    rows = "".join(f"{n},{n * 1000},{skill},0.5\n" for n in (0, 5) for skill in ("all", "a<b"))
    (tmp_path / "held_out.csv").write_text("step,tokens,skill,loss\n" + rows)
    root = ElementTree.parse(draw_curves(tmp_path)).getroot()
    lines = root.findall(f"{NAMESPACE}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [8, 2, 2]
    texts = [text.text for text in root.findall(f"{NAMESPACE}text")]
    assert {"training", "held out: all", "held out: a<b", "1"} <= set(texts)
    heights = [float(p.split(",")[1]) for p in lines[0].attrib["points"].split()]
    assert heights == sorted(heights), "the loss falls, so the line goes down"


def test_without_curves_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no curves yet"):
        draw_curves(tmp_path)
