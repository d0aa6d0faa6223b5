"""Events of a mailbox, as streams and webhooks send them: a message arrived, or one that was sent changed its state."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Literal

from fastapi.sse import ServerSentEvent
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.engine import Row

from shared.mailbox import rules
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Author, MessageId, MessageSummary, State
from shared.mailbox.times import moment

BATCH_SIZE: Final = 100
# So soon a listener gets what another process of this gateway did, and notices that the gateway closes.
POLL_SECONDS: Final = 1.0


class Event(BaseModel):
    """Something that happened in the mailbox of a bureau."""

    number: int = Field(description="Counts the events of the mailbox; pass as `Last-Event-ID`.", examples=[247])
    type: Literal["message", "state"] = Field(description="A message came, or one moved on for a bureau.")
    id: MessageId
    thread: MessageId
    urgency: Literal["urgent", "routine"]
    bureau: Author = Field(description="Who sent the message, which may be a service, or for whom it moved on.")
    state: State
    reason: str | None = None
    at: AwareDatetime = Field(examples=["2026-06-01T12:00:01Z"])


def event_of(row: Row[Any]) -> Event:
    """Return an event as it is sent. It contains nothing of the content of a message."""
    summary = MessageSummary.model_validate_json(row.summary)
    return Event(
        number=row.number,
        type=row.kind,
        id=summary.id,
        thread=summary.thread,
        urgency=summary.urgency,
        bureau=row.bureau,
        state=row.state,
        reason=rules.shown_reason(row.reason),
        at=moment(row.at),
    )


async def listen(mailbox: Mailbox, after: int, is_over: Callable[[], bool]) -> AsyncIterator[ServerSentEvent]:
    """Yield the events after one until it is over or the listener has gone."""
    while not is_over():
        seen = mailbox.changes.version
        rows = await mailbox.reading.events.after(after, BATCH_SIZE)
        for row in rows:
            after = row.number
            yield ServerSentEvent(raw_data=event_of(row).model_dump_json(), event=row.kind, id=str(row.number))
        if not rows:
            await mailbox.changes.wait_newer(seen, POLL_SECONDS)
