"""How many messages a second each participant may exchange with the broker.

The NATS server bounds no rate, and some of its answers share a queue with those to all others. So its counts are looked
at often, and who is beyond the limit is left out of its configuration for a while: its connections are closed then, and
it is not let in. What it asks for is counted with the answers. Of a service only what it says is counted, as others ask
it; and who only takes what the limit allows is never noticed, whatever it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from shared.transport import Correction, TransportFailure
from shared.transport.nats.pauses import Pauses
from shared.transport.nats.system import SystemAccount

# So many seconds of the limit may be used at once.
BURST_SECONDS: Final = 2.0
CLOSED_WITHIN_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.1

LeaveOut = Callable[[frozenset[str]], Awaitable[bool]]
"""Has the configuration of the server leave these out; tells whether that changed it. Raises TransportFailure."""


@dataclass(slots=True)
class Count:
    """What an account has exchanged with all servers together."""

    connections: int = 0
    received: int = 0
    sent: int = 0


@dataclass(slots=True)
class Meter:
    """A bucket that leaks as fast as the limit, and holds what came faster."""

    total: int
    at: float
    level: float = 0.0

    def measure(self, total: int, at: float, limit: int) -> float:
        """Take in a later total; return how much the bucket holds."""
        # A server that was started again counts from the beginning.
        came = total - self.total if total >= self.total else total
        self.level = max(0.0, self.level + came - limit * (at - self.at))
        self.total, self.at = total, at
        return self.level


class MessageRate:
    """Bounds what each participant exchanges with the broker, as its system user."""

    def __init__(self, system: SystemAccount, limit: int, leave_out: LeaveOut) -> None:
        self._system = system
        self._limit = limit
        self._leave_out = leave_out
        self._meters: dict[str, Meter] = {}
        self._pauses = Pauses()
        # Those whom the configuration leaves out; unknown at first, as the gateway may have ended while some were.
        self._left_out: frozenset[str] | None = None
        self._is_in_force = True

    async def enforce(self, bureaus: Iterable[str], services: Iterable[str]) -> list[Correction]:
        """Pause who is beyond the limit, and return who was. Raises NoResponder, DeadlinePassed, Disconnected."""
        counts = await self._counts()
        totals = {name: count.received + count.sent for name, count in self._of(bureaus, counts)}
        totals |= {name: count.received for name, count in self._of(services, counts)}
        exceeding = {name: self._pauses.begin(name) for name in self._exceeding(totals)}
        problem = await self._settle(counts)
        return [self._correction(name, seconds, problem) for name, seconds in exceeding.items()]

    def _of(self, names: Iterable[str], counts: dict[str, Count]) -> list[tuple[str, Count]]:
        return [(name, counts[name]) for name in names if name in counts]

    async def _counts(self) -> dict[str, Count]:
        counts: dict[str, Count] = {}
        for account in await self._system.accounts():
            count = counts.setdefault(account.acc, Count())
            count.connections += account.conns
            count.received += account.received.msgs
            count.sent += account.sent.msgs
        return counts

    def _exceeding(self, totals: dict[str, int]) -> list[str]:
        at, exceeding = asyncio.get_running_loop().time(), []
        for name, total in totals.items():
            meter = self._meters.setdefault(name, Meter(total, at))
            if meter.measure(total, at, self._limit) > self._limit * BURST_SECONDS:
                meter.level = 0.0
                exceeding.append(name)
        return exceeding

    async def _settle(self, counts: dict[str, Count]) -> str:
        """Have the server let in all but those who are paused; return why it does not, or nothing."""
        paused = self._pauses.paused()
        # A change of keys meanwhile lets all in again.
        is_back = any(name in counts and counts[name].connections for name in paused)
        if paused == self._left_out and self._is_in_force and not is_back:
            return ""
        try:
            self._is_in_force = not await self._leave_out(paused) and self._is_in_force
            if not self._is_in_force:
                await self._system.reload()
                self._is_in_force = True
            is_new = paused != self._left_out
            self._left_out = paused
            return await self._still_open(paused) if is_new else ""
        except TransportFailure as failure:
            return str(failure)

    async def _still_open(self, paused: frozenset[str]) -> str:
        deadline = asyncio.get_running_loop().time() + CLOSED_WITHIN_SECONDS
        while any(count.connections for _, count in self._of(paused, await self._counts())):
            if asyncio.get_running_loop().time() > deadline:
                return "the NATS server reads another configuration than the one that is written here"
            await asyncio.sleep(POLL_SECONDS)
        return ""

    def _correction(self, name: str, seconds: float, problem: str) -> Correction:
        became = f"is still let in: {problem}" if problem else f"is not let in for {seconds:.0f} s"
        says = f"{name} exchanged more than {self._limit} messages a second with the broker, and {became}"
        return Correction("rate-exceeded", says, name)
