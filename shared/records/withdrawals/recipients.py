"""The recipients of a record, their notifications, and their receipts: for its owner and the Commission.

The owner sees what is in its list of disclosures: not what the Commission was shown, nor who found the record by an
earlier search (ADR 35). These are asked to remove their copies all the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Row

from shared.audit.list_integrity import require_as_logged, require_whole
from shared.audit.tables import disclosures, withdrawals
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import time_at
from shared.identity import Caller, Purpose, examines
from shared.mailbox.notifications import NotificationReceipt, Notifier
from shared.records.models import Recipient, RecordDisclosures, SignedReceipt, Telling
from shared.records.rules import has_insight, require_insight
from shared.records.store import RecordStore
from shared.records.tombstones import proven_deletion, tombstone_of
from shared.records.withdrawals.withdrawal import received
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


class _Statements:
    """Finds the recipients of a record, as far as a reader may know."""

    def __init__(self, which: _Condition) -> None:
        at = disclosures.c.at
        times = (sa.func.count().label("times"), sa.func.min(at).label("first"), sa.func.max(at).label("last"))
        self.shown = sa.select(disclosures.c.bureau, *times).where(which).group_by(disclosures.c.bureau)
        self.seen = [_last_of_each(column, which) for column in disclosures.c["officer", "purpose", "version"]]


_of_all: Final = _Statements(received)
_for_owner: Final = _Statements(sa.and_(received, disclosures.c.listed_for == disclosures.c.owner))
_newest_first: Final = sa.func.row_number().over(
    partition_by=withdrawals.c.bureau, order_by=(withdrawals.c.at.desc(), withdrawals.c.version.desc())
)
_of_record: Final = having(withdrawals, record_id="of_record")
_tellings: Final = sa.select(withdrawals, _newest_first.label("place")).where(_of_record).subquery()
_told: Final = sa.select(_tellings).where(_tellings.c.place == 1)


async def disclosures_of(
    records: RecordStore[Any], record_id: str, reader: Caller, post: Notifier | None
) -> RecordDisclosures:
    """Return who was ever shown a record, also where it is deleted. Raises NotFound, NotTheOwner, LogDamaged."""
    session, kind = records.session, records.model.record_kind()
    tombstone = await tombstone_of(session, kind, record_id)
    if tombstone is None or not has_insight(tombstone.owner, reader):
        # Others than its owner get the same answer as if it had never existed.
        record = await records.get_whole(record_id)
        require_insight(record.owner, record.id, reader)
        owner, version, deletion = record.owner, record.version, None
    else:
        owner, version = tombstone.owner, tombstone.version
        deletion = (await proven_deletion(session, tombstone)).shown_to(reader.bureau)
    lists = (owner, SECRETARIAT) if examines(reader.bureau, reader.purpose) else (owner,)
    await require_whole(session, *lists)
    await require_as_logged(session, record_id)
    recipients = await recipients_of(session, record_id, post, reader)
    return RecordDisclosures(id=record_id, version=version, deleted=deletion, recipients=recipients)


async def recipients_of(session: Session, record_id: str, post: Notifier | None, reader: Caller) -> list[Recipient]:
    """Return the recipients of a record and of notifications about it, by code, as far as a reader may know."""
    sees_all, of_record = examines(reader.bureau, reader.purpose), {"of_record": record_id}
    statements = _of_all if sees_all else _for_owner
    shown = {BureauCode(row.bureau): row for row in await session.fetch(statements.shown, of_record, in_thread=True)}
    told = {BureauCode(row.bureau): row for row in await session.fetch(_told, of_record, in_thread=True)}
    if not sees_all:
        told = {bureau: row for bureau, row in told.items() if bureau in {reader.bureau, *shown}}
    letters = {row.letter for row in told.values()}
    proven = await post.proven(letters) if post is not None and letters else {}
    tellings = {bureau: _telling(row, proven.get(row.letter, ())) for bureau, row in told.items()}
    seen = _Seen(*[await _by_bureau(session, each, record_id) for each in statements.seen])
    return [_recipient(bureau, shown.get(bureau), seen, tellings.get(bureau)) for bureau in sorted({*shown, *told})]


class _Seen(NamedTuple):
    """What each bureau was shown last."""

    officers: Mapping[str, Sequence[str]]
    purposes: Mapping[str, Sequence[Purpose]]
    versions: Mapping[str, Sequence[int]]


async def _by_bureau(session: Session, statement: sa.Select[Any], record_id: str) -> Mapping[str, list[Any]]:
    values: dict[str, list[Any]] = defaultdict(list)
    for row in await session.fetch(statement, {"of_record": record_id, "most": MAX_OF_EACH}, in_thread=True):
        values[row.bureau].append(row.value)
    return values


def _recipient(bureau: BureauCode, shown: Row[Any] | None, seen: _Seen, told: Telling | None) -> Recipient:
    return Recipient(
        bureau=bureau,
        first=shown and time_at(shown.first),
        last=shown and time_at(shown.last),
        times=shown.times if shown else 0,
        versions=sorted(seen.versions.get(bureau, ())),
        purposes=sorted(seen.purposes.get(bureau, ())),
        officers=list(seen.officers.get(bureau, ())),
        told=told,
    )


def _telling(row: Row[Any], proven: Iterable[NotificationReceipt]) -> Telling:
    own = (each for each in proven if each.bureau == row.bureau)
    signed = {each.state: SignedReceipt(at=each.at, signature=each.signature) for each in own}
    return Telling(
        act=row.act,
        version=row.version,
        at=time_at(row.at),
        letter=row.letter,
        delivered=signed.get("delivered"),
        applied=signed.get("applied"),
        refused=signed.get("refused"),
    )
