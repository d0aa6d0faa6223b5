"""Brings a change of the directory to all who run: to the broker, and as an announcement to all participants.

Who is new is let in by the broker before he is announced, and who is revoked is refused by all before his connections
are closed, so that neither meets the other half of the change.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Final

from deploy.broker.nkeys import public_nkey
from deploy.broker.users import UserChange, authorize, is_answering, listening_at
from deploy.mesh.process_context import ProcessContext, broker_of
from deploy.state.errors import SettingsRefused, StartRefused
from deploy.state.settings import Settings, require_scheme
from deploy.state.state_dir import StateDir
from shared.bureaus import SECRETARIAT
from shared.protocol.directory import Directory
from shared.protocol.directory_log import PartRefused, decode_part
from shared.rpc.directory_sync import DirectoryPublisher, fetch
from shared.rpc.participant import Participant
from shared.transport import BROKER_SYSTEM, DeadlinePassed, Disconnected, NoResponder, NotAdmitted, TransportFailure
from shared.transport.nats import NatsTransport
from shared.transport.nats.system import SystemAccount

EFFECT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.05
CONFIRM_SECONDS: Final = 0.5


class Rollout:
    """One change that was saved, and what is left to do."""

    def __init__(self, settings: Settings, directory: Directory, issued: int, users: UserChange) -> None:
        """So many entries at the end of the directory are new: `issued`."""
        # The broker of this mesh is where it was started, whatever port this command was told. That it refuses someone
        # is no news here.
        url = settings.nats_url or listening_at(settings)
        self._part = ProcessContext("keys", settings.model_copy(update={"log_level": "error", "nats_url": url}))
        self._directory = directory
        self._issued = issued
        self._users = users
        self._broker = url
        self.unfinished = ""
        """Why the change is not in force everywhere, if it should be by now."""

    async def take(self, participants: list[str]) -> list[str]:
        """Bring a change of participants to all who run; return what became of it, a sentence each."""
        try:
            require_scheme(self._broker, tls=self._part.settings.nats_tls is not None)
        except SettingsRefused as refused:
            self.unfinished = f"saved, but nobody was told: {refused}"
            return []
        if not await is_answering(self._broker):
            return [f"no broker answers at {self._broker}: those who run learn of it when one does"]
        said = []
        if self._users.admitted:
            said += await self._reload() or await self._of_each(self._admission_of, participants)
        said.append(await self._announce())
        if self._users.excluded:
            said += await self._reload()
            said += await self._of_each(self._exclusion_of, participants)
        return said

    async def _of_each(self, what: Callable[[str], Awaitable[list[str]]], participants: list[str]) -> list[str]:
        return [sentence for each in dict.fromkeys(participants) for sentence in await what(each)]

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
                log = self._directory.log
                await DirectoryPublisher(secretariat).announce(log.part(log.size - self._issued))
                return await self._confirmed(secretariat)
        except (TransportFailure, StartRefused) as failure:
            return f"not announced ({failure}): those who run learn of it within a minute of the next connection"

    async def _confirmed(self, secretariat: Participant) -> str:
        deadline = time.monotonic() + EFFECT_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = await fetch(secretariat, seconds=CONFIRM_SECONDS)
                # Without an entry it tells of witnesses.
                if not answer.body or not decode_part(answer.body).entries:
                    return "announced to all who are connected"
            except (NoResponder, DeadlinePassed, PartRefused):
                # It may be on its way back with the key of this very change, or the broker forgot that it may answer.
                await asyncio.sleep(POLL_SECONDS)
            else:
                # Its gateway missed more than this.
                await DirectoryPublisher(secretariat).announce(secretariat.directory.log.part())
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
        except NotAdmitted:
            return [f"the broker does not let {participant} in yet: {self._other_configuration}"]
        except Disconnected as failure:
            return [f"it was not seen that the broker lets {participant} in: {failure}"]
        return []

    async def _exclusion_of(self, participant: str) -> list[str]:
        seed = self._part.home.nats_seed(participant)
        if not seed.exists():
            return [f"the broker was told to close the connections of {participant}"]
        if public_nkey(seed) not in self._users.excluded:
            return []
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
        part, directory = self._part, self._directory
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


def publish(settings: Settings, directory: Directory, new: int) -> Iterator[str]:
    """Bring the last entries of a directory that is written to the broker and to all who run; return what became of it.

    After the last sentence the iterator raises StartRefused if the broker still lets in an excluded participant.
    """
    signed = directory.log.entries(directory.log.size - new)
    participants = [entry.participant for jws in signed if (entry := directory.entry_in(jws)) is not None]
    effect = Rollout(settings, directory, new, authorize(StateDir(settings.home), directory))
    return _told(asyncio.run(effect.take(participants)), effect.unfinished)


def _told(said: list[str], unfinished: str) -> Iterator[str]:
    yield from said
    if unfinished:
        raise StartRefused(unfinished)
