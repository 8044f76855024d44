"""What the scheduler knows of one choice of one request: its tokens and its blocks."""

from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Sequence:
    """Tokens on their way through the model.

    ``tokens`` is prompt and answer so far. The first ``computed`` of them have their keys and
    values in ``blocks``; the rest is what the next steps compute: one token in decode, many in
    prefill, after preemption, or after a constraint forced several at once.
    """

    tokens: list[int]
    prompt_length: int
    leader: "Sequence | None" = None
    """Another choice of the same request whose prefill this one waits for, to share it."""
    computed: int = 0
    blocks: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    cached: int = 0
    """Prompt tokens that came from the prefix cache at the first admission."""
    admitted: bool = False
    """Has been on the model at least once."""
    running: bool = False
    finished: bool = False

    @property
    def remaining(self) -> int:
        """Tokens that are not computed yet."""
        return len(self.tokens) - self.computed

    @property
    def prefilled(self) -> bool:
        return self.computed >= self.prompt_length


@dataclass(frozen=True, slots=True)
class Slice:
    """What one step computes of one sequence: ``tokens[start : start + count]``."""

    sequence: Sequence
    start: int
    count: int

    @property
    def completes(self) -> bool:
        """After this slice the sequence needs its next token chosen."""
        return self.start + self.count == len(self.sequence.tokens)
