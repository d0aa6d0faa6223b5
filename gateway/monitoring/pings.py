"""Exchanges signed times between services and gateway, also where nobody asks for anything.

A few of the bureaus here ask each service for its health once a minute: the services hear several participants by that,
and the gateway hears the services. Both state a head of the directory, which the other compares. At the Secretariat a
clock that is off is an alarm.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final
from urllib.parse import urlencode

import msgspec

from gateway.edge.health import NOBODY, PING_SECONDS
from gateway.witness.rules import Fault
from gateway.witness.store import Evidence, WitnessStore
from shared.background import Job, repeat, wait_until
from shared.bureaus import SECRETARIAT, BureauCode
from shared.errors import Refusal
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore
from shared.protocol.envelope import SKEW_SECONDS, DirectoryHead
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
# Services that start together with the gateway are heard sooner.
UNPROVEN_SECONDS: Final = 60.0
# So many of one gateway ask: where a service hears no others, one of them may fail.
MAX_ASKING: Final = 3
# As the service of an alarm, in place of the name of one.
GATEWAY: Final = "gateway"


class _Pong(msgspec.Struct, frozen=True):
    directory: DirectoryHead = ""


_decode: Final = msgspec.json.Decoder(_Pong).decode


class Pings:
    """The pings of the bureaus of one gateway."""

    def __init__(self, services: Iterable[str], hosted: Mapping[BureauCode, Requester]) -> None:
        self._services = tuple(services)
        self._hosted = hosted

    async def work(self, mailbox: Mailbox, bureau: Participant) -> None:
        """Ask all services once a minute until cancelled, if the bureau is one of the first that are hosted."""
        if bureau.name not in list(islice(map(str, self._hosted), MAX_ASKING)):
            return
        watch, clock = IrreversibleWatch(bureau), bureau.clock
        proven = clock.monotonic()

        async def run_once() -> float:
            nonlocal proven
            asked = clock.monotonic()
            in_network = filter(bureau.directory.knows, self._services)
            await asyncio.gather(*(self._ask(bureau, service) for service in in_network))
            await watch.turn()
            judged = bureau.times.assess(clock)
            proven = asked if judged.ahead_seconds is not None else proven
            if bureau.name == SECRETARIAT:
                await self._raise_alarms(mailbox, judged, unproven_seconds=asked - proven)
            await wait_until(clock, asked + (ASKED_AGAIN_SECONDS if judged.doubt else ASKED_EVERY_SECONDS))
            return 0.0

        await repeat(Job(f"pings of {bureau.name}", run_once, ASKED_AGAIN_SECONDS), bureau.log)

    async def _ask(self, bureau: Participant, service: str) -> None:
        # Whatever it answers, it says when; nothing that it answers ends the work.
        with suppress(Refusal, msgspec.MsgspecError, ValueError, RecursionError):
            requester = self._hosted[BureauCode(bureau.name)]
            ping = HttpRequest("GET", f"{HEALTH_PATH}?{urlencode({'directory': bureau.directory.log.head_to_share()})}")
            reply = await requester.ask(service, ping, NOBODY, seconds=PING_SECONDS, attempts=1)
            compare_head(bureau, service, _decode(reply.body).directory)

    async def _raise_alarms(self, mailbox: Mailbox, judged: ClockAssessment, *, unproven_seconds: float) -> None:
        alarms = list(_alarms(judged, mailbox.now(), unproven_seconds))

        async def raise_alarm(store: MailStore) -> None:
            for each in alarms:
                await WitnessStore(store.session).note(each)

        if alarms:
            # The mailbox has logged it.
            with suppress(NotStored):
                await mailbox.write(raise_alarm)


def _alarms(judged: ClockAssessment, at: int, unproven_seconds: float) -> Iterator[Evidence]:
    ahead = {service: seconds for service, seconds in judged.others.items() if judged.ahead_seconds is not None}
    if judged.ahead_seconds is not None:
        ahead[GATEWAY] = judged.ahead_seconds
    elif unproven_seconds >= UNPROVEN_SECONDS:
        says = f"{judged.signers} services were heard in the last minutes: nothing is deleted or said to have ended"
        yield _evidence(GATEWAY, Fault.CLOCK_NOT_PROVEN, says, at, 0)
    for number, (participant, seconds) in enumerate(ahead.items(), 1):
        if abs(seconds) > SKEW_SECONDS:
            where = "ahead of" if seconds > 0 else "behind"
            says = f"the clock of {participant} is {abs(seconds):.0f} s {where} the median of all: set it"
            yield _evidence(participant, Fault.CLOCK_OFF, says, at, number)


def _evidence(about: str, fault: Fault, says: str, at: int, number: int) -> Evidence:
    # No checkpoint is involved: in its place stands the participant that the alarm is about.
    return Evidence(
        service=about,
        fault=fault,
        says=says,
        seen_size=at * 1_000 + number,
        seen_note=about,
        shown_note="",
        at=at,
    )
