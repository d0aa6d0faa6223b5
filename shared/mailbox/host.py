"""Runs the mailboxes of a gateway or a service: receiving, delivery and pruning, and the jobs of features.

Does NOT know what any payload means, nor what officers do with a mailbox.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from math import inf
from typing import Final, NamedTuple

from shared.background import Job, end_all, repeat
from shared.bureaus import PUBLIC, BureauCode
from shared.errors import Unauthenticated
from shared.mailbox.delivery import DeliveryWorker
from shared.mailbox.handlers import PayloadHandlers
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.opening import OnRefused
from shared.mailbox.pruning import Pruner, RetentionRule
from shared.mailbox.receiving import Receiver
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport.subjects import Lane

# After a defect of this program.
RETRY_SECONDS: Final = 5.0

# It works on the mailbox of one bureau until cancelled, or returns if it has nothing to do for that bureau.
MailboxJob = Callable[[Mailbox, Participant], Awaitable[None]]


class MailboxSession(NamedTuple):
    """The mailbox of one bureau, and the bureau as a participant of the network."""

    mailbox: Mailbox
    bureau: Participant


class MailboxHost:
    """Runs the mailbox of each bureau from when it is hosted until the host is closed."""

    def __init__(self, mailboxes: Mailboxes, *, takes_messages: bool = True) -> None:
        """Without `takes_messages` it takes receipts alone."""
        # To be registered before a bureau is hosted.
        self.handlers = PayloadHandlers()
        self.on_refused: OnRefused | None = None
        """Sees each message that a bureau refuses. To be set before a bureau is hosted."""

        self._takes_messages = takes_messages
        self._mailboxes = mailboxes
        self._jobs: list[tuple[str, MailboxJob]] = [("delivery", _deliver), ("pruning", self._prune)]
        self._retention: list[RetentionRule] = []
        self._bureaus: dict[BureauCode, Participant] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._pruning = asyncio.Lock()

    def add_job(self, kind: str, job: MailboxJob) -> None:
        """Run a job on the mailbox of every bureau that is hosted from now on, and again if it fails.

        `kind` is for the log and the health.
        """
        self._jobs.append((kind, job))

    def add_retention(self, rule: RetentionRule) -> None:
        """Apply a retention rule to the mailbox of every bureau that is hosted from now on."""
        self._retention.append(rule)

    def host(self, bureau: Participant) -> None:
        """Begin to run the mailbox of a bureau; the public has none."""
        if bureau.name == PUBLIC:
            return
        self._bureaus[BureauCode(bureau.name)] = bureau
        receiving = Receiver(self._mailboxes, bureau, self.handlers if self._takes_messages else None, self.on_refused)
        work = [*map(receiving.run, Lane), *(self._run(kind, job, bureau) for kind, job in self._jobs)]
        self._tasks += map(asyncio.create_task, work)

    async def of(self, code: BureauCode) -> MailboxSession:
        """Return the mailbox of a bureau. Raises Unauthenticated, NotStored."""
        bureau = self._bureaus.get(code)
        if bureau is None:
            raise Unauthenticated(f"this gateway does not host {code}: use the gateway of that bureau")
        return MailboxSession(await self._mailboxes.of(code), bureau)

    async def close(self) -> None:
        """Stop all jobs and close the mailboxes; open work is resumed after the next start."""
        await end_all(self._tasks)
        await self._mailboxes.close()

    async def _run(self, kind: str, job: MailboxJob, bureau: Participant) -> None:
        mailbox = await self._mailboxes.opened(bureau.name)

        async def run_once() -> float:
            await job(mailbox, bureau)
            return inf

        repeated = Job(f"{kind} of {bureau.name}", run_once, every_seconds=0.0, retry_seconds=RETRY_SECONDS)
        await repeat(repeated, bureau.log)

    async def _prune(self, mailbox: Mailbox, bureau: Participant) -> None:
        may_end = partial(may_be_taken, bureau)
        await Pruner(mailbox, bureau.clock, may_end, self._pruning, self._retention).run()


async def _deliver(mailbox: Mailbox, bureau: Participant) -> None:
    await DeliveryWorker(mailbox, bureau).run()
