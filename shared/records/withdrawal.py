"""Tells those who received a record to remove their copies once they may not see it any more, or to replace them.

Whoever received it stands in the disclosures of the audit log; the letter is put out in the transaction that hides the
record. It says nothing of why: withdrawn, deleted, or restricted from this bureau look alike.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from shared import forms
from shared.bureaus import BureauCode
from shared.identity import Purpose
from shared.ids import uuid7
from shared.post import Letter
from shared.records.models import Act
from shared.records.outgoing import put_out
from shared.records.policy import Record, Rule
from shared.records.rules import holders
from shared.records.tables import disclosures, hidings, withdrawals
from shared.storage import Session

# Of records entered before a purpose was asked for, and of those that are gone.
PURPOSE_NOT_KNOWN: Final = Purpose.CRIME_ANALYSIS
# What the owner and the Commission see of a record is no disclosure that could be withdrawn.
_RECEIVED_BY: Final = (Rule.MEMBERS.value, Rule.SECRETARIAT.value)
_SUBJECTS: Final = {"withdrawn": "remove your copies of", "corrected": "replace your copies of"}

received: Final = sa.and_(
    disclosures.c.record_id == sa.bindparam("of_record"),
    disclosures.c.rule.in_(_RECEIVED_BY),
)
"""The condition that somebody else than its owner was shown a record."""

_receivers: Final = (
    sa.select(disclosures.c.bureau, sa.func.max(disclosures.c.version).label("version"))
    .where(received)
    .group_by(disclosures.c.bureau)
)
_withdrawn: Final = (
    sa.select(withdrawals.c.bureau, sa.func.max(withdrawals.c.version).label("version"))
    .where(withdrawals.c.record_id == sa.bindparam("of_record"), withdrawals.c.act == "withdrawn")
    .group_by(withdrawals.c.bureau)
)
_note_told: Final = sa.insert(withdrawals)
_note_hiding: Final = sa.insert(hidings)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A record of which bureaus may have copies, as far as it need be known to tell them."""

    service: str
    kind: str
    record: str
    owner: BureauCode
    version: int
    """Copies of all versions before it are meant."""

    purpose: Purpose
    at: datetime


def held(record: Record, service: str, at: datetime) -> Held:
    """Return a record as those who have copies are told of it."""
    return Held(
        service=service,
        kind=record.record_kind(),
        record=record.id,
        owner=record.owner,
        version=record.version,
        purpose=record.purpose or PURPOSE_NOT_KNOWN,
        at=at,
    )


async def withdraw(
    session: Session, record: Held, may_see: Callable[[BureauCode], bool], *, also: Iterable[BureauCode] = ()
) -> None:
    """Tell all who may have copies and may not see the record that it is withdrawn, and others beside."""
    hidden_from = {bureau for bureau in await _holders(session, record) if not may_see(bureau)}
    await _tell(session, record, "withdrawn", {*hidden_from, *also})


async def correct(session: Session, record: Held, may_see: Callable[[BureauCode], bool]) -> None:
    """Tell the owner, and all who may have copies and may see the record, that it was corrected."""
    shown_to = {bureau for bureau in await _holders(session, record) if may_see(bureau)}
    await _tell(session, record, "corrected", {*shown_to, record.owner})


async def note_hiding(session: Session, record: Held) -> None:
    """Have it looked again later who received a record: an answer that shows it may be under way."""
    row = {"record_id": record.record, "version": record.version, "kind": record.kind, "at": record.at.timestamp()}
    await session.change(_note_hiding, row)


async def _holders(session: Session, record: Held) -> Iterable[BureauCode]:
    of_record = {"of_record": record.record}
    shown = {BureauCode(row.bureau): row.version for row in await session.scan(_receivers, of_record)}
    if not shown:
        return ()
    told = {BureauCode(row.bureau): row.version for row in await session.look_up(_withdrawn, of_record)}
    return holders(shown, told)


async def _tell(session: Session, record: Held, act: Act, bureaus: Iterable[BureauCode]) -> None:
    recipients = tuple(sorted(bureaus))
    if not recipients:
        return
    letter = _letter(record, act, recipients)
    await put_out(session, [letter])
    told: dict[str, Any] = {
        "letter": letter.id,
        "kind": record.kind,
        "record_id": record.record,
        "version": record.version,
        "act": act,
        "at": record.at.timestamp(),
    }
    await session.change(_note_told, [{**told, "bureau": bureau} for bureau in recipients])


def _letter(record: Held, act: Act, recipients: tuple[BureauCode, ...]) -> Letter:
    return Letter(
        id=uuid7(record.at),
        recipients=recipients,
        # Nobody need know who else had it.
        disclosed=False,
        urgent=True,
        purpose=record.purpose,
        subject=f"{record.service}: {_SUBJECTS[act]} {record.kind} {record.record}",
        form=forms.Withdrawal(
            service=record.service,
            kind=record.kind,
            record=record.record,
            version=record.version,
            act=act,
            at=record.at.timestamp(),
        ),
        written=record.at,
    )
