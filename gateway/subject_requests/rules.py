"""The steps in a data subject request, their deadlines and their consequences. No input or output.

The periods are those of the Statute of the CCF: a month from its receipt to decide whether a request is admissible
(article 32); from the day on which it was found admissible, four months to decide on access and nine on correction or
deletion (article 40). Months are those of the calendar: a period ends on the day of the same number, or on the last day
of a month that has none, so that a month from 31 January ends on 28 or 29 February. All days are days in UTC; the day
on which a period ends is still in time. The month for carrying out a decision is a choice of this program.
"""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from gateway.subject_requests.models import (
    CommissionOutcome,
    Remedy,
    RemedyAct,
    RemedyState,
    SubjectRequestKind,
    SubjectRequestState,
)
from shared.errors import IllegalStep, Refusal

ADMISSIBILITY_MONTHS: Final = 1
# A revision is decided in the time of the request that it is about.
DECISION_MONTHS: Final = {
    SubjectRequestKind.ACCESS: 4,
    SubjectRequestKind.CORRECTION: 9,
    SubjectRequestKind.DELETION: 9,
    SubjectRequestKind.REVISION: 9,
}
EXECUTION_MONTHS: Final = 1
FORGOTTEN_AFTER_MONTHS: Final = 12
# From the discovery of the new fact (Statute of the CCF, article 42).
REVISION_MONTHS: Final = 6
MAX_RECORDS: Final = 100

# A service is back within seconds, or an operator has to restart it.
FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 600.0

# The Commission examines the request. Its decision is final.
OPEN: Final = frozenset({SubjectRequestState.RECEIVED, SubjectRequestState.ADMISSIBLE})
ENDED: Final = frozenset(
    {SubjectRequestState.INADMISSIBLE, SubjectRequestState.CARRIED_OUT, SubjectRequestState.CLOSED}
)
# Remedies by which a service changes or deletes a record.
BINDING: Final = frozenset({RemedyAct.CORRECT, RemedyAct.DELETE})

ALLOWED_ACTS: Final[Mapping[tuple[SubjectRequestKind, CommissionOutcome], frozenset[RemedyAct]]] = {
    (SubjectRequestKind.ACCESS, CommissionOutcome.GRANTED): frozenset({RemedyAct.DISCLOSE}),
    (SubjectRequestKind.ACCESS, CommissionOutcome.PARTLY_GRANTED): frozenset({RemedyAct.DISCLOSE}),
    (SubjectRequestKind.CORRECTION, CommissionOutcome.GRANTED): frozenset({RemedyAct.CORRECT}),
    # A record that cannot be corrected is deleted, and one that need not be deleted is corrected.
    (SubjectRequestKind.CORRECTION, CommissionOutcome.PARTLY_GRANTED): frozenset({RemedyAct.CORRECT, RemedyAct.DELETE}),
    (SubjectRequestKind.DELETION, CommissionOutcome.GRANTED): frozenset({RemedyAct.DELETE}),
    (SubjectRequestKind.DELETION, CommissionOutcome.PARTLY_GRANTED): frozenset({RemedyAct.CORRECT, RemedyAct.DELETE}),
}
"""Which remedies a request of a kind can have with an outcome; none where it is refused."""


class ReceivedInFuture(Refusal, status=422, code="received-in-future", title="The request is not received yet"):
    """The day on which a request was received is in the future."""


class NotRevisable(Refusal, status=422, code="not-revisable", title="There is no such decision to revise"):
    """The named request is unknown or not decided, or the fact was known when it was decided."""


class RevisionTooLate(Refusal, status=422, code="revision-too-late", title="The time for a revision is over"):
    """The request was received more than six months after the new fact was discovered."""


class RecordNotFound(Refusal, status=422, code="record-not-found", title="There is no such record"):
    """A record that is to be attached to a request is not in the named service."""


