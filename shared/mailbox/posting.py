"""Puts a message or a receipt of a bureau, or a receipt of a service, on the broker."""

from datetime import datetime
from typing import Final

from shared.protocol.messages import Answered, Receipt, ReceiptState, make_receipt
from shared.protocol.parcel import Parcel
from shared.rpc.participant import Participant
from shared.transport.subjects import Lane, message_subject

POST_SECONDS: Final = 5.0


async def post_message(sender: Participant, recipient: str, lane: Lane, place: str, parcel: Parcel) -> None:
    """Return when the broker keeps it, instead of what was in that place. The place is one token of a subject.

    Raises NoResponder, NotStored, DeadlinePassed, MessageTooLarge, Disconnected.
    """
    subject = message_subject(recipient, lane, place, sender.name)
    await sender.transport.post(subject, parcel, seconds=POST_SECONDS)


def sign_receipt(
    sender: Participant, answered: Answered, state: ReceiptState, reason: str | None, at: datetime
) -> Receipt:
    """Return a receipt of a bureau, or of a service, that states a head of the directory for others to compare."""
    head = sender.directory.log.head_to_share()
    return make_receipt(answered, state, reason, key=sender.keys.signing, at=at, directory=head)


async def post_receipt(sender: Participant, recipient: str, place: str, signature: str) -> None:
    """Return when the broker keeps it. Raises NoResponder, NotStored, DeadlinePassed, Disconnected."""
    await post_message(sender, recipient, Lane.URGENT, place, Parcel(signature, b""))
