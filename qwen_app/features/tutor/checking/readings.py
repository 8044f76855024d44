"""Judging a line whose parts may be read in several ways."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from qwen_app.features.tutor.checking.knowledge import Item, Knowledge
from qwen_app.features.tutor.checking.ruling import Ruling

Reading: TypeAlias = tuple[Item, ...]
Part: TypeAlias = tuple[Reading, ...]
"""A statement: the ways in which it can be read, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The reading that was chosen, its items and a ruling for each."""

    items: Reading
    rulings: tuple[Ruling, ...]

    @property
    def rank(self) -> int:
        """The less the better: a statement fails only if it does in every reading."""
        if any(ruling.status == "fails" for ruling in self.rulings):
            return 2
        return 0 if any(ruling.status == "holds" for ruling in self.rulings) else 1


def judge_parts(
    parts: tuple[Part, ...], knowledge: Knowledge, judge: Callable[[Item, Knowledge], Ruling]
) -> tuple[Judged, ...]:
    """One for each part; a later one may build on those before."""
    chosen = []
    for part in parts:
        best: tuple[Judged, Knowledge] | None = None
        for reading in part:
            rulings, known = [], knowledge
            for item in reading:
                ruling = judge(item, known)
                rulings.append(ruling)
                known = known.after(item, ruling)
            found = Judged(reading, tuple(rulings))
            if best is None or found.rank < best[0].rank:
                best = found, known
            if found.rank == 0:
                break
        assert best is not None
        chosen.append(best[0])
        knowledge = best[1]
    return tuple(chosen)
