"""What may be done with a data subject request, until when, and what follows from it. No input or output.

The periods are those of the Statute of the CCF: a month from its receipt to decide whether a request is admissible
(article 32); from the day on which it was found admissible, four months to decide on access and nine on correction or
deletion (article 40). Months are those of the calendar: a period ends on the day of the same number, or on the last day
of a month that has none, so that a month from 31 January ends on 28 or 29 February. All days are days in UTC; the day
on which a period ends is still in time. That a decision is to be carried out within a month is the choice of this
program.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from gateway.subject_requests.models import Act, Kind, Outcome, Remedy, RemedyState, RequestState
from shared.errors import IllegalStep, Refusal

ADMISSIBILITY_MONTHS: Final = 1
DECISION_MONTHS: Final = {Kind.ACCESS: 4, Kind.CORRECTION: 9, Kind.DELETION: 9}
EXECUTION_MONTHS: Final = 1
FORGOTTEN_AFTER_MONTHS: Final = 12
MAX_RECORDS: Final = 100

# Services come back within seconds, or somebody has to look after them.
FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 600.0

# While the Commission examines a request. What it has decided is final.
OPEN: Final = frozenset({RequestState.RECEIVED, RequestState.ADMISSIBLE})
ENDED: Final = frozenset({RequestState.INADMISSIBLE, RequestState.CARRIED_OUT, RequestState.CLOSED})
# What is changed or deleted by a service in the name of the Commission.
BINDING: Final = frozenset({Act.CORRECT, Act.DELETE})

_ALLOWED: Final[Mapping[tuple[Kind, Outcome], frozenset[Act]]] = {
    (Kind.ACCESS, Outcome.GRANTED): frozenset({Act.DISCLOSE}),
    (Kind.ACCESS, Outcome.PARTLY_GRANTED): frozenset({Act.DISCLOSE}),
    (Kind.CORRECTION, Outcome.GRANTED): frozenset({Act.CORRECT}),
    # What cannot be put right is deleted, and what need not be deleted is put right.
    (Kind.CORRECTION, Outcome.PARTLY_GRANTED): frozenset({Act.CORRECT, Act.DELETE}),
    (Kind.DELETION, Outcome.GRANTED): frozenset({Act.DELETE}),
    (Kind.DELETION, Outcome.PARTLY_GRANTED): frozenset({Act.CORRECT, Act.DELETE}),
}


class ReceivedInFuture(Refusal, status=422, code="received-in-future", title="The request is not received yet"):
    """The day on which a request was received lies in the future."""


class RecordNotFound(Refusal, status=422, code="record-not-found", title="There is no such record"):
    """A record that is to be attached to a request is not in the service that was named."""


class AlreadyAttached(Refusal, status=409, code="already-attached", title="The record is attached already"):
    """The same record is attached to a request once."""


class TooManyRecords(Refusal, status=409, code="too-many-records", title="Too many records are attached"):
    """The detail says how many may be."""


class RemedyNotAllowed(Refusal, status=422, code="remedy-not-allowed", title="The remedy does not fit the decision"):
    """Which remedies there may be follows from what was asked for, and what was decided."""


class NotAnswered(Refusal, status=503, code="service-not-answered", title="A service does not answer at the moment"):
    """A service that holds a record cannot be asked: nothing was changed, try again later."""


class NotTaken(NotAnswered):
    """A service has answered that it does not do what it was asked, and not only failed to answer."""


# --- deadlines


def months_after(day: date, months: int) -> date:
    """Return the day of the same number some months later, or the last day of a month that has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_of(kind: Kind, state: RequestState, since: date) -> date | None:
    """Return until when the next step is to be taken in a state that has lasted since a day; None if there is none."""
    months = {
        RequestState.RECEIVED: ADMISSIBILITY_MONTHS,
        RequestState.ADMISSIBLE: DECISION_MONTHS[kind],
        RequestState.DECIDED: EXECUTION_MONTHS,
    }
    return months_after(since, months[state]) if state in months else None


def is_overdue(due: date | None, today: date) -> bool:
    """Tell whether a deadline has passed: from the day after its last one on."""
    return due is not None and due < today


def forget_on(state: RequestState, today: date) -> date | None:
    """Return when to forget whom a request was about that gets into a state today; None while that is needed."""
    return months_after(today, FORGOTTEN_AFTER_MONTHS) if state in ENDED else None


def retry_after_seconds(attempts: int) -> float:
    """Return how long to wait after so many attempts to carry out what was decided."""
    # An exponent without bounds would soon be no number any more.
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 10), LAST_RETRY_SECONDS)


# --- steps


def require_received(received: date, today: date) -> None:
    """Let only requests pass that have come. Raises ReceivedInFuture."""
    if received > today:
        raise ReceivedInFuture(f"received: today is {today} in UTC, and {received} is later")


