"""The bureaus that a gateway process hosts: those at its start, and those that join while it runs."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from shared.background import Job, end_all, repeat
from shared.bureaus import SECRETARIAT, BureauCode
from shared.errors import Unauthenticated
from shared.protocol.directory import Directory
from shared.protocol.directory_log import DirectoryPart
from shared.rpc.client import Requester
from shared.rpc.directory_sync import DirectoryFeed, DirectoryPublisher
from shared.rpc.participant import Participant
from shared.transport import Disconnected

RETRY_SECONDS: Final = 1.0

ReadLog = Callable[[], DirectoryPart | None]
Find = Callable[[Iterable[BureauCode]], Iterable[Participant]]
Welcome = Callable[[Participant], None]


def requester_of(requesters: Mapping[BureauCode, Requester], bureau: BureauCode) -> Requester:
    """Return what sends the requests of a bureau of this gateway. Raises Unauthenticated for any other."""
    requester = requesters.get(bureau)
    if requester is None:
        raise Unauthenticated(f"this is not the gateway of {bureau}: use that bureau's own")
    return requester


class HostedBureaus:
    """Synchronizes the directory for every bureau, and hosts those that join.

    A bureau stays hosted while it is suspended or its key revoked: its officers get a refusal that says so, until it
    has a new key.
    """

    def __init__(
        self,
        directory: Directory,
        bureaus: Iterable[Participant],
        find: Find,
        read: ReadLog,
        requester: Callable[[Participant], Requester] = Requester,
    ) -> None:
        """`find` returns the bureaus that joined, given the known ones; `read` the directory file of the Secretariat.

        Neither may raise. `requester` makes what sends the requests of a bureau to services.
        """
        self.bureaus = {BureauCode(bureau.name): bureau for bureau in bureaus}
        self.requesters = {code: requester(bureau) for code, bureau in self.bureaus.items()}
        self._requester = requester
        self._directory = directory
        self._find = find
        self._read = read
        self._welcomes: list[Welcome] = []
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def welcome(self, welcome: Welcome) -> None:
        """Call a function for every bureau, those that are hosted and those that join."""
        self._welcomes.append(welcome)
        for bureau in self.bureaus.values():
            welcome(bureau)

    async def follow(self) -> None:
        """Synchronize the directory for all bureaus, and host those that join, until cancelled."""
        self._tasks += [asyncio.create_task(self._synchronize(bureau)) for bureau in self.bureaus.values()]
        while True:
            version = self._directory.version
            for bureau in self._find(tuple(self.bureaus)):
                self._host(bureau)
            await self._directory.changed(version)

    async def close(self) -> None:
        """Stop synchronizing the directory, and disconnect."""
        await end_all(self._tasks)
        await asyncio.gather(*(bureau.transport.close() for bureau in self.bureaus.values()))

    def _host(self, bureau: Participant) -> None:
        code = BureauCode(bureau.name)
        self.bureaus[code] = bureau
        self.requesters[code] = self._requester(bureau)
        self._tasks.append(asyncio.create_task(self._synchronize(bureau)))
        for welcome in self._welcomes:
            welcome(bureau)
        bureau.log.info("bureau-joined", bureau=code)

    async def _synchronize(self, bureau: Participant) -> None:
        async def run_once() -> None:
            await bureau.transport.reconnected(0)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(DirectoryFeed(bureau, self._turn).follow())
                    if bureau.name == SECRETARIAT:
                        group.create_task(DirectoryPublisher(bureau).follow(self._read))
            except* Disconnected:
                bureau.log.debug("connection-lost-at-once", bureau=bureau.name)

        await repeat(Job(f"directory of {bureau.name}", run_once, RETRY_SECONDS), bureau.log)
