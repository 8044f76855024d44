"""How many threads a step uses, by what the machine really gives.

An operation ends when its last thread does, and the others spin meanwhile. When another program
takes one of the cores, its neighbour waits for the kernel's time slices again and again: one busy
program beside two threads made a decode step of the 0.5B's layers 2.5 to 10 times as slow (median;
30 times at worst), while a single thread, which has the other core to itself, loses half at most.
The processor time that the process got tells the two apart: of two threads 1.9 seconds a second
on a quiet machine, 1.1 beside that program.
"""

import time
from collections.abc import Callable

ENOUGH = 0.65
"""Of the processor time that all threads could have had; below it somebody else has it."""
WINDOW_S = 0.3
"""Busy time after which a verdict is formed."""
FIRST_HOLD_S, LONGEST_HOLD_S = 2.0, 60.0
"""How long it works with fewer threads before it tries one more; doubled after each failure."""


class ThreadGovernor:
    """One worker's choice. Law: ``1 <= threads <= most``.

    Args:
        most: threads on a machine of one's own.
        clock, cpu_clock: seconds, and seconds of processor time of the whole process.
    """

    def __init__(
        self,
        most: int,
        *,
        clock: Callable[[], float] = time.perf_counter,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.most = self.threads = most
        self._clock, self._cpu_clock = clock, cpu_clock
        self._started = self._cpu_started = 0.0
        self._busy = self._cpu = 0.0
        self._hold = FIRST_HOLD_S
        self._try_again_at = 0.0

    def begin(self) -> None:
        """A step starts."""
        self._started, self._cpu_started = self._clock(), self._cpu_clock()

    def end(self) -> bool:
        """The step is done. True: `threads` has changed."""
        now = self._clock()
        self._busy += now - self._started
        self._cpu += self._cpu_clock() - self._cpu_started
        if self._busy < WINDOW_S:
            return False
        share = self._cpu / (self._busy * self.threads)
        self._busy = self._cpu = 0.0
        if self.threads > 1 and share < ENOUGH:
            self.threads -= 1
            self._try_again_at = now + self._hold
            self._hold = min(2 * self._hold, LONGEST_HOLD_S)
            return True
        if self.threads < self.most:
            if now < self._try_again_at:
                return False
            self.threads += 1
            return True
        self._hold = FIRST_HOLD_S
        return False
