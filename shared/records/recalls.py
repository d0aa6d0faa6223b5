"""Notify recipients of a record to remove their copies when they may no longer see it, or to replace them.

The recipients are in the owner's list of disclosures; the notification is enqueued in the transaction that hides the
record. If that list is incomplete, the transaction fails: see `list_integrity`.

A notification gives no reason: withdrawn, deleted, or restricted from this bureau look alike. Only an instruction of
the General Secretariat to delete a record says that it is one; all recipients get it. Each bureau gets a notification
of its own, as the number of recipients would reveal whether all lose the record or one is barred.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from shared.audit.list_integrity import require_as_logged, require_whole
from shared.audit.tables import REMOVED, disclosures, withdrawals
from shared.bureaus import PUBLIC, SECRETARIAT, BureauCode
from shared.disclosure import PUBLISHED, Rule
from shared.identity import Purpose
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol import payloads
from shared.records.models import Act
from shared.records.outbox import enqueue
from shared.records.policy import Record
from shared.records.rules import holders
from shared.records.tables import recall_checks
from shared.storage import Session, having, insert

# What the owner, the Commission and the public are shown cannot be withdrawn.
_NOT_RECEIVED_BY: Final = (Rule.OWNER.value, Rule.DATA_SUBJECT_REQUEST.value, Rule.PUBLIC.value)
_SUBJECTS: Final[dict[Act, str]] = {
    "withdrawn": "{service}: remove your copies of {record}",
    "cancelled": "{service}: by instruction of the General Secretariat, delete your copies of {record}",
    "corrected": "{service}: replace your copies of {record}",
}

received: Final = sa.and_(
    having(disclosures, record_id="of_record"),
    disclosures.c.rule.not_in(_NOT_RECEIVED_BY),
    disclosures.c.bureau != PUBLIC,
)
"""The condition that a bureau other than its owner was shown a record."""

_shown: Final = (
    sa.select(disclosures.c.bureau, sa.func.max(disclosures.c.number).label("last"))
    .where(received, disclosures.c.version <= sa.bindparam("up_to"))
    .group_by(disclosures.c.bureau)
)
_published: Final = (
    sa.select(disclosures.c.bureau, sa.func.max(disclosures.c.number).label("last"))
    .where(received, disclosures.c.how == PUBLISHED)
    .group_by(disclosures.c.bureau)
)
_notified: Final = (
    sa.select(withdrawals.c.bureau, sa.func.max(withdrawals.c.seen).label("seen"))
    .where(having(withdrawals, record_id="of_record"), withdrawals.c.act.in_(sa.bindparam("acts", expanding=True)))
    .group_by(withdrawals.c.bureau)
)
_insert: Final = sa.insert(withdrawals)
_hiding: Final = insert(recall_checks)
_schedule_recheck: Final = _hiding.on_conflict_do_update(
    index_elements=[recall_checks.c.record_id, recall_checks.c.version], set_={"act": _hiding.excluded.act}
)


class RecalledRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What notifications need of a record of which bureaus may have copies."""

    service: str
    kind: str
    record: str
    owner: BureauCode
    version: int
    """Copies of all versions before it are to be removed or replaced."""

    purpose: Purpose
    at: datetime
    called: str = ""
    """What its readers know it by, if it is not its id."""


def recalled_record(record: Record, service: str, at: datetime) -> RecalledRecord:
    """Return what notifications need of a record."""
    return RecalledRecord(
        service=service,
        kind=record.record_kind(),
        record=record.id,
        owner=record.owner,
        version=record.version,
        purpose=record.purpose,
        at=at,
        called=record.called(),
    )


async def withdraw(
    session: Session,
    record: RecalledRecord,
    may_see: Callable[[BureauCode], bool],
    *,
    act: Act = "withdrawn",
    also: Iterable[BureauCode] = (),
) -> None:
    """Notify all who may have copies but may not see the record, and others, of its withdrawal. Raises LogDamaged."""
    holding = await _holders(session, record, record.version, *REMOVED)
    hidden_from = {bureau: last for bureau, last in holding.items() if not may_see(bureau)}
    await _notify(session, record, act, dict.fromkeys(also, 0) | hidden_from)


