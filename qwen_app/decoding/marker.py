"""The marker of a tool call in a stream of tokens.

In Qwen2.5's vocabulary the marker is one token, in others it is spelled with several, some of
which hold more than a part of it (``>\\n``). A constraint that takes over after the marker must
begin at a token, so tokens that go on beyond the marker's end are not allowed to complete it.
"""

import numpy as np
import numpy.typing as npt

from qwen_app.decoding.constraint import Bitmask
from qwen_app.decoding.tools import OPEN
from qwen_app.text.tokenizer import Tokenizer

_BYTES = OPEN.encode()


class Marker:
    """Tables of one tokenizer; get it by ``Tokenizer.derive``.

    How much of the marker the text ends with is its state, from 0 to ``len(OPEN) - 1`` bytes.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        size = tokenizer.vocabulary_size
        beyond: list[list[int]] = [[] for _ in _BYTES]
        complete: list[list[int]] = [[] for _ in _BYTES]
        for token in range(size):
            data = tokenizer.token_bytes(token)
            if _BYTES[-1:] not in data:
                continue
            for state in range(len(_BYTES)):
                _, end = self.read(state, data)
                if end is not None:
                    complete[state].append(token)
                    if end < len(data):
                        beyond[state].append(token)
        self._beyond = [_mask_without(tokens, size) for tokens in beyond]
        self._complete = [_mask_without(tokens, size) for tokens in complete]

    def read(self, state: int, data: bytes) -> tuple[int, int | None]:
        """The state after ``data``, and where in it the marker was complete, if it ever was."""
        for place, byte in enumerate(data):
            if byte == _BYTES[state]:
                state += 1
            else:  # the first byte stands nowhere else in the marker
                state = int(byte == _BYTES[0])
            if state == len(_BYTES):
                return 0, place + 1
        return state, None

    def fill(self, mask: Bitmask, state: int, *, may_complete: bool) -> bool:
        """Write the tokens that free text may go on with, see `Constraint.fill_mask`.

        Args:
            may_complete: the marker may become complete, at the end of a token.
        """
        allowed = (self._beyond if may_complete else self._complete)[state]
        if allowed is None:
            return False
        mask[:] = allowed
        return True


def _mask_without(tokens: list[int], size: int) -> Bitmask | None:
    """All tokens but these; None if that is all of them."""
    if not tokens:
        return None
    allowed: npt.NDArray[np.uint8] = np.zeros(-(-size // 32) * 32, dtype=np.uint8)
    allowed[:size] = 1
    allowed[tokens] = 0
    return np.packbits(allowed, bitorder="little").view(np.uint32)
