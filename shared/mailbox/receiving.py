"""Receives messages and receipts: verifies and opens them, commits them to the mailbox, and only then sends receipts.

A message that is here already is not stored again, but its receipt is sent again: the first one was lost. A message
that cannot be trusted is refused with a signed reason, unless it may be good in a moment.
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
from shared.mailbox.deferral import DeferralLimiter, ReplyLimiter
from shared.mailbox.handlers import PayloadHandlers, PayloadRefused, form_in
from shared.mailbox.inbox_commit import InboxCommit, Incoming
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.models import Box
from shared.mailbox.posting import ReceiptSender
from shared.mailbox.quotas import Amount
from shared.protocol.envelope import EnvelopeRefused, Reason, ReceiptHead, digest_of
from shared.protocol.messages import Answered, OpenedMessage, open_message
from shared.protocol.verifier import Verifier
from shared.rpc.directory_sync import compare_head
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport import NoObject, PostArrival, TransportFailure
from shared.transport.subjects import Lane

BATCH_SIZE: Final = 64
WAIT_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.5
LATER_SECONDS: Final = 2.0
BROKEN_SECONDS: Final = 60.0
# The broker delivers a message again after 30 s unless its receiver extends that.
STILL_AT_WORK_SECONDS: Final = 10.0
MAX_FETCHES: Final = 2
# Each is in memory, and not settled on the broker.
MAX_LARGE_OF_A_SENDER: Final = 20
# The directory or a clock may be behind: the same envelope may be good in a moment.
MAY_PASS: Final = frozenset({Reason.KEY_UNKNOWN, Reason.SEALING_KEY_UNKNOWN, Reason.NOT_YET_VALID})
# It is the clock here that may be wrong, and what is refused is not sent again.
OF_TIME: Final = frozenset({Reason.EXPIRED, Reason.KEY_NOT_VALID})
# A refusal needs a verified sender.
UNANSWERABLE: Final = frozenset({Reason.SENDER})
# In ten minutes. Further refusals are not sent; the sender may repeat those messages later. Each takes room of this
# bureau's own on the broker.
MAX_REFUSALS_OF_A_SENDER: Final = 100
# In ten minutes, as to verify evidence takes some milliseconds. Further messages with evidence are deferred.
MAX_CHECKS_OF_A_SENDER: Final = 200


class Receiver:
    """Receives the arrivals of one bureau."""

    def __init__(self, mailboxes: Mailboxes, bureau: Participant, handlers: PayloadHandlers | None) -> None:
        """Without `handlers` no messages are taken, as by a service, which has no key to which they could be sealed."""
        self._mailboxes = mailboxes
        self._bureau = bureau
        self._code = BureauCode(bureau.name)
        self._transport = bureau.transport
        self._log = bureau.log
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock)
        self._takes_messages = handlers is not None
        self._handlers = handlers or PayloadHandlers()
        self._inbox = InboxCommit(bureau, self._handlers)
        self._receipts = ReceiptSender(bureau)
        self._deferrals = DeferralLimiter()
        self._full_replies = ReplyLimiter(bureau.clock)
        self._refusals = ReplyLimiter(bureau.clock, MAX_REFUSALS_OF_A_SENDER)
        self._checks = ReplyLimiter(bureau.clock, MAX_CHECKS_OF_A_SENDER)
        self._fetching = asyncio.Semaphore(MAX_FETCHES)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._large: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def run(self, lane: Lane) -> None:
        """Receive what arrives in a lane until cancelled."""

        async def run_once() -> float:
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
        opened: list[Incoming] = []
        for arrival in arrivals:
            if (incoming := await self._open(arrival)) is not None:
                opened.append(incoming)
            # Opening is slow: let other tasks run in between.
            await asyncio.sleep(0)
        try:
            mailbox = await self._mailboxes.of(self._code)
            small = [each for each in opened if not await self._takes_long(mailbox, each)]
            dependent = [each for each in small if self._handlers.has_precondition(each.message)]
            if plain := [each for each in small if not self._handlers.has_precondition(each.message)]:
                await self._keep(mailbox, plain)
            for number, each in enumerate(dependent):
                opened = dependent[number:]
                await self._keep(mailbox, [each])
        except Refusal:
            # The mailbox has logged it; the sender gets no receipt, and keeps the message.
            await asyncio.gather(*(each.arrival.postpone(LATER_SECONDS) for each in opened))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _open(self, arrival: PostArrival) -> Incoming | None:
        sender, parcel = arrival.subject.rpartition(".")[2], arrival.parcel
        opened = ""
        try:
            if not parcel.key:
                receipt = self._verifier.verify(ReceiptHead, parcel.signature, parcel.body, sender=sender)
                compare_head(self._bureau, sender, receipt.directory)
                return Incoming(arrival, sender, receipt=receipt)
            if not self._takes_messages:
                # A service has no sealing key: the message is forged, and gets no receipt.
                self._log.refusal("message-to-service", sender=sender)
                await arrival.settle()
                return None
            message = open_message(
                self._verifier, parcel, sender=sender, recipient=self._code, key_of=self._bureau.keys.sealing
            )
            opened = message.head.id
            form = form_in(message, self._bureau.directory)
            if self._handlers.needs_verification(form) and not self._checks.may_reply(sender):
                await self._deferrals.defer(arrival, BROKEN_SECONDS)
                return None
            return Incoming(arrival, sender, message=message, form=self._handlers.verified(message, form, self._bureau))
        except EnvelopeRefused as refused:
            await self._refuse(arrival, sender, refused, re=opened)
        except PayloadRefused as refused:
            self._log.warning("message-not-believed", bureau=self._code, sender=sender, id=opened, reason=refused.code)
            await self._refuse_signed(arrival, sender, refused.code, re=opened)
        return None

    async def _refuse(self, arrival: PostArrival, sender: str, refused: EnvelopeRefused, re: str = "") -> None:
        self._log.refusal("message-refused", bureau=self._code, sender=sender, reason=refused.reason)
        if refused.reason in MAY_PASS or (refused.reason in OF_TIME and not may_be_taken(self._bureau)):
            await self._deferrals.defer(arrival, LATER_SECONDS)
            return
        if arrival.parcel.key and (re or refused.reason not in UNANSWERABLE):
            await self._refuse_signed(arrival, sender, rules.ENVELOPE + refused.reason, re=re)
        else:
            await arrival.settle()

    async def _refuse_signed(self, arrival: PostArrival, sender: str, reason: str, re: str) -> None:
        answered = Answered(id=re, digest=digest_of(arrival.parcel.signature), sender=sender, by=self._code)
        try:
            store = (await self._mailboxes.of(self._code)).reading
            # What was stored while it was valid is not refused: the sender has missed the receipt.
            if (number := await store.received_as(answered.digest, sender)) is not None:
                await self._receipts.send([await self._inbox.given(store, number)])
            elif self._refusals.may_reply(sender):
                await self._receipts.send([self._inbox.sign(answered, "refused", reason)])
        except Refusal:
            # This bureau has no valid signing key at the moment, or no mailbox.
            await self._deferrals.defer(arrival, LATER_SECONDS)
            return
        await arrival.settle()

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
                await self._refuse(incoming.arrival, incoming.sender, refused, re=head.id)
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