async def correct(session: Session, record: RecalledRecord, may_see: Callable[[BureauCode], bool]) -> None:
    """Notify the owner, and all who may have copies and see the record, of its correction. Raises LogDamaged."""
    holding = await _holders(session, record, record.version, *REMOVED)
    shown_to = {bureau: last for bureau, last in holding.items() if may_see(bureau)}
    await _notify(session, record, "corrected", {record.owner: 0} | shown_to)


async def correct_late(
    session: Session, record: RecalledRecord, version: int, may_see: Callable[[BureauCode], bool]
) -> None:
    """Notify those who may see the record, and were shown a version before a corrected one after its notification."""
    holding = await _holders(session, record, version - 1, *REMOVED, "corrected")
    await _notify(session, record, "corrected", {bureau: last for bureau, last in holding.items() if may_see(bureau)})


async def sent_to(session: Session, record_id: str) -> frozenset[BureauCode]:
    """Return who was sent a record when it was published, and was not asked since to remove it."""
    of_record = {"of_record": record_id}
    rows = await session.fetch(_published, of_record, in_thread=True)
    if not rows:
        return frozenset()
    sent = {BureauCode(row.bureau): row.last for row in rows}
    notified = await session.fetch(_notified, of_record | {"acts": REMOVED})
    return frozenset(holders(sent, {BureauCode(row.bureau): row.seen for row in notified}))


async def schedule_recheck(session: Session, record: RecalledRecord, act: Act) -> None:
    """Look up the recipients of a record again later: an answer that shows it as it was may be under way."""
    await session.execute(_schedule_recheck, _row(record, act))


def _row(record: RecalledRecord, act: Act) -> dict[str, Any]:
    at = record.at.timestamp()
    return {"record_id": record.record, "version": record.version, "kind": record.kind, "act": act, "at": at}


async def _holders(session: Session, record: RecalledRecord, up_to: int, *acts: Act) -> Mapping[BureauCode, int]:
    """Return who was shown a version up to one, and was not notified since by one of these acts. Raises LogDamaged."""
    # The list of the Secretariat has the recipients that the owner must not know of.
    await require_whole(session, record.owner, SECRETARIAT)
    await require_as_logged(session, record.record)
    of_record = {"of_record": record.record}
    rows = await session.fetch(_shown, of_record | {"up_to": up_to}, in_thread=True)
    if not rows:
        return {}
    shown = {BureauCode(row.bureau): row.last for row in rows}
    rows = await session.fetch(_notified, of_record | {"acts": acts})
    return holders(shown, {BureauCode(row.bureau): row.seen for row in rows})


async def _notify(session: Session, record: RecalledRecord, act: Act, seen: Mapping[BureauCode, int]) -> None:
    """Notify bureaus, each given with the last disclosure to it."""
    sent = {bureau: _notification(record, act, bureau) for bureau in sorted(seen)}
    if not sent:
        return
    await enqueue(session, sent.values())
    row = _row(record, act)
    rows = [{**row, "bureau": bureau, "message": each.id, "seen": seen[bureau]} for bureau, each in sent.items()]
    await session.execute(_insert, rows)


def _notification(record: RecalledRecord, act: Act, bureau: BureauCode) -> Notification:
    return Notification(
        id=uuid7(record.at),
        recipients=(bureau,),
        disclosed=True,
        urgent=True,
        purpose=record.purpose,
        subject=_SUBJECTS[act].format(service=record.service, record=f"{record.kind} {record.called or record.record}"),
        form=payloads.Withdrawal(
            service=record.service,
            kind=record.kind,
            record=record.record,
            version=record.version,
            act=act,
            at=record.at.timestamp(),
        ),
        written=record.at,
    )
