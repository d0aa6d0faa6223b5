"""What every part of the mesh needs to run in this process; none of it knows a store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from deploy.provisioning.own_keys import public_nkey
from deploy.state.clock import clock_of
from deploy.state.logs import open_log
from deploy.state.settings import Settings
from deploy.state.state_dir import StartRefused, StateDir, extend_directory
from shared.crypto.ed25519 import KeyUnusable
from shared.protocol.directory import Directory
from shared.protocol.signed_times import SignedTimes
from shared.rpc.keyring import KeyRing
from shared.rpc.participant import Participant
from shared.transport import BROKER_OPERATOR, BROKER_SYSTEM, BrokerAbsent, Disconnected, NotAdmitted
from shared.transport.nats import Broker, NatsTransport
from shared.transport.nats.system import SystemAccount

# Entries are written as soon as the head that covers them is here, which is at once as a rule.
KEEP_EVERY_SECONDS: Final = 5.0


class ProcessContext:
    """What every part needs: its settings, its state directory, the time and a log."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.settings = settings
        self.home = StateDir(settings.home)
        self.clock = clock_of(self.home)
        self.log = open_log(name, settings, self.clock)
        self.times = SignedTimes()

    async def connect(self, name: str, directory: Directory) -> Participant:
        """Return a participant that is connected.

        Raises StartRefused, NoKeyInForce, NotAdmitted while it is paused, BrokerAbsent where no broker is found.
        """
        try:
            keys = self.ring(name, directory)
            # Without one the broker lets nobody in.
            _ = keys.signing
            seed = self.home.nats_seed(name)
            # To be told here by its name, and not at the first connection.
            seed.read_text()
            transport = await NatsTransport.connect(broker_of(self.settings), name, seed.read_text, self.log)
        except BrokerAbsent:
            raise
        except (KeyUnusable, Disconnected) as error:
            if isinstance(error, NotAdmitted) and self._is_entered(name, directory):
                raise
            raise StartRefused(str(error)) from error
        except OSError as error:
            raise StartRefused(f"the broker key of {name} is missing in {self.home.secrets}") from error
        return Participant(name, keys, directory, transport, self.clock, self.log, self.times)

    def _is_entered(self, name: str, directory: Directory) -> bool:
        """Tell whether the directory names the NKEY whose seed is here."""
        entered = {entry.nats_user for entry in directory.entries_of(name) if entry.revoked_at is None}
        return public_nkey(self.home.nats_seed(name)) in entered

    def join(self, name: str, directory: Directory) -> Participant:
        """Return a participant that connects as soon as the broker lets it in. Raises KeyUnusable, StartRefused."""
        keys, seed = self.ring(name, directory), self.home.nats_seed(name)
        transport = NatsTransport.begin(broker_of(self.settings), name, seed.read_text, self.log)
        return Participant(name, keys, directory, transport, self.clock, self.log, self.times)

    @asynccontextmanager
    async def keeping(self, directory: Directory) -> AsyncIterator[None]:
        """Write what is learned of the directory to its file until the block ends: a restart begins with it."""
        task = asyncio.create_task(self._keep(directory, directory.log.size))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep(self, directory: Directory, size: int) -> None:
        while True:
            version = directory.version
            if directory.log.size > size:
                try:
                    await asyncio.to_thread(extend_directory, self.home, directory)
                    size = directory.log.size
                except (StartRefused, OSError) as error:
                    self.log.warning("directory-not-kept", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(KEEP_EVERY_SECONDS):
                    await directory.changed(version)

    def operate(self) -> NatsTransport | None:
        """Return the connection of the broker's operator, made as soon as the broker is there; None without its key."""
        seed = self.home.nats_seed(BROKER_OPERATOR)
        if not seed.exists():
            return None
        return NatsTransport.begin(broker_of(self.settings), BROKER_OPERATOR, seed.read_text, self.log)

    def system(self) -> SystemAccount | None:
        """Return the connection of the broker's system user, made as `operate` makes its own; None without its key."""
        seed = self.home.nats_seed(BROKER_SYSTEM)
        if not seed.exists():
            return None
        return SystemAccount.begin(broker_of(self.settings), seed.read_text, self.log)

    def ring(self, name: str, directory: Directory) -> KeyRing:
        """Return the keys of a participant that are at hand. Raises KeyUnusable."""
        if not self.home.key_numbers(name):
            said = f"key file {self.home.signing_key(name)} is missing: `i247 keys request {name}` makes keys here"
            raise KeyUnusable(said)
        return KeyRing(name, directory, self.clock, lambda: self.home.keys_of(name))


def broker_of(settings: Settings) -> Broker:
    """Return where the broker is, and how it is trusted."""
    processes = max(settings.workers, settings.gateway_workers)
    return Broker(settings.broker_url, settings.nats_tls, settings.broker_quotas, processes)
