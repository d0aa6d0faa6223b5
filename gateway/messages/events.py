"""Events of a mailbox, as streams and webhooks send them: a message arrived, or one that was sent changed its state.

Each open stream holds a connection, and polls once a second: their number is limited.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from fastapi.sse import ServerSentEvent
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.engine import Row

from shared.errors import Busy, Refusal
from shared.identity import Caller
from shared.mailbox import rules
from shared.mailbox.codes import EventKind, Urgency
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Author, MessageId, MessageState, MessageSummary
from shared.mailbox.times import moment

# Not in `EventKind`: it is of no message, and comes in a stream of a sandbox alone.
RESTORED: Final = "restored"
BATCH_SIZE: Final = 100
# The delay of events of another process of this gateway, and of the end of a stream when the gateway closes.
POLL_SECONDS: Final = 1.0
STREAMS_OF_AN_OFFICER: Final = 8
STREAMS_IN_ALL: Final = 256


class Event(BaseModel):
    """Something that happened in the mailbox of a bureau."""

    number: int = Field(description="Counts the events of the mailbox; pass as `Last-Event-ID`.", examples=[247])
    type: EventKind = Field(description="A message came, or the state of one changed for a bureau.")
    id: MessageId
    thread: MessageId
    urgency: Urgency
    bureau: Author = Field(description="The sender, a bureau or a service, or the recipient whose state changed.")
    state: MessageState
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


class Beginning(NamedTuple):
    """Where a stream begins."""

    after: int
    """The number of the event before."""

    is_restored: bool
    """Whether the client knows events of a state that a sandbox has not any more."""


async def beginning(mailbox: Mailbox, last: int | None) -> Beginning:
    """Return where the stream of a client begins that knows an event, all events from 0, or none.

    A number that there has not been yet is that of the newest. 0 may be what the client was sent of an empty mailbox.
    """
    begin = mailbox.events_begin_after
    newest = max(await mailbox.reading.events.last(), begin)
    if last is None:
        return Beginning(newest, is_restored=False)
    is_restored = last < begin
    return Beginning(begin if is_restored and last else min(last, newest), is_restored=is_restored)


async def listen(mailbox: Mailbox, begins: Beginning, is_over: Callable[[], bool]) -> AsyncIterator[ServerSentEvent]:
    """Yield the events after one until `is_over` or the client has disconnected.

    First comes the number alone, which is no event: a client that is cut off before any came goes on after it.
    """
    after = begins.after
    yield ServerSentEvent(id=str(after))
    if begins.is_restored:
        begin = mailbox.events_begin_after
        yield ServerSentEvent(raw_data=json.dumps({"number": begin, "type": RESTORED}), event=RESTORED, id=str(begin))
    while not is_over():
        seen = mailbox.changes.version
        rows = await mailbox.reading.events.after(after, BATCH_SIZE)
        for row in rows:
            after = row.number
            yield ServerSentEvent(raw_data=event_of(row).model_dump_json(), event=row.kind, id=str(row.number))
        if not rows:
            await mailbox.changes.wait_newer(seen, POLL_SECONDS)


class TooManyStreams(Refusal, status=429, code="too-many-streams", title="Too many event streams"):
    """The officer has the maximum number of event streams open: close one, or share one."""


class Streams:
    """Counts the event streams that are open in this process."""

    def __init__(self, total: int = STREAMS_IN_ALL) -> None:
        self.total = total
        self.closed = False
        """Whether the open streams are to end."""

        self._open: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def one(self, caller: Caller) -> Iterator[None]:
        """Count a stream until the block ends. Raises TooManyStreams, Busy."""
        officer = (caller.bureau, caller.officer)
        self._require_room(officer)
        self._open[officer] += 1
        try:
            yield
        finally:
            self._open[officer] -= 1
            # Drop the counts of zero.
            self._open += Counter()

    def _require_room(self, officer: tuple[str, str]) -> None:
        if self._open[officer] >= STREAMS_OF_AN_OFFICER:
            raise TooManyStreams(
                f"an officer may have {STREAMS_OF_AN_OFFICER} event streams open: close one, or let programs share one"
            )
        if self._open.total() >= self.total:
            raise Busy(f"this gateway has {self.total} open event streams: try again later, or poll GET /api/messages")
