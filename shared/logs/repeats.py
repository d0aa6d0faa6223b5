"""Refusals in sum: of those that are alike the first is a line of the log at once, those of a second after it another.

Whoever floods a part of the mesh with what it refuses would else fill its log, and have it do nothing but write.
"""

import asyncio
import atexit
import time
from collections.abc import Callable
from typing import Any, Final

SUM_SECONDS: Final = 1.0
# Those beyond are summed by their event alone, which are few.
MAX_KINDS: Final = 256

Kind = tuple[tuple[str, Any], ...]


class _Sum:
    __slots__ = ("count", "ends")

    def __init__(self, ends: float) -> None:
        self.count = 0
        self.ends = ends


class LogSums:
    """Counts what is alike, and writes each kind at most once a second."""

    def __init__(self, write: Callable[[str, dict[str, Any]], None], seconds: float) -> None:
        self._write = write
        self._seconds = seconds
        # In the order in which they end.
        self._sums: dict[tuple[str, Kind], _Sum] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_of: asyncio.AbstractEventLoop | None = None
        atexit.register(self.flush, all_of_them=True)

    def add(self, event: str, values: dict[str, Any]) -> None:
        """Write this one, or count it."""
        key = (event, tuple(values.items()))
        known = self._sums.get(key)
        if known is None and len(self._sums) >= MAX_KINDS:
            key = (event, (("various", True),))
            known = self._sums.get(key)
        if known is not None:
            known.count += 1
        else:
            self._tell(key, 1)
        self._see_to_it()

    def flush(self, *, all_of_them: bool = False) -> None:
        """Write the sums whose second is over, or all."""
        now = time.monotonic()
        ended = [key for key, each in list(self._sums.items()) if all_of_them or each.ends <= now]
        for key in ended:
            gone = self._sums.pop(key, None)
            if gone is not None and gone.count:
                self._tell(key, gone.count)

    def flush_if_due(self) -> None:
        """Write the sums whose second is over; cheap where there are none."""
        for each in self._sums.values():
            if each.ends <= time.monotonic():
                self.flush()
            return

    def _tell(self, key: tuple[str, Kind], count: int) -> None:
        event, values = key
        self._sums[key] = _Sum(time.monotonic() + self._seconds)
        self._write(event, {**dict(values), "count": count})

    def _see_to_it(self) -> None:
        """Have the sums written in time, also if nothing is logged any more; without a loop the next line does it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is None or self._timer_of is not loop:
            first = next(iter(self._sums.values()), None)
            left = 0.0 if first is None else first.ends - time.monotonic()
            self._timer, self._timer_of = loop.call_later(max(left, self._seconds / 10), self._in_time), loop

    def _in_time(self) -> None:
        self._timer = None
        self.flush()
        if self._sums:
            self._see_to_it()
