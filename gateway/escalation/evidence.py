"""Finds in a mailbox the evidence that one bureau has: what others and it have signed."""

from typing import Final

from sqlalchemy.engine import Row

from gateway.deadlines import is_over
from gateway.escalation.proofs import RECEIVED
from gateway.escalation.worker import CHECK_AGAIN_AFTER
from shared.crypto.ed25519 import encode_base64url
from shared.errors import Conflict
from shared.mailbox.models import Box
from shared.mailbox.rows import evidence_of, receipt_of
from shared.mailbox.rules import VALID_FOR
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.rpc.participant import Participant

# A receipt may come as long as the message is valid, and is a message itself.
_RECEIPT_WITHIN: Final = 2 * round(VALID_FOR.total_seconds() * 1000)


class OwnEvidence:
    """The evidence that one bureau has, in a transaction on its mailbox."""

    def __init__(self, store: MailStore, bureau: Participant) -> None:
        self._store = store
        self._bureau = bureau

    async def sent(self, message_id: str) -> str:
        """Return what proves a message of this bureau, with the receipts that it has. Raises Conflict."""
        return await self.proof(message_id, Box.OUTBOX, self._bureau.name)

    async def proof(self, message_id: str, box: Box, sender: str) -> str:
        """Return what proves a message, in base64url. Raises Conflict where it is not here."""
        return encode_base64url(await self.file(message_id, box, sender))

    async def file(self, message_id: str, box: Box, sender: str) -> bytes:
        """Return the evidence file of a message. Raises Conflict where it is not here."""
        row = await self._row(message_id, box, sender)
        return await evidence_of(self._store, row, self._bureau.directory)

    async def received(self, message_id: str, recipient: str) -> int | None:
        """Return when the recipient of a message of this bureau first signed that it came; None if it has not."""
        row = await self._row(message_id, Box.OUTBOX, self._bureau.name)
        signed = (await self._store.receipts.by(row.number, recipient)).values()
        times = [receipt_of(each).head.iat for each in signed if each.state in RECEIVED]
        return milliseconds(min(times)) if times else None

    async def receipt_due(self, answer: str, signed: int, recipient: str, due: int, now: int) -> int | None:
        """Return when to look again for the receipt that may prove that an answer was in time; None for never."""
        may_come = not is_over(due, signed) and now <= signed + _RECEIPT_WITHIN
        return now + CHECK_AGAIN_AFTER if may_come and await self.received(answer, recipient) is None else None

    async def _row(self, message_id: str, box: Box, sender: str) -> Row[object]:
        for row in await self._store.find(message_id):
            if (row.box, row.sender) == (box, sender):
                return row
        raise Conflict("what proves it is not in the boxes of your bureau")
