"""The parts of a sandbox that its routes need."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from gateway.sandbox.counterparts.conditions import Conditions
from gateway.sandbox.counterparts.store import CounterpartStore
from gateway.sandbox.stored_identities import StoredIdentity
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

    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once this process accepts no more connections."""
