"""What may be done with a message: its recipients, its states, when it is sent again. No input or output."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Final

from shared.bureaus import MEMBERS, REGIONS, BureauCode
from shared.errors import IllegalStep, Refusal
from shared.mailbox.models import ALL, TAKEN_NAMES, Group, MessageDraft, Reason, State

VALID_FOR: Final = timedelta(days=30)
MAX_VALIDITY: Final = timedelta(days=366)
# Events, what came of telling webhooks of them, and what a service said.
RETENTION: Final = timedelta(days=30)
# The first is longer than a healthy network takes to bring a receipt; from then on each doubles the one before.
FIRST_RESEND_SECONDS: Final = 5.0
LAST_RESEND_SECONDS: Final = 600.0
# A receipt is late when it takes so many times as long as others do.
PATIENT_TIMES: Final = 4.0
# Where the broker did not take it: there is nothing to wait for but the broker.
NOT_TAKEN_SECONDS: Final = 1.0

# How long to wait after a recipient had no room for a message, and how often it says so, signed, of the same one.
DEFERRED_SECONDS: Final = 1800.0
DEFERRAL_EVERY: Final = timedelta(minutes=10)
# How long a message waits for room on the broker, unless a receipt makes some before.
POST_FULL_SECONDS: Final = 120.0

# Why a message is not delivered yet. The recipient's mailbox has no room for it:
MAILBOX_FULL: Final = "mailbox-full"
# As much as may be is on the broker already without a receipt:
POST_FULL: Final = "post-full"
# The broker did not take it, as there is no room, or for another reason:
STORAGE_FULL: Final = "storage-full"
POST_REFUSED: Final = "post-refused"
WAITING: Final = frozenset({MAILBOX_FULL, POST_FULL, STORAGE_FULL, POST_REFUSED})

# Forms that ask a bureau to do something, and to sign that it did.
APPLICABLE: Final = frozenset({"withdrawal"})
# How far each state is; a receipt that arrives late takes nothing back.
_RANK: Final = {state: rank for rank, state in enumerate(State)}
_FROM_DOOR: Final = "envelope-"
# Before the code by which a gateway refuses what was shown to prove something.
NOT_PROVEN: Final = "not-proven-"


class UnknownRecipient(Refusal, status=422, code="unknown-recipient", title="A recipient cannot be reached"):
    """No bureau of this network has the code or the name, or it is suspended, or it holds no valid key."""


class OwnAddress(Refusal, status=422, code="own-address", title="A bureau does not write to itself"):
    """The sender is among the recipients."""


class UnknownThread(Refusal, status=422, code="unknown-thread", title="No such conversation"):
    """The thread or the message that is answered is not in your boxes, or they belong to different threads."""


class ValidityOver(Refusal, status=422, code="validity-over", title="The time it is valid does not fit"):
    """`valid_until` is past, or too far ahead."""


class NameTaken(Refusal, status=422, code="name-taken", title="The name means something else"):
    """A group cannot be called `all`, or like a region."""


class KeyReused(Refusal, status=422, code="idempotency-key-reused", title="The key was used for something else"):
    """The header Idempotency-Key was given with another message before."""


class Ambiguous(Refusal, status=409, code="ambiguous", title="Two messages have this id"):
    """Two bureaus sent a message with the same id: say whose is meant with `?from=`."""


class NotStored(Refusal, status=507, code="not-stored", title="It cannot be stored at the moment"):
    """The mailbox cannot be written, as when the disk is full: nothing was sent or changed."""


class MailboxFull(Refusal, status=507, code="mailbox-full", title="The mailbox is full"):
    """Your bureau's outbox holds as much as it may: nothing was sent."""


def recipients_of(
    draft: MessageDraft, *, sender: BureauCode, is_reachable: Callable[[BureauCode], bool], group: Group | None
) -> tuple[BureauCode, ...]:
    """Return the recipients of a message. Raises UnknownRecipient, OwnAddress."""
    if isinstance(draft.to, str) and draft.to in TAKEN_NAMES:
        wide = MEMBERS if draft.to == ALL else REGIONS[draft.to]
        recipients = tuple(code for code in wide if code != sender and is_reachable(code))
        if not recipients:
            raise UnknownRecipient(f"to: there is no other bureau in {draft.to!r} in this network")
        return recipients
    if isinstance(draft.to, str):
        if group is None:
            raise UnknownRecipient(
                f"to: {draft.to!r} is neither a group of your bureau nor one of {', '.join(sorted(TAKEN_NAMES))}"
            )
        named: Iterable[BureauCode] = group.members
    else:
        named = dict.fromkeys(draft.to)
    recipients = tuple(named)
    _require_reachable(recipients, sender, is_reachable)
    return recipients


