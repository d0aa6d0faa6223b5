"""Brings a change of the directory to all who run: to the broker, and as an announcement to all participants.

Who is new is let in by the broker before he is announced, and who is revoked is refused by all before his connections
are closed, so that neither meets the other half of the change.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from deploy.broker_users import UserChange, is_answering, listening_at
from deploy.home import StartRefused
from deploy.parts import Part, broker_of
from deploy.registrar import Registrar, public_nkey
from shared.bureaus import SECRETARIAT
from shared.directory_feed import DirectoryPublisher, fetch
from shared.participant import Participant
from shared.settings import Settings
from shared.transport import BROKER_SYSTEM, DeadlinePassed, Disconnected, NoResponder, TransportFailure
from shared.transport.nats import NatsTransport
from shared.transport.nats.system import SystemAccount

EFFECT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.05
CONFIRM_SECONDS: Final = 0.5


class Effect:
    """One change that was saved, and what is left to do."""

    def __init__(self, settings: Settings, registrar: Registrar, users: UserChange) -> None:
        # The broker of this mesh is where it was started, whatever port this command was told. That it refuses someone
        # is no news here.
        url = settings.nats_url or listening_at(settings)
        self._part = Part("keys", settings.model_copy(update={"log_level": "error", "nats_url": url}))
        self._registrar = registrar
        self._users = users
        self._broker = url
        self.unfinished = ""
        """Why the broker still lets the participant in, if it should not and does."""

    async def take(self, participant: str) -> list[str]:
        """Bring the change of a participant to all who run; return what became of it, a sentence each."""
        if not await is_answering(self._broker):
            return [f"no broker answers at {self._broker}: those who run learn of it when one does"]
        said = []
        if self._users.admitted:
            said += await self._reload() or await self._admission_of(participant)
        said.append(await self._announce())
        if self._users.excluded:
            said += await self._reload()
            said += await self._exclusion_of(participant)
        return said

    async def _reload(self) -> list[str]:
        part = self._part
        try:
            seed = part.home.nats_seed(BROKER_SYSTEM)
            system = await SystemAccount.connect(broker_of(part.settings), seed.read_text, part.log)
        except (TransportFailure, OSError) as failure:
            return [f"the NATS server must read {part.home.nats_configuration} again ({failure}): send it SIGHUP"]
        try:
            await system.reload()
        except TransportFailure as failure:
            return [str(failure)]
        finally:
            await system.close()
        return []

    async def _announce(self) -> str:
        try:
            async with self._secretariat() as secretariat:
                await DirectoryPublisher(secretariat).announce(self._registrar.issued)
                return await self._confirmed(secretariat)
        except (TransportFailure, StartRefused) as failure:
            return f"not announced ({failure}): those who run learn of it within a minute of the next connection"

    async def _confirmed(self, secretariat: Participant) -> str:
        deadline = time.monotonic() + EFFECT_SECONDS
        while time.monotonic() < deadline:
            try:
                if not (await fetch(secretariat, seconds=CONFIRM_SECONDS)).body:
                    return "announced to all who are connected"
            except (NoResponder, DeadlinePassed):
                # It may be on its way back with the key of this very change, or the broker forgot that it may answer.
                await asyncio.sleep(POLL_SECONDS)
            else:
                # Its gateway missed more than this.
                await DirectoryPublisher(secretariat).announce(secretariat.directory.signed_entries())
        return (
            f"announced, but no gateway of {SECRETARIAT} confirms it: who was not connected does not learn of it there"
        )

    async def _admission_of(self, participant: str) -> list[str]:
        """Wait until the broker has read its configuration: a bureau announced before that is refused at first."""
        seed = self._part.home.nats_seed(participant)
        # Who was paused is let in by this as well, for a moment.
        if not seed.exists() or public_nkey(seed) not in self._users.admitted:
            return []
        try:
            await (await self._admitted(participant)).close()
        except Disconnected:
            return [f"the broker does not let {participant} in yet: {self._other_configuration}"]
        return []

    async def _exclusion_of(self, participant: str) -> list[str]:
        if not self._part.home.nats_seed(participant).exists():
            return [f"the broker was told to close the connections of {participant}"]
        if await self._refused(participant):
            return [f"the broker has closed the connections of {participant}"]
        self.unfinished = f"the broker still lets {participant} in: {self._other_configuration}"
        return []

    @property
    def _other_configuration(self) -> str:
        file = self._part.home.nats_configuration
        return f"it has not read {file}: if it reads a copy of that, renew the copy and send it SIGHUP"

    async def _refused(self, participant: str) -> bool:
        deadline = time.monotonic() + EFFECT_SECONDS
        while time.monotonic() < deadline:
            try:
                await (await self._connect(participant)).close()
            except Disconnected:
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    @asynccontextmanager
    async def _secretariat(self) -> AsyncIterator[Participant]:
        """Speak as the Secretariat, once the broker lets it in."""
        transport = await self._admitted(SECRETARIAT)
        part, directory = self._part, self._registrar.directory
        try:
            yield Participant(
                SECRETARIAT, part.ring(SECRETARIAT, directory), directory, transport, part.clock, part.log
            )
        finally:
            await transport.close()

    async def _admitted(self, participant: str) -> NatsTransport:
        deadline = time.monotonic() + EFFECT_SECONDS
        while True:
            try:
                return await self._connect(participant)
            except Disconnected:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(POLL_SECONDS)

    async def _connect(self, participant: str) -> NatsTransport:
        seed = self._part.home.nats_seed(participant)
        return await NatsTransport.connect(broker_of(self._part.settings), participant, seed.read_text, self._part.log)
