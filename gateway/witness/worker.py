"""The background jobs of the witnesses of a gateway: which bureau looks at which logs, and how often."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from gateway.witness.own_lists import OwnLists
from gateway.witness.patrol import Patrol
from gateway.witness.watching import Witness
from shared.audit.format.lists import PARTICIPANTS
from shared.background import AlreadyLogged, Job, for_each, repeat
from shared.bureaus import SECRETARIAT
from shared.mailbox.mailbox import Mailbox
from shared.protocol import witnesses
from shared.rpc.participant import Participant

WATCH_EVERY_SECONDS: Final = 1.0
PATROL_EVERY_SECONDS: Final = 5.0
CHECK_LISTS_EVERY_SECONDS: Final = 60.0
# The witnesses of a log change when a bureau is suspended or its key is revoked.
ASSIGNED_EVERY_SECONDS: Final = 5.0


class Witnesses:
    """The bureaus of a gateway as witnesses of the logs of all services."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = tuple(services)
        self._assigned: tuple[tuple[int, int], Mapping[str, frozenset[str]]] = ((-1, -1), {})

    async def watch(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Cosign the logs of which a bureau is a witness, until cancelled."""
        await self._repeat("witness", WATCH_EVERY_SECONDS, bureau, Witness(mailbox, bureau).look)

    async def patrol(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Verify old leaves of the logs of which a bureau is a witness, until cancelled."""
        await self._repeat("patrol", PATROL_EVERY_SECONDS, bureau, Patrol(mailbox, bureau).step)

    async def check_lists(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Have all services prove that a bureau's list of disclosures has no gap, until cancelled; others have none."""
        if bureau.name not in PARTICIPANTS:
            return
        lists = OwnLists(mailbox, bureau)

        async def check(service: str) -> None:
            try:
                await lists.check(service)
            except Exception as error:
                bureau.log.failure("disclosures-not-checked", error, bureau=bureau.name, service=service)
                raise AlreadyLogged from error

        async def run_once() -> None:
            await for_each(check, self.assigned(bureau))

        await asyncio.sleep(CHECK_LISTS_EVERY_SECONDS)
        await repeat(Job(f"lists of {bureau.name}", run_once, CHECK_LISTS_EVERY_SECONDS), bureau.log)

    async def _repeat(
        self, name: str, seconds: float, bureau: Participant, act: Callable[[str], Awaitable[None]]
    ) -> None:
        async def run_once() -> float:
            own = self.witnessed_by(bureau)
            outcomes = await asyncio.gather(*map(act, own), return_exceptions=True)
            failed = {service: each for service, each in zip(own, outcomes, strict=True) if isinstance(each, Exception)}
            for service, failure in failed.items():
                bureau.log.failure(f"{name}-failed", failure, bureau=bureau.name, service=service)
            if failed:
                raise AlreadyLogged
            return seconds if own else ASSIGNED_EVERY_SECONDS

        await repeat(Job(f"{name} of {bureau.name}", run_once, seconds), bureau.log)

    def witnessed_by(self, bureau: Participant) -> list[str]:
        """Return the services of whose log a bureau is a witness."""
        if bureau.name == SECRETARIAT:
            return []
        return [service for service, bureaus in self.assigned(bureau).items() if bureau.name in bureaus]

    def assigned(self, asking: Participant) -> Mapping[str, frozenset[str]]:
        """Return the witnesses of each log, by the directory that all bureaus here share.

        A service that was never entered in the directory has no log.
        """
        at, directory = asking.clock.now().timestamp(), asking.directory
        known_at = directory.version, int(at // ASSIGNED_EVERY_SECONDS)
        if self._assigned[0] != known_at:
            entries, entered = directory.entries(), filter(directory.knows, self._services)
            self._assigned = known_at, {service: witnesses.assigned(service, entries, at) for service in entered}
        return self._assigned[1]
