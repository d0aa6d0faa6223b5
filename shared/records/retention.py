"""Deletes expired records, and asks their owners before whether they are still needed.

An expired record is not shown to anybody from the second of its expiry on, deleted or not. Its deletion is logged with
the owner as the bureau, which alone may delete it, and the service as the officer. A record that fails, such as one
that this program cannot read, is tried again in the next round, after all others.
"""

import math
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from shared.audit.pending import pending_of
from shared.audit.writer import AuditLog, unanswered
from shared.background import for_each
from shared.clock import Clock
from shared.disclosure import DisclosureRecorder
from shared.errors import Conflict
from shared.identity import Caller
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.notifications import Notification
from shared.protocol import payloads
from shared.records.outbox import enqueue
from shared.records.policy import REVIEWED_BEFORE, Record
from shared.records.store import RecordKind
from shared.records.tables import reviews
from shared.records.transaction import transaction_of
from shared.rpc.irreversible import USUALLY_LEFT, Announcement, MayBeTaken
from shared.storage import PAGE_SIZE, BatchCursor, Database, after, comes_after, count_split, having, insert

# How often all records are scanned: one whose expiry was moved to an earlier time becomes due without time passing.
REVIEW_SCAN_INTERVAL: Final = timedelta(hours=1)
BATCH_SIZE: Final = 100
EXPIRE: Final = "expire_record"

_add_review: Final = insert(reviews).on_conflict_do_nothing()
_of_record: Final = having(reviews, kind="of_kind", record_id="of_record")
_delete_others: Final = sa.delete(reviews).where(_of_record, reviews.c.expires != sa.bindparam("but"))

# The expiry of a record in seconds since 1970, and its id: the order in which records are scanned.
_BEGINNING: Final[tuple[int, str]] = (0, "")


class Retention:
    """The retention of one kind of record. Several processes of a service may do this at once."""

    def __init__(
        self, kind: RecordKind, database: Database, audit: AuditLog, clock: Clock, log: Log, may_be_taken: MayBeTaken
    ) -> None:
        columns = kind.table.c
        self._kind = kind
        self._service = kind.service()
        self._database = database
        self._audit = audit
        self._clock = clock
        self._may_be_taken = may_be_taken
        self._announced = Announcement(kind.table.name, clock, log)
        self._looked_through = -math.inf
        self._asked_up_to = _BEGINNING
        self._ending = BatchCursor(columns.expires, columns.id, page_size=BATCH_SIZE)
        asked = sa.exists().where(
            reviews.c.kind == kind.model.record_kind(),
            reviews.c.record_id == columns.id,
            reviews.c.expires == columns.expires,
        )
        self._expired = (
            sa.select(columns.expires, columns.id, columns.content)
            .where(comes_after(columns.expires, columns.id), columns.expires <= sa.bindparam("until"))
            .order_by(columns.expires, columns.id)
            .limit(PAGE_SIZE)
        )
        self._due = self._expired.where(~asked)

    async def run_once(self) -> None:
        """Ask for the review of records that expire soon, and announce or delete expired ones: a batch of each."""
        await for_each(lambda act: act(self._clock.now()), (self._ask_for_reviews, self._end))

    async def _ask_for_reviews(self, now: datetime) -> None:
        if (since := self._clock.monotonic()) - self._looked_through >= REVIEW_SCAN_INTERVAL.total_seconds():
            self._looked_through, self._asked_up_to = since, _BEGINNING
        expires, record = max(self._asked_up_to, (int(now.timestamp()) + 1, ""))
        until = int((now + REVIEWED_BEFORE).timestamp())
        bounds = {**after(expires=expires, id=record), "until": until, "page_size": BATCH_SIZE}
        rows = await self._database.reading.fetch(self._due, bounds, in_thread=True)
        self._asked_up_to = (rows[-1].expires, rows[-1].id) if len(rows) == BATCH_SIZE else (until + 1, "")
        await for_each(lambda row: self._ask(self._read(row.content), now), rows)

    async def _end(self, now: datetime) -> None:
        until = int(now.timestamp())
        if not self._may_be_taken():
            self._announced.withdraw()
        elif not self._announced.stands:
            table = self._kind.table
            is_past = table.c.expires <= until
            self._announced.make(*await count_split(self._database.reading, table, is_past, USUALLY_LEFT))
        elif self._announced.left:
            await self._delete(now, until)

    async def _delete(self, now: datetime, until: int) -> None:
        rows = await self._ending.page(self._database.reading, self._expired, until=until)
        rows = rows[: self._announced.left]
        # The last batch ends the announcement, as another process may have deleted the rest.
        self._announced.count(len(rows) if len(rows) == BATCH_SIZE else self._announced.left)
        await for_each(lambda row: self._expire(self._read(row.content), now), rows)

    async def _ask(self, record: Record, now: datetime) -> None:
        kind, expires = record.record_kind(), record.expires
        named = f"{kind} {record.id}"
        notification = Notification(
            id=uuid7(now),
            recipients=(record.owner,),
            disclosed=True,
            urgent=False,
            purpose=record.purpose,
            subject=f"{self._service}: {named} is deleted on {expires:%Y-%m-%d} unless you renew it",
            form=payloads.ReviewDue(service=self._service, kind=kind, record=record.id, expires=expires.timestamp()),
            written=now,
        )
        at = int(expires.timestamp())
        asked = {"kind": kind, "record_id": record.id, "expires": at, "message": notification.id}
        async with self._database.writing() as session:
            if await session.execute(_add_review, asked):
                # Of a term that was renewed.
                await session.execute(_delete_others, {"of_kind": kind, "of_record": record.id, "but": at})
                await enqueue(session, [notification])

    async def _expire(self, record: Record, now: datetime) -> None:
        recorder = DisclosureRecorder(operation=EXPIRE)
        caller = Caller(record.owner, self._service, frozenset(), record.purpose, uuid7(now), recorder)
        try:
            async with transaction_of(caller, self._database, now) as session:
                await self._kind(session, caller, now).delete(record, "expired")
        except Conflict:
            # Another process was faster.
            return
        await self._audit.add(unanswered(pending_of(caller), now))

    def _read(self, content: str) -> Record:
        return self._kind.model.of_json(content)
