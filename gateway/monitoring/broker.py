"""Keeps the configuration of the broker as planned, where the gateway of the Secretariat runs.

It is the operator of the broker, on a connection of its own. Each correction is an alarm in the mailbox of the
Secretariat, for its auditors and `/health`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from gateway.monitoring.alarms import Alarm, raise_alarms
from gateway.witness.rules import Fault
from gateway.witness.store import StoredAlarm, WitnessStore
from shared.background import Job, end_all, loop_time, repeat
from shared.bureaus import SECRETARIAT
from shared.errors import Refusal
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.protocol.directory import Directory
from shared.rpc.participant import Participant
from shared.transport import Correction, Disconnected, Transport, TransportFailure

FURNISH_EVERY_SECONDS: Final = 5.0
STREAM_CHECK_SECONDS: Final = 0.5
# A sender may exceed its quota for so long; the stream has room for all that anyone can post meanwhile.
BOUND_POSTS_EVERY_SECONDS: Final = 0.5
# The server buffers what a participant does not read for so long at most.
BOUND_RATES_EVERY_SECONDS: Final = 0.2
# A broker that does not answer for so long is an alarm.
UNATTENDED_SECONDS: Final = 15.0
UNATTENDED: Final = Correction(
    "unattended", "the operator cannot supervise streams and quotas: the broker does not answer it", "broker"
)
UNCOUNTED: Final = Correction(
    "unattended", "the rates of participants are not limited: the broker does not answer its system user", "system"
)
UNRELAYED: Final = Correction(
    "unattended", "no relay takes messages and attachments of participants: run `i247 up --relay`", "relay"
)
LOOK_FOR_RELAY_EVERY_SECONDS: Final = 2.0
# A server of a cluster that was cut off may have missed that keys were revoked.
CHECK_SERVERS_EVERY_SECONDS: Final = 2.0
# The health shows an alarm for so long.
RECENT: Final = timedelta(days=1)
MAX_RECENT: Final = 20
# As the service of an alarm.
BROKER: Final = "broker"

Act = Callable[[], Awaitable[list[Correction]]]
Turn = Callable[[], AbstractAsyncContextManager[None]]
"""Waits until no other process supervises the broker, and keeps others from it."""


class RateBound(Protocol):
    """Limits the bytes a second that each participant exchanges with the broker."""

    async def enforce(self, bureaus: Iterable[str], services: Iterable[str]) -> list[Correction]:
        """Pause participants beyond the limit, and return which. Raises TransportFailure."""
        ...


@dataclass(slots=True)
class Check:
    """A property of the broker that is checked periodically."""

    name: str
    act: Act
    every_seconds: float
    unattended: Correction
    """The alarm, if the check failed for `UNATTENDED_SECONDS`."""

    failing_since: float | None = None


class BrokerSupervisor:
    """Supervises streams, consumers, quotas and rates as the operator."""

    def __init__(
        self,
        operator: Transport,
        rates: RateBound | None,
        log: Log,
        turn: Turn = nullcontext,
        check_servers: Act | None = None,
    ) -> None:
        """`check_servers` is for a cluster."""
        self._operator = operator
        self._rates = rates
        self._check_servers = check_servers
        self._log = log
        self._turn = turn

    async def work(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Supervise the broker until cancelled, if the bureau is the Secretariat."""
        if bureau.name != SECRETARIAT:
            return

        async def bound_posts() -> list[Correction]:
            return await self._operator.bound_posts(bureau.directory.participants())

        checks = [
            Check("quotas", bound_posts, BOUND_POSTS_EVERY_SECONDS, UNATTENDED),
            Check("relay", self._look_for_relay, LOOK_FOR_RELAY_EVERY_SECONDS, UNRELAYED),
        ]
        if self._rates is not None:
            rates = partial(self._bound_rates, bureau, self._rates)
            checks.append(Check("rates", rates, BOUND_RATES_EVERY_SECONDS, UNCOUNTED))
        if self._check_servers is not None:
            checks.append(Check("servers", self._check_servers, CHECK_SERVERS_EVERY_SECONDS, UNCOUNTED))
        ensure = Job("streams", partial(self._ensure_streams, mailbox, bureau), every_seconds=STREAM_CHECK_SECONDS)
        jobs = [Job(check.name, partial(self._check, mailbox, check), check.every_seconds) for check in checks]
        async with self._turn():
            await asyncio.gather(*(repeat(job, self._log) for job in (ensure, *jobs)))

    async def _ensure_streams(self, mailbox: Mailbox, secretariat: Participant) -> float:
        directory, clock = secretariat.directory, secretariat.clock
        version, connections = directory.version, self._operator.connections
        now = clock.now()
        members, services = directory.correspondents(now), directory.services(now)
        former = set(directory.participants()) - set(members) - set(services)
        done = await self._correct(mailbox, partial(self._operator.ensure_streams, members, services, former))
        pause = FURNISH_EVERY_SECONDS if done else STREAM_CHECK_SECONDS
        await self._change(directory, version, connections, pause)
        return 0.0

    async def _bound_rates(self, secretariat: Participant, rates: RateBound) -> list[Correction]:
        directory = secretariat.directory
        services = set(directory.services(secretariat.clock.now()))
        # The Secretariat pauses others, and all send requests to it.
        return await rates.enforce(set(directory.participants()) - services - {SECRETARIAT}, services)

    async def _look_for_relay(self) -> list[Correction]:
        """Find a relay. Raises NoResponder where there is none, DeadlinePassed where it is stuck."""
        try:
            return await self._operator.require_relay()
        except Disconnected:
            # The other checks report that.
            return []

    async def _check(self, mailbox: Mailbox, check: Check) -> None:
        done = await self._correct(mailbox, check.act)
        now = loop_time()
        check.failing_since = None if done else check.failing_since or now
        if check.failing_since and now > check.failing_since + UNATTENDED_SECONDS:
            await self._alarm(mailbox, [check.unattended])
            check.failing_since = None

    async def _correct(self, mailbox: Mailbox, act: Act) -> bool:
        """Act, and raise an alarm for each correction; return whether the broker answered."""
        try:
            corrections = await act()
        except TransportFailure as failure:
            self._log.info("streams-not-ensured", error=str(failure))
            return False
        if corrections:
            await self._alarm(mailbox, corrections)
        return True

    async def _alarm(self, mailbox: Mailbox, corrections: Iterable[Correction]) -> None:
        for each in corrections:
            self._log.error("broker-alarm", fault=each.fault, says=each.says)
        await raise_alarms(mailbox, [Alarm(BROKER, Fault(each.fault), each.says, each.about) for each in corrections])

    async def _change(self, directory: Directory, version: int, connections: int, seconds: float) -> None:
        """Wait until a participant joined or left, the connection was renewed, or the time is over."""
        changed = [
            asyncio.create_task(directory.changed(version)),
            asyncio.create_task(self._operator.reconnected(connections)),
        ]
        try:
            await asyncio.wait(changed, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_all(changed)


async def recent_alarms(host: MailboxHost) -> list[StoredAlarm]:
    """Return the alarms of the broker in the last day, the newest first; none at the gateway of a member."""
    try:
        session = await host.of(SECRETARIAT)
        kept = await WitnessStore(session.mailbox.reading.session).alarms_of(BROKER, MAX_RECENT)
    except Refusal:
        return []
    since = session.mailbox.now() - RECENT / timedelta(milliseconds=1)
    return [alarm for alarm in kept if alarm.last >= since]
