"""A Secretariat and participants that keep its directory, in memory."""

import io
from dataclasses import dataclass

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.protocol.directory_log import DirectoryPart
from shared.protocol.parcel import Parcel
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport.memory import MemoryBroker, MemoryTransport
from tests.conftest import NOW
from tests.shared.directories import NEW, directory, entry, following


@dataclass(frozen=True, slots=True)
class MemoryParticipant(Participant):
    """A participant whose connection a test can interrupt."""

    transport: MemoryTransport


class Net:
    """A Secretariat and a service in memory, the service with an empty directory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.log = io.BytesIO()
        self.secretariat = self.participant("IPSG", directory(entry(), entry(NEW)))
        self.service = self.participant("notices", directory())

    def participant(self, name: str, book: Directory, key: SigningKey | None = None) -> MemoryParticipant:
        """Return a connected participant with a directory."""
        log = Log(name, stream=self.log)
        clock, key = FixedClock(NOW), key or SigningKey.generate()
        keys = KeyRing(name, book, clock, lambda: PrivateKeys([key]))
        return MemoryParticipant(name, keys, book, self.broker.connect(name), clock, log)

    def new(self, *entries: Entry) -> DirectoryPart:
        """Return the next part that the root key signs."""
        return following(self.secretariat.directory, *entries)

    async def publish_and_settle(self, subject: str, body: bytes) -> None:
        """Publish to all subscribers, and wait until they have handled it."""
        await self.secretariat.transport.publish(subject, Parcel("", body))
        await self.settled()

    async def settled(self) -> None:
        """Wait until all sent parcels are handled."""
        for servers in self.broker.subscriptions.values():
            for server in servers:
                await server._tasks.finish()
