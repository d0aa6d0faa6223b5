"""What may be done with a message: its recipients, its states, when it is sent again. No input or output."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Final

from shared.bureaus import MEMBERS, REGIONS, BureauCode
from shared.errors import IllegalStep, Refusal
from shared.mailbox.group_models import Group
from shared.mailbox.models import ALL, RESERVED_NAMES, MessageDraft, MessageState, RefusalReason

VALID_FOR: Final = timedelta(days=30)
MAX_VALIDITY: Final = timedelta(days=366)
# Of events, their deliveries to webhooks, and notifications of a service.
RETENTION: Final = timedelta(days=30)
# The first is longer than a healthy network takes for a receipt; each later one is twice the one before.
FIRST_RESEND_SECONDS: Final = 5.0
LAST_RESEND_SECONDS: Final = 600.0
# A receipt is late when it takes so many times as long as others do.
LATE_FACTOR: Final = 4.0
# Where the broker did not take it.
NOT_TAKEN_SECONDS: Final = 1.0

# How long to wait after a recipient had no room for a message, and how often it signs so for the same message.
DEFERRED_SECONDS: Final = 1800.0
DEFERRAL_EVERY: Final = timedelta(minutes=10)
# How long a message waits for room on the broker, unless a receipt makes some before.
POST_FULL_SECONDS: Final = 120.0

# Why a message is not delivered yet. The recipient's mailbox has no room for it:
MAILBOX_FULL: Final = "mailbox-full"
# The quota of parcels on the broker without a receipt is used up:
POST_FULL: Final = "post-full"
# The broker did not take it, as there is no room, or for another reason:
STORAGE_FULL: Final = "storage-full"
POST_REFUSED: Final = "post-refused"
WAITING: Final = frozenset({MAILBOX_FULL, POST_FULL, STORAGE_FULL, POST_REFUSED})

# Forms that ask a bureau to do something, and to sign that it has.
APPLICABLE: Final = frozenset({"withdrawal"})
_RANK: Final = {state: rank for rank, state in enumerate(MessageState)}
# Before the reason for which a gateway, and no officer, refuses an envelope.
ENVELOPE: Final = "envelope-"
# A partner whose agreement allows no messages, or none for its purpose, sent it.
NOT_AGREED: Final = f"{ENVELOPE}agreement"
# The purpose is another participant's, such as that of the Commission.
NOT_FOR_SENDER: Final = f"{ENVELOPE}purpose"
# Before the reason for which a gateway refuses evidence.
NOT_PROVEN: Final = "not-proven-"
# The record of a publication was withdrawn from the recipient before it arrived.
RECORD_WITHDRAWN: Final = "record-withdrawn"
# So many requests of the sender wait for an answer of the recipient that it takes no more for now.
TOO_MANY_OPEN: Final = "too-many-open"


class UnknownRecipient(Refusal, status=422, code="unknown-recipient", title="A recipient cannot be reached"):
    """No bureau of this network has the code or the name, or it is suspended, or it holds no valid key."""


class OwnAddress(Refusal, status=422, code="own-address", title="A bureau does not write to itself"):
    """The sender is among the recipients."""


class UnknownThread(Refusal, status=422, code="unknown-thread", title="No such conversation"):
    """The thread or the message that is answered is not in your boxes, or they belong to different threads."""


class ValidityOver(Refusal, status=422, code="validity-over", title="The validity is not possible"):
    """`valid_until` is past, or too far ahead."""


class NameTaken(Refusal, status=422, code="name-taken", title="The name means something else"):
    """A group cannot be called `all`, or like a region."""


class KeyReused(Refusal, status=422, code="idempotency-key-reused", title="The key was used for something else"):
    """The header Idempotency-Key was given with another message before."""


class Ambiguous(Refusal, status=409, code="ambiguous", title="Two messages have this id"):
    """Two bureaus sent a message with the same id: choose one with `?from=`, or in a draft with `sender`."""


class ContentRemoved(Refusal, status=410, code="content-removed", title="The content was removed"):
    """The message published a record that was withdrawn or corrected since: without its content it proves nothing."""


class NotStored(Refusal, status=507, code="not-stored", title="It cannot be stored at the moment"):
    """The mailbox cannot be written, as when the disk is full: nothing was sent or changed."""


class MailboxFull(Refusal, status=507, code="mailbox-full", title="The mailbox is full"):
    """Your bureau's outbox holds as much as it may: nothing was sent."""


