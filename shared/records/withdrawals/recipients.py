"""The recipients of a record, their notifications, and their receipts: for its owner and the Commission.

The owner sees what is in its list of disclosures: not what the Commission was shown, nor who found the record by an
earlier search (ADR 35). These are asked to remove their copies all the same. The Secretariat sees the recipients of
what it instructed them to delete, as far as it may see them in the audit log.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.list_integrity import require_as_logged, require_whole
from shared.audit.tables import disclosures, withdrawals
from shared.bureaus import REVIEWERS, SECRETARIAT, BureauCode
from shared.clock import time_at
from shared.disclosure import PUBLISHED
from shared.identity import Caller, examines
from shared.mailbox.notifications import Notifier
from shared.protocol.messages import Receipt
from shared.records.field_copies.holdings import held_copies
from shared.records.models import Confirmations, Recall, RecallReceipt, Recipient, RecordDisclosures
from shared.records.recalls import received
from shared.records.rules import may_read_history, require_history_access
from shared.records.store import RecordStore
from shared.records.tombstones import proven_deletion, tombstone_of
from shared.storage import Session, having

# Officers of one bureau, and versions that it was shown.
MAX_OF_EACH: Final = 100

_Condition = sa.ColumnElement[bool]


def _last_of_each(column: sa.Column[Any], which: _Condition) -> sa.Select[Any]:
    """Return the statement for the values of a column that each bureau was shown last, the last first."""
    shown_last = sa.func.max(disclosures.c.number).desc()
    place = sa.func.row_number().over(partition_by=disclosures.c.bureau, order_by=shown_last)
    values = (
        sa.select(disclosures.c.bureau, column.label("value"), place.label("place"))
        .where(which)
        .group_by(disclosures.c.bureau, column)
        .subquery()
    )
    last = values.c.place <= sa.bindparam("most")
    return sa.select(values.c.bureau, values.c.value).where(last).order_by(values.c.place)


def _statements(which: _Condition) -> tuple[sa.Select[Any], Sequence[sa.Select[Any]]]:
    """Return what finds the recipients of a record, and what each was shown last: officers, purposes, versions."""
    at = disclosures.c.at
    times = (sa.func.count().label("times"), sa.func.min(at).label("first"), sa.func.max(at).label("last"))
    sent = sa.func.max(sa.case((disclosures.c.how == PUBLISHED, 1), else_=0)).label("sent")
    shown = sa.select(disclosures.c.bureau, *times, sent).where(which).group_by(disclosures.c.bureau)
    # What was published was shown to no officer in particular.
    asked = sa.and_(which, disclosures.c.how != PUBLISHED)
    officers = _last_of_each(disclosures.c.officer, asked)
    return shown, [officers, *(_last_of_each(column, which) for column in disclosures.c["purpose", "version"])]


_of_all: Final = _statements(received)
_for_owner: Final = _statements(sa.and_(received, disclosures.c.listed_for == disclosures.c.owner))
_cancelled: Final = (
    sa.select(withdrawals.c.message)
    .where(having(withdrawals, record_id="of_record", kind="of_kind"), withdrawals.c.act == "cancelled")
    .limit(1)
)
_newest_first: Final = sa.func.row_number().over(
    partition_by=withdrawals.c.bureau, order_by=(withdrawals.c.at.desc(), withdrawals.c.version.desc())
)
_of_record: Final = having(withdrawals, record_id="of_record")
_ranked_recalls: Final = sa.select(withdrawals, _newest_first.label("place")).where(_of_record).subquery()
_last_recalls: Final = sa.select(_ranked_recalls).where(_ranked_recalls.c.place == 1)


async def disclosures_of(
    records: RecordStore[Any], record_id: str, reader: Caller, post: Notifier | None
) -> RecordDisclosures:
    """Return who was ever shown a record, also where it is deleted. Raises NotFound, NotTheOwner, LogDamaged."""
    session, kind = records.session, records.model.record_kind()
    follows = reader.bureau in REVIEWERS and await _was_cancelled(session, kind, record_id)
    tombstone = await tombstone_of(session, kind, record_id)
    if tombstone is not None and (follows or may_read_history(tombstone.owner, reader)):
        owner, version = tombstone.owner, tombstone.version
        deletion = (await proven_deletion(session, tombstone)).shown_to(reader.bureau)
    else:
        # Others than its owner get the same answer as if it had never existed.
        record = await (records.get_hidden(record_id) if follows else records.get_whole(record_id))
        if not follows:
            require_history_access(record.owner, record.id, reader)
        owner, version, deletion = record.owner, record.version, None
    sees_all = follows or examines(reader.bureau, reader.purpose)
    await require_whole(session, *((owner, SECRETARIAT) if sees_all else (owner,)))
    await require_as_logged(session, record_id)
    recipients = await recipients_of(session, record_id, post, reader, sees_all=sees_all, at=records.at)
    return RecordDisclosures(
        id=record_id,
        version=version,
        deleted=deletion,
        confirmations=Confirmations.of(recipients),
        recipients=recipients,
    )


async def _was_cancelled(session: Session, kind: str, record_id: str) -> bool:
    """Return whether the Secretariat instructed the recipients of a record to delete it."""
    return bool(await session.fetch(_cancelled, {"of_kind": kind, "of_record": record_id}))


async def recipients_of(
    session: Session, record_id: str, post: Notifier | None, reader: Caller, *, sees_all: bool, at: datetime
) -> list[Recipient]:
    """Return the recipients of a record and of notifications about it, by code.

    Without `sees_all` those in the list of the reader, which is the owner.
    """
    of_record = {"of_record": record_id}
    statement, last_shown = _of_all if sees_all else _for_owner
    shown = {BureauCode(row.bureau): row for row in await session.fetch(statement, of_record, in_thread=True)}
    notified = {BureauCode(row.bureau): row for row in await session.fetch(_last_recalls, of_record, in_thread=True)}
    if not sees_all:
        notified = {bureau: row for bureau, row in notified.items() if bureau in {reader.bureau, *shown}}
    messages = {row.message for row in notified.values()}
    proven = await post.proven(messages) if post is not None and messages else {}
    recalls = {bureau: _recall(row, proven.get(row.message, ())) for bureau, row in notified.items()}
    copies = await held_copies(session, record_id, at)
    officers, purposes, versions = [await _by_bureau(session, each, record_id) for each in last_shown]
    return [
        Recipient(
            bureau=bureau,
            first=row and time_at(row.first),
            last=row and time_at(row.last),
            times=row.times if row else 0,
            versions=sorted(versions[bureau]),
            purposes=sorted(purposes[bureau]),
            officers=officers[bureau],
            sent=bool(row and row.sent),
            recall=recalls.get(bureau),
            field_copy=copies.get(bureau),
        )
        for bureau, row in ((bureau, shown.get(bureau)) for bureau in sorted({*shown, *notified, *copies}))
    ]


async def _by_bureau(session: Session, statement: sa.Select[Any], record_id: str) -> defaultdict[str, list[Any]]:
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await session.fetch(statement, {"of_record": record_id, "most": MAX_OF_EACH}, in_thread=True):
        values[row.bureau].append(row.value)
    return values


def _recall(row: Row[Any], proven: Iterable[Receipt]) -> Recall:
    own = (each for each in proven if each.head.sender == row.bureau)
    signed = {each.head.state: RecallReceipt(at=time_at(each.head.iat), signature=each.signature) for each in own}
    return Recall(
        act=row.act,
        version=row.version,
        at=time_at(row.at),
        message=row.message,
        delivered=signed.get("delivered"),
        applied=signed.get("applied"),
        refused=signed.get("refused"),
    )
