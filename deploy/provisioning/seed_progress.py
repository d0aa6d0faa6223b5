"""Shows how far a long command has come: as a bar on a terminal, otherwise as a plain line every few seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

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
    columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn())
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
            seconds = now - self._began
            print(f"{self._what}: {self._done:,} of {self._total:,} after {seconds:.0f} s", file=sys.stderr, flush=True)
