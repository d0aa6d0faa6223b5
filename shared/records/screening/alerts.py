"""Compares what partners sent with the records of a kind, and alerts the bureaus concerned. No partner learns of it.

A match is a hit of the bureau of the place, logged as shown to it (`how: screening`), so that owner and finder get the
hit as of any search. Besides, the owner, that bureau and the General Secretariat get an urgent alert.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.pending import PendingAudit
from shared.audit.writer import AuditLog, append, unanswered
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from shared.clock import Clock
from shared.identity import HANDLING_CONFIDENTIAL, Caller, Purpose
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import ScreeningAlert
from shared.records.outbox import enqueue
from shared.records.policy import Record
from shared.records.results import Hit
from shared.records.search.searchable_store import SearchableStore
from shared.storage import Database, next_after

BATCH_SIZE: Final = 200
OPERATION: Final = "match_screening"


class ScreeningAlerts:
    """The job of one service that compares what waits."""

    def __init__(
        self, store: type[SearchableStore[Any, Any]], table: sa.Table, database: Database, audit: AuditLog, clock: Clock
    ) -> None:
        self._store = store
        self._database = database
        self._audit = audit
        self._clock = clock
        self._next = next_after(sa.select(table), table.c.id)
        self._delete = sa.delete(table).where(table.c.id.in_(sa.bindparam("screenings", expanding=True)))

    async def run_once(self) -> None:
        """Compare what waits, the first sent first."""
        last = ""
        while rows := await self._database.reading.fetch(self._next, {"after": last, "at_most": BATCH_SIZE}):
            # Most match nothing, and are deleted together.
            unmatched = [row.id for row in rows if not await self._alert(row)]
            async with self._database.writing() as session:
                await session.execute(self._delete, {"screenings": unmatched})
            last = rows[-1].id

    async def _alert(self, row: Row[Any]) -> bool:
        """Alert of what matches, and return whether anything does."""
        now, query = self._clock.now(), self._store.read_query(row.query)
        owner = self._store.owner_of(query)
        hits = [] if owner is None else await self._hits(query, owner, row, now)
        if not hits:
            return False
        async with self._database.writing(exclusive=True) as session:
            if not await session.execute(self._delete, {"screenings": [row.id]}):
                # Another process was faster.
                return True
            await enqueue(session, list(self._alerts(row, hits, now)))
            if shown := [entry for hit in hits if (entry := self._entry(row, hit))]:
                await append(session, [msgspec.structs.replace(unanswered(each, now), pending=False) for each in shown])
        self._audit.changes.notify()
        return True

    async def _hits(self, query: Any, owner: BureauCode, row: Row[Any], now: datetime) -> list[Hit[Any]]:
        """Return the hits among all records of the owner, also those that no other may see."""
        scopes = frozenset({HANDLING_CONFIDENTIAL})
        caller = Caller(owner, self._store.service(), scopes, Purpose(row.purpose), row.request)
        return (await self._store(self._database.reading, caller, now).look_up(query)).hits

    def _alerts(self, row: Row[Any], hits: Iterable[Hit[Any]], now: datetime) -> Iterator[Notification]:
        service = self._store.service()
        for hit in hits:
            record: Record = hit.record
            others = (each for each in _concerned(row) if each != record.owner and self._store.may_know(each, record))
            yield Notification(
                id=uuid7(now),
                recipients=(record.owner, *others),
                disclosed=True,
                urgent=True,
                purpose=row.purpose,
                subject=f"{service}: {row.partner} saw what record {record.id} of {record.owner} is about",
                form=ScreeningAlert(
                    service=service,
                    kind=record.record_kind(),
                    record=record.id,
                    version=record.shown_version,
                    owner=record.owner,
                    partner=row.partner,
                    country=row.country,
                    place=row.place,
                    score=hit.score,
                    at=row.at,
                ),
                written=now,
            )

    def _entry(self, row: Row[Any], hit: Hit[Any]) -> PendingAudit | None:
        """Return what is logged as shown to the bureau of the place, if it may see the record of another."""
        bureau, record = BureauCode(row.country), hit.record
        if bureau not in MEMBERS or bureau == record.owner or not self._store.may_know(bureau, record):
            return None
        shown = record.disclosure("screening", hit.score, f"{hit.match}; seen by {row.partner}")
        return PendingAudit(
            request=row.request,
            bureau=bureau,
            officer=f"{row.partner.lower()}.screening",
            purpose=Purpose(row.purpose),
            operation=OPERATION,
            shown=(msgspec.structs.replace(shown, version=record.shown_version),),
        )


def _concerned(row: Row[Any]) -> Iterator[BureauCode]:
    """Yield who is alerted besides the owner."""
    if row.country in MEMBERS:
        yield BureauCode(row.country)
    yield SECRETARIAT
