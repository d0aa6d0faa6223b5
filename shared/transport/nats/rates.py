"""Limits the rate at which each participant exchanges messages and bytes with the broker.

The NATS server limits no rate, keeps in memory what it cannot send at once, and sends some replies through one queue
for all. So its counters are polled, and a participant beyond a limit is excluded from its configuration for a while:
the server closes its connections and accepts none. What a bureau receives counts with what it sends; of a service only
what it sends counts, as others make it receive.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.background import loop_time
from shared.transport import MEBIBYTE, BrokerQuotas, Correction, TransportFailure
from shared.transport.nats.pauses import Pauses
from shared.transport.nats.system import Account, SystemAccount

# How many seconds of the rate may be used at once.
BURST_SECONDS: Final = 1.0
CLOSED_WITHIN_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.1
READS_ANOTHER: Final = "the NATS server reads another configuration than the one that is written here"

Exclude = Callable[[frozenset[str]], Awaitable[bool]]
"""Excludes these from the configuration of the server; returns whether that changed it. Raises TransportFailure."""

Require = Callable[[], Awaitable[object]]
"""Checks that the server may reload its configuration. Raises TransportFailure."""


Count = tuple[int, int, int]
"""Messages sent, messages received, and the bytes of both."""


@dataclass(slots=True)
class Allowance:
    """A rate a second, and by how much it is exceeded at present."""

    limit: int
    ahead: float = 0.0

    def take(self, amount: int, seconds: float) -> bool:
        """Count an amount of some seconds; return whether the rate was exceeded."""
        self.ahead = max(0.0, self.ahead + amount - self.limit * seconds)
        if self.ahead <= self.limit * BURST_SECONDS:
            return False
        self.ahead = 0.0
        return True


@dataclass(slots=True)
class Meter:
    """The counters of a participant on each server, and its allowances."""

    messages: Allowance
    data: Allowance
    at: float
    seen: dict[str, Count] = field(default_factory=dict)

    def exceeds(self, counts: Mapping[str, Count], at: float) -> bool:
        """Take later counts by server; return whether they grew faster than allowed."""
        # The counts of a new or restarted server are only compared from the next time on.
        known = [(self.seen[server], count) for server, count in counts.items() if server in self.seen]
        sent, received, data = (sum(max(0, now[part] - before[part]) for before, now in known) for part in range(3))
        seconds, self.at = at - self.at, at
        self.seen |= counts
        # A message without a reply costs the server as much as one with a reply.
        messages = sent + max(sent, received)
        has_many, has_much = self.messages.take(messages, seconds), self.data.take(data, seconds)
        return has_many or has_much


class Rates:
    """Enforces the rates, as the system user of the broker."""

    def __init__(
        self, system: SystemAccount, quotas: BrokerQuotas, exclude: Exclude, require_relay: Require | None = None
    ) -> None:
        """Pass `require_relay` with TLS: without a relay, a server that reloads would close all connections."""
        self._system = system
        self._require_relay = require_relay
        self._quotas = quotas
        self._exclude = exclude
        self._meters: dict[str, Meter] = {}
        self._pauses = Pauses()
        # The excluded; unknown at first, as the gateway may have ended while some were.
        self._excluded: frozenset[str] | None = None
        self._is_in_force = True
        # Then writing the file again would not exclude a paused participant that is connected.
        self._reads_another = False

    async def enforce(self, bureaus: Iterable[str], services: Iterable[str]) -> list[Correction]:
        """Pause those beyond a limit, and return them. Raises NoResponder, DeadlinePassed, Disconnected."""
        accounts = await self._system.accounts()
        totals = {
            name: {server: _both_ways(each) for server, each in accounts.get(name, {}).items()} for name in bureaus
        }
        totals |= {
            name: {server: _answered(each) for server, each in accounts.get(name, {}).items()} for name in services
        }
        # A server that reads another file accepts a paused participant: one alarm for each pause.
        exceeding = set(self._exceeding(totals)) - self._pauses.paused()
        lasting = {name: self._pauses.begin(name) for name in exceeding}
        problem = await self._enforce(accounts)
        return [self._correction(name, seconds, problem) for name, seconds in sorted(lasting.items())]

    def _exceeding(self, totals: Mapping[str, Mapping[str, Count]]) -> list[str]:
        at = loop_time()
        return [name for name, counts in totals.items() if counts and self._meter(name, at).exceeds(counts, at)]

    def _meter(self, name: str, at: float) -> Meter:
        if name not in self._meters:
            quotas = self._quotas
            self._meters[name] = Meter(Allowance(quotas.messages_per_second), Allowance(quotas.bytes_per_second), at)
        return self._meters[name]

    async def _enforce(self, accounts: Mapping[str, Mapping[str, Account]]) -> str:
        """Have the server exclude those who are paused; return why it does not, or an empty string."""
        paused = self._pauses.paused()
        # A change of keys meanwhile admits all again.
        is_back = not self._reads_another and _are_connected(paused, accounts)
        if paused == self._excluded and self._is_in_force and not is_back:
            return ""
        try:
            if self._require_relay is not None:
                await self._require_relay()
            if await self._exclude(paused):
                self._is_in_force = False
            if not self._is_in_force:
                await self._system.reload()
                self._is_in_force = True
            is_new = paused != self._excluded
            self._excluded = paused
            if is_new and paused:
                self._reads_another = not await self._closed(paused)
        except TransportFailure as failure:
            return str(failure)
        return READS_ANOTHER if self._reads_another else ""

    async def _closed(self, paused: frozenset[str]) -> bool:
        """Wait until none of these is connected; return False after `CLOSED_WITHIN_SECONDS`."""
        deadline = loop_time() + CLOSED_WITHIN_SECONDS
        while _are_connected(paused, await self._system.accounts()):
            if loop_time() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    def _correction(self, name: str, seconds: float, problem: str) -> Correction:
        messages, data = self._quotas.messages_per_second, self._quotas.bytes_per_second // MEBIBYTE
        became = f"is still admitted: {problem}" if problem else f"is not admitted for {seconds:.0f} s"
        says = f"{name} exchanged more than {messages} messages or {data} MiB a second with the broker, and {became}"
        return Correction("rate-exceeded", says, name)


def _both_ways(account: Account) -> Count:
    sent, received = account.received, account.sent
    return sent.msgs, received.msgs, sent.bytes + received.bytes


def _answered(account: Account) -> Count:
    return 0, account.received.msgs, account.received.bytes


def _are_connected(names: Iterable[str], accounts: Mapping[str, Mapping[str, Account]]) -> bool:
    return any(each.conns for name in names for each in accounts.get(name, {}).values())
