"""Alarms in the mailbox of a bureau that no checkpoint of a log proves."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from gateway.witness.rules import Fault
from gateway.witness.store import AlarmEvidence, WitnessStore
from shared.background import loop_time
from shared.bureaus import BureauCode
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore

# A compromised service may answer every request in this way: a bureau gets one alarm in this time.
EVERY_SECONDS: Final = 60.0


class Alarm(NamedTuple):
    """What is wrong with a service, or with what is named in the place of one."""

    service: str
    fault: Fault
    says: str
    about: str = ""


async def raise_alarms(mailbox: Mailbox, alarms: Iterable[Alarm]) -> None:
    """Store alarms. Does NOT raise NotStored, which the mailbox logs."""
    at = mailbox.now()
    evidence = [
        # There is no checkpoint: a number and the subject of the alarm take its place.
        AlarmEvidence(
            service=alarm.service,
            fault=alarm.fault,
            says=alarm.says,
            seen_size=at * 1_000 + number,
            seen=alarm.about,
            shown="",
            at=at,
        )
        for number, alarm in enumerate(alarms)
    ]

    async def keep(store: MailStore) -> None:
        for each in evidence:
            await WitnessStore(store.session).keep_latest(each)

    if evidence:
        with suppress(NotStored):
            await mailbox.write(keep)


class AnswerAlarms:
    """Alarms at a bureau whose officers got an answer that no service may give: see `edge.declared_answers`."""

    def __init__(self, host: MailboxHost, log: Log) -> None:
        self._host = host
        self._log = log
        self._next: dict[tuple[BureauCode, str], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def record(self, bureau: BureauCode, service: str, says: str) -> None:
        """Record that an answer was refused. Returns at once; what cannot be stored is in the log alone."""
        now = loop_time()
        if now < self._next.get((bureau, service), now):
            return
        self._next[bureau, service] = now + EVERY_SECONDS
        self._log.error("answer-alarm", bureau=bureau, service=service, says=says)
        task = asyncio.create_task(self._keep(bureau, service, says))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def kept(self) -> None:
        """Wait until all alarms are stored."""
        await asyncio.gather(*self._tasks)

    async def _keep(self, bureau: BureauCode, service: str, says: str) -> None:
        try:
            mailbox = (await self._host.of(bureau)).mailbox
            await raise_alarms(mailbox, [Alarm(service, Fault.FORGED_ANSWER, says)])
        except Exception as error:
            self._log.failure("answer-alarm-not-kept", error, bureau=bureau, service=service)
