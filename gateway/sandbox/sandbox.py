"""The parts of a sandbox that its routes need."""

from dataclasses import dataclass
from pathlib import Path

from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.store import CounterpartStore
from shared.clock import SharedClock


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folder in which a sandbox keeps what its processes share, its clock, and its counterparts."""

    folder: Path
    clock: SharedClock
    counterparts: CounterpartStore
    conditions: Conditions
