"""A participant of the network: its name, keys, directory and connection."""

from dataclasses import dataclass, field

from shared.clock import Clock
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.signed_times import SignedTimes
from shared.rpc.keyring import KeyRing
from shared.transport import Transport


@dataclass(frozen=True, slots=True)
class Participant:
    """What a bridge or a requester needs."""

    name: str
    keys: KeyRing
    directory: Directory
    transport: Transport
    clock: Clock
    log: Log
    times: SignedTimes = field(default_factory=SignedTimes)
    """The times that others signed; participants with the same clock share it."""
