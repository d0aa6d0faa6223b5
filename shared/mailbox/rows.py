"""Converts a message between three forms: sealed, stored, and shown."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy.engine import Row

from shared.bureaus import CODE_PATTERN, BureauCode
from shared.clock import time_at
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.identity import Purpose
from shared.mailbox import rules
from shared.mailbox.models import Attachment, Box, Message, MessageState, MessageSummary, RecipientState
from shared.mailbox.quote_models import Quote
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds, milliseconds_at, moment
from shared.protocol.directory import Directory
from shared.protocol.envelope import UNDISCLOSED, MessageHead, ReceiptHead, digest_of
from shared.protocol.evidence import ProvenMessage, assemble
from shared.protocol.messages import Content, OpenedMessage, Receipt, SealedMessage, read_content
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import parse

_CODE: Final = re.compile(CODE_PATTERN)
_DIGEST: Final = re.compile(UNDISCLOSED + "[A-Za-z0-9_-]{43}")

_decode_blinds = msgspec.json.Decoder(dict[str, str]).decode


def outbox_row(message: SealedMessage, recipients: tuple[BureauCode, ...], at: datetime) -> dict[str, Any]:
    """Return the row of a message in the sender's outbox."""
    summary = _summary(Box.OUTBOX, message.head, read_content(message.content), recipients, at)
    parcel = Parcel(message.signature, message.body)
    return _row(summary, message, parcel, content=message.content, blinds=message.blinds)


def inbox_row(message: OpenedMessage, parcel: Parcel, by: BureauCode, at: datetime) -> dict[str, Any]:
    """Return the row of a message in a recipient's inbox. Raises ValueError for recipients of no known form."""
    recipients = (by,) if message.blind else tuple(map(BureauCode, message.head.to))
    if any((_DIGEST if message.blind else _CODE).fullmatch(each) is None for each in message.head.to):
        raise ValueError("the recipients are neither all codes nor all digests")
    summary = _summary(Box.INBOX, message.head, message.content, recipients, at)
    blinds = {by: message.blind} if message.blind else {}
    return _row(summary, message, parcel, content=message.raw_content, blinds=blinds)


def blinds_of(row: Row[Any]) -> dict[str, bytes]:
    """Return the salts behind the digests of undisclosed recipients, as far as this bureau has them."""
    return {bureau: decode_base64url(salt) for bureau, salt in _decode_blinds(row.blinds).items()}


def summary_of(row: Row[Any], progress: Mapping[MessageState, int] | None) -> MessageSummary:
    """Return a stored message without its body; `progress` is how many recipients are in each state."""
    present: dict[str, Any] = {"state": MessageState(row.state)}
    if progress is not None:
        present = {"state": rules.least(progress), "progress": dict(progress)}
    return MessageSummary.model_validate_json(row.summary).model_copy(update=present)


def message_of(row: Row[Any], deliveries: tuple[RecipientState, ...] | None) -> Message:
    """Return a stored message with its body."""
    progress = None
    if deliveries is not None:
        states = [each.state for each in deliveries]
        progress = {state: states.count(state) for state in MessageState if state in states}
    summary = summary_of(row, progress).model_dump(by_alias=True)
    return Message(**summary, body=read_content(row.content).body, recipients=deliveries)


async def evidence_of(store: MailStore, row: Row[Any], directory: Directory) -> bytes:
    """Return the evidence file of a stored message, with all stored receipts for it."""
    receipts = await store.receipts.of(row.number)
    proven = ProvenMessage(
        signature=row.signature, body=row.sealed, content=row.content, salt=row.salt, blinds=blinds_of(row)
    )
    return assemble(proven, [receipt.signature for receipt in receipts], directory.signed_entries())


def recipient_state(row: Row[Any]) -> RecipientState:
    """Return how far a message has come to a recipient."""
    reason, at = rules.shown_reason(row.reason), moment(row.at)
    return RecipientState(
        bureau=row.recipient, state=MessageState(row.state), at=at, reason=reason, attempts=row.attempts
    )


def receipt_row(
    number: int, bureau: str, state: MessageState, receipt: Receipt, *, due: int | None = None
) -> dict[str, Any]:
    """Return the row of a receipt; `due` is when to send it, until it is acknowledged."""
    return {
        "message": number,
        "bureau": bureau,
        "state": state.value,
        "id": receipt.head.id,
        "signature": receipt.signature,
        "due": due,
    }


def receipt_of(row: Row[Any]) -> Receipt:
    """Return a stored receipt."""
    return Receipt(parse(ReceiptHead, row.signature)[1], row.signature)


def move_row(number: int, recipient: str, state: MessageState, at: int, reason: str | None = None) -> dict[str, Any]:
    """Return the change of a delivery that moves a message on for a recipient."""
    return {"of": number, "to": recipient, "new_state": state.value, "new_at": at, "new_reason": reason}


def state_event(number: int, bureau: str, state: MessageState, at: int, reason: str | None = None) -> dict[str, Any]:
    """Return the event that a message moved on for a bureau."""
    return {"message": number, "kind": "state", "bureau": bureau, "state": state.value, "at": at, "reason": reason}


def _summary(
    box: Box, head: MessageHead, content: Content, recipients: tuple[BureauCode, ...], at: datetime
) -> MessageSummary:
    attachments = enumerate(content.attachments, start=1)
    return MessageSummary(
        id=head.id,
        box=box,
        sender=head.sender,
        officer=content.officer,
        to=recipients,
        disclosed=not head.to[0].startswith(UNDISCLOSED),
        urgency=head.urgency,
        purpose=Purpose(head.purpose),
        subject=content.subject,
        form=content.form,
        thread=content.thread,
        in_reply_to=content.in_reply_to,
        sent=time_at(head.iat),
        valid_until=time_at(head.exp),
        stored=at,
        attachments=tuple(Attachment(number=number, **msgspec.structs.asdict(each)) for number, each in attachments),
        quotes=tuple(Quote(**msgspec.structs.asdict(each)) for each in content.quotes),
        state=MessageState.QUEUED if box is Box.OUTBOX else MessageState.DELIVERED,
    )


def _row(
    summary: MessageSummary,
    message: SealedMessage | OpenedMessage,
    parcel: Parcel,
    *,
    content: bytes,
    blinds: Mapping[Any, bytes],
) -> dict[str, Any]:
    shown = summary.model_dump_json(by_alias=True)
    salts = msgspec.json.encode({bureau: encode_base64url(salt) for bureau, salt in blinds.items()}).decode()
    return {
        "box": summary.box.value,
        "sender": message.head.sender,
        "id": message.head.id,
        "thread": summary.thread,
        "urgency": message.head.urgency,
        "form": summary.form,
        "state": summary.state.value,
        "stored": milliseconds_at(summary.stored),
        "expires": milliseconds(message.head.exp),
        "digest": digest_of(parcel.signature),
        "signature": parcel.signature,
        "sealed": parcel.body,
        "summary": shown,
        "content": content,
        "salt": message.salt,
        "content_key": message.content_key,
        "blinds": salts,
        "attachments": len(summary.attachments),
        "size": sum(map(len, (parcel.body, content, parcel.signature, salts, shown.encode()))),
        "request_key": None,
        "request_digest": None,
    }