def admit(state: RequestState, *, admissible: bool) -> RequestState:
    """Return what becomes of a request that is found admissible, or not. Raises IllegalStep."""
    _require(state, {RequestState.RECEIVED}, "it was decided whether the request is admissible")
    return RequestState.ADMISSIBLE if admissible else RequestState.INADMISSIBLE


def require_collecting(state: RequestState) -> None:
    """Let records be attached and removed until it is decided. Raises IllegalStep."""
    _require(state, OPEN, "records are attached and removed until it is decided")


def close(state: RequestState) -> RequestState:
    """Return what becomes of a request that the subject withdraws. Raises IllegalStep."""
    _require(state, OPEN, "a request can be withdrawn until it is decided")
    return RequestState.CLOSED


def require_room(attached: int, more: int) -> None:
    """Let no more records be attached than there may be. Raises TooManyRecords."""
    if attached + more > MAX_RECORDS:
        raise TooManyRecords(f"at most {MAX_RECORDS} records can be attached to a request, and {attached} are")


def decide(
    kind: Kind, state: RequestState, outcome: Outcome, remedies: Sequence[Remedy], attached: Collection[int]
) -> RequestState:
    """Return what becomes of a request that is decided on. Raises IllegalStep, RemedyNotAllowed."""
    _require(state, {RequestState.ADMISSIBLE}, "a request is decided on once, after it was found admissible")
    _require_fitting(kind, outcome, remedies)
    _require_known(remedies, attached)
    _require_enough(kind, outcome, remedies, attached)
    return RequestState.DECIDED if remedies else RequestState.CARRIED_OUT


def require_restatable(state: RequestState, act: Act | None, remedy: RemedyState, *, refused: bool) -> None:
    """Let corrections be stated otherwise that a service has refused. Raises IllegalStep.

    Not where it did not answer, or is being asked: it may have done what was decided.
    """
    _require(state, {RequestState.DECIDED}, "only what was decided, and is not carried out, can be stated otherwise")
    if act is not Act.CORRECT or remedy is not RemedyState.DECIDED or not refused:
        raise IllegalStep("there are no corrections of this record that its service has refused when it was asked last")


def require_abandonable(state: RequestState, remedy: RemedyState, problem: str | None) -> None:
    """Let what was decided be abandoned where it was tried to carry it out, in vain. Raises IllegalStep."""
    _require(state, {RequestState.DECIDED}, "only what was decided, and is not carried out, can be abandoned")
    if remedy is not RemedyState.DECIDED or problem is None:
        raise IllegalStep("there is nothing decided on this record that was tried in vain to carry out")


def carried_out(remedies: Collection[RemedyState]) -> RequestState:
    """Return how far a decision has come whose remedies have come so far."""
    done = all(each in {RemedyState.CARRIED_OUT, RemedyState.ABANDONED} for each in remedies)
    return RequestState.CARRIED_OUT if done else RequestState.DECIDED


def put_right(content: Any, corrections: Any) -> Any:
    """Return the part of a record that corrections are about, as it reads in one of its versions."""
    if not (isinstance(content, Mapping) and isinstance(corrections, Mapping)):
        return content
    return {name: put_right(content.get(name), within) for name, within in corrections.items()}


def _require(state: RequestState, allowed: Collection[RequestState], rule: str) -> None:
    if state not in allowed:
        raise IllegalStep(f"the request is {state.value}: {rule}")


def _require_fitting(kind: Kind, outcome: Outcome, remedies: Sequence[Remedy]) -> None:
    allowed = _ALLOWED.get((kind, outcome), frozenset())
    for remedy in remedies:
        if remedy.act not in allowed:
            possible = " or ".join(sorted(act.value for act in allowed)) or "no remedy"
            raise RemedyNotAllowed(
                f"remedies: a request for {kind.value} that is {outcome.value} has {possible}, not {remedy.act.value}"
            )


def _require_known(remedies: Sequence[Remedy], attached: Collection[int]) -> None:
    named = [remedy.record for remedy in remedies]
    for number in named:
        if number not in attached:
            raise RemedyNotAllowed(f"remedies: there is no record {number} of this request")
    if len(set(named)) < len(named):
        raise RemedyNotAllowed("remedies: a record has one remedy")


def _require_enough(kind: Kind, outcome: Outcome, remedies: Sequence[Remedy], attached: Collection[int]) -> None:
    if outcome is Outcome.GRANTED and len(remedies) < len(attached):
        raise RemedyNotAllowed("remedies: what is granted is granted for every record that is attached")
    if outcome is not Outcome.REFUSED and not remedies and (kind is not Kind.ACCESS or attached):
        # The answer to a request for access may be that nothing is known of the person.
        raise RemedyNotAllowed("remedies: name what is done about which record, or refuse the request")
