"""Tables that pages have open, for as long as they use them.

The browser keeps what a table was read from, so one that is gone from here is read again and
nobody notices: the store may forget whenever it needs the room.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from qwen_app.errors import InvalidInput
from qwen_app.features.tables.opened import Opened

MOST_CELLS = 2_000_000
"""Of all tables together; a cell takes about 150 bytes."""
MOST_ENTRIES = 500
LIFE_S = 30 * 60.0
"""Since a table was last used."""


class TableGone(InvalidInput):
    """The table is not here any more; the page sends its source again and goes on."""

    status = 404
    code = "table_gone"


class TableStore:
    """Bounded, expiring and thread-safe. Whoever knows a handle may use its table: handles are
    random and long enough that nobody guesses one.

    Args:
        now: a clock in seconds.
    """

    def __init__(
        self,
        *,
        most_cells: int = MOST_CELLS,
        life_s: float = LIFE_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_cells, self._life_s, self._now = most_cells, life_s, now
        self._entries: OrderedDict[str, tuple[float, Opened]] = OrderedDict()
        """By handle, the one that was used longest ago first."""
        self._lock = threading.Lock()

    def put(self, opened: Opened) -> str:
        """Keep it; the handle by which it is found again."""
        handle = secrets.token_hex(16)
        with self._lock:
            self._entries[handle] = (self._now(), opened)
            self._expire()
            self._make_room()
        return handle

    def get(self, handle: str) -> Opened:
        """
        Raises:
            TableGone: it expired, had to make room, or never was.
        """
        with self._lock:
            self._expire()
            if handle not in self._entries:
                raise TableGone(
                    "The table is no longer open on the server. Open it again.",
                    "服务器上已没有这个表格，请重新打开。",
                    param="handle",
                )
            _, opened = self._entries.pop(handle)
            self._entries[handle] = (self._now(), opened)
            return opened

    def _expire(self) -> None:
        oldest = self._now() - self._life_s
        for handle, (used, _) in list(self._entries.items()):
            if used >= oldest:
                break
            del self._entries[handle]

    def _make_room(self) -> None:
        """Forget the oldest until the rest fits; a single one may be larger than all should be."""
        while len(self._entries) > 1 and (
            len(self._entries) > MOST_ENTRIES or self._cells() > self._most_cells
        ):
            self._entries.popitem(last=False)

    def _cells(self) -> int:
        """Sources that several entries share (a kind was corrected, another table chosen) count
        once."""
        sources = {id(opened.found): opened.cells for _, opened in self._entries.values()}
        return sum(sources.values())
