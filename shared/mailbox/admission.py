"""Admits to the broker as many parcels and attachments of one mailbox as its quota there allows."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.engine import Row

from shared.mailbox.attachments import sealed_bytes
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageState, MessageSummary
from shared.mailbox.quotas import Amount, PostRoom

# What is on the broker is counted again after this time, as other processes of the gateway send as well.
ROOM_SECONDS: Final = 1.0
# The percentage of a bucket for attachments: what the broker stores with each chunk takes room as well.
BUCKET_PART: Final = 99


class BrokerAdmission:
    """What this process may put on the broker."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        # The size of each delivery that was admitted and is not recorded as sent yet.
        self._being_sent: dict[tuple[int, str], int] = {}
        # The recipient and the bytes of the attachments of each message that are being put.
        self._being_put: dict[int, tuple[str, int]] = {}
        # What was left when it was counted last, less what was admitted since.
        self._room = PostRoom(self._mailbox.quotas.post, {})
        self._room_until = 0.0

    async def admit(self, claimed: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Return the deliveries that may be on the broker now. Those that it has already take no more room."""
        if all(row.state == MessageState.SENT for row in claimed):
            return claimed
        admitted = self._with_room(claimed) if self._mailbox.monotonic() < self._room_until else ()
        if len(admitted) < len(claimed):
            self._room = PostRoom(self._mailbox.quotas.post, await self._mailbox.reading.usage.outstanding())
            self._room_until = self._mailbox.monotonic() + ROOM_SECONDS
            for (_, recipient), size in self._being_sent.items():
                self._room.take(recipient, size, urgent=True)
            admitted = self._with_room(claimed)
        self._being_sent |= {
            (row.message, row.recipient): row.size for row in admitted if row.state == MessageState.QUEUED
        }
        return admitted

    async def admit_attachments(self, summary: MessageSummary, claimed: Sequence[Row[Any]]) -> bool:
        """Return whether the attachments of a message may be put on the broker now, or are there already."""
        if any(row.state == MessageState.SENT for row in claimed):
            return True
        limit = Amount(self._mailbox.quotas.post.messages, self._mailbox.quotas.bucket_bytes * BUCKET_PART // 100)
        room = PostRoom(limit, await self._mailbox.reading.usage.objects())
        for recipient, size in self._being_put.values():
            room.take(recipient, size, urgent=True)
        first = min(claimed, key=lambda row: row.recipient)
        size = sum(sealed_bytes(attachment.size) for attachment in summary.attachments)
        if not room.take(first.recipient, size, urgent=bool(first.urgent)):
            return False
        self._being_put[first.message] = first.recipient, size
        return True

    def finish(self, claimed: Sequence[Row[Any]]) -> None:
        """Take in that attempts ended, and are recorded in the mailbox if they succeeded."""
        for row in claimed:
            self._being_sent.pop((row.message, row.recipient), None)

    def finish_attachments(self, number: int) -> None:
        """Take in that the attachments of a message were put, or that this failed."""
        self._being_put.pop(number, None)

    def _with_room(self, claimed: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        return [
            row
            for row in claimed
            if row.state == MessageState.SENT or self._room.take(row.recipient, row.size, urgent=bool(row.urgent))
        ]
