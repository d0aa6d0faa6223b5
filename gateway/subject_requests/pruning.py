"""Forgets who asked the Commission, and for what and why, a year after it ended. What was done stays."""

from datetime import datetime

from gateway.messages.mailroom import Mailroom
from gateway.messages.store import MailStore
from gateway.messages.times import milliseconds_at
from gateway.subject_requests.execution import GATEWAY
from gateway.subject_requests.kept import KeptStep
from gateway.subject_requests.models import Step
from gateway.subject_requests.store import SubjectRequestStore


def forget_in_time(mailroom: Mailroom) -> None:
    """Have subjects forgotten in time in the mailbox of the Secretariat: no other has any."""
    mailroom.forget(forget_subjects)


async def forget_subjects(store: MailStore, now: datetime, limit: int) -> int:
    """Forget whom requests were about that ended a year ago, up to a limit; return how many that were."""
    requests = SubjectRequestStore(store.session)
    ended = await requests.to_forget(now.date(), limit)
    if ended:
        at = milliseconds_at(now)
        await requests.forget(ended, KeptStep(at=at, officer=GATEWAY, step=Step.FORGOTTEN))
    return len(ended)
