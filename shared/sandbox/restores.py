"""How often the state of a sandbox was replaced, by a restore or a reset. No snapshot holds it, so it never goes back.

The numbers of events go on from here: no two events of a mailbox ever have the same, also of states that are gone.
"""

from pathlib import Path
from typing import Final

from shared.files import replace_file

NAME: Final = "restores"
# More than a mailbox ever has: 9 million replacements are below the largest number that JSON readers keep exactly.
EVENTS_OF_A_STATE: Final = 1_000_000_000
MAX_RESTORES: Final = 9_000_000


class CountLost(Exception):
    """The count is missing or damaged. The message is one sentence that says what to change."""


def begin_count(folder: Path) -> None:
    """Begin at none, in the folder of a new sandbox. Raises OSError."""
    if not (folder / NAME).exists():
        _write(folder, 0)


def restores_of(folder: Path) -> int:
    """Return how often the state of the sandbox with a folder was replaced. Raises CountLost, OSError."""
    file = folder / NAME
    try:
        counted = int(file.read_bytes())
    except (FileNotFoundError, ValueError):
        counted = -1
    if not 0 <= counted <= MAX_RESTORES:
        raise CountLost(
            f"{file} is missing or damaged, and without it numbers of events would be used again: write into it a "
            "number above how often this sandbox was ever restored or reset, such as 1000"
        )
    return counted


def count_restore(folder: Path) -> None:
    """Count one more. Raises CountLost, OSError."""
    _write(folder, restores_of(folder) + 1)


def events_begin_after(folder: Path) -> int:
    """Return the number after which the events of the present state begin. Raises CountLost, OSError."""
    return restores_of(folder) * EVENTS_OF_A_STATE


def _write(folder: Path, count: int) -> None:
    replace_file(folder / NAME, f"{count}\n".encode(), mode=0o600)
