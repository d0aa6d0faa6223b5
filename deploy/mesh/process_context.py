"""What every process of a mesh needs to run: settings, state directory, clock, log and connections to the broker.

It imports no store: a relay has none.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from deploy.broker.nkeys import public_nkey
from deploy.broker.users import is_reachable
from deploy.state.clock import clock_of
from deploy.state.directory_file import extend_directory
from deploy.state.errors import StartRefused, tell
from deploy.state.logs import open_log
from deploy.state.settings import Settings
from shared.clock import Clock
from shared.crypto.ed25519 import KeyUnusable
from shared.protocol.directory import Directory
from shared.protocol.signed_times import SignedTimes
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.rpc.participant import Participant
from shared.transport import BrokerAbsent, Disconnected, NotAdmitted, Transport
from shared.transport.nats import Broker, NatsTransport, Seed
from shared.transport.nats.client import FIRST_CONNECT_SECONDS
from shared.transport.nats.system import SystemAccount
from shared.transport.subjects import BROKER_OPERATOR, BROKER_SYSTEM

if TYPE_CHECKING:
    from shared.sandbox.faults import Faults

# The longest wait for the signed head that covers new entries; it usually arrives at once.
SAVE_EVERY_SECONDS: Final = 5.0
WAITS: Final = f"waits up to {FIRST_CONNECT_SECONDS:.0f} s for one"


class ProcessContext:
    """The settings, state directory, clock and log of one process."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.settings = settings
        self.state_dir = settings.state_dir
        self.clock = clock_of(self.state_dir)
        self.log = open_log(name, settings, self.clock)
        self.times = SignedTimes()
        self.faults: Faults | None = None
        """What is to fail; only in a sandbox."""

    async def connect(self, name: str, directory: Directory) -> Participant:
        """Return a connected participant.

        Raises StartRefused, NoKeyInForce, NotAdmitted while it is paused, BrokerAbsent if the broker does not answer.
        """
        seed = self.state_dir.nats_seed(name)
        try:
            keys = self.key_ring(name, directory)
            # Fail now, by name: without a valid key the broker admits no connection.
            _ = keys.signing
            seed.read_text()
            transport = await NatsTransport.connect(broker_of(self.settings), name, self.seed_of(name), self.log)
        except BrokerAbsent:
            raise
        except (KeyUnusable, Disconnected) as error:
            entered = {entry.nats_user for entry in directory.entries_of(name) if entry.revoked_at is None}
            if isinstance(error, NotAdmitted) and public_nkey(seed) in entered:
                raise
            raise StartRefused(str(error)) from error
        except OSError as error:
            raise StartRefused(f"the broker key of {name} is missing in {self.state_dir.secrets}") from error
        return self._participant(name, keys, directory, transport)

    def join(self, name: str, directory: Directory) -> Participant:
        """Return a participant that connects when the broker admits it. Raises KeyUnusable, StartRefused."""
        keys = self.key_ring(name, directory)
        transport = NatsTransport.begin(broker_of(self.settings), name, self.seed_of(name), self.log)
        return self._participant(name, keys, directory, transport)

    def clock_of(self, _name: str) -> Clock:
        """Return the clock of a participant: that of the process."""
        return self.clock

    def seed_of(self, name: str) -> Seed:
        """Return what reads the NKEY of a participant."""
        return self.state_dir.nats_seed(name).read_text

    def _participant(self, name: str, keys: KeyRing, directory: Directory, transport: NatsTransport) -> Participant:
        return self._connected(name, keys, directory, transport)

    def _connected(self, name: str, keys: KeyRing, directory: Directory, transport: Transport) -> Participant:
        return Participant(name, keys, directory, transport, self.clock_of(name), self.log, self.times)

    @asynccontextmanager
    async def saving(self, directory: Directory) -> AsyncIterator[None]:
        """Write new entries of the directory to its file until the block ends, so that a restart begins with them."""
        task = asyncio.create_task(self._save(directory, directory.log.size))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _save(self, directory: Directory, size: int) -> None:
        while True:
            version = directory.version
            if directory.log.size > size:
                try:
                    await asyncio.to_thread(extend_directory, self.state_dir, directory)
                    size = directory.log.size
                except (StartRefused, OSError) as error:
                    self.log.warning("directory-not-saved", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(SAVE_EVERY_SECONDS):
                    await directory.changed(version)

    def connect_operator(self) -> NatsTransport | None:
        """Return a connection of the broker's operator, made when the broker answers; None without its key."""
        seed = self.state_dir.nats_seed(BROKER_OPERATOR)
        if not seed.exists():
            return None
        return NatsTransport.begin(broker_of(self.settings), BROKER_OPERATOR, seed.read_text, self.log)

    def connect_system(self) -> SystemAccount | None:
        """Return a connection of the broker's system user, made when the broker answers; None without its key."""
        seed = self.state_dir.nats_seed(BROKER_SYSTEM)
        if not seed.exists():
            return None
        return SystemAccount.begin(broker_of(self.settings), seed.read_text, self.log)

    def key_ring(self, name: str, directory: Directory) -> KeyRing:
        """Return the keys of a participant that are here. Raises KeyUnusable."""
        if not self.state_dir.key_numbers(name):
            key = self.state_dir.signing_key(name)
            raise KeyUnusable(f"key file {key} is missing: `i247 keys request {name}` makes keys here")
        return self._ring(name, directory, lambda: self.state_dir.keys_of(name))

    def _ring(self, name: str, directory: Directory, load: Callable[[], PrivateKeys]) -> KeyRing:
        return KeyRing(name, directory, self.clock_of(name), load)


async def report_absent_broker(settings: Settings, patience: str) -> None:
    """Say that no broker answers if that is so, and what the process does about it: to connect may take long."""
    if not await is_reachable(settings.broker_url):
        tell(f"no broker answers at {settings.broker_url}: {patience}")


def broker_of(settings: Settings) -> Broker:
    """Return the URL, TLS files and limits of the broker."""
    processes = max(settings.workers or 1, settings.gateway_workers)
    return Broker(settings.broker_url, settings.nats_tls, settings.broker_quotas, processes)
