"""Whether a calculation is the side of an equation that the problem states."""

import re
from typing import Final

from qwen_app.features.tutor.solving.calculation import Calculation

_SIGNS: Final = str.maketrans("０１２３４５６７８９＋－−–＊×·／÷（）＝", "0123456789+---***//()=")


def is_quoted(found: Calculation, problem: str) -> bool:
    """Whether the problem has this very calculation on one side of an equation with letters:
    then the other side is to be copied, not calculated (``17 - 5 = 2x``)."""
    wanted = _bare("".join(part.written for part in found.parts))
    if not problem or not any(map(str.isdigit, wanted)):
        return False
    given = _bare(problem)
    for at in re.finditer(re.escape(wanted + "="), given):
        before = given[at.start() - 1 : at.start()]
        after = re.match(r"[^=\n，,。;；?？]*", given[at.end() :])
        if (
            not re.match(r"[A-Za-z0-9+\-*/^(.]", before)
            and after
            and re.search("[A-Za-z]", after[0])
        ):
            return True
    return False


def _bare(text: str) -> str:
    return re.sub(r"\s+|\\(?=[*])", "", text.translate(_SIGNS)).replace("\\times", "*")
