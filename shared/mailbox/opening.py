"""Verifies and opens what arrives for a mailbox.

A message that cannot be trusted is refused with a signed reason, unless it may be good in a moment.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from shared.agreements import may_send
from shared.bureaus import BureauCode, kind_of
from shared.errors import Refusal
from shared.identity import PURPOSES, is_purpose_open_to
from shared.mailbox import rules
from shared.mailbox.deferral import BROKEN_SECONDS, LATER_SECONDS, DeferralLimiter, ReplyLimiter
from shared.mailbox.handlers import PayloadHandlers, PayloadRefused, form_in
from shared.mailbox.inbox_commit import InboxCommit, Incoming
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.posting import ReceiptSender
from shared.protocol.envelope import EnvelopeRefused, ReceiptHead, RefusalReason, digest_of
from shared.protocol.messages import Answered, open_message
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier
from shared.rpc.directory_sync import compare_head
from shared.rpc.irreversible import may_be_taken
from shared.rpc.participant import Participant
from shared.transport import PostArrival

# The directory or a clock may be behind: the same envelope may be good in a moment.
MAY_PASS: Final = frozenset({RefusalReason.KEY_UNKNOWN, RefusalReason.SEALING_KEY_UNKNOWN, RefusalReason.NOT_YET_VALID})
# It is the clock here that may be wrong, and what is refused is not sent again.
OF_TIME: Final = frozenset({RefusalReason.EXPIRED, RefusalReason.KEY_NOT_VALID})
# A refusal needs a verified sender.
UNANSWERABLE: Final = frozenset({RefusalReason.SENDER})
# In ten minutes. Further refusals are not sent; the sender may repeat those messages later. Each takes room of this
# bureau's own on the broker.
MAX_REFUSALS_OF_A_SENDER: Final = 100
# In ten minutes, as to verify evidence takes some milliseconds. Further messages with evidence are deferred.
MAX_CHECKS_OF_A_SENDER: Final = 200


class RefusedMessage(NamedTuple):
    """A message that a bureau did not take, and why; perhaps it takes it later."""

    bureau: BureauCode
    sender: str
    parcel: Parcel
    reason: str
    detail: str


OnRefused = Callable[[RefusedMessage], None]
"""Sees each message that is refused or deferred. Must not raise."""


class ArrivalOpener:
    """Verifies and opens the arrivals of one bureau, and refuses those that it cannot trust."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        bureau: Participant,
        handlers: PayloadHandlers | None,
        receipts: ReceiptSender,
        deferrals: DeferralLimiter,
        on_refused: OnRefused | None = None,
    ) -> None:
        """Without `handlers` no message is opened."""
        self._on_refused = on_refused
        self._mailboxes = mailboxes
        self._bureau = bureau
        self._code = BureauCode(bureau.name)
        self._log = bureau.log
        self._verifier = Verifier(bureau.name, bureau.directory, bureau.clock)
        self._takes_messages = handlers is not None
        self._handlers = handlers or PayloadHandlers()
        self._inbox = InboxCommit(bureau, self._handlers)
        self._receipts = receipts
        self._deferrals = deferrals
        self._refusals = ReplyLimiter(bureau.clock, MAX_REFUSALS_OF_A_SENDER)
        self._checks = ReplyLimiter(bureau.clock, MAX_CHECKS_OF_A_SENDER)

    async def open(self, arrival: PostArrival) -> Incoming | None:
        """Verify and open an arrival; return None for one that is refused or deferred. Raises TransportFailure."""
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
            if (reason := self._not_allowed(sender, message.head.purpose)) is not None:
                # Its own gateway should have refused it.
                self._log.refusal("message-not-allowed", bureau=self._code, sender=sender, reason=reason)
                self._show(arrival, sender, reason, f"{sender} may not write for this purpose")
                await self._refuse_signed(arrival, sender, reason, re=opened)
                return None
            form = form_in(message, self._bureau.directory)
            if self._handlers.needs_verification(form) and not self._checks.may_reply(sender):
                await self._deferrals.defer(arrival, BROKEN_SECONDS)
                return None
            return Incoming(arrival, sender, message=message, form=self._handlers.verified(message, form, self._bureau))
        except EnvelopeRefused as refused:
            await self.refuse(arrival, sender, refused, re=opened)
        except PayloadRefused as refused:
            self._log.warning("message-not-believed", bureau=self._code, sender=sender, id=opened, reason=refused.code)
            self._show(arrival, sender, refused.code, "the evidence in its form does not prove it")
            await self._refuse_signed(arrival, sender, refused.code, re=opened)
        return None

    def _not_allowed(self, sender: str, purpose: str) -> str | None:
        """Return why a sender may not write for a purpose, or None if it may."""
        agreement, today = self._bureau.directory.agreement_of(sender), self._bureau.clock.now().date()
        if not may_send(sender, agreement, purpose, today):
            return rules.NOT_AGREED
        known = PURPOSES.get(purpose)
        # A message for no known purpose cannot be shown, and is refused for that.
        is_open = kind_of(sender) == "service" or known is None or is_purpose_open_to(BureauCode(sender), known)
        return None if is_open else rules.NOT_FOR_SENDER

    async def refuse(self, arrival: PostArrival, sender: str, refused: EnvelopeRefused, re: str = "") -> None:
        """Settle an arrival with a signed reason, or defer it if it may be good in a moment."""
        self._log.refusal("message-refused", bureau=self._code, sender=sender, reason=refused.reason)
        self._show(arrival, sender, refused.reason.value, refused.detail)
        if refused.reason in MAY_PASS or (refused.reason in OF_TIME and not may_be_taken(self._bureau)):
            await self._deferrals.defer(arrival, LATER_SECONDS)
            return
        if arrival.parcel.key and (re or refused.reason not in UNANSWERABLE):
            await self._refuse_signed(arrival, sender, rules.ENVELOPE + refused.reason, re=re)
        else:
            await arrival.settle()

    def _show(self, arrival: PostArrival, sender: str, reason: str, detail: str) -> None:
        if self._on_refused is not None and arrival.parcel.key:
            self._on_refused(RefusedMessage(self._code, sender, arrival.parcel, reason, detail))

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
