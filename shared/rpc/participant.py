"""One who takes part in the network: its name, its keys, whom it knows and how it is connected."""

from dataclasses import dataclass, field

from shared.clock import Clock
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.signed_times import SignedTimes
from shared.rpc.keyring import KeyRing
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
    times: SignedTimes = field(default_factory=SignedTimes)
    """What others have signed as the time; those who go by the same clock share it."""
