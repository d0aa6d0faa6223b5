"""Sends records to those who may see them, and logs the recipients in the same transaction.

So a message that has left is a disclosure in the log, by which its recipient is found when the record ends. A record is
sent as it is at that moment, to those who may see it then: one that ended since is sent to nobody. What changes soon
after a record was sent is gathered, so that no owner floods the mailboxes of all others with one record.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.pending import PendingAudit
from shared.audit.tables import disclosures
from shared.audit.writer import AuditLog, append, unanswered
from shared.background import for_each
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.disclosure import PUBLISHED
from shared.ids import uuid7
from shared.protocol.directory import Directory
from shared.records.outbox import enqueue
from shared.records.policy import Record
from shared.records.publications.rules import Announced, form_of, is_sent_to, notifications_of
from shared.records.recalls import sent_to
from shared.records.store import RecordKind
from shared.records.tables import announcements
from shared.storage import PAGE_SIZE, BatchCursor, Database, Session, comes_after, first_or_none, having

OPERATION: Final = "publish_record"
BATCH_SIZE: Final = 20
# A record is sent at most once in it.
GATHERED_FOR: Final = timedelta(minutes=5)

_order: Final = (announcements.c.at, announcements.c.record_id)
_is_due: Final = announcements.c.at <= sa.bindparam("now", type_=sa.Float)
_waiting: Final = sa.select(*_order).where(comes_after(*_order), _is_due).order_by(*_order).limit(PAGE_SIZE)
_this: Final = having(announcements, record_id="of_record")
_get: Final = sa.select(announcements).where(_this).with_for_update()
_done: Final = sa.delete(announcements).where(_this)
_later: Final = sa.update(announcements).where(_this).values(at=sa.bindparam("due", type_=sa.Float))
_last_sent: Final = sa.select(sa.func.max(disclosures.c.at).label("at")).where(
    having(disclosures, record_id="of_record"), disclosures.c.how == PUBLISHED
)


class Publisher:
    """Sends the records of a service. Several processes of it may do this at once."""

    def __init__(
        self, kinds: Iterable[RecordKind], database: Database, audit: AuditLog, directory: Directory, clock: Clock
    ) -> None:
        self._kinds = {kind.model.record_kind(): kind for kind in kinds}
        self._database = database
        self._audit = audit
        self._directory = directory
        self._clock = clock
        self._rounds = BatchCursor(*_order, page_size=BATCH_SIZE)

    async def run_once(self) -> None:
        """Send a batch of what is noted; one that fails is tried again after all others."""
        now = self._clock.now().timestamp()
        rows = await self._rounds.page(self._database.reading, _waiting, now=now)
        await for_each(self._publish, [row.record_id for row in rows])

    async def _publish(self, record_id: str) -> None:
        async with self._database.writing(exclusive=True) as session:
            noted = first_or_none(await session.fetch(_get, {"of_record": record_id}))
            if noted is None:
                # Another process was faster.
                return
            if (due := await self._due(session, record_id)) > self._clock.now().timestamp():
                await session.execute(_later, {"of_record": record_id, "due": due})
                return
            await session.execute(_done, {"of_record": record_id})
            await self._send(session, noted)
        self._audit.changes.notify()

    async def _due(self, session: Session, record_id: str) -> float:
        """Return from when on a record may be sent, in seconds since 1970: the first time at once."""
        [last] = await session.fetch(_last_sent, {"of_record": record_id})
        return 0.0 if last.at is None else float(last.at) + GATHERED_FOR.total_seconds()

    async def _send(self, session: Session, noted: Row[Any]) -> None:
        kind, now = self._kinds[noted.kind], self._clock.now()
        # Locked, so that a withdrawal at the same time is before this, or finds the recipients.
        stored = sa.select(kind.table.c.content).where(kind.table.c.id == noted.record_id).with_for_update()
        row = first_or_none(await session.fetch(stored))
        record = None if row is None else kind.model.of_json(row.content)
        announced = None if record is None else kind.announced(record)
        if record is None or announced is None:
            return
        had_it = await sent_to(session, record.id)
        if had_it:
            # To the owner nothing is disclosed.
            had_it |= {record.owner}
        readers = self._readers(kind, record, now)
        wanted = {each: each in had_it for each in readers if noted.to_all or each not in had_it}
        await self._log(session, record, wanted, kind.service(), now)
        await self._enqueue(session, record, announced, wanted, kind.service(), now)

    def _readers(self, kind: RecordKind, record: Record, now: datetime) -> list[BureauCode]:
        """Return who of those that are in the network now is sent a record."""
        audience, directory = kind.audience(record), self._directory
        return [
            BureauCode(each)
            for each in directory.correspondents(now)
            if is_sent_to(
                BureauCode(each),
                record,
                audience,
                service=kind.service(),
                agreement=directory.agreement_of(each),
                at=now,
            )
        ]

    async def _log(
        self, session: Session, record: Record, wanted: Mapping[BureauCode, bool], service: str, now: datetime
    ) -> None:
        """Append one leaf to the audit log with all recipients of a record."""
        disclosure = msgspec.structs.replace(record.disclosure(PUBLISHED), version=record.shown_version)
        shown = tuple(
            msgspec.structs.replace(disclosure, reader=each) for each in sorted(wanted) if each != record.owner
        )
        if shown:
            # In the name of the Secretariat, which keeps the records, as no officer asked.
            sent = PendingAudit(uuid7(now), SECRETARIAT, service, record.purpose, OPERATION, shown)
            await append(session, [msgspec.structs.replace(unanswered(sent, now), pending=False)])

    async def _enqueue(
        self,
        session: Session,
        record: Record,
        announced: Announced,
        wanted: Mapping[BureauCode, bool],
        service: str,
        now: datetime,
    ) -> None:
        form = form_of(record, announced, service, now)
        await enqueue(session, notifications_of(record, form, wanted, now))
