"""Which bureaus of a gateway are witnesses of which logs, and what each looks at, and how often."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.witness.own_lists import OwnLists
from gateway.witness.patrol import Patrol
from gateway.witness.watching import Witness
from shared.bureaus import SECRETARIAT
from shared.mailbox.mailbox import Mailbox
from shared.protocol import witnesses
from shared.rpc.participant import Participant

LOOK_EVERY_SECONDS: Final = 1.0
# Whether it has become its turn, as when another bureau is suspended or its key is revoked.
LOOK_FOR_TURN_SECONDS: Final = 5.0
PATROL_EVERY_SECONDS: Final = 5.0
CHECK_LISTS_EVERY_SECONDS: Final = 60.0


class Witnesses:
    """What the bureaus of a gateway see of the logs of all services: see `watch` and `check_lists`."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = tuple(services)
        self._known: tuple[tuple[int, int], Mapping[str, frozenset[str]]] = ((-1, -1), {})

    async def watch(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Look each second at the logs of which a bureau is a witness, and go through them, until cancelled."""
        witness, patrol = Witness(mailbox, bureau), Patrol(mailbox, bureau)
        looks = 0
        while True:
            own = self.witnessed_by(bureau)
            steps = [witness.look(service) for service in own]
            if looks % (PATROL_EVERY_SECONDS // LOOK_EVERY_SECONDS) == 0:
                steps += [patrol.step(service) for service in own]
            looks += 1
            for error in await asyncio.gather(*steps, return_exceptions=True):
                if isinstance(error, Exception):
                    bureau.log.failure("witness-failed", error, bureau=bureau.name)
            await asyncio.sleep(LOOK_EVERY_SECONDS if own else LOOK_FOR_TURN_SECONDS)

    async def check_lists(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Have all services prove now and then that a bureau's list of disclosures has no gap, until cancelled."""
        lists = OwnLists(mailbox, bureau)
        while True:
            await asyncio.sleep(CHECK_LISTS_EVERY_SECONDS)
            for service in self.assigned(bureau):
                try:
                    await lists.check(service)
                except Exception as error:
                    bureau.log.failure("disclosures-not-checked", error, bureau=bureau.name, service=service)

    def witnessed_by(self, bureau: Participant) -> list[str]:
        """Return of which services a bureau is to witness the log."""
        if bureau.name == SECRETARIAT:
            return []
        return [service for service, bureaus in self.assigned(bureau).items() if bureau.name in bureaus]

    def assigned(self, asking: Participant) -> Mapping[str, frozenset[str]]:
        """Return the witnesses of each log, by the directory as a bureau knows it; all bureaus here know the same.

        Of a service that was never entered there is no log.
        """
        at, directory = asking.clock.now().timestamp(), asking.directory
        known_at = directory.version, int(at // LOOK_FOR_TURN_SECONDS)
        if self._known[0] != known_at:
            entries, entered = directory.entries(), filter(directory.knows, self._services)
            self._known = known_at, {service: witnesses.assigned(service, entries, at) for service in entered}
        return self._known[1]
