"""Answers of random legal tokens, for tests of constraints."""

from collections.abc import Callable

import numpy as np

from qwen_app.decoding.constraint import Bitmask, Constraint
from qwen_app.text.tokenizer import Tokenizer


def allowed_by(constraint: Constraint, tokenizer: Tokenizer) -> list[int]:
    mask: Bitmask = np.full(-(-tokenizer.vocabulary_size // 32), 0xFFFFFFFF, dtype=np.uint32)
    if not constraint.fill_mask(mask):
        return list(range(tokenizer.vocabulary_size))
    bits = np.unpackbits(mask.view(np.uint8), bitorder="little")
    return [int(id_) for id_ in np.flatnonzero(bits)]


def walk(
    constraint: Constraint, tokenizer: Tokenizer, choose: Callable[[list[int]], int], most: int
) -> tuple[bytes, bool]:
    """Bytes of an answer of random legal tokens, and whether it came to its end. Checks on the
    way what every constraint promises of its mask and its forced tokens."""
    out: list[int] = []
    while len(out) < most and not constraint.done:
        forced = list(constraint.forced())
        allowed = allowed_by(constraint, tokenizer)
        assert allowed, "an answer that is not done must be able to go on"
        assert tokenizer.special_ids.intersection(allowed) <= set(tokenizer.eos_ids)
        ends = set(tokenizer.eos_ids).intersection(allowed)
        assert ends in (set(), set(tokenizer.eos_ids))
        token = forced[0] if forced else choose(allowed)
        assert token in allowed
        constraint.accept(token)
        if token in tokenizer.eos_ids:
            assert constraint.done
            break
        out.append(token)
    return b"".join(map(tokenizer.token_bytes, out)), constraint.done
