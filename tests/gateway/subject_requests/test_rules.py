"""Rules of data subject requests: steps in each state, deadlines, and the remedies of a decision."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.subject_requests import rules
from gateway.subject_requests.models import (
    CommissionOutcome,
    Remedy,
    RemedyAct,
    RemedyState,
    SubjectRequestKind,
    SubjectRequestState,
)
from gateway.subject_requests.rules import ReceivedInFuture, RemedyNotAllowed, TooManyRecords
from shared.errors import IllegalStep, Refusal

DAY = date(2026, 6, 1)
RECEIVED, ADMISSIBLE, INADMISSIBLE, DECIDED, CARRIED_OUT, CLOSED = SubjectRequestState
ACCESS, CORRECTION, DELETION, REVISION = SubjectRequestKind
GRANTED, PARTLY, REFUSED = CommissionOutcome
DISCLOSE, CORRECT, DELETE = RemedyAct


def remedy(act: RemedyAct, record: int = 1) -> Remedy:
    return Remedy(record=record, act=act, corrections={"forename": "Julia"} if act is CORRECT else None)


def result_of(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except Refusal as refusal:
        return type(refusal)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
        (date(2026, 8, 15), 4, date(2026, 12, 15)),
        (date(2026, 10, 31), 4, date(2027, 2, 28)),
        (date(2026, 5, 31), 9, date(2027, 2, 28)),
        (date(2026, 3, 31), 9, date(2026, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_deadlines_are_counted_in_calendar_months(day: date, months: int, expected: date) -> None:
    """They end on the same day of the month, or on its last day if the month is shorter."""
    assert rules.months_after(day, months) == expected


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 24))
def test_a_deadline_is_never_a_month_early_or_late(day: date, months: int) -> None:
    end = rules.months_after(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    is_last = (end + timedelta(days=1)).day == 1
    assert end.day == day.day or (end.day < day.day and is_last)


@pytest.mark.parametrize(
    ("kind", "state", "expected"),
    [
        (ACCESS, RECEIVED, date(2026, 2, 28)),
        (DELETION, RECEIVED, date(2026, 2, 28)),
        (ACCESS, ADMISSIBLE, date(2026, 5, 31)),
        (CORRECTION, ADMISSIBLE, date(2026, 10, 31)),
        (DELETION, ADMISSIBLE, date(2026, 10, 31)),
        *((kind, DECIDED, date(2026, 2, 28)) for kind in SubjectRequestKind),
        *((kind, state, None) for kind, state in product(SubjectRequestKind, (INADMISSIBLE, CARRIED_OUT, CLOSED))),
    ],
)
def test_the_deadline_depends_on_kind_and_state(
    kind: SubjectRequestKind, state: SubjectRequestState, expected: date | None
) -> None:
    """A month for admission; then four months on access and nine on others; a month to carry out."""
    assert rules.due_of(kind, state, date(2026, 1, 31)) == expected


def test_the_last_day_of_a_deadline_is_in_time() -> None:
    """The next day is overdue; without a deadline nothing is."""
    assert [rules.is_overdue(DAY, date(2026, 6, day)) for day in (1, 2)] == [False, True]
    assert not rules.is_overdue(None, date(2099, 1, 1))


def test_a_date_of_receipt_in_the_future_is_refused() -> None:
    """Today is accepted."""
    rules.require_received(DAY, DAY)
    with pytest.raises(ReceivedInFuture):
        rules.require_received(date(2026, 6, 2), DAY)


@pytest.mark.parametrize("state", SubjectRequestState)
def test_each_step_is_allowed_only_in_its_states(state: SubjectRequestState) -> None:
    """Admission after receipt, records and closure until the decision, a decision after admission."""
    no_step = IllegalStep
    assert result_of(lambda: rules.admit(state, admissible=True)) is (ADMISSIBLE if state is RECEIVED else no_step)
    assert result_of(lambda: rules.admit(state, admissible=False)) is (INADMISSIBLE if state is RECEIVED else no_step)
    still_open = state in {RECEIVED, ADMISSIBLE}
    assert result_of(lambda: rules.close(state)) is (CLOSED if still_open else no_step)
    assert result_of(lambda: rules.require_collecting(state)) is (None if still_open else no_step)
    decided = result_of(lambda: rules.decide(DELETION, state, GRANTED, [remedy(DELETE)], {1}))
    assert decided is (DECIDED if state is ADMISSIBLE else no_step)
    abandoned = result_of(lambda: rules.require_abandonable(state, RemedyState.DECIDED, "unreachable"))
    assert abandoned is (None if state is DECIDED else no_step)
    restated = result_of(lambda: rules.require_restatable(state, CORRECT, RemedyState.DECIDED, refused=True))
    assert restated is (None if state is DECIDED else no_step)


@pytest.mark.parametrize(
    ("kind", "outcome", "allowed"),
    [
        (ACCESS, GRANTED, {DISCLOSE}),
        (ACCESS, PARTLY, {DISCLOSE}),
        (CORRECTION, GRANTED, {CORRECT}),
        (CORRECTION, PARTLY, {CORRECT, DELETE}),
        (DELETION, GRANTED, {DELETE}),
        (DELETION, PARTLY, {CORRECT, DELETE}),
        *((kind, REFUSED, set()) for kind in SubjectRequestKind),
    ],
)
def test_a_remedy_must_match_the_kind_and_the_outcome(
    kind: SubjectRequestKind, outcome: CommissionOutcome, allowed: set[RemedyAct]
) -> None:
    """A request for access deletes nothing; a refused request has no remedy."""
    for act in RemedyAct:
        decided = result_of(lambda act=act: rules.decide(kind, ADMISSIBLE, outcome, [remedy(act)], {1}))
        assert decided is (DECIDED if act in allowed else RemedyNotAllowed)


@pytest.mark.parametrize(
    ("kind", "outcome", "remedied", "attached", "expected"),
    [
        (DELETION, GRANTED, [1, 2], {1, 2}, DECIDED),
        (DELETION, GRANTED, [1], {1, 2}, RemedyNotAllowed),
        (DELETION, GRANTED, [], set(), RemedyNotAllowed),
        (DELETION, PARTLY, [2], {1, 2}, DECIDED),
        (DELETION, PARTLY, [], {1, 2}, RemedyNotAllowed),
        (DELETION, PARTLY, [3], {1, 2}, RemedyNotAllowed),
        (DELETION, PARTLY, [1, 1], {1, 2}, RemedyNotAllowed),
        (DELETION, REFUSED, [], {1, 2}, CARRIED_OUT),
        (ACCESS, GRANTED, [], set(), CARRIED_OUT),
        (ACCESS, GRANTED, [], {1}, RemedyNotAllowed),
        (ACCESS, PARTLY, [], {1}, RemedyNotAllowed),
        (ACCESS, REFUSED, [], {1}, CARRIED_OUT),
    ],
)
def test_a_granted_request_has_a_remedy_for_every_record(
    kind: SubjectRequestKind, outcome: CommissionOutcome, remedied: list[int], attached: set[int], expected: Any
) -> None:
    """Partly granted: at least one. A granted request for access may have no records."""
    act = DISCLOSE if kind is ACCESS else DELETE
    remedies = [remedy(act, number) for number in remedied]
    assert result_of(lambda: rules.decide(kind, ADMISSIBLE, outcome, remedies, attached)) is expected


@pytest.mark.parametrize(
    ("act", "state", "refused", "expected"),
    [
        (CORRECT, RemedyState.DECIDED, True, None),
        (CORRECT, RemedyState.DECIDED, False, IllegalStep),
        (CORRECT, RemedyState.CARRIED_OUT, False, IllegalStep),
        (DELETE, RemedyState.DECIDED, True, IllegalStep),
        (None, RemedyState.ATTACHED, False, IllegalStep),
    ],
)
def test_only_corrections_refused_by_a_service_can_be_restated(
    act: RemedyAct | None, state: RemedyState, refused: bool, expected: Any
) -> None:
    """The rest of a decision is final."""
    assert result_of(lambda: rules.require_restatable(DECIDED, act, state, refused=refused)) is expected


@pytest.mark.parametrize(
    ("remedy", "problem", "expected"),
    [
        (RemedyState.DECIDED, "unreachable", None),
        (RemedyState.DECIDED, None, IllegalStep),
        (RemedyState.CARRIED_OUT, None, IllegalStep),
        (RemedyState.ABANDONED, "unreachable", IllegalStep),
        (RemedyState.ATTACHED, None, IllegalStep),
    ],
)
def test_only_a_decided_remedy_with_a_problem_can_be_abandoned(
    remedy: RemedyState, problem: str | None, expected: Any
) -> None:
    """Once."""
    assert result_of(lambda: rules.require_abandonable(DECIDED, remedy, problem)) is expected


def test_a_request_is_carried_out_when_all_its_remedies_are() -> None:
    """Abandoned remedies do not prevent it; open ones do."""
    assert rules.carried_out([RemedyState.CARRIED_OUT, RemedyState.DECIDED]) is DECIDED
    assert rules.carried_out([RemedyState.ABANDONED, RemedyState.DECIDED]) is DECIDED
    assert rules.carried_out([RemedyState.CARRIED_OUT, RemedyState.ABANDONED]) is CARRIED_OUT


@pytest.mark.parametrize(
    ("corrections", "expected"),
    [
        ({"forename": "Julia"}, {"forename": "Ann"}),
        ({"marks": None}, {"marks": [{"kind": "scar"}]}),
        ({"subject": {"height": 170}}, {"subject": {"height": None}}),
        ({"subject": {"eyes": {"left": "blue"}}}, {"subject": {"eyes": {"left": "green"}}}),
        ({"forename": {"of": "x"}, "sex": "F"}, {"forename": "Ann", "sex": None}),
        ({"photographs": {"2": None}}, {"photographs": {"2": None}}),
        ({"photographs": {"4": None}}, {"photographs": {"4": {"id": "4"}}}),
    ],
)
def test_only_the_members_named_by_corrections_are_compared(corrections: Any, expected: Any) -> None:
    """Down to nested members and parts with an id; a value that is no object is compared as a whole."""
    record = {
        "forename": "Ann",
        "marks": [{"kind": "scar"}],
        "photographs": [{"id": "4"}],
        "subject": {"name": "x", "eyes": {"left": "green", "right": "blue"}},
    }
    assert rules.corrected_part(record, corrections) == expected


@pytest.mark.parametrize("state", SubjectRequestState)
def test_the_subject_is_removed_a_year_after_the_end_of_a_request(state: SubjectRequestState) -> None:
    """Not while the request is open."""
    ended = state in {INADMISSIBLE, CARRIED_OUT, CLOSED}
    assert rules.forget_on(state, DAY) == (date(2027, 6, 1) if ended else None)


def test_at_most_one_hundred_records_are_attached() -> None:
    """As many as one decision may name."""
    rules.require_room(99)
    with pytest.raises(TooManyRecords):
        rules.require_room(100)


def test_a_remedy_is_retried_at_growing_intervals() -> None:
    """From a second to ten minutes."""
    waits = [rules.retry_after_seconds(attempts) for attempts in (1, 2, 3, 10, 11, 10_000)]
    assert waits == [1, 2, 4, 512, 600, 600]
