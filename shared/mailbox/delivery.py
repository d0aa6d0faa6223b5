"""Delivers what is in the outbox, again and again, until the recipient's signed receipt is here.

The broker's acknowledgement only delays the next attempt: what the broker holds may be lost with the connection, so
everything without a receipt is sent again after that. An attempt replaces the one before on the broker, so attempts do
not pile up. Several processes may work on one outbox.
"""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Row

from shared.background import Job, repeat
from shared.crypto.hpke import ContentKey
from shared.mailbox import rules
from shared.mailbox.admission import BrokerAdmission
from shared.mailbox.attachments import Attachments, clear_away
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageState, MessageSummary
from shared.mailbox.posting import post_message, post_receipt
from shared.mailbox.rows import blinds_of, move_row, state_event
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.protocol.messages import wrapped_key
from shared.protocol.parcel import Parcel
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport import BrokerRefused, TransportFailure
from shared.transport.subjects import Lane

BATCH_SIZE: Final = 100
RESEND_BATCH_SIZE: Final = 1000
# After this another process takes over what a process that ended had claimed.
LEASE_SECONDS: Final = 30.0
# For what another process of the same gateway may have left undone.
POLL_SECONDS: Final = 10.0
# How often it looks for messages that were not delivered in time.
OVERDUE_SECONDS: Final = 1.0
NO_KEY_SECONDS: Final = 30.0
FAILED_SECONDS: Final = 1.0
# Messages with attachments.
MAX_UPLOADS: Final = 2


class Outcome(NamedTuple):
    """The outcome of an attempt to put a message on the broker, with the seconds until the next one."""

    seconds: float
    taken: bool = False
    reason: str | None = None
    """Why it waits, as the sender sees it."""

    counts: bool = False
    """Whether each attempt that is not taken makes the wait for the next one longer."""


