"""Shows how far a long command has come: as a bar on a terminal, otherwise as a plain line every few seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

LINE_SECONDS: Final = 5.0

Advance = Callable[[int], None]
"""Says that so many more are done."""


@contextmanager
def progress_of(what: str, total: int, clock: Callable[[], float] = monotonic) -> Iterator[Advance]:
    """Show the progress of one task on the standard error while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(what, total, clock).advance
        return
    columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), _RateColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


class _Lines:
    """Writes a line every few seconds, and one at the end."""

    def __init__(self, what: str, total: int, clock: Callable[[], float]) -> None:
        self._what, self._total, self._clock = what, total, clock
        self._began = self._shown = clock()
        self._done = 0

    def advance(self, count: int) -> None:
        """Count what is done."""
        self._done += count
        now = self._clock()
        if now - self._shown >= LINE_SECONDS or self._done >= self._total:
            self._shown = now
            print(self._line(now - self._began), file=sys.stderr, flush=True)

    def _line(self, seconds: float) -> str:
        line = f"{self._what}: {self._done:,} of {self._total:,} after {seconds:.0f} s"
        if not 0 < self._done < self._total:
            return line
        rate = self._done / max(seconds, 1e-9)
        return f"{line}, {_rate(rate)}, {timedelta(seconds=round((self._total - self._done) / rate))} left"


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f} a second" if per_second >= 1 else f"{1 / per_second:,.0f} s for each"


class _RateColumn(ProgressColumn):
    """How many are done a second."""

    def render(self, task: Task) -> Text:
        """Return the text of a task, empty until it is known."""
        return Text(_rate(task.speed) if task.speed else "")
