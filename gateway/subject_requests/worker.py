"""Carries out decisions on data subject requests when they are due.

Each process claims what it carries out; if it ends, its claims are due again at the end of the lease.
"""

import asyncio
from typing import Final

from gateway.subject_requests.execution import Execution
from gateway.subject_requests.pruning import SUBJECTS
from gateway.subject_requests.store import SubjectRequestStore
from shared.background import Job, repeat
from shared.bureaus import SECRETARIAT
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.times import milliseconds
from shared.rpc.participant import Participant

BATCH_SIZE: Final = 20
# Longer than it takes to ask a service twice.
LEASE_SECONDS: Final = 30.0


def register_subject_requests(host: MailboxHost) -> None:
    """Register the jobs and the retention of data subject requests."""
    host.add_job(carry_out_decisions)
    host.add_retention(SUBJECTS)


class RemedyWorker:
    """Carries out the remedies that were decided on data subject requests."""

    def __init__(self, mailbox: Mailbox, secretariat: Participant) -> None:
        self._mailbox = mailbox
        self._execution = Execution(mailbox, secretariat)

    async def run_once(self) -> float | None:
        """Carry out what is due; go on at once where there was anything. Raises NotStored."""
        now = self._mailbox.now()
        due = await SubjectRequestStore(self._mailbox.reading.session).earliest_due()
        if due is None or due > now:
            return None
        until = now + milliseconds(LEASE_SECONDS)
        claimed = await self._mailbox.write(
            lambda store: SubjectRequestStore(store.session).claim(now, until, BATCH_SIZE)
        )
        for outcome in await asyncio.gather(*map(self._execution.carry_out, claimed), return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return 0.0 if claimed else None


async def carry_out_decisions(mailbox: Mailbox, bureau: Participant) -> None:
    """Carry decisions out until cancelled, if it is the Secretariat that keeps them."""
    if bureau.name == SECRETARIAT:
        turn = RemedyWorker(mailbox, bureau).run_once
        await repeat(Job("decisions", turn, every_seconds=0.0, changes=mailbox.changes), mailbox.log)
