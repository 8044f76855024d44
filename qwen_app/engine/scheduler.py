"""Who computes what in the next step. No torch here, only numbers.

A step serves every decoding sequence with one token and spends at most ``prefill_budget`` tokens
on prefills, so that a long prompt delays the others by a bounded time. Sequences join when there
is room for their whole prompt and leave the moment they are finished. When the pool is full, the
youngest gives its blocks back and starts again later (its text is kept, only the keys and values
are computed anew).
"""

from collections import deque
from dataclasses import dataclass

from qwen_app.engine.blocks import BlockPool, block_digests
from qwen_app.engine.sequence import Sequence, Slice

OLDEST_SHARE = 0.25
"""Of the prefill budget, what the prompt that came first gets at least."""


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    max_batch_size: int = 16
    """Sequences that run at once."""
    prefill_budget: int | None = 256
    """Prefill tokens a step; None computes each prompt whole (no chunked prefill)."""


class Scheduler:
    """Continuous batching over one block pool.

    Every sequence must fit the pool alone; the engine refuses longer ones at the door. That is
    what makes progress certain: the oldest sequence can always preempt the others.
    """

    def __init__(self, pool: BlockPool, settings: SchedulerSettings) -> None:
        self.pool = pool
        self.settings = settings
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []
        """Oldest first."""
        self.preemptions = 0

    @property
    def room(self) -> int:
        """How many more sequences could run."""
        return self.settings.max_batch_size - len(self.running) - len(self.waiting)

    def fresh(self) -> "Scheduler":
        """A scheduler like this one, with nothing running and nothing remembered."""
        pool = BlockPool(self.pool.num_blocks, self.pool.block_size, reuse=self.pool.reuse)
        other = Scheduler(pool, self.settings)
        other.preemptions = self.preemptions
        return other

    def add(self, sequence: Sequence) -> None:
        self.waiting.append(sequence)

    def schedule(self) -> list[Slice]:
        """The slices of the next step, single tokens first; empty if nothing can run."""
        before = self.preemptions
        slices = self._decode_slices()
        budget = self.settings.prefill_budget
        prefills = [s for s in self.running if s.remaining > 1]
        if self.preemptions == before:
            prefills += self._admit(budget, len(prefills))
        slices += self._prefill_slices(prefills)
        # A later reservation may have preempted a sequence that already had its slice.
        return [s for s in slices if s.sequence.running]

    def advance(self, slices: list[Slice]) -> None:
        """The step is done: its keys and values are in the cache and can be shared."""
        for piece in slices:
            sequence = piece.sequence
            if not sequence.running:
                continue
            sequence.computed = piece.start + piece.count
            have = len(sequence.digests)
            if sequence.computed // self.pool.block_size > have:
                sequence.digests = block_digests(
                    sequence.tokens,
                    self.pool.block_size,
                    sequence.digests,
                    upto=sequence.computed,
                )
            # Digests of the prompt were computed at admission, before their blocks were full.
            full = sequence.computed // self.pool.block_size
            for i in range(piece.start // self.pool.block_size, full):
                self.pool.remember(sequence.blocks[i], sequence.digests[i])

    def take_back(self, sequence: Sequence, count: int) -> None:
        """The last ``count`` tokens of a sequence leave it. Blocks that held a part of them go
        back to the pool, whoever else may own or remember them; what stays of the last one is
        computed again, into another block."""
        del sequence.tokens[len(sequence.tokens) - count :]
        # The last token is computed again in any case: its logits choose the next one.
        kept = min(sequence.computed, len(sequence.tokens) - 1) // self.pool.block_size
        self.pool.release(sequence.blocks[kept:])
        del sequence.blocks[kept:]
        del sequence.digests[kept:]
        sequence.computed = min(sequence.computed, kept * self.pool.block_size)

    def finish(self, sequence: Sequence, *, spoiled: bool = False) -> None:
        """The sequence leaves, wherever it is; its blocks are free at once."""
        if sequence.finished:
            return
        sequence.finished = True
        if sequence.running:
            self.running.remove(sequence)
        elif sequence in self.waiting:
            self.waiting.remove(sequence)
        self._release(sequence, spoiled=spoiled)

    # --- the parts of a step -----------------------------------------------------------------

    def _decode_slices(self) -> list[Slice]:
        return [
            Slice(sequence, sequence.computed, 1)
            for sequence in list(self.running)  # a reservation may preempt the youngest
            if sequence.running and sequence.remaining == 1 and self._reserve(sequence, 1)
        ]

    def _prefill_slices(self, prefills: list[Sequence]) -> list[Slice]:
        """Shortest first, so that a short prompt is not stuck behind a long one and equal ones
        are served in the order of their arrival; but the oldest gets at least `OLDEST_SHARE` of
        the budget, so that it is done in the end, however many short ones come."""
        budget = self.settings.prefill_budget
        if not prefills:
            return []
        oldest = min(prefills, key=self.running.index)
        left = sum(s.remaining for s in prefills) if budget is None else budget
        kept = 0 if budget is None else max(1, int(budget * OLDEST_SHARE))
        slices = []
        for sequence in sorted(prefills, key=lambda s: s.remaining):
            if sequence is oldest:
                kept = 0
            count = min(sequence.remaining, left - kept)
            if count > 0 and sequence.running and self._reserve(sequence, count):
                slices.append(Slice(sequence, sequence.computed, count))
                left -= count
        return slices

    def _admit(self, budget: int | None, prefilling: int) -> list[Sequence]:
        admitted: list[Sequence] = []
        skipped: list[Sequence] = []
        while (
            self.waiting
            and len(self.running) < self.settings.max_batch_size
            and (budget is None or prefilling + len(admitted) < budget)
        ):
            sequence = self.waiting.popleft()
            leader = sequence.leader
            if leader is not None and not (leader.finished or leader.prefilled):
                skipped.append(sequence)
                continue
            if not self._begin(sequence):
                self.waiting.appendleft(sequence)
                break
            admitted.append(sequence)
        self.waiting.extendleft(reversed(skipped))
        return admitted

    def _begin(self, sequence: Sequence) -> bool:
        """Take the cached prefix if the whole sequence has room; False leaves all as it was."""
        size = self.pool.block_size
        # The last token is always computed: its logits choose the next one.
        limit = (len(sequence.tokens) - 1) // size
        sequence.digests = block_digests(sequence.tokens, size, sequence.digests)
        cached = self.pool.match(sequence.digests[:limit])
        self.pool.take(cached)
        needed = self.pool.blocks_for(len(sequence.tokens)) - len(cached)
        # One block to grow for each that runs, or it would soon be preempted again.
        if needed + len(self.running) > self.pool.free:
            self.pool.release(cached)
            return False
        sequence.blocks = list(cached)
        sequence.computed = len(cached) * size
        if not sequence.admitted:
            sequence.admitted = True
            sequence.cached = min(sequence.computed, sequence.prompt_length)
        sequence.running = True
        self.running.append(sequence)
        return True

    def _reserve(self, sequence: Sequence, count: int) -> bool:
        """Blocks for the next ``count`` tokens, preempting younger sequences if need be.

        False: the sequence itself was the youngest and has been preempted.
        """
        missing = self.pool.blocks_for(sequence.computed + count) - len(sequence.blocks)
        while missing > self.pool.free:
            victim = self.running[-1]
            self._preempt(victim)
            if victim is sequence:
                return False
        if missing > 0:
            sequence.blocks += self.pool.allocate(missing) or []
        return True

    def _preempt(self, victim: Sequence) -> None:
        self.preemptions += 1
        self.running.remove(victim)
        self._release(victim)
        self.waiting.appendleft(victim)

    def _release(self, sequence: Sequence, *, spoiled: bool = False) -> None:
        self.pool.release(sequence.blocks, spoiled=spoiled)
        sequence.blocks = []
        sequence.computed = 0
        sequence.running = False