def recipients_of(
    draft: MessageDraft, *, sender: BureauCode, is_reachable: Callable[[BureauCode], bool], group: Group | None
) -> tuple[BureauCode, ...]:
    """Return the recipients of a message. Raises UnknownRecipient, OwnAddress."""
    if isinstance(draft.to, str) and draft.to in RESERVED_NAMES:
        wide = MEMBERS if draft.to == ALL else REGIONS[draft.to]
        recipients = tuple(code for code in wide if code != sender and is_reachable(code))
        if not recipients:
            raise UnknownRecipient(f"there is no other bureau in {draft.to!r} in this network", at="/to")
        return recipients
    if not isinstance(draft.to, str):
        recipients = tuple(dict.fromkeys(draft.to))
    elif group is not None:
        recipients = group.members
    else:
        taken = ", ".join(sorted(RESERVED_NAMES))
        raise UnknownRecipient(f"{draft.to!r} is neither a group of your bureau nor one of {taken}", at="/to")
    if sender in recipients:
        raise OwnAddress(f"{sender} is your own bureau: remove it", at=_place_of(sender, draft))
    if missing := [code for code in recipients if not is_reachable(code)]:
        raise UnknownRecipient(
            f"{', '.join(missing[:10])} cannot be reached in this network at the moment: "
            "no participant of it, suspended, without a valid key, or without an agreement that allows messages",
            at=_place_of(missing[0], draft) if len(missing) == 1 else "/to",
        )
    return recipients


def _place_of(code: BureauCode, draft: MessageDraft) -> str:
    """Return the pointer to a recipient; one that a group has is not in the message."""
    return "/to" if isinstance(draft.to, str) else f"/to/{draft.to.index(code)}"


def require_group_name(name: str) -> None:
    """Require a name that is not reserved. Raises NameTaken."""
    if name in RESERVED_NAMES:
        raise NameTaken(f"{name!r} is the name of a region, or means all: choose another", at="/name", place="path")


def valid_until(draft: MessageDraft, at: datetime) -> datetime:
    """Return until when a message is to be delivered. Raises ValidityOver."""
    if draft.valid_until is None:
        return at + VALID_FOR
    if draft.valid_until <= at:
        raise ValidityOver("is in the past", at="/valid_until")
    if draft.valid_until > at + MAX_VALIDITY:
        raise ValidityOver(f"is more than {MAX_VALIDITY.days} days ahead", at="/valid_until")
    return draft.valid_until


def moves_on(present: MessageState, to: MessageState) -> bool:
    """Return whether a receipt moves a message on: a late receipt never takes back a later state."""
    return _RANK[to] > _RANK[present]


def require_step(present: MessageState, to: MessageState, *, same_reason: bool) -> None:
    """Require that a recipient may go from one state to another; the same again is allowed. Raises IllegalStep."""
    if present is MessageState.REFUSED and not (to is MessageState.REFUSED and same_reason):
        raise IllegalStep("your bureau has signed that it refuses this message: write to the sender instead")
    if present is MessageState.APPLIED and to is MessageState.REFUSED:
        raise IllegalStep("your bureau has signed that it did what this message asks: it cannot refuse it now")


def require_applicable(form: str | None) -> None:
    """Require a message that asks for something that can be applied. Raises IllegalStep."""
    if form not in APPLICABLE:
        raise IllegalStep("this message asks for nothing that can be applied: mark it as read, or answer it")


def resend_seconds(attempts: int, random: Random, *, usual: float = 0.0) -> float:
    """Return how long to wait for a receipt after so many attempts; `usual` is how long receipts take at present."""
    first = max(FIRST_RESEND_SECONDS, LATE_FACTOR * usual)
    return spread(min(first * 2.0 ** min(attempts - 1, 30), max(LAST_RESEND_SECONDS, first)), random)


def spread(seconds: float, random: Random) -> float:
    """Return a wait up to a tenth shorter or longer, so that waits that began together do not end together."""
    return seconds * random.uniform(0.9, 1.1)


def least(states: Iterable[MessageState]) -> MessageState:
    """Return the least advanced of the states of recipients."""
    return min(states, key=_RANK.__getitem__)


def shown_reason(reason: str | None) -> str | None:
    """Return a reason as it is shown: one that this gateway does not know is `other`."""
    is_known = (
        reason is None
        or reason in {*RefusalReason, *WAITING, RECORD_WITHDRAWN, TOO_MANY_OPEN}
        or reason.startswith((ENVELOPE, NOT_PROVEN))
    )
    return reason if is_known else "other"
