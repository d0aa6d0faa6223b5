"""How much a second each participant may exchange with the broker, in messages and in bytes.

The NATS server bounds no rate, keeps in memory what it cannot send at once, and sends some answers through one queue
with those to all others. So its counts are looked at often, and who is beyond a limit is left out of its configuration
for a while: it closes their connections then, and lets none in. What a bureau asks for counts with what it says; of a
service only what it says counts, as others ask it. Who keeps to the limits notices nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.transport import MEBIBYTE, BrokerQuotas, Correction, TransportFailure
from shared.transport.nats.pauses import Pauses
from shared.transport.nats.system import Account, SystemAccount

# So many seconds of the limit may be used at once.
BURST_SECONDS: Final = 1.0
CLOSED_WITHIN_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.1
READS_ANOTHER: Final = "the NATS server reads another configuration than the one that is written here"

LeaveOut = Callable[[frozenset[str]], Awaitable[bool]]
"""Has the configuration of the server leave these out; tells whether that changed it. Raises TransportFailure."""

Require = Callable[[], Awaitable[object]]
"""Makes sure that the server may read its configuration again. Raises TransportFailure."""


Count = tuple[int, int, int]
"""Messages that were said, messages that were heard, and the bytes of both."""


@dataclass(slots=True)
class Allowance:
    """What may come, so much a second, and what came faster."""

    limit: int
    ahead: float = 0.0

    def take(self, amount: int, seconds: float) -> bool:
        """Take in what came in so many seconds; tell whether that is more than may be."""
        self.ahead = max(0.0, self.ahead + amount - self.limit * seconds)
        if self.ahead <= self.limit * BURST_SECONDS:
            return False
        self.ahead = 0.0
        return True


@dataclass(slots=True)
class Meter:
    """What a participant has exchanged, by each server since it started."""

    messages: Allowance
    data: Allowance
    at: float
    seen: dict[str, Count] = field(default_factory=dict)

    def exceeds(self, counts: Mapping[str, Count], at: float) -> bool:
        """Take in later counts by server; tell whether they grew faster than they may."""
        # A server that is new, as after it was started again, says how much there was before.
        known = [(self.seen[server], count) for server, count in counts.items() if server in self.seen]
        said, heard, data = (sum(max(0, now[part] - before[part]) for before, now in known) for part in range(3))
        seconds, self.at = at - self.at, at
        self.seen |= counts
        # What asks for no answer costs the server as much as what does.
        messages = said + max(said, heard)
        has_many, has_much = self.messages.take(messages, seconds), self.data.take(data, seconds)
        return has_many or has_much


class Rates:
    """Bounds what each participant exchanges with the broker, as its system user."""

    def __init__(
        self, system: SystemAccount, quotas: BrokerQuotas, leave_out: LeaveOut, require_relay: Require | None = None
    ) -> None:
        """`require_relay` with TLS, as a server that reads its configuration closes whom it can ask no relay about."""
        self._system = system
        self._require_relay = require_relay
        self._quotas = quotas
        self._leave_out = leave_out
        self._meters: dict[str, Meter] = {}
        self._pauses = Pauses()
        # Who is left out of the configuration; unknown at first, as the gateway may have ended while some were.
        self._left_out: frozenset[str] | None = None
        self._is_in_force = True
        # Then it is in vain to write the file again because a paused participant is connected.
        self._reads_another = False

    async def enforce(self, bureaus: Iterable[str], services: Iterable[str]) -> list[Correction]:
        """Pause who is beyond the limit, and return who was. Raises NoResponder, DeadlinePassed, Disconnected."""
        accounts = await self._system.accounts()
        totals = {
            name: {server: _both_ways(each) for server, each in accounts.get(name, {}).items()} for name in bureaus
        }
        totals |= {
            name: {server: _answered(each) for server, each in accounts.get(name, {}).items()} for name in services
        }
        # A server that reads another file lets a paused participant in. One alarm for each pause says so.
        exceeding = set(self._exceeding(totals)) - self._pauses.paused()
        lasting = {name: self._pauses.begin(name) for name in exceeding}
        problem = await self._settle(accounts)
        return [self._correction(name, seconds, problem) for name, seconds in sorted(lasting.items())]

    def _exceeding(self, totals: Mapping[str, Mapping[str, Count]]) -> list[str]:
        at = asyncio.get_running_loop().time()
        return [name for name, counts in totals.items() if counts and self._meter(name, at).exceeds(counts, at)]

    def _meter(self, name: str, at: float) -> Meter:
        if name not in self._meters:
            quotas = self._quotas
            self._meters[name] = Meter(Allowance(quotas.messages_per_second), Allowance(quotas.bytes_per_second), at)
        return self._meters[name]

    async def _settle(self, accounts: Mapping[str, Mapping[str, Account]]) -> str:
        """Have the server let in all but those who are paused; return why it does not, or nothing."""
        paused = self._pauses.paused()
        # A change of keys meanwhile lets all in again.
        is_back = not self._reads_another and _are_connected(paused, accounts)
        if paused == self._left_out and self._is_in_force and not is_back:
            return ""
        try:
            if self._require_relay is not None:
                await self._require_relay()
            if await self._leave_out(paused):
                self._is_in_force = False
            if not self._is_in_force:
                await self._system.reload()
                self._is_in_force = True
            is_new = paused != self._left_out
            self._left_out = paused
            if is_new and paused:
                self._reads_another = not await self._closed(paused)
        except TransportFailure as failure:
            return str(failure)
        return READS_ANOTHER if self._reads_another else ""

    async def _closed(self, paused: frozenset[str]) -> bool:
        """Wait until none of these is connected; tell whether that came about in time."""
        deadline = asyncio.get_running_loop().time() + CLOSED_WITHIN_SECONDS
        while _are_connected(paused, await self._system.accounts()):
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    def _correction(self, name: str, seconds: float, problem: str) -> Correction:
        messages, data = self._quotas.messages_per_second, self._quotas.bytes_per_second // MEBIBYTE
        became = f"is still let in: {problem}" if problem else f"is not let in for {seconds:.0f} s"
        says = f"{name} exchanged more than {messages} messages or {data} MiB a second with the broker, and {became}"
        return Correction("rate-exceeded", says, name)


def _both_ways(account: Account) -> Count:
    said, heard = account.received, account.sent
    return said.msgs, heard.msgs, said.bytes + heard.bytes


def _answered(account: Account) -> Count:
    return 0, account.received.msgs, account.received.bytes


def _are_connected(names: Iterable[str], accounts: Mapping[str, Mapping[str, Account]]) -> bool:
    return any(each.conns for name in names for each in accounts.get(name, {}).values())
