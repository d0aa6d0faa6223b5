"""Exchanges signed times between services and gateway, also without requests of officers.

A few of the bureaus here ping each service once a minute: the services get signed times of several participants by
that, and the gateway gets those of the services. Both state a head of the directory, which the other compares. At the
Secretariat a wrong clock is an alarm.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final
from urllib.parse import urlencode

import msgspec

from gateway.edge.health import HEALTH_CHECKER, PING_SECONDS, decode_report
from gateway.monitoring.alarms import Alarm, raise_alarms
from gateway.witness.rules import Fault
from shared.background import Job, repeat, wait_until
from shared.bureaus import SECRETARIAT, BureauCode
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.protocol.envelope import SKEW_SECONDS
from shared.protocol.http import HttpRequest
from shared.protocol.signed_times import ClockAssessment
from shared.rpc.client import Requester
from shared.rpc.directory_sync import compare_head
from shared.rpc.irreversible import IrreversibleWatch
from shared.rpc.participant import Participant
from shared.service import HEALTH_PATH

ASKED_EVERY_SECONDS: Final = 60.0
# As when services have just started.
ASKED_AGAIN_SECONDS: Final = 5.0
# Services that start together with the gateway answer sooner.
UNPROVEN_SECONDS: Final = 60.0
# The bureaus of one gateway that ping: where a service has no other pings, one of them may fail.
MAX_ASKING: Final = 3
# As the service of an alarm.
GATEWAY: Final = "gateway"


class Pings:
    """The pings of the bureaus of one gateway."""

    def __init__(self, services: Iterable[str], hosted: Mapping[BureauCode, Requester]) -> None:
        self._services = tuple(services)
        self._hosted = hosted

    async def work(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Ping all services once a minute until cancelled, if the bureau is one of the first that are hosted."""
        if bureau.name not in list(islice(map(str, self._hosted), MAX_ASKING)):
            return
        watch, clock = IrreversibleWatch(bureau), bureau.clock
        proven = clock.monotonic()

        async def run_once() -> float:
            nonlocal proven
            asked = clock.monotonic()
            in_network = filter(bureau.directory.knows, self._services)
            await asyncio.gather(*(self._ask(bureau, service) for service in in_network))
            await watch.run_once()
            clocks = bureau.times.assess(clock)
            proven = asked if clocks.ahead_seconds is not None else proven
            if bureau.name == SECRETARIAT:
                await self._raise_alarms(mailbox, clocks, unproven_seconds=asked - proven)
            await wait_until(clock, asked + (ASKED_AGAIN_SECONDS if clocks.doubt else ASKED_EVERY_SECONDS))
            return 0.0

        await repeat(Job(f"pings of {bureau.name}", run_once, ASKED_AGAIN_SECONDS), bureau.log)

    async def _ask(self, bureau: Participant, service: str) -> None:
        # Any answer has a signed time, and none ends this job.
        with suppress(Refusal, msgspec.MsgspecError, ValueError, RecursionError):
            requester = self._hosted[BureauCode(bureau.name)]
            ping = HttpRequest("GET", f"{HEALTH_PATH}?{urlencode({'directory': bureau.directory.log.head_to_share()})}")
            reply = await requester.ask(service, ping, HEALTH_CHECKER, seconds=PING_SECONDS, attempts=1)
            compare_head(bureau, service, decode_report(reply.body).directory)

    async def _raise_alarms(self, mailbox: Mailbox, clocks: ClockAssessment, *, unproven_seconds: float) -> None:
        await raise_alarms(mailbox, _alarms(clocks, unproven_seconds))


def _alarms(clocks: ClockAssessment, unproven_seconds: float) -> Iterator[Alarm]:
    ahead = {service: seconds for service, seconds in clocks.others.items() if clocks.ahead_seconds is not None}
    if clocks.ahead_seconds is not None:
        ahead[GATEWAY] = clocks.ahead_seconds
    elif unproven_seconds >= UNPROVEN_SECONDS:
        says = f"only {clocks.signers} services signed a time in the last minutes: nothing is deleted or expires"
        yield Alarm(GATEWAY, Fault.CLOCK_NOT_PROVEN, says, GATEWAY)
    for participant, seconds in ahead.items():
        if abs(seconds) > SKEW_SECONDS:
            where = "ahead of" if seconds > 0 else "behind"
            says = f"the clock of {participant} is {abs(seconds):.0f} s {where} the median of all: set it"
            yield Alarm(participant, Fault.CLOCK_OFF, says, participant)
