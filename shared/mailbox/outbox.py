"""Seals a payload in a form and enqueues it in the outbox, in the caller's transaction.

The caller makes sure that the recipients exist; one that cannot be reached at the moment gets it later.
"""

from datetime import datetime

import msgspec

from shared.bureaus import BureauCode
from shared.errors import Invalid
from shared.ids import uuid7
from shared.mailbox import rules
from shared.mailbox.models import AcceptedMessage
from shared.mailbox.rows import outbox_row
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at
from shared.protocol.envelope import EnvelopeRefused
from shared.protocol.messages import Content, Draft, Urgency, read_content, seal_message
from shared.protocol.payloads import Form, name_of, write
from shared.protocol.quotes import QuotedRecord
from shared.rpc.participant import Participant


class OutgoingPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A payload in a form, from a bureau or a service to bureaus, by default valid for 30 days.

    Its subject must not name a person.
    """

    form: Form
    to: tuple[BureauCode, ...]
    disclosed: bool = True
    officer: str
    """The officer who sends it, as their bureau calls them; a service names itself."""

    purpose: str
    subject: str
    urgency: Urgency = "routine"
    thread: str | None = None
    """The message that began the conversation; by default this one. It need not be in this mailbox."""

    in_reply_to: str | None = None
    at: datetime | None = None
    """When it is sent, where the payload depends on that time; by default now."""

    valid_until: datetime | None = None
    kept_until: datetime | None = None
    """Until when to keep it in the outbox, and until every recipient has signed; by default permanently."""

    id: str | None = None
    quotes: tuple[QuotedRecord, ...] = ()
    """The records whose content the payload has."""


async def enqueue(store: MailStore, sender: Participant, payload: OutgoingPayload) -> AcceptedMessage:
    """Seal a payload and put it into the outbox. The caller commits, and then notifies `changes` of the mailbox.

    Raises OwnAddress, Invalid, KeyNotValid, BureauSuspended.
    """
    if sender.name in payload.to:
        raise rules.OwnAddress(f"to: {sender.name} is the sender: remove it")
    at = payload.at or sender.clock.now()
    message_id = payload.id or uuid7(at)
    content = Content(
        officer=payload.officer,
        subject=payload.subject,
        body=write(payload.form),
        thread=payload.thread or message_id,
        in_reply_to=payload.in_reply_to,
        form=name_of(payload.form),
        quotes=payload.quotes,
    )
    require_readable(content)
    draft = Draft(
        id=message_id,
        sender=sender.name,
        recipients=payload.to,
        disclosed=payload.disclosed,
        urgency=payload.urgency,
        purpose=payload.purpose,
        sent=at,
        valid_until=payload.valid_until or at + rules.VALID_FOR,
        content=content,
    )
    sealed = seal_message(draft, sender.keys.signing)
    kept_until = None if payload.kept_until is None else milliseconds_at(payload.kept_until)
    await store.enqueue(outbox_row(sealed, payload.to, at) | {"kept_until": kept_until}, payload.to)
    return AcceptedMessage(id=message_id, thread=content.thread, to=payload.to, valid_until=draft.valid_until)


def require_readable(content: Content) -> None:
    """Require a content that its recipients can open. Raises Invalid."""
    try:
        read_content(msgspec.json.encode(content))
    except EnvelopeRefused as refused:
        detail = "subject, body and names of files: leave out U+0000, and keep them within their limits"
        raise Invalid(detail) from refused
