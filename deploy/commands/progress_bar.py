"""A bar of progress on the standard error, for people at a terminal alone."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def progress_bar(what: str, total: int | None, *, is_shown: bool) -> Iterator[Advance]:
    """Show a bar while the block runs, which calls what is yielded with the place that is reached, of `total`."""
    if not is_shown or not sys.stderr.isatty():
        yield lambda _place: None
        return
    # Only here, as the import takes longer than to check a small file.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda place: progress.update(task, completed=place)
