"""Removes who asked the Commission, for what and why, a year after the request ended. What was done stays."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.subject_requests.execution import GATEWAY
from gateway.subject_requests.models import Step
from gateway.subject_requests.rows import KeptStep
from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.tables import requests
from shared.mailbox.pruning import RetentionRule
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at


async def forget_subjects(store: MailStore, now: datetime, limit: int) -> int:
    """Remove the subjects of requests that ended a year ago, up to a limit; return how many."""
    kept = SubjectRequestStore(store.session)
    ended = await kept.to_forget(now.date(), limit)
    if ended:
        at = milliseconds_at(now)
        await kept.forget(ended, KeptStep(at=at, officer=GATEWAY, step=Step.FORGOTTEN))
    return len(ended)


SUBJECTS: Final = RetentionRule(
    "subjects of requests",
    requests,
    lambda now: sa.and_(requests.c.forget_on <= now.date(), requests.c.subject.is_not(None)),
    forget_subjects,
)
