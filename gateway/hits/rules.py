"""How a hit is confirmed: who may take which step, what it leads to, and when a deadline passes. No input or output.

Each of the two bureaus computes the state from its own messages. So messages that have crossed must lead to the same
end on both sides: a final answer is valid whichever request it was given to. Times are milliseconds since 1970.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from gateway.deadlines import MINUTE, ROUNDING, Deadlines, is_as_agreed, is_over, is_time
from gateway.hits.models import ExaminerConclusion, HitSide, HitState, OwnerAnswer
from shared.bureaus import SECRETARIAT, BureauCode, is_participant
from shared.errors import IllegalStep, Refusal
from shared.identity import PURPOSES
from shared.mailbox.times import milliseconds
from shared.protocol.payloads import MAX_REQUESTS, ConfirmationRequest, HitDetails, Urgency

# As between the bureaus of Nlets and NCIC: ten minutes, or an hour. Part of the protocol: both bureaus compute it.
CONFIRMATION_DEADLINE: Final[Deadlines] = {"urgent": 10 * MINUTE, "routine": 60 * MINUTE}
LATEST_PROMISE_HOURS: Final = 72
LATEST_PROMISE: Final = LATEST_PROMISE_HOURS * 60 * MINUTE

SETTLED: Final = frozenset({HitState.CONFIRMED, HitState.NOT_CONFIRMED})
# In these states a deadline runs.
OPEN: Final = frozenset({HitState.REQUESTED, HitState.LATER})
# For each request: its term was over, then the promised time was, and at last the answer.
MAX_ESCALATIONS: Final = 3 * MAX_REQUESTS
# The services whose hits examiners compare, and how many conclusions a hit may have.
EXAMINED: Final = frozenset({"fingerprints"})
MAX_CONCLUSIONS: Final = 20
_ORDINALS: Final = ("first", "second", "third")


class NotTheFinder(Refusal, status=403, code="not-the-finder", title="Only the finder asks for confirmation"):
    """Your bureau has not found the record: it is its own, or was found by another."""


class NotTheOwnerOfHit(Refusal, status=403, code="not-the-owner-of-hit", title="Only the owner confirms a hit"):
    """The record that was found is not your bureau's."""


class AnswerTime(Refusal, status=422, code="answer-time", title="The time of the answer is not valid"):
    """`at` is missing, is given with another answer than `later`, is past, or is too far ahead."""


class Asked(msgspec.Struct, frozen=True):
    """A request, and when its deadline passes at the earliest: the owner may have promised an earlier answer."""

    number: int
    signed: int
    until: int


class StoredConclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What an examiner of the bureau concluded of a hit."""

    officer: str
    at: int
    conclusion: ExaminerConclusion
    remark: str


class ConfirmationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far the confirmation of a hit has come, on one side."""

    state: HitState = HitState.UNCONFIRMED
    requests: int = 0
    """How many were made."""

    due: int | None = None
    """When the deadline passes, while one runs."""

    promised: bool = False
    """Whether the latest request was answered with `later`."""

    late: bool | None = False
    """Whether the latest answer came when its deadline had passed; None, at the Secretariat, if neither is proven."""


def asked_bureau(form: ConfirmationRequest, owner: BureauCode) -> BureauCode:
    """Return the bureau that a request is to: the owner, or the Secretariat in its place."""
    return SECRETARIAT if form.instead_of_owner else owner


def require_side(side: HitSide, wanted: HitSide) -> None:
    """Require that a step is for this side to take. Raises NotTheFinder, NotTheOwnerOfHit."""
    if side is wanted:
        return
    if wanted is HitSide.FINDER:
        raise NotTheFinder("the bureau that found the record asks for confirmation; yours has not found it")
    raise NotTheOwnerOfHit("the owner of the record confirms the hit; it is not your bureau's record")


def run_out(status: ConfirmationStatus, now: int) -> ConfirmationStatus | None:
    """Return the status of a hit whose deadline has passed; None if it has not."""
    if status.due is None or now < status.due:
        return None
    return msgspec.structs.replace(status, state=HitState.EXPIRED, due=None)


def as_of(status: ConfirmationStatus, now: int) -> ConfirmationStatus:
    """Return the status of a hit at a time, whether or not a worker has processed its deadline."""
    return run_out(status, now) or status


# --- conclusions of examiners


def is_new_conclusion(service: str, side: HitSide, before: Sequence[StoredConclusion], new: StoredConclusion) -> bool:
    """Return whether an examiner concludes something of a hit that they have not said last. Raises IllegalStep."""
    if service not in EXAMINED:
        raise IllegalStep(f"examiners compare prints: this is a hit in {service}")
    if side is HitSide.SECRETARIAT:
        raise IllegalStep("the bureaus of the hit examine it, not who is informed of a deadline")
    last = next((each for each in reversed(before) if each.officer == new.officer), None)
    if last is not None and (last.conclusion, last.remark) == (new.conclusion, new.remark):
        return False
    if len(before) >= MAX_CONCLUSIONS:
        raise IllegalStep(f"the hit has {MAX_CONCLUSIONS} conclusions, and can have no more")
    return True


# --- steps of officers


def ask(status: ConfirmationStatus, urgency: Urgency, now: int) -> ConfirmationStatus:
    """Return the status after a request of the finder. Raises IllegalStep."""
    if status.state in SETTLED:
        raise IllegalStep(f"the owner has answered {status.state}: write to it in the same thread")
    if status.state in OPEN:
        raise IllegalStep("a request is open: wait for the answer, or until its time is over")
    if status.requests >= MAX_REQUESTS:
        raise IllegalStep(f"{MAX_REQUESTS} requests were made, and the Secretariat was informed: write to the owner")
    return ConfirmationStatus(
        state=HitState.REQUESTED, requests=status.requests + 1, due=now + CONFIRMATION_DEADLINE[urgency]
    )


