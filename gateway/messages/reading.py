"""What officers see of the mailbox, and the receipts that they send: read, applied, or refused."""

from typing import Any, Final

from sqlalchemy.engine import Row

from gateway.messages.references import find_one
from shared.errors import NotFound
from shared.mailbox import rules
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Box, Message, MessagePage, MessageQuery, MessageState, MessageSummary, RefusalReason
from shared.mailbox.posting import sign_receipt
from shared.mailbox.rows import (
    evidence_of,
    message_of,
    receipt_of,
    receipt_row,
    recipient_state,
    state_event,
    summary_of,
)
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds_at
from shared.protocol.envelope import ReceiptState
from shared.protocol.messages import Answered, read_content
from shared.rpc.participant import Participant
from shared.storage import page_of

SIGNED: Final[dict[MessageState, ReceiptState]] = {
    MessageState.READ: "read",
    MessageState.APPLIED: "applied",
    MessageState.REFUSED: "refused",
}


class MailboxReader:
    """One bureau's view of its mailbox."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau

    async def page(self, query: MessageQuery) -> MessagePage:
        """Return one page of a box."""
        rows = await self._mailbox.reading.page(query)
        shown, last = page_of(rows, query.limit)
        outgoing = [row.number for row in shown if row.box == Box.OUTBOX]
        progress = await self._mailbox.reading.deliveries.progress(outgoing) if outgoing else {}
        items = [summary_of(row, progress.get(row.number)) for row in shown]
        return MessagePage(items=items, next=last and last.number)

    async def message(self, message_id: str, sender: str | None) -> Message:
        """Return a message with its body. Raises NotFound, Ambiguous."""
        row = await self.row(message_id, sender)
        if row.box == Box.INBOX:
            return message_of(row, None)
        return message_of(row, tuple(map(recipient_state, await self._mailbox.reading.deliveries.of(row.number))))

    async def evidence(self, message_id: str, sender: str | None) -> bytes:
        """Return the file that proves a message to anyone. Raises NotFound, Ambiguous, ContentRemoved."""
        row = await self.row(message_id, sender)
        if not row.sealed:
            raise rules.ContentRemoved("the record that it published was withdrawn or corrected since")
        return await evidence_of(self._mailbox.reading, row, self._bureau.directory)

    async def row(self, message_id: str, sender: str | None) -> Row[Any]:
        """Return the row of a message. Raises NotFound, Ambiguous."""
        return await self._row(self._mailbox.reading, message_id, sender)

    async def _row(self, store: MailStore, message_id: str, sender: str | None) -> Row[Any]:
        row = await find_one(store, message_id, sender, choose="add ?from= with")
        if row is None:
            raise NotFound(f"no message {message_id} in the boxes of your bureau")
        return row

    async def answer(
        self, message_id: str, sender: str | None, state: MessageState, reason: RefusalReason | None = None
    ) -> MessageSummary:
        """Send the sender a signed receipt, once: the message is read, applied or refused, for a reason.

        Raises NotFound, Ambiguous, IllegalStep, NotStored.
        """
        at = self._bureau.clock.now()

        async def answer(store: MailStore) -> MessageSummary:
            row = await self._row(store, message_id, sender)
            if row.box != Box.INBOX:
                raise NotFound(f"message {message_id} is one that your bureau sent: it needs no receipt from you")
            if state is MessageState.APPLIED:
                rules.require_applicable(read_content(row.content).form)
            before = (await store.receipts.by(row.number, self._mailbox.bureau)).get(state)
            same_reason = before is not None and receipt_of(before).head.reason == reason
            rules.require_step(MessageState(row.state), state, same_reason=same_reason)
            if rules.moves_on(MessageState(row.state), state):
                own, now = self._mailbox.bureau, milliseconds_at(at)
                answered = Answered(id=row.id, digest=row.digest, sender=row.sender, by=own)
                receipt = sign_receipt(self._bureau, answered, SIGNED[state], reason, at)
                await store.receipts.add([receipt_row(row.number, own, state, receipt, due=now)])
                await store.set_state(row.number, state)
                await store.events.add([state_event(row.number, own, state, now, reason)], now)
            [present] = [each for each in await store.find(message_id) if each.number == row.number]
            return summary_of(present, None)

        summary = await self._mailbox.write(answer)
        self._mailbox.changes.notify()
        return summary
