"""What may be done with a request in each state, until when, and which remedies a decision may have."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.subject_requests import rules
from gateway.subject_requests.models import Act, Kind, Outcome, Remedy, RemedyState, RequestState
from gateway.subject_requests.rules import ReceivedInFuture, RemedyNotAllowed, TooManyRecords
from shared.errors import IllegalStep, Refusal

DAY = date(2026, 6, 1)
RECEIVED, ADMISSIBLE, INADMISSIBLE, DECIDED, CARRIED_OUT, CLOSED = RequestState
ACCESS, CORRECTION, DELETION = Kind
GRANTED, PARTLY, REFUSED = Outcome
DISCLOSE, CORRECT, DELETE = Act


def remedy(act: Act, record: int = 1) -> Remedy:
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
def test_months_are_those_of_the_calendar(day: date, months: int, expected: date) -> None:
    """A clock ends on the day of the same number, or on the last one of a month that has none."""
    assert rules.months_after(day, months) == expected


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 24))
def test_a_clock_never_ends_a_month_early_or_late(day: date, months: int) -> None:
    """It ends in the month so many months later, on a day of the same number, or on the last where there is none."""
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
        *((kind, DECIDED, date(2026, 2, 28)) for kind in Kind),
        *((kind, state, None) for kind, state in product(Kind, (INADMISSIBLE, CARRIED_OUT, CLOSED))),
    ],
)
def test_a_clock_runs_until_the_next_step(kind: Kind, state: RequestState, expected: date | None) -> None:
    """A month from receipt; from admission four months on access, nine on anything else; a month to carry it out."""
    assert rules.due_of(kind, state, date(2026, 1, 31)) == expected


def test_the_last_day_of_a_clock_is_in_time() -> None:
    """And the day after it is not; where no clock runs nothing is overdue."""
    assert [rules.is_overdue(DAY, date(2026, 6, day)) for day in (1, 2)] == [False, True]
    assert not rules.is_overdue(None, date(2099, 1, 1))


def test_a_request_is_not_received_before_it_comes() -> None:
    """Today is early enough."""
    rules.require_received(DAY, DAY)
    with pytest.raises(ReceivedInFuture):
        rules.require_received(date(2026, 6, 2), DAY)


@pytest.mark.parametrize("state", RequestState)
def test_each_step_has_its_states(state: RequestState) -> None:
    """Admission of what was received; records and closure until the decision; a decision on what was admitted."""
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
        *((kind, REFUSED, set()) for kind in Kind),
    ],
)
def test_a_remedy_is_what_was_asked_for_and_what_was_decided(kind: Kind, outcome: Outcome, allowed: set[Act]) -> None:
    """A request for access deletes nothing; a refused request has no remedy."""
    for act in Act:
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
def test_what_is_granted_is_granted_for_every_record(
    kind: Kind, outcome: Outcome, remedied: list[int], attached: set[int], expected: Any
) -> None:
    """Partly means at least one; the answer to a request for access may be that there are no data."""
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
def test_corrections_are_restated_where_a_service_has_refused_them(
    act: Act | None, state: RemedyState, refused: bool, expected: Any
) -> None:
    """A decision is final: nothing else of it is put otherwise."""
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
def test_what_was_tried_in_vain_is_abandoned(remedy: RemedyState, problem: str | None, expected: Any) -> None:
    """Once, and nothing that was not tried yet."""
    assert result_of(lambda: rules.require_abandonable(DECIDED, remedy, problem)) is expected


def test_a_decision_is_carried_out_when_all_of_it_is() -> None:
    """Not before, but for what was abandoned."""
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
    ],
)
def test_what_corrections_are_about_is_looked_at_and_nothing_else(corrections: Any, expected: Any) -> None:
    """Down to the members that they name; what is no object is looked at as a whole."""
    record = {
        "forename": "Ann",
        "marks": [{"kind": "scar"}],
        "subject": {"name": "x", "eyes": {"left": "green", "right": "blue"}},
    }
    assert rules.corrected_part(record, corrections) == expected


@pytest.mark.parametrize("state", RequestState)
def test_whom_a_request_is_about_is_forgotten_a_year_after_its_end(state: RequestState) -> None:
    """And not while anything is to be done about it."""
    ended = state in {INADMISSIBLE, CARRIED_OUT, CLOSED}
    assert rules.forget_on(state, DAY) == (date(2027, 6, 1) if ended else None)


def test_no_more_records_are_attached_than_a_decision_may_name() -> None:
    """A hundred."""
    rules.require_room(99, 1)
    with pytest.raises(TooManyRecords):
        rules.require_room(100, 1)


def test_it_is_tried_again_at_growing_intervals() -> None:
    """From a second to ten minutes, however often it was tried."""
    waits = [rules.retry_after_seconds(attempts) for attempts in (1, 2, 3, 10, 11, 10_000)]
    assert waits == [1, 2, 4, 512, 600, 600]