def answer(status: ConfirmationStatus, said: OwnerAnswer, until: int | None, now: int) -> ConfirmationStatus:
    """Return the status after an answer of the owner, on time or late. Raises IllegalStep, AnswerTime."""
    if status.state is HitState.UNCONFIRMED:
        raise IllegalStep("the finder has not asked for confirmation yet: write a message in the same thread")
    if status.state in SETTLED:
        raise IllegalStep(f"your bureau has answered {status.state}: write to the finder in the same thread")
    _require_time(said, until, now)
    if said is OwnerAnswer.LATER and status.promised:
        raise IllegalStep("your bureau has answered `later` to this request: now answer confirmed or not-confirmed")
    return _answered(status, said, until, late=status.state is HitState.EXPIRED)


# --- steps of the other bureau, which come late, twice, or cross on the way


def request_came(status: ConfirmationStatus, number: int, due: int) -> ConfirmationStatus:
    """Return the status at the owner after a request; it may have answered the one before meanwhile."""
    if number <= status.requests:
        return status
    if status.state in SETTLED:
        return msgspec.structs.replace(status, requests=number)
    return ConfirmationStatus(state=HitState.REQUESTED, requests=number, due=due)


def answer_came(
    status: ConfirmationStatus, number: int, said: OwnerAnswer, until: int | None
) -> ConfirmationStatus | None:
    """Return the status at the finder after an answer to a request; None if the answer is not possible."""
    if status.state in SETTLED or not 1 <= number <= status.requests:
        return None
    if said is OwnerAnswer.LATER and (number < status.requests or status.promised or until is None):
        return None
    late = status.state is HitState.EXPIRED or number < status.requests
    return _answered(status, said, until, late=late)


def escalation_came(
    status: ConfirmationStatus, number: int, said: OwnerAnswer | None, *, late: bool | None = None
) -> ConfirmationStatus:
    """Return the status at the Secretariat after an escalation, which may prove an answer of the owner since."""
    known = msgspec.structs.replace(status, requests=max(status.requests, number))
    if known.state in SETTLED:
        return known
    if said is not None:
        return _answered(known, said, None, late=late)
    # Not overdue before the time that the owner has proven to have promised.
    return known if known.state in OPEN else msgspec.structs.replace(known, state=HitState.OVERDUE)


def answer_shown(
    status: ConfirmationStatus, said: OwnerAnswer, until: int | None, *, late: bool | None
) -> ConfirmationStatus | None:
    """Return the status at the Secretariat after an answer that its owner proves; None if it changes nothing.

    A further proof of the same answer may show that it was in time.
    """
    is_further = (status.state, status.late, late) == (said.value, None, False)
    return _answered(status, said, until, late=late) if status.state not in SETTLED or is_further else None


def fault_of(details: HitDetails) -> str | None:
    """Return what is wrong with the details of a hit that no schema checks; None if nothing is."""
    if not (is_participant(details.owner) and is_participant(details.finder)) or details.owner == details.finder:
        return "bureaus"
    if details.purpose not in PURPOSES:
        return "purpose"
    return None if is_time(details.first) and is_time(details.last) else "times"


def is_withdrawn(details: HitDetails, at: int | None) -> bool:
    """Return whether a record was withdrawn since it was found, at `at` if ever: found later, it exists again."""
    return at is not None and milliseconds(details.last) <= at


def is_due_as_agreed(urgency: Urgency, requested: int, due: int) -> bool:
    """Return whether a request leaves the owner the agreed time."""
    return is_as_agreed(CONFIRMATION_DEADLINE, urgency, requested, due)


def is_in_turn(asked: Asked, others: Iterable[Asked]) -> bool:
    """Return whether a request was made once, and while no other deadline ran, whatever order requests come in."""
    for other in others:
        first, second = sorted((asked, other), key=lambda each: each.number)
        if first.number == second.number or not is_over(first.until, second.signed):
            return False
    return True


def is_promise_as_agreed(said: OwnerAnswer, answered: int, at: float | None) -> bool:
    """Return whether an answer promises a valid time: with `later` one until LATEST_PROMISE, else none."""
    if at is None or said is not OwnerAnswer.LATER:
        return at is None and said is not OwnerAnswer.LATER
    return is_time(at) and answered < milliseconds(at) <= answered + LATEST_PROMISE + ROUNDING


def ordinal(number: int) -> str:
    """Return the number of a request as a word."""
    return _ORDINALS[number - 1]


def _answered(
    status: ConfirmationStatus, said: OwnerAnswer, until: int | None, *, late: bool | None
) -> ConfirmationStatus:
    if said is OwnerAnswer.LATER:
        return msgspec.structs.replace(status, state=HitState.LATER, due=until, promised=True, late=late)
    return msgspec.structs.replace(status, state=HitState(said.value), due=None, late=late)


def _require_time(said: OwnerAnswer, until: int | None, now: int) -> None:
    if said is not OwnerAnswer.LATER:
        if until is not None:
            raise AnswerTime(f"only an answer `later` has a time, not {said.value}", at="/at")
        return
    if until is None:
        raise AnswerTime("give the time by which your bureau will answer", at="/at")
    if not now < until <= now + LATEST_PROMISE:
        raise AnswerTime(f"must be in the future, at most {LATEST_PROMISE_HOURS} hours ahead", at="/at")
