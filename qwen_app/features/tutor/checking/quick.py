"""What can be decided without SymPy: plain numbers, and names for things."""

from qwen_app.features.tutor.checking.arithmetic import judge_numbers
from qwen_app.features.tutor.checking.knowledge import Item, Knowledge, letters
from qwen_app.features.tutor.checking.ruling import Ruling
from qwen_app.features.tutor.reading.tree import Apply, Expression, Symbol, symbols, walk


def judge_quickly(item: Item, knowledge: Knowledge) -> Ruling | None:
    """None: SymPy has to be asked."""
    own = letters(item.condition)
    if any(letter.is_word for letter in own):
        return Ruling("unchecked", "definition")  # its value comes from the chain it stands in
    claim = item.claim
    if claim is None:
        return None
    if not own:
        return judge_numbers(claim, item.style)
    if claim.relation in ("=", "≈") and not item.given:
        known = knowledge.letters
        for side, other in ((claim.left, claim.right), (claim.right, claim.left)):
            if isinstance(side, Symbol) and side not in known and _is_plain(other, side):
                return Ruling("unchecked", "definition")
    return None


def _is_plain(side: Expression, letter: Symbol) -> bool:
    return letter not in symbols(side) and not any(isinstance(node, Apply) for node in walk(side))
