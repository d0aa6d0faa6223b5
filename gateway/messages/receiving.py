"""Takes what the network brings: verifies and opens it, commits it to the mailbox, and only then says so, signed.

A message that is here already is not taken a second time, but its receipt is given again: the sender asks because the
first one was lost. What cannot be trusted is refused with a signed reason, unless waiting may help.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from gateway.messages import rules
from gateway.messages.attachments import Attachments, chunks_of, object_name
from gateway.messages.mailbox import Mailbox, Mailboxes
from gateway.messages.models import Box, State
from gateway.messages.rows import inbox_row
from gateway.messages.store import MailStore, milliseconds
from shared.bureaus import BureauCode
from shared.envelope import EnvelopeRefused, Reason, ReceiptHead, Verifier, digest_of
from shared.errors import Refusal
from shared.mail import Answered, OpenedMessage, make_receipt, open_message
from shared.participant import Participant
from shared.sealing import ContentKey
from shared.transport import Lane, NoObject, Parcel, PostArrival, TransportFailure, message_subject

TOGETHER: Final = 64
WAIT_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.5
LATER_SECONDS: Final = 2.0
BROKEN_SECONDS: Final = 60.0
# A message is handed out again after 30 s unless whoever works on it says that he still does.
STILL_AT_WORK_SECONDS: Final = 10.0
FETCHED_AT_ONCE: Final = 2
# The directory or a clock may be behind: the same envelope may be good in a moment.
MAY_PASS: Final = frozenset({Reason.KEY_UNKNOWN, Reason.SEALING_KEY_UNKNOWN, Reason.NOT_YET_VALID})
# There is nobody to whom a refusal could go.
UNANSWERABLE: Final = frozenset({Reason.SENDER})


class Answer(msgspec.Struct, frozen=True):
    """A receipt on its way: to whom, under which id, and its signature header."""

    to: str
    id: str
    signature: str


class _Incoming(msgspec.Struct, frozen=True):
    arrival: PostArrival
    sender: str
    message: OpenedMessage | None = None
    receipt: ReceiptHead | None = None


class Receiving:
    """Takes what arrives for one bureau."""

    def __init__(self, mailboxes: Mailboxes, bureau: Participant) -> None:
        self._mailboxes = mailboxes
        self._bureau = bureau
        self._code = BureauCode(bureau.name)
        self._transport = bureau.transport
        self._log = bureau.log
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock)
        self._fetching = asyncio.Semaphore(FETCHED_AT_ONCE)
        self._large: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def run(self, lane: Lane) -> None:
        """Take what arrives in a lane until cancelled."""
        try:
            while True:
                try:
                    arrivals = await self._transport.collect(lane, limit=TOGETHER, seconds=WAIT_SECONDS)
                    if arrivals:
                        await self._take_apart(arrivals)
                except TransportFailure as failure:
                    self._log.debug("nothing-collected", bureau=self._code, error=str(failure))
                    await asyncio.sleep(PAUSE_SECONDS)
                except Exception as error:
                    self._log.failure("receiving-failed", error, bureau=self._code)
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            for task in self._large.values():
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
                await arrivals[0].postpone(BROKEN_SECONDS)
                return
            for arrival in arrivals:
                await self._take_apart([arrival])

    async def take(self, arrivals: Sequence[PostArrival]) -> None:
        """Take some arrivals. Raises TransportFailure; what was not settled by then comes again."""
        opened: list[_Incoming] = []
        for arrival in arrivals:
            incoming = await self._open(arrival)
            if incoming is not None:
                opened.append(incoming)
            # Opening takes the processor for a while: others may want it.
            await asyncio.sleep(0)
        try:
            mailbox = await self._mailboxes.of(self._code)
            small = [each for each in opened if not await self._takes_long(mailbox, each)]
            if small:
                await self._keep(mailbox, small)
        except Refusal:
            # The mailbox has told the log; the sender is told nothing, and keeps the message.
            await asyncio.gather(*(each.arrival.postpone(LATER_SECONDS) for each in opened))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _open(self, arrival: PostArrival) -> _Incoming | None:
        sender, parcel = arrival.subject.rpartition(".")[2], arrival.parcel
        try:
            if parcel.key:
                message = open_message(
                    self._verifier,
                    parcel,
                    sender=sender,
                    recipient=self._code,
                    key_of=self._bureau.keys.sealing,
                )
                return _Incoming(arrival, sender, message=message)
            return _Incoming(
                arrival,
                sender,
                receipt=self._verifier.open(ReceiptHead, parcel.signature, parcel.body, sender=sender),
            )
        except EnvelopeRefused as refused:
            await self._refuse(arrival, sender, refused)
            return None

    async def _refuse(self, arrival: PostArrival, sender: str, refused: EnvelopeRefused, re: str = "") -> None:
        self._log.warning("message-refused", bureau=self._code, sender=sender, reason=refused.reason)
        if refused.reason in MAY_PASS:
            await arrival.postpone(LATER_SECONDS)
            return
        if arrival.parcel.key and refused.reason not in UNANSWERABLE:
            reason = rules.reason_of_refused_envelope(refused.reason)
            answered = Answered(id=re, digest=digest_of(arrival.parcel.signature), sender=sender, by=self._code)
            await self._send([self._receipt(answered, State.REFUSED, reason)])
        await arrival.settle()

    async def _keep(self, mailbox: Mailbox, opened: Sequence[_Incoming]) -> None:
        """Commit what arrived; then settle it, and send the receipts."""

        async def keep(store: MailStore) -> list[Answer]:
            return [answer for each in opened if (answer := await self._keep_one(store, each)) is not None]

        answers = await mailbox.write(keep)
        mailbox.changes.notify()
        await self._send(answers)
        await asyncio.gather(*(each.arrival.settle() for each in opened))
        for each in opened:
            if each.receipt is not None:
                await self._clear_away(mailbox, each.receipt)

    async def _keep_one(self, store: MailStore, incoming: _Incoming) -> Answer | None:
        if incoming.message is not None:
            return await self._keep_message(store, incoming, incoming.message)
        if incoming.receipt is not None:
            return await self._keep_receipt(store, incoming, incoming.receipt)
        return None

    async def _keep_message(self, store: MailStore, incoming: _Incoming, message: OpenedMessage) -> Answer:
        head, at = message.head, self._bureau.clock.now()
        answered = Answered(
            id=head.id, digest=digest_of(incoming.arrival.parcel.signature), sender=incoming.sender, by=self._code
        )
        held = await store.held(Box.INBOX, head.sender, head.id)
        if held is not None:
            return await self._answer_again(store, held, answered)
        await _require_attachments(store, message)
        try:
            row = inbox_row(message, incoming.arrival.parcel, self._code, at)
        except ValueError:
            return self._receipt(answered, State.REFUSED, rules.reason_of_refused_envelope(Reason.CONTENT))
        number = await store.add(row)
        receipt = self._receipt(answered, State.DELIVERED, None)
        await store.add_receipt(
            {
                "id": receipt.id,
                "message": number,
                "bureau": self._code,
                "state": State.DELIVERED.value,
                "signature": receipt.signature,
            }
        )
        await store.tell(number, "message", head.sender, State.DELIVERED, at=milliseconds(at.timestamp()))
        return receipt

    async def _answer_again(self, store: MailStore, held: Any, answered: Answered) -> Answer:
        if held.digest != answered.digest:
            return self._receipt(answered, State.REFUSED, rules.reason_of_refused_envelope(Reason.REPLAYED))
        self._log.debug("message-again", bureau=self._code, sender=answered.sender, id=answered.id)
        receipt = (await store.receipts_by(held.number, self._code))[State.DELIVERED]
        return Answer(answered.sender, receipt.id, receipt.signature)

    async def _keep_receipt(self, store: MailStore, incoming: _Incoming, receipt: ReceiptHead) -> Answer | None:
        if receipt.state == "noted":
            await store.note(receipt.re, by=incoming.sender)
            return None
        signature, state = incoming.arrival.parcel.signature, State(receipt.state)
        message = await store.sent_as(receipt.re_digest)
        delivery = None if message is None else await store.delivery(message.number, incoming.sender)
        if message is None or delivery is None:
            self._log.warning("receipt-for-nothing", bureau=self._code, sender=incoming.sender)
        elif state not in await store.receipts_by(message.number, incoming.sender):
            await store.add_receipt(
                {
                    "id": receipt.id,
                    "message": message.number,
                    "bureau": incoming.sender,
                    "state": state.value,
                    "signature": signature,
                }
            )
            if rules.moves_on(State(delivery.state), state):
                at = milliseconds(receipt.iat)
                await store.move(message.number, incoming.sender, state, at=at, reason=receipt.reason)
                await store.tell(message.number, "state", incoming.sender, state, at=at, reason=receipt.reason)
        if state is State.DELIVERED:
            return None
        # It is sent until it is noted; for nothing, too, or it would be sent for ever.
        answered = Answered(id=receipt.id, digest=digest_of(signature), sender=incoming.sender, by=self._code)
        return self._receipt(answered, "noted", None)

    def _receipt(self, answered: Answered, state: Any, reason: str | None) -> Answer:
        made = make_receipt(answered, state, reason, key=self._bureau.keys.signing, at=self._bureau.clock.now())
        return Answer(answered.sender, made.head.id, made.signature)

    async def _send(self, answers: Sequence[Answer]) -> None:
        """Send receipts, once: a sender that misses one sends its message again."""
        for answer in answers:
            subject = message_subject(answer.to, Lane.URGENT, answer.id, self._code)
            await self._transport.publish(subject, Parcel(answer.signature, b""))

    # --- attachments

    async def _takes_long(self, mailbox: Mailbox, incoming: _Incoming) -> bool:
        """Tell whether a message's attachments must be fetched first, and see to it that they are."""
        message = incoming.message
        if message is None or not message.content.attachments:
            return False
        key = (incoming.sender, message.head.id)
        if key in self._large:
            # The one at work settles what it began with; this one comes again, and finds the message kept.
            await incoming.arrival.postpone(STILL_AT_WORK_SECONDS)
            return True
        if await mailbox.reading.held(Box.INBOX, incoming.sender, message.head.id) is not None:
            return False
        task = self._large[key] = asyncio.create_task(self._fetch_and_keep(mailbox, incoming, message))
        task.add_done_callback(lambda _: self._large.pop(key, None))
        return True

    async def _fetch_and_keep(self, mailbox: Mailbox, incoming: _Incoming, message: OpenedMessage) -> None:
        head = message.head
        kept = Attachments(mailbox, head.sender, head.id, ContentKey(message.content_key))
        working = asyncio.create_task(_extend(incoming.arrival.extend))
        try:
            async with self._fetching:
                for number, note in enumerate(message.content.attachments, start=1):
                    await kept.fetch(self._transport, number, note)
            await self._keep(mailbox, [incoming])
        except EnvelopeRefused as refused:
            await kept.drop()
            await self._refuse(incoming.arrival, incoming.sender, refused, re=head.id)
        except (TransportFailure, Refusal) as failure:
            self._log.info("attachment-not-fetched", id=head.id, error=type(failure).__name__)
            await self._put_off(incoming.arrival, failure)
        except Exception as error:
            self._log.failure("receiving-failed", error, bureau=self._code)
        finally:
            working.cancel()

    async def _put_off(self, arrival: PostArrival, failure: Exception) -> None:
        # The sender puts an object that is missing there again when it sends the message again.
        seconds = rules.FIRST_RESEND_SECONDS if isinstance(failure, NoObject) else LATER_SECONDS
        try:
            await arrival.postpone(seconds)
        except TransportFailure as lost:
            self._log.debug("not-postponed", bureau=self._code, error=str(lost))

    async def _clear_away(self, mailbox: Mailbox, receipt: ReceiptHead) -> None:
        """Remove the objects of a message that all recipients have."""
        if receipt.state == "noted":
            return
        message = await mailbox.reading.sent_as(receipt.re_digest)
        if message is None or not message.attachments:
            return
        if any(row.due is not None for row in await mailbox.reading.deliveries(message.number)):
            return
        for number in range(1, message.attachments + 1):
            try:
                await self._transport.delete_object(object_name(message.id, number))
            except TransportFailure as failure:
                # It goes with its age.
                self._log.debug("object-not-deleted", id=message.id, error=str(failure))


async def _require_attachments(store: MailStore, message: OpenedMessage) -> None:
    """Raise NotStored if something fetched is gone again, as when another process of this gateway cleared it away."""
    wanted = sum(chunks_of(note.size) for note in message.content.attachments)
    if wanted and await store.count_chunks(message.head.sender, message.head.id) < wanted:
        raise rules.NotStored("not all of the attachments are here any more")


async def _extend(extend: Callable[[], Any]) -> None:
    while True:
        await asyncio.sleep(STILL_AT_WORK_SECONDS)
        try:
            await extend()
        except TransportFailure:
            return
