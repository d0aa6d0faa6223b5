"""What the signatures in the evidence of a message say. Does NOT check them: `i247 evidence verify` does, anywhere."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec


def _(text: str) -> str:
    return text


SENT: Final = "sent"
MEANINGS: Final = {
    SENT: _("This text, to these recipients, at this time, for this purpose."),
    "delivered": _("The message is in our inbox, with all attachments."),
    "read": _("We have read it."),
    "applied": _("We have removed or replaced our copies of the record."),
    "refused": _("We do not act on it."),
}
"""What a bureau signs, by the state that a receipt has; `sent` is the message itself."""


class Signature(NamedTuple):
    """A signature in the evidence of a message."""

    by: str
    said: str
    at: str
    key: str
    reason: str | None


class _Head(msgspec.Struct, rename={"sender": "from"}):
    sender: str
    kid: str
    iat: float
    state: str = SENT
    reason: str | None = None


class _Signed(msgspec.Struct):
    head: _Head


class _Evidence(msgspec.Struct):
    message: _Signed
    receipts: tuple[_Signed, ...] = ()


_decode: Final = msgspec.json.Decoder(_Evidence).decode


def signatures_of(evidence: bytes) -> list[Signature]:
    """Return the signatures in the evidence of a message: that of its sender, and those of receipts as they came."""
    read = _decode(evidence)
    receipts = sorted((each.head for each in read.receipts), key=lambda head: head.iat)
    return [_signature(read.message.head), *map(_signature, receipts)]


def _signature(head: _Head) -> Signature:
    at = datetime.fromtimestamp(head.iat, UTC).isoformat()
    return Signature(head.sender, head.state, at, head.kid, head.reason)
