"""Tells the other side of a review what happened to a record, in the transaction in which it happens.

The messages name no person and hold nothing of the case but the reason of a refusal, as a code: who receives one reads
the record.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from shared.bureaus import BureauCode
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol import payloads
from shared.protocol.payloads import ReviewAct
from shared.records.outbox import enqueue
from shared.records.policy import Record
from shared.storage import Session

_WORDS: Final[dict[ReviewAct, str]] = {
    "asked": "{service}: a question about {record}",
    "question-withdrawn": "{service}: a question is withdrawn about {record}",
    "answered": "{service}: an answer about {record}",
    "published": "{service}: published: {record}",
    "released": "{service}: sent: {record}",
    "compliant": "{service}: found compliant: {record}",
    "refused": "{service}: refused: {record}",
    "cancelled": "{service}: cancelled: {record}",
}


class ReviewedStep(NamedTuple):
    """A step of a review, and the recipient of its message."""

    act: ReviewAct
    to: BureauCode
    of_update: bool = False
    reason: str | None = None
    """Of a refusal or cancellation, as a code."""


async def tell_of_review(
    session: Session, service: str, record: Record, number: str | None, steps: Iterable[ReviewedStep], at: datetime
) -> None:
    """Send a message for each step once the transaction is committed."""
    await enqueue(session, [_notification(service, record, number, step, at) for step in steps])


def _notification(service: str, record: Record, number: str | None, step: ReviewedStep, at: datetime) -> Notification:
    kind = record.record_kind()
    named = f"{kind} {number or record.id}"
    named = f"an update of {named}" if step.of_update else named
    why = f" ({step.reason})" if step.reason else ""
    return Notification(
        id=uuid7(at),
        recipients=(step.to,),
        disclosed=True,
        urgent=False,
        purpose=record.purpose,
        subject=_WORDS[step.act].format(service=service, record=named) + why,
        form=payloads.ReviewStep(
            service=service,
            kind=kind,
            record=record.id,
            version=record.version,
            number=number,
            act=step.act,
            of_update=step.of_update,
            reason=step.reason,
            at=at.timestamp(),
        ),
        written=at,
    )