def _require_reachable(
    recipients: tuple[BureauCode, ...], sender: BureauCode, is_reachable: Callable[[BureauCode], bool]
) -> None:
    if sender in recipients:
        raise OwnAddress(f"to: {sender} is your own bureau: take it out")
    missing = [code for code in recipients if not is_reachable(code)]
    if missing:
        raise UnknownRecipient(
            f"to: {', '.join(missing[:10])} cannot be reached in this network at the moment: "
            "not a member of it, suspended, or without a valid key"
        )


def require_group_name(name: str) -> None:
    """Let only names pass that mean nothing else. Raises NameTaken."""
    if name in TAKEN_NAMES:
        raise NameTaken(f"{name!r} is the name of a region, or means all: choose another")


def valid_until(draft: MessageDraft, at: datetime) -> datetime:
    """Return until when a message is to be delivered. Raises ValidityOver."""
    if draft.valid_until is None:
        return at + VALID_FOR
    if draft.valid_until <= at:
        raise ValidityOver("valid_until: lies in the past: nothing could be delivered any more")
    if draft.valid_until > at + MAX_VALIDITY:
        raise ValidityOver(f"valid_until: lies more than {MAX_VALIDITY.days} days ahead")
    return draft.valid_until


def moves_on(present: State, to: State) -> bool:
    """Tell whether a receipt moves a message on: what is signed is never taken back by what comes later."""
    return _RANK[to] > _RANK[present]


def require_step(present: State, to: State, *, same_reason: bool) -> None:
    """Let a recipient go on with what it has neither refused nor applied; the same again is no step.

    Raises IllegalStep.
    """
    if present is State.REFUSED and not (to is State.REFUSED and same_reason):
        raise IllegalStep("your bureau has refused this message and signed so: write to the sender instead")
    if present is State.APPLIED and to is State.REFUSED:
        raise IllegalStep("your bureau has signed that it did what this message asks: it cannot refuse it now")


def require_applicable(form: str | None) -> None:
    """Let only a message pass that asks for something of which a bureau says that it did it. Raises IllegalStep."""
    if form not in APPLICABLE:
        raise IllegalStep("this message asks for nothing that is applied: mark it as read, or answer it")


def resend_seconds(attempts: int, random: Random, *, usual: float = 0.0) -> float:
    """Return how long to wait for a receipt after so many attempts, a little different each time.

    `usual` is how long receipts take at present, in seconds.
    """
    first = max(FIRST_RESEND_SECONDS, PATIENT_TIMES * usual)
    wait = min(first * 2.0 ** min(attempts - 1, 30), max(LAST_RESEND_SECONDS, first))
    return wait * random.uniform(0.9, 1.1)


def deferred_seconds(random: Random) -> float:
    """Return how long to wait after a recipient had no room, a little different each time."""
    return DEFERRED_SECONDS * random.uniform(0.9, 1.1)


def reason_not_stored(said: str) -> str:
    """Return why the broker did not store something, by what it says: `maximum bytes exceeded`, and the like."""
    return STORAGE_FULL if "exceeded" in said or "resources" in said else POST_REFUSED


def least(states: Iterable[State]) -> State:
    """Return the state of the recipient that a message has come least far to."""
    return min(states, key=_RANK.__getitem__)


def reason_of_refused_envelope(reason: str) -> str:
    """Return the code under which a gateway, and no officer, refuses a message."""
    return _FROM_DOOR + reason


def is_known_reason(reason: str | None) -> bool:
    """Tell whether a code is one of those that this gateway shows; others are shown as `other`."""
    return reason is not None and (
        reason in set(Reason) or reason in WAITING or reason.startswith((_FROM_DOOR, NOT_PROVEN))
    )
