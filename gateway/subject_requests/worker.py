"""Carries out decisions on data subject requests when they are due, and removes subjects a year after the end.

Each process claims the remedies that it carries out; if it ends, they are due again at the end of the lease.
"""

import asyncio
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.subject_requests.execution import GATEWAY, Execution
from gateway.subject_requests.models import Step
from gateway.subject_requests.rows import KeptStep
from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.tables import requests
from shared.background import Job, repeat
from shared.bureaus import SECRETARIAT
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.rpc.participant import Participant

BATCH_SIZE: Final = 20
# Longer than two requests to a service take.
LEASE_SECONDS: Final = 30.0


def register_subject_requests(host: MailboxHost) -> None:
    """Register the job and the retention rule of data subject requests."""
    host.add_job(carry_out_decisions)
    host.forget(SUBJECTS)


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
    """Carry out decisions until cancelled, if the bureau is the Secretariat, which stores them."""
    if bureau.name == SECRETARIAT:
        run_once = RemedyWorker(mailbox, bureau).run_once
        await repeat(Job("decisions", run_once, every_seconds=0.0, changes=mailbox.changes), mailbox.log)


async def forget_subjects(store: MailStore, now: datetime, limit: int) -> int:
    """Remove who asked for what and why from requests that ended a year ago, up to a limit; return how many."""
    kept = SubjectRequestStore(store.session)
    ended = await kept.to_forget(now.date(), limit)
    if ended:
        await kept.forget(ended, KeptStep(at=milliseconds_at(now), officer=GATEWAY, step=Step.FORGOTTEN))
    return len(ended)


SUBJECTS: Final = RetentionRule(
    "subjects of requests",
    requests,
    lambda now: sa.and_(requests.c.forget_on <= now.date(), requests.c.subject.is_not(None)),
    forget_subjects,
)
