"""Posts messages and receipts to the broker."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from secrets import token_hex
from typing import Final

from shared.protocol.envelope import ReceiptState
from shared.protocol.messages import Answered, Receipt, make_receipt
from shared.protocol.parcel import Parcel
from shared.rpc.participant import Participant
from shared.transport import TransportFailure
from shared.transport.subjects import Lane, message_subject

POST_SECONDS: Final = 5.0
# Receipts that the broker has not taken yet.
MAX_POSTING: Final = 256
# Receipts for one sender that wait on the broker. If it does not take them, new ones replace the oldest: they count as
# parcels of this bureau there, and a sender that misses one sends its message again.
MAX_WAITING: Final = 256


class ReceiptSender:
    """Posts receipts in the background, once: a sender that misses one sends its message again."""

    def __init__(self, bureau: Participant) -> None:
        self._bureau = bureau
        self._posting: set[asyncio.Task[None]] = set()
        # A receipt takes the place of the one posted so many before it. Each process has places of its own.
        self._places = token_hex(8)
        self._posted: Counter[str] = Counter()

    async def send(self, receipts: Iterable[Receipt]) -> None:
        """Return once the posting of each has begun."""
        for each in receipts:
            while len(self._posting) >= MAX_POSTING:
                await asyncio.wait(self._posting, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self._post(each))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    def cancel(self) -> None:
        """Give up what the broker has not taken yet."""
        for task in self._posting:
            task.cancel()

    async def _post(self, receipt: Receipt) -> None:
        to = receipt.head.to
        self._posted[to] += 1
        place = f"{self._places}-{self._posted[to] % MAX_WAITING}"
        try:
            await post_receipt(self._bureau, to, place, receipt.signature)
        except TransportFailure as failure:
            self._bureau.log.debug("receipt-not-taken", id=receipt.head.re, error=str(failure))


async def post_message(sender: Participant, recipient: str, lane: Lane, place: str, parcel: Parcel) -> None:
    """Return when the broker has stored it, instead of what was in that place. The place is one token of a subject.

    Raises NoResponder, BrokerRefused, DeadlinePassed, MessageTooLarge, Disconnected.
    """
    subject = message_subject(recipient, lane, place, sender.name)
    await sender.transport.post(subject, parcel, seconds=POST_SECONDS)


def sign_receipt(
    sender: Participant, answered: Answered, state: ReceiptState, reason: str | None, at: datetime
) -> Receipt:
    """Return a signed receipt of a bureau or service, with its head of the directory for others to compare."""
    head = sender.directory.log.head_to_share()
    return make_receipt(answered, state, reason, key=sender.keys.signing, at=at, directory=head)


async def post_receipt(sender: Participant, recipient: str, place: str, signature: str) -> None:
    """Return when the broker has stored it. Raises NoResponder, BrokerRefused, DeadlinePassed, Disconnected."""
    await post_message(sender, recipient, Lane.URGENT, place, Parcel(signature, b""))
