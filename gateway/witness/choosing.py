"""Which bureaus of a gateway are witnesses, and that each looks at all logs every second."""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from gateway.messages.mailbox import Mailbox
from gateway.witness.watching import Witness
from shared.bureaus import SECRETARIAT, BureauCode
from shared.participant import Participant

LOOK_EVERY_SECONDS: Final = 1.0
# Whether it has become its turn, as when another bureau is suspended or its key is revoked.
LOOK_FOR_TURN_SECONDS: Final = 5.0


class Witnesses:
    """The bureaus of this gateway that are witnesses: the first so many that are hosted, members, and hold a valid key.

    The Secretariat is none, as it keeps the logs.
    """

    def __init__(self, services: Iterable[str], hosted: Mapping[BureauCode, object], most: int) -> None:
        self._services = tuple(services)
        self._hosted = hosted
        self._most = most

    async def watch(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Look at all logs for one bureau whenever it is its turn, until cancelled."""
        witness = Witness(mailbox, bureau)
        while True:
            its_turn = bureau.name in self._chosen(bureau)
            if its_turn:
                looks = (witness.look(service) for service in self._services)
                for error in await asyncio.gather(*looks, return_exceptions=True):
                    if isinstance(error, Exception):
                        bureau.log.failure("witness-failed", error, bureau=bureau.name)
            await asyncio.sleep(LOOK_EVERY_SECONDS if its_turn else LOOK_FOR_TURN_SECONDS)

    def _chosen(self, asking: Participant) -> list[BureauCode]:
        members = frozenset(asking.directory.members(asking.clock.now()))
        able = (code for code in self._hosted if code != SECRETARIAT and code in members)
        return list(islice(able, self._most))
