"""Delivers what is in the outbox, again and again, until the recipient's signed receipt is here.

It knows no acknowledgement but a signature: what the broker says only spares an attempt for a while. What was handed to
it may be gone when the connection was lost, so all that is on its way is sent again then; an attempt takes the place of
the one before, so this never piles up. Several processes may work on one outbox.
"""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import Row

from shared.background import Job, repeat
from shared.crypto.hpke import ContentKey
from shared.mailbox import rules
from shared.mailbox.attachments import Attachments, clear_away, sealed_bytes
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageSummary, State
from shared.mailbox.posting import post_message, post_receipt
from shared.mailbox.quotas import Amount, PostRoom
from shared.mailbox.rows import blinds_of, move_row, state_event
from shared.mailbox.rules import NotStored
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.protocol.messages import wrapped_key
from shared.protocol.parcel import Parcel
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport import NotStored as PostRefused
from shared.transport import TransportFailure
from shared.transport.subjects import Lane

BATCH_SIZE: Final = 100
RESEND_BATCH_SIZE: Final = 1000
# If a process ends, another one takes over what it had claimed after this time.
LEASE_SECONDS: Final = 30.0
# For what another process of the same gateway may have left undone.
POLL_SECONDS: Final = 10.0
# That a message was not delivered in time is noted so much later at most.
OVERDUE_SECONDS: Final = 1.0
NO_KEY_SECONDS: Final = 30.0
FAILED_SECONDS: Final = 1.0
HANDED_OVER_AT_ONCE: Final = 2
# What is on the broker is counted again after this time, as other processes of the gateway send as well.
ROOM_SECONDS: Final = 1.0
# The part of a bucket, in percent, that attachments may take: what the broker notes of each chunk takes room as well.
BUCKET_PART: Final = 99

Delivery = tuple[int, str]


class Outcome(NamedTuple):
    """What came of an attempt to hand a message to the network."""

    seconds: float
    """When to try again."""

    taken: bool = False
    reason: str | None = None
    """Why it waits, as the sender sees it."""

    counts: bool = False
    """Whether each attempt that is not taken makes the wait for the next one longer."""