class AlreadyAttached(Refusal, status=409, code="already-attached", title="The record is attached already"):
    """A record is attached to a request once."""


class TooManyRecords(Refusal, status=409, code="too-many-records", title="Too many records are attached"):
    """The detail states the limit."""


class RemedyNotAllowed(Refusal, status=422, code="remedy-not-allowed", title="The remedy does not fit the decision"):
    """The kind of the request and the outcome determine which remedies are possible."""


class NotAnswered(Refusal, status=503, code="service-not-answered", title="A service does not answer at the moment"):
    """The service that has a record does not answer: nothing was changed, try again later."""


class NotTaken(NotAnswered):
    """A service has refused a remedy, and not only failed to answer."""


# --- deadlines


def months_after(day: date, months: int) -> date:
    """Return the day of the same number some months later, or the last day of a month that has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_of(kind: SubjectRequestKind, state: SubjectRequestState, since: date) -> date | None:
    """Return the deadline of the next step in a state that began on a day; None if there is none."""
    months = {
        SubjectRequestState.RECEIVED: ADMISSIBILITY_MONTHS,
        SubjectRequestState.ADMISSIBLE: DECISION_MONTHS[kind],
        SubjectRequestState.DECIDED: EXECUTION_MONTHS,
    }
    return months_after(since, months[state]) if state in months else None


def is_overdue(due: date | None, today: date) -> bool:
    """Return whether a deadline has passed: from the day after its last one on."""
    return due is not None and due < today


def forget_on(state: SubjectRequestState, today: date) -> date | None:
    """Return when to delete the subject of a request that enters a state today; None while it is needed."""
    return months_after(today, FORGOTTEN_AFTER_MONTHS) if state in ENDED else None


def retry_after_seconds(attempts: int) -> float:
    """Return how long to wait after a number of attempts to carry out a remedy."""
    # An unbounded exponent would soon overflow.
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(attempts - 1, 10), LAST_RETRY_SECONDS)


# --- steps


def require_received(received: date, today: date) -> None:
    """Require that a request is not received in the future. Raises ReceivedInFuture."""
    if received > today:
        raise ReceivedInFuture(f"today is {today} in UTC, and {received} is later", at="/received")


def require_revisable(discovered: date, received: date, decided: date | None) -> None:
    """Require a decision, and a new fact within six months from its discovery. Raises NotRevisable, RevisionTooLate."""
    if decided is None:
        raise NotRevisable("only a request that is decided can be revised", at="/revision/request")
    if discovered < decided:
        raise NotRevisable(
            f"it was decided on {decided}, when the fact of {discovered} was known: a revision needs a new fact",
            at="/revision/discovered",
        )
    if discovered > received:
        raise NotRevisable(
            f"the request was received on {received}, before the fact was discovered", at="/revision/discovered"
        )
    last = months_after(discovered, REVISION_MONTHS)
    if received > last:
        raise RevisionTooLate(
            f"the fact was discovered on {discovered}, and a revision could be requested until {last}", at="/received"
        )


def admit(state: SubjectRequestState, *, admissible: bool) -> SubjectRequestState:
    """Return the state of a request that is found admissible, or not. Raises IllegalStep."""
    _require(state, {SubjectRequestState.RECEIVED}, "its admissibility was decided")
    return SubjectRequestState.ADMISSIBLE if admissible else SubjectRequestState.INADMISSIBLE


def require_collecting(state: SubjectRequestState) -> None:
    """Require that a request is not decided: records are attached and removed until then. Raises IllegalStep."""
    _require(state, OPEN, "records are attached and removed before the decision")


def close(state: SubjectRequestState) -> SubjectRequestState:
    """Return the state of a request that the subject withdraws. Raises IllegalStep."""
    _require(state, OPEN, "a request can be withdrawn before the decision")
    return SubjectRequestState.CLOSED


def require_room(attached: int) -> None:
    """Require that another record can be attached to a request. Raises TooManyRecords."""
    if attached >= MAX_RECORDS:
        raise TooManyRecords(f"at most {MAX_RECORDS} records can be attached to a request, and {attached} are")


def decide(
    kind: SubjectRequestKind,
    state: SubjectRequestState,
    outcome: CommissionOutcome,
    remedies: Sequence[Remedy],
    attached: Collection[int],
) -> SubjectRequestState:
    """Return the state of a request after a decision. Raises IllegalStep, RemedyNotAllowed."""
    _require(state, {SubjectRequestState.ADMISSIBLE}, "a request is decided once, after it was found admissible")
    allowed, named = ALLOWED_ACTS.get((kind, outcome), frozenset()), [remedy.record for remedy in remedies]
    for number, remedy in enumerate(remedies):
        if remedy.act not in allowed:
            possible = " or ".join(sorted(act.value for act in allowed)) or "no remedy"
            raise RemedyNotAllowed(
                f"a request for {kind.value} that is {outcome.value} has {possible}, not {remedy.act.value}",
                at=f"/remedies/{number}/act",
            )
        if remedy.record not in attached:
            raise RemedyNotAllowed(
                f"there is no record {remedy.record} of this request", at=f"/remedies/{number}/record"
            )
    if len(set(named)) < len(named):
        raise RemedyNotAllowed("a record has one remedy", at="/remedies")
    if outcome is CommissionOutcome.GRANTED and len(remedies) < len(attached):
        raise RemedyNotAllowed("a granted request has a remedy for every attached record", at="/remedies")
    if (
        outcome is not CommissionOutcome.REFUSED
        and not remedies
        and (kind is not SubjectRequestKind.ACCESS or attached)
    ):
        # The answer to a request for access may be that there are no data about the person.
        raise RemedyNotAllowed("give the remedy of each record, or refuse the request", at="/remedies")
    return SubjectRequestState.DECIDED if remedies else SubjectRequestState.CARRIED_OUT


def require_restatable(
    state: SubjectRequestState, act: RemedyAct | None, remedy: RemedyState, *, refused: bool
) -> None:
    """Require that a service has refused the corrections: otherwise it may have made them. Raises IllegalStep."""
    _require(
        state, {SubjectRequestState.DECIDED}, "only corrections that were decided, and not carried out, can be restated"
    )
    if act is not RemedyAct.CORRECT or remedy is not RemedyState.DECIDED or not refused:
        raise IllegalStep("the service has not refused corrections of this record at the last attempt")


def require_abandonable(state: SubjectRequestState, remedy: RemedyState, problem: str | None) -> None:
    """Require that an attempt to carry out a remedy has failed. Raises IllegalStep."""
    _require(
        state, {SubjectRequestState.DECIDED}, "only remedies that were decided, and not carried out, can be abandoned"
    )
    if remedy is not RemedyState.DECIDED or problem is None:
        raise IllegalStep("no attempt to carry out a remedy of this record has failed")


def carried_out(remedies: Collection[RemedyState]) -> SubjectRequestState:
    """Return the state of a request whose remedies are in these states."""
    done = all(each in {RemedyState.CARRIED_OUT, RemedyState.ABANDONED} for each in remedies)
    return SubjectRequestState.CARRIED_OUT if done else SubjectRequestState.DECIDED


def corrected_part(content: Any, corrections: Any) -> Any:
    """Return the part of a version of a record that corrections are about: in a list, the parts with these ids."""
    if isinstance(content, list) and all(isinstance(each, Mapping) and "id" in each for each in content):
        content = {each["id"]: each for each in content}
    if not (isinstance(content, Mapping) and isinstance(corrections, Mapping)):
        return content
    return {name: corrected_part(content.get(name), within) for name, within in corrections.items()}


def _require(state: SubjectRequestState, allowed: Collection[SubjectRequestState], rule: str) -> None:
    if state not in allowed:
        raise IllegalStep(f"the request is {state.value}: {rule}")
