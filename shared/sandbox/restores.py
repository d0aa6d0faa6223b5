"""How often the state of a sandbox was replaced, by a restore or a reset. No snapshot holds it, so it never goes back.

The numbers of events go on from here: no two events of a mailbox ever have the same, also of states that are gone.
"""

from pathlib import Path
from typing import Final

from shared.files import replace_file

NAME: Final = "restores"
# More than a mailbox ever has: 9 million replacements are below the largest number that JSON readers keep exactly.
EVENTS_OF_A_STATE: Final = 1_000_000_000


def restores_of(folder: Path) -> int:
    """Return how often the state of the sandbox with a folder was replaced. Raises OSError, ValueError."""
    file = folder / NAME
    return int(file.read_text()) if file.exists() else 0


def count_restore(folder: Path) -> None:
    """Count one more. Raises OSError, ValueError."""
    replace_file(folder / NAME, f"{restores_of(folder) + 1}\n".encode())


def events_begin_after(folder: Path) -> int:
    """Return the number after which the events of the present state begin. Raises OSError, ValueError."""
    return restores_of(folder) * EVENTS_OF_A_STATE