class DeliveryWorker:
    """Delivers the messages and receipts of one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant, random: Random | None = None) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._transport = bureau.transport
        self._random = random or Random()  # noqa: S311 - spreads attempts in time
        self._connections = 0
        self._is_all_on_its_way = False
        self._last = 0
        self._look_for_overdue = 0.0
        self._handing_over = asyncio.Semaphore(HANDED_OVER_AT_ONCE)
        self._large: dict[asyncio.Task[None], frozenset[Delivery]] = {}
        # What was admitted to the broker and is not noted as sent yet, with its size.
        self._being_sent: dict[Delivery, int] = {}
        # The attachments that are handed over now, by message: the recipient, and their bytes.
        self._being_put: dict[int, tuple[str, int]] = {}
        # What was left when it was counted last, less what was admitted since.
        self._room = PostRoom(mailbox.quotas.post, {})
        self._room_until = 0.0
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
            if not await self.bring_due():
                await self._mailbox.changes.wait_newer(seen, self._pause())
        except Exception:
            self._is_all_on_its_way = False
            raise
        return 0.0

    async def bring_due(self) -> bool:
        """Send what is due now; tell whether there was something. Raises NotStored."""
        if not self._transport.connected:
            return False
        await self._hasten_if_lost()
        if self._mailbox.monotonic() >= self._look_for_overdue:
            await self._give_up_overdue()
        due, now = await self._mailbox.reading.earliest_due(), self._mailbox.now()
        if due.delivery is not None and due.delivery <= now:
            await self._send(await self._claim(now))
        if due.receipt is not None and due.receipt <= now:
            await self._send_receipts(now)
        self._next_due = due.earliest
        return due.earliest is not None and due.earliest <= now

    async def _hasten_if_lost(self) -> None:
        """Have all that is on its way sent again after a loss of the connection, and where the clock was put back.

        The first time as well: what a process before this one sent may have been lost with it. So may what was claimed
        when the mailbox could not be written.
        """
        connections, now = self._transport.connections, self._mailbox.now()
        if connections != self._connections or now < self._last or not self._is_all_on_its_way:
            hastened = False
            while not hastened:
                # It may be all that a bureau sent for weeks, and others want to write meanwhile.
                hastened = await self._mailbox.write(lambda store: store.resend_all(now, RESEND_BATCH_SIZE))
        self._connections, self._last, self._is_all_on_its_way = connections, now, True

    def _pause(self) -> float:
        if not self._transport.connected:
            return FAILED_SECONDS
        if self._next_due is None:
            return POLL_SECONDS
        return min(max((self._next_due - self._mailbox.now()) / 1000, 0.0), POLL_SECONDS)

    async def _give_up_overdue(self) -> None:
        self._look_for_overdue = self._mailbox.monotonic() + OVERDUE_SECONDS
        if not may_be_taken(self._bureau):
            return
        now = self._mailbox.now()
        overdue = await self._mailbox.reading.deliveries.overdue(now)
        if not overdue:
            return

        async def expire(store: MailStore) -> None:
            late = [(row.message, row.recipient, State.EXPIRED, row.expires) for row in overdue]
            await store.deliveries.move([move_row(*each) for each in late])
            await store.events.add([state_event(*each) for each in late], now)

        await self._mailbox.write(expire)
        self._mailbox.changes.notify()
        for number in {row.message for row in overdue}:
            await clear_away(self._mailbox, self._transport, number)

    async def _claim(self, now: int) -> Sequence[Row[Any]]:
        until = now + milliseconds(LEASE_SECONDS)
        return await self._mailbox.write(lambda store: store.deliveries.claim(now, until, BATCH_SIZE))

    async def _send(self, claimed: Sequence[Row[Any]]) -> None:
        messages = await self._mailbox.reading.deliveries.to_seal(sorted({row.message for row in claimed}))
        light = [row for row in claimed if not messages[row.message].attachments]
        # What is due again before it was handed over is being handed over still.
        under_way = frozenset[Delivery]().union(*self._large.values())
        heavy = [row for row in claimed if messages[row.message].attachments and _delivery(row) not in under_way]
        for number in {row.message for row in heavy}:
            waiting = [row for row in heavy if row.message == number]
            task = asyncio.create_task(self._send_large(messages[number], waiting))
            self._large[task] = frozenset(map(_delivery, waiting))
            task.add_done_callback(lambda task: self._large.pop(task, None))
        if light and (admitted := await self._admitted(light)):
            await self._send_all(messages, admitted)

    async def _send_large(self, message: Row[Any], claimed: Sequence[Row[Any]]) -> None:
        """Send a message with attachments, which may take its time, once they are where recipients fetch them."""
        try:
            async with self._handing_over:
                claimed = await self._admitted(claimed)
                if not claimed:
                    return
                summary = MessageSummary.model_validate_json(message.summary)
                if not await self._has_room_for(summary, claimed):
                    await self._settle([(row, self._waits_for_room()) for row in claimed])
                    return
                kept = Attachments(self._mailbox, summary.sender, message.id, ContentKey(message.content_key))
                for attachment in summary.attachments:
                    await kept.hand_over(self._transport, attachment.number, attachment.size)
            await self._send_all({message.number: message}, claimed)
        except (TransportFailure, NotStored) as failure:
            self._mailbox.log.info("attachment-not-handed-over", id=message.id, error=type(failure).__name__)
            try:
                await self._settle([(row, self._failed(row, failure)) for row in claimed])
            except NotStored:
                self._is_all_on_its_way = False
        except Exception as error:
            self._is_all_on_its_way = False
            self._mailbox.log.failure("delivery-failed", error, id=message.id)
        finally:
            self._being_put.pop(message.number, None)
            self._forget(claimed)

    async def _has_room_for(self, summary: MessageSummary, claimed: Sequence[Row[Any]]) -> bool:
        """Tell whether the attachments of a message may be put on the broker now, or are there already."""
        if any(row.state == State.SENT for row in claimed):
            return True
        quotas, usage = self._mailbox.quotas, self._mailbox.reading.usage
        limit = Amount(quotas.post.messages, quotas.bucket_bytes * BUCKET_PART // 100)
        room = PostRoom(limit, await usage.objects())
        for recipient, size in self._being_put.values():
            room.take(recipient, size, urgent=True)
        first = min(claimed, key=lambda row: row.recipient)
        size = sum(sealed_bytes(attachment.size) for attachment in summary.attachments)
        if not room.take(first.recipient, size, urgent=bool(first.urgent)):
            return False
        self._being_put[first.message] = first.recipient, size
        return True

    async def _admitted(self, claimed: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Return what may be on the broker now; the rest waits for a receipt for what is there. Raises NotStored.

        What the broker has already takes no more room when it is sent again.
        """
        if all(row.state == State.SENT for row in claimed):
            return claimed
        admitted = self._with_room(claimed) if self._mailbox.monotonic() < self._room_until else ()
        if len(admitted) < len(claimed):
            outstanding = await self._mailbox.reading.usage.outstanding()
            self._room = PostRoom(self._mailbox.quotas.post, outstanding)
            self._room_until = self._mailbox.monotonic() + ROOM_SECONDS
            for (_, recipient), size in self._being_sent.items():
                self._room.take(recipient, size, urgent=True)
            admitted = self._with_room(claimed)
        self._being_sent |= {_delivery(row): row.size for row in admitted if row.state == State.QUEUED}
        if len(admitted) < len(claimed):
            there = frozenset(map(_delivery, admitted))
            waiting = [row for row in claimed if _delivery(row) not in there]
            await self._settle([(row, self._waits_for_room()) for row in waiting])
        return admitted

    def _with_room(self, claimed: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        return [
            row
            for row in claimed
            if row.state == State.SENT or self._room.take(row.recipient, row.size, urgent=bool(row.urgent))
        ]

    def _waits_for_room(self) -> Outcome:
        seconds = rules.POST_FULL_SECONDS * self._random.uniform(0.9, 1.1)
        return Outcome(seconds, reason=rules.POST_FULL)

    async def _send_all(self, messages: dict[int, Row[Any]], claimed: Sequence[Row[Any]]) -> None:
        outcomes = await asyncio.gather(*(self._attempt(messages[row.message], row) for row in claimed))
        await self._settle(list(zip(claimed, outcomes, strict=True)))

    async def _attempt(self, message: Row[Any], row: Row[Any]) -> Outcome:
        """Hand a message to the network for one recipient."""
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
            # Whatever is the matter with this one, the others go.
            self._mailbox.log.failure("delivery-failed", error, id=message.id)
            return Outcome(NO_KEY_SECONDS)
        if row.reason == rules.MAILBOX_FULL:
            # Its receipt comes at once if there is room now.
            return Outcome(rules.deferred_seconds(self._random), taken=True, reason=row.reason)
        usual = self._mailbox.receipt_latency.usual_seconds
        return Outcome(rules.resend_seconds(row.attempts, self._random, usual=usual), taken=True)

    def _failed(self, row: Row[Any], failure: Exception) -> Outcome:
        """Return what comes of an attempt that the broker refused, or did not answer."""
        if not isinstance(failure, PostRefused):
            return Outcome(rules.NOT_TAKEN_SECONDS, reason=row.reason)
        reason = rules.reason_not_stored(str(failure))
        if row.reason != reason:
            self._mailbox.log.warning("post-refused", bureau=self._mailbox.bureau, reason=reason, error=str(failure))
        return Outcome(rules.resend_seconds(row.attempts, self._random), reason=reason, counts=True)

    async def _settle(self, outcomes: Sequence[tuple[Row[Any], Outcome]]) -> None:
        now = self._mailbox.now()
        latest = now + milliseconds(LEASE_SECONDS)
        again = [
            {
                **_which(row),
                "new_due": now + milliseconds(outcome.seconds),
                "new_reason": outcome.reason,
                "latest": latest,
            }
            for row, outcome in outcomes
        ]
        sent = [
            {**_which(row), "new_at": now, "latest": latest}
            for row, outcome in outcomes
            if outcome.taken and row.state == State.QUEUED
        ]
        failed = [_which(row) for row, outcome in outcomes if not outcome.taken and not outcome.counts]

        async def settle(store: MailStore) -> None:
            if sent:
                await store.deliveries.mark_sent(sent)
            await store.deliveries.settle(again)
            if failed:
                await store.deliveries.discount(failed)

        try:
            await self._mailbox.write(settle)
        finally:
            self._forget([row for row, _ in outcomes])

    def _forget(self, handed_over: Sequence[Row[Any]]) -> None:
        for row in handed_over:
            self._being_sent.pop(_delivery(row), None)

    async def _send_receipts(self, now: int) -> None:
        due = await self._mailbox.reading.receipts.due(now, BATCH_SIZE)
        again = [
            {"receipt": row.id, "new_due": now + milliseconds(rules.resend_seconds(row.attempts + 1, self._random))}
            for row in due
        ]
        await self._mailbox.write(lambda store: store.receipts.defer(again))
        taken = await asyncio.gather(*(self._post_receipt(row) for row in due))
        soon = self._mailbox.now() + milliseconds(rules.NOT_TAKEN_SECONDS)
        not_taken = [
            {"receipt": row.id, "new_due": soon} for row, is_taken in zip(due, taken, strict=True) if not is_taken
        ]
        if not_taken:
            await self._mailbox.write(lambda store: store.receipts.discount(not_taken))

    async def _post_receipt(self, row: Row[Any]) -> bool:
        """Tell whether the broker has taken a receipt."""
        try:
            await post_receipt(self._bureau, row.sender, row.id, row.signature)
        except TransportFailure as failure:
            self._mailbox.log.debug("receipt-not-taken", id=row.message_id, error=str(failure))
            return False
        return True


def _which(row: Row[Any]) -> dict[str, Any]:
    return {"of": row.message, "to": row.recipient}


def _delivery(row: Row[Any]) -> Delivery:
    return row.message, row.recipient
