"""The one protocol between the decode loop and anything that limits what may be generated.

The loop asks in this order, once per step: `forced` (tokens that need no model), then
`fill_mask` (what the model may choose from), then `accept` with the token chosen. A new kind of
constraint is a frozen `ConstraintSpec` and a registration with `start`.
"""

from collections.abc import Sequence
from functools import singledispatch
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from qwen_app.messages import ConstraintSpec
from qwen_app.text.tokenizer import Tokenizer

Bitmask = npt.NDArray[np.uint32]
"""Shape (ceil(vocabulary / 32),): token t is allowed if bit t % 32 of word t // 32 is set."""


class Constraint(Protocol):
    """The state of one constrained answer. Owned by one sequence; never shared."""

    def forced(self) -> Sequence[int]:
        """Token ids that must come next, in order, or none. Does not advance the state: the
        loop gives each of them to `accept`."""

    def fill_mask(self, mask: Bitmask) -> bool:
        """Write the allowed tokens into ``mask`` (all bits). False: every token is allowed and
        the mask was left alone, which spares the loop the work. An end token is allowed exactly
        where the answer may end. Never raises: a constraint that cannot go on allows nothing,
        and the sampler fails that answer alone."""

    def accept(self, token_id: int) -> None:
        """Advance by one token that was allowed.

        Raises:
            GenerationFailed: the token was not allowed here.
        """

    @property
    def done(self) -> bool:
        """The answer is complete and nothing may follow; the loop ends it with ``stop``."""


@runtime_checkable
class Supervisor(Constraint, Protocol):
    """A constraint that also answers for the length of the answer, and may change its mind.

    The loop then asks more: `limit` once before the first step; `turns_down` for every token that
    the model chose, before `accept`; `take_back` after every `accept`.
    """

    def limit(self, tokens: int) -> None:
        """The answer will have at most so many tokens, and is complete by then.

        Raises:
            InvalidConstraint: no complete answer is so short; the text says how many it takes.
        """

    def turns_down(self, token_id: int) -> bool:
        """The model chose this token, which the mask allows. True: it may not stand here after
        all; `forced` now says what does."""

    def take_back(self) -> int:
        """How many tokens at the end of the answer are withdrawn, mostly none. The constraint
        has already gone back; the loop must follow, and choose differently from there on."""

    @property
    def certain(self) -> int:
        """How many tokens from the beginning will not be withdrawn, so that they may be shown."""

    @property
    def rewinds(self) -> int:
        """How often tokens were withdrawn."""


@singledispatch
def start(spec: ConstraintSpec, tokenizer: Tokenizer) -> Constraint:
    """The live constraint for one answer.

    Raises:
        InvalidConstraint: the description cannot be enforced; the text says why.
        TypeError: no module registered this kind of description.
    """
    raise TypeError(f"no constraint is registered for {type(spec).__name__} ({tokenizer!r})")
