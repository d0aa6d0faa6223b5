"""Keeps the configuration of the broker as planned, where the gateway of the Secretariat runs.

It acts as the operator of the broker, on a connection of its own. Each correction is an alarm in the mailbox of the
Secretariat, which its auditors and `/health` show.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from gateway.witness.rules import Fault
from gateway.witness.store import Evidence, KeptAlarm, WitnessStore
from shared.background import Job, repeat
from shared.bureaus import SECRETARIAT
from shared.errors import Refusal
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import NotStored as NotWritten
from shared.mailbox.store import MailStore
from shared.protocol.directory import Directory
from shared.rpc.participant import Participant
from shared.transport import Correction, Disconnected, Transport, TransportFailure

FURNISH_EVERY_SECONDS: Final = 5.0
STREAM_CHECK_SECONDS: Final = 0.5
# So long a sender may exceed its quota; the stream has room for more than anyone can post meanwhile.
BOUND_POSTS_EVERY_SECONDS: Final = 0.5
# So long a participant may have the server keep in memory what it cannot send.
BOUND_RATES_EVERY_SECONDS: Final = 0.2
# So long the broker may not answer before that is an alarm of its own.
UNATTENDED_SECONDS: Final = 15.0
UNATTENDED: Final = Correction(
    "unattended", "the operator cannot look after streams and quotas: the broker does not answer it", "broker"
)
UNCOUNTED: Final = Correction(
    "unattended", "nobody bounds the rate of each participant: the broker does not answer its system user", "system"
)
UNRELAYED: Final = Correction(
    "unattended", "no relay takes what participants post and attach: see that `i247 up --relay` runs", "relay"
)
LOOK_FOR_RELAY_EVERY_SECONDS: Final = 2.0
# An alarm is part of the health for so long.
RECENT: Final = timedelta(days=1)
MAX_RECENT: Final = 20
# As the service of an alarm, in place of the name of one.
BROKER: Final = "broker"

Act = Callable[[], Awaitable[list[Correction]]]
Turn = Callable[[], AbstractAsyncContextManager[None]]
"""Waits until no other process looks after the broker, and keeps others from it."""


class RateBound(Protocol):
    """Bounds how much a second each participant exchanges with the broker."""

    async def enforce(self, bureaus: Iterable[str], services: Iterable[str]) -> list[Correction]:
        """Pause who is beyond the limit, and return who was. Raises TransportFailure."""
        ...


@dataclass(slots=True)
class Check:
    """Something about the broker that is looked after again and again."""

    name: str
    act: Act
    every_seconds: float
    unattended: Correction
    """The alarm, if it could not be looked after for `UNATTENDED_SECONDS`."""

    failing_since: float | None = None


class BrokerSupervisor:
    """Looks after streams, consumers, quotas and rates in the name of the operator."""

    def __init__(self, operator: Transport, rates: RateBound | None, log: Log, turn: Turn = nullcontext) -> None:
        self._operator = operator
        self._rates = rates
        self._log = log
        self._turn = turn

    async def work(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Look after the broker until cancelled, if the bureau is the Secretariat."""
        if bureau.name != SECRETARIAT:
            return
        members = partial(self._bound_posts, bureau.directory)
        checks = [
            Check("quotas", members, BOUND_POSTS_EVERY_SECONDS, UNATTENDED),
            Check("relay", self._look_for_relay, LOOK_FOR_RELAY_EVERY_SECONDS, UNRELAYED),
        ]
        if self._rates is not None:
            rates = partial(self._bound_rates, bureau, self._rates)
            checks.append(Check("rates", rates, BOUND_RATES_EVERY_SECONDS, UNCOUNTED))
        furnish = Job("streams", partial(self._furnish, mailbox, bureau), every_seconds=STREAM_CHECK_SECONDS)
        jobs = [Job(check.name, partial(self._check, mailbox, check), check.every_seconds) for check in checks]
        async with self._turn():
            await asyncio.gather(*(repeat(job, self._log) for job in (furnish, *jobs)))

    async def _furnish(self, mailbox: Mailbox, secretariat: Participant) -> float:
        directory, clock = secretariat.directory, secretariat.clock
        version, connections = directory.version, self._operator.connections
        now = clock.now()
        members, services = directory.members(now), directory.services(now)
        former = set(directory.participants()) - set(members) - set(services)
        done = await self._correct(mailbox, partial(self._operator.ensure_streams, members, services, former))
        pause = FURNISH_EVERY_SECONDS if done else STREAM_CHECK_SECONDS
        await self._change(directory, version, connections, pause)
        return 0.0

    async def _bound_posts(self, directory: Directory) -> list[Correction]:
        return await self._operator.bound_posts(directory.participants())

    async def _bound_rates(self, secretariat: Participant, rates: RateBound) -> list[Correction]:
        directory = secretariat.directory
        services = set(directory.services(secretariat.clock.now()))
        # The Secretariat pauses others, and is asked by all.
        return await rates.enforce(set(directory.participants()) - services - {SECRETARIAT}, services)

    async def _look_for_relay(self) -> list[Correction]:
        """Find a relay. Raises NoResponder where there is none, DeadlinePassed where it is stuck."""
        try:
            return await self._operator.require_relay()
        except Disconnected:
            # Others report that.
            return []

    async def _check(self, mailbox: Mailbox, check: Check) -> None:
        done = await self._correct(mailbox, check.act)
        now = asyncio.get_running_loop().time()
        check.failing_since = None if done else check.failing_since or now
        if check.failing_since and now > check.failing_since + UNATTENDED_SECONDS:
            await self._alarm(mailbox, [check.unattended])
            check.failing_since = None

    async def _correct(self, mailbox: Mailbox, act: Act) -> bool:
        """Act, and raise an alarm for each thing that was corrected; tell whether the broker could be asked."""
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
        evidence = [_evidence(each, mailbox.now(), number) for number, each in enumerate(corrections)]

        async def raise_alarm(store: MailStore) -> None:
            for each in evidence:
                await WitnessStore(store.session).note(each)

        try:
            await mailbox.write(raise_alarm)
        except NotWritten:
            # The mailbox has logged it.
            return

    async def _change(self, directory: Directory, version: int, connections: int, seconds: float) -> None:
        """Wait until somebody joined or left, the connection was renewed, or the time is over."""
        changed = [
            asyncio.create_task(directory.changed(version)),
            asyncio.create_task(self._operator.reconnected(connections)),
        ]
        try:
            await asyncio.wait(changed, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in changed:
                task.cancel()
            await asyncio.gather(*changed, return_exceptions=True)


async def recent_alarms(host: MailboxHost) -> list[KeptAlarm]:
    """Return what was wrong with the broker in the last day, the newest first; nothing at the gateway of a member."""
    try:
        session = await host.of(SECRETARIAT)
        kept = await WitnessStore(session.mailbox.reading.session).alarms_of(BROKER, MAX_RECENT)
    except Refusal:
        return []
    since = session.mailbox.now() - RECENT / timedelta(milliseconds=1)
    return [alarm for alarm in kept if alarm.last >= since]


def _evidence(correction: Correction, at: int, number: int) -> Evidence:
    # No checkpoint is involved: in its place stands what the alarm is about.
    return Evidence(
        service=BROKER,
        fault=Fault(correction.fault),
        says=correction.says,
        seen_size=at * 1_000 + number,
        seen_note=correction.about,
        shown_note="",
        at=at,
    )
