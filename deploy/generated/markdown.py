"""Tables in Markdown."""

from collections.abc import Iterable


def table(columns: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a table; the names of the columns are separated by ` | `."""
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join([f"| {columns} |", "|---" * (columns.count(" | ") + 1) + "|", *lines]) + "\n"
