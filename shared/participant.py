"""One who takes part in the network: its name, its keys, whom it knows and how it is connected."""

from dataclasses import dataclass

from shared.clock import Clock
from shared.directory import Directory
from shared.keyring import KeyRing
from shared.logs import Log
from shared.transport import Transport


@dataclass(frozen=True, slots=True)
class Participant:
    """What a bridge or a requester acts with."""

    name: str
    keys: KeyRing
    directory: Directory
    transport: Transport
    clock: Clock
    log: Log
