"""Sums of refusals: the first of equal ones is logged at once, those of the second after it as one line.

Otherwise a participant that floods a process with refused requests would fill its log.
"""

import asyncio
import atexit
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

SUM_SECONDS: Final = 1.0
# Others are summed by their event only.
MAX_KINDS: Final = 256

Kind = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class _Sum:
    ends: float
    count: int = 0


class LogSums:
    """Counts equal events, and writes each at most once a second."""

    def __init__(self, write: Callable[[str, dict[str, Any]], None], seconds: float) -> None:
        self._write = write
        self._seconds = seconds
        # In the order in which they end.
        self._sums: dict[tuple[str, Kind], _Sum] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_of: asyncio.AbstractEventLoop | None = None
        atexit.register(self.flush, everything=True)

    def add(self, event: str, values: dict[str, Any]) -> None:
        """Write this one, or count it."""
        key = (event, tuple(values.items()))
        if key not in self._sums and len(self._sums) >= MAX_KINDS:
            key = (event, (("various", True),))
        if (known := self._sums.get(key)) is not None:
            known.count += 1
        else:
            self._begin(key, 1)
        self._set_timer()

    def flush(self, *, everything: bool = False) -> None:
        """Write the sums whose second is over, or all."""
        now = time.monotonic()
        for key in [key for key, each in list(self._sums.items()) if everything or each.ends <= now]:
            ended = self._sums.pop(key, None)
            if ended is not None and ended.count:
                self._begin(key, ended.count)

    def flush_if_due(self) -> None:
        """Write the sums whose second is over; cheap if there are none."""
        first = next(iter(self._sums.values()), None)
        if first is not None and first.ends <= time.monotonic():
            self.flush()

    def _begin(self, key: tuple[str, Kind], count: int) -> None:
        event, values = key
        self._sums[key] = _Sum(time.monotonic() + self._seconds)
        self._write(event, {**dict(values), "count": count})

    def _set_timer(self) -> None:
        """Have the sums written in time if nothing else is logged; without an event loop the next line does it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is None or self._timer_of is not loop:
            first = next(iter(self._sums.values()), None)
            left = 0.0 if first is None else first.ends - time.monotonic()
            self._timer, self._timer_of = loop.call_later(max(left, self._seconds / 10), self._on_timer), loop

    def _on_timer(self) -> None:
        self._timer = None
        self.flush()
        if self._sums:
            self._set_timer()
