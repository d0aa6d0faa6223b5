"""The parts of a sandbox that its routes need."""

from dataclasses import dataclass
from pathlib import Path

from shared.clock import SharedClock


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folder in which a sandbox keeps what its processes share, and its clock."""

    folder: Path
    clock: SharedClock
