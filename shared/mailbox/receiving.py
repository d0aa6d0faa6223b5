"""Receives messages and receipts: commits them to the mailbox when they are opened, and only then sends receipts.

A message that is here already is not stored again, but its receipt is sent again: the first one was lost.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from shared.background import Job, repeat
from shared.bureaus import BureauCode
from shared.crypto.hpke import ContentKey
from shared.errors import Refusal
from shared.mailbox import rules
from shared.mailbox.attachments import Attachments, clear_away, sealed_bytes
from shared.mailbox.deferral import BROKEN_SECONDS, LATER_SECONDS, DeferralLimiter, ReplyLimiter
from shared.mailbox.handlers import PayloadHandlers
from shared.mailbox.inbox_commit import InboxCommit, Incoming
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.models import Box
from shared.mailbox.opening import ArrivalOpener, OnRefused
from shared.mailbox.posting import ReceiptSender
from shared.mailbox.quotas import Amount
from shared.protocol.envelope import EnvelopeRefused
from shared.protocol.messages import OpenedMessage
from shared.rpc.participant import Participant
from shared.transport import NoObject, PostArrival, TransportFailure
from shared.transport.subjects import Lane

BATCH_SIZE: Final = 64
WAIT_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.5
# Until it is looked again whether a bureau without a valid key has a new one.
WITHOUT_KEY_SECONDS: Final = 1.0
# The broker delivers a message again after 30 s unless its receiver extends that.
STILL_AT_WORK_SECONDS: Final = 10.0
MAX_FETCHES: Final = 2
# Each is in memory, and not settled on the broker.
MAX_LARGE_OF_A_SENDER: Final = 20


class Receiver:
    """Receives the arrivals of one bureau."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        bureau: Participant,
        handlers: PayloadHandlers | None,
        on_refused: OnRefused | None = None,
    ) -> None:
        """Without `handlers` no messages are taken, as by a service, which has no key to which they could be sealed."""
        self._mailboxes = mailboxes
        self._code = BureauCode(bureau.name)
        self._keys = bureau.keys
        self._transport = bureau.transport
        self._log = bureau.log
        self._handlers = handlers or PayloadHandlers()
        self._inbox = InboxCommit(bureau, self._handlers)
        self._receipts = ReceiptSender(bureau)
        self._deferrals = DeferralLimiter()
        self._opener = ArrivalOpener(mailboxes, bureau, handlers, self._receipts, self._deferrals, on_refused)
        self._full_replies = ReplyLimiter(bureau.clock)
        self._fetching = asyncio.Semaphore(MAX_FETCHES)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._large: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def run(self, lane: Lane) -> None:
        """Receive what arrives in a lane until cancelled.

        A bureau without a valid key waits for one: the broker does not admit it, which is a decision and no failure.
        """

        async def run_once() -> float:
            if not self._keys.in_force:
                return WITHOUT_KEY_SECONDS
            arrivals = await self._transport.collect(lane, limit=BATCH_SIZE, seconds=WAIT_SECONDS)
            if arrivals:
                await self._take_apart(arrivals)
            return 0.0

        name, expected = f"receiving {lane} of {self._code}", (TransportFailure,)
        try:
            await repeat(Job(name, run_once, 0.0, retry_seconds=PAUSE_SECONDS, expected=expected), self._log)
        finally:
            self._receipts.cancel()
            for task in self._large.values():
                task.cancel()

    async def _take_apart(self, arrivals: Sequence[PostArrival]) -> None:
        """Take some arrivals; if one of them triggers a defect of this program, take the others all the same."""
        try:
            await self.take(arrivals)
        except TransportFailure:
            raise
        except Exception as error:
            self._log.failure("receiving-failed", error, bureau=self._code)
            if len(arrivals) == 1:
                await self._deferrals.defer(arrivals[0], BROKEN_SECONDS)
                return
            for arrival in arrivals:
                await self._take_apart([arrival])

    async def take(self, arrivals: Sequence[PostArrival]) -> None:
        """Take some arrivals. Raises TransportFailure; what is not settled by then is delivered again."""
        opened = await self._open_all(arrivals)
        uncommitted = [opened]
        try:
            mailbox = await self._mailboxes.of(self._code)
            uncommitted = self._batches([each for each in opened if not await self._takes_long(mailbox, each)])
            while uncommitted:
                await self._keep(mailbox, uncommitted[0])
                del uncommitted[0]
        except Refusal:
            # The mailbox has logged it; the sender gets no receipt, and keeps the message.
            await asyncio.gather(*(each.arrival.postpone(LATER_SECONDS) for batch in uncommitted for each in batch))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _open_all(self, arrivals: Sequence[PostArrival]) -> list[Incoming]:
        opened: list[Incoming] = []
        for arrival in arrivals:
            if (incoming := await self._opener.open(arrival)) is not None:
                opened.append(incoming)
            # Opening is slow: let other tasks run in between.
            await asyncio.sleep(0)
        return opened

    def _batches(self, opened: Sequence[Incoming]) -> list[list[Incoming]]:
        """Return all arrivals without a precondition as one batch, and then each other on its own."""
        free = [each for each in opened if not self._handlers.has_precondition(each.message)]
        bound = [[each] for each in opened if self._handlers.has_precondition(each.message)]
        return [free, *bound] if free else bound

    async def _keep(self, mailbox: Mailbox, opened: Sequence[Incoming]) -> None:
        """Commit arrivals; then send the receipts, and settle the arrivals."""
        kept = await mailbox.write(lambda store: self._inbox.commit(store, opened, mailbox.quotas))
        mailbox.changes.notify()
        if kept.waited_seconds is not None:
            mailbox.receipt_latency.observe(kept.waited_seconds)
        await self._receipts.send(kept.answers)
        for each in kept.deferred:
            await self._sign_deferred(each)
        await asyncio.gather(*(each.arrival.settle() for each in opened))
        for each in kept.deferred:
            await _drop_attachments(mailbox, each)
        for number in kept.moved:
            await clear_away(mailbox, self._transport, number)

    async def _defer(self, mailbox: Mailbox, incoming: Incoming) -> None:
        """Settle a message for which there is no room: its sender sends it again much later."""
        await self._sign_deferred(incoming)
        await incoming.arrival.settle()
        await _drop_attachments(mailbox, incoming)

    async def _sign_deferred(self, incoming: Incoming) -> None:
        """Send a receipt that there is no room for a message, but not each time that it arrives."""
        message, sender = incoming.message, incoming.sender
        if message is not None and self._full_replies.may_reply(sender, message.head.id):
            self._log.info("message-deferred", bureau=self._code, sender=sender, id=message.head.id)
            await self._receipts.send([self._inbox.answer(incoming, message.head.id, "deferred", rules.MAILBOX_FULL)])

    # --- attachments

    async def _takes_long(self, mailbox: Mailbox, incoming: Incoming) -> bool:
        """Return whether a message is kept later, and fetch its attachments first if so."""
        message = incoming.message
        if message is None or not message.content.attachments:
            return False
        key = (incoming.sender, message.head.id)
        if key in self._large:
            # That task settles the arrival it began with; this one is delivered again, and finds the message stored.
            await self._deferrals.defer(incoming.arrival, STILL_AT_WORK_SECONDS)
            return True
        if key in await mailbox.reading.held(Box.INBOX, [message.head.id]):
            return False
        if not await _has_room(mailbox, message):
            await self._defer(mailbox, incoming)
            return True
        if [sender for sender, _ in self._large].count(incoming.sender) >= MAX_LARGE_OF_A_SENDER:
            await self._deferrals.defer(incoming.arrival, LATER_SECONDS)
            return True
        task = self._large[key] = asyncio.create_task(self._fetch_and_keep(mailbox, incoming, message))
        task.add_done_callback(lambda _: self._large.pop(key, None))
        return True

    async def _fetch_and_keep(self, mailbox: Mailbox, incoming: Incoming, message: OpenedMessage) -> None:
        head, kept = message.head, _attachments_of(mailbox, message)
        extending = asyncio.create_task(_extend(incoming.arrival))
        try:
            # One at a time of each sender, so that a sender of many does not delay others.
            async with self._turns[incoming.sender], self._fetching:
                # Others of the same sender were fetched meanwhile.
                await _require_room(mailbox, message)
                for number, attachment in enumerate(message.content.attachments, start=1):
                    await kept.fetch(self._transport, number, attachment)
            await self._keep(mailbox, [incoming])
        except EnvelopeRefused as refused:
            # What is not settled, in each of these cases, is delivered again.
            with suppress(TransportFailure, Refusal):
                await kept.drop()
                await self._opener.refuse(incoming.arrival, incoming.sender, refused, re=head.id)
        except rules.MailboxFull:
            with suppress(TransportFailure, Refusal):
                await self._defer(mailbox, incoming)
        except (TransportFailure, Refusal) as failure:
            self._log.info("attachment-not-fetched", id=head.id, error=type(failure).__name__)
            # The sender puts a missing object again when it sends the message again.
            seconds = rules.FIRST_RESEND_SECONDS if isinstance(failure, NoObject) else LATER_SECONDS
            with suppress(TransportFailure):
                await self._deferrals.defer(incoming.arrival, seconds)
        except Exception as error:
            self._log.failure("receiving-failed", error, bureau=self._code)
            with suppress(TransportFailure):
                await self._deferrals.defer(incoming.arrival, BROKEN_SECONDS)
        finally:
            extending.cancel()


def _attachments_of(mailbox: Mailbox, message: OpenedMessage) -> Attachments:
    return Attachments(mailbox, message.head.sender, message.head.id, ContentKey(message.content_key))


async def _drop_attachments(mailbox: Mailbox, incoming: Incoming) -> None:
    if incoming.message is not None and incoming.message.content.attachments:
        await _attachments_of(mailbox, incoming.message).drop()


async def _has_room(mailbox: Mailbox, message: OpenedMessage) -> bool:
    """Return whether a mailbox has room for the attachments of a message, of the sizes that the message states."""
    size = sum(sealed_bytes(each.size) for each in message.content.attachments)
    sender = message.head.sender
    room = await mailbox.reading.usage.room(mailbox.quotas, [sender], own=mailbox.bureau)
    return room.has(sender, Amount(1, size + len(message.raw_content)))


async def _require_room(mailbox: Mailbox, message: OpenedMessage) -> None:
    if not await _has_room(mailbox, message):
        raise rules.MailboxFull(f"the mailbox has no room for what {message.head.sender} sends")


async def _extend(arrival: PostArrival) -> None:
    with suppress(TransportFailure):
        while True:
            await asyncio.sleep(STILL_AT_WORK_SECONDS)
            await arrival.extend()