class DeliveryWorker:
    """Delivers the messages and receipts of one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._transport = bureau.transport
        self._random = Random()  # noqa: S311 - spreads attempts in time
        self._admission = BrokerAdmission(mailbox)
        self._connections = 0
        self._is_all_on_its_way = False
        self._last = 0
        self._look_for_overdue = 0.0
        self._handing_over = asyncio.Semaphore(MAX_UPLOADS)
        self._large: dict[asyncio.Task[None], frozenset[tuple[int, str]]] = {}
        self._next_due: int | None = None

    async def run(self) -> None:
        """Deliver what is due until cancelled."""
        # The mailbox logs what it cannot write.
        job = Job(f"delivery of {self._mailbox.bureau}", self.run_once, every_seconds=0.0, expected=(NotStored,))
        try:
            await repeat(job, self._mailbox.log)
        finally:
            for task in self._large:
                task.cancel()

    async def run_once(self) -> float:
        """Deliver what is due, or wait until something is. Raises NotStored."""
        seen = self._mailbox.changes.version
        try:
            if not await self.deliver_due():
                await self._mailbox.changes.wait_newer(seen, self._pause())
        except Exception:
            self._is_all_on_its_way = False
            raise
        return 0.0

    async def deliver_due(self) -> bool:
        """Send what is due now; return whether there was something. Raises NotStored."""
        if not self._transport.connected:
            return False
        await self._resend_if_lost()
        if self._mailbox.monotonic() >= self._look_for_overdue:
            await self._expire_overdue()
        due, now = await self._mailbox.reading.earliest_due(), self._mailbox.now()
        if due.delivery is not None and due.delivery <= now:
            until = now + milliseconds(LEASE_SECONDS)
            await self._send(await self._mailbox.write(lambda store: store.deliveries.claim(now, until, BATCH_SIZE)))
        if due.receipt is not None and due.receipt <= now:
            await self._send_receipts(now)
        self._next_due = min((each for each in due if each is not None), default=None)
        return self._next_due is not None and self._next_due <= now

    async def _resend_if_lost(self) -> None:
        """Make all that has no receipt due: at the start, after a lost connection or a failure, or a clock set back."""
        connections, now = self._transport.connections, self._mailbox.now()
        if connections != self._connections or now < self._last or not self._is_all_on_its_way:
            # In batches, as it may be weeks of messages, and others want to write meanwhile.
            while not await self._mailbox.write(lambda store: store.resend_all(now, RESEND_BATCH_SIZE)):
                pass
        self._connections, self._last, self._is_all_on_its_way = connections, now, True

    def _pause(self) -> float:
        if not self._transport.connected:
            return FAILED_SECONDS
        if self._next_due is None:
            return POLL_SECONDS
        return min(max((self._next_due - self._mailbox.now()) / 1000, 0.0), POLL_SECONDS)

    async def _expire_overdue(self) -> None:
        self._look_for_overdue = self._mailbox.monotonic() + OVERDUE_SECONDS
        if not may_be_taken(self._bureau):
            return
        now = self._mailbox.now()
        late = [
            (row.message, row.recipient, MessageState.EXPIRED, row.expires)
            for row in await self._mailbox.reading.deliveries.overdue(now)
        ]
        if not late:
            return

        async def expire(store: MailStore) -> None:
            await store.deliveries.move([move_row(*each) for each in late])
            await store.events.add([state_event(*each) for each in late], now)

        await self._mailbox.write(expire)
        self._mailbox.changes.notify()
        for number in {number for number, *_ in late}:
            await clear_away(self._mailbox, self._transport, number)

    async def _send(self, claimed: Sequence[Row[Any]]) -> None:
        messages = await self._mailbox.reading.deliveries.to_seal(sorted({row.message for row in claimed}))
        # What is due again before it was handed over is being handed over still.
        under_way = frozenset[tuple[int, str]]().union(*self._large.values())
        heavy = [row for row in claimed if messages[row.message].attachments and _key(row) not in under_way]
        for number in {row.message for row in heavy}:
            waiting = [row for row in heavy if row.message == number]
            task = asyncio.create_task(self._send_large(messages[number], waiting))
            self._large[task] = frozenset(map(_key, waiting))
            task.add_done_callback(lambda task: self._large.pop(task, None))
        light = [row for row in claimed if not messages[row.message].attachments]
        if light and (admitted := await self._admitted(light)):
            await self._send_all(messages, admitted)

    async def _send_large(self, message: Row[Any], claimed: Sequence[Row[Any]]) -> None:
        """Send a message with attachments, which takes longer, once these are where recipients fetch them."""
        try:
            async with self._handing_over:
                claimed = await self._admitted(claimed)
                if not claimed:
                    return
                summary = MessageSummary.model_validate_json(message.summary)
                if not await self._admission.admit_attachments(summary, claimed):
                    await self._record_outcomes([(row, self._waits_for_room()) for row in claimed])
                    return
                kept = Attachments(self._mailbox, summary.sender, message.id, ContentKey(message.content_key))
                for attachment in summary.attachments:
                    await kept.upload(self._transport, attachment.number, attachment.size)
            await self._send_all({message.number: message}, claimed)
        except (TransportFailure, NotStored) as failure:
            self._mailbox.log.info("attachment-not-handed-over", id=message.id, error=type(failure).__name__)
            try:
                await self._record_outcomes([(row, self._failed(row, failure)) for row in claimed])
            except NotStored:
                self._is_all_on_its_way = False
        except Exception as error:
            self._is_all_on_its_way = False
            self._mailbox.log.failure("delivery-failed", error, id=message.id)
        finally:
            self._admission.finish_attachments(message.number)
            self._admission.finish(claimed)

    async def _admitted(self, claimed: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Return what may be on the broker now; the rest waits until a receipt makes room. Raises NotStored."""
        admitted = await self._admission.admit(claimed)
        if len(admitted) < len(claimed):
            there = frozenset(map(_key, admitted))
            await self._record_outcomes([(row, self._waits_for_room()) for row in claimed if _key(row) not in there])
        return admitted

    def _waits_for_room(self) -> Outcome:
        return Outcome(rules.spread(rules.POST_FULL_SECONDS, self._random), reason=rules.POST_FULL)

    async def _send_all(self, messages: dict[int, Row[Any]], claimed: Sequence[Row[Any]]) -> None:
        outcomes = await asyncio.gather(*(self._attempt(messages[row.message], row) for row in claimed))
        await self._record_outcomes(list(zip(claimed, outcomes, strict=True)))

    async def _attempt(self, message: Row[Any], row: Row[Any]) -> Outcome:
        """Put a message on the broker for one recipient."""
        if not message.sealed:
            # Its content was removed after it was claimed: it is not to be sent any more.
            return Outcome(NO_KEY_SECONDS)
        try:
            key = self._bureau.directory.sealing_key_of(row.recipient, self._bureau.clock.now())
            if key is None:
                return Outcome(NO_KEY_SECONDS)
            wrapped = wrapped_key(message.id, row.recipient, message.content_key, blinds_of(message), key)
            parcel = Parcel(message.signature, message.sealed, wrapped)
            await post_message(self._bureau, row.recipient, Lane(message.urgency), message.id, parcel)
        except TransportFailure as failure:
            self._mailbox.log.debug("message-not-taken", id=message.id, error=str(failure))
            return self._failed(row, failure)
        except Exception as error:
            # A defect with one message does not delay the others.
            self._mailbox.log.failure("delivery-failed", error, id=message.id)
            return Outcome(NO_KEY_SECONDS)
        if row.reason == rules.MAILBOX_FULL:
            # Its receipt comes at once if there is room now.
            return Outcome(rules.spread(rules.DEFERRED_SECONDS, self._random), taken=True, reason=row.reason)
        usual = self._mailbox.receipt_latency.usual_seconds
        return Outcome(rules.resend_seconds(row.attempts, self._random, usual=usual), taken=True)

    def _failed(self, row: Row[Any], failure: Exception) -> Outcome:
        """Return the outcome of an attempt that the broker refused, or did not answer."""
        if not isinstance(failure, BrokerRefused):
            return Outcome(rules.NOT_TAKEN_SECONDS, reason=row.reason)
        # As in `maximum bytes exceeded`.
        is_full = "exceeded" in str(failure) or "resources" in str(failure)
        reason = rules.STORAGE_FULL if is_full else rules.POST_REFUSED
        if row.reason != reason:
            self._mailbox.log.warning("post-refused", bureau=self._mailbox.bureau, reason=reason, error=str(failure))
        return Outcome(rules.resend_seconds(row.attempts, self._random), reason=reason, counts=True)

    async def _record_outcomes(self, outcomes: Sequence[tuple[Row[Any], Outcome]]) -> None:
        now = self._mailbox.now()
        latest = now + milliseconds(LEASE_SECONDS)
        again, sent, failed = [], [], []
        for row, outcome in outcomes:
            which = {"of": row.message, "to": row.recipient}
            due = now + milliseconds(outcome.seconds)
            again.append({**which, "new_due": due, "new_reason": outcome.reason, "latest": latest})
            if outcome.taken and row.state == MessageState.QUEUED:
                sent.append({**which, "new_at": now, "latest": latest})
            if not outcome.taken and not outcome.counts:
                failed.append(which)

        async def record(store: MailStore) -> None:
            if sent:
                await store.deliveries.mark_sent(sent)
            await store.deliveries.schedule_next(again)
            if failed:
                await store.deliveries.discount(failed)

        try:
            await self._mailbox.write(record)
        finally:
            self._admission.finish([row for row, _ in outcomes])

    async def _send_receipts(self, now: int) -> None:
        due = await self._mailbox.reading.receipts.due(now, BATCH_SIZE)
        if not due:
            # They were acknowledged meanwhile.
            return
        waits = [milliseconds(rules.resend_seconds(row.attempts + 1, self._random)) for row in due]
        again = [{"receipt": row.id, "new_due": now + wait} for row, wait in zip(due, waits, strict=True)]
        await self._mailbox.write(lambda store: store.receipts.defer(again))
        taken = await asyncio.gather(*map(self._post_receipt, due))
        soon = self._mailbox.now() + milliseconds(rules.NOT_TAKEN_SECONDS)
        if failed := [{"receipt": row.id, "new_due": soon} for row, done in zip(due, taken, strict=True) if not done]:
            await self._mailbox.write(lambda store: store.receipts.discount(failed))

    async def _post_receipt(self, row: Row[Any]) -> bool:
        """Post a receipt; return whether the broker has taken it."""
        try:
            await post_receipt(self._bureau, row.sender, row.id, row.signature)
        except TransportFailure as failure:
            self._mailbox.log.debug("receipt-not-taken", id=row.message_id, error=str(failure))
            return False
        return True


def _key(row: Row[Any]) -> tuple[int, str]:
    return row.message, row.recipient
