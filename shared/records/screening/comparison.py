"""Compares what partners sent with the records of a kind, the first sent first, and has what matches alerted.

What cannot be compared is tried again, and then left; it stops nothing that was sent after it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.writer import AuditLog
from shared.clock import Clock
from shared.identity import HANDLING_CONFIDENTIAL, Caller, Purpose
from shared.logs import Log
from shared.records.results import Hit
from shared.records.screening.alerts import ScreeningAlerts
from shared.records.screening.gathered import Sighted
from shared.records.screening.sightings import Screened
from shared.records.tables import saved_searches
from shared.storage import Database, Rows, next_after

BATCH_SIZE: Final = 200
# A failure that repeats so often is not that of a busy store.
TRIES: Final = 3


class ScreeningComparison:
    """The job of one service that compares what waits."""

    def __init__(
        self, screened: Screened, alerts: ScreeningAlerts, database: Database, audit: AuditLog, clock: Clock, log: Log
    ) -> None:
        waiting = screened.waiting
        self._store = screened.store
        self._alerts = alerts
        self._database = database
        self._audit = audit
        self._clock = clock
        self._log = log
        self._failed = Counter[str]()
        whole = sa.select(waiting.c.id, saved_searches).join(
            saved_searches, saved_searches.c.digest == waiting.c.search
        )
        self._next = next_after(whole, waiting.c.id)
        self._delete = sa.delete(waiting).where(waiting.c.id.in_(sa.bindparam("ids", expanding=True)))

    async def run_once(self) -> None:
        """Compare what waits, and alert of what was seen repeatedly; raise an error at the end, to be called again."""
        last, faults = "", list[Exception]()
        while rows := await self._database.reading.fetch(self._next, {"after": last, "at_most": BATCH_SIZE}):
            faults += await self._compare(rows)
            last = rows[-1].id
        now = self._clock.now()
        if await self._alerts.is_any_over(self._database.reading, now):
            await self._alert((), (), now)
        if faults:
            raise faults[0]

    async def _compare(self, rows: Rows) -> Sequence[Exception]:
        """Compare some; return the errors, each of which delays none of the others."""
        now = self._clock.now()
        try:
            if found := [Sighted(row, hit) for row in rows for hit in await self._hits(row, now)]:
                await self._alert(rows, found, now)
            else:
                await self._leave(rows)
        except Exception as error:
            if len(rows) > 1:
                return [fault for row in rows for fault in await self._compare([row])]
            return await self._tried(rows[0], error)
        for row in rows:
            self._failed.pop(row.id, None)
        return []

    async def _tried(self, row: Row[Any], error: Exception) -> Sequence[Exception]:
        """Return the error of what is to be tried again; leave what has failed too often."""
        self._failed[row.id] += 1
        if self._failed[row.id] < TRIES:
            return [error]
        self._log.failure("screening-not-compared", error, kind=self._store.model.record_kind(), partner=row.bureau)
        await self._leave([row])
        del self._failed[row.id]
        return []

    async def _hits(self, row: Row[Any], now: datetime) -> list[Hit[Any]]:
        """Return the hits among all records of the owner, also those that no other may see."""
        query = self._store.read_query(row.query)
        if (owner := self._store.owner_of(query)) is None:
            return []
        scopes = frozenset({HANDLING_CONFIDENTIAL})
        caller = Caller(owner, self._store.service(), scopes, Purpose(row.purpose), row.request)
        return (await self._store(self._database.reading, caller, now).look_up(query)).hits

    async def _leave(self, rows: Sequence[Row[Any]]) -> None:
        """Have rows wait no more; they are kept to be compared with what is entered later."""
        async with self._database.writing() as session:
            await session.execute(self._delete, {"ids": [row.id for row in rows]})

    async def _alert(self, rows: Sequence[Row[Any]], found: Sequence[Sighted], now: datetime) -> None:
        """Alert of what was found, and of what was seen repeatedly; these rows wait no more."""
        async with self._database.writing(exclusive=True) as session:
            await session.execute(self._delete, {"ids": [row.id for row in rows]})
            is_any = await self._alerts.alert(session, found, now, later=False)
        if is_any:
            self._audit.changes.notify()
