"""The envelopes that a counterpart signs, with a flaw or without; its outbox delivers them like any other."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from gateway.sandbox.counterparts.models import Flaw
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey
from shared.crypto.hpke import CONTENT_KEY_BYTES
from shared.errors import Conflict
from shared.ids import uuid7
from shared.mailbox.host import MailboxSession
from shared.mailbox.inbox_commit import ON_THE_WAY
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Box, MessageState, MessageSummary
from shared.mailbox.posting import post_message
from shared.mailbox.rows import blinds_of, outbox_row
from shared.mailbox.store import MailStore
from shared.mailbox.tables import deliveries, messages
from shared.protocol.messages import Content, Draft, SealedMessage, seal_message, wrapped_key
from shared.protocol.parcel import Parcel
from shared.protocol.payloads import Form, name_of, write
from shared.rpc.participant import Participant
from shared.sandbox.keys import ForeignKey
from shared.storage import first_or_none
from shared.transport.subjects import Lane

# One that is refused, or not answered, is not sent for longer.
VALID_FOR: Final = timedelta(hours=1)

RECEIPT_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.5

_sent: Final = sa.and_(messages.c.number == deliveries.c.message, messages.c.box == Box.OUTBOX.value)
_delivery: Final = sa.select(*deliveries.c["state", "reason"]).where(_sent, messages.c.id == sa.bindparam("of"))
_oldest: Final = (
    sa.select(messages)
    .where(_sent, deliveries.c.recipient == sa.bindparam("to"), sa.func.length(messages.c.sealed) > 0)
    .where(deliveries.c.state.in_([MessageState.DELIVERED.value, MessageState.READ.value, MessageState.APPLIED.value]))
    .order_by(messages.c.number)
    .limit(1)
)

EndedKey = Callable[[Participant], Awaitable[SigningKey]]
"""Returns a signing key of a bureau that has ended. Raises Refusal."""


class Delivery(NamedTuple):
    """How far a message has come, and why no further."""

    state: MessageState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a counterpart writes about a message: a text, or a form."""

    about: MessageSummary
    subject: str
    said: str | Form
    number: int = 1
    """Counts the replies to one message."""

    @property
    def key(self) -> str:
        """Identifies it, so that it is sent once, whichever process does so and however often it is begun."""
        return f"counterpart {self.about.sender} {self.about.id} {self.number}"


class CounterpartPost:
    """Sends what a counterpart signs."""

    def __init__(self, session: MailboxSession, officer: str, ended_key: EndedKey) -> None:
        self._mailbox, self._bureau = session
        self._officer = officer
        self._ended_key = ended_key

    async def send(self, reply: Reply, flaw: Flaw | None = None) -> str:
        """Put a reply into the outbox, once, and return its id. Raises Refusal."""
        to = (BureauCode(reply.about.sender),)
        sealed = await self._sealed(reply, to, flaw)
        row = outbox_row(sealed, to, self._bureau.clock.now()) | {"request_key": reply.key}

        async def put(store: MailStore) -> str:
            if (before := await store.requested(reply.key)) is not None:
                return MessageSummary.model_validate_json(before.summary).id
            await store.enqueue(row, to)
            return sealed.head.id

        sent = await self._mailbox.write(put)
        self._mailbox.changes.notify()
        return sent

    async def repeat_oldest(self, to: str) -> str:
        """Post the oldest envelope that a bureau has signed a receipt for once more, and return its id.

        Raises Conflict if there is none, TransportFailure.
        """
        row = first_or_none(await self._mailbox.reading.session.fetch(_oldest, {"to": to}))
        key = self._bureau.directory.sealing_key_of(to, self._bureau.clock.now())
        if row is None or key is None:
            raise Conflict(f"there is no envelope to repeat: {to} has signed no receipt for one, or has no valid key")
        wrapped = wrapped_key(row.id, to, row.content_key, blinds_of(row), key)
        parcel = Parcel(row.signature, row.sealed, wrapped)
        await post_message(self._bureau, to, Lane(row.urgency), row.id, parcel)
        return str(row.id)

    async def until_received(self, message_id: str) -> None:
        """Wait until the recipient has signed a receipt for a message. Raises TimeoutError."""
        async with asyncio.timeout(RECEIPT_SECONDS):
            seen = self._mailbox.changes.version
            while (found := await delivery_of(self._mailbox, message_id)) is None or found.state in ON_THE_WAY:
                await self._mailbox.changes.wait_newer(seen, POLL_SECONDS)
                seen = self._mailbox.changes.version

    async def _sealed(self, reply: Reply, to: tuple[BureauCode, ...], flaw: Flaw | None) -> SealedMessage:
        key = self._bureau.keys.signing
        match flaw:
            case Flaw.EXPIRED_KEY:
                key = await self._ended_key(self._bureau)
            case Flaw.WRONG_KEY:
                key = ForeignKey(key.kid)
            case Flaw.UNKNOWN_KEY:
                key = SigningKey.generate()
        # Only now, as a message is dated: a key that has ended was valid before.
        sealed = seal_message(self._draft(reply, to), key)
        if flaw is Flaw.BROKEN_SEAL:
            # Delivery wraps this one for the recipient.
            return msgspec.structs.replace(sealed, content_key=os.urandom(CONTENT_KEY_BYTES))
        return sealed

    def _draft(self, reply: Reply, to: tuple[BureauCode, ...]) -> Draft:
        about, at = reply.about, self._bureau.clock.now()
        form, body = (None, reply.said) if isinstance(reply.said, str) else (name_of(reply.said), write(reply.said))
        content = Content(
            officer=self._officer,
            subject=reply.subject,
            body=body,
            thread=about.thread,
            in_reply_to=about.id,
            form=form,
        )
        return Draft(
            id=uuid7(at),
            sender=self._bureau.name,
            recipients=to,
            urgency=about.urgency,
            purpose=about.purpose,
            sent=at,
            valid_until=at + VALID_FOR,
            content=content,
        )


async def delivery_of(mailbox: Mailbox, message_id: str) -> Delivery | None:
    """Return how far a message of the outbox has come to its recipient; None if it is not there any more."""
    row = first_or_none(await mailbox.reading.session.fetch(_delivery, {"of": message_id}))
    return None if row is None else Delivery(MessageState(row.state), row.reason)
