"""The context of a process of a sandbox: its participants have connections and keys at which faults happen."""

from collections.abc import Callable
from typing import cast

from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import Settings
from shared.bureaus import is_participant
from shared.protocol.directory import Directory
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.sandbox.faults import Faults
from shared.sandbox.keys import FaultyKeyRing
from shared.sandbox.transport import FaultyTransport
from shared.transport import Transport


class SandboxContext(ProcessContext):
    """The settings, state directory, clock, log and faults of one process."""

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name, settings)
        self.faults: Faults = Faults(self.state_dir.sandbox, self.clock)

    def _connected(self, name: str, keys: KeyRing, directory: Directory, transport: Transport) -> Participant:
        faulty = cast("Transport", FaultyTransport(transport, name, self.faults))
        return super()._connected(name, keys, directory, faulty)

    def _ring(self, name: str, directory: Directory, load: Callable[[], PrivateKeys]) -> KeyRing:
        if not is_participant(name):
            return super()._ring(name, directory, load)
        return FaultyKeyRing(self.faults, name, directory, self.clock_of(name), load)
