"""Notes in the transaction of a change that its record is to be sent; `publisher` sends what is noted."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from shared.records.publications.rules import Announced, SentTo, due_to
from shared.records.results import R
from shared.records.tables import announcements, former_versions
from shared.storage import Session, first_or_none, having, insert

AnnouncedAs = Callable[[R], Announced | None]
"""Returns as what a record in its present state is sent, or None."""

_new: Final = insert(announcements)
# What is noted already is sent as the record is then, to the recipients of both notes.
_note: Final = _new.on_conflict_do_update(
    index_elements=[announcements.c.record_id], set_={"to_all": sa.or_(announcements.c.to_all, _new.excluded.to_all)}
)
_former: Final = sa.select(former_versions.c.content).where(
    having(former_versions, kind="of_kind", record_id="of_record", version="of_version")
)


async def announce_entry(session: Session, record: R, announced_as: AnnouncedAs[R], at: datetime) -> None:
    """Send a new record once the transaction is committed, if its kind is sent in this state."""
    if announced_as(record):
        await _announce(session, record, SentTo.NEW, at)


async def announce_change(session: Session, record: R, announced_as: AnnouncedAs[R], at: datetime) -> None:
    """Send a version once the transaction is committed, if it is due to anybody; the former one is stored already."""
    if not announced_as(record):
        return
    which = {"of_kind": record.record_kind(), "of_record": record.id, "of_version": record.version - 1}
    row = first_or_none(await session.fetch(_former, which))
    former = None if row is None else type(record).of_json(row.content)
    due = due_to(former if former is not None and announced_as(former) else None, record)
    if due is not None:
        await _announce(session, record, due, at)


async def _announce(session: Session, record: R, to: SentTo, at: datetime) -> None:
    row = {"record_id": record.id, "kind": record.record_kind(), "to_all": to.value, "at": at.timestamp()}
    await session.execute(_note, row)
