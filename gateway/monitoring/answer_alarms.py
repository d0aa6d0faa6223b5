"""Raises an alarm at a bureau whose officers got an answer that no service may give: see `edge.declared_answers`."""

import asyncio
from typing import Final

from gateway.witness.rules import Fault
from gateway.witness.store import Evidence, WitnessStore
from shared.bureaus import BureauCode
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.mailbox.store import MailStore

# A compromised service may answer every request so: a bureau gets one alarm in this time.
EVERY_SECONDS: Final = 60.0


class AnswerAlarms:
    """One alarm for each bureau and service, renewed while it goes on."""

    def __init__(self, host: MailboxHost, log: Log) -> None:
        self._mailroom = host
        self._log = log
        self._next: dict[tuple[BureauCode, str], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, bureau: BureauCode, service: str, says: str) -> None:
        """Note that an answer was refused. Returns at once; what cannot be kept is in the log alone."""
        now = asyncio.get_running_loop().time()
        if now < self._next.get((bureau, service), now):
            return
        self._next[bureau, service] = now + EVERY_SECONDS
        self._log.error("answer-alarm", bureau=bureau, service=service, says=says)
        task = asyncio.create_task(self._keep(bureau, service, says))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def kept(self) -> None:
        """Wait until what was noted is kept."""
        await asyncio.gather(*self._tasks)

    async def _keep(self, bureau: BureauCode, service: str, says: str) -> None:
        try:
            mailbox = (await self._mailroom.of(bureau)).mailbox
            at = mailbox.now()
            evidence = Evidence(
                service=service,
                fault=Fault.FORGED_ANSWER,
                says=says,
                seen_size=at,
                seen_note="",
                shown_note="",
                at=at,
            )

            async def note(store: MailStore) -> None:
                await WitnessStore(store.session).note(evidence)

            await mailbox.write(note)
        except Exception as error:
            self._log.failure("answer-alarm-not-kept", error, bureau=bureau, service=service)
