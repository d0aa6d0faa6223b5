"""Between a message as it is sealed, as it is kept, and as it is shown."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy.engine import Row

from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.identity import Purpose
from shared.mailbox import rules
from shared.mailbox.models import Attachment, Box, Message, MessageSummary, RecipientState, State
from shared.mailbox.times import milliseconds, milliseconds_at, moment
from shared.protocol.envelope import UNDISCLOSED, MessageHead, digest_of
from shared.protocol.messages import Content, OpenedMessage, Receipt, SealedMessage, read_content
from shared.protocol.parcel import Parcel

_CODE: Final = re.compile("[A-Z]{2}|IPSG")
_DIGEST: Final = re.compile(UNDISCLOSED + "[A-Za-z0-9_-]{43}")

_decode_blinds = msgspec.json.Decoder(dict[str, str]).decode


def outbox_row(message: SealedMessage, recipients: tuple[BureauCode, ...], at: datetime) -> dict[str, Any]:
    """Return what the sender keeps of a message."""
    summary = _summary(Box.OUTBOX, message.head, read_content(message.content), recipients, at)
    blinds = {bureau: encode_base64url(salt) for bureau, salt in message.blinds.items()}
    return _sized(
        {
            **_row(summary, message.head, message.signature, blinds),
            "sealed": message.body,
            "content": message.content,
            "salt": message.salt,
            "content_key": message.content_key,
        }
    )


def inbox_row(message: OpenedMessage, parcel: Parcel, by: BureauCode, at: datetime) -> dict[str, Any]:
    """Return what a recipient keeps of a message. Raises ValueError for one that does not fit."""
    recipients = (by,) if message.blind else tuple(map(BureauCode, message.head.to))
    if any((_CODE if not message.blind else _DIGEST).fullmatch(each) is None for each in message.head.to):
        raise ValueError("the recipients are neither all codes nor all digests")
    summary = _summary(Box.INBOX, message.head, message.content, recipients, at)
    blinds: dict[str, str] = {by: encode_base64url(message.blind)} if message.blind else {}
    return _sized(
        {
            **_row(summary, message.head, parcel.signature, blinds),
            "sealed": parcel.body,
            "content": message.raw_content,
            "salt": message.salt,
            "content_key": message.content_key,
        }
    )


def blinds_of(row: Row[Any]) -> dict[str, bytes]:
    """Return the salts behind the digests of undisclosed recipients, as far as this bureau has them."""
    return {bureau: decode_base64url(salt) for bureau, salt in _decode_blinds(row.blinds).items()}


def summary_of(row: Row[Any], progress: Mapping[State, int] | None) -> MessageSummary:
    """Return a kept message without what it says."""
    return MessageSummary.model_validate_json(row.summary).model_copy(update=_present(row, progress))


def message_of(row: Row[Any], deliveries: tuple[RecipientState, ...] | None) -> Message:
    """Return a kept message with what it says."""
    progress: dict[State, int] | None = None
    if deliveries is not None:
        states = [each.state for each in deliveries]
        progress = {state: states.count(state) for state in State if state in states}
    summary = summary_of(row, progress)
    body = read_content(row.content).body
    return Message(**summary.model_dump(by_alias=True), body=body, recipients=deliveries)


def recipient_state(row: Row[Any]) -> RecipientState:
    """Return how far a message has come to a recipient."""
    reason = row.reason if row.reason is None or rules.is_known_reason(row.reason) else "other"
    return RecipientState(
        bureau=row.recipient, state=State(row.state), at=moment(row.at), reason=reason, attempts=row.attempts
    )


def receipt_row(number: int, bureau: str, state: State, receipt: Receipt, *, due: int | None = None) -> dict[str, Any]:
    """Return what is kept of a receipt; `due` is when to send it, until it is noted."""
    return {
        "message": number,
        "bureau": bureau,
        "state": state.value,
        "id": receipt.head.id,
        "signature": receipt.signature,
        "due": due,
    }


def move_row(number: int, recipient: str, state: State, at: int, reason: str | None = None) -> dict[str, Any]:
    """Return how a message moves on for a recipient."""
    return {"of": number, "to": recipient, "new_state": state.value, "new_at": at, "new_reason": reason}


def message_event(number: int, sender: str, at: int) -> dict[str, Any]:
    """Return the event that a message came."""
    return {**state_event(number, sender, State.DELIVERED, at), "kind": "message"}


def state_event(number: int, bureau: str, state: State, at: int, reason: str | None = None) -> dict[str, Any]:
    """Return the event that a message moved on for a bureau."""
    return {"message": number, "kind": "state", "bureau": bureau, "state": state.value, "at": at, "reason": reason}


def _sized(row: dict[str, Any]) -> dict[str, Any]:
    size = sum(len(row[large]) for large in ("sealed", "content", "signature", "blinds")) + len(row["summary"].encode())
    return row | {"size": size}


def _present(row: Row[Any], progress: Mapping[State, int] | None) -> dict[str, Any]:
    if progress is None:
        return {"state": State(row.state)}
    return {"state": rules.least(progress), "progress": dict(progress)}


def _summary(
    box: Box, head: MessageHead, content: Content, recipients: tuple[BureauCode, ...], at: datetime
) -> MessageSummary:
    notes = enumerate(content.attachments, start=1)
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
        attachments=tuple(Attachment(number=number, **msgspec.structs.asdict(note)) for number, note in notes),
        state=State.QUEUED if box is Box.OUTBOX else State.DELIVERED,
    )


def _row(summary: MessageSummary, head: MessageHead, signature: str, blinds: Mapping[str, str]) -> dict[str, Any]:
    return {
        "box": summary.box.value,
        "sender": head.sender,
        "id": head.id,
        "thread": summary.thread,
        "urgency": head.urgency,
        "state": summary.state.value,
        "stored": milliseconds_at(summary.stored),
        "expires": milliseconds(head.exp),
        "digest": digest_of(signature),
        "signature": signature,
        "summary": summary.model_dump_json(by_alias=True),
        "blinds": msgspec.json.encode(blinds).decode(),
        "attachments": len(summary.attachments),
        "request_key": None,
        "request_digest": None,
    }
