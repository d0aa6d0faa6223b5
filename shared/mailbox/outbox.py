"""Enqueues a payload in a form: seals it, and puts it into the outbox in a transaction with what it is about.

The caller makes sure that the recipients exist; one that cannot be reached at the moment gets it later.
"""

from datetime import datetime
from typing import Final

import msgspec

from shared.bureaus import BureauCode
from shared.errors import Invalid
from shared.ids import uuid7
from shared.mailbox import rules
from shared.mailbox.models import Accepted
from shared.mailbox.rows import outbox_row
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at
from shared.protocol.envelope import EnvelopeRefused
from shared.protocol.messages import Content, Draft, Urgency, read_content, seal_message
from shared.protocol.payloads import Form, name_of, write
from shared.rpc.participant import Participant

_encode: Final = msgspec.json.Encoder().encode


class OutgoingPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What a bureau or a service sends to bureaus in a form."""

    form: Form
    to: tuple[BureauCode, ...]
    disclosed: bool = True
    """Whether each recipient learns who the others are."""

    officer: str
    """The officer in whose name it is sent, as their bureau calls them; a service names itself."""

    purpose: str
    subject: str
    """A line for people; it names no person."""

    urgency: Urgency = "routine"
    thread: str | None = None
    """The message that began the conversation; by default this one begins it. It need not be in the own boxes."""

    in_reply_to: str | None = None
    at: datetime | None = None
    """When it is said, where what it says was reckoned from that time; by default now."""

    valid_until: datetime | None = None
    """Until when to try; by default 30 days."""

    kept_until: datetime | None = None
    """From when it need not be kept in the outbox, once every recipient has signed; by default it is kept for ever."""

    id: str | None = None
    """Of the message, a UUIDv7; by default a new one."""


async def enqueue(store: MailStore, sender: Participant, statement: OutgoingPayload) -> Accepted:
    """Seal a statement and put it into the outbox. The caller commits, and then notifies `changes` of the mailbox.

    Raises OwnAddress, Invalid, KeyNotValid, BureauSuspended.
    """
    if sender.name in statement.to:
        raise rules.OwnAddress(f"to: {sender.name} is the sender: take it out")
    at = statement.at or sender.clock.now()
    message_id = statement.id or uuid7(at)
    content = Content(
        officer=statement.officer,
        subject=statement.subject,
        body=write(statement.form),
        thread=statement.thread or message_id,
        in_reply_to=statement.in_reply_to,
        form=name_of(statement.form),
    )
    require_readable(content)
    draft = Draft(
        id=message_id,
        sender=sender.name,
        recipients=statement.to,
        disclosed=statement.disclosed,
        urgency=statement.urgency,
        purpose=statement.purpose,
        sent=at,
        valid_until=statement.valid_until or at + rules.VALID_FOR,
        content=content,
    )
    sealed = seal_message(draft, sender.keys.signing)
    kept_until = None if statement.kept_until is None else milliseconds_at(statement.kept_until)
    await store.put_out(outbox_row(sealed, statement.to, at) | {"kept_until": kept_until}, statement.to)
    return Accepted(id=message_id, thread=content.thread, to=statement.to, valid_until=draft.valid_until)


def require_readable(content: Content) -> None:
    """Let only a content pass that its recipients can open. Raises Invalid."""
    try:
        read_content(_encode(content))
    except EnvelopeRefused as refused:
        raise Invalid("subject, body and names of files: leave out U+0000, and keep them within their limits") from (
            refused
        )
