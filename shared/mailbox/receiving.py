"""Receives messages and receipts: verifies and opens them, commits them to the mailbox, and only then signs receipts.

A message that is here already is not taken a second time, but its receipt is given again: the sender asks because the
first one was lost. What cannot be trusted is refused with a signed reason, unless waiting may help.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Any, Final

from shared.background import Job, repeat
from shared.bureaus import BureauCode
from shared.crypto.hpke import ContentKey
from shared.errors import Refusal
from shared.ids import uuid7
from shared.mailbox import rules
from shared.mailbox.attachments import Attachments, clear_away, sealed_bytes
from shared.mailbox.deferral import DeferralLimiter, ReplyLimiter
from shared.mailbox.handlers import PayloadHandlers, PayloadRefused, form_in
from shared.mailbox.inbox_commit import InboxCommit, Incoming, OutgoingReceipt
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.models import Box
from shared.mailbox.posting import post_receipt
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
FETCHED_AT_ONCE: Final = 2
# Each is held in memory, and by the broker as not settled.
MAX_LARGE_OF_A_SENDER: Final = 20
# The directory or a clock may be behind: the same envelope may be good in a moment.
MAY_PASS: Final = frozenset({Reason.KEY_UNKNOWN, Reason.SEALING_KEY_UNKNOWN, Reason.NOT_YET_VALID})
# It is the clock here that may be wrong, and what is refused is not sent again.
OF_TIME: Final = frozenset({Reason.EXPIRED, Reason.KEY_NOT_VALID})
# A refusal has no recipient unless the signature was verified.
UNANSWERABLE: Final = frozenset({Reason.SENDER})
# Receipts that the broker has not taken yet.
MAX_POSTING: Final = 256
# Receipts for one sender that wait on the broker. Of one that does not take them the oldest give way: they count as
# parcels of this bureau there, and a sender that misses one sends its message again.
MAX_WAITING: Final = 256
# In ten minutes. Further refusals are not sent; the sender may repeat those messages later.
MAX_REFUSALS_OF_A_SENDER: Final = 100
# In ten minutes: to check what is shown to prove something takes some milliseconds. More of it comes again later.
MAX_CHECKS_OF_A_SENDER: Final = 200


class Receiver:
    """Takes what arrives for one bureau."""

    def __init__(self, mailboxes: Mailboxes, bureau: Participant, handlers: PayloadHandlers | None) -> None:
        """Without `handlers` no messages are taken, as by a service: it has no key to which they could be sealed."""
        self._mailboxes = mailboxes
        self._bureau = bureau
        self._code = BureauCode(bureau.name)
        self._transport = bureau.transport
        self._log = bureau.log
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock)
        self._takes_messages = handlers is not None
        self._handlers = handlers or PayloadHandlers()
        self._inbox = InboxCommit(bureau, self._handlers)
        self._deferrals = DeferralLimiter()
        self._full_replies = ReplyLimiter()
        self._refusals = ReplyLimiter(MAX_REFUSALS_OF_A_SENDER)
        self._checks = ReplyLimiter(MAX_CHECKS_OF_A_SENDER)
        self._fetching = asyncio.Semaphore(FETCHED_AT_ONCE)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._large: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._posting: set[asyncio.Task[None]] = set()
        # A receipt takes the place of the one posted so many before it. Each process has places of its own.
        self._places = token_hex(8)
        self._posted: Counter[str] = Counter()

    async def run(self, lane: Lane) -> None:
        """Take what arrives in a lane until cancelled."""

        async def run_once() -> float:
            arrivals = await self._transport.collect(lane, limit=BATCH_SIZE, seconds=WAIT_SECONDS)
            if arrivals:
                await self._take_apart(arrivals)
            return 0.0

        name = f"receiving {lane} of {self._code}"
        try:
            await repeat(
                Job(name, run_once, every_seconds=0.0, retry_seconds=PAUSE_SECONDS, expected=(TransportFailure,)),
                self._log,
            )
        finally:
            for task in (*self._large.values(), *self._posting):
                task.cancel()

    async def _take_apart(self, arrivals: Sequence[PostArrival]) -> None:
        """Take some arrivals; where one of them breaks this program, the others are taken all the same."""
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
        """Take some arrivals. Raises TransportFailure; what was not settled by then comes again."""
        opened: list[Incoming] = []
        for arrival in arrivals:
            incoming = await self._open(arrival)
            if incoming is not None:
                opened.append(incoming)
            # Opening takes the processor for a while: others may want it.
            await asyncio.sleep(0)
        try:
            mailbox = await self._mailboxes.of(self._code)
            small = [each for each in opened if not await self._takes_long(mailbox, each)]
            judged = [each for each in small if self._handlers.is_judged(each.message)]
            if plain := [each for each in small if not self._handlers.is_judged(each.message)]:
                await self._keep(mailbox, plain)
            for number, each in enumerate(judged):
                opened = judged[number:]
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
            form = form_in(message, by_service=self._is_of_service(message.head.kid))
            if self._handlers.is_checked(form) and not self._may_check(sender):
                await self._deferrals.defer(arrival, BROKEN_SECONDS)
                return None
            return Incoming(arrival, sender, message=message, form=self._handlers.checked(message, form, self._bureau))
        except EnvelopeRefused as refused:
            await self._refuse(arrival, sender, refused, re=opened)
        except PayloadRefused as refused:
            self._log.warning("message-not-believed", bureau=self._code, sender=sender, id=opened, reason=refused.code)
            await self._refuse_signed(arrival, sender, refused.code, re=opened)
        return None

    def _may_check(self, sender: str) -> bool:
        clock = self._bureau.clock
        return self._checks.may_reply(sender, uuid7(clock.now()), clock.monotonic())

    def _is_of_service(self, kid: str) -> bool:
        entry = self._bureau.directory.entry_of(kid)
        return entry is not None and entry.kind == "service"

    async def _refuse(self, arrival: PostArrival, sender: str, refused: EnvelopeRefused, re: str = "") -> None:
        self._log.refusal("message-refused", bureau=self._code, sender=sender, reason=refused.reason)
        if refused.reason in MAY_PASS or (refused.reason in OF_TIME and not may_be_taken(self._bureau)):
            await self._deferrals.defer(arrival, LATER_SECONDS)
            return
        if arrival.parcel.key and (re or refused.reason not in UNANSWERABLE):
            await self._refuse_signed(arrival, sender, rules.reason_of_refused_envelope(refused.reason), re=re)
        else:
            await arrival.settle()

    async def _refuse_signed(self, arrival: PostArrival, sender: str, reason: str, re: str) -> None:
        answered = Answered(id=re, digest=digest_of(arrival.parcel.signature), sender=sender, by=self._code)
        try:
            answer = await self._given_before(answered) or self._refusal(answered, reason)
        except Refusal:
            # This bureau has no key at the moment to say so with, or no mailbox.
            await self._deferrals.defer(arrival, LATER_SECONDS)
            return
        if answer is not None:
            await self._send([answer])
        await arrival.settle()

    def _refusal(self, answered: Answered, reason: str) -> OutgoingReceipt | None:
        """Return a signed refusal, but not many for one sender: each takes room of this bureau's own on the broker."""
        clock = self._bureau.clock
        # Each counts, that of the same message again as well.
        if not self._refusals.may_reply(answered.sender, uuid7(clock.now()), clock.monotonic()):
            return None
        return self._inbox.sign(answered, "refused", reason)

    async def _given_before(self, answered: Answered) -> OutgoingReceipt | None:
        """Return the receipt for what was kept while it was still valid: it stands, and its sender has missed it."""
        store = (await self._mailboxes.of(self._code)).reading
        number = await store.received_as(answered.digest, answered.sender)
        return None if number is None else await self._inbox.given(store, number, answered.sender)

    async def _keep(self, mailbox: Mailbox, opened: Sequence[Incoming]) -> None:
        """Commit what arrived; then settle it, and send the receipts."""
        kept = await mailbox.write(lambda store: self._inbox.keep(store, opened, mailbox.quotas))
        mailbox.changes.notify()
        if kept.waited_seconds is not None:
            mailbox.receipt_latency.observe(kept.waited_seconds)
        await self._send([*kept.answers, *self._deferred(kept.deferred)])
        await asyncio.gather(*(each.arrival.settle() for each in opened))
        for each in kept.deferred:
            await self._drop_attachments(mailbox, each)
        for number in kept.moved:
            await clear_away(mailbox, self._transport, number)

    async def _defer(self, mailbox: Mailbox, incoming: Incoming) -> None:
        """Settle a message for which there is no room: its sender keeps it, and sends it again much later."""
        await self._send(list(self._deferred([incoming])))
        await incoming.arrival.settle()
        await self._drop_attachments(mailbox, incoming)

    def _deferred(self, deferred: Sequence[Incoming]) -> Iterator[OutgoingReceipt]:
        """Yield what is signed about messages for which there is no room: not each time that one comes."""
        now = self._bureau.clock.monotonic()
        for incoming in deferred:
            if incoming.message is None:
                continue
            message_id = incoming.message.head.id
            if self._full_replies.may_reply(incoming.sender, message_id, now):
                self._log.info("message-deferred", bureau=self._code, sender=incoming.sender, id=message_id)
                yield self._inbox.answer(incoming, message_id, "deferred", rules.MAILBOX_FULL)

    async def _drop_attachments(self, mailbox: Mailbox, incoming: Incoming) -> None:
        if incoming.message is not None and incoming.message.content.attachments:
            await _attachments_of(mailbox, incoming.message).drop()

    async def _send(self, answers: Sequence[OutgoingReceipt]) -> None:
        """Send receipts in the background, once: a sender that misses one sends its message again."""
        for answer in answers:
            while len(self._posting) >= MAX_POSTING:
                await asyncio.wait(self._posting, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self._post(answer))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def _post(self, answer: OutgoingReceipt) -> None:
        receipt = answer.receipt
        self._posted[answer.to] += 1
        place = f"{self._places}-{self._posted[answer.to] % MAX_WAITING}"
        try:
            await post_receipt(self._bureau, answer.to, place, receipt.signature)
        except TransportFailure as failure:
            self._log.debug("receipt-not-taken", id=receipt.head.re, error=str(failure))

    # --- attachments

    async def _takes_long(self, mailbox: Mailbox, incoming: Incoming) -> bool:
        """Tell whether a message's attachments must be fetched first, and see to it that they are."""
        message = incoming.message
        if message is None or not message.content.attachments:
            return False
        key = (incoming.sender, message.head.id)
        if key in self._large:
            # The one at work settles what it began with; this one comes again, and finds the message kept.
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
        working = asyncio.create_task(_extend(incoming.arrival.extend))
        try:
            # One at a time of each sender: the others do not wait until all of these are there.
            async with self._turns[incoming.sender], self._fetching:
                # Others of the same sender were fetched meanwhile.
                await _require_room(mailbox, message)
                for number, note in enumerate(message.content.attachments, start=1):
                    await kept.fetch(self._transport, number, note)
            await self._keep(mailbox, [incoming])
        except EnvelopeRefused as refused:
            with suppress(TransportFailure, Refusal):
                # Or else it comes again.
                await kept.drop()
                await self._refuse(incoming.arrival, incoming.sender, refused, re=head.id)
        except rules.MailboxFull:
            with suppress(TransportFailure, Refusal):
                # Or else it comes again.
                await self._defer(mailbox, incoming)
        except (TransportFailure, Refusal) as failure:
            self._log.info("attachment-not-fetched", id=head.id, error=type(failure).__name__)
            # The sender puts an object that is missing there again when it sends the message again.
            seconds = rules.FIRST_RESEND_SECONDS if isinstance(failure, NoObject) else LATER_SECONDS
            await self._defer_quietly(incoming.arrival, seconds)
        except Exception as error:
            self._log.failure("receiving-failed", error, bureau=self._code)
            await self._defer_quietly(incoming.arrival, BROKEN_SECONDS)
        finally:
            working.cancel()

    async def _defer_quietly(self, arrival: PostArrival, seconds: float) -> None:
        try:
            await self._deferrals.defer(arrival, seconds)
        except TransportFailure as lost:
            self._log.debug("not-postponed", bureau=self._code, error=str(lost))


def _attachments_of(mailbox: Mailbox, message: OpenedMessage) -> Attachments:
    return Attachments(mailbox, message.head.sender, message.head.id, ContentKey(message.content_key))


async def _has_room(mailbox: Mailbox, message: OpenedMessage) -> bool:
    """Tell whether a mailbox has room for the attachments of a message, as large as it states that they are."""
    size = sum(sealed_bytes(note.size) for note in message.content.attachments)
    sender = message.head.sender
    room = await mailbox.reading.usage.room(mailbox.quotas, [sender], own=mailbox.bureau)
    return room.has(sender, Amount(1, size + len(message.raw_content)))


async def _require_room(mailbox: Mailbox, message: OpenedMessage) -> None:
    if not await _has_room(mailbox, message):
        raise rules.MailboxFull(f"the mailbox has no room for what {message.head.sender} sends")


async def _extend(extend: Callable[[], Any]) -> None:
    while True:
        await asyncio.sleep(STILL_AT_WORK_SECONDS)
        try:
            await extend()
        except TransportFailure:
            return
