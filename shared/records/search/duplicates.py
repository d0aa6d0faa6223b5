"""Notifies two owners that they entered the same thing: each gets a hit on the record of the other, if it may see it.

It follows changes in the background, so that an entry takes as long whether another bureau has the thing or not, and
answers the same. A hit is logged with the request by which the notified bureau entered its own record, once for each
pair; like that of an earlier search it is for the finder alone (ADR 35, 105).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from shared.audit.pending import PendingAudit
from shared.audit.tables import disclosures
from shared.audit.writer import AuditLog, append, unanswered
from shared.clock import Clock
from shared.identity import Caller, Purpose
from shared.records.access import may_find
from shared.records.policy import Record
from shared.records.search.matched_store import MatchedStore, SearchedKind
from shared.storage import Database, Session, first_or_none, having, inline_literal

OPERATION: Final = "match_duplicate"

_of_record: Final = having(disclosures, record_id="of_record", bureau="of_bureau")
_entry: Final = (
    sa.select(*disclosures.c["request", "officer", "purpose"])
    .where(_of_record, disclosures.c.how == inline_literal("change"))
    .order_by(disclosures.c.number)
    .limit(1)
)
_notified: Final = (
    sa.select(disclosures.c.number).where(_of_record, disclosures.c.how == inline_literal("duplicate")).limit(1)
)


class DuplicateNotifier:
    """Notifies the owners of records about the same thing."""

    def __init__(self, database: Database, audit: AuditLog, clock: Clock, is_member: Callable[[str], bool]) -> None:
        """Bureaus that are not members are not notified."""
        self._database = database
        self._audit = audit
        self._clock = clock
        self._is_member = is_member

    async def notify(self, kind: SearchedKind, record: Record) -> None:
        """Notify the owner of a record of those of others with one of its numbers, and these owners of it."""
        now = self._clock.now()
        for other in await self._store(kind, record, now).duplicates_of(record):
            await self._show(kind, record, other, now)
            await self._show(kind, other, record, now)

    def _store(self, kind: SearchedKind, record: Record, now: datetime) -> MatchedStore[Any, Any]:
        owner = Caller(record.owner, "", frozenset(), Purpose(record.purpose), "")
        return kind(self._database.reading, owner, now)

    async def _show(self, kind: SearchedKind, shown: Record, own: Record, now: datetime) -> None:
        """Notify the owner of one record of the other, once, if it may see it."""
        if not (may_find(own.owner, shown, kind.audience(shown), now) and self._is_member(own.owner)):
            return
        async with self._database.writing(exclusive=True) as session:
            if not await kind.is_unchanged(session, shown):
                # The newer change is matched later.
                return
            about = {"of_record": shown.id, "of_bureau": own.owner}
            if await session.fetch(_notified, about):
                return
            pending = await _pending(session, kind, shown, own)
            await append(session, [msgspec.structs.replace(unanswered(pending, now), pending=False)])
        self._audit.changes.notify()


async def _pending(session: Session, kind: SearchedKind, shown: Record, own: Record) -> PendingAudit:
    """Return what is logged: with the request that entered the own record, if the log has it."""
    same = " and ".join(_shared_numbers(kind, shown, own))
    disclosure = shown.disclosure("duplicate", 1.0, f"{same} as in record {own.id}")
    entry = first_or_none(await session.fetch(_entry, {"of_record": own.id, "of_bureau": own.owner}))
    return PendingAudit(
        request=entry.request if entry else own.id,
        bureau=own.owner,
        officer=entry.officer if entry else kind.service(),
        purpose=Purpose(entry.purpose) if entry else Purpose(own.purpose),
        operation=OPERATION,
        shown=(msgspec.structs.replace(disclosure, version=shown.shown_version),),
    )


def _shared_numbers(kind: SearchedKind, one: Record, other: Record) -> list[str]:
    numbers = kind.identifiers(other)
    return [name for name, number in kind.identifiers(one).items() if numbers.get(name) == number]
