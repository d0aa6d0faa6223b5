"""Watches the servers of a cluster: each must reply, and have read the present configuration.

A server that was cut off while keys were revoked, or a participant was paused, would admit them when it is back.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from shared.transport import Correction
from shared.transport.nats.system import ServerReply, SystemAccount

# The time of a change is that of a tick of the clock. A server that read it within that is told once more.
TICK: Final = timedelta(milliseconds=20)
# So many in a row: a server that is busy or restarted is no alarm.
SILENT_CHECKS: Final = 3

ChangedAt = Callable[[], float]
"""Returns when the configuration was last changed, in seconds since 1970 by the clock of this machine."""


class ServerWatch:
    """Watches as many servers as the system account knows of."""

    def __init__(self, system: SystemAccount, changed_at: ChangedAt) -> None:
        self._system = system
        self._changed_at = changed_at
        self._known: set[str] = set()
        # For each server, the change for which it was told to read its configuration.
        self._told: dict[str, float] = {}
        self._silent = 0

    async def check(self) -> list[Correction]:
        """Have a server read a configuration that it missed; return who fell silent. Raises TransportFailure."""
        # Before the servers are asked, so that none seems to have read its configuration later than it did.
        asked = time.time()
        found = await self._system.servers()
        for reply in found:
            await self._require_present(reply, asked)
        return self._missing(found)

    async def _require_present(self, reply: ServerReply, asked: float) -> None:
        changed = self._changed_at()
        is_older = reply.data.loaded_ago > timedelta(seconds=asked - changed) - TICK
        if is_older and self._told.get(reply.server.id) != changed:
            await self._system.reload_server(reply.server.id)
            self._told[reply.server.id] = changed

    def _missing(self, found: list[ServerReply]) -> list[Correction]:
        """Return an alarm once servers were silent in some checks; the next one when all have replied meanwhile."""
        names = {reply.server.name for reply in found}
        missing = sorted(self._known - names)
        self._known |= names
        self._silent = 0 if len(names) >= self._system.size else self._silent + 1
        if self._silent != SILENT_CHECKS:
            return []
        which = ", ".join(missing) or "one"
        says = f"{len(names)} of {self._system.size} servers of the broker reply: {which} does not"
        return [Correction("server-missing", says, which)]
