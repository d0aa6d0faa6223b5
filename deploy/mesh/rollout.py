"""Rolls out a change of the directory: reloads the broker, and announces the change to all participants.

The broker admits new participants before they are announced, and closes the connections of revoked participants after
that is announced. So no participant sees half of a change.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from deploy.broker.nkeys import public_nkey
from deploy.broker.users import UserChange, is_reachable, update_users
from deploy.mesh.process_context import broker_of
from deploy.mesh.time_check import command_context
from deploy.state.errors import SettingsRefused, StartRefused
from deploy.state.settings import Settings, require_scheme
from shared.bureaus import EXPECTED, SECRETARIAT
from shared.protocol.directory import Directory
from shared.protocol.directory_log import PartRefused, decode_part
from shared.rpc.directory_sync import DirectoryPublisher, fetch
from shared.rpc.participant import Participant
from shared.transport import DeadlinePassed, Disconnected, NoResponder, NotAdmitted, TransportFailure
from shared.transport.nats import NatsTransport
from shared.transport.nats.system import SystemAccount
from shared.transport.subjects import BROKER_SYSTEM

EFFECT_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.05
CONFIRM_SECONDS: Final = 0.5


class Rollout:
    """The rollout of one change that is saved."""

    def __init__(self, settings: Settings, directory: Directory, issued: int, users: UserChange) -> None:
        """`issued` is the number of new entries at the end of the directory."""
        self._context = command_context(settings)
        self._directory = directory
        self._issued = issued
        self._users = users
        self._broker = self._context.settings.broker_url
        self.unfinished = ""
        """Why the change is not in force everywhere, though it should be."""

    async def apply(self, participants: list[str]) -> list[str]:
        """Roll out a change of these participants; return a line about each result."""
        try:
            for url in self._broker.split(","):
                require_scheme(url, tls=self._context.settings.nats_tls is not None)
        except SettingsRefused as refused:
            self.unfinished = f"saved, but not announced: {refused}"
            return []
        if not await is_reachable(self._broker):
            return [f"no broker answers at {self._broker}: running processes learn of the change when one does"]
        lines, distinct = [], list(dict.fromkeys(participants))
        if self._users.admitted:
            lines += await self._reload()
            if not lines and not EXPECTED.issuperset(distinct):
                # The server activates the imports of an account that a reload adds at the next reload.
                lines += await self._reload()
            lines = lines or [line for each in distinct for line in await self._admission_of(each)]
        lines.append(await self._announce())
        if self._users.excluded:
            lines += await self._reload()
            lines += [line for each in distinct for line in await self._exclusion_of(each)]
        return lines

    async def _reload(self) -> list[str]:
        context = self._context
        try:
            seed = context.state_dir.nats_seed(BROKER_SYSTEM)
            system = await SystemAccount.connect(broker_of(context.settings), seed.read_text, context.log)
        except (TransportFailure, OSError) as failure:
            return [
                f"{context.state_dir.nats_configuration} must be reloaded ({failure}): send SIGHUP to the NATS server"
            ]
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
            return f"not announced ({failure}): processes learn of the change within a minute of their next connection"

    async def _confirmed(self, secretariat: Participant) -> str:
        deadline = time.monotonic() + EFFECT_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = await fetch(secretariat, seconds=CONFIRM_SECONDS)
                # A part without entries only has news about witnesses.
                if not answer.body or not decode_part(answer.body).entries:
                    return "announced to all who are connected"
            except (NoResponder, DeadlinePassed, PartRefused):
                # The gateway may be reconnecting with the key of this change, or a reload made the broker forget that
                # it may reply.
                await asyncio.sleep(POLL_SECONDS)
            else:
                # The gateway missed more than this change.
                await DirectoryPublisher(secretariat).announce(secretariat.directory.log.part())
        return (
            f"announced, but no gateway of {SECRETARIAT} confirms it: participants that were not connected cannot "
            "fetch the change there"
        )

    async def _admission_of(self, participant: str) -> list[str]:
        """Wait until the broker has reloaded: a bureau announced before that would be refused at first."""
        seed = self._context.state_dir.nats_seed(participant)
        # A paused participant is admitted as well, for a moment.
        if not seed.exists() or public_nkey(seed) not in self._users.admitted:
            return []
        try:
            await (await self._admitted(participant)).close()
        except NotAdmitted:
            return [f"the broker does not admit {participant} yet: {self._not_reloaded}"]
        except Disconnected as failure:
            return [f"it is not known whether the broker admits {participant}: {failure}"]
        return []

    async def _exclusion_of(self, participant: str) -> list[str]:
        seed = self._context.state_dir.nats_seed(participant)
        if not seed.exists():
            return [f"the broker was instructed to close the connections of {participant}"]
        if public_nkey(seed) not in self._users.excluded:
            return []
        if await self._refused(participant):
            return [f"the broker has closed the connections of {participant}"]
        self.unfinished = f"the broker still admits {participant}: {self._not_reloaded}"
        return []

    @property
    def _not_reloaded(self) -> str:
        file = self._context.state_dir.nats_configuration
        return f"it has not read {file}: if it reads a copy, replace the copy and send it SIGHUP"

    async def _refused(self, participant: str) -> bool:
        """Return whether each server of the broker refuses a participant."""
        refused = await asyncio.gather(*(self._refused_at(url, participant) for url in self._broker.split(",")))
        return all(refused)

    async def _refused_at(self, url: str, participant: str) -> bool:
        deadline = time.monotonic() + EFFECT_SECONDS
        while time.monotonic() < deadline:
            try:
                async with asyncio.timeout(EFFECT_SECONDS):
                    await (await self._connect(participant, url)).close()
            except (Disconnected, TimeoutError):
                # A server that is silent admits nobody, and is made to read its configuration when it is back.
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    @asynccontextmanager
    async def _secretariat(self) -> AsyncIterator[Participant]:
        transport = await self._admitted(SECRETARIAT)
        context, directory = self._context, self._directory
        try:
            yield Participant(
                SECRETARIAT, context.key_ring(SECRETARIAT, directory), directory, transport, context.clock, context.log
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

    async def _connect(self, participant: str, url: str | None = None) -> NatsTransport:
        seed, broker = self._context.state_dir.nats_seed(participant), broker_of(self._context.settings)
        broker = broker if url is None else replace(broker, url=url)
        return await NatsTransport.connect(broker, participant, seed.read_text, self._context.log)


def roll_out(settings: Settings, directory: Directory, new: int) -> Iterator[str]:
    """Roll out the last entries of a directory that is saved; yield a line about each result.

    After the last line the iterator raises StartRefused if the broker still admits an excluded participant.
    """
    signed = directory.log.entries(directory.log.size - new)
    participants = [entry.participant for jws in signed if (entry := directory.entry_in(jws)) is not None]
    rollout = Rollout(settings, directory, new, update_users(settings.state_dir, directory))
    return _lines(asyncio.run(rollout.apply(participants)), rollout.unfinished)


def _lines(lines: list[str], unfinished: str) -> Iterator[str]:
    yield from lines
    if unfinished:
        raise StartRefused(unfinished)
