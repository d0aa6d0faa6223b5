"""What is sent of a record, when, and to which recipients. No input or output."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal

import msgspec

from shared.agreements import Agreement
from shared.bureaus import MEMBERS, BureauCode
from shared.handling import Handling
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox.notifications import Notification
from shared.protocol.payloads import Publication, write
from shared.protocol.quotes import QuotedRecord
from shared.records.access import may_find, widens
from shared.records.policy import Audience, Record
from shared.rights import may_receive

# Of a form: it is stored once for each recipient. More is read from the service.
MAX_BYTES: Final = 64 * 1024
_SUBJECTS: Final = {
    "published": "{service}: {record} of {owner} is published",
    "diffused": "{service}: {record} of {owner} is sent to you",
    "updated": "{service}: {record} of {owner} has changed",
}
# A renewal changes nothing for others, who are told when the record ends. The owner's own number of the file is shown
# with the next version that is sent: nobody acts by it.
_NOT_SENT: Final = {"version", "updated", "expires", "restricted", "addressed", "partners", "reference"}


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """As what a record in its present state is sent to all who may see it."""

    act: Literal["published", "diffused"]
    number: str | None = None
    """Under which it was published."""

    colour: str | None = None


class SentTo(Enum):
    """Which of those who may see a version get it."""

    ALL = True
    NEW = False
    """Who was not sent the record before."""


def due_to(before: Record | None, after: Record) -> SentTo | None:
    """Return who gets a version, which is announced; `before` is the former one, if that was announced too.

    A version with other readers is sent to those who are new; one that changes nothing that others act by, to nobody.
    """
    if before is None:
        return SentTo.NEW
    if as_shown(before, leave_out=_NOT_SENT) != as_shown(after, leave_out=_NOT_SENT):
        return SentTo.ALL
    return SentTo.NEW if widens(before, after) else None


def as_shown(record: Record, *, leave_out: set[str] | None = None) -> dict[str, Any]:
    """Return a record as JSON, as it is shown to a bureau other than its owner."""
    stranger = next(code for code in MEMBERS if code != record.owner)
    reader = Caller(stranger, "", frozenset(), record.purpose, "")
    return record.shown_to(reader).model_dump(mode="json", exclude=leave_out)


def is_sent_to(
    participant: BureauCode,
    record: Record,
    audience: Audience,
    *,
    service: str,
    agreement: Agreement | None,
    at: datetime,
) -> bool:
    """Return whether a participant is sent a record: if it may see it now, and may be sent records of the service."""
    return may_find(participant, record, audience, at) and may_receive(
        participant, service, record.purpose, agreement, at.date()
    )


def form_of(record: Record, announced: Announced, service: str, at: datetime) -> Publication:
    """Return what is sent of a record: its content, unless only some officers may read it, or it is too large."""
    form = Publication(
        service=service,
        kind=record.record_kind(),
        record=record.id,
        version=record.shown_version,
        owner=record.owner,
        act=announced.act,
        number=announced.number,
        colour=announced.colour,
        at=at.timestamp(),
    )
    if record.handling is Handling.CONFIDENTIAL:
        # Any officer who reads messages reads this one.
        return msgspec.structs.replace(form, omitted="confidential")
    whole = msgspec.structs.replace(form, content=as_shown(record))
    return whole if len(write(whole).encode()) <= MAX_BYTES else msgspec.structs.replace(form, omitted="too-large")


def notifications_of(
    record: Record, form: Publication, recipients: Mapping[BureauCode, bool], at: datetime
) -> list[Notification]:
    """Return a message for each recipient, given with whether it was sent the record before.

    Each gets one of its own, as the number of recipients would reveal whether any bureau is barred.
    """
    quote = quote_of(record, form.service)
    return [
        _notification(record, _form_for(bureau, form, record.version, had_it=recipients[bureau]), quote, bureau, at)
        for bureau in sorted(recipients)
    ]


def _form_for(bureau: BureauCode, form: Publication, version: int, *, had_it: bool) -> Publication:
    if had_it:
        form = msgspec.structs.replace(form, act="updated")
    if bureau != form.owner:
        return form
    # The owner has the content, and learns the version alone: all of them, also those that others do not see.
    return msgspec.structs.replace(form, version=version, content=None, omitted="own-record")


def quote_of(record: Record, service: str) -> QuotedRecord:
    """Return the terms of a record, as a message that has its content states them."""
    return QuotedRecord(
        service=service,
        kind=record.record_kind(),
        record=record.id,
        version=record.shown_version,
        owner=record.owner,
        handling=record.handling.value,
        conditions=tuple(condition.value for condition in record.conditions),
        other_condition=record.other_condition,
    )


def _notification(
    record: Record, form: Publication, quote: QuotedRecord, bureau: BureauCode, at: datetime
) -> Notification:
    return Notification(
        id=uuid7(at),
        recipients=(bureau,),
        disclosed=True,
        urgent=False,
        purpose=record.purpose,
        subject=_SUBJECTS[form.act].format(
            service=form.service, record=f"{form.kind} {form.number or form.record}", owner=form.owner
        ),
        form=form,
        written=at,
        quotes=(quote,),
    )
