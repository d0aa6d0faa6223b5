"""One who takes part in the network: its name, its key, whom it knows and how it is connected."""

from dataclasses import dataclass

from shared.clock import Clock
from shared.directory import Directory
from shared.logs import Log
from shared.signing import SigningKey
from shared.transport import Transport


@dataclass(frozen=True, slots=True)
class Participant:
    """What a bridge or a requester acts with."""

    name: str
    key: SigningKey
    directory: Directory
    transport: Transport
    clock: Clock
    log: Log
