"""The parts of a sandbox that its routes need."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.store import CounterpartStore
from gateway.sandbox.stored_identities import StoredIdentity
from gateway.sandbox.under_way import UnderWay
from shared.clock import SharedClock
from shared.sandbox.faults import Faults
from shared.sandbox.operations import Operations


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folder in which a sandbox keeps what its processes share, its clock, faults, snapshots, and counterparts."""

    folder: Path
    clock: SharedClock
    faults: Faults
    operations: Operations
    counterparts: CounterpartStore
    conditions: Conditions
    identities: tuple[StoredIdentity, ...]
    services: frozenset[str]
    """The names in the paths of requests: of services, and of applications of the gateway."""

    under_way: UnderWay = field(default_factory=UnderWay)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once this process accepts no more connections."""

    def close(self) -> None:
        """Note that this process accepts no more connections; if the mesh is replaced, let its requests end."""
        self.closed.set()
        if self.operations.is_replacing_state:
            self.under_way.end_soon()
