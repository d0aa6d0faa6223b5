"""Commits arrivals to the mailbox, many at once, and returns the receipts to send for them.

A message that is here already is not stored twice; its receipt is sent again, as the sender has missed it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import msgspec
from sqlalchemy.engine import Row

from shared.bureaus import BureauCode
from shared.mailbox import rules
from shared.mailbox.attachments import chunks_of
from shared.mailbox.handlers import PayloadHandlers
from shared.mailbox.models import Box, MessageState
from shared.mailbox.posting import sign_receipt
from shared.mailbox.quotas import Amount, Quotas
from shared.mailbox.rows import inbox_row, move_row, receipt_of, receipt_row, state_event
from shared.mailbox.store import MailStore
from shared.mailbox.stores.quotes import Stated, bytes_of
from shared.mailbox.times import milliseconds, milliseconds_at
from shared.protocol.envelope import ReceiptHead, ReceiptState, RefusalReason, digest_of
from shared.protocol.messages import Answered, OpenedMessage, Receipt
from shared.protocol.payloads import Release
from shared.rpc.participant import Participant
from shared.transport import PostArrival

# By the digest of its signature and the recipient.
Sent = Mapping[tuple[str, str], Row[Any]]

ON_THE_WAY: Final = frozenset({MessageState.QUEUED, MessageState.SENT})
SENT_UNTIL_ACKNOWLEDGED: Final = frozenset({"read", "applied", "refused"})
# A receipt frees its own place on the broker, and with it the share of its recipient grows by another.
RELEASED_BY_A_RECEIPT: Final = 2


class Incoming(msgspec.Struct, frozen=True):
    """A message or a receipt that arrived, verified and opened."""

    arrival: PostArrival
    sender: str
    message: OpenedMessage | None = None
    form: Any = None
    """What handlers get, if the message is in a form."""

    receipt: ReceiptHead | None = None

    @property
    def digest(self) -> str:
        """The digest of the whole signature header."""
        return digest_of(self.arrival.parcel.signature)


class CommitResult(msgspec.Struct, frozen=True):
    """What is left to do after the commit."""

    answers: list[Receipt]
    deferred: Sequence[Incoming] = ()
    """The messages that were not stored, as the mailbox has no room for them."""

    moved: set[int] = set()
    """The numbers of messages with attachments that moved on for a recipient."""

    waited_seconds: float | None = None
    """The longest time from the first sending of a message to its receipt, if one arrived."""


class InboxCommit:
    """Commits the arrivals of one bureau."""

    def __init__(self, bureau: Participant, handlers: PayloadHandlers) -> None:
        self._bureau = bureau
        self._handlers = handlers
        self._random = Random()  # noqa: S311 - spreads attempts in time
        self._code = BureauCode(bureau.name)
        self._log = bureau.log

    async def commit(self, store: MailStore, opened: Sequence[Incoming], quotas: Quotas) -> CommitResult:
        """Store messages and receipts, and call handlers. Raises NotStored if an attachment is gone again."""
        messages = [(each, each.message) for each in opened if each.message is not None]
        receipts = [(each, each.receipt) for each in opened if each.receipt is not None]
        answers, deferred = await self._keep_messages(store, messages, quotas) if messages else ([], [])
        if not receipts:
            return CommitResult(answers, deferred)
        moved, waited = await self._keep_receipts(store, receipts)
        # Also for a message that is not here, or the receipt would be sent for ever.
        acknowledged = [
            self.answer(each, head.id, "acknowledged")
            for each, head in receipts
            if head.state in SENT_UNTIL_ACKNOWLEDGED
        ]
        return CommitResult([*answers, *acknowledged], deferred, moved, waited)

    def answer(self, incoming: Incoming, re: str, state: ReceiptState, reason: str | None = None) -> Receipt:
        """Return a signed receipt for an arrival with an id."""
        return self.sign(Answered(id=re, digest=incoming.digest, sender=incoming.sender, by=self._code), state, reason)

    def sign(self, answered: Answered, state: ReceiptState, reason: str | None = None) -> Receipt:
        """Return a signed receipt."""
        return sign_receipt(self._bureau, answered, state, reason, self._bureau.clock.now())

    async def given(self, store: MailStore, number: int) -> Receipt:
        """Return the receipt that was given for a message when it was delivered."""
        return receipt_of((await store.receipts.by(number, self._code))[MessageState.DELIVERED])

    # --- messages

    async def _keep_messages(
        self, store: MailStore, messages: Sequence[tuple[Incoming, OpenedMessage]], quotas: Quotas
    ) -> tuple[list[Receipt], list[Incoming]]:
        held = await store.held(Box.INBOX, [message.head.id for _, message in messages])
        room = await store.usage.room(quotas, (incoming.sender for incoming, _ in messages), own=self._code)
        answers: list[Receipt] = []
        deferred: list[Incoming] = []
        new: dict[tuple[str, str], tuple[Incoming, dict[str, Any], Receipt]] = {}
        for incoming, message in messages:
            key = (incoming.sender, message.head.id)
            if key in held:
                answers.append(await self._answer_again(store, incoming, held[key]))
            elif key in new:
                if new[key][0].digest != incoming.digest:
                    answers.append(self._refusal(incoming, message.head.id, RefusalReason.REPLAYED))
            elif isinstance(row := await self._row(store, incoming, message), Receipt):
                answers.append(row)
            elif not room.take(incoming.sender, Amount(1, row["size"])):
                deferred.append(incoming)
            else:
                new[key] = (incoming, row, self.answer(incoming, message.head.id, "delivered"))
        if new:
            await self._add(store, list(new.values()))
        return [*answers, *(answer for _, _, answer in new.values())], deferred

    async def _add(self, store: MailStore, new: Sequence[tuple[Incoming, dict[str, Any], Receipt]]) -> None:
        numbers = await store.add_all([row for _, row, _ in new])
        kept = list(zip(numbers, new, strict=True))
        await store.receipts.add(
            [receipt_row(number, self._code, MessageState.DELIVERED, answer) for number, (_, _, answer) in kept]
        )
        events = [
            state_event(number, come.sender, MessageState.DELIVERED, row["stored"]) for number, (come, row, _) in kept
        ]
        await store.events.add([{**event, "kind": "message"} for event in events], self._now())
        contents = [(come.sender, come.message.content) for come, _, _ in new if come.message is not None]
        await store.quotes.bind(Stated(quote, sender) for sender, content in contents for quote in content.quotes)
        for number, (come, _, _) in kept:
            if come.message is not None and come.form is not None:
                await self._handlers.handle(store, come.message, come.form, number, self._bureau)

    async def _row(self, store: MailStore, incoming: Incoming, message: OpenedMessage) -> dict[str, Any] | Receipt:
        """Return the row of a message, or its refusal. Raises NotStored if another process dropped an attachment."""
        head, wanted = message.head, sum(chunks_of(each.size) for each in message.content.attachments)
        if wanted and await store.chunks.count(head.sender, head.id) < wanted:
            raise rules.NotStored("not all of the attachments are here any more")
        reason = await self._handlers.refusal(store, message, incoming.form)
        if reason is not None:
            about = {"bureau": self._code, "sender": incoming.sender, "id": head.id}
            self._log.warning("message-not-believed", **about, reason=reason)
            return self.answer(incoming, head.id, "refused", reason)
        try:
            row = inbox_row(message, incoming.arrival.parcel, self._code, self._bureau.clock.now())
        except ValueError:
            return self._refusal(incoming, head.id, RefusalReason.CONTENT)
        if isinstance(incoming.form, Release):
            row["size"] += bytes_of(incoming.form)
        return row

    def _refusal(self, incoming: Incoming, message_id: str, reason: RefusalReason) -> Receipt:
        return self.answer(incoming, message_id, "refused", rules.ENVELOPE + reason)

    async def _answer_again(self, store: MailStore, incoming: Incoming, held: Row[Any]) -> Receipt:
        if held.digest != incoming.digest:
            return self._refusal(incoming, held.id, RefusalReason.REPLAYED)
        self._log.debug("message-again", bureau=self._code, sender=incoming.sender, id=held.id)
        return await self.given(store, held.number)

    # --- receipts

    async def _keep_receipts(
        self, store: MailStore, receipts: Sequence[tuple[Incoming, ReceiptHead]]
    ) -> tuple[set[int], float | None]:
        for incoming, receipt in receipts:
            if receipt.state == "acknowledged":
                await store.receipts.acknowledge(receipt.re, by=incoming.sender)
        about = [(incoming, receipt) for incoming, receipt in receipts if receipt.state != "acknowledged"]
        sent = await store.deliveries.sent_to([(receipt.re_digest, incoming.sender) for incoming, receipt in about])
        matched: list[tuple[Incoming, ReceiptHead]] = []
        for incoming, receipt in about:
            if (receipt.re_digest, incoming.sender) in sent:
                matched.append((incoming, receipt))
            else:
                self._log.refusal("receipt-for-nothing", bureau=self._code, sender=incoming.sender)
        await self._defer(store, sent, [each for each in matched if each[1].state == "deferred"])
        await self._move(store, sent, [each for each in matched if each[1].state != "deferred"])
        now = self._now()
        for recipient, answered in Counter(incoming.sender for incoming, _ in matched).items():
            await store.deliveries.release(recipient, now, RELEASED_BY_A_RECEIPT * answered)
        waited = [now - row.at for row in sent.values() if row.state == MessageState.SENT]
        return {row.number for row in sent.values() if row.attachments}, max(waited) / 1000 if waited else None

    async def _move(self, store: MailStore, sent: Sent, receipts: Sequence[tuple[Incoming, ReceiptHead]]) -> None:
        """Store final receipts, and move messages on."""
        known = await store.receipts.known({row.number for row in sent.values()})
        present = {key: MessageState(row.state) for key, row in sent.items()}
        new: list[tuple[int, str, MessageState, Receipt]] = []
        moves: list[tuple[int, str, MessageState, int, str | None]] = []
        for incoming, receipt in receipts:
            key, state = (receipt.re_digest, incoming.sender), MessageState(receipt.state)
            which = (sent[key].number, incoming.sender, state)
            if which in known:
                continue
            known.add(which)
            new.append((*which, Receipt(receipt, incoming.arrival.parcel.signature)))
            if rules.moves_on(present[key], state):
                present[key] = state
                moves.append((*which, milliseconds(receipt.iat), receipt.reason))
        await store.receipts.add([receipt_row(*each) for each in new])
        await store.deliveries.move([move_row(*each) for each in moves])
        await store.events.add([state_event(*each) for each in moves], self._now())

    async def _defer(self, store: MailStore, sent: Sent, receipts: Sequence[tuple[Incoming, ReceiptHead]]) -> None:
        """Defer messages whose recipients have no room; one event for each."""
        now = self._now()
        deferred: list[Mapping[str, Any]] = []
        reasons: dict[tuple[int, str], str | None] = {}
        for incoming, receipt in receipts:
            row, reason = sent[receipt.re_digest, incoming.sender], receipt.reason
            if MessageState(row.state) not in ON_THE_WAY:
                continue
            due = now + milliseconds(rules.spread(rules.DEFERRED_SECONDS, self._random))
            which = {"of": row.number, "to": row.recipient}
            deferred.append({**which, "new_at": now, "new_reason": reason, "new_due": due})
            if row.reason != reason:
                reasons[row.number, row.recipient] = reason
        if deferred:
            await store.deliveries.defer(deferred)
        queued = [state_event(*which, MessageState.QUEUED, now, reason) for which, reason in reasons.items()]
        await store.events.add(queued, now)

    def _now(self) -> int:
        return milliseconds_at(self._bureau.clock.now())
