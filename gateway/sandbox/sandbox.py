"""The parts of a sandbox that its routes need."""

from dataclasses import dataclass
from pathlib import Path

from shared.clock import SharedClock
from shared.sandbox.faults import Faults


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folder in which a sandbox keeps what its processes share, its clock, and its faults."""

    folder: Path
    clock: SharedClock
    faults: Faults
    services: frozenset[str]
    """The names in the paths of requests: of services, and of applications of the gateway."""
